package reviewers_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"scrum/prompts"
	"scrum/reviewers"
)

// streams tells of a word each pace, n times.
type streams struct {
	n    int
	pace time.Duration
}

func (s streams) Review(_ context.Context, _ prompts.Request, progress func(int)) (reviewers.Response, error) {
	for i := range s.n {
		if s.pace > 0 {
			time.Sleep(s.pace)
		}
		progress(i + 1)
	}
	return reviewers.Response{Text: "all", FinishReason: "stop", PromptTokens: 10, CompletionTokens: s.n}, nil
}

func TestAFastStreamIsToldOfAFewTimesASecond(t *testing.T) {
	in(t, func(t *testing.T) {
		m := member("quick", "p", nil)
		m.Reviewer = streams{n: 2000, pace: time.Millisecond}
		var tokens []int
		p := &reviewers.Panel{Observe: func(e reviewers.Event) {
			if e.Phase == reviewers.Streaming {
				tokens = append(tokens, e.Tokens)
			}
		}}
		p.Run(t.Context(), seats(m))
		want := []int{1, 251, 501, 751, 1001, 1251, 1501, 1751}
		if diff := cmp.Diff(want, tokens); diff != "" {
			t.Errorf("tokens told of (-want +got):\n%s", diff)
		}
	})
}

func TestASlowStreamIsToldOfWordByWord(t *testing.T) {
	in(t, func(t *testing.T) {
		m := member("slow", "p", nil)
		m.Reviewer = streams{n: 5, pace: time.Second}
		told := 0
		p := &reviewers.Panel{Observe: func(e reviewers.Event) {
			if e.Phase == reviewers.Streaming {
				told++
			}
		}}
		p.Run(t.Context(), seats(m))
		if told != 5 {
			t.Errorf("told of %d words, want 5", told)
		}
	})
}

func TestSeatsSayWhatTheyWaitFor(t *testing.T) {
	for _, c := range []struct {
		name   string
		limits reviewers.Limits
		first  reviewers.Response
		want   []string
	}{
		{"a place", reviewers.Limits{Concurrency: 1}, reviewers.Response{}, nil},
		{"requests per minute", reviewers.Limits{RPM: 1}, reviewers.Response{}, []string{"waiting for requests per minute 0s"}},
		{"tokens per minute", reviewers.Limits{TPM: 5000}, reviewers.Response{}, []string{"waiting for tokens per minute 0s"}},
		{"rest", reviewers.Limits{Concurrency: 1}, reviewers.Response{Rest: 5 * time.Second}, []string{"waiting for rest that the server asked for 5s"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			in(t, func(t *testing.T) {
				m := member("m", "p", func(context.Context, prompts.Request) (reviewers.Response, error) {
					time.Sleep(time.Second)
					r := c.first
					r.FinishReason, r.Text = "stop", "x"
					return r, nil
				})
				var waits []string
				queued := 0
				p := &reviewers.Panel{Providers: map[string]reviewers.Limits{"p": c.limits}, Observe: func(e reviewers.Event) {
					switch e.Phase {
					case reviewers.Waiting:
						waits = append(waits, fmt.Sprintf("%s for %s %s", e.Phase, e.For, e.Wait))
					case reviewers.Queued:
						queued++
					}
				}}
				p.Run(t.Context(), seats(m, m))
				if diff := cmp.Diff(c.want, waits); diff != "" {
					t.Errorf("waits (-want +got):\n%s", diff)
				}
				if queued != 2 {
					t.Errorf("%d seats were queued, want each of two once", queued)
				}
			})
		})
	}
}

func TestARetryThatFindsNoPlaceIsQueuedAgain(t *testing.T) {
	in(t, func(t *testing.T) {
		begun := make(chan struct{})
		fail, _ := failing(busy(0))
		flaky := member("flaky", "p", func(ctx context.Context, r prompts.Request) (reviewers.Response, error) {
			select {
			case <-begun:
			default:
				close(begun)
			}
			time.Sleep(time.Second)
			return fail(ctx, r)
		})
		long := member("long", "p", after(time.Minute))
		long.Skip = func([]string) string { <-begun; return "" } // so that flaky is the first
		var story []string
		p := &reviewers.Panel{Attempts: 2, Providers: map[string]reviewers.Limits{"p": {Concurrency: 1}}, Observe: func(e reviewers.Event) {
			if e.Seat == 0 && e.Phase != reviewers.Streaming {
				story = append(story, fmt.Sprintf("%s %d", e.Phase, e.Attempt))
			}
		}}
		p.Run(t.Context(), seats(flaky, long))
		want := []string{"queued 0", "sending 1", "answered 1", "retrying 1", "queued 1", "sending 2", "answered 2", "done 2"}
		if diff := cmp.Diff(want, story); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
	})
}

func TestTheEndTellsWhatTheSeatHasTaken(t *testing.T) {
	in(t, func(t *testing.T) {
		m := member("m", "p", nil)
		m.Reviewer, m.Price = streams{n: 4, pace: time.Second}, &reviewers.Price{Input: 1e5, Output: 1e6}
		var got reviewers.Event
		var try *reviewers.Try
		p := &reviewers.Panel{Observe: func(e reviewers.Event) {
			switch e.Phase {
			case reviewers.Done:
				got = e
			case reviewers.Answered:
				try = e.Try
			}
		}}
		p.Run(t.Context(), seats(m))
		want := reviewers.Event{Bundle: "c1", Reviewer: "m", Provider: "p", Kind: reviewers.OpenAI, Model: "m", Phase: reviewers.Done, Attempt: 1, Tokens: 4,
			State: reviewers.Engaged, Lineage: "m-family", Latency: 4 * time.Second,
			Usage: reviewers.Usage{Attempts: 1, PromptTokens: 10, CompletionTokens: 4, USD: 5}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the end (-want +got):\n%s", diff)
		}
		if try == nil || try.Latency != 4*time.Second || try.Err != nil {
			t.Errorf("the attempt ended as %+v", try)
		}
	})
}

// TestObservingChangesNothing reviews with and without somebody who hears.
func TestObservingChangesNothing(t *testing.T) {
	in(t, func(t *testing.T) {
		run := func(observe func(reviewers.Event)) []reviewers.Seat {
			f, _ := failing(busy(0), broken())
			p := &reviewers.Panel{Attempts: 2, Observe: observe, Providers: map[string]reviewers.Limits{"p": {Concurrency: 1, RPM: 60, TPM: 9000}}}
			out := p.Run(t.Context(), seats(member("one", "q", f), member("two", "p", after(time.Second)), member("three", "p", answers("x"))))
			for i := range out {
				out[i].Member, out[i].Used, out[i].Tries, out[i].Latency = nil, nil, nil, 0
				if out[i].Err != nil {
					out[i].Err = errors.New(out[i].Err.Error())
				}
			}
			return out
		}
		text := func(s []reviewers.Seat) string { return fmt.Sprintf("%+v", s) }
		if diff := cmp.Diff(text(run(nil)), text(run(func(reviewers.Event) {}))); diff != "" {
			t.Errorf("seats without and with an observer:\n%s", diff)
		}
	})
}

func BenchmarkHearingAFastStream(b *testing.B) {
	m := member("quick", "p", nil)
	m.Reviewer = streams{n: b.N}
	p := &reviewers.Panel{Observe: func(reviewers.Event) {}}
	b.ReportAllocs()
	b.ResetTimer()
	p.Run(b.Context(), seats(m))
}
