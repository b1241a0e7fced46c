package progress

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"scrum/reviewers"
)

// inTime runs a test where time passes by itself.
func inTime(t *testing.T, f func(t *testing.T)) { t.Helper(); synctest.Test(t, f) }

func failed(i int, err error) reviewers.Event {
	return with(done(i, reviewers.Failed, 1), func(e *reviewers.Event) { e.Err = err })
}

func TestWhereNothingIsLiveThereAreLines(t *testing.T) {
	inTime(t, func(t *testing.T) {
		var out bytes.Buffer
		d := New(Options{W: &out}, 3, 0)
		d.Observe(seat(0, reviewers.Sending))
		d.Observe(with(seat(1, reviewers.Streaming), func(e *reviewers.Event) { e.Tokens = 5 }))
		d.Observe(with(seat(0, reviewers.Retrying), func(e *reviewers.Event) { e.Wait, e.Err = 1234*time.Millisecond, errors.New("503\nbusy") }))
		time.Sleep(31 * time.Second)
		d.Observe(done(0, reviewers.Engaged, 31))
		d.Examining(2, 4)
		d.Observe(failed(0, errors.New("no \x1b[2Jroute")))
		d.Close()
		d.Close()
		want := "  c1 opus: trying again in 1.2s: 503 busy\n  0 of 3 seats, 1 retrying, 31s\n  [1/3] c1 opus: engaged (31s)\n" +
			"  putting 2 findings to other lineages: 4 requests\n  [2/7] c1 opus: failed: no ␛[2Jroute (31s)\n"
		if diff := cmp.Diff(strings.Replace(want, "retrying, 31s", "retrying, 30s", 1), out.String()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestLiveOnATerminal(t *testing.T) {
	inTime(t, func(t *testing.T) {
		v := newVT(t, 80, 12)
		interrupted := false
		d := New(Options{W: v, Size: v.size, Interrupted: func() bool { return interrupted }}, 4, 0)
		for i := range 4 {
			d.Observe(seat(i, reviewers.Sending))
		}
		d.Observe(with(seat(1, reviewers.Streaming), func(e *reviewers.Event) { e.Tokens = 5 }))
		d.Observe(done(0, reviewers.Engaged, 1))
		d.Observe(failed(2, errors.New("401")))
		fmt.Fprintln(d.Writer(), "scrum: a warning in the middle")
		time.Sleep(time.Second)
		synctest.Wait()
		want := []string{"  [2/4] c3 opus: failed: 401 (0s)", "scrum: a warning in the middle", "2 of 4 seats · 1s · 205 tokens · 0.50 USD",
			"  router    2 of 4    1 failed · 1 streaming, 1 asked", "  c2  opus  1s  streaming, 5 tokens", "  c4  opus  1s  asked", ""}
		if diff := cmp.Diff(want, v.text()); diff != "" {
			t.Errorf("in the middle (-want +got):\n%s", diff)
		}
		v.tidy(t)
		v.resize(30, 5)
		time.Sleep(time.Second)
		synctest.Wait()
		v.tidy(t)
		interrupted = true
		d.Observe(failed(1, reviewers.ErrInterrupted))
		d.Observe(failed(3, reviewers.ErrInterrupted))
		d.Close()
		got := v.text()
		if last := strings.Join(got[len(got)-4:], ""); !strings.Contains(last, "4 of 4 seats in 2s · 1 engaged, 3 failed · 400 tokens") || strings.Contains(last, "interrupt") {
			t.Errorf("at the end:\n%s", strings.Join(got, "\n"))
		}
		v.tidy(t)
	})
}

func TestTheTerminalIsDrawnOnTenTimesASecondAtMost(t *testing.T) {
	inTime(t, func(t *testing.T) {
		v := newVT(t, 80, 12)
		d := New(Options{W: v, Size: v.size}, 1, 0)
		d.Observe(seat(0, reviewers.Sending))
		for i := range 3000 {
			d.Observe(with(seat(0, reviewers.Streaming), func(e *reviewers.Event) { e.Tokens = i }))
			fmt.Fprintf(d.Writer(), "log %d\n", i)
			time.Sleep(time.Millisecond)
		}
		frames := v.drawn()
		time.Sleep(10 * time.Second)
		still := v.drawn() - frames
		d.Close()
		if frames > 31 || still > 11 {
			t.Errorf("%d frames in 3 seconds of news, %d in 10 without; want 30 and 10", frames, still)
		}
		for i, l := range v.text()[:3000] {
			if l != fmt.Sprintf("log %d", i) {
				t.Fatalf("line %d is %q", i, l)
			}
		}
	})
}

func TestManySeatsAtOnce(t *testing.T) {
	v := newVT(t, 100, 30)
	d := New(Options{W: v, Size: v.size, Verbose: true}, 64, 0)
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			d.Observe(seat(i, reviewers.Queued))
			d.Observe(seat(i, reviewers.Sending))
			for n := range 50 {
				d.Observe(with(seat(i, reviewers.Streaming), func(e *reviewers.Event) { e.Tokens = n }))
			}
			d.Observe(done(i, reviewers.Engaged, 1))
		})
	}
	wg.Wait()
	d.Close()
	if got := v.text(); len(got) != 66 || !strings.HasPrefix(got[64], "64 of 64 seats in 0s · 64 engaged · 6,400 tokens") {
		t.Errorf("%d lines:\n%s", len(got), strings.Join(got, "\n"))
	}
	v.tidy(t)
}

func TestRecordsTakeThePlaceOfLines(t *testing.T) {
	inTime(t, func(t *testing.T) {
		var out bytes.Buffer
		log := NewLogger(&out, true, slog.LevelDebug, time.Now())
		d := New(Options{W: NewLines(log), Log: log, Records: true}, 2, 1)
		d.Observe(with(seat(0, reviewers.Waiting), func(e *reviewers.Event) { e.For = reviewers.ForTPM }))
		d.Observe(with(seat(0, reviewers.Sending), func(e *reviewers.Event) { e.Model = "opus-4.7" }))
		d.Observe(with(seat(0, reviewers.Streaming), func(e *reviewers.Event) { e.Tokens = 5 }))
		d.Observe(with(seat(0, reviewers.Answered), func(e *reviewers.Event) {
			e.Try = &reviewers.Try{Latency: 1500 * time.Millisecond, Err: errors.New("cut\x1b[2J"), Response: reviewers.Response{Text: "PRIVATE", Reasoning: "PRIVATE", PromptTokens: 9}}
		}))
		d.Observe(with(seat(0, reviewers.Retrying), func(e *reviewers.Event) { e.Wait, e.Err = time.Second, errors.New("cut") }))
		time.Sleep(31 * time.Second)
		d.Examining(1, 2)
		d.Observe(done(0, reviewers.Engaged, 30))
		d.Close()
		var got []string
		for line := range strings.Lines(out.String()) {
			var r map[string]any
			if err := json.Unmarshal([]byte(line), &r); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			got = append(got, fmt.Sprintf("%v %v", r["level"], r["msg"]))
			if _, err := time.Parse(time.RFC3339Nano, fmt.Sprint(r["time"])); err != nil {
				t.Error(err)
			}
		}
		want := []string{"DEBUG waiting", "DEBUG request begun", "DEBUG request ended", "INFO retrying", "INFO progress", "INFO cross-examination"}
		// The seat of the second round is another one than that of the first.
		if diff := cmp.Diff(append(want, "INFO seat ended"), got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		for _, part := range []string{`"latency_s":1.5`, `"prompt_tokens":9`, `"status":"error","latency_s":1.5,"error":"cut␛[2J"`, `"seats":2,"done":1`, `"wait_s":1`, `"model":"opus-4.7"`} {
			if !strings.Contains(out.String(), part) {
				t.Errorf("no %s in\n%s", part, out.String())
			}
		}
		if strings.Contains(out.String(), "PRIVATE") {
			t.Error("the text of an answer was logged")
		}
	})
}

func TestQuietShowsNothing(t *testing.T) {
	d := New(Options{}, 1, 0)
	d.Observe(done(0, reviewers.Engaged, 1))
	d.Examining(1, 1)
	d.Close()
	fmt.Fprint(d.Writer(), "into the void")
}
