package gauntlet

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"scrum/assess"
	"scrum/parity"
	"scrum/procgroup"
	"scrum/report"
	"scrum/reviewers"
	"scrum/run"
	"scrum/smoke"
)

// Phase names, in the order of a run. Those that give evidence are those of assess.
const (
	Smoke       = assess.Smoke
	Parity      = assess.Parity
	ReviewPhase = assess.Review
	Assess      = "assess"
)

// Options are what a run needs besides its Spec.
type Options struct {
	Dir   string            // of the gauntlet file; services run and files are seen from there
	Skip  map[string]string // phases that are left out, with the reason
	Jobs  int               // smoke steps at a time; 0: what the file says
	Env   []string          // of the children; nil: all of ours
	Guard *procgroup.Guard  // ends everything when this process is killed

	Ledger string // instead of the one that the file names; "" is that one

	Commit  string // what is checked out
	Dirty   bool
	Version string // of the tool
	Now     func() time.Time

	Review  run.Options // how a review is prepared; the section's range and panel come on top
	Observe Observer
}

// Observer hears what happens. Its methods may be called from several goroutines.
type Observer struct {
	Phase  func(phase, headline string) // began ("" headline) or ended
	Smoke  func(smoke.Event)
	Parity func(done, total int, c *parity.Case)
	Review func(reviewers.Event)
}

// Outcome is what a run has come to.
type Outcome struct {
	Dir       string
	Headlines []Headline
	Result    *assess.Result
}

// Headline is a phase in a line.
type Headline struct {
	Phase string `json:"phase"`
	Text  string `json:"text"`
	MS    int64  `json:"ms"`
	Kept  bool   `json:"kept,omitempty"` // of an earlier part of the run
}

// Run does all phases that the directory has no evidence of yet, and assesses. Evidence
// is written as soon as its phase is over. When ctx ends, services are taken down and
// the error is ctx's, beside what there is.
func Run(ctx context.Context, spec *Spec, dir *Dir, opt Options) (*Outcome, error) {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	g := &runner{spec: spec, dir: dir, opt: opt}
	if err := g.begin(); err != nil {
		return nil, err
	}
	g.phases(ctx)
	out := &Outcome{Dir: dir.path}
	if ctx.Err() != nil {
		out.Headlines = g.headlines
		return out, errors.Join(context.Cause(ctx), g.err())
	}
	if err := g.err(); err != nil {
		return out, err
	}
	r, err := g.assess()
	if err != nil {
		return out, err
	}
	out.Result, out.Headlines = r, g.headlines
	return out, errors.Join(dir.writeReport(spec, out), dir.WritePage())
}

// runner is one run.
type runner struct {
	spec *Spec
	dir  *Dir
	opt  Options

	mu        sync.Mutex
	manifest  assess.Manifest // guarded by mu
	headlines []Headline      // guarded by mu
	errs      []error         // guarded by mu
}

// begin takes over what an earlier part of the run has left, when it is of the same
// commit and to the byte what was written.
func (g *runner) begin() error {
	m, err := g.dir.manifest()
	if err != nil {
		return err
	}
	if m != nil && m.Commit != g.opt.Commit {
		return fmt.Errorf("%s is of commit %.12s, and %.12s is checked out: start a new run", g.dir.path, m.Commit, g.opt.Commit)
	}
	if m == nil {
		m = &assess.Manifest{Run: g.dir.ID(), Commit: g.opt.Commit, Dirty: g.opt.Dirty, Started: g.opt.Now().UTC(), ToolVersion: g.opt.Version}
	}
	g.manifest = *m
	g.manifest.Phases = slices.DeleteFunc(g.manifest.Phases, func(p assess.Phase) bool { return p.Skipped != "" || !g.dir.intact(p) })
	g.manifest.Dirty = g.manifest.Dirty || g.opt.Dirty
	for _, phase := range assess.Phases() {
		if why := g.left(phase); why != "" {
			g.manifest.Phases = slices.DeleteFunc(g.manifest.Phases, func(p assess.Phase) bool { return p.Phase == phase })
			g.manifest.Phases = append(g.manifest.Phases, assess.Phase{Phase: phase, Skipped: why})
			g.headline(phase, "skipped: "+why, 0, false)
		}
	}
	for _, p := range g.manifest.Phases {
		if p.File != "" {
			g.headline(p.Phase, g.dir.headline(p), 0, true)
		}
	}
	return g.dir.write(g.manifest)
}

// left is why a phase is left out; "" when it is not.
func (g *runner) left(phase string) string {
	if why, ok := g.opt.Skip[phase]; ok {
		return why
	}
	switch {
	case phase == Smoke && (g.spec.Smoke == nil || len(g.spec.Smoke.Steps) == 0):
		return g.spec.File + " has no smoke steps"
	case phase == Parity && g.spec.Parity == nil:
		return g.spec.File + " has no section parity"
	case phase == ReviewPhase && g.spec.Review == nil:
		return g.spec.File + " has no section review"
	}
	return ""
}

