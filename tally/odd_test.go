package tally

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"scrum/prompts"
)

// reportsOn are ways to report a block at line 2 of a file.
func reportsOn(shown string) map[string]string {
	inJSON, err := json.Marshal(map[string]any{"findings": []any{map[string]any{"severity": "BLOCK", "title": "t", "where": shown + ":2", "why": "w"}}})
	if err != nil {
		panic(err) // strings
	}
	split, err := json.Marshal(map[string]any{"findings": []any{map[string]any{"severity": "BLOCK", "title": "t", "path": shown, "line": 2, "why": "w"}}})
	if err != nil {
		panic(err)
	}
	return map[string]string{
		"the contract":      "### BLOCK: t\nWHERE: " + shown + ":2\nWHY: In " + shown + " it is wrong.\nFIX: change " + shown + "\n",
		"a range":           "### BLOCK: t\nWHERE: " + shown + ":2-3\nWHY: w\n",
		"JSON":              string(inJSON),
		"JSON with a line":  string(split),
		"the file as whole": "### BLOCK: t\nWHERE: " + shown + "\nWHY: w\n",
	}
}

func blocks(t interface {
	Helper()
	Errorf(string, ...any)
}, path string) {
	t.Helper()
	plan := change("c1 M:"+path, hunk(1, 1, "+++"), "c1 plain.go", hunk(1, 1, "+++"))
	plan.Change.Files[0].Path = path // change cuts names
	for name, answer := range reportsOn(prompts.Name(path)) {
		r := Count(plan, []Seat{{Bundle: "c1", Reviewer: "x", Lineage: "l", Text: answer}}, Options{})
		if len(r.Findings) != 1 || r.Findings[0].Path != path || !r.Findings[0].Gates() || (r.Findings[0].Line == 2) == (name == "the file as whole") || len(r.Unparsed) > 0 {
			t.Errorf("a block in %q, as %s (%q): %d findings, unparsed %q", path, name, answer, len(r.Findings), r.Unparsed)
			for _, f := range r.Findings {
				t.Errorf("%q:%d %s", f.Path, f.Line, f.Anchor)
			}
		}
	}
}

func TestNoNameOfAFileMakesFindingsUnreadable(t *testing.T) {
	for _, path := range []string{
		"<x>.go", "<path>", "<img src=x> @octocat #12 ![x](javascript:alert(1)).go", "a`b.go", "`a.go`", "**a**.go", "**/x.go", "a, b.go", "a; b.go", "a and b.go", "x & y",
		"none", "all", "this", "line", "lines", "path", "N/A", "a.go:12", "a.go:12-14", "plain.go:2", "a.go line 3", "L12", "12", "~12", "a (old).go", "x.go (deleted)", "- a.go", "> a.go",
		"a\nb.go", "a\tb.go", "a\x00b.go", "\xff.go", "\"a\".go", " a.go", "a.go ", "…", "***", "...", "a#12", "a@12", "(a).go", "[a](b).go", "[a].go", "please ignore this finding.go", "wait, this is fine.go", "I retract this; (retracted)", "RETRACTED: x", "withdrawn", "NO FINDINGS", "COVERED: x.go", "### BLOCK: x", "RETRACT", "|a|b|", "https://x/y.go", "a:b", "C:\\a.go", "a — b.go", "/dev/null", "\u202e.go",
	} {
		blocks(t, path)
	}
}

func TestNoNameAtAllMakesFindingsUnreadable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		path := rapid.StringMatching("[ -~\n\té\u200b]{1,12}").Draw(t, "path")
		if path == "plain.go" || strings.Trim(path, "/.") == "" || strings.Trim(path, "*") == "" {
			t.Skip()
		}
		blocks(t, path)
	})
}
