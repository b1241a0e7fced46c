package reviewers

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// The pace of retries. A server that asks to wait longer than maxWait is not
// asked again: neither waiting that long nor coming back too early would help.
const (
	firstWait = time.Second
	maxWait   = 2 * time.Minute
)

// patience is how long a reviewer has to return what it got once its context has
// ended. One that does not is left behind, so that it holds up nobody.
const patience = 900 * time.Millisecond

// turn is one reviewer's try at a seat: its attempts under one deadline.
type turn struct {
	round  *round
	index  int
	seat   *Seat
	member *Member
	begun  time.Time
}

// take asks until there is an answer, and gives the error after which there is no
// point in asking on.
func (t *turn) take(ctx context.Context) error {
	if err := t.member.fits(t.seat.Request); err != nil {
		return err
	}
	gate := t.round.panel.gate(t.member)
	line := gate.line(t.member.Model)
	pace := &backoff.ExponentialBackOff{InitialInterval: firstWait, RandomizationFactor: 0.5, Multiplier: 2, MaxInterval: maxWait / 4}
	limited, cancel := ctx, context.CancelFunc(func() {})
	defer func() { cancel() }()
	var last error
	for n := 1; ; n++ {
		leave, err := t.enter(limited, gate, line, n, last)
		if err != nil {
			return t.ended(limited, n-1, err)
		}
		if n == 1 { // waiting for one's turn is nobody's fault
			defer line.leave()
			limited, cancel = t.deadline(ctx)
			t.begin()
		}
		last = t.attempt(limited, n)
		gate.note(line, t.seat, last)
		var wait time.Duration
		if last != nil {
			wait, err = t.pause(limited, line, n, pace.NextBackOff())
		}
		leave() // last: the seat that takes the place must know of an outage
		if last == nil {
			return nil
		}
		if err != nil {
			return t.ended(limited, n, err)
		}
		t.observe(Event{Phase: Retrying, Attempt: n, Wait: wait, Err: last})
		sleep(limited, wait)
	}
}

// enter waits for the provider's limits and sets aside what the attempt can cost.
func (t *turn) enter(ctx context.Context, g *gate, l line, n int, last error) (leave func(), err error) {
	var release func()
	if last == nil {
		release, err = g.begin(ctx, l, t.tokens(), t.waits(n))
	} else {
		release, err = g.enter(ctx, t.tokens(), t.waits(n))
	}
	if err != nil {
		return nil, err
	}
	settle, err := t.round.panel.purse().hold(ctx, t.member, t.promptBytes(), t.waits(n))
	if err != nil {
		release()
		if last == nil {
			l.leave()
		}
		if last != nil {
			err = joined([]error{last, err})
		}
		return nil, err
	}
	return func() {
		settle(t.seat.Tries[len(t.seat.Tries)-1])
		release()
	}, nil
}

// pause tells how long to wait after the attempt that has just failed, or why
// there is no other.
func (t *turn) pause(ctx context.Context, l line, n int, wait time.Duration) (time.Duration, error) {
	last := t.seat.Tries[len(t.seat.Tries)-1].Err
	e, typed := asError(last)
	if !typed {
		return 0, last
	}
	if n >= t.round.panel.Attempts || !e.Retryable || ctx.Err() != nil {
		l.gaveUp(e)
		return 0, last
	}
	wait = max(wait, e.RetryAfter)
	if why := tooLate(ctx, wait); why != "" {
		l.gaveUp(e)
		return 0, fmt.Errorf("%w; not asked again: %s", last, why)
	}
	return wait, nil
}

func (t *turn) promptBytes() int { return len(t.seat.Request.System) + len(t.seat.Request.User) }

func (t *turn) tokens() int {
	const unknownAnswer = 4096
	answer := t.member.MaxTokens
	if answer <= 0 {
		answer = unknownAnswer
	}
	return Estimate(t.promptBytes()) + answer
}

func (t *turn) deadline(ctx context.Context) (context.Context, context.CancelFunc) {
	d := t.round.panel.SeatDeadline
	if d <= 0 {
		return ctx, func() {}
	}
	return context.WithTimeoutCause(ctx, d, &deadlineError{d})
}

// deadlineError is the cause of a seat that took too long.
type deadlineError struct{ after time.Duration }

func (e *deadlineError) Error() string {
	return fmt.Sprintf("the seat's deadline of %s passed", e.after)
}

func (e *deadlineError) Is(target error) bool { return target == context.DeadlineExceeded }