func (g *runner) err() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return errors.Join(g.errs...)
}

// missing tells that a phase is to be run.
func (g *runner) missing(phase string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return !slices.ContainsFunc(g.manifest.Phases, func(p assess.Phase) bool { return p.Phase == phase })
}

// phases runs smoke, then parity while the services are up and the review beside it.
func (g *runner) phases(ctx context.Context) {
	var reviewing sync.WaitGroup
	defer reviewing.Wait()
	review := sync.OnceFunc(func() {
		if g.missing(ReviewPhase) {
			reviewing.Go(func() { g.phase(ctx, ReviewPhase, g.review) })
		}
	})
	defer review()
	beside := func(ctx context.Context, stack smoke.Stack) {
		review()
		if g.missing(Parity) {
			g.phase(ctx, Parity, func(ctx context.Context) (string, string, error) { return g.parity(ctx, stack) })
		}
	}
	switch {
	case g.missing(Smoke):
		g.phase(ctx, Smoke, func(ctx context.Context) (string, string, error) { return g.smoke(ctx, false, beside) })
	case g.missing(Parity) && len(g.needed()) > 0:
		if _, _, err := g.smoke(ctx, true, beside); err != nil {
			g.failed(Parity, err)
		}
	case g.missing(Parity):
		beside(ctx, smoke.Stack{Ports: map[string]int{}})
	}
}

// needed are the services that parity talks to.
func (g *runner) needed() []string {
	if g.spec.Parity == nil || g.spec.Smoke == nil || g.left(Parity) != "" {
		return nil
	}
	return g.spec.Smoke.Users(g.spec.Parity.text)
}

// phase runs one phase, and writes its evidence down. A phase that cannot say anything
// leaves none, and no other is held back by it.
func (g *runner) phase(ctx context.Context, name string, job func(context.Context) (file, headline string, err error)) {
	if ctx.Err() != nil {
		return
	}
	g.observe(name, "")
	began := g.opt.Now()
	file, headline, err := job(ctx)
	if err != nil {
		g.failed(name, err)
		return
	}
	if ctx.Err() != nil || file == "" {
		return // what an interrupted phase has seen is no evidence
	}
	g.mu.Lock()
	g.manifest.Phases = append(g.manifest.Phases, assess.Phase{Phase: name, File: file})
	g.manifest.Finished = g.opt.Now().UTC()
	err = g.dir.write(g.manifest)
	g.mu.Unlock()
	if err != nil {
		g.failed(name, err)
		return
	}
	g.headline(name, headline, g.opt.Now().Sub(began).Milliseconds(), false)
}

// failed keeps an error for the end, and says so at once.
func (g *runner) failed(name string, err error) {
	g.observe(name, "failed: "+err.Error())
	g.mu.Lock()
	defer g.mu.Unlock()
	g.errs = append(g.errs, fmt.Errorf("%s: %w", name, err))
}

func (g *runner) headline(phase, text string, ms int64, kept bool) {
	g.mu.Lock()
	g.headlines = append(g.headlines, Headline{phase, text, ms, kept})
	g.mu.Unlock()
	if kept {
		text += " (kept)"
	}
	g.observe(phase, text)
}

func (g *runner) observe(phase, text string) {
	if g.opt.Observe.Phase != nil {
		g.opt.Observe.Phase(phase, text)
	}
}

// smoke runs the steps, or with none only brings up what beside needs.
func (g *runner) smoke(ctx context.Context, none bool, beside func(context.Context, smoke.Stack)) (file, headline string, err error) {
	logs := filepath.Join(g.dir.path, "logs")
	if err := os.MkdirAll(logs, 0o700); err != nil {
		return "", "", err
	}
	r, err := smoke.Run(ctx, *g.spec.Smoke, smoke.Options{
		Dir: g.opt.Dir, Env: g.opt.Env, Jobs: g.opt.Jobs, Guard: g.opt.Guard, Logs: logs, Services: g.needed(), With: beside, NoSteps: none,
		Observe: g.opt.Observe.Smoke, Commit: g.opt.Commit, Dirty: g.opt.Dirty, ToolVersion: g.opt.Version,
	})
	if err != nil || none {
		return "", "", err
	}
	return "smoke.json", r.Summary(), errors.Join(g.dir.writeJSON("smoke.json", r), g.dir.format("smoke.md", func(w *os.File) error { return smoke.Markdown{}.Write(w, r) }))
}

