package reviewers_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"scrum/prompts"
	"scrum/reviewers"
)

func TestABudgetIsNeverCrossed(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		limit := rapid.Float64Range(0.001, 1).Draw(rt, "budget")
		spent := rapid.Float64Range(0, 0.1).Draw(rt, "spent before")
		tokens := rapid.IntRange(1, 900).Draw(rt, "tokens of an answer")
		fails := rapid.IntRange(0, 5).Draw(rt, "every so many fails")
		var wrong string
		in(t, func(t *testing.T) { wrong = spend(t, limit, spent, tokens, fails) })
		if wrong != "" {
			rt.Fatal(wrong)
		}
	})
}

// spend runs 20 seats under a budget and tells what went wrong.
func spend(t *testing.T, limit, spent float64, tokens, fails int) string {
	var mu sync.Mutex
	n, charged := 0, 0.0
	price := &reviewers.Price{Input: 10, Output: 100}
	m := member("opus", "p", func(_ context.Context, req prompts.Request) (reviewers.Response, error) {
		r := reviewers.Response{Text: "x", FinishReason: "stop", PromptTokens: len(req.User) * 2 / 3, CompletionTokens: tokens}
		mu.Lock()
		n++
		charged += price.Cost(r)
		failed := fails > 0 && n%fails == 0
		mu.Unlock()
		time.Sleep(time.Second) // others are under way meanwhile
		if failed {
			return r, &reviewers.Error{Provider: "p", Retryable: true, Message: "cut"}
		}
		return r, nil
	})
	m.Price, m.MaxTokens = price, 1000
	p := &reviewers.Panel{Attempts: 2, Budget: limit, Spent: spent, Providers: map[string]reviewers.Limits{"p": {Concurrency: 5}}}
	var usd float64
	down := false
	for _, s := range p.Run(t.Context(), seats(slices.Repeat([]*reviewers.Member{m}, 20)...)) {
		usd += s.Usage().USD
		down = down || errors.Is(s.Err, reviewers.ErrDown)
		if s.State == reviewers.Skipped && (!s.Missed() || !errors.Is(s.Err, reviewers.ErrBudget)) {
			return fmt.Sprintf("skipped because of %v", s.Err)
		}
	}
	most := price.Cost(reviewers.Response{PromptTokens: 3, CompletionTokens: 1000})
	switch {
	case charged > 0 && charged+spent > limit:
		return fmt.Sprintf("$%v of $%v were spent", charged+spent, limit)
	case usd < charged*0.999 || usd > charged*1.001:
		return fmt.Sprintf("$%v were charged, $%v are counted", charged, usd)
	case n < 20 && !down && limit-spent-charged > most:
		return fmt.Sprintf("$%v of $%v are left after %d requests, enough for another", limit-spent-charged, limit, n)
	}
	return ""
}

func TestUnderABudgetOnlyKnownPricesAreAsked(t *testing.T) {
	in(t, func(t *testing.T) {
		dear := member("opus", "p", answers("x"))
		dear.Price = &reviewers.Price{Input: 1, Output: 1e9}
		cheap := member("kimi", "p", answers("x"))
		cheap.Price = &reviewers.Price{}
		tool := member("lint", "", answers("x"))
		tool.Kind = reviewers.Analyser
		got := (&reviewers.Panel{Budget: 1}).Run(t.Context(), seats(member("qwen", "p", answers("x")), dear, cheap, tool))
		for i, want := range []string{"the price of qwen is not known: set price for it", "0.0000 of 1 USD are spent", "", ""} {
			s := got[i]
			if want == "" {
				if s.State != reviewers.Engaged {
					t.Errorf("%s: %s %v", s.Member.Name, s.State, s.Err)
				}
				continue
			}
			if s.State != reviewers.Skipped || !s.Missed() || !strings.Contains(s.Err.Error(), want) {
				t.Errorf("%s: %s %v", s.Member.Name, s.State, s.Err)
			}
		}
	})
}

func TestWhatWasSentAndNotAnsweredIsNotReckonedFree(t *testing.T) {
	tests := []struct {
		name string
		err  *reviewers.Error
		free bool
	}{
		{"silence", &reviewers.Error{Message: "no first word came"}, false},
		{"a connection that was cut", &reviewers.Error{Message: "reset"}, false},
		{"a refusal", &reviewers.Error{Status: 503, Message: "no"}, true},
		{"nothing listens", &reviewers.Error{Unsent: true, Message: "refused"}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := member("opus", "p", func(context.Context, prompts.Request) (reviewers.Response, error) {
				return reviewers.Response{}, tt.err
			})
			m.Price = &reviewers.Price{Input: 1}
			u := (&reviewers.Panel{}).Run(t.Context(), seats(m))[0].Usage()
			if free := u.USD == 0; free != tt.free || u.Estimated == tt.free {
				t.Errorf("%+v", u)
			}
		})
	}
}

func TestTokensFromTheProvidersCacheHaveTheirOwnPrice(t *testing.T) {
	cached := 0.5
	r := reviewers.Response{PromptTokens: 1_000_000, CachedTokens: 600_000, CompletionTokens: 100_000}
	if got := (reviewers.Price{Input: 5, Output: 10}).Cost(r); got != 6 {
		t.Errorf("without a price of its own: %v, want the full one", got)
	}
	if got := (reviewers.Price{Input: 5, Output: 10, Cached: &cached}).Cost(r); got != 3.3 {
		t.Errorf("%v, want 0.4 × 5 + 0.6 × 0.5 + 0.1 × 10", got)
	}
}

func TestCrumbsOfFractionsLeaveNobodyWaiting(t *testing.T) {
	in(t, func(t *testing.T) {
		var members []*reviewers.Member
		for i := range 30 {
			m := member(fmt.Sprintf("m%d", i), "p", after(time.Duration(i%7)*time.Second))
			m.Price, m.MaxTokens = &reviewers.Price{Input: 0.1, Output: 0.7 + float64(i)/3}, 1000+i
			members = append(members, m)
		}
		for _, limit := range []float64{0.0031, 0.0071, 0.0113, 0.0172} {
			for _, s := range (&reviewers.Panel{Budget: limit}).Run(t.Context(), seats(members...)) {
				if s.State == "" {
					t.Error("a seat has no state")
				}
			}
		}
	})
}
