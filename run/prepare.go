package run

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"time"

	"scrum/bundler"
	"scrum/config"
	"scrum/prompts"
	"scrum/reviewers"
	"scrum/reviewers/analyse"
	"scrum/secrets"
)

// Options say what to review, with whom, and what the process has to offer. The
// zero value reviews the default range with the automatic panel.
type Options struct {
	Source    bundler.Source
	Settings  Settings
	Panel     string              // name of the panel; "" is the configured default
	Force     bool                // go on above the refuse limit
	Version   string              // of the tool
	Getenv    func(string) string // nil: no environment
	Discovery reviewers.DiscoverOptions
	Now       func() time.Time // nil: time.Now
	Scripted  bool             // the models are scripted, and the review says so
	CacheDir  string           // where answers are kept for other runs; "" keeps none
	Fan       func(Ground) Fan // who asks the seats; nil: this process
	Log       *slog.Logger     // hears what each step does and takes, never what is reviewed; nil: nobody
}

// Prepared is everything that is known before anything is sent.
type Prepared struct {
	Config  *config.Config
	Plan    *bundler.Plan
	Panel   []*reviewers.Member
	Notes   []string            // what a reader must know
	Missing []reviewers.Missing // what would add models to a panel that has too few

	options   Options
	forced    bool
	templates *prompts.Templates
	guidance  prompts.Guidance
	limits    map[string]reviewers.Limits // by provider
	workspace *analyse.Workspace
	started   time.Time              // of the run that is gone on with
	stored    map[seatKey]StoredSeat // its answers
	cache     *cache
	made      *matrix // nil until it is needed
	secrets   *secrets.Findings
	own       []ownMember // analysers that the tool adds by itself
	served    []served    // models whose context can be asked for
	trees     []*agentTree
	examining Examining // nil hears nothing
	gaps      Gaps
}

// OnExamining sets who hears that findings are going to be put to other lineages.
func (p *Prepared) OnExamining(hear Examining) { p.examining = hear }

// Prepare reads the change, packs it, chooses the panel and makes the requests.
// Nothing is sent; to find local model servers it asks the usual ports of this
// machine. Close the result.
func Prepare(ctx context.Context, o Options) (*Prepared, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Getenv == nil {
		o.Getenv = func(string) string { return "" }
	}
	place, err := bundler.Locate(ctx, o.Source)
	if err != nil {
		return nil, err
	}
	set, err := o.Settings.load(ctx, place)
	if err != nil {
		return nil, err
	}
	p := &Prepared{Config: set.Config, options: o, limits: map[string]reviewers.Limits{}}
	begun := time.Now()
	if err := p.readChange(ctx); err != nil {
		return nil, err
	}
	p.logPlan(begun)
	if p.Config.Cache.Enabled {
		p.cache = newCache(o.CacheDir, int64(p.Config.Cache.Max))
	}
	p.workspace = analyse.NewWorkspace(p.Plan.Change, analyse.Options{})
	begun = time.Now()
	if err := p.fill(ctx, &set); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	p.logPanel(begun)
	return p, nil
}

// Close removes what was put on disk for analysers and agents.
func (p *Prepared) Close() error {
	var errs []error
	for _, t := range p.trees {
		errs = append(errs, t.close())
	}
	if p.workspace != nil {
		errs = append(errs, p.workspace.Close())
	}
	return errors.Join(errs...)
}

func (p *Prepared) readChange(ctx context.Context) error {
	change, err := bundler.Read(ctx, p.options.Source, p.Config.ReadOptions())
	if err != nil {
		return err
	}
	opt := p.Config.BundlerOptions()
	opt.Guards.Force = p.options.Force
	p.Plan, err = bundler.Pack(ctx, change, opt)
	return err
}

func (p *Prepared) fill(ctx context.Context, set *settled) error {
	var err error
	if p.Panel, err = p.choosePanel(ctx, set); err != nil {
		return err
	}
	set.note(p.passedOn())
	if p.templates, err = p.readTemplates(ctx, set); err != nil {
		return err
	}
	if p.guidance, err = p.readGuidance(ctx, set); err != nil {
		return err
	}
	if p.gaps, err = p.options.Settings.gaps(ctx, set.tree, p.options.Source.Diff != nil); err != nil {
		return err
	}
	if err = p.mask(ctx, set); err != nil {
		return err
	}
	if err = p.ownReports(ctx); err != nil {
		return err
	}
	for _, b := range p.Plan.Bundles {
		p.forced = p.forced || b.Guard == bundler.GuardForced
	}
	if p.forced {
		set.note("the size guard was overridden: bundles above the refuse limit go out (SCRUM_FORCE_OVERSIZE or --force-oversize)")
	}
	if len(p.Plan.Change.Files) == 0 {
		set.note("nothing to review: " + p.Plan.Change.Label + " has no changes")
	}
	p.Notes = slices.Concat(set.notes, p.Config.Warnings)
	return nil
}

// Request makes the request of one bundle. It is made when it is needed: all
// together they are larger than the change.
func (p *Prepared) Request(b *bundler.Bundle) (prompts.Request, error) {
	return p.maskedRequest(b)
}

func (p *Prepared) readTemplates(ctx context.Context, set *settled) (*prompts.Templates, error) {
	var texts [2]string
	for i, name := range []string{p.Config.Prompts.System, p.Config.Prompts.Review} {
		if name == "" {
			continue
		}
		r, err := set.tree.read(ctx, name)
		set.note(r.note)
		if err != nil {
			return nil, &UsageError{Err: fmt.Errorf("reading the prompt template %s: %w", name, err)}
		}
		texts[i] = string(r.data)
	}
	t, err := prompts.Parse(texts[0], texts[1])
	if err != nil {
		return nil, &UsageError{Err: err}
	}
	return t, nil
}

func (p *Prepared) readGuidance(ctx context.Context, set *settled) (prompts.Guidance, error) {
	g := prompts.Guidance{Rules: p.Config.Guidance.Rules}
	for _, name := range p.Config.Guidance.Files {
		r, err := set.tree.read(ctx, name)
		set.note(r.note)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return g, fmt.Errorf("reading the guidance %s: %w", name, err)
		}
		g.Files = append(g.Files, prompts.Guide{Name: name, Text: string(r.data)})
	}
	for _, c := range g.Cut() {
		set.note(c)
	}
	return g, nil
}
