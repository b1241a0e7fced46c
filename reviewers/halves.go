package reviewers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"scrum/prompts"
)

// again tries a seat that did not engage on two halves of its bundle, and counts
// it as engaged when both of them were. What the whole brought stays beside it.
func (r *round) again(ctx context.Context, i int, s *Seat) {
	if !s.Divisible() || r.panel.Halve == nil || ctx.Err() != nil {
		return
	}
	var halves []Seat
	err := guarded(func() (err error) { halves, err = r.panel.Halve(*s); return err })
	if err != nil {
		s.Err = fmt.Errorf("%w; its bundle could not be halved: %w", s.Err, err)
		return
	}
	if len(halves) == 0 {
		return
	}
	e := event(i, s, s.answerer(), Retrying)
	e.Err = fmt.Errorf("%w; asked again on two halves", s.Err)
	r.observe(e)
	for n := range halves {
		r.answer(ctx, i, &halves[n])
		s.Latency += halves[n].Latency
	}
	s.Halves = halves
	s.Join()
	r.keep(s)
}

// Divisible tells whether a smaller request could bring what this one did not.
func (s *Seat) Divisible() bool {
	if s.Member == nil || s.Member.Kind == Analyser || len(s.Halves) > 0 || errors.Is(s.Err, ErrBudget) || errors.Is(s.Err, ErrDown) {
		return false
	}
	switch s.State {
	case Disengaged, Truncated:
		return true
	case Failed:
		return promptTooLong(s.Err)
	}
	return false
}

// Join makes one state of two halves. Only halves that both engaged, in one
// lineage, heal a seat.
func (s *Seat) Join() {
	s.Whole, s.WholeErr = s.State, s.Err
	var ended []string
	healed := true
	for _, h := range s.Halves {
		how := h.Bundle + " " + string(h.State)
		if h.Err != nil {
			how += ": " + h.Err.Error()
		}
		ended = append(ended, how)
		healed = healed && h.State == Engaged && h.Lineage == s.Halves[0].Lineage
	}
	if !healed {
		s.Err = fmt.Errorf("%w; again on two halves (%s)", s.Err, strings.Join(ended, "; "))
		return
	}
	s.State, s.Err = Engaged, nil
	s.Lineage, s.Used = s.Halves[0].Lineage, s.Halves[0].Used
	if s.Response.Model == "" {
		s.Response.Model = s.Halves[0].Response.Model
	}
}

// errWindow is the cause of a request that was not sent because it is larger than
// what the model takes.
var errWindow = errors.New("the request is larger than the model's context")

// fits says why a request is not sent: it is larger than the model's context. No
// tokenizer makes less of it than three quarters of leastTokens.
func (m *Member) fits(req prompts.Request) error {
	need := (leastTokens(req.System) + leastTokens(req.User)) * 3 / 4
	if m.Window <= 0 || need < m.Window {
		return nil
	}
	return &Error{Provider: m.Name, Host: m.Host, Unsent: true, Err: errWindow,
		Message: fmt.Sprintf("not sent: at least %d tokens do not fit the context of %d that the server gives %s", need, m.Window, m.asked()),
		Advice:  "raise the server's context or lower guards.warn"}
}

// promptTooLong tells whether a seat failed because of the size of its request.
func promptTooLong(err error) bool {
	e, ok := asError(err)
	if !ok {
		return false
	}
	return errors.Is(e.Err, errWindow) || e.Status == http.StatusRequestEntityTooLarge || tooLong(strings.ToLower(e.Message))
}
