package overview

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"scrum/assess"
	"scrum/ledger"
	"scrum/parity"
	"scrum/report"
	"scrum/smoke"
	"scrum/tally"
)

var update = flag.Bool("update", false, "write the golden files")

// stranger is what others may have written into evidence.
const stranger = "<script>alert(1)</script>\u202e\x1b[31m"

func usd(v float64) *float64 { return &v }

// night is a run in which everything has happened.
func night() *Overview {
	at := time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
	return &Overview{
		ID:       "20261123T020000Z-abcdef012",
		Manifest: assess.Manifest{Run: "20261123T020000Z-abcdef012", Commit: "abcdef0123456789", Dirty: true, Started: at, Finished: at.Add(time.Minute)},
		Assessment: assess.Result{
			Commit: "abcdef0123456789", ToolVersion: "1.0", Assessed: at.Add(2 * time.Minute), Verdict: assess.Verdict{Outcome: assess.NoShip, Rule: "new-divergence", Reason: "parity_new > 0"},
			Expectations: "1 gap is not accepted",
			Evidence: []assess.Item{
				{Phase: assess.Smoke, Quality: assess.Good, Decides: true, Headline: "1/3 PASS"}, {Phase: assess.Parity, Quality: assess.Good, Headline: "1 match · 1 diff", Reason: "one target was not reached"},
				{Phase: assess.Review, Quality: assess.Skipped, Reason: stranger},
			},
			Gaps: []assess.Gap{
				{State: ledger.StateNew, Phase: ledger.Parity, Title: "enum tagging", Signature: "enum-tagging-771c", Cases: []string{"a", "b"}},
				{State: ledger.StateKnown, Phase: ledger.Review, Title: stranger, Entry: "GAP-1", As: ledger.FalsePositive, Owner: "a@example.com", Reason: "it is guarded above", Expires: ledger.Never, Since: "2026-11-01", Days: 22},
				{State: ledger.StateFixed, Phase: ledger.Smoke, Title: "login"},
			},
			Last:     &assess.Comparison{Run: "20261122T020000Z-abcdef000", Outcome: assess.Ship, New: []string{"enum-tagging-771c"}, Aged: []assess.Aged{{Signature: "finding-1", Days: 22}}},
			Recorded: []string{"GAP-2"}, Tracker: &assess.Tracked{File: "parity.md", Closable: []string{"smoke-login"}}, Notes: []string{"a note"},
		},
		Smoke: &smoke.Result{
			Services: []smoke.ServiceResult{{Name: "api", Result: smoke.Pass, ReadyMS: 20}},
			Steps: []smoke.StepResult{
				{Name: "health", Result: smoke.Pass, MS: 30}, {Name: "login", Result: smoke.Fail, MS: 1200, Cause: "exit status 1", Output: stranger, Attempts: 2},
				{Name: "again", Result: smoke.Flaky, FirstFailure: &smoke.Failure{Cause: "timeout", Output: "late"}},
			},
			Totals: smoke.Totals{Steps: 3, Pass: 1, Fail: 1, Flaky: 1, MS: 1500}, NotSelected: []string{"slow"},
		},
		Parity: &parity.Result{
			Verdict: parity.Verdict{Outcome: "diverged", Reason: "1 divergence class, 1 case", ExitCode: 1}, Totals: parity.Totals{Cases: 2, Match: 1, Diff: 1, WallMS: 14},
			Targets:     []parity.Target{{Name: "serde", Address: "http://127.0.0.1:1"}, {Name: "flat", Address: "http://127.0.0.1:2"}},
			Cases:       []parity.Case{{Name: "same", State: parity.StateMatch}, {Name: "other", Method: "POST", Path: "/v1", State: parity.StateDiff, Divergences: []string{"enum-tagging-771c"}}},
			Divergences: []parity.Divergence{{Signature: "enum-tagging-771c", Class: "enum tagging", Path: ".", Types: [2]string{"external", "internal"}, Cases: []string{"other"}, Sample: parity.Sample{At: ".", Reference: stranger, Other: "{}"}}},
		},
		Review: &report.Review{
			Verdict: tally.Verdict{Outcome: tally.Blocked, Rule: "convergent-block"}, Totals: report.Totals{Convergent: 1, Distinct: 2, CostUSD: usd(0.5), WallMS: 61_000},
			Findings: []tally.Finding{
				{ID: "f1", Severity: tally.Warn, Path: "a.go", Line: 3, Title: "of one", State: tally.Open, Lineages: []string{"glm"}, Convergence: 1},
				{ID: "f2", Severity: tally.Block, Path: "b.go", Title: "of two", State: tally.Open, Lineages: []string{"glm", "qwen"}, Convergence: 2},
				{ID: "f3", Severity: tally.Block, Path: "c.go", Title: "of nobody any more", State: tally.Retracted},
			},
		},
		Links: map[string]string{assess.Parity: "parity.html", assess.Review: "review/report.html"},
		Notes: []string{"Not shown: something"},
	}
}

