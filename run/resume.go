package run

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"scrum/bundler"
	"scrum/reviewers"
)

// Asked is what a run was asked to do, so that it can be gone on with.
type Asked struct {
	Range      string `json:"range,omitempty"` // exact commits, when both sides are commits
	Staged     bool   `json:"staged,omitempty"`
	Worktree   bool   `json:"worktree,omitempty"`
	Diff       bool   `json:"diff,omitempty"` // the change is change.diff of the run
	Panel      string `json:"panel,omitempty"`
	Config     string `json:"config,omitempty"`
	ConfigFrom string `json:"config_from,omitempty"`
	Force      bool   `json:"force_oversize,omitempty"`
	Gaps       string `json:"gaps,omitempty"`
	MaxCost    any    `json:"max_cost_usd,omitempty"`
	Verify     any    `json:"verify,omitempty"`
}

func (o Options) asked(c *bundler.Change) Asked {
	a := Asked{Staged: o.Source.Staged, Worktree: o.Source.Worktree, Diff: o.Source.Diff != nil,
		Panel: o.Panel, Config: o.Settings.File, Gaps: o.Settings.Gaps, Force: o.Force}
	a.MaxCost, a.Verify = o.Settings.Flags["budget.usd"], o.Settings.Flags["tally.verify"]
	if o.Settings.Worktree {
		a.ConfigFrom = "worktree"
	}
	if !a.Staged && !a.Worktree && !a.Diff {
		a.Range = c.Base + ".." + c.Head
	}
	return a
}

// Continue fills options with what the stored run at path was asked to do.
func Continue(path string, o Options) (Options, error) {
	d, err := OpenDir(path)
	if err != nil {
		return o, &UsageError{Err: err}
	}
	m, err := d.Manifest()
	if err != nil {
		return o, &UsageError{Err: err}
	}
	a := m.Asked
	o.Source.Range, o.Source.Staged, o.Source.Worktree = a.Range, a.Staged, a.Worktree
	if a.Diff {
		data, err := d.read("change.diff")
		if err != nil {
			return o, err
		}
		o.Source.Diff, o.Source.DiffName = bytes.NewReader(data), "change.diff of the run"
	}
	if o.Panel == "" {
		o.Panel = a.Panel
	}
	if o.Settings.File == "" {
		o.Settings.File = a.Config
	}
	if o.Settings.Gaps == "" {
		o.Settings.Gaps = a.Gaps
	}
	o.Settings.Worktree = o.Settings.Worktree || a.ConfigFrom == "worktree"
	o.Force = o.Force || a.Force
	o.Settings.Flags = filled(o.Settings.Flags, "budget.usd", a.MaxCost)
	o.Settings.Flags = filled(o.Settings.Flags, "tally.verify", a.Verify)
	return o, nil
}

// filled has a flag of the run that is gone on with, unless it is set anew.
func filled(flags map[string]any, key string, value any) map[string]any {
	if _, set := flags[key]; set || value == nil {
		return flags
	}
	flags = maps.Clone(flags)
	if flags == nil {
		flags = map[string]any{}
	}
	flags[key] = value
	return flags
}

// Resume opens the directory of a run and takes over the answers that it has, as
// long as they answer the very bundles of this preparation.
func (p *Prepared) Resume(path string) (*Dir, error) {
	d, err := OpenDir(path)
	if err != nil {
		return nil, &UsageError{Err: err}
	}
	m, err := d.Manifest()
	if err != nil {
		return nil, &UsageError{Err: err}
	}
	for _, b := range p.Plan.Bundles {
		stored, err := d.Bundle(b.ID)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if err != nil || !bytes.Equal(stored, b.Payload()) {
			return nil, &UsageError{Err: fmt.Errorf("bundle %s is not the one of the run %s: the change or the configuration differs; start a new review", b.ID, path)}
		}
	}
	p.started = m.Run.Started
	return d, errors.Join(d.sweep(), p.takeOver(d))
}

// takeOver reads the answers of the run.
func (p *Prepared) takeOver(d *Dir) error {
	p.stored = map[seatKey]StoredSeat{}
	for _, b := range p.Plan.Bundles {
		for _, member := range p.Panel { // the tool's own reviewers are quick, and asked again
			if err := p.takeSeat(d, b, member); err != nil {
				return err
			}
		}
	}
	return nil
}

// takeSeat reads the answer of one seat, and those of its halves even when the run
// was killed between them.
func (p *Prepared) takeSeat(d *Dir, b *bundler.Bundle, m *reviewers.Member) error {
	s, err := d.ReadAnswer(b.ID, m.Name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !asks(m, s.Model) {
		return nil
	}
	p.stored[seatKey{b.ID, m.Name}] = s
	if s.State == reviewers.Engaged {
		return nil
	}
	for _, h := range p.halvesOf(b) {
		if err := p.takeSeat(d, h, m); err != nil {
			return err
		}
	}
	return nil
}

// asks tells whether a reviewer asks this model, be it as a fallback: halves are
// asked of the one that had answered on the whole.
func asks(m *reviewers.Member, model string) bool {
	return m.Model == model || slices.ContainsFunc(m.Fallbacks, func(f *reviewers.Member) bool { return f.Model == model })
}

// Final tells whether a stored seat has the answer that it is going to have.
// Failed and skipped seats are asked again, and those whose answer broke off
// without the server's word on why.
func (s StoredSeat) Final() bool {
	switch s.State {
	case reviewers.Engaged, reviewers.Disengaged:
		return true
	case reviewers.Truncated:
		return s.FinishReason != ""
	}
	return false
}

// open takes the halves off a seat when one of them has no final answer: they are
// tried again, those that have one excepted.
func (s StoredSeat) open() StoredSeat {
	if !slices.ContainsFunc(s.Parts, func(h StoredSeat) bool { return !h.Final() }) {
		return s
	}
	s.State, s.Error = s.Whole, s.WholeError
	for _, h := range s.Halves {
		s.Attempts -= h.Attempts
		s.PromptTokens -= h.PromptTokens
		s.CompletionTokens -= h.CompletionTokens
		s.LatencyMS -= h.LatencyMS
		if s.CostUSD != nil && h.CostUSD != nil {
			own := *s.CostUSD - *h.CostUSD
			s.CostUSD = &own
		}
	}
	s.Whole, s.WholeError, s.Halves, s.Parts = "", "", nil, nil
	return s
}

type seatKey struct{ bundle, reviewer string }
