package tally

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scrum/bundler"
)

// worker is a change of two files with code that can be quoted.
func worker(t *testing.T) *bundler.Plan {
	t.Helper()
	diff := "diff --git a/worker.go b/worker.go\nindex 1111111..2222222 100644\n--- a/worker.go\n+++ b/worker.go\n" +
		"@@ -100,6 +100,9 @@ func run() {\n \tfor {\n+\t\tdelay := backoff(attempt)\n+\t\tattempt++\n \t\tif err := job.Do(ctx); err != nil {\n-\t\t\ttime.Sleep(delay)\n \t\t\tcontinue\n+\t\t\tlog.Print(err)\n \t\t}\n+\t\tcontinue\n \t}\n" +
		"diff --git a/other.go b/other.go\nindex 1111111..2222222 100644\n--- a/other.go\n+++ b/other.go\n" +
		"@@ -40,2 +40,3 @@\n x\n+total := sum(all)\n y\n"
	change, err := bundler.Read(t.Context(), bundler.Source{Diff: strings.NewReader(diff), DiffName: "change.diff"}, bundler.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	plan := &bundler.Plan{Change: change}
	b := &bundler.Bundle{ID: "c1"}
	for _, f := range change.Files {
		b.Parts = append(b.Parts, bundler.Part{File: f, Patch: f.Patch})
	}
	plan.Bundles = append(plan.Bundles, b)
	return plan
}

func places1(r Result) []string {
	var out []string
	for _, f := range r.Findings {
		s := f.Sources[0]
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s:%d %s %s %v %s", f.Path, f.Line, f.Side, f.Anchor, s.Repairs, s.Quoted)))
	}
	return out
}

func TestQuotedCodeChecksOrRepairsTheLine(t *testing.T) {
	tests := []struct{ name, finding, want string }{
		{"code at its line", "WARN worker.go:101|Delay|the value of `delay := backoff(attempt)` is dropped", "worker.go:101 new exact [] here"},
		{"code in other spacing", "WARN worker.go:101|Delay|`delay:=backoff( attempt )` is dropped", "worker.go:101 new exact [] here"},
		{"code of another line leaves a place that fits", "WARN worker.go:102|Attempt|after `delay := backoff(attempt)` it is raised", "worker.go:102 new exact [] elsewhere"},
		{"a line that the diff lacks goes to the code", "WARN worker.go:7|Delay|`delay := backoff(attempt)` is dropped", "worker.go:101 new snapped [quote] here"},
		{"a line near the diff goes to the code", "WARN worker.go:110|Delay|`delay := backoff(attempt)` is dropped", "worker.go:101 new snapped [quote] here"},
		{"deleted code is on the old side", "WARN worker.go:7|Sleep|`time.Sleep(delay)` is gone", "worker.go:102 old snapped [quote] here"},
		{"code that stands nowhere says nothing", "WARN worker.go:7|Delay|`delay := forward(attempt)` is wrong", "worker.go:7 new outside []"},
		{"two quotations of two lines are not certain", "WARN worker.go:7|Both|`delay := backoff(attempt)` and `log.Print(err)`", "worker.go:7 new outside [] elsewhere"},
		{"a name is no code", "WARN worker.go:7|Name|`attempt` is raised", "worker.go:7 new outside []"},
		{"an unknown file stays unknown", "WARN lost.go:7|Delay|`delay := backoff(attempt)` is dropped", "lost.go:7 new unknown []"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := places1(Count(worker(t), []Seat{seat("c1", "m", "l", tt.finding)}, Options{}))
			if diff := cmp.Diff([]string{tt.want}, got); diff != "" {
				t.Errorf("got +, want -:\n%s", diff)
			}
		})
	}
}

func TestCodeInAFixIsNotLookedUp(t *testing.T) {
	s := seat("c1", "m", "l")
	s.Text = "### WARN: T\nWHERE: worker.go:7\nWHY: w\nFIX: `delay := backoff(attempt)`\n"
	if got := places1(Count(worker(t), []Seat{s}, Options{})); !cmp.Equal(got, []string{"worker.go:7 new outside []"}) {
		t.Error(got)
	}
}

func TestLinesOfTheDiffAreKnownWhenNothingElseFits(t *testing.T) {
	tests := []struct {
		name     string
		findings []string
		want     []string
	}{
		{"counted from the first hunk", []string{"WARN worker.go:2|A|a", "WARN worker.go:5|B|b", "WARN worker.go:7|C|c"},
			[]string{"worker.go:101 new snapped [diff-line]", "worker.go:102 old snapped [diff-line]", "worker.go:105 new snapped [diff-line]"}},
		{"counted in the bundle", []string{"WARN worker.go:7|A|a", "WARN worker.go:12|B|b", "WARN other.go:22|C|c"},
			[]string{"other.go:41 new snapped [diff-line]", "worker.go:101 new snapped [diff-line]", "worker.go:105 new snapped [diff-line]"}},
		{"two are too few", []string{"WARN worker.go:2|A|a", "WARN worker.go:5|B|b"},
			[]string{"worker.go:2 new outside []", "worker.go:5 new outside []"}},
		{"one that fits the file speaks against it", []string{"WARN worker.go:2|A|a", "WARN worker.go:5|B|b", "WARN worker.go:7|C|c", "WARN worker.go:101|D|d"},
			[]string{"worker.go:2 new outside []", "worker.go:5 new outside []", "worker.go:7 new outside []", "worker.go:101 new exact []"}},
		{"one that hits no changed line speaks against it", []string{"WARN worker.go:2|A|a", "WARN worker.go:5|B|b", "WARN worker.go:4|C|c"},
			[]string{"worker.go:2 new outside []", "worker.go:4 new outside []", "worker.go:5 new outside []"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := places1(Count(worker(t), []Seat{seat("c1", "m", "l", tt.findings...)}, Options{}))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("got +, want -:\n%s", diff)
			}
		})
	}
}
