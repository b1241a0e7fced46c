package reviewers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"scrum/prompts"
	"scrum/reviewers/lineage"
)

// Panel fans seats out to their reviewers. Limits hold across all its runs, so a
// process has one panel. The zero value has no limits, waits without end and asks
// once.
type Panel struct {
	Providers    map[string]Limits // by the name that members carry; one that is missing has no limits
	SeatDeadline time.Duration     // from a reviewer's first attempt on a bundle to its last; a fallback has its own; 0 is none
	Attempts     int               // for each reviewer; 0 is one

	// Judge tells the state of a complete answer, and the reason unless it is
	// Engaged. nil takes every answer that ended properly as engaged. It is called
	// from several goroutines at once.
	Judge func(req prompts.Request, m *Member, r Response) (State, error)
	// Observe hears what happens, one event at a time; it must not block. What it
	// hears changes nothing, and a fast stream is told of a few times a second only.
	Observe func(Event)
	// Store keeps a seat that has ended, one at a time, before it counts: a seat
	// that cannot be stored has failed. One that is tried again on halves is stored
	// before that, each half by itself, and then as a whole. nil stores nothing.
	Store func(Seat) error
	// Halve gives the two seats that a seat which did not engage is tried again
	// with, none when it is to stay as it is. A half that has a state already is not
	// asked. nil tries nothing again.
	Halve func(Seat) ([]Seat, error)
	// Budget is what all runs together may cost in USD, Spent what was spent before
	// them; 0 is no limit. Under a budget only models of known price are asked.
	Budget, Spent float64

	mu    sync.Mutex
	gates map[string]*gate // guarded by mu
	money *purse           // guarded by mu: made when it is first needed
}

// Run asks every seat's reviewer and gives all seats back, in their order, each in
// a definite state. A seat that has a state already was answered before: it is not
// asked again, though its halves may be. When ctx ends, Run returns within a second with all that came: seats
// that were not asked are Skipped, the others Failed, or Truncated when a part of
// the answer had come; their errors are ErrInterrupted.
func (p *Panel) Run(ctx context.Context, seats []Seat) []Seat {
	out := slices.Clone(seats)
	r := &round{panel: p}
	defer r.close()
	var wg sync.WaitGroup
	for i := range out {
		if out[i].State == "" || out[i].Divisible() {
			wg.Go(func() { r.fill(ctx, i, &out[i]) })
		} else {
			traceOf(ctx).known(ctx, &out[i])
		}
	}
	wg.Wait()
	return out
}

func (p *Panel) purse() *purse {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.money == nil {
		p.money = newPurse(p.Budget, p.Spent)
	}
	return p.money
}

// round is one Run.
type round struct {
	panel *Panel

	storing sync.Mutex

	mu     sync.Mutex
	closed bool // guarded by mu: no event after Run has returned
}

func (r *round) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
}

func (r *round) observe(e Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.panel.Observe != nil && !r.closed {
		r.panel.Observe(e)
	}
}

// fill brings one seat to its state, and says so.
func (r *round) fill(ctx context.Context, i int, s *Seat) {
	ctx, traced := traceOf(ctx).seat(ctx, s)
	r.answer(ctx, i, s)
	traced(s)
	r.observe(s.done(i))
}

// answer brings a seat, or the half of one, to its state. A bug in what the caller
// has plugged in fails this seat and no other.
func (r *round) answer(ctx context.Context, i int, s *Seat) {
	if s.State == "" {
		if err := guarded(func() error { return r.review(ctx, i, s) }); err != nil {
			s.State, s.Err = Failed, fmt.Errorf("%s on %s: %w", s.reviewer(), s.Bundle, err)
		}
		if !r.keep(s) {
			return
		}
	}
	r.again(ctx, i, s)
}

// keep stores a seat; one that cannot be stored has failed.
func (r *round) keep(s *Seat) bool {
	err := guarded(func() error { return r.store(*s) })
	if err != nil {
		s.State, s.Err = Failed, fmt.Errorf("storing the answer of %s on %s: %w", s.reviewer(), s.Bundle, err)
	}
	return err == nil
}

func (r *round) store(s Seat) error {
	if r.panel.Store == nil {
		return nil
	}
	r.storing.Lock()
	defer r.storing.Unlock()
	return r.panel.Store(s)
}

// review asks the member, then its fallbacks, until one has answered.
func (r *round) review(ctx context.Context, i int, s *Seat) error {
	if s.Member == nil || s.Member.Reviewer == nil {
		return errors.New("the seat has no reviewer")
	}
	s.Lineage = s.Member.Lineage
	if s.Member.Skip != nil {
		if why := s.Member.Skip(s.Request.Paths); why != "" {
			s.State, s.Err = Skipped, errors.New(why)
			return nil
		}
	}
	r.observe(event(i, s, s.Member, Queued))
	var failures []error
	for n, m := range append([]*Member{s.Member}, s.Member.Fallbacks...) {
		if n > 0 {
			e := event(i, s, m, Retrying)
			e.Err = failures[n-1]
			r.observe(e)
		}
		t := &turn{round: r, index: i, seat: s, member: m}
		err := t.take(ctx)
		if err == nil {
			return nil
		}
		failures = append(failures, err)
		if ctx.Err() != nil {
			break
		}
	}
	s.unanswered(ctx, failures)
	return nil
}

// unanswered gives a seat without a complete answer its state, and the longest
// part of an answer that any attempt has brought.
func (s *Seat) unanswered(ctx context.Context, failures []error) {
	s.Err = joined(failures)
	s.State = Failed
	if s.Attempts == 0 && (ctx.Err() != nil || errors.Is(s.Err, ErrBudget)) {
		s.State = Skipped
	}
	for _, t := range s.Tries {
		if len(t.Response.Text) > len(s.Response.Text) {
			s.Response, s.State, s.Used = t.Response, Truncated, t.Member
			s.Lineage = t.Member.provenance(t.Response.Model)
		}
	}
}

// Missed tells whether a seat that applies was never asked: the run was
// interrupted, or its budget spent.
func (s Seat) Missed() bool {
	return s.State == Skipped && (errors.Is(s.Err, ErrInterrupted) || errors.Is(s.Err, ErrBudget))
}

// answerer is who the seat's answer is from, nil when it has nobody to ask.
func (s *Seat) answerer() *Member {
	if s.Used != nil {
		return s.Used
	}
	return s.Member
}

// reviewer is the answerer's name, for a person.
func (s *Seat) reviewer() string {
	if m := s.answerer(); m != nil {
		return m.Name
	}
	return ""
}

// Substituted tells whether another model than the one asked for has answered.
func (s Seat) Substituted() bool {
	return s.Used != nil && s.Used.Model != "" && !lineage.SameModel(s.Used.Model, s.Response.Model)
}

// provenance is the lineage of the model that answered: the configured one, unless
// the server names a model of another known family than the one asked for.
func (m *Member) provenance(answered string) string {
	if lineage.SameModel(m.Model, answered) {
		return m.Lineage
	}
	family, known := lineage.Of(answered)
	if wanted, _ := lineage.Of(m.Model); !known || family == wanted {
		return m.Lineage
	}
	return family
}

// joined tells all failures on one line; errors.Is and As see every one.
func joined(failures []error) error {
	if len(failures) == 0 {
		return nil
	}
	err := failures[0]
	for _, next := range failures[1:] {
		err = fmt.Errorf("%w; then %w", err, next)
	}
	return err
}

// guarded turns a panic into an error.
func guarded(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	return f()
}
