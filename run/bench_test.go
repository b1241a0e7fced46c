package run

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// BenchmarkSentAgainAfterOneEdit reviews a change of 300 files, edits one of them,
// and reviews again: sent/% is the share of requests that the second run sends.
func BenchmarkSentAgainAfterOneEdit(b *testing.B) {
	for _, packing := range []string{"stable", "ffd"} {
		b.Run(packing, func(b *testing.B) {
			random := rand.New(rand.NewPCG(1, 2))
			var sent, asked int
			for b.Loop() {
				again, all := sentAgain(b, packing, random)
				sent, asked = sent+again, asked+all
			}
			b.ReportMetric(100*float64(sent)/float64(asked), "sent/%")
			b.ReportMetric(float64(asked)/float64(b.N), "requests")
		})
	}
}

func sentAgain(b *testing.B, packing string, random *rand.Rand) (again, all int) {
	b.Helper()
	const files = 300
	before, after := map[string]string{}, map[string]string{}
	for i := range files {
		name := fmt.Sprintf("dir%d/sub%d/file%d.txt", i%11, i%37, i)
		before[name] = fmt.Sprintf("file %d\n", i)
		after[name] = before[name] + strings.Repeat(fmt.Sprintf("a line that is new in %d\n", i), 5+random.IntN(120))
	}
	w := newWorldOf(b, before, after, nil)
	w.config = strings.Replace(w.config, "guards: {warn: 2KB, refuse: 4KB}", "guards: {warn: 20KB, refuse: 40KB}", 1) + "packing: " + packing + "\n"
	_, _, all = w.review(b, w.options())
	n := random.IntN(files)
	name := fmt.Sprintf("dir%d/sub%d/file%d.txt", n%11, n%37, n)
	writeAll(b, w.dir, map[string]string{name: after[name] + strings.Repeat("and one more\n", 40)})
	gitIn(b, w.dir, "commit", "-qam", "edit")
	opt := w.options()
	opt.Source.Range = "HEAD~2..HEAD"
	_, _, again = w.review(b, opt)
	return again, all
}
