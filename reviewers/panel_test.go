package reviewers_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"scrum/prompts"
	"scrum/reviewers"
)

// review is a reviewer made of a function.
type review func(ctx context.Context, req prompts.Request) (reviewers.Response, error)

func (f review) Review(ctx context.Context, req prompts.Request, progress func(int)) (reviewers.Response, error) {
	progress(1)
	return f(ctx, req)
}

func member(name, provider string, f review) *reviewers.Member {
	return &reviewers.Member{Name: name, Kind: reviewers.OpenAI, Lineage: name + "-family", Model: name, Provider: provider, Reviewer: f}
}

func answers(text string) review {
	return func(context.Context, prompts.Request) (reviewers.Response, error) {
		return reviewers.Response{Text: text, FinishReason: "stop", CompletionTokens: 7}, nil
	}
}

// after answers when so much time has passed.
func after(d time.Duration) review {
	return func(ctx context.Context, _ prompts.Request) (reviewers.Response, error) {
		select {
		case <-time.After(d):
			return reviewers.Response{Text: "late", FinishReason: "stop"}, nil
		case <-ctx.Done():
			return reviewers.Response{}, context.Cause(ctx)
		}
	}
}

// failing fails with the errors in turn, then answers.
func failing(errs ...error) (review, *atomic.Int64) {
	var calls atomic.Int64
	return func(context.Context, prompts.Request) (reviewers.Response, error) {
		if n := int(calls.Add(1)); n <= len(errs) {
			return reviewers.Response{}, errs[n-1]
		}
		return reviewers.Response{Text: "at last", FinishReason: "stop"}, nil
	}, &calls
}

func busy(after time.Duration) error {
	return &reviewers.Error{Provider: "p", Status: http.StatusTooManyRequests, RetryAfter: after, Retryable: true, Message: "busy"}
}

func broken() error {
	return &reviewers.Error{Provider: "p", Status: http.StatusBadRequest, Message: "broken"}
}

func seats(members ...*reviewers.Member) []reviewers.Seat {
	var out []reviewers.Seat
	for i, m := range members {
		id := fmt.Sprintf("c%d", i+1)
		out = append(out, reviewers.Seat{Bundle: id, Member: m, Request: prompts.Request{Bundle: id, User: "diff"}})
	}
	return out
}

// in runs a test in a bubble where time passes by itself.
func in(t *testing.T, f func(t *testing.T)) { t.Helper(); synctest.Test(t, f) }

func TestThreeReviewersAreAskedAtTheSameTime(t *testing.T) {
	var all sync.WaitGroup
	all.Add(3)
	var members []*reviewers.Member
	for _, name := range []string{"opus", "kimi", "qwen"} {
		p := serve(t, func(w http.ResponseWriter, r *http.Request) {
			all.Done()
			all.Wait() // nobody is answered before everybody has asked
			say(hello, world, stop, counts, done)(w, r)
		})
		members = append(members, &reviewers.Member{Name: name, Lineage: name, Provider: name, Reviewer: reviewer(t, p, reviewers.OpenAIOptions{})})
	}
	p := &reviewers.Panel{Attempts: 1}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for i, s := range p.Run(ctx, seats(members...)) {
		if s.State != reviewers.Engaged || s.Member != members[i] || s.Response.Text != "hello world" {
			t.Errorf("seat %d: %s %q, %v", i, s.State, s.Response.Text, s.Err)
		}
	}
}

func TestTheSlowestSeatIsTheWallTime(t *testing.T) {
	in(t, func(t *testing.T) {
		start := time.Now()
		p := &reviewers.Panel{Providers: map[string]reviewers.Limits{"p": {Concurrency: 10}}}
		p.Run(t.Context(), seats(member("a", "p", after(time.Minute)), member("b", "p", after(2*time.Minute)), member("c", "q", after(3*time.Minute))))
		if took := time.Since(start); took != 3*time.Minute {
			t.Errorf("took %s, want that of the slowest seat", took)
		}
	})
}

