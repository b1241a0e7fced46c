package reviewers

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// ErrBudget is in the error of every seat that was not asked because the answer
// could have cost more than what is left of the budget, or an unknown sum.
var ErrBudget = errors.New("the budget does not allow it")

// purse holds a panel to its budget. What an attempt can cost at most is set
// aside before it is sent and settled after it, so that the limit is not crossed
// even by attempts that are under way together.
type purse struct {
	limit float64 // USD

	mu      sync.Mutex
	spent   float64       // guarded by mu
	under   int           // guarded by mu: attempts under way
	held    float64       // guarded by mu: set aside for them
	settled chan struct{} // guarded by mu: closed and replaced when an attempt has ended
}

// newPurse is nil when there is no limit.
func newPurse(limit, spent float64) *purse {
	if limit <= 0 {
		return nil
	}
	return &purse{limit: limit, spent: spent, settled: make(chan struct{})}
}

// hold sets aside what an attempt of m can cost. While others are under way that
// may turn out cheaper than what was set aside for them, it waits.
func (p *purse) hold(ctx context.Context, m *Member, promptBytes int, w waits) (settle func(Try), err error) {
	if p == nil || m.Kind == Analyser {
		return func(Try) {}, nil
	}
	if m.Price == nil {
		return nil, fmt.Errorf("%w: the price of %s is not known: set price for it", ErrBudget, m.asked())
	}
	most := m.Most(promptBytes)
	for {
		wait, err := p.take(most)
		if err == nil {
			return func(t Try) { p.settle(most, t) }, nil
		}
		if wait == nil {
			return nil, err
		}
		w.tell(Waiting, ForBudget, 0)
		select {
		case <-wait:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// take sets usd aside, or says why not and, when that can change, what to wait for.
func (p *purse) take(usd float64) (wait <-chan struct{}, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.spent+p.held+usd <= p.limit {
		p.held += usd
		p.under++
		return nil, nil
	}
	err = fmt.Errorf("%w: up to %.4f USD could be charged, and %.4f of %g USD are spent", ErrBudget, usd, p.spent, p.limit)
	if p.under > 0 {
		wait = p.settled
	}
	return wait, err
}

func (p *purse) settle(held float64, t Try) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held -= held
	if p.under--; p.under == 0 {
		p.held = 0 // sums of fractions leave crumbs
	}
	p.spent += t.usage().USD
	close(p.settled)
	p.settled = make(chan struct{})
}

// Most is what one attempt can cost in USD, at a price that is known: a byte and a
// half a token is denser than any source text, and the answer is held to
// MaxTokens, or reckoned at 16,384 tokens without it.
func (m *Member) Most(promptBytes int) float64 {
	return m.Price.Cost(Response{PromptTokens: promptBytes*2/3 + 1, CompletionTokens: m.answerTokens()})
}

// answerTokens is how long an answer is reckoned to be at most.
func (m *Member) answerTokens() int {
	const unknown = 16384
	if m.MaxTokens > 0 {
		return m.MaxTokens
	}
	return unknown
}

// asked is what a person calls the model.
func (m *Member) asked() string {
	if m.Model == "" || m.Model == m.Name {
		return m.Name
	}
	return m.Name + " (" + m.Model + ")"
}
