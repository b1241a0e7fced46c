package reviewers_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"scrum/prompts"
	"scrum/reviewers"
)

// bySize engages on texts of up to n bytes, and is disengaged on longer ones.
func bySize(n int) func(prompts.Request, *reviewers.Member, reviewers.Response) (reviewers.State, error) {
	return func(req prompts.Request, _ *reviewers.Member, _ reviewers.Response) (reviewers.State, error) {
		if len(req.User) > n {
			return reviewers.Disengaged, errors.New("too little was said")
		}
		return reviewers.Engaged, nil
	}
}

// inTwo halves a seat's text.
func inTwo(s reviewers.Seat) ([]reviewers.Seat, error) {
	text := s.Request.User
	if len(text) < 2 {
		return nil, nil
	}
	var out []reviewers.Seat
	for i, half := range []string{text[:len(text)/2], text[len(text)/2:]} {
		id := fmt.Sprintf("%s.%d", s.Bundle, i+1)
		out = append(out, reviewers.Seat{Bundle: id, Member: s.Member, Request: prompts.Request{Bundle: id, User: half}})
	}
	return out, nil
}

func oneLevel(s reviewers.Seat) ([]reviewers.Seat, error) {
	if strings.Contains(s.Bundle, ".") {
		return nil, nil
	}
	return inTwo(s)
}

// tree shows a seat with its halves.
func tree(s reviewers.Seat) string {
	out := s.Bundle + " " + string(s.State)
	if s.Whole != "" {
		out += " after " + string(s.Whole)
	}
	for _, h := range s.Halves {
		out += " (" + tree(h) + ")"
	}
	return out
}

func TestASeatThatDidNotEngageIsTriedAgainOnHalves(t *testing.T) {
	long := func(context.Context, prompts.Request) (reviewers.Response, error) {
		return reviewers.Response{}, &reviewers.Error{Provider: "p", Status: 400, Message: "this model's maximum context length is 16 tokens"}
	}
	tests := []struct {
		name   string
		fits   int // bytes up to which the answer engages
		halve  func(reviewers.Seat) ([]reviewers.Seat, error)
		member func(*reviewers.Member)
		want   string
		asked  int // of which refused ones cost nothing
		err    string
	}{
		{"nothing is tried again after an answer that engaged", 16, inTwo, nil, "c1 engaged", 1, ""},
		{"both halves engage", 8, oneLevel, nil, "c1 engaged after disengaged (c1.1 engaged) (c1.2 engaged)", 3, ""},
		{"halves of halves", 4, inTwo, nil, "c1 engaged after disengaged (c1.1 engaged after disengaged (c1.1.1 engaged) (c1.1.2 engaged)) (c1.2 engaged after disengaged (c1.2.1 engaged) (c1.2.2 engaged))", 7, ""},
		{"one level deep only", 4, oneLevel, nil, "c1 disengaged after disengaged (c1.1 disengaged) (c1.2 disengaged)", 3,
			"too little was said; again on two halves (c1.1 disengaged: too little was said; c1.2 disengaged: too little was said)"},
		{"a bundle that cannot be cut", 4, func(reviewers.Seat) ([]reviewers.Seat, error) { return nil, nil }, nil, "c1 disengaged", 1, "too little was said"},
		{"halving fails", 4, func(reviewers.Seat) ([]reviewers.Seat, error) { return nil, errors.New("disk full") }, nil, "c1 disengaged", 1,
			"too little was said; its bundle could not be halved: disk full"},
		{"halving panics", 4, func(reviewers.Seat) ([]reviewers.Seat, error) { panic("oh") }, nil, "c1 disengaged", 1,
			"too little was said; its bundle could not be halved: panic: oh"},
		{"an analyser is not asked to read less", 4, inTwo, func(m *reviewers.Member) { m.Kind = reviewers.Analyser }, "c1 disengaged", 1, "too little was said"},
		{"the server says that the prompt is too long", 8, oneLevel, func(m *reviewers.Member) {
			inner := m.Reviewer
			m.Reviewer = review(func(ctx context.Context, req prompts.Request) (reviewers.Response, error) {
				r, err := inner.Review(ctx, req, func(int) {})
				if len(req.User) > 8 {
					return long(ctx, req)
				}
				return r, err
			})
		}, "c1 engaged after failed (c1.1 engaged) (c1.2 engaged)", 3, ""},
		{"the window is known to be too small, so the whole is not sent", 8, oneLevel, func(m *reviewers.Member) { m.Window = 3 },
			"c1 engaged after failed (c1.1 engaged) (c1.2 engaged)", 2, ""},
		{"a refusal for other reasons is not healed by less text", 8, inTwo, func(m *reviewers.Member) {
			m.Reviewer = review(func(context.Context, prompts.Request) (reviewers.Response, error) {
				return reviewers.Response{}, broken()
			})
		}, "c1 failed", 0, "p: 400 Bad Request: broken"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in(t, func(t *testing.T) {
				asked, refused := 0, 0
				m := member("opus", "p", func(context.Context, prompts.Request) (reviewers.Response, error) {
					asked++
					return reviewers.Response{Text: "x", FinishReason: "stop", PromptTokens: 10, CompletionTokens: 1}, nil
				})
				m.Price = &reviewers.Price{Input: 1e6}
				if tt.member != nil {
					tt.member(m)
				}
				if strings.Contains(tt.name, "server says") {
					refused = 1
				}
				var stored []string
				p := &reviewers.Panel{Judge: bySize(tt.fits), Halve: tt.halve, Store: func(s reviewers.Seat) error {
					stored = append(stored, s.Bundle)
					return nil
				}}
				s := seats(m)
				s[0].Request.User = "0123456789abcdef"
				got := p.Run(t.Context(), s)[0]
				if diff := cmp.Diff(tt.want, tree(got)); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				if asked != tt.asked {
					t.Errorf("asked %d times, want %d", asked, tt.asked)
				}
				if e := fmt.Sprint(got.Err); tt.err != "" && e != tt.err || tt.err == "" && got.Err != nil {
					t.Errorf("error %q, want %q", e, tt.err)
				}
				if u := got.Usage(); m.Kind != reviewers.Analyser && tt.err == "" && u.USD != float64(10*(tt.asked-refused)) {
					t.Errorf("it cost %v for %d requests of 10", u.USD, tt.asked)
				}
				// The first answer is on disk before its halves are asked for.
				if stored[0] != "c1" || stored[len(stored)-1] != "c1" || len(got.Halves) > 0 && len(stored) < 4 {
					t.Errorf("stored %v", stored)
				}
			})
		})
	}
}

