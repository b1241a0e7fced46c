package run

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"scrum/prompts"
	"scrum/reviewers"
	"scrum/tally"
)

// Fan asks the seats of a run and gives all of them back, in their order, each in a
// definite state. reviewers.Panel is the one of this process.
type Fan interface {
	Run(ctx context.Context, seats []reviewers.Seat) []reviewers.Seat
}

// Ground is what a fan that asks from elsewhere stands on: the panel of this process,
// for what must stay here, and what another process must know to ask as this one would.
type Ground struct {
	Panel    *reviewers.Panel
	prepared *Prepared
}

// Model is all that another process needs to ask a model, but for the key.
type Model struct {
	Name       string             `json:"name"`
	Lineage    string             `json:"lineage"`
	Model      string             `json:"model"`
	Provider   reviewers.Provider `json:"provider"`
	MaxTokens  int                `json:"max_tokens"`
	Structured bool               `json:"structured"`
	Price      *reviewers.Price   `json:"price"`
	Window     int                `json:"window"` // tokens; 0 is not known
	FirstToken time.Duration      `json:"first_token"`
	Idle       time.Duration      `json:"idle"`
}

// Rules are the limits on a seat, and when its answer counts as a review.
type Rules struct {
	Attempts   int              `json:"attempts"`
	Deadline   time.Duration    `json:"deadline"`
	Engagement tally.Engagement `json:"engagement"`
}

// Models are the model of a member and of its fallbacks, in the order in which they are
// asked; none when the member can be asked here only, because it reads the tree or is a
// program.
func (g Ground) Models(m *reviewers.Member) []Model {
	var out []Model
	for _, m := range append([]*reviewers.Member{m}, m.Fallbacks...) {
		i := slices.IndexFunc(g.prepared.served, func(s served) bool { return s.member == m })
		if i < 0 {
			return nil
		}
		out = append(out, g.prepared.served[i].remote())
	}
	return out
}

func (s served) remote() Model {
	m := s.member
	return Model{Name: m.Name, Lineage: m.Lineage, Model: m.Model, Provider: s.provider, MaxTokens: s.asks.MaxTokens, Structured: s.asks.Structured,
		Price: m.Price, Window: m.Window, FirstToken: s.asks.FirstToken, Idle: s.asks.Idle}
}

// Rules of the run.
func (g Ground) Rules() Rules {
	c := g.prepared.Config
	return Rules{Attempts: max(c.Attempts, 1), Deadline: c.Deadlines.Seat, Engagement: c.Engagement}
}

// Key names everything that makes the answer of a seat; "" when it depends on more.
func (g Ground) Key(s reviewers.Seat) string { return g.prepared.keyOf(s.Member, s.Request) }

// Halves are the requests that a seat would be tried again with; none when it would not.
func (g Ground) Halves(bundle string) ([]prompts.Request, error) {
	b := g.prepared.bundle(bundle)
	if b == nil || strings.HasPrefix(bundle, examPrefix) {
		return nil, nil
	}
	var out []prompts.Request
	for _, h := range g.prepared.halvesOf(b) {
		r, err := g.prepared.Request(h)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// Member makes the member that asks the model with a key.
func (m Model) Member(key string) (*reviewers.Member, error) {
	provider := m.Provider
	provider.Key = key
	asks, err := reviewers.NewOpenAI(provider, m.Model, reviewers.OpenAIOptions{
		FirstToken: m.FirstToken, Idle: m.Idle, Structured: m.Structured, MaxTokens: m.MaxTokens})
	if err != nil {
		return nil, err
	}
	return &reviewers.Member{Name: m.Name, Kind: reviewers.OpenAI, Lineage: m.Lineage, Model: m.Model, Provider: provider.Name, Host: provider.Host(),
		Price: m.Price, MaxTokens: m.MaxTokens, Window: m.Window, Reviewer: asks}, nil
}

// Judge tells the state of an answer, as [reviewers.Panel] wants it.
func (r Rules) Judge(req prompts.Request, m *reviewers.Member, answer reviewers.Response) (reviewers.State, error) {
	if strings.HasPrefix(req.Bundle, examPrefix) {
		return judgeOpinion(answer)
	}
	state, reason := r.Engagement.Judge(req.Paths, answer, m.Kind)
	if cut := reviewers.PromptCut(req, answer, m.Window); cut != "" {
		state, reason = reviewers.Truncated, cut
	}
	if reason == "" {
		return state, nil
	}
	return state, errors.New(reason)
}

// Begin hands the seats of the review to somebody who has them asked elsewhere, without
// waiting for answers: the same seats that Review would ask.
func (p *Prepared) Begin(ctx context.Context, begin func(context.Context, Ground, []reviewers.Seat) error) error {
	asked, err := p.matrix()
	if err != nil {
		return err
	}
	p.windows(ctx, asked.requests)
	return begin(ctx, Ground{prepared: p}, asked.seats)
}

// fan is the panel, or what the options put in its place.
func (p *Prepared) fan(panel *reviewers.Panel) Fan {
	if p.options.Fan == nil {
		return panel
	}
	return p.options.Fan(Ground{Panel: panel, prepared: p})
}
