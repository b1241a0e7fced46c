package reviewers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// ErrDown is in the error of every seat that was not asked because others had
// found its provider down.
var ErrDown = errors.New("the provider is down")

// How a provider is known to be down. One seat is enough for what every other
// would meet (a refused key, an empty account, a host that is not there). A fault
// that could be of one request needs as many seats as seatsToDoubt without an
// answer between: then no further seat is sent until one of these is answered, or
// gives up. After outagePause one seat tries again.
const (
	seatsToDoubt = 3
	outagePause  = 30 * time.Second
)

// line is what stands between a seat and its model. A router serves models of many
// makers: one of them can be down while the others answer, so that only what every
// seat of the provider would meet counts for the provider.
type line struct{ provider, model *outage }

func (l line) admit(ctx context.Context) (trial bool, err error) {
	first, err := l.provider.admit(ctx)
	if err != nil {
		return false, err
	}
	second, err := l.model.admit(ctx)
	if err != nil {
		l.provider.leave()
	}
	return first || second, err
}

func (l line) leave() {
	l.model.leave()
	l.provider.leave()
}

func (l line) overtaken() bool { return l.provider.overtaken() || l.model.overtaken() }

func (l line) answered() {
	l.provider.answered()
	l.model.answered()
}

func (l line) gaveUp(e *Error) {
	if certain(e) {
		l.provider.gaveUp(e)
	} else {
		l.model.gaveUp(e)
	}
}

// outage remembers that a provider, or a model there, is down, so that its seats need
// not find out one by one.
type outage struct {
	mu      sync.Mutex
	cause   *Error         // guarded by mu: nil while the provider is not known to be down
	since   time.Time      // guarded by mu: of the cause, or of the last trial
	failing map[*Seat]bool // guarded by mu: seats with failed attempts since the last answer
	trying  int            // guarded by mu: seats that are being asked
	changed chan struct{}  // guarded by mu: closed when waiting seats should look again; nil when none waits
}

// admit lets a seat begin, waits while the provider is in doubt, or gives the
// reason not to ask. Each admitted seat ends with leave. A trial is the seat that
// finds out whether a provider that was down is back.
func (o *outage) admit(ctx context.Context) (trial bool, err error) {
	for {
		o.mu.Lock()
		trial = o.cause != nil && time.Since(o.since) >= outagePause
		switch {
		case trial:
			o.since = time.Now()
		case o.cause != nil:
			err = o.cause.notAsked()
		case o.doubtful(0):
			wait := o.waiting()
			o.mu.Unlock()
			select {
			case <-wait:
				continue
			case <-ctx.Done():
				return false, context.Cause(ctx)
			}
		}
		if err == nil {
			o.trying++
		}
		o.mu.Unlock()
		return trial, err
	}
}

// doubtful has the lock. It is true while seats, other than so many of one's own,
// will show whether the provider answers.
func (o *outage) doubtful(own int) bool {
	return len(o.failing) >= seatsToDoubt && o.trying > own
}

// waiting has the lock.
func (o *outage) waiting() <-chan struct{} {
	if o.changed == nil {
		o.changed = make(chan struct{})
	}
	return o.changed
}

// overtaken tells an admitted seat, which has waited for its turn since, that it
// would not be admitted now.
func (o *outage) overtaken() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.cause != nil || o.doubtful(1)
}

// leave ends what admit began. Nobody waits for seats that are gone.
func (o *outage) leave() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.trying--; o.trying == 0 {
		o.wake()
	}
}

// wake has the lock.
func (o *outage) wake() {
	if o.changed != nil {
		close(o.changed)
		o.changed = nil
	}
}

// answered notes that the provider is up.
func (o *outage) answered() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.cause, o.failing = nil, nil
	o.wake()
}

// failed notes an attempt without an answer.
func (o *outage) failed(s *Seat, e *Error) {
	if !providers(e) {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.failing == nil {
		o.failing = map[*Seat]bool{}
	}
	o.failing[s] = true
}

// gaveUp notes that a seat is not asked on after e.
func (o *outage) gaveUp(e *Error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if certain(e) || providers(e) && len(o.failing) >= seatsToDoubt {
		o.cause, o.since = e, time.Now()
		o.wake()
	}
}

// certain tells the failures that every other seat of the provider would share.
func certain(e *Error) bool {
	switch e.Status {
	case http.StatusUnauthorized, http.StatusPaymentRequired:
		return true
	}
	return e.Unsent || strings.Contains(strings.ToLower(e.Message), "insufficient_quota")
}

// providers tells the failures that may be the provider's rather than the
// request's. A full rate limit is neither: the server is there.
func providers(e *Error) bool {
	return e.Status != http.StatusTooManyRequests && (e.Retryable || e.Unsent || errors.Is(e.Err, context.DeadlineExceeded))
}

func (e *Error) notAsked() *Error {
	out := *e
	out.Retryable, out.RetryAfter, out.Unsent = false, 0, true
	out.Message = "not asked, since its provider was found to be down: " + e.Message
	out.Err = fmt.Errorf("%w: %w", ErrDown, e)
	return &out
}
