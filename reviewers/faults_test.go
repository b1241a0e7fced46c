package reviewers_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"scrum/prompts"
	"scrum/reviewers"
)

// Each fault is met three ways, in a bubble where waits take no time: by a
// reviewer alone, by a panel that asks once, and by one that may ask again. What
// moves megabytes is met once, on a real network.
func TestFaults(t *testing.T) {
	for _, r := range faultTable() {
		t.Run(r.name, func(t *testing.T) {
			if r.heavy {
				r.attempt(t, newAdversary)
				return
			}
			t.Run("one attempt", func(t *testing.T) { in(t, func(t *testing.T) { r.attempt(t, newAdversaryInMemory) }) })
			t.Run("the seat's state", func(t *testing.T) { in(t, r.seat) })
			t.Run("another attempt", func(t *testing.T) { in(t, r.again) })
		})
	}
}

// The network of a machine tells of its faults in other words.
func TestFaultsOverTCP(t *testing.T) {
	for _, r := range faultTable() {
		if !r.slow && !r.heavy {
			t.Run(r.name, func(t *testing.T) { r.attempt(t, newAdversary) })
		}
	}
}

// first plays the fault to the first request of a seat.
func (r row) first(_ string, n int) *fault {
	if n == 1 {
		return &r.fault
	}
	return nil
}

const faultySeat = "c1/test"

func (r row) attempt(t *testing.T, start func(*testing.T, func(string, int) *fault) *adversary) {
	a := start(t, r.first)
	a.refuse.Store(r.dials)
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	begun := time.Now()
	got, err := a.reviewer(t, "test", "test-model").Review(ctx, asking("c1", "test"), func(int) { a.hear(faultySeat) })
	if took := time.Since(begun); r.want.took > 0 && took != r.want.took {
		t.Errorf("took %s, want %s", took, r.want.took)
	}
	r.checkError(t, a, err)
	r.checkResponse(t, got)
	if printed := fmt.Sprintf("%v %+v %#v %v %+v", err, err, errors.Unwrap(err), got, got); strings.Contains(printed, plantedKey) || strings.Contains(printed, plantedKey[:8]) {
		t.Errorf("the key is printed: %s", printed)
	}
	if n := a.written.Load(); r.most > 0 && n > r.most {
		t.Errorf("the server got rid of %d bytes before it was hung up on, want at most %d", n, r.most)
	}
	a.checkTraffic(t, 1-int(r.dials))
}

func (r row) checkError(t *testing.T, a *adversary, err error) {
	t.Helper()
	if len(r.want.says) == 0 {
		if err != nil {
			t.Errorf("error is %v, want an answer", err)
		}
		return
	}
	var e *reviewers.Error
	if !errors.As(err, &e) {
		t.Fatalf("error is %v, want a *reviewers.Error", err)
	}
	for _, s := range r.want.says {
		if !strings.Contains(err.Error(), s) {
			t.Errorf("error is %q, want %q in it", err, s)
		}
	}
	const other = "the connection failed" // is said when nothing better is known
	if strings.Contains(err.Error(), other) && !slices.Contains(r.want.says, other) {
		t.Errorf("error is %q, want the reason", err)
	}
	type told struct {
		Provider, Host    string
		Status            int
		Retryable, Unsent bool
	}
	host := a.provider("").Host()
	want := told{"test", host, r.want.status, r.want.retryable, r.dials > 0}
	if diff := cmp.Diff(want, told{e.Provider, e.Host, e.Status, e.Retryable, e.Unsent}); diff != "" {
		t.Errorf("error (-want +got):\n%s%v", diff, err)
	}
	// A date has whole seconds, and time passes on the way.
	if late := r.want.after - e.RetryAfter; late < 0 || late > 2*time.Second || (r.want.after == 0) != (e.RetryAfter == 0) {
		t.Errorf("asked to wait %s, want %s", e.RetryAfter, r.want.after)
	}
}

func (r row) checkResponse(t *testing.T, got reviewers.Response) {
	t.Helper()
	want := reviewers.Response{FinishReason: r.want.finish, Reasoning: r.want.thinking, Rest: got.Rest}
	if r.want.kept != nil {
		want.Text = r.want.kept(finding(faultySeat, 1))
	}
	switch r.want.tokens {
	case "counted":
		want.PromptTokens, want.CompletionTokens, want.CachedTokens = 10, 5, 4
	case "estimated":
		q := asking("c1", "test")
		want.PromptTokens, want.CompletionTokens, want.Estimated = reviewers.Estimate(len(q.System+q.User)), reviewers.Estimate(len(want.Text)), true
	}
	if r.want.tokens != "" {
		want.Model = "m-1"
	}
	if r.want.model != "" {
		want.Model = r.want.model
	}
	got.FirstToken = 0
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("response (-want +got):\n%.2000s", diff)
	}
	if late := r.want.rest - got.Rest; late < 0 || late > 2*time.Second {
		t.Errorf("the limits are used up for %s, want %s", got.Rest, r.want.rest)
	}
}

