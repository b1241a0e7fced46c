package progress

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"scrum/report"
	"scrum/reviewers"
)

// because is an error on one line, "" for none. It may hold what a server has said.
func because(err error) string {
	if err == nil {
		return ""
	}
	return report.Phrase(err.Error())
}

// phases puts the numbers of those that have not ended into words.
func (c Counts) phases() string {
	var out []string
	for _, p := range []struct {
		n    int
		word string
	}{{c.Streaming, "streaming"}, {c.Asked, "asked"}, {c.Retrying, "retrying"}, {c.Waiting, "waiting"}, {c.Queued, "queued"}} {
		if p.n > 0 {
			out = append(out, fmt.Sprintf("%d %s", p.n, p.word))
		}
	}
	return strings.Join(out, ", ")
}

// ends puts the numbers of those that have ended into words; the usual end only when
// all is asked for.
func (c Counts) ends(all bool) string {
	var out []string
	for _, s := range []struct {
		n    int
		word reviewers.State
	}{{c.Engaged, reviewers.Engaged}, {c.Disengaged, reviewers.Disengaged}, {c.Truncated, reviewers.Truncated}, {c.Failed, reviewers.Failed}, {c.Skips, reviewers.Skipped}} {
		if s.n > 0 && (all || s.word != reviewers.Engaged && s.word != reviewers.Skipped) {
			out = append(out, fmt.Sprintf("%d %s", s.n, s.word))
		}
	}
	return strings.Join(out, ", ")
}

// head is the line that says it all.
func (s Summary) head() string {
	out := []string{fmt.Sprintf("%d of %s", s.Done(), counted(s.Seats, "seat")), span(s.Elapsed)}
	if s.Left > 0 {
		out = append(out, "about "+span(s.Left)+" left")
	}
	return strings.Join(append(out, s.spent()...), " · ")
}

// tail is what remains on the screen when all is over.
func (s Summary) tail() string {
	out := []string{fmt.Sprintf("%d of %s in %s", s.Done(), counted(s.Seats, "seat"), span(s.Elapsed))}
	if ends := s.ends(true); ends != "" {
		out = append(out, ends)
	}
	if s.Known > 0 {
		out = append(out, counted(s.Known, "answer")+" from before")
	}
	return strings.Join(append(out, s.spent()...), " · ")
}

func (s Summary) spent() []string {
	var out []string
	if s.Tokens > 0 {
		out = append(out, grouped(s.Tokens)+" tokens")
	}
	if s.USD > 0 {
		usd := fmt.Sprintf("%.2f USD", s.USD)
		if s.USD < 0.01 {
			usd = fmt.Sprintf("%.4f USD", s.USD)
		}
		if s.Unpriced {
			usd += " or more"
		}
		out = append(out, usd)
	}
	return out
}

// heartbeat is the line that tells a log that all is well.
func (s Summary) heartbeat() string {
	out := []string{fmt.Sprintf("%d of %s", s.Done(), counted(s.Seats, "seat"))}
	if p := s.phases(); p != "" {
		out = append(out, p)
	}
	return strings.Join(append(out, span(s.Elapsed)), ", ")
}

// doing says what is going on with a seat.
func (r *row) doing(now time.Time) string {
	switch r.phase {
	case reviewers.Streaming:
		return "streaming, " + counted(r.tokens, "token")
	case reviewers.Sending:
		if r.attempt > 1 {
			return fmt.Sprintf("asked, attempt %d", r.attempt)
		}
		return "asked"
	case reviewers.Waiting:
		if rest := r.until.Sub(now); rest > 0 {
			return fmt.Sprintf("waiting %s for %s", span(rest), r.waitsFor)
		}
		return "waiting for " + r.waitsFor
	case reviewers.Retrying:
		wait := "retrying"
		if rest := r.until.Sub(now); rest > 0 {
			wait = "retrying in " + span(max(rest, time.Second))
		}
		if r.why != "" {
			wait += ": " + r.why
		}
		return wait
	}
	return string(r.phase)
}

// span is a duration in whole seconds, as people say it.
func span(d time.Duration) string { return d.Round(time.Second).String() }

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return grouped(n) + " " + noun + "s"
}

// grouped writes 12345 as 12,345.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
