package reviewers_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"scrum/prompts"
	"scrum/reviewers"
)

type traceMark struct{}

// TestATraceHearsOfEverySeatAndAttempt has one seat that fails, then answers, and one
// that was answered before.
func TestATraceHearsOfEverySeatAndAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, _ := failing(&reviewers.Error{Status: 503, Retryable: true, Message: "busy"})
		m := member("kimi", "", f)
		var mu sync.Mutex
		var heard []string
		say := func(format string, args ...any) {
			mu.Lock()
			defer mu.Unlock()
			heard = append(heard, fmt.Sprintf(format, args...))
		}
		trace := &reviewers.Trace{
			Seat: func(ctx context.Context, s reviewers.Seat) (context.Context, func(reviewers.Seat)) {
				say("seat %s", s.Bundle)
				return context.WithValue(ctx, traceMark{}, s.Bundle), func(s reviewers.Seat) { say("seat %s %s, %d attempts", s.Bundle, s.State, s.Spent().Attempts) }
			},
			Attempt: func(ctx context.Context, a reviewers.Attempt) func(reviewers.Try) {
				say("attempt %d of %s on %s in the seat of %v", a.Number, a.Member.Name, a.Bundle, ctx.Value(traceMark{}))
				return func(try reviewers.Try) { say("attempt %q", reviewers.Class(try.Err)) }
			},
		}
		p := &reviewers.Panel{Attempts: 2}
		p.Run(reviewers.WithTrace(t.Context(), trace), []reviewers.Seat{{Bundle: "c1", Member: m, Request: prompts.Request{Bundle: "c1"}}})
		p.Run(reviewers.WithTrace(t.Context(), trace), []reviewers.Seat{{Bundle: "c2", Member: m, State: reviewers.Engaged, Cached: true, Prior: &reviewers.Usage{Attempts: 3}}})
		want := []string{
			"seat c1",
			"attempt 1 of kimi on c1 in the seat of c1", `attempt "503"`,
			"attempt 2 of kimi on c1 in the seat of c1", `attempt ""`,
			"seat c1 engaged, 2 attempts",
			"seat c2", "seat c2 engaged, 0 attempts",
		}
		if diff := cmp.Diff(want, heard); diff != "" {
			t.Errorf("heard (-want +got):\n%s", diff)
		}
	})
}

func TestATraceThatPanicsChangesNoSeat(t *testing.T) {
	seat := func(context.Context, reviewers.Seat) (context.Context, func(reviewers.Seat)) { panic("seat") }
	attempt := func(context.Context, reviewers.Attempt) func(reviewers.Try) { panic("attempt") }
	nothing := func(context.Context, reviewers.Seat) (context.Context, func(reviewers.Seat)) { return nil, nil }
	late := func(context.Context, reviewers.Attempt) func(reviewers.Try) {
		return func(reviewers.Try) { panic("late") }
	}
	for i, trace := range []*reviewers.Trace{nil, {}, {Seat: seat}, {Attempt: attempt}, {Seat: nothing, Attempt: late}} {
		p := &reviewers.Panel{}
		got := p.Run(reviewers.WithTrace(t.Context(), trace), []reviewers.Seat{{Bundle: "c1", Member: member("kimi", "", answers("ok"))}})
		if got[0].State != reviewers.Engaged || got[0].Err != nil {
			t.Errorf("trace %d: the seat is %s: %v", i, got[0].State, got[0].Err)
		}
	}
}

func TestTheClassOfAnErrorHasNoneOfItsWords(t *testing.T) {
	said := errors.New("the words of a server")
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"no error", nil, ""},
		{"a status", &reviewers.Error{Status: 429, Message: "slow down", Err: said}, "429"},
		{"a status that is none", &reviewers.Error{Status: 70000}, "other"},
		{"no connection", &reviewers.Error{Unsent: true, Err: said}, "unreachable"},
		{"the deadline", fmt.Errorf("late: %w", context.DeadlineExceeded), "timeout"},
		{"the run's end", fmt.Errorf("%w before kimi was asked", reviewers.ErrInterrupted), "interrupted"},
		{"the budget", fmt.Errorf("not asked: %w", reviewers.ErrBudget), "budget"},
		{"an outage", fmt.Errorf("not asked: %w", reviewers.ErrDown), "outage"},
		{"anything", said, "other"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := reviewers.Class(test.err); got != test.want {
				t.Errorf("Class is %q, want %q", got, test.want)
			}
		})
	}
}

func TestASilentServerIsATimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var classes []string
		trace := &reviewers.Trace{Attempt: func(context.Context, reviewers.Attempt) func(reviewers.Try) {
			return func(try reviewers.Try) { classes = append(classes, reviewers.Class(try.Err)) }
		}}
		p := &reviewers.Panel{SeatDeadline: time.Minute}
		p.Run(reviewers.WithTrace(t.Context(), trace), []reviewers.Seat{{Bundle: "c1", Member: member("kimi", "", after(time.Hour))}})
		if !slices.Equal(classes, []string{"timeout"}) {
			t.Errorf("the classes are %q", classes)
		}
	})
}