// checkTraffic: a server gets no other requests than those, and nobody else gets any.
func (a *adversary) checkTraffic(t *testing.T, requests int) {
	t.Helper()
	if n := a.requests(faultySeat); n != requests {
		t.Errorf("the server got %d requests, want %d", n, requests)
	}
	if n := a.strays.Load(); n != 0 {
		t.Errorf("another host was connected to %d times", n)
	}
}

// What was not sent costs nothing; of the rest nobody knows.
func TestARequestWithoutAConnectionWasNotSent(t *testing.T) {
	for _, c := range []struct {
		err    error
		unsent bool
	}{
		{&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, true},
		{&net.OpError{Op: "dial", Err: syscall.ENETUNREACH}, true},
		{&net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}, true},
		{&net.OpError{Op: "proxyconnect", Err: syscall.EHOSTUNREACH}, true},
		{&net.OpError{Op: "write", Err: syscall.EPIPE}, false},
		{&net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}, false},
		{errors.New("odd"), false},
	} {
		p := reviewers.Provider{Name: "test", BaseURL: "https://api.example/v1"}
		_, err := ask(t, reviewer(t, p, reviewers.OpenAIOptions{Client: &http.Client{Transport: refused{c.err}}}))
		var e *reviewers.Error
		if !errors.As(err, &e) || e.Unsent != c.unsent || !e.Retryable {
			t.Errorf("%v: error is %#v, want unsent %v", c.err, err, c.unsent)
		}
	}
}

// wordy takes words for engagement, and the finish reason for its word.
func wordy(_ prompts.Request, _ *reviewers.Member, r reviewers.Response) (reviewers.State, error) {
	switch {
	case r.FinishReason == "length" || r.FinishReason == "content_filter":
		return reviewers.Truncated, fmt.Errorf("finish reason %s", r.FinishReason)
	case r.Text == "":
		return reviewers.Disengaged, errors.New("the answer is empty")
	}
	return reviewers.Engaged, nil
}

func (r row) run(t *testing.T, attempts int) (*adversary, reviewers.Seat) {
	a := newAdversaryInMemory(t, r.first)
	a.refuse.Store(r.dials)
	p := &reviewers.Panel{Attempts: attempts, Judge: wordy, Observe: func(e reviewers.Event) {
		if e.Phase == reviewers.Streaming {
			a.hear(faultySeat)
		}
	}}
	m := &reviewers.Member{Name: "test", Kind: reviewers.OpenAI, Lineage: "test", Model: "test-model", Provider: "test", Reviewer: a.reviewer(t, "test", "test-model")}
	return a, p.Run(t.Context(), []reviewers.Seat{{Bundle: "c1", Member: m, Request: asking("c1", "test")}})[0]
}

func (r row) seat(t *testing.T) {
	a, got := r.run(t, 1)
	if got.State != r.want.state || (got.Err == nil) != (got.State == reviewers.Engaged) {
		t.Errorf("the seat is %s (%v), want %s", got.State, got.Err, r.want.state)
	}
	if len(got.Tries) != 1 || got.Attempts != 1 {
		t.Errorf("%d tries in %d attempts, want one", len(got.Tries), got.Attempts)
	}
	a.checkTraffic(t, 1-int(r.dials))
}

func (r row) again(t *testing.T) {
	a, got := r.run(t, 2)
	if !r.want.retryable {
		if got.Attempts != 1 || got.State != r.want.state {
			t.Errorf("the seat is %s after %d attempts (%v), want %s after one", got.State, got.Attempts, got.Err, r.want.state)
		}
		a.checkTraffic(t, 1)
		return
	}
	n := 2 - int(r.dials)
	if want := finding(faultySeat, n); got.State != reviewers.Engaged || got.Response.Text != want || got.Attempts != 2 {
		t.Errorf("the seat is %s after %d attempts (%v), with %q; want the second answer", got.State, got.Attempts, got.Err, got.Response.Text)
	}
	if waited := a.waited(faultySeat); n == 2 && (waited < 500*time.Millisecond || waited < r.want.after-time.Second) {
		t.Errorf("asked again after %s, want to wait as asked", waited)
	}
	a.checkTraffic(t, n)
}
