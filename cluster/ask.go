package cluster

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"golang.org/x/sync/singleflight"

	"scrum/prompts"
	"scrum/reviewers"
	"scrum/run"
)

// question is what an activity is asked to do: one model on one seat.
type question struct {
	Plan  string          `json:"plan"`
	Path  []int           `json:"path"`
	Model int             `json:"model"`
	Spent reviewers.Usage `json:"spent"` // on the seat by the models before
}

// outcome is as much of a seat's end as the workflow decides by.
type outcome struct {
	Answered  bool            `json:"a"` // a complete answer: no fallback is asked
	Final     bool            `json:"f"`
	Divisible bool            `json:"d"` // worth another try on halves
	Spent     reviewers.Usage `json:"s"`
}

// asker has what a worker needs to ask.
type asker struct {
	blobs     *Blobs
	providers map[string]reviewers.Provider // those that this worker has a key for, or that need none

	reading singleflight.Group // of plans: the seats of one begin at the same time
	mu      sync.Mutex
	plans   map[string]*plan // guarded by mu: of late, by digest
}

// The types of errors that no other attempt on this worker can heal.
const errRefused = "refused"

// ask makes one attempt at a seat. What it has brought is stored before the server hears
// of it, so that a worker that dies between the two has lost nothing.
func (a *asker) ask(ctx context.Context, q question) (outcome, error) {
	p, err := a.plan(ctx, q.Plan)
	if err != nil {
		return outcome{}, unread(ctx, err)
	}
	s, err := p.at(q.Path)
	if err != nil || q.Model >= len(s.Models) {
		return outcome{}, temporal.NewNonRetryableApplicationError(fmt.Sprintf("the plan has no model %d of seat %v", q.Model, q.Path), errRefused, err)
	}
	if o, ok := a.known(ctx, q, s); ok {
		return o, nil
	}
	member, err := a.member(s.Models[q.Model])
	if err != nil {
		return outcome{}, temporal.NewNonRetryableApplicationError(err.Error(), errRefused, err)
	}
	request, err := a.request(ctx, s.Request)
	if err != nil {
		return outcome{}, unread(ctx, err)
	}
	before := remembered{Spent: q.Spent}
	if activity.HasHeartbeatDetails(ctx) {
		_ = activity.GetHeartbeatDetails(ctx, &before) // what cannot be read is as if it were not there
	}
	return a.attempt(ctx, p.Rules, question{q.Plan, q.Path, q.Model, before.Spent}, s, reviewers.Seat{Bundle: s.Bundle, Member: member, Request: request}, before)
}

// readings of a blob that is not there, before the seat is given up: a shared directory may
// show a file late, but what has expired or is damaged comes back for no worker.
const readings = 5

func unread(ctx context.Context, err error) error {
	lost := errors.Is(err, ErrNoBlob) || errors.Is(err, ErrDamaged)
	if !lost || activity.GetInfo(ctx).Attempt < readings {
		return err
	}
	return temporal.NewNonRetryableApplicationError(err.Error(), errRefused, err)
}

func (a *asker) attempt(ctx context.Context, rules run.Rules, q question, s *seat, ask reviewers.Seat, before remembered) (outcome, error) {
	ask.Prior = &before.Spent
	var tokens counter
	stop, done := make(chan struct{}), make(chan struct{})
	go func() { defer close(done); beat(ctx, stop, before, &tokens) }()
	panel := &reviewers.Panel{Attempts: 1, SeatDeadline: rules.Deadline, Judge: rules.Judge, Observe: func(e reviewers.Event) { tokens.set(e.Tokens) }}
	out := panel.Run(ctx, []reviewers.Seat{ask})[0]
	close(stop)
	<-done
	if ctx.Err() != nil {
		return outcome{}, fmt.Errorf("the worker was told to stop: %w", context.Cause(ctx))
	}
	after := remembered{Attempts: before.Attempts + 1, Spent: out.Usage()}
	if wait, again := another(out, after.Attempts, rules.Attempts); again {
		activity.RecordHeartbeat(ctx, after)
		return outcome{}, temporal.NewApplicationErrorWithOptions(out.Err.Error(), "attempt", temporal.ApplicationErrorOptions{NextRetryDelay: wait})
	}
	kept := run.Store(out)
	if err := a.keep(ctx, q, s, kept); err != nil {
		return outcome{}, err
	}
	return ended(out, kept), nil
}

func ended(out reviewers.Seat, kept run.StoredSeat) outcome {
	return outcome{Answered: kept.Final() || out.State == reviewers.Disengaged, Final: kept.Final(), Divisible: out.Divisible(), Spent: out.Usage()}
}

// another tells whether the model is asked again, and how long to wait: as long as the
// server asks for, else as the retry policy says. Who wants more than two minutes is not
// asked again.
func another(s reviewers.Seat, attempts, most int) (wait time.Duration, again bool) {
	var e *reviewers.Error
	if s.State != reviewers.Failed && s.State != reviewers.Truncated || !errors.As(s.Err, &e) || !e.Retryable || attempts >= most {
		return 0, false
	}
	return e.RetryAfter, e.RetryAfter <= 2*time.Minute
}

