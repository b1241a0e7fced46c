package serve

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"scrum/report"
	"scrum/run"
	"scrum/tally"
)

// has holds that a text has all of the parts.
func has(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("it lacks %q", part)
		}
	}
}

func hasNot(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if strings.Contains(text, part) {
			t.Errorf("it has %q", part)
		}
	}
}

func TestTheListShowsRunsInEveryState(t *testing.T) {
	p := newPlace(t)
	one := p.add(reviewOn(1, tally.Pass))
	two := p.add(reviewOn(2, tally.Blocked))
	going := reviewOn(5, "")
	p.write("runs/"+going.Run.ID+"/run.json", run.Manifest{Schema: run.ManifestID, Run: going.Run, State: "running"})
	p.write("runs/20261106T000000Z-broken/run.json", `{"schema": `)
	p.write("runs/stray.txt", "x")
	night := p.addGauntlet(4)
	p.write("gauntlet/20261107T000000Z-broken/evidence.json", "{")
	page := get(t, p.server(), "/").Body.String()
	has(t, page, "Runs of repo", "3 reviews", `href="/runs/`+one+`/"`, `href="/runs/`+two+`/"`, "2/2", "0.50 USD", "1m1s", "opus", "kimi",
		`<span class="badge good">pass</span>`, `<span class="badge bad">block</span>`, `<span class="badge info">running or killed</span>`,
		"20261106T000000Z-broken", "run.json cannot be read", "stray.txt", "it is a file, not a run directory",
		`href="/gauntlet/`+night+`/"`, `<span class="badge bad">no-ship</span>`, "parity: 1 match · 5 diff", "20261107T000000Z-broken")
	hasNot(t, page, `href="/runs/`+going.Run.ID+`/"`)
}

func TestWhatStrangersWroteIsTextOnThePages(t *testing.T) {
	p := newPlace(t)
	for n := range 3 {
		r := reviewOn(n+1, tally.Pass)
		r.Run.Label, r.Verdict.Rule, r.Coverage[0].Reviewer, r.Coverage[1].Lineage = stranger, stranger, stranger, stranger
		p.add(r)
	}
	if runtime.GOOS != "windows" { // which has no such names
		p.write("runs/<img src=x onerror=alert(1)>/run.json", "{"+stranger)
	}
	p.addGauntlet(9)
	s := p.server()
	for _, path := range []string{"/", "/?verdict=" + "%3Cscript%3Ealert(1)", "/runs/%3Cscript%3E/", "/gauntlet/" + day(9).Format("20060102T150405Z") + "-abcdef012/"} {
		page := get(t, s, path).Body.String()
		hasNot(t, page, "<script>alert", "<img", "\u202e", "\x1b")
	}
	has(t, get(t, s, "/").Body.String(), "&lt;script&gt;alert(1)")
}

func TestARunWhoseDirectoryIsGoneIsStillListed(t *testing.T) {
	p := newPlace(t)
	id := p.add(reviewOn(1, tally.Pass))
	s := p.server()
	has(t, get(t, s, "/").Body.String(), `href="/runs/`+id+`/"`)
	if err := os.RemoveAll(filepath.Join(p.folder.Path, "runs", id)); err != nil {
		t.Fatal(err)
	}
	page := get(t, s, "/").Body.String()
	has(t, page, "directory removed", "main...HEAD")
	hasNot(t, page, `href="/runs/`+id)
	if w := get(t, s, "/runs/"+id+"/"); w.Code != 404 {
		t.Errorf("its page is answered with %d", w.Code)
	}
}

func TestTheListIsAsTheFilesAreNow(t *testing.T) {
	p := newPlace(t)
	s := p.server()
	has(t, get(t, s, "/").Body.String(), "There is none.")
	r := reviewOn(1, tally.Pass)
	id := p.add(r)
	has(t, get(t, s, "/").Body.String(), id, ">pass<")
	r.Verdict.Outcome = tally.Blocked
	p.add(r)
	page := get(t, s, "/").Body.String()
	has(t, page, ">block<")
	hasNot(t, page, ">pass<")
}

func TestTheListCanBeFilteredAndIsCut(t *testing.T) {
	p := newPlace(t)
	blocked := p.add(reviewOn(28, tally.Blocked))
	for n := range shownRuns + 2 {
		r := reviewOn(1, tally.Pass)
		r.Run.ID += "." + string(rune('a'+n/26)) + string(rune('a'+n%26))
		p.add(r)
	}
	s := p.server()
	rows := func(path string) int {
		return strings.Count(get(t, s, path).Body.String(), `aria-label="Files of the run `)
	}
	if got := rows("/"); got != shownRuns {
		t.Errorf("%d rows", got)
	}
	has(t, get(t, s, "/").Body.String(), "Show 3 more", `href="/?all=1"`)
	if got := rows("/?all=1"); got != shownRuns+3 {
		t.Errorf("%d rows of all", got)
	}
	only := get(t, s, "/?verdict=block").Body.String()
	has(t, only, `href="/runs/`+blocked+`/"`, "with the verdict “block”")
	if got := rows("/?verdict=block"); got != 1 {
		t.Errorf("%d rows of one verdict", got)
	}
}