func TestHalvesOfTwoLineagesHealNothing(t *testing.T) {
	in(t, func(t *testing.T) {
		models := []string{"opus", "claude-opus-4.7", "gpt-5.2"}
		n := 0
		m := member("opus", "p", func(context.Context, prompts.Request) (reviewers.Response, error) {
			n++
			return reviewers.Response{Text: "x", FinishReason: "stop", Model: models[n-1]}, nil
		})
		m.Model, m.Lineage = "claude-opus-4.7", "anthropic"
		s := seats(m)
		s[0].Request.User = "0123"
		got := (&reviewers.Panel{Judge: bySize(2), Halve: oneLevel}).Run(t.Context(), s)[0]
		if got.State != reviewers.Disengaged || got.Halves[0].Lineage != "anthropic" || got.Halves[1].Lineage != "openai" {
			t.Errorf("%s: %v", tree(got), got.Err)
		}
	})
}

func TestAStoredSeatThatDidNotEngageGoesOnWithItsHalves(t *testing.T) {
	in(t, func(t *testing.T) {
		asked := 0
		m := member("opus", "p", func(context.Context, prompts.Request) (reviewers.Response, error) {
			asked++
			return reviewers.Response{Text: "x", FinishReason: "stop"}, nil
		})
		s := seats(m)
		s[0].Request.User, s[0].State, s[0].Err = "0123", reviewers.Disengaged, errors.New("stored")
		s[0].Prior = &reviewers.Usage{Attempts: 1, USD: 2}
		p := &reviewers.Panel{Judge: bySize(2), Halve: func(s reviewers.Seat) ([]reviewers.Seat, error) {
			halves, err := oneLevel(s)
			if len(halves) > 0 { // one of them was answered before the run was killed
				halves[0].State, halves[0].Prior = reviewers.Engaged, &reviewers.Usage{Attempts: 1, USD: 1}
			}
			return halves, err
		}}
		got := p.Run(t.Context(), s)[0]
		if got.State != reviewers.Engaged && asked != 1 {
			t.Errorf("%s after %d requests: %v", tree(got), asked, got.Err)
		}
		if u := got.Usage(); u.Attempts != 3 || u.USD != 3 {
			t.Errorf("usage %+v", u)
		}
	})
}

func TestAProviderThatIsDownIsFoundOutOnce(t *testing.T) {
	refused := &reviewers.Error{Provider: "p", Retryable: true, Unsent: true, Message: "nothing listens there"}
	tests := []struct {
		name string
		err  error
		most int // requests, of 40 seats with 3 attempts each: six seats begin before three have failed
	}{
		{"a refused key", &reviewers.Error{Provider: "p", Status: http.StatusUnauthorized, Message: "bad key"}, 4},
		{"an empty account", &reviewers.Error{Provider: "p", Status: http.StatusPaymentRequired, Message: "no credit"}, 4},
		{"a quota that is used up", &reviewers.Error{Provider: "p", Status: 429, Message: "x (insufficient_quota)"}, 4},
		{"nothing listens", refused, 18},
		{"a host that is not there", &reviewers.Error{Provider: "p", Unsent: true, Message: "the host name cannot be resolved"}, 4},
		{"errors of the server", &reviewers.Error{Provider: "p", Status: 503, Retryable: true, Message: "no"}, 18},
		{"what only one request is guilty of", broken(), 40},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in(t, func(t *testing.T) {
				var asked atomic.Int64
				m := member("opus", "p", func(context.Context, prompts.Request) (reviewers.Response, error) {
					asked.Add(1)
					time.Sleep(time.Second) // so that others begin meanwhile
					return reviewers.Response{}, tt.err
				})
				ok := member("kimi", "q", answers("fine"))
				var all []*reviewers.Member
				for range 40 {
					all = append(all, m, ok)
				}
				p := &reviewers.Panel{Attempts: 3, Providers: map[string]reviewers.Limits{"p": {Concurrency: 4}}}
				for i, s := range p.Run(t.Context(), seats(all...)) {
					want := reviewers.Failed
					if i%2 == 1 {
						want = reviewers.Engaged
					}
					if s.State != want {
						t.Fatalf("seat %d: %s: %v", i, s.State, s.Err)
					}
					if s.State == reviewers.Failed && !strings.Contains(s.Err.Error(), tt.err.(*reviewers.Error).Message) { //nolint:errorlint // of this table
						t.Fatalf("seat %d does not say why: %v", i, s.Err)
					}
				}
				if n := int(asked.Load()); n > tt.most {
					t.Errorf("asked %d times, want %d at most", n, tt.most)
				}
			})
		})
	}
}

