package run

import (
	"fmt"
	"slices"
	"strings"

	"scrum/reviewers"
)

// Estimate is what a review may cost, as far as prices are known.
type Estimate struct {
	Input    float64  // USD for what is sent, at 3.5 bytes a token
	Most     float64  // USD when every answer is as long as it may be
	Unpriced []string // reviewers whose price is not known
	Requests int      // to models and commands; answers from the cache and of the run are none
}

// estimate counts what is about to be sent. Retries and halves come on top.
func (m *matrix) estimate() Estimate {
	var e Estimate
	for _, s := range m.seats {
		if s.State != "" || s.Member.Kind == reviewers.Analyser {
			continue
		}
		e.Requests++
		if s.Member.Price == nil {
			e.Unpriced = append(e.Unpriced, s.Member.Name)
			continue
		}
		size := len(s.Request.System) + len(s.Request.User)
		e.Input += s.Member.Price.Cost(reviewers.Response{PromptTokens: reviewers.Estimate(size)})
		e.Most += s.Member.Most(size)
	}
	slices.Sort(e.Unpriced)
	e.Unpriced = slices.Compact(e.Unpriced)
	return e
}

// Seats is how many cells the coverage will have; 0 when that cannot be said yet.
func (p *Prepared) Seats() int {
	m, err := p.matrix()
	if err != nil {
		return 0
	}
	return len(m.seats)
}

// String tells it in one line, "" when there is nothing to tell.
func (e Estimate) String() string {
	if e.Requests == 0 {
		return ""
	}
	out := fmt.Sprintf("%s; about %.4f USD for what is sent, %.2f USD at most with the answers", count(e.Requests, "request"), e.Input, e.Most)
	if e.Most == 0 && len(e.Unpriced) > 0 {
		out = count(e.Requests, "request") + " of unknown cost"
	}
	if len(e.Unpriced) > 0 {
		out += fmt.Sprintf(" (no price is configured for %s)", strings.Join(e.Unpriced, ", "))
	}
	return out
}
