package run

import (
	"context"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"scrum/bundler"
	"scrum/report"
	"scrum/reviewers"
	"scrum/run/demo"
	"scrum/run/scripted"
	"scrum/tally"
)

// sample is the demo's repository under review by scripted models.
type sample struct {
	dir    string
	models *scripted.Server
	opt    Options
}

// newSample serves the demo's models through wrap, which may change their answers.
func newSample(t *testing.T, wrap func(scripted.Script) scripted.Script) *sample {
	t.Helper()
	script, err := demo.Script()
	if err != nil {
		t.Fatal(err)
	}
	if wrap != nil {
		script = wrap(script)
	}
	s := &sample{dir: t.TempDir(), models: scripted.New(script)}
	server := httptest.NewServer(s.models)
	t.Cleanup(server.Close)
	rng, err := demo.WriteSample(t.Context(), s.dir)
	if err != nil {
		t.Fatal(err)
	}
	config, err := demo.Config(server.URL + "/v1")
	if err != nil {
		t.Fatal(err)
	}
	modelsOnly := strings.Replace(string(config), ", go-vet, staticcheck, secrets, actionlint", "", 1)
	s.opt = Options{Source: bundler.Source{Dir: s.dir, Range: rng}, Settings: Settings{Text: []byte(modelsOnly)}, Version: "test"}
	return s
}

