package browser

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// runsFolder is a folder with some runs: copies of the demo's on other days, with other
// verdicts, one without a page, one that was killed, one that is broken, and a gauntlet.
func runsFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	sample := filepath.Dir(demo(t))
	runs := filepath.Join(dir, ".scrum", "runs")
	for n, outcome := range []string{"block", "pass", "inconclusive", "pass", "block"} {
		id := fmt.Sprintf("2026110%dT120000Z-f1a857176", n+1)
		to := filepath.Join(runs, id)
		if err := os.CopyFS(to, os.DirFS(sample)); err != nil {
			t.Fatal(err)
		}
		for _, file := range []string{"run.json", "findings.json"} {
			rewrite(t, filepath.Join(to, file), func(doc map[string]any) {
				run := doc["run"].(map[string]any)
				run["id"], run["started"] = id, fmt.Sprintf("2026-11-0%dT12:00:00Z", n+1)
				doc["totals"].(map[string]any)["cost_usd"] = 0.25 * float64(n)
				if v, ok := doc["verdict"].(map[string]any); ok {
					v["outcome"] = outcome
				}
			})
		}
	}
	remove(t, filepath.Join(runs, "20261102T120000Z-f1a857176", "report.html"))
	remove(t, filepath.Join(runs, "20261104T120000Z-f1a857176", "findings.json"))
	put(t, filepath.Join(runs, "20261106T120000Z-broken", "run.json"), "{")
	night := filepath.Join(dir, ".scrum", "gauntlet", "20261105T020000Z-f1a857176")
	if err := os.CopyFS(filepath.Join(night, "review"), os.DirFS(sample)); err != nil {
		t.Fatal(err)
	}
	parity, err := os.ReadFile(filepath.Join("..", "..", "parity", "formats", "testdata", "parity.json"))
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(night, "parity.json"), string(parity))
	put(t, filepath.Join(night, "parity.html"), "of an older version")
	put(t, filepath.Join(night, "evidence.json"), `{"schema": "scrum/evidence/v1", "run": "20261105T020000Z-f1a857176", "commit": "f1a857176", "started": "2026-11-05T02:00:00Z"}`)
	put(t, filepath.Join(night, "assess.json"), `{"schema": "scrum/assess/v1", "commit": "f1a857176", "verdict": {"outcome": "no-ship", "rule": "new-divergence", "reason": "parity_new > 0"},
		"evidence": [{"phase": "smoke", "quality": "skipped", "reason": "no services here"}, {"phase": "parity", "quality": "good", "decides": true, "headline": "1 match"}, {"phase": "review", "quality": "good", "decides": true, "headline": "block"}],
		"gaps": [{"state": "new", "phase": "parity", "title": "enum tagging", "signature": "enum-tagging-1"}, {"state": "known", "phase": "review", "title": "an old one", "entry": "GAP-1", "as": "policy", "since": "2026-11-01", "days": 4}],
		"last": {"run": "20261104T020000Z-f1a857176", "outcome": "ship", "new": ["enum-tagging-1"], "fixed": [], "aged": []}}`)
	return dir
}

func rewrite(t *testing.T, file string, change func(map[string]any)) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	change(doc)
	if data, err = json.Marshal(doc); err != nil {
		t.Fatal(err)
	}
	put(t, file, string(data))
}

func put(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, file string) {
	t.Helper()
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
}

// served starts scrum serve on a folder and gives its address. When the test ends it is
// interrupted, and must end well.
func served(t *testing.T, dir string) string {
	t.Helper()
	cmd := exec.Command(scrum(t), "serve", "-C", dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var complaints strings.Builder
	cmd.Stderr = &complaints
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Error(err)
		}
		if err := cmd.Wait(); err != nil || complaints.Len() > 0 {
			t.Errorf("scrum serve ended with %v: %s", err, complaints.String())
		}
	})
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(address)
}

// follow clicks a link and waits for the page that it leads to.
func (b *tab) follow(selector string) {
	b.t.Helper()
	to := eval[string](b, fmt.Sprintf(`document.querySelector(%q).href`, selector))
	b.run(fmt.Sprintf(`document.querySelector(%q).scrollIntoView({block: "center", behavior: "instant"})`, selector))
	at := eval[[]float64](b, fmt.Sprintf(`(() => { const r = document.querySelector(%q).getClientRects()[0]; return [r.x + r.width / 2, r.y + r.height / 2]; })()`, selector))
	b.leave(to, func() { b.do(chromedp.MouseClickXY(at[0], at[1])) })
}

// leave leaves for an address, and waits until its page is there.
func (b *tab) leave(address string, how func()) {
	b.t.Helper()
	b.mu.Lock()
	b.address = address
	b.mu.Unlock()
	how()
	deadline := time.Now().Add(30 * time.Second)
	for !arrived(b, address) {
		if time.Now().After(deadline) {
			b.t.Fatalf("%s was not reached", address)
		}
	}
	b.settle()
}

