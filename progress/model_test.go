package progress

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"scrum/reviewers"
)

var epoch = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

func at(seconds float64) time.Time {
	return epoch.Add(time.Duration(seconds * float64(time.Second)))
}

// told is an event with the time when it happens.
type told struct {
	at float64
	e  reviewers.Event
}

func seat(i int, p reviewers.Phase) reviewers.Event {
	return reviewers.Event{Seat: i, Bundle: fmt.Sprintf("c%d", i+1), Reviewer: "opus", Provider: "router", Phase: p, Attempt: 1}
}

func done(i int, s reviewers.State, took float64) reviewers.Event {
	e := seat(i, reviewers.Done)
	e.State, e.Latency = s, time.Duration(took*float64(time.Second))
	e.Usage = reviewers.Usage{CompletionTokens: 100, USD: 0.25}
	return e
}

func with(e reviewers.Event, change func(*reviewers.Event)) reviewers.Event { change(&e); return e }

func fed(seats, known int, events ...told) *Model {
	var m Model
	m.Begin(epoch, seats, known)
	for _, t := range events {
		m.Apply(t.e, at(t.at))
	}
	return &m
}

func TestSummary(t *testing.T) {
	streaming := with(seat(0, reviewers.Streaming), func(e *reviewers.Event) { e.Tokens = 40 })
	for _, c := range []struct {
		name   string
		model  *Model
		at     float64
		head   string
		phases string
	}{
		{"nothing is known before anything is heard", fed(3, 0), 2, "0 of 3 seats · 2s", ""},
		{"answers from before count as done", fed(3, 2), 0, "2 of 3 seats · 0s", ""},
		{"no estimate before a seat has ended", fed(2, 0, told{0, seat(0, reviewers.Queued)}, told{0, seat(1, reviewers.Queued)}, told{0, seat(0, reviewers.Sending)}, told{1, streaming}), 5,
			"0 of 2 seats · 5s · 40 tokens", "1 streaming, 1 queued"},
		{"an estimate from what the others took", fed(2, 0, told{0, seat(0, reviewers.Queued)}, told{0, seat(1, reviewers.Queued)}, told{0, seat(0, reviewers.Sending)}, told{10, done(0, reviewers.Engaged, 10)}), 10,
			"1 of 2 seats · 10s · about 10s left · 100 tokens · 0.25 USD", "1 queued"},
		{"two at a time take half as long", fed(6, 0,
			told{0, seat(2, reviewers.Queued)}, told{0, seat(3, reviewers.Queued)}, told{0, seat(4, reviewers.Queued)}, told{0, seat(5, reviewers.Queued)},
			told{0, seat(0, reviewers.Sending)}, told{0, seat(1, reviewers.Sending)}, told{10, done(0, reviewers.Engaged, 10)}, told{10, done(1, reviewers.Engaged, 10)}), 10,
			"2 of 6 seats · 10s · about 20s left · 200 tokens · 0.50 USD", "4 queued"},
		{"what is longer than usual has no estimate", fed(2, 0, told{0, seat(0, reviewers.Sending)}, told{0, seat(1, reviewers.Sending)}, told{4, done(0, reviewers.Engaged, 4)}), 60,
			"1 of 2 seats · 1m0s · 100 tokens · 0.25 USD", "1 asked"},
		{"another place that has not answered leaves nothing to reckon with", fed(2, 0, told{0, seat(0, reviewers.Sending)}, told{1, done(0, reviewers.Engaged, 1)},
			told{1, with(seat(1, reviewers.Sending), func(e *reviewers.Event) { e.Provider = "local" })}), 2, "1 of 2 seats · 2s · 100 tokens · 0.25 USD", "1 asked"},
		{"a place that lets seats wait goes on at its pace", fed(2, 0, told{0, seat(0, reviewers.Sending)}, told{1, done(0, reviewers.Engaged, 1)},
			told{1, with(seat(1, reviewers.Waiting), func(e *reviewers.Event) { e.For = reviewers.ForRPM })}), 30, "1 of 2 seats · 30s · about 30s left · 100 tokens · 0.25 USD", "1 waiting"},
		{"a price that is not known makes the cost a lower bound", fed(1, 0, told{1, with(done(0, reviewers.Failed, 1), func(e *reviewers.Event) { e.Usage.Unpriced = true })}), 1,
			"1 of 1 seat · 1s · 100 tokens · 0.25 USD or more", ""},
		{"the words of an attempt that is over count no more", fed(1, 0, told{0, seat(0, reviewers.Sending)}, told{1, streaming}, told{1, seat(0, reviewers.Retrying)},
			told{2, with(seat(0, reviewers.Sending), func(e *reviewers.Event) { e.Attempt = 2 })}, told{2, streaming}), 2, "0 of 1 seat · 2s", "1 asked"},
		{"nothing is news of a seat that has ended", fed(1, 0, told{0, seat(0, reviewers.Sending)}, told{1, done(0, reviewers.Engaged, 1)}, told{2, streaming}, told{2, seat(0, reviewers.Sending)}), 2,
			"1 of 1 seat · 2s · 100 tokens · 0.25 USD", ""},
		{"a fallback at another place moves the seat there", fed(1, 0, told{0, seat(0, reviewers.Sending)}, told{1, with(seat(0, reviewers.Retrying), func(e *reviewers.Event) { e.Provider = "spare" })}), 1,
			"0 of 1 seat · 1s", "1 retrying"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := c.model.Summary(at(c.at))
			if diff := cmp.Diff([]string{c.head, c.phases}, []string{s.head(), s.phases()}); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatASeatIsDoing(t *testing.T) {
	for _, c := range []struct {
		name, want string
		e          reviewers.Event
	}{
		{"asked", "asked", seat(0, reviewers.Sending)},
		{"asked again", "asked, attempt 2", with(seat(0, reviewers.Sending), func(e *reviewers.Event) { e.Attempt = 2 })},
		{"resting", "waiting 3s for rest that the server asked for", with(seat(0, reviewers.Waiting), func(e *reviewers.Event) { e.For, e.Wait = reviewers.ForRest, 5*time.Second })},
		{"limited", "waiting for tokens per minute", with(seat(0, reviewers.Waiting), func(e *reviewers.Event) { e.For = reviewers.ForTPM })},
		{"retrying", "retrying in 3s: 429 too many␛[31m", with(seat(0, reviewers.Retrying), func(e *reviewers.Event) { e.Wait, e.Err = 5*time.Second, errors.New("429 too\nmany\x1b[31m") })},
		{"retrying at once", "retrying", seat(0, reviewers.Retrying)},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := fed(1, 0, told{0, seat(0, reviewers.Sending)}, told{0, c.e})
			if got := m.rows[0].doing(at(2)); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestQuestionsToOtherLineagesAreSeatsOfTheirOwn(t *testing.T) {
	m := fed(1, 0, told{0, seat(0, reviewers.Sending)}, told{1, done(0, reviewers.Engaged, 1)})
	m.Examining(2)
	m.Apply(seat(0, reviewers.Sending), at(2))
	m.Apply(seat(1, reviewers.Queued), at(2))
	if s := m.Summary(at(2)); s.Done() != 1 || s.Seats != 3 || s.Asked != 1 || s.Queued != 1 {
		t.Errorf("%+v; want one of three done, one asked, one queued", s)
	}
}

// TestNoSeatIsLostOrCountedTwice feeds any events in any order.
func TestNoSeatIsLostOrCountedTwice(t *testing.T) {
	phases := []reviewers.Phase{reviewers.Queued, reviewers.Waiting, reviewers.Sending, reviewers.Streaming, reviewers.Answered, reviewers.Retrying, reviewers.Done}
	states := []reviewers.State{reviewers.Engaged, reviewers.Disengaged, reviewers.Truncated, reviewers.Failed, reviewers.Skipped}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(t, "seats")
		var m Model
		m.Begin(epoch, n, 0)
		heard, last := map[int]bool{}, 0
		for range rapid.IntRange(0, 60).Draw(t, "events") {
			e := seat(rapid.IntRange(0, n-1).Draw(t, "seat"), rapid.SampledFrom(phases).Draw(t, "phase"))
			e.Provider = rapid.SampledFrom([]string{"a", "b", ""}).Draw(t, "provider")
			e.State = rapid.SampledFrom(states).Draw(t, "state")
			e.Attempt, e.Latency = rapid.IntRange(0, 3).Draw(t, "attempt"), time.Second
			heard[e.Seat] = true
			last += rapid.IntRange(0, 5).Draw(t, "pause")
			m.Apply(e, at(float64(last)))
			s := m.Summary(at(float64(last)))
			answered := 0 // heard of for the first time when an attempt ended, which the panel never does
			for _, r := range m.rows {
				if r != nil && r.phase == "" {
					answered++
				}
			}
			if got := s.Ended() + s.Queued + s.Waiting + s.Asked + s.Streaming + s.Retrying + answered; got != len(heard) {
				t.Fatalf("%d seats in %+v, heard of %d", got, s, len(heard))
			}
			if s.Left < 0 || s.Ended() > n {
				t.Fatalf("%+v", s)
			}
			for _, size := range [][2]int{{40, 5}, {1, 1}, {200, 50}} {
				if got := m.layout(at(float64(last)), size[0], size[1]); len(got) > max(size[1]-1, 1) {
					t.Fatalf("%d lines on a terminal of %d", len(got), size[1])
				}
			}
		}
	})
}

func TestGrouped(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1234: "-1,234"} {
		if got := grouped(n); got != want {
			t.Errorf("grouped(%d) is %s, want %s", n, got, want)
		}
	}
}

func BenchmarkApply(b *testing.B) {
	m := fed(1, 0, told{0, seat(0, reviewers.Sending)})
	e := with(seat(0, reviewers.Streaming), func(e *reviewers.Event) { e.Tokens = 7 })
	b.ReportAllocs()
	for b.Loop() {
		m.Apply(e, epoch)
	}
}
