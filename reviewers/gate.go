package reviewers

import (
	"context"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
	"golang.org/x/time/rate"
)

// gate holds the limits of one provider. Seats of other providers never wait at it.
type gate struct {
	slots    *semaphore.Weighted // nil: no limit
	requests *rate.Limiter
	tokens   *rate.Limiter
	outage   outage // of the provider as a whole

	mu     sync.Mutex
	until  time.Time          // guarded by mu: the server asked for rest until then
	models map[string]*outage // guarded by mu: of single models
}

// gate of a member's provider. Commands and analysers load this machine, so they
// have limits without being told.
func (p *Panel) gate(m *Member) *gate {
	key, limits := "provider "+m.Provider, p.Providers[m.Provider]
	if m.Provider == "" {
		switch m.Kind {
		case Command:
			const commands = 4
			key, limits = "command "+m.Name, Limits{Concurrency: commands}
		case Analyser:
			// It looks at the whole change once and answers all its seats from that:
			// one that waits would take a place from another analyser.
			key, limits = "analyser "+m.Name, Limits{Concurrency: 1}
		default:
			key = "member " + m.Name
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gates == nil {
		p.gates = map[string]*gate{}
	}
	g := p.gates[key]
	if g == nil {
		g = newGate(limits)
		p.gates[key] = g
	}
	return g
}

func newGate(l Limits) *gate {
	g := &gate{requests: perMinute(l.RPM, requestBurst(l.RPM)), tokens: perMinute(l.TPM, l.TPM)}
	if l.Concurrency > 0 {
		g.slots = semaphore.NewWeighted(int64(l.Concurrency))
	}
	return g
}

// requestBurst is how many requests may start together. perMinute refills so that
// a burst and the refill after it stay within the limit in any minute.
func requestBurst(rpm int) int { return max(1, rpm/10) }

// perMinute makes a limiter; its burst is what may go at once. Requests count
// exactly: no minute has more than n. Tokens fill a bucket of n, as providers'
// own limits do, because one request can need all of it.
func perMinute(n, burst int) *rate.Limiter {
	if n <= 0 {
		return nil
	}
	refill := n
	if burst < n {
		refill = n - burst + 1
	}
	return rate.NewLimiter(rate.Limit(float64(refill)/60), burst)
}

// line is what stands between a seat and its model: both can be down.
func (g *gate) line(model string) line {
	g.mu.Lock()
	defer g.mu.Unlock()
	o := g.models[model]
	if o == nil {
		if g.models == nil {
			g.models = map[string]*outage{}
		}
		o = &outage{}
		g.models[model] = o
	}
	return line{provider: &g.outage, model: o}
}

// begin is the first enter of a seat, which is not asked while its provider or its
// model is down. Each begin without an error ends with the line's leave.
func (g *gate) begin(ctx context.Context, l line, tokens int, w waits) (release func(), err error) {
	for {
		trial, err := l.admit(ctx)
		if err != nil {
			return nil, err
		}
		release, err := g.enter(ctx, tokens, w)
		if err == nil && (trial || !l.overtaken()) {
			return release, nil
		}
		l.leave()
		if err != nil {
			return nil, err
		}
		release()
	}
}

// enter waits for a slot, for the end of a rest that the server asked for, and for
// the rates. The slot comes first: a rate that was waited for is used at once.
func (g *gate) enter(ctx context.Context, tokens int, w waits) (release func(), err error) {
	release = func() {}
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	if g.slots != nil {
		if !g.slots.TryAcquire(1) {
			w.tell(Queued, "", 0)
			if err := g.slots.Acquire(ctx, 1); err != nil {
				return nil, context.Cause(ctx)
			}
		}
		release = func() { g.slots.Release(1) }
	}
	if err := g.rates(ctx, tokens, w); err != nil {
		release()
		return nil, err
	}
	return release, nil
}

func (g *gate) rates(ctx context.Context, tokens int, w waits) error {
	if g.requests != nil {
		if g.requests.Tokens() < 1 {
			w.tell(Waiting, ForRPM, 0)
		}
		if err := g.requests.Wait(ctx); err != nil {
			return waitError(ctx, err)
		}
	}
	if g.tokens != nil {
		tokens = min(tokens, g.tokens.Burst())
		if g.tokens.Tokens() < float64(tokens) {
			w.tell(Waiting, ForTPM, 0)
		}
		if err := g.tokens.WaitN(ctx, tokens); err != nil {
			return waitError(ctx, err)
		}
	}
	for {
		rest := g.resting()
		if rest <= 0 {
			return nil
		}
		w.tell(Waiting, ForRest, rest)
		sleep(ctx, rest)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
}

func (g *gate) resting() time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	return time.Until(g.until)
}

// waitError: a limiter refuses at once when the wait would outlast the context.
func waitError(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return &Error{Message: "the provider's rate limit leaves no time before the deadline", Advice: "raise rpm, tpm or deadlines.seat", Err: err}
}

// note learns from an attempt that has ended: whether the model is there, and whether
// the provider wants rest, which counts for it as a whole, as its limits do.
func (g *gate) note(l line, s *Seat, err error) {
	e, typed := asError(err)
	switch {
	case err == nil:
		l.answered()
		g.rest(s.Response.Rest)
	case typed:
		l.model.failed(s, e)
		if e.Status == http.StatusTooManyRequests || e.Status == http.StatusServiceUnavailable {
			g.rest(e.RetryAfter)
		}
	}
}

// rest makes everybody wait for so long, because the server said that its limits
// are used up. More than maxWait is not waited for here: the server will say no.
func (g *gate) rest(d time.Duration) {
	if d <= 0 || d > maxWait {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if until := time.Now().Add(d); until.After(g.until) {
		g.until = until
	}
}
