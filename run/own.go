package run

import (
	"context"
	"slices"

	"scrum/prompts"
	"scrum/reviewers"
	"scrum/reviewers/analyse"
)

// ownMember is an analyser that the tool itself adds to the panel, for the bundles
// where it has something to say.
type ownMember struct {
	*reviewers.Member
	paths map[string]bool // as they are shown
}

// ownReports puts into the report what the user must hear whatever panel was asked
// for: credentials that were masked, so that no model can tell of them, and text that
// speaks to the models. And what a merge has left behind, which models take for somebody
// else's business.
func (p *Prepared) ownReports(ctx context.Context) error {
	added := map[string]bool{}
	if p.secrets != nil {
		for _, s := range p.secrets.Secrets {
			added[prompts.Name(s.Path)] = added[prompts.Name(s.Path)] || s.Added
		}
	}
	if err := p.addOwn("secrets", added); err != nil {
		return err
	}
	found, err := p.workspace.Instructions(ctx)
	if err != nil {
		return err
	}
	speaking := map[string]bool{}
	for _, i := range found {
		speaking[prompts.Name(i.Path)] = speaking[prompts.Name(i.Path)] || i.Added
	}
	if err := p.addOwn("instructions", speaking); err != nil {
		return err
	}
	conflicts, err := p.workspace.Conflicts(ctx)
	if err != nil {
		return err
	}
	unresolved := map[string]bool{}
	for _, c := range conflicts {
		unresolved[prompts.Name(c.Path)] = true
	}
	return p.addOwn("conflicts", unresolved)
}

func (p *Prepared) addOwn(name string, paths map[string]bool) error {
	some := false
	for _, has := range paths {
		some = some || has
	}
	if !some || slices.ContainsFunc(p.Panel, func(m *reviewers.Member) bool { return m.Name == name }) {
		return nil
	}
	m, err := analyse.New(name, p.workspace)
	if err != nil {
		return err
	}
	m.Own = true
	p.own = append(p.own, ownMember{m, paths})
	return nil
}

// on gives the tool's own reviewers of a request.
func (p *Prepared) on(r prompts.Request) []*reviewers.Member {
	var out []*reviewers.Member
	for _, m := range p.own {
		if slices.ContainsFunc(r.Paths, func(path string) bool { return m.paths[path] }) {
			out = append(out, m.Member)
		}
	}
	return out
}
