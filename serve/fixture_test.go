package serve

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"scrum/assess"
	"scrum/ledger"
	"scrum/parity"
	"scrum/report"
	"scrum/reviewers"
	"scrum/run"
	"scrum/tally"
)

// stranger is what others may have written into a run.
const stranger = "<script>alert(1)</script>\u202e\x1b[31m"

// port is the one that test servers are told to be at.
const port = 4242

// place is a folder of runs.
type place struct {
	tb     testing.TB
	folder Folder
}

func newPlace(tb testing.TB) place {
	tb.Helper()
	p := place{tb, Folder{filepath.Join(tb.TempDir(), "repo", ".scrum")}}
	for _, k := range kinds() {
		p.mkdir(k.folder())
	}
	return p
}

func (p place) mkdir(name string) {
	p.tb.Helper()
	if err := os.MkdirAll(filepath.Join(p.folder.Path, filepath.FromSlash(name)), 0o700); err != nil {
		p.tb.Fatal(err)
	}
}

// write puts a document or a text into a file.
func (p place) write(name string, v any) {
	p.tb.Helper()
	data, ok := v.(string)
	if !ok {
		text, err := json.Marshal(v)
		if err != nil {
			p.tb.Fatal(err)
		}
		data = string(text)
	}
	p.mkdir(filepath.ToSlash(filepath.Dir(filepath.FromSlash(name))))
	if err := os.WriteFile(filepath.Join(p.folder.Path, filepath.FromSlash(name)), []byte(data), 0o600); err != nil {
		p.tb.Fatal(err)
	}
}

// day is noon of a day of November.
func day(n int) time.Time { return time.Date(2026, 11, n, 12, 0, 0, 0, time.UTC) }

// reviewOn is a review with a verdict. Three of its seats are engaged.
func reviewOn(n int, outcome tally.Outcome) report.Review {
	at := day(n)
	usd := 0.25 * float64(n)
	var r report.Review
	r.Schema = report.SchemaID
	r.Run = report.Run{ID: at.Format("20060102T150405Z") + "-abcdef" + at.Format("02"), Label: "main...HEAD", Started: at, Finished: at.Add(time.Minute), Head: "abcdef0123456789"}
	r.Verdict = tally.Verdict{Outcome: outcome, Rule: "otherwise"}
	r.Totals = report.Totals{Convergent: n % 3, Distinct: n, CostUSD: &usd, WallMS: 61_000}
	for _, s := range []struct{ bundle, reviewer, lineage string }{{"c1", "opus", "anthropic"}, {"c1", "kimi", "moonshot"}, {"c2", "opus", "anthropic"}} {
		r.Coverage = append(r.Coverage, report.Seat{Bundle: s.bundle, Reviewer: s.reviewer, Lineage: s.lineage, Kind: reviewers.OpenAI, State: reviewers.Engaged})
	}
	return r
}

// add writes a review and gives its id.
func (p place) add(r report.Review) string {
	p.tb.Helper()
	p.write("runs/"+r.Run.ID+"/run.json", run.Manifest{Schema: run.ManifestID, Run: r.Run, State: "finished"})
	p.write("runs/"+r.Run.ID+"/findings.json", r)
	return r.Run.ID
}

// addGauntlet writes a gauntlet that was assessed and gives its id.
func (p place) addGauntlet(n int) string {
	p.tb.Helper()
	id := day(n).Format("20060102T150405Z") + "-abcdef012"
	p.write("gauntlet/"+id+"/evidence.json", assess.Manifest{Schema: assess.ManifestID, Run: id, Commit: "abcdef0123456789", Started: day(n)})
	p.write("gauntlet/"+id+"/assess.json", assess.Result{
		Schema: assess.ResultID, Run: id, Commit: "abcdef0123456789", Verdict: assess.Verdict{Outcome: assess.NoShip, Rule: "new-divergence"},
		Evidence: []assess.Item{{Phase: assess.Parity, Quality: assess.Good, Decides: true, Headline: "1 match · 5 diff"}, {Phase: assess.Smoke, Quality: assess.Skipped, Reason: stranger}},
		Gaps:     []assess.Gap{{State: ledger.StateNew, Phase: ledger.Parity, Title: "enum tagging"}},
	})
	p.write("gauntlet/"+id+"/parity.json", parity.Result{Schema: "scrum/parity/v1", Verdict: parity.Verdict{Outcome: "diverged", ExitCode: 1}})
	return id
}

func (p place) server() *Server {
	p.tb.Helper()
	s, err := New(p.tb.Context(), Options{Folder: p.folder, Name: "repo", Warn: func(w string) { p.tb.Errorf("warned: %s", w) }})
	if err != nil {
		p.tb.Fatal(err)
	}
	p.tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			p.tb.Error(err)
		}
	})
	return s
}

// ask sends a request to a handler. The path is sent as it is, dots and all.
func ask(tb testing.TB, h http.Handler, method, host, path string) *httptest.ResponseRecorder {
	tb.Helper()
	r := httptest.NewRequestWithContext(tb.Context(), method, "http://x/", http.NoBody)
	r.URL.Path, r.URL.RawQuery, _ = strings.Cut(path, "?")
	r.Host = host
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func get(tb testing.TB, s *Server, path string) *httptest.ResponseRecorder {
	tb.Helper()
	return ask(tb, s.Handler(port), http.MethodGet, "127.0.0.1:4242", path)
}
