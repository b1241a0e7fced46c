package run

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	"scrum/config"
	"scrum/prompts"
	"scrum/reviewers"
	"scrum/reviewers/analyse"
	"scrum/reviewers/lineage"
)

// The names of panels that need no configuration.
const (
	PanelDefault = "default"
	PanelAuto    = "auto"
	PanelOffline = "offline"
)

// choosePanel gives the members of the panel that was asked for, of the
// configured default, or of the automatic one. With an error of [unmade] there are
// members, too: those that can be asked.
func (p *Prepared) choosePanel(ctx context.Context, set *settled) ([]*reviewers.Member, error) {
	name := p.options.Panel
	if name == "" {
		name = p.Config.Panel
	}
	if name == "" {
		name = PanelDefault
	}
	names, configured := p.Config.Panels[name]
	switch {
	case configured:
		return p.named(names, set)
	case name == PanelDefault && len(p.Config.Reviewers) > 0:
		for _, r := range p.Config.Reviewers {
			names = append(names, r.Name)
		}
		return p.named(names, set)
	case name == PanelDefault, name == PanelAuto:
		return p.automatic(ctx, set)
	case name == PanelOffline:
		return p.named(analyse.BuiltIn(), set)
	}
	known := []string{PanelAuto, PanelOffline}
	for n := range p.Config.Panels {
		if !slices.Contains(known, n) {
			known = append(known, n)
		}
	}
	slices.Sort(known)
	return nil, &UsageError{Err: fmt.Errorf("there is no panel %q; there are: %s", name, strings.Join(known, ", "))}
}

// named makes the members of a configured panel. The error is a list of all that cannot
// be made, so that nobody has to correct one after the other.
func (p *Prepared) named(names []string, set *settled) ([]*reviewers.Member, error) {
	var members []*reviewers.Member
	var not unmade
	for _, n := range names {
		m, err := p.member(n)
		if err != nil {
			not = append(not, Unmade{n, err})
			continue
		}
		if m.Kind != reviewers.Analyser && m.Lineage == lineage.Unknown {
			set.note(fmt.Sprintf("the lineage of reviewer %s (%s) is not known; all unknown ones count as one: set lineage for it", n, m.Model))
		}
		members = append(members, m)
	}
	if len(not) > 0 {
		return members, &UsageError{Err: not}
	}
	return members, nil
}

// Unmade is a reviewer of a panel that cannot be asked, and why.
type Unmade struct {
	Name string
	Err  error
}

// unmade is the error of a panel, a line for each reason.
type unmade []Unmade

func (u unmade) Error() string {
	var reasons []string
	names := map[string][]string{}
	for _, m := range u {
		why := m.Err.Error()
		if names[why] == nil {
			reasons = append(reasons, why)
		}
		names[why] = append(names[why], m.Name)
	}
	for i, why := range reasons {
		who := "reviewer "
		if len(names[why]) > 1 {
			who = "reviewers "
		}
		reasons[i] = who + strings.Join(names[why], ", ") + ": " + why
	}
	return strings.Join(reasons, "\n")
}

func (p *Prepared) member(name string) (*reviewers.Member, error) {
	i := slices.IndexFunc(p.Config.Reviewers, func(r config.Reviewer) bool { return r.Name == name })
	if i < 0 {
		return analyse.New(name, p.workspace)
	}
	r := p.Config.Reviewers[i]
	switch r.Kind {
	case reviewers.Analyser: // an external one; the built-in ones need no configuration
		return analyse.NewExternal(r.Name, r.Run, r.Format, p.workspace)
	case reviewers.Command:
		return p.command(r)
	default:
		return p.model(r)
	}
}

// model makes the member for a model, with its fallbacks behind it.
func (p *Prepared) model(r config.Reviewer) (*reviewers.Member, error) {
	provider, err := p.provider(r.Provider)
	if err != nil {
		return nil, err
	}
	m, err := p.ask(provider, r, r.Model)
	if err != nil {
		return nil, err
	}
	for _, f := range r.Fallbacks {
		b, err := p.ask(provider, r, f)
		if err != nil {
			return nil, err
		}
		m.Fallbacks = append(m.Fallbacks, b)
	}
	return m, nil
}

