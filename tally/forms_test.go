package tally

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// Each form of an answer stands in forms.txtar, and behind it what is read of it: a line
// for every finding and part, then what its bytes were taken for.
func TestFormsOfAnswersAreReadAsTheyAreMeant(t *testing.T) {
	file := filepath.Join("testdata", "forms.txtar")
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	wants := map[string]string{}
	out := &txtar.Archive{Comment: archive.Comment}
	for _, f := range archive.Files {
		if name, ok := strings.CutSuffix(f.Name, ".read"); ok {
			wants[name] = string(f.Data)
		}
	}
	for _, f := range archive.Files {
		name, ok := strings.CutSuffix(f.Name, ".md")
		if !ok {
			continue
		}
		text := string(f.Data)
		r := Parse(text)
		checkReport(t, text, r)
		got := told(text, r)
		out.Files = append(out.Files, f, txtar.File{Name: name + ".read", Data: []byte(got)})
		if diff := cmp.Diff(wants[name], got); diff != "" && !*update {
			t.Errorf("%s: got +, want -:\n%s", name, diff)
		}
	}
	if *update {
		if err := os.WriteFile(file, txtar.Format(out), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// told is a report in lines.
func told(text string, r Report) string {
	var b strings.Builder
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "%s %q at %s", f.Severity, f.Title, placeString(f.Where))
		if f.Retracted {
			fmt.Fprintf(&b, "; taken back: %s", f.Reason)
		}
		if f.Repaired {
			b.WriteString("; of mended JSON")
		}
		b.WriteString("\n")
	}
	for _, x := range r.Retractions {
		fmt.Fprintf(&b, "retracted %s because %q\n", placeString(x.Where), x.Reason)
	}
	if len(r.Covered) > 0 {
		fmt.Fprintf(&b, "covered %s\n", strings.Join(r.Covered, ", "))
	}
	if r.NoFindings {
		b.WriteString("no findings\n")
	}
	for _, u := range r.Unparsed {
		fmt.Fprintf(&b, "unparsed %q\n", u)
	}
	if r.Truncated {
		b.WriteString("cut off\n")
	}
	for _, s := range r.Spans {
		fmt.Fprintf(&b, "  %-10s %q\n", s.Taken, beginning(text[s.Start:s.End]))
	}
	return b.String()
}

func beginning(s string) string {
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}

func TestFurtherWordsForSeveritiesAreTheConfigurations(t *testing.T) {
	text := "### Nasty: T\nWHERE: a.go:3\n\n- **Major** — `a.go:9` U\n"
	if got := Parse(text).Findings; len(got) != 1 || got[0].Severity != Block {
		t.Fatalf("without further words: %+v", got)
	}
	got := Scale{"nasty": Block, "major": Warn}.Parse(text).Findings
	if len(got) != 2 || got[0].Severity != Block || got[1].Severity != Warn {
		t.Errorf("with further words: %+v", got)
	}
}

// Every byte that is a finding's, and no other, is in a span of findings.
func TestEveryByteOfAnAnswerIsInOneClass(t *testing.T) {
	text := "{\"findings\": [{\"severity\": \"BLOCK\", \"path\": \"a.go\", \"line\": 3, \"title\": \"t\"}],\n \"retract\": [{\"path\": \"b.go\", \"line\": 1}], \"covered\": [\"a.go\"]}\n"
	r := Parse(text)
	got := map[Taken]string{}
	for _, s := range r.Spans {
		got[s.Taken] += text[s.Start:s.End]
	}
	want := map[Taken]string{
		AsFinding:    `{"severity": "BLOCK", "path": "a.go", "line": 3, "title": "t"}`,
		AsRetraction: `{"path": "b.go", "line": 1}`,
		AsCoverage:   `"a.go"`,
		AsProse:      "{\"findings\": [],\n \"retract\": [], \"covered\": []}\n",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("got +, want -:\n%s", diff)
	}
}
