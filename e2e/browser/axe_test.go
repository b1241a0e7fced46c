package browser

import (
	"os"
	"slices"
	"strings"

	"github.com/chromedp/chromedp"
)

// axeFile is put there by npm ci.
const axeFile = "node_modules/axe-core/axe.min.js"

// axeRun gives what axe-core finds that is serious or critical, a line each. Of a long
// list of files it looks at the first few: the others are like them, and it is slow.
const axeRun = `axe.run({include: [["html"]], exclude: [[".file ~ .file ~ .file ~ .file ~ .file"]]}, {resultTypes: ["violations"]}).then(r => r.violations
	.filter(v => v.impact === "serious" || v.impact === "critical")
	.flatMap(v => v.nodes.slice(0, 5).map(n => v.impact + " " + v.id + ": " + n.target.join(" ") + ": " + (n.failureSummary || "").replace(/\s+/g, " ")))
	.join("\n"))`

// accessible fails the test for everything serious that axe-core finds.
func (b *tab) accessible(about string) {
	b.t.Helper()
	for _, line := range b.axe() {
		b.t.Errorf("%s, %s: %s", b.address, about, line)
	}
}

// axe gives what axe-core finds. Its rules are brought in by the debugger, which the
// policy of the page does not bind.
func (b *tab) axe() []string {
	b.t.Helper()
	rules, err := os.ReadFile(axeFile)
	if err != nil {
		b.t.Fatalf("axe-core is not installed, run npm ci: %v", err)
	}
	b.do(chromedp.Evaluate[chromedp.Void](string(rules) + ";undefined"))
	return slices.Collect(strings.FieldsFuncSeq(eval[string](b, axeRun), func(r rune) bool { return r == '\n' }))
}