func (p *Prepared) ask(provider reviewers.Provider, r config.Reviewer, model string) (*reviewers.Member, error) {
	opt := p.openAI()
	opt.Structured = r.Structured
	if r.MaxTokens > 0 {
		opt.MaxTokens = r.MaxTokens
	}
	asks, err := reviewers.NewOpenAI(provider, model, opt)
	if err != nil {
		return nil, err
	}
	m := &reviewers.Member{Name: r.Name, Kind: reviewers.OpenAI, Lineage: r.Lineage, Model: model, Provider: provider.Name,
		Host: provider.Host(), Price: r.Price, MaxTokens: opt.MaxTokens, Reviewer: asks,
		Asks: fmt.Sprintf("%s structured=%t", provider.BaseURL, r.Structured)}
	if family, known := lineage.Of(model); m.Lineage == "" || (known && model != r.Model) {
		m.Lineage = family
	}
	if model != r.Model {
		m.Price = nil // a price is of one model
	}
	p.served = append(p.served, served{provider, m, opt})
	return m, nil
}

// served is a model of a provider, whose context can be asked for.
type served struct {
	provider reviewers.Provider
	member   *reviewers.Member
	asks     reviewers.OpenAIOptions
}

// windows asks the servers of one's own for the context of their models, all at the
// same time: some of them cut a longer prompt without a word. Nobody is asked when all
// requests are small, nor a server that is not at the usual port of one that could
// tell.
func (p *Prepared) windows(ctx context.Context, requests []prompts.Request) {
	large := func(r prompts.Request) bool {
		return reviewers.Estimate(len(r.System)+len(r.User)) > reviewers.SmallestContext
	}
	if !slices.ContainsFunc(requests, large) {
		return
	}
	var wg sync.WaitGroup
	for _, s := range p.served {
		if p.usual(s.provider) {
			wg.Go(func() { s.member.Window = s.provider.Window(ctx, s.member.Model, nil).Tokens })
		}
	}
	wg.Wait()
}

// usual tells whether a provider is at the port of one of the usual local servers.
func (p *Prepared) usual(provider reviewers.Provider) bool {
	port := func(address string) string {
		u, err := url.Parse(address)
		if err != nil {
			return ""
		}
		return u.Port()
	}
	at := port(provider.BaseURL)
	return at != "" && slices.ContainsFunc(reviewers.LocalServers(p.options.Getenv), func(s reviewers.LocalServer) bool { return port(s.BaseURL) == at })
}

// passedOn warns of models that only seem to be on this machine.
func (p *Prepared) passedOn() string {
	var names []string
	for _, s := range p.served {
		if model := s.member.Model; s.provider.Local() && (strings.HasSuffix(model, "-cloud") || strings.HasSuffix(model, ":cloud")) {
			names = append(names, s.member.Name+" ("+model+")")
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "the local server passes requests on to its own cloud, code included, for: " + strings.Join(names, ", ")
}

func (p *Prepared) openAI() reviewers.OpenAIOptions {
	d := p.Config.Deadlines
	opt := reviewers.OpenAIOptions{FirstToken: d.FirstToken, Idle: d.Idle}
	if p.Config.Budget.USD > 0 {
		opt.MaxTokens = boundedAnswer
	}
	return opt
}

// boundedAnswer is the longest answer asked for under a budget when the
// configuration sets none: what an answer can cost must be known before.
const boundedAnswer = 16384

func (p *Prepared) provider(name string) (reviewers.Provider, error) {
	c := p.Config.Providers[name]
	key, err := c.Key(p.options.Getenv)
	if err != nil {
		return reviewers.Provider{}, fmt.Errorf("provider %s: %w", name, err)
	}
	out := reviewers.Provider{Name: name, BaseURL: c.BaseURL, Key: key, KeyEnv: c.APIKeyEnv, AllowPlainHTTP: c.AllowPlainHTTP,
		Limits: reviewers.Limits{Concurrency: c.Concurrency, RPM: c.RPM, TPM: c.TPM}}
	p.limits[name] = out.Limits
	return out, nil
}

// automatic is the panel without configuration: models of distinct lineages for
// the keys and local servers that are there, and the built-in analysers always.
func (p *Prepared) automatic(ctx context.Context, set *settled) ([]*reviewers.Member, error) {
	found, missing := reviewers.Discover(ctx, p.options.Getenv, p.options.Discovery)
	var members []*reviewers.Member
	for _, f := range found {
		m, err := f.Member(p.openAI())
		if err != nil {
			return nil, &UsageError{Err: fmt.Errorf("reviewer %s: %w", f.Name, err)}
		}
		p.limits[f.Provider.Name] = f.Provider.Limits
		p.served = append(p.served, served{f.Provider, m, p.openAI()})
		set.note(fmt.Sprintf("automatic panel: %s (%s), because %s", f.Name, f.Model, f.Why))
		members = append(members, m)
	}
	analysers, err := p.named(analyse.BuiltIn(), set)
	if err != nil {
		return nil, err
	}
	if len(found) < 2 {
		p.Missing = missing
	}
	return append(members, analysers...), nil
}
