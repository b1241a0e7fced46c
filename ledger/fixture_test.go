package ledger

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"scrum/bundler"
	"scrum/tally"
)

// fatal is what testing.T and rapid.T have in common.
type fatal interface {
	Helper()
	Fatalf(format string, args ...any)
}

// added is the diff of a new file.
func added(path, text string) string {
	lines := strings.SplitAfter(text, "\n")
	lines = lines[:len(lines)-1]
	return fmt.Sprintf("diff --git a/%[1]s b/%[1]s\nnew file mode 100644\n--- /dev/null\n+++ b/%[1]s\n@@ -0,0 +1,%[2]d @@\n+%[3]s", path, len(lines), strings.Join(lines, "+"))
}

// renamed is the diff of a file that has another name, all of it shown, with one line
// added at its end.
func renamed(from, to, text string) string {
	lines := strings.SplitAfter(text, "\n")
	lines = lines[:len(lines)-1]
	return fmt.Sprintf("diff --git a/%[1]s b/%[2]s\nsimilarity index 90%%\nrename from %[1]s\nrename to %[2]s\n--- a/%[1]s\n+++ b/%[2]s\n@@ -1,%[3]d +1,%[4]d @@\n %[5]s+// renamed\n",
		from, to, len(lines), len(lines)+1, strings.Join(lines, " "))
}

// planOf is the plan of a diff.
func planOf(t fatal, diffs ...string) *bundler.Plan {
	t.Helper()
	change, err := bundler.Read(context.Background(), bundler.Source{Diff: strings.NewReader(strings.Join(diffs, "")), DiffName: "test"}, bundler.ReadOptions{})
	if err != nil {
		t.Fatalf("reading the diff: %v", err)
	}
	plan := &bundler.Plan{Change: change}
	b := &bundler.Bundle{ID: "c1"}
	for _, f := range change.Files {
		b.Parts = append(b.Parts, bundler.Part{File: f, Patch: f.Patch})
	}
	plan.Bundles = []*bundler.Bundle{b}
	return plan
}

// finding at a place, with the code of which it speaks left to the diff.
func finding(path string, line, end int, title, why string) tally.Finding {
	return tally.Finding{
		ID: fmt.Sprintf("%s-%d-%d-%d", path, line, end, len(title+why)), Bundle: "c1", Severity: tally.Warn, Path: path, Line: line, EndLine: end,
		Side: tally.New, Anchor: tally.Exact, State: tally.Open, Title: title, Why: why, Lineages: []string{"anthropic"}, Reviewers: []string{"opus"}, Convergence: 1,
	}
}

const today Day = "2026-11-23"

func decision() Decision {
	return Decision{As: FalsePositive, Reason: "looked at", Owner: "a <a@example.com>", Today: today, Expires: "2027-02-21"}
}

// accepted is a ledger with an entry of one finding.
func accepted(t *testing.T, plan *bundler.Plan, f tally.Finding) *Ledger {
	t.Helper()
	g, err := New(plan, &f, decision())
	if err != nil {
		t.Fatal(err)
	}
	return &Ledger{Name: File, Gaps: []Gap{g}}
}