func (t *turn) begin() {
	t.begun = time.Now()
	if t.seat.Attempts == 0 {
		return
	}
	t.begun = t.begun.Add(-t.seat.Latency) // a fallback goes on where the member ended
}

// attempt asks once and records it.
func (t *turn) attempt(ctx context.Context, n int) error {
	t.seat.Attempts++
	t.seat.Used = t.member
	t.observe(Event{Phase: Sending, Attempt: n})
	traced := traceOf(ctx).attempt(ctx, Attempt{Member: t.member, Bundle: t.seat.Bundle, Number: n})
	start := time.Now()
	response, err := t.ask(ctx, n)
	t.seat.Latency = time.Since(t.begun)
	if err != nil {
		t.charge(&response, err)
	}
	try := Try{Member: t.member, Response: response, Latency: time.Since(start), Err: err}
	traced(try)
	t.seat.Tries = append(t.seat.Tries, try)
	t.observe(Event{Phase: Answered, Attempt: n, Tokens: response.CompletionTokens, Try: &try})
	if err != nil {
		return err
	}
	t.seat.Response = response
	t.seat.Lineage = t.member.provenance(response.Model)
	t.seat.State, t.seat.Err = t.judge(response)
	return nil
}

// charge reckons a request that was sent, and then failed without a count, as read
// by the provider: what it will charge is not known, which is not zero.
func (t *turn) charge(r *Response, err error) {
	e, typed := asError(err)
	refused := typed && (e.Unsent || e.Status != 0)
	if t.member.Kind == OpenAI && !refused && r.PromptTokens == 0 && r.CompletionTokens == 0 {
		r.PromptTokens, r.Estimated = Estimate(t.promptBytes()), true
	}
}

// ask runs the reviewer, who may panic or ignore its context.
func (t *turn) ask(ctx context.Context, n int) (Response, error) {
	type result struct {
		response Response
		err      error
	}
	done := make(chan result, 1)
	go func() {
		var r result
		if err := guarded(func() error {
			r.response, r.err = t.member.Reviewer.Review(ctx, t.seat.Request, t.streaming(n))
			return nil
		}); err != nil {
			r.err = &Error{Provider: t.member.Name, Message: err.Error(), Advice: "this is a bug of the reviewer"}
		}
		done <- r
	}()
	select {
	case r := <-done:
		return r.response, r.err
	case <-ctx.Done():
	}
	select {
	case r := <-done:
		return r.response, r.err
	case <-time.After(patience):
		cause := context.Cause(ctx)
		return Response{}, &Error{Provider: t.member.Name, Host: t.member.Host, Message: cause.Error() + ", and the reviewer did not stop", Err: cause}
	}
}

func (t *turn) judge(r Response) (State, error) {
	if t.round.panel.Judge != nil {
		return t.round.panel.Judge(t.seat.Request, t.member, r)
	}
	switch r.FinishReason {
	case "length", "content_filter":
		return Truncated, fmt.Errorf("the answer was cut: finish reason %s", r.FinishReason)
	}
	return Engaged, nil
}

// ended wraps the last error with what a person needs to judge it by.
func (t *turn) ended(ctx context.Context, attempts int, err error) error {
	var late *deadlineError
	if cause := context.Cause(ctx); cause != nil && !errors.As(cause, &late) {
		if attempts == 0 {
			return fmt.Errorf("%w before %s was asked", interrupted(cause), t.member.Name)
		}
		return fmt.Errorf("%w before %s had answered", interrupted(cause), t.member.Name)
	}
	if attempts > 1 {
		return fmt.Errorf("%w (%d attempts)", err, attempts)
	}
	return err
}

// interrupted keeps the run's own reason to stop, when it gave one.
func interrupted(cause error) error {
	if errors.Is(cause, context.Canceled) || errors.Is(cause, ErrInterrupted) {
		return ErrInterrupted
	}
	return fmt.Errorf("%w (%w)", ErrInterrupted, cause)
}

// tooLate tells why it makes no sense to wait, "" when it does.
func tooLate(ctx context.Context, wait time.Duration) string {
	if wait > maxWait {
		return fmt.Sprintf("the server wants %s of rest", wait.Round(time.Second))
	}
	if end, ok := ctx.Deadline(); ok && time.Until(end) <= wait {
		return fmt.Sprintf("a wait of %s would pass the deadline", wait.Round(100*time.Millisecond))
	}
	return ""
}

// sleep waits, or until the context ends: who sleeps looks at it next.
func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
