package run

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"scrum/ledger"
	"scrum/tally"
)

// acceptIn writes a ledger that accepts a finding of a stored run until a day.
func acceptIn(t *testing.T, dir *Dir, id string, expires ledger.Day) string {
	t.Helper()
	stored, err := ReadStored(t.Context(), dir.Path())
	if err != nil {
		t.Fatal(err)
	}
	data, _, err := ledger.Accept(ledger.File, nil, ledger.Request{
		Plan: stored.Plan, Findings: stored.Review.Findings, Run: stored.Review.Run.ID, IDs: []string{id},
		Decision: ledger.Decision{As: ledger.AcceptedRisk, Reason: "looked at", Owner: "a", Today: "2020-01-01", Expires: expires},
	})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), ledger.File)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestARunAndItsReplayKnowTheSameFindings(t *testing.T) {
	s := newSample(t, nil)
	day := time.Date(2026, 11, 23, 23, 30, 0, 0, time.UTC)
	s.opt.Now = func() time.Time { return day }
	before, d := s.review(t)
	block := find(t, before, "internal/validator/playbook.go", "")

	s.opt.Settings.Gaps = acceptIn(t, d, block.ID, "2026-11-23")
	after, d := s.review(t)
	if f := find(t, after, "internal/validator/playbook.go", ""); f.State != tally.Known || f.KnownAs != "accepted_risk" {
		t.Fatalf("the accepted finding is %s; notes %q", f.State, after.Notes)
	}
	if after.Totals.Distinct != before.Totals.Distinct-1 || after.Totals.Convergent != before.Totals.Convergent-1 {
		t.Errorf("counted are %d and %d, before %d and %d", after.Totals.Convergent, after.Totals.Distinct, before.Totals.Convergent, before.Totals.Distinct)
	}

	day = day.Add(48 * time.Hour) // the entry has expired since
	again, err := Replay(t.Context(), d.Path(), s.opt.Settings)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(after.Findings, again.Findings); diff != "" {
		t.Errorf("the replay differs (-run +replay):\n%s", diff)
	}
	late, _ := s.review(t)
	if f := find(t, late, "internal/validator/playbook.go", ""); f.State != tally.Open {
		t.Errorf("with an expired entry the finding is %s", f.State)
	}
	if notes := strings.Join(late.Notes, "\n"); !strings.Contains(notes, "has expired on 2026-11-23: finding "+block.ID) {
		t.Errorf("notes: %s", notes)
	}
}

func TestAResumedRunKeepsItsLedger(t *testing.T) {
	s := newSample(t, nil)
	r, d := s.review(t)
	s.opt.Settings.Gaps = acceptIn(t, d, find(t, r, "internal/validator/playbook.go", "").ID, "2999-01-01")
	_, d = s.review(t)
	opt, err := Continue(d.Path(), Options{Settings: Settings{Text: s.opt.Settings.Text}})
	if err != nil || opt.Settings.Gaps != s.opt.Settings.Gaps {
		t.Errorf("the ledger is %q, %v", opt.Settings.Gaps, err)
	}
}

func TestTheLatestRunIsTheOneWithFindings(t *testing.T) {
	top := t.TempDir()
	if _, err := Latest(top); err == nil || !strings.Contains(err.Error(), "there is no finished run") {
		t.Errorf("without runs: %v", err)
	}
	for _, name := range []string{"20260101T000000Z-aaaaaaaaa", "20260102T000000Z-bbbbbbbbb", "20260103T000000Z-ccccccccc"} {
		dir := filepath.Join(top, ".scrum", "runs", name)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "ccc") {
			continue // it was interrupted
		}
		if err := os.WriteFile(filepath.Join(dir, "findings.json"), []byte("{}"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := Latest(top)
	if err != nil || filepath.Base(got) != "20260102T000000Z-bbbbbbbbb" {
		t.Errorf("latest is %s, %v", got, err)
	}
}