// arrived asks the page where it is; between two pages there is nobody to answer.
func arrived(b *tab, address string) bool {
	there, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](fmt.Sprintf(`location.href === %q && document.readyState === "complete"`, address)))
	return err == nil && there
}

const run1, run2, night = "20261101T120000Z-f1a857176", "20261102T120000Z-f1a857176", "20261105T020000Z-f1a857176"

func TestTheListOfRunsIsQuietAndAccessible(t *testing.T) {
	b := open(t, served(t, runsFolder(t)), desktop)
	b.do(chromedp.Click(chromedp.CSS(".numbers summary"), chromedp.NodeVisible))
	b.check()
}

func TestTheListOfRunsShowsTrends(t *testing.T) {
	b := open(t, served(t, runsFolder(t)), desktop)
	want(b, `document.querySelectorAll(".trend svg").length`, 3)
	want(b, `[...document.querySelectorAll(".trend svg, .track svg")].every(s => s.getBoundingClientRect().width > 100 && s.querySelector("rect").getBoundingClientRect().height > 0)`, true)
	want(b, `[...document.querySelectorAll("svg")].every(s => s.getAttribute("role") === "img" && s.getAttribute("aria-labelledby").split(" ").every(id => document.getElementById(id).textContent))`, true)
	want(b, `document.querySelector("#verdicts-text").textContent`, "2 block, 1 inconclusive, 1 pass")
	want(b, `new Set([...document.querySelectorAll(".trend:first-child rect")].map(r => getComputedStyle(r).fill)).size`, 3)
	want(b, `document.body.textContent.includes("20261106T120000Z-broken")`, true)
	b.quiet()
}

func TestARunIsReachedFromTheListAndLeftAgain(t *testing.T) {
	b := open(t, served(t, runsFolder(t)), desktop)
	b.follow(`a[href="/runs/` + run1 + `/"]`)
	want(b, `document.querySelector("h1 .outcome").textContent`, "BLOCK")
	b.follow(`a.brand`)
	want(b, `location.pathname`, "/")
	b.follow(`a[href="/runs/` + run2 + `/"]`) // has no page of its own
	want(b, `document.querySelector("h1 .outcome").textContent`, "PASS")
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#theme").click()`))
	b.follow(`a.brand`)
	want(b, `document.documentElement.dataset.theme`, "dark") // the choice goes with the reader
	b.follow(`a[href="/runs/` + run1 + `/files"]`)
	answer, err := http.Get(eval[string](b, `document.querySelector('a[href="findings.json"]').href`))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if got := answer.Header.Get("Content-Type"); answer.StatusCode != http.StatusOK || got != "text/plain; charset=utf-8" {
		t.Errorf("findings.json is answered with %d as %s", answer.StatusCode, got)
	}
	b.quiet()
}

func TestTheReportWorksWhenItIsServed(t *testing.T) {
	b := open(t, served(t, runsFolder(t))+"runs/"+run1+"/", desktop)
	all := eval[int](b, shownFindings)
	b.click(`input[name="severity"][value="BLOCK"]`)
	if some := eval[int](b, shownFindings); some >= all {
		t.Errorf("%d findings are shown of %d", some, all)
	}
	b.quiet()
}

func TestTheListCanBeFiltered(t *testing.T) {
	b := open(t, served(t, runsFolder(t)), desktop)
	b.follow(`a.filter[href$="block"]`)
	want(b, `document.querySelectorAll(".runs tbody tr").length - document.querySelectorAll("#gauntlets + * tbody tr").length`, 2)
	want(b, `document.querySelectorAll("a.filter[aria-current]").length`, 1)
	b.quiet()
}

func TestThePageOfAGauntletIsQuietAndAccessible(t *testing.T) {
	b := open(t, served(t, runsFolder(t))+"gauntlet/"+night+"/", desktop)
	want(b, `document.querySelector("h1 .outcome").textContent`, "no-ship")
	b.check()
}

func TestThePagesOfAGauntletLeadToEachOther(t *testing.T) {
	b := open(t, served(t, runsFolder(t)), desktop)
	b.follow(`a[href="/gauntlet/` + night + `/"]`)
	b.follow(`.part a[href="review/report.html"]`)
	want(b, `document.querySelector("h1 .outcome").textContent`, "BLOCK")
	b.follow(`a.brand`)
	b.follow(`a[href="/gauntlet/` + night + `/"]`)
	b.follow(`.part a[href="parity.html"]`)
	want(b, `document.querySelector("h1").textContent.startsWith("Parity: ")`, true)
	b.check()
}

func TestTheListOfFilesIsQuietAndAccessible(t *testing.T) {
	b := open(t, served(t, runsFolder(t))+"runs/"+run1+"/files", desktop)
	b.check()
}