func TestARunsPageIsMadeWhenItHasNone(t *testing.T) {
	p := newPlace(t)
	r := reviewOn(1, tally.Blocked)
	r.Findings = []tally.Finding{{ID: "f1", Title: stranger, Path: "a.go", Line: 3, State: tally.Open, Severity: tally.Block}}
	id := p.add(r)
	w := get(t, p.server(), "/runs/"+id+"/")
	if w.Code != 200 {
		t.Fatalf("%d: %s", w.Code, w.Body)
	}
	has(t, w.Body.String(), "BLOCK", "a.go:3", `<a class="brand" href="/">`, "The change is not shown")
	hasNot(t, w.Body.String(), "<script>alert")
}

func TestAStoredPageIsShownOnlyIfThisProgramCanHaveMadeIt(t *testing.T) {
	p := newPlace(t)
	id := p.add(reviewOn(1, tally.Pass))
	own, err := reviewHTML(&report.Review{Run: report.Run{ID: "stored as it is"}})
	if err != nil {
		t.Fatal(err)
	}
	s := p.server()
	path := "runs/" + id + "/report.html"
	p.write(path, string(own))
	has(t, get(t, s, "/runs/"+id+"/").Body.String(), "stored as it is", `<a class="brand" href="/">`)

	for _, foreign := range []string{
		"<script>alert(1)</script>", strings.Replace(string(own), "script-src ", "script-src 'unsafe-inline' ", 1), strings.Replace(string(own), "Content-Security-Policy", "X", 1),
	} {
		p.write(path, foreign)
		w := get(t, s, "/runs/"+id+"/")
		hasNot(t, w.Body.String(), "stored as it is", "alert(1)")
		if policy := w.Header().Get("Content-Security-Policy"); strings.Contains(policy, "unsafe") || !strings.Contains(policy, "script-src 'sha256-") {
			t.Errorf("its policy is %s", policy)
		}
	}
	p.write(path, strings.Replace(string(own), "<main", "<script>alert(1)</script><main", 1))
	w := get(t, s, "/runs/"+id+"/")
	if policy := w.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "script-src 'sha256-") || strings.Contains(policy, "unsafe") {
		t.Errorf("a script that was put into a page would run: %s", policy)
	}
}

func TestARunWithLinksIsNotMadeIntoAPage(t *testing.T) {
	p := newPlace(t)
	id := p.add(reviewOn(1, tally.Pass))
	if err := os.Symlink(filepath.Join(p.folder.Path, "x"), filepath.Join(p.folder.Path, "runs", id, "change.diff")); err != nil {
		t.Skip(err)
	}
	w := get(t, p.server(), "/runs/"+id+"/")
	if w.Code != 500 {
		t.Errorf("it is answered with %d", w.Code)
	}
	has(t, w.Body.String(), "change.diff is no regular file")
}

func TestARunWithoutAResultSaysHowToGoOn(t *testing.T) {
	p := newPlace(t)
	r := reviewOn(1, "")
	p.write("runs/"+r.Run.ID+"/run.json", run.Manifest{Schema: run.ManifestID, Run: r.Run, State: "running"})
	w := get(t, p.server(), "/runs/"+r.Run.ID+"/")
	if w.Code != 404 {
		t.Errorf("it is answered with %d", w.Code)
	}
	has(t, w.Body.String(), "no result yet", "scrum review --resume")
}

func TestAGauntletHasItsPagesAndFiles(t *testing.T) {
	p := newPlace(t)
	id := p.addGauntlet(2)
	s := p.server()
	has(t, get(t, s, "/gauntlet/"+id+"/").Body.String(), "no-ship", "new-divergence", "enum tagging", `<a class="brand" href="/">`)
	has(t, get(t, s, "/gauntlet/"+id+"/parity.html").Body.String(), "diverged")
	has(t, get(t, s, "/gauntlet/"+id+"/files").Body.String(), `href="assess.json"`, `href="parity.json"`)
	if w := get(t, s, "/gauntlet/"+id+"/review/report.html"); w.Code != 404 {
		t.Errorf("a review that there is not: %d", w.Code)
	}
}

func TestAFolderWithoutRunsIsServed(t *testing.T) {
	s, err := New(t.Context(), Options{Folder: Folder{filepath.Join(t.TempDir(), ".scrum")}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	has(t, get(t, s, "/").Body.String(), "There is none.", "0 reviews")
	if _, err := os.Stat(s.opt.Folder.Path); err == nil {
		t.Error("the folder was made")
	}
}
