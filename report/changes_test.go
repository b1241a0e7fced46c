package report

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scrum/tally"
)

func countedAs(id string, line int, convergence int, sources ...string) tally.Finding {
	f := tally.Finding{ID: id, Path: "a.go", Line: line, EndLine: line, Side: tally.New, Severity: tally.Warn, State: tally.Open, Anchor: tally.Exact, Title: "T" + id, Convergence: convergence}
	for _, s := range sources {
		f.Sources = append(f.Sources, tally.Source{Reviewer: s, Where: "a.go", Text: s + id[:1]})
		f.Reviewers = append(f.Reviewers, s)
	}
	return f
}

func TestASecondCountTellsWhatItHasMadeOfTheFindings(t *testing.T) {
	passed := tally.Verdict{Outcome: tally.Pass, Rule: "otherwise"}
	blocked := tally.Verdict{Outcome: tally.Blocked, Rule: "convergent-block", ExitCode: 1}
	joined := countedAs("a", 3, 2, "opus")
	joined.Sources = append(joined.Sources, tally.Source{Reviewer: "kimi", Where: "a.go", Text: "kimib"})
	worse := countedAs("a", 3, 1, "opus")
	worse.Severity, worse.Line = tally.Block, 4
	tests := []struct {
		name          string
		before, after []tally.Finding
		want          []string
	}{
		{"the same", []tally.Finding{countedAs("a", 3, 1, "opus")}, []tally.Finding{countedAs("a", 3, 1, "opus")}, nil},
		{"a report that could not be read before", nil, []tally.Finding{countedAs("a", 3, 1, "opus")}, []string{"new a.go:3 Ta: WARN, open, 1 independent (opus)"}},
		{"one that is not read any more", []tally.Finding{countedAs("a", 3, 1, "opus")}, nil, []string{"gone a.go:3 Ta: WARN, open, 1 independent (opus)"}},
		{"two that are one now", []tally.Finding{countedAs("a", 3, 1, "opus"), countedAs("b", 5, 1, "kimi")}, []tally.Finding{joined}, []string{"joined a.go:3 Ta: 2 findings are one now: WARN, open, 2 independent (opus)"}},
		{"one that is two now", []tally.Finding{joined}, []tally.Finding{countedAs("a", 3, 1, "opus"), countedAs("b", 5, 1, "kimi")}, []string{"split a.go:3 Ta: it is 2 findings now: a.go:3 Ta; a.go:5 Tb"}},
		{"one that is graver, elsewhere", []tally.Finding{countedAs("a", 3, 1, "opus")}, []tally.Finding{worse}, []string{"changed a.go:4 Ta: severity WARN → BLOCK, place a.go:3-3 new → a.go:4-3 new"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, c := range Compare(&Review{Findings: tt.before}, &Review{Findings: tt.after}) {
				got = append(got, string(c.Kind)+" "+c.line())
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("got +, want -:\n%s", diff)
			}
		})
	}
	got := Compare(&Review{Verdict: passed}, &Review{Verdict: blocked})
	if want := []Change{{Kind: VerdictChanged, Detail: "pass by rule otherwise (exit status 0) → block by rule convergent-block (exit status 1)"}}; !cmp.Equal(got, want) {
		t.Errorf("the verdict: %+v", got)
	}
}

func TestChangesAreToldInEveryFormat(t *testing.T) {
	r := fixture()
	r.Changes = []Change{{Kind: VerdictChanged, Detail: "pass → block"}, {Kind: NewFinding, Path: "a\x1b.go", Line: 3, Title: "T", Detail: "WARN"}}
	for name, w := range map[string]Writer{"terminal": Terminal{}, "md": Markdown{}, "json": JSON{}} {
		var b strings.Builder
		if err := w.Write(&b, r); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), "pass → block") || strings.Contains(b.String(), "a\x1b.go") {
			t.Errorf("%s:\n%s", name, b.String())
		}
	}
}