func (s *sample) prepare(t *testing.T) *Prepared {
	t.Helper()
	p, err := Prepare(t.Context(), s.opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func (s *sample) review(t *testing.T) (*report.Review, *Dir) {
	t.Helper()
	p := s.prepare(t)
	d, err := p.CreateDir("")
	if err != nil {
		t.Fatal(err)
	}
	r, err := p.Review(t.Context(), d, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r, d
}

func find(t *testing.T, r *report.Review, path, title string) tally.Finding {
	t.Helper()
	for _, f := range r.Findings {
		if f.Path == path && strings.Contains(f.Title, title) {
			return f
		}
	}
	t.Fatalf("no finding %q at %s", title, path)
	return tally.Finding{}
}

func TestTheSampleShowsEveryRuleOnce(t *testing.T) {
	r, _ := newSample(t, nil).review(t)

	if r.Verdict.Outcome != tally.Blocked || r.Verdict.Rule != "convergent-block" || r.Verdict.ExitCode != 1 {
		t.Errorf("verdict %+v, want a block by convergent-block", r.Verdict)
	}
	if f := find(t, r, "internal/validator/playbook.go", ""); f.Severity != tally.Block || !cmp.Equal(f.Lineages, []string{"anthropic", "moonshot"}) {
		t.Errorf("the convergent block is %s of %v", f.Severity, f.Lineages)
	}
	if f := find(t, r, "internal/vector/nearest.go", "farthest"); f.Convergence != 1 {
		t.Errorf("a finding of one lineage has convergence %d", f.Convergence)
	}
	if f := find(t, r, "internal/materializer/view.go", ""); f.Convergence != 1 || len(f.Sources) != 3 {
		t.Errorf("the triple of one reviewer has convergence %d and %d sources, want 1 and 3", f.Convergence, len(f.Sources))
	}
	if f := find(t, r, "internal/materializer/compact.go", "loses the log"); f.State != tally.Retracted {
		t.Errorf("the withdrawn block is %s", f.State)
	}
	if f := find(t, r, "internal/replay/clock.go", ""); f.Anchor != tally.Unknown {
		t.Errorf("the path that does not exist has anchor %s", f.Anchor)
	}
	for _, c := range r.Coverage {
		want := reviewers.Engaged
		if c.Bundle == "c4" && c.Reviewer == "kimi" {
			want = reviewers.Disengaged
		}
		if c.State != want {
			t.Errorf("%s on %s is %s (%s), want %s", c.Reviewer, c.Bundle, c.State, c.Error, want)
		}
	}
}

func TestEverySeatIsAskedOnceAndAtTheSameTime(t *testing.T) {
	const reviewersOfC1 = 3
	var arrived sync.WaitGroup
	arrived.Add(reviewersOfC1)
	s := newSample(t, func(next scripted.Script) scripted.Script {
		return func(r scripted.Request) scripted.Answer {
			if strings.Contains(r.User, "Part of the change: app + ") {
				arrived.Done()
				arrived.Wait() // answers only when all three have asked: one after the other would hang
			}
			return next(r)
		}
	})
	r, _ := s.review(t)
	// One seat is disengaged, and asked again on two halves of its bundle.
	if got, want := len(s.models.Requests()), 18+2; got != want {
		t.Errorf("%d requests, want %d", got, want)
	}
	if len(r.Coverage) != 18+1 { // the tool itself reports the secret that the sample adds
		t.Errorf("%d seats, want 19", len(r.Coverage))
	}
}

func TestOneBrokenReviewerStopsNoOther(t *testing.T) {
	s := newSample(t, func(next scripted.Script) scripted.Script {
		return func(r scripted.Request) scripted.Answer {
			if strings.HasPrefix(r.Model, "qwen") {
				return scripted.Answer{Status: 400, Text: "no such parameter"}
			}
			return next(r)
		}
	})
	r, _ := s.review(t)
	states := map[reviewers.State]int{}
	for _, c := range r.Coverage {
		states[c.State]++
	}
	if diff := cmp.Diff(map[reviewers.State]int{reviewers.Engaged: 11 + 1, reviewers.Disengaged: 1, reviewers.Failed: 6}, states); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
	// c4 has only Anthropic left: no quorum, so no verdict about findings.
	if r.Verdict.Outcome != tally.Inconclusive || r.Verdict.ExitCode != 4 {
		t.Errorf("verdict %+v, want inconclusive", r.Verdict)
	}
}

func TestReplayComesToTheSameBytes(t *testing.T) {
	s := newSample(t, nil)
	live, d := s.review(t)
	asked := len(s.models.Requests())
	again, err := Replay(t.Context(), d.Path(), s.opt.Settings)
	if err != nil {
		t.Fatal(err)
	}
	again.Run, again.Totals.WallMS = live.Run, live.Totals.WallMS
	if diff := cmp.Diff(text(t, live), text(t, again)); diff != "" {
		t.Errorf("the replay differs (-live +replay):\n%s", diff)
	}
	if len(s.models.Requests()) != asked {
		t.Error("the replay asked a model")
	}
}

func text(t *testing.T, r *report.Review) string {
	t.Helper()
	var b strings.Builder
	if err := (report.JSON{}).Write(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestInterruptKeepsWhatCameAndResumeAsksOnlyTheRest(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s := newSample(t, func(next scripted.Script) scripted.Script {
		return func(r scripted.Request) scripted.Answer {
			if ctx.Err() == nil && strings.HasPrefix(r.Model, "qwen") {
				return scripted.Answer{Hang: true}
			}
			return next(r)
		}
	})
	p := s.prepare(t)
	d, err := p.CreateDir("")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	ended := 0
	r, err := p.Review(ctx, d, func(e reviewers.Event) {
		mu.Lock()
		defer mu.Unlock()
		if e.Phase == reviewers.Done {
			if ended++; ended == 12+1 {
				cancel() // opus, kimi and the secret scanner have answered, qwen hangs
			}
		}
	})
	if !errors.Is(err, reviewers.ErrInterrupted) || r == nil {
		t.Fatalf("an interrupted review gives %v and %v, want a review and ErrInterrupted", r, err)
	}
	if r.Verdict.Outcome == tally.Pass {
		t.Error("an interrupted review passes")
	}
	before := len(s.models.Requests())

	opt, err := Continue(d.Path(), s.opt)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Prepare(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = again.Close() }()
	d, err = again.Resume(d.Path())
	if err != nil {
		t.Fatal(err)
	}
	r, err = again.Review(t.Context(), d, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := len(s.models.Requests()) - before; got != 6 {
		t.Errorf("the resumed run sent %d requests, want the 6 that were missing", got)
	}
	if r.Verdict.Outcome != tally.Blocked {
		t.Errorf("the resumed run ends %+v", r.Verdict)
	}
}

func TestTheRunDirectoryIsPrivateAndWhole(t *testing.T) {
	_, d := newSample(t, nil).review(t)
	for _, name := range []string{
		"run.json", "change.diff", "bundles/c1.diff", "requests/c6.md", "findings.json", "report.md",
		"responses/c1/opus.md", "responses/c1/opus.json", "responses/c4/kimi.md",
	} {
		info, err := os.Stat(filepath.Join(d.Path(), filepath.FromSlash(name)))
		if err != nil {
			t.Error(err)
			continue
		}
		if info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
			t.Errorf("%s has mode %v: others can read it", name, info.Mode())
		}
	}
	m, err := d.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	if m.State != "finished" || m.Verdict != "block" || len(m.Panel) != 3+1 || len(m.Bundles) != 6 {
		t.Errorf("run.json says %s, %s, %d reviewers, %d bundles", m.State, m.Verdict, len(m.Panel), len(m.Bundles))
	}
	if left, _ := filepath.Glob(filepath.Join(d.Path(), "*", ".tmp-*")); len(left) > 0 {
		t.Errorf("half-written files were left: %q", left)
	}
}

func TestAFolderWithFilesIsNeverARunDirectory(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "precious"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := newSample(t, nil).prepare(t).CreateDir(dir)
	var usage *UsageError
	if !errors.As(err, &usage) {
		t.Errorf("got %v, want a usage error", err)
	}
}

func TestTwoRunsInOneSecondHaveTwoDirectories(t *testing.T) {
	top := t.TempDir()
	at := time.Date(2026, 5, 2, 8, 59, 17, 0, time.UTC)
	first, err := CreateDir(top, "", at, strings.Repeat("e8cf113a", 5))
	if err != nil {
		t.Fatal(err)
	}
	second, err := CreateDir(top, "", at, strings.Repeat("e8cf113a", 5))
	if err != nil {
		t.Fatal(err)
	}
	if first.ID() != "20260502T085917Z-e8cf113ae" || second.ID() != "20260502T085917Z-e8cf113ae-2" {
		t.Errorf("got %s and %s", first.ID(), second.ID())
	}
}

func TestOfferSendsNothingAndCountsEverything(t *testing.T) {
	s := newSample(t, nil)
	o, err := s.prepare(t).Offer()
	if err != nil {
		t.Fatal(err)
	}
	if len(s.models.Requests()) != 0 {
		t.Error("the offer asked a model")
	}
	var b strings.Builder
	if err := o.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Bundles []struct {
			ID    string
			Files []string
			Guard string
		}
		LeftOut []struct{ Path, Reason string } `json:"left_out"`
	}
	if err := json.Unmarshal([]byte(b.String()), &got); err != nil {
		t.Fatal(err)
	}
	files := len(got.LeftOut)
	for _, bundle := range got.Bundles {
		files += len(bundle.Files)
	}
	if files != 22 {
		t.Errorf("%d files in bundles and left out, the change has 22", files)
	}
	b.Reset()
	if err := o.WriteTable(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"validatord", "internal/vector/nearest.go", "web/package-lock.json", "lock file", "anthropic/claude-opus-4.7", "nothing was sent"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, b.String())
		}
	}
}
