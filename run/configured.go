package run

import (
	"context"
	"errors"
	"slices"

	"scrum/bundler"
	"scrum/config"
	"scrum/reviewers"
)

// Configured is the configuration that would rule a review of the default range, and where
// it comes from.
type Configured struct {
	Config *config.Config
	Place  bundler.Place // of the change; the zero value outside of a repository
	Notes  []string
	Panel  []*reviewers.Member
	Unmade []Unmade // of the panel: a review would refuse to begin
	asks   []served
}

// Provider is where a member's requests go, false for one that is no model of a provider.
func (c *Configured) Provider(m *reviewers.Member) (reviewers.Provider, bool) {
	i := slices.IndexFunc(c.asks, func(s served) bool { return s.member == m })
	if i < 0 {
		return reviewers.Provider{}, false
	}
	return c.asks[i].provider, true
}

// Configure reads the configuration and chooses the panel as a review would, without a
// change. Nothing is sent to other machines.
func Configure(ctx context.Context, o Options) (*Configured, error) {
	if o.Getenv == nil {
		o.Getenv = func(string) string { return "" }
	}
	place, err := bundler.Locate(ctx, o.Source)
	if err != nil {
		place = bundler.Place{}
		o.Settings.Worktree = true
	}
	set, err := o.Settings.load(ctx, place)
	if err != nil {
		return nil, err
	}
	p := &Prepared{Config: set.Config, options: o, limits: map[string]reviewers.Limits{}, Plan: &bundler.Plan{Change: &bundler.Change{}}}
	members, err := p.choosePanel(ctx, &set)
	var not unmade
	if err != nil && !errors.As(err, &not) {
		return nil, err
	}
	return &Configured{Config: set.Config, Place: place, Notes: set.notes, Panel: members, Unmade: not, asks: p.served}, nil
}