func TestEverySeatComesBackInItsPlaceWithAState(t *testing.T) {
	in(t, func(t *testing.T) {
		already := reviewers.Seat{Bundle: "c9", State: reviewers.Engaged, Response: reviewers.Response{Text: "stored"}}
		given := append(seats(
			member("good", "p", answers("fine")),
			member("bad", "p", func(context.Context, prompts.Request) (reviewers.Response, error) {
				return reviewers.Response{}, broken()
			}),
			member("mad", "p", func(context.Context, prompts.Request) (reviewers.Response, error) { panic("boo") }),
			&reviewers.Member{Name: "none", Reviewer: answers(""), Skip: func([]string) string { return "no Go files" }},
			&reviewers.Member{Name: "empty"},
		), already, reviewers.Seat{Bundle: "c10"})
		p := &reviewers.Panel{Attempts: 3}
		got := p.Run(t.Context(), given)
		want := []string{
			"c1 engaged good-family",
			"c2 failed bad-family p: 400 Bad Request: broken",
			"c3 failed mad-family mad: panic: boo; this is a bug of the reviewer",
			"c4 skipped  no Go files",
			"c5 failed  empty on c5: the seat has no reviewer",
			"c9 engaged ",
			"c10 failed   on c10: the seat has no reviewer",
		}
		for i, s := range got {
			line := fmt.Sprintf("%s %s %s", s.Bundle, s.State, s.Lineage)
			if s.Err != nil {
				line += " " + s.Err.Error()
			}
			if line != want[i] {
				t.Errorf("seat %d is %q, want %q", i, line, want[i])
			}
		}
		if given[0].State != "" {
			t.Error("the caller's own seats were changed")
		}
	})
}

func TestTheJudgeDecidesOverTheState(t *testing.T) {
	in(t, func(t *testing.T) {
		why := errors.New("names 1 of 3 files")
		p := &reviewers.Panel{Judge: func(_ prompts.Request, m *reviewers.Member, r reviewers.Response) (reviewers.State, error) {
			if m.Name == "mad" {
				panic("judge")
			}
			if r.Text == "thin" {
				return reviewers.Disengaged, why
			}
			return reviewers.Engaged, nil
		}}
		got := p.Run(t.Context(), seats(member("a", "", answers("thin")), member("b", "", answers("thick")), member("mad", "", answers(""))))
		if got[0].State != reviewers.Disengaged || !errors.Is(got[0].Err, why) || got[1].State != reviewers.Engaged || got[1].Err != nil {
			t.Errorf("states are %s (%v), %s (%v)", got[0].State, got[0].Err, got[1].State, got[1].Err)
		}
		if got[2].State != reviewers.Failed || !strings.Contains(got[2].Err.Error(), "mad on c3: panic: judge") {
			t.Errorf("seat of the panicking judge: %s, %v", got[2].State, got[2].Err)
		}
	})
}

func TestWithoutAJudgeACutAnswerIsTruncated(t *testing.T) {
	in(t, func(t *testing.T) {
		cut := func(context.Context, prompts.Request) (reviewers.Response, error) {
			return reviewers.Response{Text: "and then", FinishReason: "length"}, nil
		}
		got := (&reviewers.Panel{}).Run(t.Context(), seats(member("a", "", cut)))
		if got[0].State != reviewers.Truncated || got[0].Err == nil {
			t.Errorf("%s, %v", got[0].State, got[0].Err)
		}
	})
}

