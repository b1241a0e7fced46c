package browser

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// bigChange writes a change of about five megabytes, and what three reviewers found in
// it: two thousand findings, some of them convergent.
func bigChange(t *testing.T, dir string) {
	t.Helper()
	const files, lines, apart = 250, 300, 32
	var diff strings.Builder
	answers := map[string]*strings.Builder{"opus": {}, "gpt-5": {}, "gemini": {}}
	names := []string{"opus", "gpt-5", "gemini"}
	for f := range files {
		path := fmt.Sprintf("internal/part%02d/file%03d.go", f%20, f)
		fmt.Fprintf(&diff, "diff --git a/%s b/%s\nnew file mode 100644\nindex 0000000..1111111\n--- /dev/null\n+++ b/%s\n@@ -0,0 +1,%d @@\n", path, path, path, lines)
		for l := range lines {
			fmt.Fprintf(&diff, "+\tif v%d := total(%d, \"a text\"); v%d > %d { return v%d } // line\n", l, f, l, l*f, l)
		}
		if f >= 220 {
			continue // thirty files without findings
		}
		for n := range 9 {
			line := 5 + n*apart
			severity := []string{"BLOCK", "WARN", "INFO"}[(f+n)%3]
			finding := fmt.Sprintf("### %s: The total of case %d-%d is returned before it is checked\nWHERE: %s:%d\nWHY: The early return of v%d skips the check in case %d-%d, so that a total which is out of bounds reaches the caller.\nFIX: Check first, then return.\n\n", severity, f, n, path, line, line, f, n)
			answers[names[n%3]].WriteString(finding)
			if n == 4 {
				answers[names[(n+1)%3]].WriteString(finding)
			}
		}
	}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("change.diff", diff.String())
	for name, text := range answers {
		write(name+".md", text.String())
	}
	t.Logf("a change of %.1f MB", float64(diff.Len())/(1<<20))
}

func TestThousandsOfFindingsInALargeChangeCanBeWorkedWith(t *testing.T) {
	dir := t.TempDir()
	if kept := os.Getenv("BIG"); kept != "" {
		dir = kept
	}
	bigChange(t, dir)
	page := filepath.Join(t.TempDir(), "big.html")
	began := time.Now()
	out, err := exec.Command(scrum(t), "tally", dir, "--format", "html="+page).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || exit != nil && exit.ExitCode() != 1 && exit.ExitCode() != 4 {
		t.Fatalf("scrum tally: %v\n%s", err, out)
	}
	info, err := os.Stat(page)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("scrum tally took %s and wrote %.1f MB", time.Since(began).Round(10*time.Millisecond), float64(info.Size())/(1<<20))
	if info.Size() > 24<<20 {
		t.Errorf("the page has %d bytes", info.Size())
	}

	b := openFile(t, page, "", desktop)
	t.Logf("the page was read after %.0f ms and ready after %.0f ms, with %d elements", eval[float64](b, `performance.getEntriesByType("navigation")[0].domInteractive`),
		eval[float64](b, `performance.getEntriesByType("navigation")[0].loadEventEnd`), eval[int](b, `document.getElementsByTagName("*").length`))
	all := eval[int](b, `document.querySelectorAll(".finding").length`)
	if all < 1900 {
		t.Fatalf("there are %d findings", all)
	}
	want(b, `document.getElementById("count").textContent`, fmt.Sprintf("%d of %d", all, all))
	t.Logf("a filter took %.0f ms", eval[float64](b, `(() => { const t = performance.now(); document.querySelector('input[value="WARN"]').click(); document.body.offsetHeight; return performance.now() - t })()`))
	want(b, `[...document.querySelectorAll(".finding")].filter(f => !f.closest("[hidden]")).length`, eval[int](b, `document.querySelectorAll('.finding:not([data-severity="WARN"])').length`))
	t.Logf("a search took %.0f ms", eval[float64](b, `(() => { const t = performance.now(); text.value = "case 217-4"; text.dispatchEvent(new Event("input")); document.body.offsetHeight; return performance.now() - t })()`))
	b.click("#reset")
	b.press("n")
	want(b, `document.activeElement.dataset.several`, "2")
	want(b, `(r => r.top >= 0 && r.top < innerHeight)(document.activeElement.getBoundingClientRect())`, true)
	for range 5 {
		b.press("j")
		want(b, `(r => r.top >= 0 && r.top < innerHeight)(document.activeElement.getBoundingClientRect())`, true)
	}
	last := eval[string](b, `[...document.querySelectorAll(".finding")].at(-1).id`)
	deep := openFile(t, page, last, phone)
	deep.settle()
	want(deep, `document.activeElement.id`, last)
	want(deep, `(r => r.top >= 0 && r.top < innerHeight)(document.activeElement.getBoundingClientRect())`, true)
	want(deep, `document.documentElement.scrollWidth <= innerWidth`, true)
	b.do(chromedp.Click(chromedp.CSS("#keys")))
	b.shoot("big")
	b.quiet()
	deep.quiet()
}
