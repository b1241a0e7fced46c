package reviewers

import (
	"context"
	"errors"
	"strconv"
)

// Trace is told what becomes of seats and attempts while a panel runs, with all that
// is known of them. Its functions may be nil, are called from several goroutines, and
// must not block. What they return may be nil as well.
type Trace struct {
	// Seat begins a seat. The context is the one that its attempts are made in.
	Seat func(ctx context.Context, s Seat) (context.Context, func(ended Seat))
	// Attempt begins the nth attempt of a member, on a bundle or on the half of one.
	Attempt func(ctx context.Context, a Attempt) (ended func(Try))
}

// Attempt is one request to one reviewer, before it is sent.
type Attempt struct {
	Member *Member
	Bundle string
	Number int // of this reviewer on this bundle, from 1
}

type traceKey struct{}

// WithTrace gives a context whose panels tell t what they do.
func WithTrace(ctx context.Context, t *Trace) context.Context {
	return context.WithValue(ctx, traceKey{}, t)
}

func traceOf(ctx context.Context) *Trace {
	if t, ok := ctx.Value(traceKey{}).(*Trace); ok && t != nil {
		return t
	}
	return &Trace{}
}

// seat begins a seat. Whatever the one who listens does wrong, the seat goes on.
func (t *Trace) seat(ctx context.Context, s *Seat) (context.Context, func(*Seat)) {
	inner, ended := ctx, func(Seat) {}
	if t.Seat != nil {
		_ = guarded(func() error {
			if c, e := t.Seat(ctx, *s); c != nil && e != nil {
				inner, ended = c, e
			}
			return nil
		})
	}
	return inner, func(s *Seat) { _ = guarded(func() error { ended(*s); return nil }) }
}

// attempt begins an attempt.
func (t *Trace) attempt(ctx context.Context, a Attempt) func(Try) {
	ended := func(Try) {}
	if t.Attempt != nil {
		_ = guarded(func() error {
			if e := t.Attempt(ctx, a); e != nil {
				ended = e
			}
			return nil
		})
	}
	return func(try Try) { _ = guarded(func() error { ended(try); return nil }) }
}

// known tells of a seat that was answered before, and is not asked again.
func (t *Trace) known(ctx context.Context, s *Seat) {
	_, ended := t.seat(ctx, s)
	ended(s)
}

// Class is one short word for an error of a seat or an attempt, without anything of
// its message: HTTP's status as digits, or interrupted, timeout, budget, outage,
// unreachable, and other for the rest. It is "" for nil.
func Class(err error) string {
	var silent *silence
	e, typed := asError(err)
	switch {
	case err == nil:
		return ""
	case errors.Is(err, ErrInterrupted), errors.Is(err, context.Canceled):
		return "interrupted"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &silent):
		return "timeout"
	case errors.Is(err, ErrBudget):
		return "budget"
	case errors.Is(err, ErrDown):
		return "outage"
	case typed && e.Status >= 100 && e.Status < 600:
		return strconv.Itoa(e.Status)
	case typed && e.Unsent:
		return "unreachable"
	}
	return "other"
}

// Spent is what this run has used up for a seat, without what earlier runs have.
func (s Seat) Spent() Usage {
	var u Usage
	for _, t := range s.Tries {
		u = u.plus(t.usage())
		u.Attempts++
	}
	for _, h := range s.Halves {
		u = u.plus(h.Spent())
	}
	return u
}
