package assess

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"scrum/ledger"
)

const page = "# Parity\n\n## Decisions\n\n| Signature | What | Since | Entry | Decision |\n|---|---|---|---|---|\n| old-1 | x | 2026-01-01 | | _open_ |\n| text-2 | x | | | as it is |\n\nthe end"

// jobOf is a job over a run, with a ledger and a tracker beside it.
func jobOf(t *testing.T, e evidence, gaps string) *Job {
	t.Helper()
	home := t.TempDir()
	j := &Job{
		Source: Source{Dir: e.write(t, filepath.Join(home, "runs", "nightly-2")), Now: now()}, Config: DefaultConfig(),
		Ledger: filepath.Join(home, "gaps.yaml"), Tracker: filepath.Join(home, "parity.md"), ToolVersion: "1.2.3",
	}
	for path, text := range map[string]string{j.Ledger: gaps, j.Tracker: page} {
		if text != "" {
			if err := os.WriteFile(path, []byte(text), 0o640); err != nil {
				t.Fatal(err)
			}
		}
	}
	return j
}

func run(t *testing.T, j *Job) *Result {
	t.Helper()
	r, err := j.Run()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func text(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// busy has something new of every phase.
func busy() evidence {
	return evidence{
		smoke:  smokeOf("failed", step("up", "PASS"), step("order", "FAIL")),
		parity: parityOf(divergence("text-1", "text", "a"), divergence("text-2", "text", "b")),
		review: reviewOf("block", finding("da75e1846b", "BLOCK", "open")),
	}
}

func TestWhatIsNewIsWrittenOnce(t *testing.T) {
	j := jobOf(t, busy(), "")
	j.Record = true
	r := run(t, j)
	gaps := text(t, j.Ledger)
	golden(t, "recorded.yaml", []byte(gaps))
	golden(t, "recorded.parity.md", []byte(text(t, j.Tracker)))
	if len(r.Recorded) != 4 {
		t.Errorf("recorded: %q", r.Recorded)
	}
	want := &Tracked{File: "parity.md", Added: []string{"step-order-fail", "text-1", "finding-da75e1846b"}, Lacks: []string{}, Closable: []string{"old-1"}, Decided: []string{"text-2"}}
	if diff := cmp.Diff(want, r.Tracker); diff != "" {
		t.Errorf("tracker: got +, want -:\n%s", diff)
	}
	for _, g := range r.Gaps {
		if g.Entry == "" || g.Since != "2026-11-23" {
			t.Errorf("%s is in the ledger as %q since %q", g.Signature, g.Entry, g.Since)
		}
	}

	j.Source.Now = now().Add(12 * time.Hour)
	before := text(t, j.Tracker)
	again := run(t, j)
	if len(again.Recorded) > 0 || len(again.Tracker.Added) > 0 || text(t, j.Ledger) != gaps || text(t, j.Tracker) != before {
		t.Errorf("a second run adds %q, %q", again.Recorded, again.Tracker.Added)
	}
	if again.Verdict.Outcome != NoShip || again.Gaps[0].Days != 1 || again.Gaps[0].State != ledger.StateNew {
		t.Errorf("what is recorded is %+v, %s", again.Gaps[0], again.Verdict.Outcome)
	}
	if l, err := ledger.Parse("gaps.yaml", []byte(gaps)); err != nil || len(l.Gaps) != 4 {
		t.Errorf("the ledger has become %v", err)
	}
}

func TestNothingIsWrittenUnlessAsked(t *testing.T) {
	j := jobOf(t, busy(), "")
	r := run(t, j)
	if _, err := os.Stat(j.Ledger); !errors.Is(err, os.ErrNotExist) || text(t, j.Tracker) != page {
		t.Error("something was written")
	}
	want := []string{"step-order-fail", "text-1", "finding-da75e1846b"}
	if diff := cmp.Diff(want, r.Tracker.Lacks); diff != "" || len(r.Tracker.Added) > 0 || len(r.Recorded) > 0 {
		t.Errorf("rows that lack, got +, want -:\n%s", diff)
	}
}

func TestWhatIsNotUnderstoodLeavesEverythingAsItIs(t *testing.T) {
	for name, change := range map[string]func(t *testing.T, j *Job){
		"a tracker without a table": func(t *testing.T, j *Job) { _ = os.WriteFile(j.Tracker, []byte("# Decisions\n"), 0o644) },
		"no tracker":                func(t *testing.T, j *Job) { _ = os.Remove(j.Tracker) },
		"a broken ledger":           func(t *testing.T, j *Job) { _ = os.WriteFile(j.Ledger, []byte("version: 1\ngap:\n"), 0o644) },
		"a ledger in one line":      func(t *testing.T, j *Job) { _ = os.WriteFile(j.Ledger, []byte("{version: 1, gaps: []}\n"), 0o644) },
		"no run":                    func(t *testing.T, j *Job) { j.Source.Dir += "x" },
		"a policy without rules":    func(t *testing.T, j *Job) { j.Config.Rules = nil },
	} {
		t.Run(name, func(t *testing.T) {
			j := jobOf(t, busy(), "version: 1\ngaps:\n")
			j.Record = true
			change(t, j)
			gaps, _ := os.ReadFile(j.Ledger)
			tracker, _ := os.ReadFile(j.Tracker)
			_, err := j.Run()
			var usage *UsageError
			if !errors.As(err, &usage) {
				t.Errorf("got %v", err)
			}
			gapsNow, _ := os.ReadFile(j.Ledger)
			trackerNow, _ := os.ReadFile(j.Tracker)
			if !bytes.Equal(gaps, gapsNow) || !bytes.Equal(tracker, trackerNow) {
				t.Error("something was written")
			}
		})
	}
}

func TestAnOpenRowThatOccursNoMoreCanBeClosed(t *testing.T) {
	j := jobOf(t, clean(), "")
	j.Record = true
	if r := run(t, j); !cmp.Equal(r.Tracker.Closable, []string{"old-1"}) || text(t, j.Tracker) != page {
		t.Errorf("closable: %q", r.Tracker.Closable)
	}
	half := clean()
	half.parity = nil
	if r := run(t, jobOf(t, half, "")); len(r.Tracker.Closable) > 0 {
		t.Errorf("without parity nothing is certain, but %q", r.Tracker.Closable)
	}
}

// saved puts the result of another run beside a job's.
func saved(t *testing.T, j *Job, name string, o Outcome, assessed time.Time, gaps ...Gap) string {
	t.Helper()
	dir := filepath.Join(filepath.Dir(j.Source.Dir), name)
	put(t, filepath.Join(dir, ResultFile), Result{Schema: ResultID, Run: name, Assessed: assessed, Verdict: Verdict{Outcome: o}, Gaps: gaps})
	return dir
}

func TestTheLastRunThatPassedIsComparedWith(t *testing.T) {
	seen := func(phase ledger.Phase, sig string, state ledger.State, cases ...string) Gap {
		return Gap{Phase: phase, Signature: sig, State: state, Cases: cases}
	}
	e := with2(clean(), parityOf(divergence("text-1", "text", "a"), divergence("text-2", "text", "b")))
	j := jobOf(t, e, "version: 1\ngaps:\n"+accepted("parity", "text-1", "policy", "never", "")+accepted("parity", "text-2", "policy", "never", ""))
	saved(t, j, "older", Ship, now().Add(-48*time.Hour), seen("parity", "text-2", ledger.StateKnown, "b"))
	last := saved(t, j, "last", KnownGap, now().Add(-24*time.Hour),
		seen("parity", "text-1", ledger.StateKnown, "a"), seen("parity", "order-1", ledger.StateKnown, "a"),
		seen("parity", "order-2", ledger.StateKnown, "no more"), seen("parity", "order-3", ledger.StateFixed, "a"), seen("review", "finding-1", ledger.StateKnown))
	saved(t, j, "failed", NoShip, now().Add(-time.Hour))
	saved(t, j, "tomorrow", Ship, now().Add(24*time.Hour))
	put(t, filepath.Join(filepath.Dir(j.Source.Dir), "broken", ResultFile), object{"schema": "x"})

	r := run(t, j)
	want := &Comparison{Run: "last", Outcome: KnownGap, New: []string{"text-2"}, Fixed: []string{"order-1"}, Aged: []Aged{{"text-1", 22}}}
	if diff := cmp.Diff(want, r.Last); diff != "" {
		t.Errorf("got +, want -:\n%s", diff)
	}
	if len(r.Notes) != 1 || !strings.Contains(r.Notes[0], `the run broken beside this one is not compared with: broken/assess.json: its schema is "x"`) {
		t.Errorf("notes: %q", r.Notes)
	}

	j.Last = filepath.Join(filepath.Dir(last), "failed")
	if r := run(t, j); r.Last.Run != "failed" || !cmp.Equal(r.Last.New, []string{"text-1", "text-2"}) || len(r.Notes) != 1 {
		t.Errorf("the run that was named: %+v, %q", r.Last, r.Notes)
	}
	j.Last = filepath.Join(filepath.Dir(last), "nowhere")
	var usage *UsageError
	if _, err := j.Run(); !errors.As(err, &usage) {
		t.Errorf("a run that is not there: %v", err)
	}
}

func TestAResultIsReadBackAsItWasWritten(t *testing.T) {
	r := crowded(t)
	dir := t.TempDir()
	var b bytes.Buffer
	if err := (JSON{}).Write(&b, r); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, ResultFile), b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	got, err := readResult(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r.Gaps, got.Gaps); diff != "" || got.Verdict != r.Verdict || got.Variables != r.Variables {
		t.Errorf("gaps: got +, want -:\n%s", diff)
	}
}