func pageOf(t *testing.T, o *Overview) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// bodyOf is what is between the frame.
func bodyOf(t *testing.T, page string) string {
	t.Helper()
	_, rest, found := strings.Cut(page, `<main id="main" tabindex="-1">`)
	body, _, ended := strings.Cut(rest, "</main>")
	if !found || !ended {
		t.Fatal("the page has no body")
	}
	return body
}

func TestThePageOfANight(t *testing.T) {
	body := bodyOf(t, pageOf(t, night()))
	golden := filepath.Join("testdata", "night.html")
	if *update {
		if err := os.MkdirAll("testdata", 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), body); diff != "" {
		t.Errorf("the page has changed (-want +got; go test ./gauntlet/overview -update writes it):\n%s", diff)
	}
}

func TestWhatStrangersWroteIsTextOnThePage(t *testing.T) {
	page := pageOf(t, night())
	for _, bad := range []string{"<script>alert", "\u202e", "\x1b"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
	if !strings.Contains(page, "&lt;script&gt;alert(1)") {
		t.Error("it is not shown")
	}
}

func TestLinksLeadOnlyToFilesBesideThePage(t *testing.T) {
	for _, link := range regexp.MustCompile(`(?:href|src)="([^"]*)"`).FindAllStringSubmatch(bodyOf(t, pageOf(t, night())), -1) {
		if link[1] != "parity.html" && link[1] != "review/report.html" {
			t.Errorf("the page leads to %s", link[1])
		}
	}
}

func TestFindingsOfSeveralLineagesComeFirst(t *testing.T) {
	body := bodyOf(t, pageOf(t, night()))
	two, one := strings.Index(body, "of two"), strings.Index(body, "of one")
	if two < 0 || one < two || strings.Contains(body, "of nobody any more") {
		t.Errorf("places %d and %d", two, one)
	}
}

func TestAPageOfNothingCanBeWritten(t *testing.T) {
	if page := pageOf(t, &Overview{}); !strings.Contains(page, "no verdict") {
		t.Error("it does not say that there is no verdict")
	}
}

func TestARunIsReadFromItsDirectory(t *testing.T) {
	dir := t.TempDir()
	put := func(name string, v any) {
		t.Helper()
		data, ok := v.(string)
		if !ok {
			text, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			data = string(text)
		}
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Read(dir); err == nil {
		t.Error("an empty directory is read")
	}
	n := night()
	put("assess.json", n.Assessment)
	put("evidence.json", n.Manifest)
	put("smoke.json", "{")
	put("smoke.md", "# smoke")
	put("parity.md", "# parity")
	put("parity.html", "<p>parity")
	n.Review.Schema = report.SchemaID
	put("review/findings.json", n.Review)
	got, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got.Assessment.Verdict.Rule != "new-divergence" || got.Review == nil || got.Parity != nil || got.Smoke != nil {
		t.Errorf("%+v", got)
	}
	if diff := cmp.Diff(map[string]string{"smoke": "smoke.md", "parity": "parity.html"}, got.Links); diff != "" {
		t.Error(diff)
	}
	if len(got.Notes) != 1 || !strings.Contains(got.Notes[0], "smoke.json") {
		t.Errorf("what cannot be read is not noted: %v", got.Notes)
	}
}
