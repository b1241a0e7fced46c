package report

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"scrum/reviewers"
	"scrum/tally"
)

func written(t *testing.T, w Writer, r *Review) string {
	t.Helper()
	var b bytes.Buffer
	if err := w.Write(&b, r); err != nil {
		t.Fatalf("Write: %v", err)
	}
	return b.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; run the test with -update", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func TestFormatsLookAsTheyDid(t *testing.T) {
	for _, tt := range []struct {
		file   string
		writer Writer
		review *Review
	}{
		{"rich-80.txt", Terminal{}, fixture()},
		{"rich-120.txt", Terminal{Width: 120, All: true}, fixture()},
		{"rich-colour.txt", Terminal{Width: 100, Color: true}, fixture()},
		{"rich.md", Markdown{}, fixture()},
		{"rich.json", JSON{}, fixture()},
		{"clean-80.txt", Terminal{}, clean()},
		{"clean.md", Markdown{}, clean()},
		{"empty-80.txt", Terminal{}, &Review{Verdict: tally.Verdict{Outcome: tally.Inconclusive, Reason: "no rule of the policy holds", ExitCode: 4}}},
		{"empty.md", Markdown{}, &Review{Verdict: tally.Verdict{Outcome: tally.Inconclusive, Reason: "no rule of the policy holds", ExitCode: 4}}},
		{"wide-80.txt", Terminal{}, wide()},
	} {
		t.Run(tt.file, func(t *testing.T) {
			got := written(t, tt.writer, tt.review)
			golden(t, tt.file, got)
			if again := written(t, tt.writer, tt.review); again != got {
				t.Error("a second writing gives other bytes")
			}
		})
	}
}

