package progress

import (
	"cmp"
	"slices"
	"time"

	"scrum/reviewers"
)

// Model is the state of all seats of a review. Feed it with Begin, Examining and
// Apply; it has no clock of its own and no lock.
type Model struct {
	start time.Time
	total int // seats, those that had their answer before included
	known int // of them, those that had
	first int // row of the seat 0 of the round of questions that is under way
	rows  []*row
	sites map[string]*site
	order []*site // by name

	usd      float64 // of the seats that have ended
	unpriced bool
}

// row is a seat that has been heard of.
type row struct {
	index    int
	bundle   string
	reviewer string
	site     *site
	phase    reviewers.Phase // "" until something was heard
	attempt  int
	tokens   int
	waitsFor string
	until    time.Time // of Retrying and of a rest: when it ends
	begun    time.Time // the first attempt; zero before it
	why      string    // of Retrying
}

// site is where seats are asked: a provider, or this machine.
type site struct {
	name    string
	counts  Counts
	latency time.Duration // of all seats that were asked and have ended
	asked   int           // those seats
	lanes   int           // the most seats that were asked at the same time
	limited bool          // its rates or its rests have held up a seat
	begun   time.Time     // of its first attempt
}

// Counts says how many seats are in which phase.
type Counts struct {
	Seats                                         int
	Queued, Waiting, Asked, Streaming, Retrying   int
	Engaged, Disengaged, Truncated, Failed, Skips int
}

// Ended is how many seats have their state.
func (c Counts) Ended() int { return c.Engaged + c.Disengaged + c.Truncated + c.Failed + c.Skips }

// Summary is the review as a whole at a moment.
type Summary struct {
	Counts
	Known    int           // seats that had their answer before, which count as ended
	Elapsed  time.Duration // since Begin
	Left     time.Duration // the estimate of what remains; 0 when nothing can be said
	Tokens   int           // that models have written
	USD      float64
	Unpriced bool // USD is a lower bound
}

// Done is how many of the seats need nothing more.
func (s Summary) Done() int { return s.Known + s.Ended() }

// Begin says that seats are about to be asked, of which so many have their answer.
func (m *Model) Begin(now time.Time, seats, known int) {
	*m = Model{start: now, total: seats, known: known, sites: map[string]*site{}}
}

// Examining says that the next round of seats begins, whose events count from 0 again.
func (m *Model) Examining(requests int) {
	m.total += requests
	m.first = len(m.rows)
}

// Apply takes in what has happened. An event of an attempt that is over, as a reviewer
// that ignores its deadline may send, changes nothing.
func (m *Model) Apply(e reviewers.Event, now time.Time) {
	r := m.row(e)
	if r.phase == reviewers.Done {
		return
	}
	if e.Phase == reviewers.Streaming && (e.Attempt != r.attempt || r.phase != reviewers.Sending && r.phase != reviewers.Streaming) {
		return
	}
	m.move(r, e)
	m.spend(e)
	switch e.Phase {
	case reviewers.Waiting:
		r.waitsFor, r.until = e.For, now.Add(e.Wait)
		r.site.limited = r.site.limited || e.For != reviewers.ForBudget
	case reviewers.Sending:
		r.attempt, r.tokens = e.Attempt, 0
		r.start(now)
	case reviewers.Streaming:
		r.tokens = e.Tokens
	case reviewers.Retrying:
		r.until, r.why = now.Add(e.Wait), because(e.Err)
	case reviewers.Done:
		r.end(e)
	}
}

// row of an event; the seats that had their answer before are never heard of.
func (m *Model) row(e reviewers.Event) *row {
	index := m.first + e.Seat
	for len(m.rows) <= index {
		m.rows = append(m.rows, nil)
	}
	if m.rows[index] == nil {
		m.rows[index] = &row{index: index}
	}
	return m.rows[index]
}

// move puts a row where it is now: another phase, or a fallback at another site. The
// pause between an attempt and what follows is no phase to be seen.
func (m *Model) move(r *row, e reviewers.Event) {
	if r.site != nil {
		r.site.counts.add(r.phase, "", -1)
	}
	r.bundle, r.reviewer = e.Bundle, e.Reviewer
	r.site = m.site(siteOf(e))
	if e.Phase != reviewers.Answered {
		r.phase = e.Phase
	}
	r.site.counts.add(r.phase, e.State, 1)
	r.site.lanes = max(r.site.lanes, r.site.counts.Asked+r.site.counts.Streaming)
}

func siteOf(e reviewers.Event) string {
	switch {
	case e.Provider != "":
		return e.Provider
	case e.Kind == reviewers.Analyser:
		return "analysers"
	case e.Kind == reviewers.Command:
		return "commands"
	}
	return e.Reviewer
}

func (m *Model) site(name string) *site {
	if m.sites == nil {
		m.sites = map[string]*site{}
	}
	s := m.sites[name]
	if s == nil {
		s = &site{name: name}
		m.sites[name] = s
		m.order = append(m.order, s)
		slices.SortFunc(m.order, func(a, b *site) int { return cmp.Compare(a.name, b.name) })
	}
	return s
}

func (r *row) start(now time.Time) {
	if r.begun.IsZero() {
		r.begun = now
	}
	if r.site.begun.IsZero() {
		r.site.begun = now
	}
}

func (m *Model) spend(e reviewers.Event) {
	if e.Phase == reviewers.Done {
		m.usd += e.Usage.USD
		m.unpriced = m.unpriced || e.Usage.Unpriced
	}
}

func (r *row) end(e reviewers.Event) {
	r.tokens = e.Usage.CompletionTokens
	if e.Attempt > 0 {
		r.site.asked++
		r.site.latency += e.Latency
	}
}

// add counts n seats more in a phase, or in the state of those that have ended.
func (c *Counts) add(p reviewers.Phase, state reviewers.State, n int) {
	c.Seats += n
	switch p {
	case reviewers.Queued:
		c.Queued += n
	case reviewers.Waiting:
		c.Waiting += n
	case reviewers.Sending:
		c.Asked += n
	case reviewers.Streaming:
		c.Streaming += n
	case reviewers.Retrying:
		c.Retrying += n
	case reviewers.Done:
		c.end(state, n)
	}
}

func (c *Counts) end(state reviewers.State, n int) {
	switch state {
	case reviewers.Engaged:
		c.Engaged += n
	case reviewers.Disengaged:
		c.Disengaged += n
	case reviewers.Truncated:
		c.Truncated += n
	case reviewers.Skipped:
		c.Skips += n
	default:
		c.Failed += n
	}
}

func (c *Counts) plus(d Counts) {
	c.Queued += d.Queued
	c.Waiting += d.Waiting
	c.Asked += d.Asked
	c.Streaming += d.Streaming
	c.Retrying += d.Retrying
	c.Engaged += d.Engaged
	c.Disengaged += d.Disengaged
	c.Truncated += d.Truncated
	c.Failed += d.Failed
	c.Skips += d.Skips
}

// active are the rows that something is going on with, the longest first: a row stays
// where it is until one above it ends. One that waits for a place again is not.
func (m *Model) active() []*row {
	var out []*row
	for _, r := range m.rows {
		if r != nil && r.phase != reviewers.Done && r.phase != reviewers.Queued && !r.begun.IsZero() {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b *row) int {
		return cmp.Or(a.begun.Compare(b.begun), cmp.Compare(a.index, b.index))
	})
	return out
}