func TestAnAnswerThatCannotBeStoredDoesNotCount(t *testing.T) {
	in(t, func(t *testing.T) {
		full := errors.New("disk full")
		var stored []string
		p := &reviewers.Panel{Store: func(s reviewers.Seat) error {
			stored = append(stored, s.Bundle+" "+string(s.State)) // one at a time: the race detector watches
			if s.Bundle == "c2" {
				return full
			}
			return nil
		}}
		got := p.Run(t.Context(), seats(member("a", "", answers("x")), member("b", "", answers("y")), &reviewers.Member{Name: "c", Reviewer: answers(""), Skip: func([]string) string { return "no" }}))
		if got[0].State != reviewers.Engaged || got[1].State != reviewers.Failed || !errors.Is(got[1].Err, full) {
			t.Errorf("states %s, %s (%v)", got[0].State, got[1].State, got[1].Err)
		}
		slices.Sort(stored)
		if diff := cmp.Diff([]string{"c1 engaged", "c2 engaged", "c3 skipped"}, stored); diff != "" {
			t.Errorf("stored (-want +got):\n%s", diff)
		}
	})
}

func TestRetriesHealWhatCanHeal(t *testing.T) {
	for _, c := range []struct {
		name  string
		errs  []error
		calls int64
		state reviewers.State
		err   string
	}{
		{"nothing to heal", nil, 1, reviewers.Engaged, ""},
		{"two failures", []error{busy(0), busy(0)}, 3, reviewers.Engaged, ""},
		{"one failure too many", []error{busy(0), busy(0), busy(0)}, 3, reviewers.Failed, "p: 429 Too Many Requests: busy (3 attempts)"},
		{"a failure for good", []error{broken()}, 1, reviewers.Failed, "p: 400 Bad Request: broken"},
		{"a failure for good after one that is not", []error{busy(0), broken()}, 2, reviewers.Failed, "p: 400 Bad Request: broken (2 attempts)"},
		{"an error of unknown kind", []error{errors.New("odd")}, 1, reviewers.Failed, "odd"},
		{"a rest that is too long", []error{busy(time.Hour)}, 1, reviewers.Failed, "p: 429 Too Many Requests: busy; not asked again: the server wants 1h0m0s of rest"},
		{"a rest beyond the deadline", []error{busy(100 * time.Second)}, 1, reviewers.Failed, "p: 429 Too Many Requests: busy; not asked again: a wait of 1m40s would pass the deadline"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in(t, func(t *testing.T) {
				f, calls := failing(c.errs...)
				got := (&reviewers.Panel{Attempts: 3, SeatDeadline: 90 * time.Second}).Run(t.Context(), seats(member("a", "p", f)))[0]
				if calls.Load() != c.calls || got.Attempts != int(c.calls) || len(got.Tries) != int(c.calls) {
					t.Errorf("asked %d times, says %d and lists %d; want %d", calls.Load(), got.Attempts, len(got.Tries), c.calls)
				}
				if got.State != c.state || got.Err == nil && c.err != "" || got.Err != nil && got.Err.Error() != c.err {
					t.Errorf("%s: %v; want %s: %s", got.State, got.Err, c.state, c.err)
				}
				var e *reviewers.Error
				if c.err != "" && c.err != "odd" && !errors.As(got.Err, &e) {
					t.Error("the typed error was lost")
				}
			})
		})
	}
}

func TestRetriesWaitLongerEachTimeAndAsLongAsAsked(t *testing.T) {
	in(t, func(t *testing.T) {
		var starts []time.Time
		f := func(context.Context, prompts.Request) (reviewers.Response, error) {
			starts = append(starts, time.Now())
			if len(starts) == 3 {
				return reviewers.Response{}, busy(20 * time.Second)
			}
			return reviewers.Response{}, busy(0)
		}
		var waits []time.Duration
		p := &reviewers.Panel{Attempts: 4, Observe: func(e reviewers.Event) {
			if e.Phase == reviewers.Retrying {
				waits = append(waits, e.Wait)
			}
		}}
		p.Run(t.Context(), seats(member("a", "p", f)))
		for i, bounds := range [][2]time.Duration{{500 * time.Millisecond, 1500 * time.Millisecond}, {time.Second, 3 * time.Second}, {20 * time.Second, 20 * time.Second}} {
			gap := starts[i+1].Sub(starts[i])
			if gap < bounds[0] || gap > bounds[1] || waits[i] != gap {
				t.Errorf("wait %d was %s (announced %s), want %s to %s", i+1, gap, waits[i], bounds[0], bounds[1])
			}
		}
	})
}