// The lines are part of the contract of the command: the nightly greps them.
func TestTheLinesOfCountsStandAsTheyAre(t *testing.T) {
	for name, out := range map[string]string{
		"plain":    written(t, Terminal{}, fixture()),
		"colour":   written(t, Terminal{Color: true, Width: 60}, fixture()),
		"markdown": written(t, Markdown{}, fixture()),
	} {
		got := regexp.MustCompile(`(?m)^c\d+ .*→.*$`).FindAllString(out, -1)
		var want []string
		for _, row := range fixture().Tally {
			want = append(want, row.String())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestEverythingOfTheReviewIsShown(t *testing.T) {
	r := fixture()
	for name, out := range map[string]string{
		"terminal": strings.Join(strings.Fields(written(t, Terminal{All: true, Width: 4000}, r)), " "),
		"markdown": unescaped(written(t, Markdown{}, r)),
	} {
		var want []string
		for _, f := range r.Findings {
			want = append(want, phrase(f.Title), where(f))
			want = append(want, f.Lineages...)
			want = append(want, f.ConfirmedBy...)
		}
		for _, s := range r.Coverage {
			want = append(want, phrase(s.Error), s.Reviewer)
		}
		for _, l := range r.LeftOut {
			want = append(want, inline(l.Path), l.Reason)
		}
		for _, b := range r.Bundles {
			want = append(want, phrase(b.Why))
		}
		want = append(want, "the token is logged", "the caller holds the lock", r.Notes[0], r.Verdict.Rule, r.Verdict.Reason, "cost unknown", "exit status 1", "qwen/qwen3-mini", "40. Do it step by step.")
		for _, w := range want {
			if !strings.Contains(out, w) {
				t.Errorf("%s does not show %q", name, w)
			}
		}
	}
}

// unescaped undoes markup well enough to find words again.
func unescaped(s string) string {
	s = strings.ReplaceAll(s, "<!-- -->", "")
	s = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(s)
	return regexp.MustCompile(`\\([^a-zA-Z0-9])`).ReplaceAllString(s, "$1")
}

func TestWhatIsLeftOutOfAShortReportIsSaid(t *testing.T) {
	r := fixture()
	for range 30 {
		r.LeftOut = append(r.LeftOut, r.LeftOut[0])
	}
	short, all := written(t, Terminal{}, r), written(t, Terminal{All: true}, r)
	for _, want := range []string{"[28 more lines in findings.json]", "lock file: 32 files, 521.0 KB", "[each file with its size in findings.json]"} {
		if !strings.Contains(short, want) {
			t.Errorf("%q is missing in\n%s", want, short)
		}
	}
	if strings.Contains(all, "findings.json") || strings.Count(all, "go.sum") != 31 {
		t.Errorf("not everything is in\n%s", all)
	}
}

func TestNoLineIsLongerThanTheTerminalButForWordsThatAre(t *testing.T) {
	for _, width := range []int{60, 80, 100, 120} {
		code := false
		for line := range strings.Lines(written(t, Terminal{Width: width}, fixture())) {
			line = strings.TrimSuffix(line, "\n")
			if strings.HasPrefix(strings.TrimSpace(line), "```") {
				code = !code
			}
			if columns(line) > width && !code {
				t.Errorf("width %d: %d columns: %s", width, columns(line), line)
			}
		}
	}
}

func TestColourAddsNothingButColour(t *testing.T) {
	sequence := regexp.MustCompile(`\x1b\[[0-9;]+m`)
	colour := written(t, Terminal{Color: true}, fixture())
	if diff := cmp.Diff(written(t, Terminal{}, fixture()), sequence.ReplaceAllString(colour, "")); diff != "" {
		t.Errorf("(-plain +colour):\n%s", diff)
	}
	for line := range strings.Lines(colour) {
		if all := sequence.FindAllString(line, -1); len(all)%2 != 0 || len(all) > 0 && all[len(all)-1] != "\x1b[0m" {
			t.Errorf("a style leaks out of %q", line)
		}
	}
}

func TestAClosedGateEndsWithWhatClosesIt(t *testing.T) {
	r := fixture()
	for range 11 {
		r.Findings = append(r.Findings, r.Findings[1])
	}
	lines := strings.Split(strings.TrimSpace(written(t, Terminal{Width: 200}, r)), "\n")
	if got, want := lines[len(lines)-1], "      and 3 more"; got != want {
		t.Errorf("the last line is %q, want %q", got, want)
	}
	if got, want := lines[len(lines)-2], "  ×2  "+where(r.Findings[1])+" "+r.Findings[1].Title; got != want {
		t.Errorf("the line before is %q, want %q", got, want)
	}
	r.Verdict.Outcome = tally.Pass
	if out := written(t, Terminal{}, r); strings.Contains(out, "more\n      and") || strings.HasSuffix(out, "and 3 more\n") {
		t.Errorf("a review that passes lists what closes the gate:\n%s", out)
	}
}

func TestJSONKeepsItsSchemaAndComesBackAsItWas(t *testing.T) {
	for name, r := range map[string]*Review{"rich": fixture(), "clean": clean(), "wide": wide(), "zero": {Verdict: tally.Verdict{Outcome: tally.Pass}}} {
		t.Run(name, func(t *testing.T) {
			first := written(t, JSON{}, r)
			validate(t, []byte(first))
			back, err := Decode(strings.NewReader(first))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(first, written(t, JSON{}, back)); diff != "" {
				t.Errorf("another document comes back (-first +second):\n%s", diff)
			}
			if strings.Contains(first, "null,") && !strings.Contains(first, `"cost_usd": null`) || strings.Contains(first, "[]null") {
				t.Errorf("a list is null in\n%s", first)
			}
		})
	}
}

func TestJSONDoesNotChangeTheReviewItWrites(t *testing.T) {
	r := &Review{Findings: []tally.Finding{{}}, Bundles: []Bundle{{}}}
	written(t, JSON{}, r)
	if diff := cmp.Diff(&Review{Findings: []tally.Finding{{}}, Bundles: []Bundle{{}}}, r); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestJSONEscapesWhatATerminalOrARunnerWouldObey(t *testing.T) {
	hostile := "\x1b[2J \u009b31m \u202e \u200b \x7f \U000e0041 ##vso[x] ##[group] ## heading \xff"
	out := written(t, JSON{}, &Review{Notes: []string{hostile}})
	for _, bad := range []string{"\x1b", "\u009b", "\u202e", "\u200b", "\x7f", "\U000e0041", "##vso[", "##["} {
		if strings.Contains(out, bad) {
			t.Errorf("%q is in the document", bad)
		}
	}
	var back Review
	if err := json.Unmarshal([]byte(out), &back); err != nil {
		t.Fatal(err)
	}
	if want := strings.ToValidUTF8(hostile, "\uFFFD"); back.Notes[0] != want {
		t.Errorf("got %q, want %q", back.Notes[0], want)
	}
	if !strings.Contains(out, "## heading") {
		t.Error("what is no command is escaped too")
	}
}

func TestDecodeRefusesWhatItCannotTrust(t *testing.T) {
	for name, doc := range map[string]string{
		"another schema":        `{"schema": "scrum/review/v2"}`,
		"no schema":             `{}`,
		"something after it":    `{"schema": "scrum/review/v1"} {}`,
		"a wrong type":          `{"schema": "scrum/review/v1", "notes": 1}`,
		"a document cut off":    `{"schema": "scrum/review/v1"`,
		"no document":           ``,
		"something that is not": `<html>`,
	} {
		t.Run(name, func(t *testing.T) {
			if r, err := Decode(strings.NewReader(doc)); err == nil || !strings.HasPrefix(err.Error(), "reading a review: ") {
				t.Errorf("got %v, %v", r, err)
			}
		})
	}
}

func TestForKnowsItsFormats(t *testing.T) {
	for _, name := range Formats() {
		if w, err := For(name, Terminal{}); w == nil || err != nil {
			t.Errorf("For(%q): %v, %v", name, w, err)
		}
	}
	if _, err := For("pdf", Terminal{}); err == nil || !strings.Contains(err.Error(), "terminal, md, json") {
		t.Errorf("got %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	var b bytes.Buffer
	if err := (JSON{}).Write(&b, fixture()); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte(`{"schema":"scrum/review/v1","findings":[{"severity":"?","bundle":"c9"}],"coverage":[{"state":"x"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Decode(bytes.NewReader(data))
		if err != nil {
			return
		}
		for _, w := range []Writer{Terminal{Width: 40}, Markdown{}, JSON{}, HTML{}} {
			harmless(t, written(t, w, r))
		}
	})
}

// harmless holds that nothing in a report is obeyed by a terminal or a runner.
func harmless(t *testing.T, out string) {
	t.Helper()
	if !utf8.ValidString(out) {
		t.Error("not UTF-8")
	}
	for i, r := range out {
		if r != '\n' && (r < 0x20 || hidden(r) || r >= 0x7f && r <= 0x9f) && r != '\t' {
			t.Errorf("%U is in %.300q", r, out[max(0, i-100):])
			return
		}
	}
	for line := range strings.Lines(out) {
		if strings.HasPrefix(strings.TrimSpace(line), "::") || regexp.MustCompile(`##\w*\[`).MatchString(line) {
			t.Errorf("a workflow command: %q", line)
		}
	}
}

func TestReportsAreHarmless(t *testing.T) {
	for _, w := range []Writer{Terminal{Width: 40}, Terminal{Width: 200, All: true}, Markdown{}, JSON{}} {
		harmless(t, written(t, w, fixture()))
	}
}

// clean is a review that passes, by analysers alone.
func clean() *Review {
	zero := 0.0
	return &Review{
		Run:     Run{Label: "staged", Dirty: true, Base: "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d", Scripted: true},
		Verdict: tally.Verdict{Outcome: tally.Pass, Rule: "otherwise", Reason: "true"},
		Bundles: []Bundle{{ID: "c1", Component: "cmd", Bytes: 900, Guard: "ok", Files: []string{"cmd/a.go"}, Covered: true, Why: "all analysers that apply have run; no model has read the change"}},
		Tally:   []tally.Row{{Bundle: "c1", Component: "cmd", Bytes: 900}},
		Coverage: []Seat{
			{Bundle: "c1", Reviewer: "go-vet", Kind: reviewers.Analyser, Lineage: "tool:go-vet", State: reviewers.Engaged, CostUSD: &zero, Cached: true},
		},
		Totals: Totals{CostUSD: &zero, WallMS: 300},
	}
}

// wide is a review by more reviewers than a line holds.
func wide() *Review {
	r := clean()
	r.Coverage = nil
	for i, name := range []string{"claude-opus-4.7-with-a-very-long-name-indeed", "gpt", "gemini-2.5-pro", "kimi-k2", "qwen3-coder", "deepseek-v3.2", "mistral-large", "grok", "glm-4.7", "llama-local"} {
		r.Coverage = append(r.Coverage, Seat{Bundle: "c1", Reviewer: name, Kind: reviewers.OpenAI, Lineage: strings.Fields("anthropic openai google moonshot qwen deepseek mistral xai zhipu meta")[i], State: reviewers.Engaged, CompletionTokens: 1200 * (i*i*i*i + 1)})
	}
	return r
}
