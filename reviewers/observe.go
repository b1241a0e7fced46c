package reviewers

import (
	"sync/atomic"
	"time"
)

// Phase of a seat.
type Phase string

// The phases, in order; all but the last may repeat.
const (
	Queued    Phase = "queued"    // waits for a free place at the provider
	Waiting   Phase = "waiting"   // has a place, and waits for what For names
	Sending   Phase = "sending"   // an attempt begins; no word of the answer has come
	Streaming Phase = "streaming" // the answer is coming
	Answered  Phase = "answered"  // an attempt has ended, as Try tells
	Retrying  Phase = "retrying"  // an attempt failed; the next one begins after Wait, or at once by a fallback
	Done      Phase = "done"      // the seat has its State
)

// What a seat can wait for at its provider.
const (
	ForRPM    = "requests per minute"
	ForTPM    = "tokens per minute"
	ForRest   = "rest that the server asked for"
	ForBudget = "budget that others hold"
)

// Event tells what happens to a seat.
type Event struct {
	Seat     int // index in the seats given to Run
	Bundle   string
	Reviewer string // the member, or the fallback that takes its place
	Provider string // of that reviewer; "" has none
	Kind     Kind   // of that reviewer
	Model    string // that is asked for; "" for tools
	Phase    Phase
	Attempt  int           // of this reviewer, from 1; 0 before the first
	Tokens   int           // of the answer, that came so far
	Wait     time.Duration // of Retrying: until the next attempt; of Waiting: the rest that was asked for
	For      string        // of Waiting
	Try      *Try          // of Answered
	State    State         // of Done
	Lineage  string        // of Done: of the model that answered
	Latency  time.Duration // of Done: as the seat's
	Usage    Usage         // of Done: over all attempts
	Err      error         // of Retrying and Done
}

// event of a seat, of which m is asked.
func event(i int, s *Seat, m *Member, phase Phase) Event {
	e := Event{Seat: i, Bundle: s.Bundle, Phase: phase}
	if m != nil {
		e.Reviewer, e.Provider, e.Kind, e.Model = m.Name, m.Provider, m.Kind, m.Model
	}
	return e
}

func (s *Seat) done(i int) Event {
	e := event(i, s, s.answerer(), Done)
	e.Attempt, e.Tokens, e.State, e.Err = s.Attempts, s.Response.CompletionTokens, s.State, s.Err
	e.Lineage, e.Latency, e.Usage = s.Lineage, s.Latency, s.Usage()
	return e
}

func (t *turn) observe(e Event) {
	told := event(t.index, t.seat, t.member, e.Phase)
	told.Attempt, told.Tokens, told.Wait, told.For, told.Try, told.Err = e.Attempt, e.Tokens, e.Wait, e.For, e.Try, e.Err
	t.round.observe(told)
}

// waits is told by who makes a seat wait at its provider: what for, and how long when
// that is known. nil hears nothing.
type waits func(phase Phase, what string, wait time.Duration)

func (w waits) tell(phase Phase, what string, wait time.Duration) {
	if w != nil {
		w(phase, what, wait)
	}
}

// waits tells of the waits before an attempt. That the first one is queued has been
// said already.
func (t *turn) waits(attempt int) waits {
	return func(phase Phase, what string, wait time.Duration) {
		if phase != Queued || attempt > 1 {
			t.observe(Event{Phase: phase, Attempt: attempt - 1, For: what, Wait: wait})
		}
	}
}

// streamPace is how often a stream is told of: servers send hundreds of words a second.
const streamPace = 250 * time.Millisecond

// streaming hears the tokens of one attempt, and passes on the first news and then no
// more than one each streamPace. A reviewer may call it from several goroutines.
func (t *turn) streaming(attempt int) func(tokens int) {
	start := time.Now()
	var next atomic.Int64 // nanoseconds after start
	return func(tokens int) {
		due, now := next.Load(), int64(time.Since(start))
		if now >= due && next.CompareAndSwap(due, now+int64(streamPace)) {
			t.observe(Event{Phase: Streaming, Attempt: attempt, Tokens: tokens})
		}
	}
}

// Told is the event of a seat that was asked elsewhere: with its place in the run, and, when
// it is done, with how it has ended.
func (s *Seat) Told(i int, phase Phase) Event {
	if phase == Done {
		return s.done(i)
	}
	return event(i, s, s.Member, phase)
}