func TestWhenAProviderAsksForRestAllItsSeatsRest(t *testing.T) {
	in(t, func(t *testing.T) {
		begin := time.Now()
		first := true
		limited := func(context.Context, prompts.Request) (reviewers.Response, error) {
			if first {
				first = false
				return reviewers.Response{}, busy(30 * time.Second)
			}
			if rested := time.Since(begin); rested < 30*time.Second {
				t.Errorf("asked again after %s", rested)
			}
			return reviewers.Response{Text: "ok", FinishReason: "stop"}, nil
		}
		var other time.Duration
		free := func(context.Context, prompts.Request) (reviewers.Response, error) {
			other = time.Since(begin)
			return reviewers.Response{Text: "ok", FinishReason: "stop"}, nil
		}
		m := member("a", "p", limited)
		p := &reviewers.Panel{Attempts: 2, Providers: map[string]reviewers.Limits{"p": {Concurrency: 1}}}
		for _, s := range p.Run(t.Context(), seats(m, m, m, member("b", "q", free))) {
			if s.State != reviewers.Engaged {
				t.Errorf("%s of %s: %v", s.State, s.Bundle, s.Err)
			}
		}
		if other != 0 {
			t.Errorf("another provider's seat waited %s", other)
		}
	})
}

func TestASlowProviderHoldsBackNobodyElse(t *testing.T) {
	in(t, func(t *testing.T) {
		slow, quick := member("slow", "p", after(time.Hour)), member("quick", "q", after(time.Second))
		var given []*reviewers.Member
		for range 50 {
			given = append(given, slow, quick)
		}
		begin := time.Now()
		finished := map[string]time.Duration{}
		p := &reviewers.Panel{
			Providers: map[string]reviewers.Limits{"p": {Concurrency: 1, RPM: 1}, "q": {Concurrency: 5}},
			Observe: func(e reviewers.Event) {
				if e.Phase == reviewers.Done {
					finished[e.Reviewer] = time.Since(begin)
				}
			},
		}
		p.Run(t.Context(), seats(given...))
		if finished["quick"] != 10*time.Second || finished["slow"] != 50*time.Hour {
			t.Errorf("finished after %v, want the quick ones after 10s", finished)
		}
	})
}

func TestConcurrencyIsAsMuchAsAllowedAndNoMore(t *testing.T) {
	in(t, func(t *testing.T) {
		var mu sync.Mutex
		running, most := 0, 0
		m := member("a", "p", func(context.Context, prompts.Request) (reviewers.Response, error) {
			mu.Lock()
			running++
			most = max(most, running)
			mu.Unlock()
			time.Sleep(time.Second)
			mu.Lock()
			running--
			mu.Unlock()
			return reviewers.Response{FinishReason: "stop"}, nil
		})
		p := &reviewers.Panel{Providers: map[string]reviewers.Limits{"p": {Concurrency: 3}}}
		p.Run(t.Context(), seats(slices.Repeat([]*reviewers.Member{m}, 30)...))
		if most != 3 {
			t.Errorf("%d at once, want 3", most)
		}
	})
}

func TestNoMinuteHasMoreRequestsThanAllowed(t *testing.T) {
	for _, rpm := range []int{1, 2, 7, 10, 60, 600} {
		t.Run(fmt.Sprint(rpm), func(t *testing.T) {
			in(t, func(t *testing.T) {
				var mu sync.Mutex
				var starts []time.Time
				m := member("a", "p", func(context.Context, prompts.Request) (reviewers.Response, error) {
					mu.Lock()
					defer mu.Unlock()
					starts = append(starts, time.Now())
					return reviewers.Response{FinishReason: "stop"}, nil
				})
				p := &reviewers.Panel{Providers: map[string]reviewers.Limits{"p": {RPM: rpm}}}
				begin := time.Now()
				for range 2 { // the limit holds across runs
					p.Run(t.Context(), seats(slices.Repeat([]*reviewers.Member{m}, rpm+3)...))
				}
				for i := range starts {
					if j := i + rpm; j < len(starts) && starts[j].Sub(starts[i]) < time.Minute-time.Millisecond {
						t.Fatalf("requests %d to %d within %s", i, j, starts[j].Sub(starts[i]))
					}
				}
				if took := time.Since(begin); took > 10*time.Minute {
					t.Errorf("took %s: the limit is not used", took)
				}
			})
		})
	}
}