func TestAProviderThatComesBackIsAskedAgain(t *testing.T) {
	in(t, func(t *testing.T) {
		up := false
		m := member("opus", "p", func(context.Context, prompts.Request) (reviewers.Response, error) {
			if !up {
				return reviewers.Response{}, &reviewers.Error{Provider: "p", Retryable: true, Unsent: true, Message: "refused"}
			}
			return reviewers.Response{Text: "x", FinishReason: "stop"}, nil
		})
		p := &reviewers.Panel{}
		if got := p.Run(t.Context(), seats(m))[0]; got.State != reviewers.Failed || errors.Is(got.Err, reviewers.ErrDown) {
			t.Fatalf("%s: %v", got.State, got.Err)
		}
		up = true
		if got := p.Run(t.Context(), seats(m))[0]; got.State != reviewers.Failed || !errors.Is(got.Err, reviewers.ErrDown) || got.Attempts != 0 {
			t.Fatalf("%s: %v", got.State, got.Err)
		}
		time.Sleep(31 * time.Second)
		for range 2 {
			if got := p.Run(t.Context(), seats(m))[0]; got.State != reviewers.Engaged {
				t.Fatalf("%s: %v", got.State, got.Err)
			}
		}
	})
}

func TestAFewFailuresBetweenAnswersDoNotMakeAnOutage(t *testing.T) {
	in(t, func(t *testing.T) {
		n := 0
		m := member("opus", "p", func(context.Context, prompts.Request) (reviewers.Response, error) {
			if n++; n%3 != 0 {
				return reviewers.Response{}, &reviewers.Error{Provider: "p", Status: 500, Retryable: true, Message: "no"}
			}
			return reviewers.Response{Text: "x", FinishReason: "stop"}, nil
		})
		var all []*reviewers.Member
		for range 30 {
			all = append(all, m)
		}
		p := &reviewers.Panel{Providers: map[string]reviewers.Limits{"p": {Concurrency: 1}}}
		p.Run(t.Context(), seats(all...))
		if n != 30 {
			t.Errorf("%d of 30 seats were asked", n)
		}
	})
}

func TestTheServersWordOnItsLimitsHoldsBackEverybody(t *testing.T) {
	in(t, func(t *testing.T) {
		var at []float64
		start := time.Now()
		m := member("opus", "p", func(context.Context, prompts.Request) (reviewers.Response, error) {
			at = append(at, time.Since(start).Seconds())
			return reviewers.Response{Text: "x", FinishReason: "stop", Rest: 10 * time.Second}, nil
		})
		p := &reviewers.Panel{Providers: map[string]reviewers.Limits{"p": {Concurrency: 1}}}
		p.Run(t.Context(), seats(m, m, m))
		if diff := cmp.Diff([]float64{0, 10, 20}, at); diff != "" {
			t.Errorf("asked at seconds (-want +got):\n%s", diff)
		}
	})
}

func TestAModelThatIsDownTakesNoOtherOfItsProviderWithIt(t *testing.T) {
	in(t, func(t *testing.T) {
		down := member("qwen", "router", func(context.Context, prompts.Request) (reviewers.Response, error) {
			return reviewers.Response{}, &reviewers.Error{Provider: "router", Status: 502, Retryable: true, Message: "no"}
		})
		slow := member("opus", "router", after(time.Minute))
		var all []*reviewers.Member
		for range 12 {
			all = append(all, down, slow)
		}
		p := &reviewers.Panel{Attempts: 3, Providers: map[string]reviewers.Limits{"router": {Concurrency: 8}}}
		for i, s := range p.Run(t.Context(), seats(all...)) {
			if want := []reviewers.State{reviewers.Failed, reviewers.Engaged}[i%2]; s.State != want {
				t.Errorf("seat %d of %s: %s: %v", i, s.Member.Name, s.State, s.Err)
			}
		}
	})
}