// known is the outcome of an attempt whose worker died before the server heard of it, or
// of the same question in another review.
func (a *asker) known(ctx context.Context, q question, s *seat) (outcome, bool) {
	if kept, ok := a.stored(ctx, resultName(q.Plan, q.Path, q.Model)); ok && kept.Final() {
		return ended(kept.Answered(&reviewers.Member{}, prompts.Request{}), kept), true
	}
	if s.Key == "" || q.Model > 0 {
		return outcome{}, false
	}
	kept, ok := a.stored(ctx, answerName(s.Key))
	if !ok || kept.State != reviewers.Engaged {
		return outcome{}, false
	}
	kept = kept.Again(s.Bundle)
	kept.Reviewer = s.Models[0].Name
	if a.put(ctx, resultName(q.Plan, q.Path, q.Model), kept) != nil {
		return outcome{}, false
	}
	return outcome{Answered: true, Final: true, Spent: q.Spent}, true
}

func (a *asker) stored(ctx context.Context, name string) (run.StoredSeat, bool) {
	data, err := a.blobs.Get(ctx, name)
	if err != nil {
		return run.StoredSeat{}, false
	}
	s, err := decode[run.StoredSeat](data)
	return s, err == nil
}

// keep stores how the seat has ended, and an answer that was read properly for other
// reviews too.
func (a *asker) keep(ctx context.Context, q question, s *seat, kept run.StoredSeat) error {
	if err := a.put(ctx, resultName(q.Plan, q.Path, q.Model), kept); err != nil {
		return err
	}
	if s.Key == "" || q.Model > 0 || kept.State != reviewers.Engaged {
		return nil
	}
	return a.put(ctx, answerName(s.Key), kept)
}

func (a *asker) put(ctx context.Context, name string, s run.StoredSeat) error {
	data, err := encode(s)
	if err != nil {
		return err
	}
	return a.blobs.Put(ctx, name, data)
}

// member asks with this worker's own key, and only where its own configuration says: a
// submission must not send a key elsewhere.
func (a *asker) member(m run.Model) (*reviewers.Member, error) {
	own, ok := a.providers[m.Provider.Name]
	if !ok {
		return nil, fmt.Errorf("this worker does not serve the provider %s", m.Provider.Name)
	}
	if own.BaseURL != m.Provider.BaseURL {
		return nil, fmt.Errorf("the provider %s is at %s for this worker, but at %s for who submitted: make their configurations agree", m.Provider.Name, own.BaseURL, m.Provider.BaseURL)
	}
	m.Provider = own
	return m.Member(own.Key)
}

func (a *asker) request(ctx context.Context, digest string) (prompts.Request, error) {
	data, err := a.blobs.Take(ctx, digest)
	if err != nil {
		return prompts.Request{}, err
	}
	return decode[prompts.Request](data)
}

// plansKept bounds the memory: reviews under way at the same time are few.
const plansKept = 16

func (a *asker) plan(ctx context.Context, digest string) (*plan, error) {
	a.mu.Lock()
	p := a.plans[digest]
	a.mu.Unlock()
	if p != nil {
		return p, nil
	}
	read, err, _ := a.reading.Do(digest, func() (any, error) { return a.readPlan(ctx, digest) })
	if err != nil {
		return nil, err //nolint:wrapcheck // of readPlan
	}
	return read.(*plan), nil //nolint:forcetypeassert // as above
}

func (a *asker) readPlan(ctx context.Context, digest string) (*plan, error) {
	data, err := a.blobs.Take(ctx, digest)
	if err != nil {
		return nil, err
	}
	read, err := decode[plan](data)
	if err != nil {
		return nil, err
	}
	if read.Format != planID {
		return nil, fmt.Errorf("the plan has the format %q, this worker reads %q: another worker must take it", read.Format, planID)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.plans == nil || len(a.plans) >= plansKept {
		a.plans = map[string]*plan{}
	}
	a.plans[digest] = &read
	return &read, nil
}

// counter is how many tokens have come.
type counter struct {
	mu sync.Mutex
	n  int // guarded by mu
}

func (c *counter) set(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n = max(c.n, n)
}

func (c *counter) get() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n
}

// beat tells the server that the worker lives, and what the next attempt has to know if it
// should not. It takes the activity's own context: a heartbeat whose context ends makes the
// library take the activity for cancelled.
func beat(ctx context.Context, stop <-chan struct{}, before remembered, tokens *counter) {
	t := time.NewTicker(heartbeat / 5)
	defer t.Stop()
	for { // none at the beginning: most seats are shorter, and the server writes each to its disk
		select {
		case <-t.C:
			before.Tokens = tokens.get()
			activity.RecordHeartbeat(ctx, before)
		case <-stop:
			return
		}
	}
}

func asApplication(err error, target **temporal.ApplicationError) bool { return errors.As(err, target) }