func TestTokensPerMinuteCountPromptAndLongestAnswer(t *testing.T) {
	in(t, func(t *testing.T) {
		m := member("a", "p", answers("ok"))
		m.MaxTokens = 500
		given := seats(slices.Repeat([]*reviewers.Member{m}, 4)...)
		for i := range given {
			given[i].Request.User = strings.Repeat("x", 1750) // 500 tokens
		}
		p := &reviewers.Panel{Providers: map[string]reviewers.Limits{"p": {TPM: 2000}}}
		begin := time.Now()
		p.Run(t.Context(), given)
		// Two requests of 1,000 tokens go at once, the others when 2,000 more are there.
		if took := time.Since(begin).Round(time.Second); took != time.Minute {
			t.Errorf("took %s, want a minute", took)
		}
		given[0].Request.User = strings.Repeat("x", 1<<20)
		got := p.Run(t.Context(), given[:1])
		if got[0].State != reviewers.Engaged {
			t.Errorf("a request above the limit: %s, %v", got[0].State, got[0].Err)
		}
	})
}

func TestASeatHasADeadlineFromItsFirstAttempt(t *testing.T) {
	in(t, func(t *testing.T) {
		m := member("a", "p", after(time.Hour))
		p := &reviewers.Panel{Attempts: 3, SeatDeadline: time.Minute, Providers: map[string]reviewers.Limits{"p": {Concurrency: 1}}}
		got := p.Run(t.Context(), seats(m, m, m))
		for _, s := range got {
			if s.State != reviewers.Failed || s.Latency != time.Minute || s.Attempts != 1 {
				t.Errorf("%s after %s and %d attempts, want failed after a minute of its own", s.State, s.Latency, s.Attempts)
			}
			if !errors.Is(s.Err, context.DeadlineExceeded) || !strings.Contains(s.Err.Error(), "deadline of 1m0s passed") {
				t.Errorf("error is %v", s.Err)
			}
			if errors.Is(s.Err, reviewers.ErrInterrupted) {
				t.Errorf("a seat's own deadline counts as an interruption")
			}
		}
	})
}

func TestInterruptionReturnsWithinASecondWithWhatCame(t *testing.T) {
	in(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		release := make(chan struct{})
		defer close(release)
		partly := func(ctx context.Context, _ prompts.Request) (reviewers.Response, error) {
			<-ctx.Done()
			return reviewers.Response{Text: "### BLOCK: half"}, &reviewers.Error{Message: "cut"}
		}
		deaf := func(context.Context, prompts.Request) (reviewers.Response, error) {
			<-release
			return reviewers.Response{Text: "too late", FinishReason: "stop"}, nil
		}
		retrying, _ := failing(slices.Repeat([]error{busy(time.Minute)}, 9)...)
		given := seats(member("done", "", answers("whole")), member("half", "", partly), member("hung", "", after(time.Hour)),
			member("deaf", "", deaf), member("retrying", "", retrying), member("queued", "p", after(time.Hour)), member("queued", "p", after(time.Hour)))
		go func() { time.Sleep(10 * time.Second); cancel() }()
		begin := time.Now()
		p := &reviewers.Panel{Attempts: 9, Providers: map[string]reviewers.Limits{"p": {Concurrency: 1}}}
		got := p.Run(ctx, given)
		if took := time.Since(begin); took > 11*time.Second {
			t.Errorf("returned %s after the interruption", took-10*time.Second)
		}
		states := map[string]int{}
		for _, s := range got {
			states[s.Member.Name+" "+string(s.State)+" "+s.Response.Text]++
			if s.State != reviewers.Engaged && !errors.Is(s.Err, reviewers.ErrInterrupted) {
				t.Errorf("%s: error is %v, want an interruption", s.Member.Name, s.Err)
			}
		}
		want := map[string]int{"done engaged whole": 1, "half truncated ### BLOCK: half": 1, "hung failed ": 1, "deaf failed ": 1, "retrying failed ": 1, "queued failed ": 1, "queued skipped ": 1}
		if diff := cmp.Diff(want, states); diff != "" {
			t.Errorf("states (-want +got):\n%s", diff)
		}
	})
}

