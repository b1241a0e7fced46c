package reviewers_test

import (
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"scrum/reviewers"
)

// faulty is how many requests in a hundred meet a fault.
const faulty = 20

// soak is a panel of several lineages at several providers that all misbehave.
type soak struct {
	seed      uint64
	rows      []row
	adversary *adversary
	panel     *reviewers.Panel
	stored    []reviewers.Seat
}

// TestSoak ends with every seat in a definite state, no answer lost or doubled,
// and as many requests as the server has counted. With SCRUM_SOAK=1 it is ten
// times as long; SCRUM_SEED repeats a run. A bubble fails when a goroutine is left.
func TestSoak(t *testing.T) {
	seats := 200
	if os.Getenv("SCRUM_SOAK") == "1" {
		seats = 2000
	}
	in(t, func(t *testing.T) {
		s := &soak{seed: soakSeed(t), rows: soakRows(func(r row) bool { return !r.heavy })}
		s.adversary = newAdversaryInMemory(t, s.plan)
		s.run(t, seats)
	})
}

// On a real network waits take their time, so that the faults are those without.
func TestSoakOverTCP(t *testing.T) {
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
	s := &soak{seed: soakSeed(t), rows: soakRows(func(r row) bool {
		return !r.heavy && !r.slow && r.want.after == 0 && r.want.rest == 0
	})}
	s.adversary = newAdversary(t, s.plan)
	s.run(t, 60)
}

func soakSeed(t *testing.T) uint64 {
	t.Helper()
	seed := rand.Uint64()
	if s := os.Getenv("SCRUM_SEED"); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("SCRUM_SEED=%d", seed)
	return seed
}

// soakRows leaves out the faults of an account: after the first of them nothing
// more is asked of the provider.
func soakRows(wanted func(row) bool) []row {
	return slices.DeleteFunc(faultTable(), func(r row) bool {
		account := r.want.status == 401 || r.want.status == 402 || strings.Contains(strings.Join(r.want.says, " "), "insufficient_quota")
		return account || r.dials > 0 || !wanted(r)
	})
}

// fate of a request, which depends on nothing but the seed: a row, or nil for a
// good answer, and whether a connection is refused after it.
func (s *soak) fate(seat string, n int) (r *row, refuse bool) {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s#%d", seat, n)
	dice := rand.New(rand.NewPCG(s.seed, h.Sum64()))
	if dice.IntN(100) >= faulty {
		return nil, false
	}
	k := dice.IntN(len(s.rows) + 3)
	if k >= len(s.rows) {
		return nil, true
	}
	return &s.rows[k], false
}

func (s *soak) plan(seat string, n int) *fault {
	r, refuse := s.fate(seat, n)
	if refuse {
		return &fault{play: func(t *talk) {
			t.a.refuse.Add(1)
			t.header("Connection", "close").say(t.answer) // so that somebody has to dial
			t.end("stop")
		}}
	}
	if r == nil {
		return nil
	}
	return &r.fault
}

func (s *soak) run(t *testing.T, n int) {
	s.panel = &reviewers.Panel{
		Providers: map[string]reviewers.Limits{"router": {Concurrency: 8}, "local": {Concurrency: 2}, "paid": {Concurrency: 16, RPM: 6000}, "free": {}},
		Attempts:  3, SeatDeadline: time.Hour, Judge: wordy,
		Store: func(seat reviewers.Seat) error { s.stored = append(s.stored, seat); return nil },
		Observe: func(e reviewers.Event) {
			if e.Phase == reviewers.Streaming {
				s.adversary.hear(e.Bundle + "/" + e.Reviewer)
			}
		},
	}
	got := s.panel.Run(t.Context(), s.seats(t, n))
	s.checkStates(t, got)
	s.checkTries(t, got)
	s.checkAnswers(t, got)
	if n := s.adversary.strays.Load(); n != 0 {
		t.Errorf("another host was connected to %d times", n)
	}
}

func (s *soak) seats(t *testing.T, n int) []reviewers.Seat {
	var members []*reviewers.Member
	for _, m := range []reviewers.Member{
		{Name: "opus", Lineage: "anthropic", Provider: "router"}, {Name: "kimi", Lineage: "moonshot", Provider: "router"},
		{Name: "qwen", Lineage: "qwen", Provider: "local"}, {Name: "gpt", Lineage: "openai", Provider: "paid"}, {Name: "gemini", Lineage: "google", Provider: "free"},
	} {
		m.Kind, m.Model = reviewers.OpenAI, m.Name
		m.Reviewer = s.adversary.reviewer(t, m.Provider, m.Name)
		members = append(members, &m)
	}
	out := make([]reviewers.Seat, n)
	for i := range out {
		m, bundle := members[i%len(members)], fmt.Sprintf("c%d", i/len(members)+1)
		out[i] = reviewers.Seat{Bundle: bundle, Member: m, Request: asking(bundle, m.Name)}
	}
	return out
}

