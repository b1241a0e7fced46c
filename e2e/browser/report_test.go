package browser

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// scrum is the command under test, built by make e2e.
func scrum(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", "bin", "scrum"))
	if err == nil {
		_, err = os.Stat(path)
	}
	if err != nil {
		t.Fatalf("the command is not built, run make build: %v", err)
	}
	return path
}

// demo is the report.html of a run of scrum demo, which is made once.
func demo(t *testing.T) string {
	t.Helper()
	path, err := demoOnce(scrum(t))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

var demoRun struct {
	once sync.Once
	dir  string
	file string
	err  error
}

func TestMain(m *testing.M) {
	code := m.Run()
	_ = os.RemoveAll(demoRun.dir)
	os.Exit(code)
}

func demoOnce(command string) (string, error) {
	demoRun.once.Do(func() {
		if demoRun.dir, demoRun.err = os.MkdirTemp("", "scrum-browser-"); demoRun.err != nil {
			return
		}
		out, err := exec.Command(command, "demo", "--quiet", "--out", demoRun.dir, "--format", "json="+filepath.Join(demoRun.dir, "demo.json")).CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 1 {
			demoRun.err = errors.New("scrum demo did not end with exit status 1:\n" + string(out))
			return
		}
		found, err := filepath.Glob(filepath.Join(demoRun.dir, "sample", ".scrum", "runs", "*", "report.html"))
		if err != nil || len(found) != 1 {
			demoRun.err = errors.New("the run has no report.html")
			return
		}
		demoRun.file = found[0]
	})
	return demoRun.file, demoRun.err
}

const shownFindings = `[...document.querySelectorAll(".finding")].filter(f => f.checkVisibility({contentVisibilityAuto: false})).length`

func TestTheReportIsQuietAndAccessible(t *testing.T) {
	b := openFile(t, demo(t), "", desktop)
	b.do(chromedp.Click(chromedp.CSS("#unfold")))
	b.check()
}

func TestTheReportSaysTheVerdictFirst(t *testing.T) {
	b := openFile(t, demo(t), "", desktop)
	want(b, `document.querySelector("h1 .outcome").textContent`, "BLOCK")
	want(b, `document.querySelector(".rule b").textContent`, "convergent-block")
	want(b, `[...document.querySelectorAll(".grep")].some(c => /^c1 \S+ \(\d+KB\) → \d+ convergent \/ \d+ distinct$/.test(c.textContent))`, true)
	b.quiet()
}

func TestFiltersShowWhatTheySay(t *testing.T) {
	b := openFile(t, demo(t), "", desktop)
	all := eval[int](b, `document.querySelectorAll(".finding").length`)
	want(b, shownFindings, all)

	b.click(`input[value="WARN"]`)
	b.click(`input[value="INFO"]`)
	blocks := eval[int](b, `document.querySelectorAll('.finding[data-severity="BLOCK"]').length`)
	want(b, shownFindings, blocks)
	want(b, `[...document.querySelectorAll("tr.to")].filter(r => !r.hidden).length`, blocks)
	want(b, `location.hash`, "#severity=BLOCK")

	b.click(`#several`)
	several := eval[int](b, `[...document.querySelectorAll('.finding[data-severity="BLOCK"]')].filter(f => f.dataset.several >= 2).length`)
	want(b, shownFindings, several)
	if several == 0 || several == blocks || blocks == all {
		t.Fatalf("the demo cannot tell the filters apart: %d of %d of %d", several, blocks, all)
	}

	b.click("#reset")
	want(b, shownFindings, all)
	want(b, `location.hash`, "")

	b.do(chromedp.SetValue(chromedp.CSS("#lineage"), "qwen"))
	b.run(`lineage.dispatchEvent(new Event("change"))`)
	want(b, shownFindings, eval[int](b, `[...document.querySelectorAll(".finding")].filter(f => f.dataset.lineages.split("|").includes("qwen")).length`))
	b.click("#reset")

	b.do(chromedp.SetValue(chromedp.CSS("#state"), "retracted"))
	b.run(`state.dispatchEvent(new Event("change"))`)
	want(b, shownFindings, eval[int](b, `document.querySelectorAll('.finding[data-state="retracted"]').length`))
	b.click("#reset")

	b.do(chromedp.SendKeys(chromedp.CSS("#text"), "no such words anywhere"))
	b.settle()
	want(b, shownFindings, 0)
	want(b, `document.getElementById("nothing").hidden`, false)
	b.quiet()
}

func TestTheFilterIsInTheAddress(t *testing.T) {
	b := openFile(t, demo(t), "severity=BLOCK&lineages=2", desktop)
	want(b, `document.querySelector('input[value="WARN"]').checked`, false)
	want(b, `several.checked`, true)
	want(b, `[...document.querySelectorAll(".finding")].filter(f => f.checkVisibility()).every(f => f.dataset.severity === "BLOCK" && f.dataset.several >= 2)`, true)
	b.quiet()
}

func TestFindingsAreWalkedThroughWithKeysAndButtons(t *testing.T) {
	b := openFile(t, demo(t), "", desktop)
	const focused = `document.activeElement.id`
	ids := `[...document.querySelectorAll(".finding")].map(f => f.id)`
	first, second := eval[string](b, ids+`[0]`), eval[string](b, ids+`[1]`)
	b.press("j")
	want(b, focused, first)
	b.press("j")
	want(b, focused, second)
	want(b, `location.hash`, "#"+second)
	want(b, `(r => r.top >= 0 && r.top < innerHeight)(document.activeElement.getBoundingClientRect())`, true)
	b.press("k")
	want(b, focused, first)
	b.press("n")
	want(b, `document.activeElement.dataset.several >= 2`, true)
	b.press("p")
	want(b, `document.activeElement.dataset.several >= 2`, true)
	want(b, `document.querySelectorAll('.finding[tabindex="0"]').length`, 1)

	b.press("f")
	want(b, focused, "text")
	b.press("j") // is a letter here
	want(b, `text.value`, "j")
	b.press(kb.Escape)
	want(b, `document.activeElement.id !== "text"`, true)
	b.click("#reset")

	b.click("#next")
	b.click("#next-several")
	want(b, `document.activeElement.dataset.several >= 2`, true)
	b.press("?")
	want(b, `document.getElementById("help").open`, true)
	b.press(kb.Escape)
	want(b, `document.getElementById("help").open`, false)
	b.click("#keys")
	want(b, `document.getElementById("help").open`, true)
	b.click("#help-close")
	want(b, `document.getElementById("help").open`, false)
	b.quiet()
}

func TestWordsAndFilesFold(t *testing.T) {
	b := openFile(t, demo(t), "", desktop)
	b.click(".finding details.words > summary")
	want(b, `document.querySelector(".finding details.words").open`, true)
	want(b, `document.querySelector(".finding details.words pre").checkVisibility()`, true)
	b.press("j")
	before := eval[bool](b, `document.activeElement.querySelector("details.words").open`)
	b.press("o")
	want(b, `document.activeElement.querySelector("details.words").open`, !before)
	b.click("#fold")
	want(b, `document.querySelectorAll(".file[open]").length`, 0)
	b.press("j") // unfolds what it goes to
	want(b, `document.activeElement.closest(".file").open`, true)
	b.click("#unfold")
	want(b, `document.querySelectorAll(".file:not([open])").length`, 0)
	b.quiet()
}

func TestALinkToAFindingLeadsToIt(t *testing.T) {
	path := demo(t)
	id := eval[string](openFile(t, path, "", desktop), `[...document.querySelectorAll(".file .finding")].at(-1).id`)
	b := openFile(t, path, id, desktop)
	b.settle()
	want(b, `document.activeElement.id`, id)
	want(b, `(r => r.top >= 0 && r.top < innerHeight)(document.activeElement.getBoundingClientRect())`, true)

	b.click("#index tr.to a")
	want(b, `location.hash === new URL(document.querySelector("#index tr.to a").href).hash`, true)
	want(b, `"#" + document.activeElement.id === location.hash`, true)
	b.quiet()
}

func TestTheThemeFollowsTheSystemAndThenTheReader(t *testing.T) {
	b := openFile(t, demo(t), "", desktop)
	const ground = `getComputedStyle(document.body).backgroundColor`
	b.media("screen", "light")
	light := eval[string](b, ground)
	b.media("screen", "dark")
	dark := eval[string](b, ground)
	if light == dark {
		t.Fatalf("both are %s", light)
	}
	want(b, `theme.textContent`, "Light theme")
	b.click("#theme")
	want(b, ground, light)
	want(b, `theme.textContent`, "Dark theme")
	b.click("#theme")
	want(b, ground, dark)
	b.do(chromedp.Reload(), chromedp.WaitReady(chromedp.CSS("main")))
	want(b, ground, dark)
	b.quiet()
}

func TestThePrintedReportHasNoControlsAndAllWords(t *testing.T) {
	b := openFile(t, demo(t), "", desktop)
	b.media("print", "dark")
	b.shoot("print")
	want(b, `filters.checkVisibility()`, false)
	want(b, `theme.checkVisibility()`, false)
	want(b, `getComputedStyle(document.body).backgroundColor`, "rgb(255, 255, 255)")
	want(b, `(dispatchEvent(new Event("beforeprint")), document.querySelectorAll("details.words:not([open])").length)`, 0)
	want(b, `(dispatchEvent(new Event("afterprint")), document.querySelectorAll("details.words[open]").length)`, 0)
	pdf := b.printed()
	if !strings.HasPrefix(string(pdf), "%PDF") || len(pdf) < 20_000 {
		t.Errorf("the print has %d bytes", len(pdf))
	}
	if dir := os.Getenv("SHOTS"); dir != "" {
		_ = os.WriteFile(filepath.Join(dir, "report.pdf"), pdf, 0o644)
	}
	b.quiet()
}

func TestTheReportCanBeReadWithoutItsScript(t *testing.T) {
	b := openFile(t, demo(t), "", desktop)
	all := eval[int](b, shownFindings)
	b.do(command(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}), chromedp.Reload(), chromedp.WaitReady(chromedp.CSS("main")))
	want(b, shownFindings, all)
	want(b, `document.getElementById("filters").checkVisibility()`, false)
	want(b, `document.getElementById("theme").checkVisibility()`, false)
	b.quiet()
}