func TestAHungServerIsLeftWithinASecond(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var asked sync.WaitGroup
	asked.Add(2)
	hang := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		w.(http.Flusher).Flush()
		asked.Done()
		<-r.Context().Done()
	})
	m := &reviewers.Member{Name: "hung", Reviewer: reviewer(t, hang, reviewers.OpenAIOptions{})}
	go func() { asked.Wait(); cancel() }()
	for _, s := range (&reviewers.Panel{Attempts: 3}).Run(ctx, seats(m, m)) {
		if s.State != reviewers.Failed || !errors.Is(s.Err, reviewers.ErrInterrupted) || s.Attempts != 1 {
			t.Errorf("%s after %d attempts: %v", s.State, s.Attempts, s.Err)
		}
	}
}

func TestTheRunsOwnReasonToStopIsTold(t *testing.T) {
	in(t, func(t *testing.T) {
		spent := errors.New("the budget is spent")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(spent)
		got := (&reviewers.Panel{}).Run(ctx, seats(member("a", "p", answers("x"))))[0]
		if got.State != reviewers.Skipped || !errors.Is(got.Err, spent) || !errors.Is(got.Err, reviewers.ErrInterrupted) {
			t.Errorf("%s: %v", got.State, got.Err)
		}
		if want := "interrupted (the budget is spent) before a was asked"; got.Err.Error() != want {
			t.Errorf("error is %q, want %q", got.Err, want)
		}
	})
}

func TestAFallbackTakesOverOpenly(t *testing.T) {
	in(t, func(t *testing.T) {
		f, calls := failing(busy(0), busy(0), busy(0))
		m := member("kimi-k2.6", "p", f)
		gone := member("kimi-k2.5", "p", func(context.Context, prompts.Request) (reviewers.Response, error) {
			return reviewers.Response{}, broken()
		})
		spare := member("glm-5", "q", answers("instead"))
		m.Fallbacks = []*reviewers.Member{gone, spare}
		var story []string
		p := &reviewers.Panel{Attempts: 2, Observe: func(e reviewers.Event) {
			story = append(story, fmt.Sprintf("%s %s %d", e.Reviewer, e.Phase, e.Attempt))
		}}
		got := p.Run(t.Context(), seats(m))[0]
		if got.State != reviewers.Engaged || got.Used != spare || got.Lineage != "glm-5-family" || got.Member != m || got.Err != nil {
			t.Errorf("%s by %v of %s: %v", got.State, got.Used, got.Lineage, got.Err)
		}
		if calls.Load() != 2 || got.Attempts != 4 || len(got.Tries) != 4 || got.Tries[3].Member != spare {
			t.Errorf("%d calls, %d attempts, tries %v", calls.Load(), got.Attempts, got.Tries)
		}
		want := []string{
			"kimi-k2.6 queued 0", "kimi-k2.6 sending 1", "kimi-k2.6 streaming 1", "kimi-k2.6 answered 1",
			"kimi-k2.6 retrying 1", "kimi-k2.6 sending 2", "kimi-k2.6 streaming 2", "kimi-k2.6 answered 2",
			"kimi-k2.5 retrying 0", "kimi-k2.5 sending 1", "kimi-k2.5 streaming 1", "kimi-k2.5 answered 1",
			"glm-5 retrying 0", "glm-5 sending 1", "glm-5 streaming 1", "glm-5 answered 1", "glm-5 done 4",
		}
		if diff := cmp.Diff(want, story); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
	})
}