// parity compares the targets of a stack.
func (g *runner) parity(ctx context.Context, stack smoke.Stack) (file, headline string, err error) {
	spec, err := g.spec.Parity.load(stack)
	if err != nil {
		return "", "", err
	}
	r, err := parity.Run(ctx, spec, parity.Options{ToolVersion: g.opt.Version, Commit: g.opt.Commit, Dirty: g.opt.Dirty, Now: g.opt.Now, Observe: g.opt.Observe.Parity})
	if err != nil {
		if ctx.Err() != nil {
			return "", "", nil // interrupted, which is said once
		}
		return "", "", err
	}
	return "parity.json", parityHeadline(r), g.dir.parity(r)
}

func parityHeadline(r *parity.Result) string {
	t := r.Totals
	classes := map[string]bool{}
	for _, d := range r.Divergences {
		classes[string(d.Class)] = true
	}
	text := fmt.Sprintf("%d match · %d diff (out of %s)", t.Match, t.Diff, count(t.Cases, "case"))
	if t.NotExecuted+t.NotCompared > 0 {
		text += fmt.Sprintf(", %d not compared", t.NotExecuted+t.NotCompared)
	}
	if n := len(r.Divergences); n > 0 {
		text += fmt.Sprintf(" · %s in %s", count(n, "divergence"), plural(len(classes), "class", "classes"))
	}
	return text
}

// review asks the panel about the change of the night.
func (g *runner) review(ctx context.Context) (file, headline string, err error) {
	o, err := g.reviewOptions()
	if err != nil {
		return "", "", err
	}
	p, err := run.Prepare(ctx, o)
	if err != nil {
		return "", "", err
	}
	defer func() { _ = p.Close() }()
	if err := p.Plan.CheckGuards(); err != nil {
		return "", "", err
	}
	d, err := g.reviewDir(p)
	if err != nil {
		return "", "", err
	}
	r, err := p.Review(ctx, d, g.opt.Observe.Review)
	if err != nil {
		if errors.Is(err, reviewers.ErrInterrupted) {
			return "", "", nil
		}
		return "", "", err
	}
	return "review/findings.json", reviewHeadline(r), nil
}

func (g *runner) reviewOptions() (run.Options, error) {
	o, section := g.opt.Review, g.spec.Review
	o.Source.Dir, o.Source.Range = g.opt.Dir, section.Range
	if section.Since != "" {
		d, err := time.ParseDuration(section.Since)
		if err != nil || d <= 0 {
			return o, fmt.Errorf("review.since is a time such as 24h, not %q", section.Since)
		}
		o.Source.Since = d
	}
	if section.Panel != "" {
		o.Panel = section.Panel
	}
	if section.Verify != "" {
		flags := map[string]any{"tally.verify": section.Verify}
		for k, v := range o.Settings.Flags {
			flags[k] = v
		}
		o.Settings.Flags = flags
	}
	return o, nil
}

// reviewDir goes on with the review of an earlier part of the run, if there is one.
func (g *runner) reviewDir(p *run.Prepared) (*run.Dir, error) {
	path := filepath.Join(g.dir.path, "review")
	if _, err := os.Stat(filepath.Join(path, "run.json")); err == nil {
		return p.Resume(path)
	}
	return p.CreateDir(path)
}

func reviewHeadline(r *report.Review) string {
	return fmt.Sprintf("%s: %d convergent, %d distinct in %s", r.Verdict.Outcome, r.Totals.Convergent, r.Totals.Distinct, count(len(r.Bundles), "bundle"))
}

// assess judges the evidence of the directory, and keeps the judgement there.
func (g *runner) assess() (*assess.Result, error) {
	g.observe(Assess, "")
	c := g.spec.Assess
	began := g.opt.Now()
	job := assess.Job{
		Source: assess.Source{Dir: g.dir.path, Commit: g.opt.Commit, Now: g.opt.Now()}, Config: c,
		Ledger: filepath.Join(g.opt.Dir, c.Ledger), Record: c.Record, ToolVersion: g.opt.Version,
	}
	if g.opt.Ledger != "" {
		job.Ledger = g.opt.Ledger
	}
	if c.Tracker != "" {
		job.Tracker = filepath.Join(g.opt.Dir, c.Tracker)
	}
	r, err := job.Run()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", Assess, err)
	}
	g.headline(Assess, fmt.Sprintf("%s, by rule %s", r.Verdict.Outcome, r.Verdict.Rule), g.opt.Now().Sub(began).Milliseconds(), false)
	if err := g.dir.writeJSON(assess.ResultFile, r); err != nil {
		return nil, err
	}
	return r, g.dir.format("assess.md", func(w *os.File) error { return assess.Markdown{}.Write(w, r) })
}

func count(n int, noun string) string { return plural(n, noun, noun+"s") }

func plural(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}
