package report

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"scrum/bundler"
	"scrum/tally"
)

// BenchmarkHTML writes the page of a change of five megabytes with 2,000 findings. A
// page of it is to take no more than two or three seconds.
func BenchmarkHTML(b *testing.B) {
	r := largeReview(b)
	b.ReportAllocs()
	size := 0
	for b.Loop() {
		n := &byteCounter{}
		if err := (HTML{}).Write(n, r); err != nil {
			b.Fatal(err)
		}
		size = n.n
	}
	b.ReportMetric(float64(size)/(1<<20), "MB/page")
}

type byteCounter struct{ n int }

func (c *byteCounter) Write(p []byte) (int, error) {
	c.n += len(p)
	return io.Discard.Write(p)
}

// largeReview has 2,000 findings in 200 of 250 new files of Go.
func largeReview(tb testing.TB) *Review {
	tb.Helper()
	const files, lines = 250, 300
	var diff strings.Builder
	r := &Review{Schema: SchemaID, Run: Run{ID: "large", Label: "large"}, Verdict: tally.Verdict{Outcome: tally.Pass}}
	for f := range files {
		path := fmt.Sprintf("internal/part%02d/file%03d.go", f%20, f)
		fmt.Fprintf(&diff, "diff --git a/%s b/%s\nnew file mode 100644\nindex 0000000..1111111\n--- /dev/null\n+++ b/%s\n@@ -0,0 +1,%d @@\n", path, path, path, lines)
		for l := range lines {
			fmt.Fprintf(&diff, "+\tif v%d := total(%d, \"a text\"); v%d > %d { return v%d } // line\n", l, f, l, l*f, l)
		}
		for n := 0; n < 10 && f < 200; n++ {
			r.Findings = append(r.Findings, tally.Finding{
				ID: fmt.Sprintf("f%d-%d", f, n), Bundle: "c1", Severity: tally.Warn, Path: path, Line: 5 + 29*n, EndLine: 5 + 29*n, Side: tally.New, Anchor: tally.Exact, State: tally.Open,
				Title: "The total is returned before it is checked", Why: strings.Repeat("The early return skips the check, so that it reaches the caller. ", 5), Lineages: []string{"qwen"}, Convergence: 1, Reviewers: []string{"qwen"},
				Sources: []tally.Source{{Reviewer: "qwen", Lineage: "qwen", Severity: tally.Warn, Title: "The total is returned", Where: path, Text: strings.Repeat("The early return skips the check. ", 8)}},
			})
		}
	}
	c, err := bundler.ReadDiff("large", strings.NewReader(diff.String()))
	if err != nil {
		tb.Fatal(err)
	}
	bundle := &bundler.Bundle{ID: "c1", Component: "all"}
	for _, f := range c.Files {
		bundle.Parts = append(bundle.Parts, bundler.Part{File: f, Patch: f.Patch})
	}
	r.Bundles = []Bundle{{ID: "c1", Component: "all", Bytes: diff.Len(), Covered: true}}
	r.Diff = DiffOf([]*bundler.Bundle{bundle})
	return r
}