func TestTheLongestPartOfAnAnswerIsKept(t *testing.T) {
	in(t, func(t *testing.T) {
		texts := []string{"short", "the longest of them", ""}
		n := 0
		f := func(context.Context, prompts.Request) (reviewers.Response, error) {
			n++
			return reviewers.Response{Text: texts[n-1], Model: "qwen3-coder", PromptTokens: 1e6, CompletionTokens: 1e6, Estimated: true}, busy(0)
		}
		m := member("claude-opus-4.7", "p", f)
		m.Lineage, m.Price = "anthropic", &reviewers.Price{Input: 1, Output: 2}
		got := (&reviewers.Panel{Attempts: 3}).Run(t.Context(), seats(m))[0]
		if got.State != reviewers.Truncated || got.Response.Text != texts[1] || got.Err == nil || got.Lineage != "qwen" {
			t.Errorf("%s %q of %s: %v", got.State, got.Response.Text, got.Lineage, got.Err)
		}
		if u := got.Usage(); u.USD != 9 || u.Unpriced {
			t.Errorf("cost is %+v; want all three attempts: 9", u)
		}
		m.Price = nil
		if u := got.Usage(); !u.Unpriced {
			t.Error("the cost of an unknown price is known")
		}
	})
}

func TestLineageIsThatOfTheModelThatAnswered(t *testing.T) {
	for _, c := range []struct {
		name, configured, asked, answered, want string
		substituted                             bool
	}{
		{"the same model", "anthropic", "anthropic/claude-opus-4.7", "claude-opus-4-7-20260416", "anthropic", false},
		{"a server that does not say", "anthropic", "claude-opus-4.7", "", "anthropic", false},
		{"a sibling", "anthropic", "claude-opus-4.7", "claude-haiku-4.5", "anthropic", true},
		{"another family", "anthropic", "claude-opus-4.7", "qwen3-coder", "qwen", true},
		{"a name that nobody knows", "anthropic", "claude-opus-4.7", "house-model", "anthropic", true},
		{"a lineage set by hand", "ours", "qwen3-coder", "qwen/qwen3-coder", "ours", false},
		{"a lineage set by hand, a sibling", "ours", "qwen3-coder", "qwen3-235b", "ours", true},
		{"a router's choice", "unknown", "openrouter/auto", "openai/gpt-5.5", "openai", true},
		{"an alias of a gateway", "anthropic", "reviewer-1", "openai/gpt-5.5", "openai", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			in(t, func(t *testing.T) {
				m := member("m", "p", func(context.Context, prompts.Request) (reviewers.Response, error) {
					return reviewers.Response{Text: "x", Model: c.answered, FinishReason: "stop"}, nil
				})
				m.Model, m.Lineage = c.asked, c.configured
				got := (&reviewers.Panel{}).Run(t.Context(), seats(m))[0]
				if got.Lineage != c.want || got.Substituted() != c.substituted {
					t.Errorf("lineage %s, substituted %v; want %s, %v", got.Lineage, got.Substituted(), c.want, c.substituted)
				}
			})
		})
	}
}

func TestNothingIsObservedAfterTheEnd(t *testing.T) {
	in(t, func(t *testing.T) {
		over := false
		deaf := &reviewers.Member{Name: "deaf", Reviewer: late{}}
		p := &reviewers.Panel{SeatDeadline: time.Second, Observe: func(e reviewers.Event) {
			if over {
				t.Errorf("%+v after Run has returned", e)
			}
		}}
		p.Run(t.Context(), seats(deaf))
		over = true
		time.Sleep(time.Minute)
	})
}