func id(s reviewers.Seat) string { return s.Bundle + "/" + s.Member.Name }

// checkStates: each seat has one, with a reason unless it is engaged, and was
// stored once with it.
func (s *soak) checkStates(t *testing.T, seats []reviewers.Seat) {
	t.Helper()
	count, stored := map[reviewers.State]int{}, map[string][]reviewers.State{}
	for _, seat := range s.stored {
		stored[id(seat)] = append(stored[id(seat)], seat.State)
	}
	down := 0
	for _, seat := range seats {
		count[seat.State]++
		switch seat.State {
		case reviewers.Engaged, reviewers.Disengaged, reviewers.Truncated, reviewers.Failed:
		default:
			t.Errorf("%s is %q", id(seat), seat.State)
		}
		if (seat.Err == nil) != (seat.State == reviewers.Engaged) {
			t.Errorf("%s is %s with error %v", id(seat), seat.State, seat.Err)
		}
		if got := stored[id(seat)]; !slices.Equal(got, []reviewers.State{seat.State}) {
			t.Errorf("%s is %s and was stored as %v", id(seat), seat.State, got)
		}
		if errors.Is(seat.Err, reviewers.ErrDown) {
			down++
		}
		if strings.Contains(fmt.Sprint(seat.Err), plantedKey) {
			t.Errorf("%s shows the key: %v", id(seat), seat.Err)
		}
	}
	t.Logf("%d seats: %v, %d of them not asked since the provider was taken to be down", len(seats), count, down)
	if count[reviewers.Engaged] == 0 {
		t.Error("no seat is engaged")
	}
}

// checkTries: what was sent is what the server counted, and each request ended as
// its fault says.
func (s *soak) checkTries(t *testing.T, seats []reviewers.Seat) {
	t.Helper()
	unsent := 0
	for _, seat := range seats {
		sent := 0
		for _, try := range seat.Tries {
			var e *reviewers.Error
			if errors.As(try.Err, &e) && e.Unsent {
				unsent++
				continue
			}
			sent++
			s.checkTry(t, id(seat), sent, try)
		}
		if n := s.adversary.requests(id(seat)); n != sent {
			t.Errorf("%s sent %d requests, the server counted %d", id(seat), sent, n)
		}
		if len(seat.Tries) != seat.Attempts || seat.Attempts > s.panel.Attempts {
			t.Errorf("%s has %d tries in %d attempts", id(seat), len(seat.Tries), seat.Attempts)
		}
	}
	// A client may dial and then use a connection that has become free.
	if n := s.adversary.refused.Load(); int64(unsent) > n {
		t.Errorf("%d attempts say that they were not sent, %d connections were refused", unsent, n)
	}
}

func (s *soak) checkTry(t *testing.T, seat string, n int, try reviewers.Try) {
	t.Helper()
	want, name := outcome{kept: all}, "a good answer"
	if r, _ := s.fate(seat, n); r != nil {
		want, name = r.want, r.name
	}
	text := ""
	if want.kept != nil {
		text = want.kept(finding(seat, n))
	}
	if try.Response.Text != text || (try.Err == nil) != (len(want.says) == 0) {
		t.Errorf("request %d of %s met %q: got %q with error %v, want %q", n, seat, name, try.Response.Text, try.Err, text)
	}
	for _, part := range want.says {
		if try.Err != nil && !strings.Contains(strings.ReplaceAll(try.Err.Error(), strings.SplitN(seat, "/", 2)[1], "test-model"), part) {
			t.Errorf("request %d of %s met %q: error is %q, want %q in it", n, seat, name, try.Err, part)
		}
	}
}

// checkAnswers: what the server has said completely is the answer of its seat and
// of no other, and no seat has another.
func (s *soak) checkAnswers(t *testing.T, seats []reviewers.Seat) {
	t.Helper()
	said, owner := s.adversary.said(), map[string]string{}
	for _, seat := range seats {
		whole := said[id(seat)]
		if len(whole) > 1 {
			t.Errorf("%s was asked again after a whole answer: %q", id(seat), whole)
		}
		engaged := seat.State == reviewers.Engaged
		if engaged != (len(whole) == 1) || engaged && seat.Response.Text != whole[0] {
			t.Errorf("%s is %s with %q, the server has said %q", id(seat), seat.State, seat.Response.Text, whole)
		}
		if other, twice := owner[seat.Response.Text]; twice && seat.Response.Text != "" {
			t.Errorf("%s and %s have the same answer %q", id(seat), other, seat.Response.Text)
		}
		owner[seat.Response.Text] = id(seat)
	}
}