// late goes on after its context has ended.
type late struct{}

func (late) Review(_ context.Context, _ prompts.Request, progress func(int)) (reviewers.Response, error) {
	time.Sleep(30 * time.Second)
	progress(1)
	return reviewers.Response{}, nil
}

func TestManySeatsWithManyFaultsAllEndOnce(t *testing.T) {
	in(t, func(t *testing.T) {
		var requests atomic.Int64
		faulty := func(ctx context.Context, _ prompts.Request) (reviewers.Response, error) {
			requests.Add(1)
			time.Sleep(time.Duration(rand.IntN(5000)) * time.Millisecond)
			switch rand.IntN(25) {
			case 0:
				return reviewers.Response{}, busy(time.Duration(rand.IntN(3)) * time.Second)
			case 1:
				return reviewers.Response{Text: "half"}, &reviewers.Error{Retryable: true, Message: "cut"}
			case 2:
				return reviewers.Response{}, broken()
			case 3:
				panic("fault")
			case 4:
				<-ctx.Done()
				return reviewers.Response{}, context.Cause(ctx)
			}
			return reviewers.Response{Text: "whole", FinishReason: "stop"}, nil
		}
		var given []*reviewers.Member
		for i := range 2000 {
			m := member(fmt.Sprintf("m%d", i%7), fmt.Sprintf("p%d", i%3), faulty)
			if i%2 == 0 {
				m.Fallbacks = []*reviewers.Member{member("spare", "p3", faulty)}
			}
			given = append(given, m)
		}
		ends := map[int]int{}
		stored := 0
		p := &reviewers.Panel{
			Attempts: 3, SeatDeadline: 5 * time.Minute,
			Providers: map[string]reviewers.Limits{"p0": {Concurrency: 50}, "p1": {Concurrency: 20, RPM: 600}, "p2": {TPM: 1_000_000}},
			Observe: func(e reviewers.Event) {
				if e.Phase == reviewers.Done {
					ends[e.Seat]++
				}
			},
			Store: func(reviewers.Seat) error { stored++; return nil },
		}
		attempts, engaged := 0, 0
		for i, s := range p.Run(t.Context(), seats(given...)) {
			attempts += s.Attempts
			if s.Attempts != len(s.Tries) || ends[i] != 1 {
				t.Fatalf("seat %d: %d attempts, %d tries, %d ends", i, s.Attempts, len(s.Tries), ends[i])
			}
			switch {
			case s.State == reviewers.Engaged && s.Response.Text == "whole" && s.Err == nil:
				engaged++
			case s.State == reviewers.Truncated && s.Response.Text == "half" && s.Err != nil:
			case s.State == reviewers.Failed && s.Response.Text == "" && s.Err != nil:
			default:
				t.Fatalf("seat %d: %s %q, %v", i, s.State, s.Response.Text, s.Err)
			}
		}
		if int64(attempts) != requests.Load() || stored != 2000 {
			t.Errorf("%d attempts recorded, %d made; %d seats stored", attempts, requests.Load(), stored)
		}
		if engaged < 1500 {
			t.Errorf("only %d of 2000 engaged", engaged)
		}
	})
}

func TestEstimateAndCost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(-10, 1<<30).Draw(t, "bytes")
		got := reviewers.Estimate(n)
		if n <= 0 && got != 0 || n > 0 && (float64(got) < float64(n)/3.5 || float64(got) > float64(n)/3.5+1) {
			t.Fatalf("Estimate(%d) = %d", n, got)
		}
	})
	p := reviewers.Price{Input: 3, Output: 15}
	if got := p.Cost(reviewers.Response{PromptTokens: 2_000_000, CompletionTokens: 100_000}); got != 7.5 {
		t.Errorf("cost is %v, want 7.5", got)
	}
	if u := (reviewers.Seat{}).Usage(); u != (reviewers.Usage{}) {
		t.Errorf("a seat that asked nobody costs %+v", u)
	}
}
