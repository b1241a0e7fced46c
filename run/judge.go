package run

import (
	"errors"
	"slices"
	"time"

	"scrum/bundler"
	"scrum/config"
	"scrum/report"
	"scrum/reviewers"
	"scrum/tally"
)

// StoredSeat is an answer with its text: all that the count needs of a seat.
type StoredSeat struct {
	Answer
	Text string
}

// Judge counts the answers and decides. It is a pure function of its arguments:
// a live run and a replay of it come to the same review.
func Judge(plan *bundler.Plan, seats []StoredSeat, c *config.Config, m *Manifest) (*report.Review, error) {
	policy, err := tally.Compile(c.Policy)
	if err != nil {
		return nil, &UsageError{Err: err}
	}
	counted := tallySeats(seats)
	result := tally.Count(plan, counted, c.TallyOptions())
	covers := tally.Coverage(bundleIDs(plan), counted, c.Engagement.Quorum)

	r := &report.Review{
		Schema: report.SchemaID, Run: m.Run, Notes: m.Notes,
		LeftOut: slices.Concat(plan.LeftOut, result.Problems),
		Tally:   result.Rows, Findings: result.Findings, Unparsed: result.Unparsed,
	}
	for i, b := range plan.Bundles {
		r.Bundles = append(r.Bundles, report.Bundle{ID: b.ID, Component: b.Component, Bytes: b.Bytes,
			Guard: b.Guard, Files: b.Paths(), Covered: covers[i].Covered, Why: covers[i].Why})
	}
	for _, s := range seats {
		r.Coverage = append(r.Coverage, s.Seat)
	}
	r.Totals = totals(r, result)
	r.Verdict = policy.Decide(tally.Env{
		Bundles: len(plan.Bundles), Covered: tally.Covered(covers), LeftOut: len(r.LeftOut), Unparsed: len(result.Unparsed),
		Findings: result.Findings, Convergent: result.Convergent, Distinct: result.Distinct, Forced: m.Run.ForcedOversize,
	})
	return r, nil
}

func bundleIDs(plan *bundler.Plan) []string {
	ids := make([]string, len(plan.Bundles))
	for i, b := range plan.Bundles {
		ids[i] = b.ID
	}
	return ids
}

func tallySeats(seats []StoredSeat) []tally.Seat {
	out := make([]tally.Seat, len(seats))
	for i, s := range seats {
		out[i] = tally.Seat{Bundle: s.Bundle, Reviewer: s.Reviewer, Kind: s.Kind, Lineage: s.Lineage,
			Asked: s.Asked, State: s.State, Missed: s.Missed, Text: s.Text}
	}
	return out
}

// totals adds up what is known. One seat of unknown cost makes the cost of the
// run unknown: unknown is not zero.
func totals(r *report.Review, counted tally.Result) report.Totals {
	t := report.Totals{Convergent: counted.Convergent, Distinct: counted.Distinct}
	var cost float64
	known := true
	for _, s := range r.Coverage {
		t.PromptTokens += s.PromptTokens
		t.CompletionTokens += s.CompletionTokens
		if s.CostUSD == nil {
			known = false
		} else {
			cost += *s.CostUSD
		}
	}
	if known {
		t.CostUSD = &cost
	}
	if !r.Run.Finished.IsZero() {
		t.WallMS = r.Run.Finished.Sub(r.Run.Started).Milliseconds()
	}
	return t
}

// answer is what is stored of a seat.
func answer(s reviewers.Seat) Answer {
	a := Answer{
		Seat: report.Seat{
			Bundle: s.Bundle, Reviewer: s.Member.Name, Kind: s.Member.Kind, Lineage: s.Lineage,
			Model: s.Member.Model, AnsweredModel: s.Response.Model, State: s.State,
			PromptTokens: s.Response.PromptTokens, CompletionTokens: s.Response.CompletionTokens,
			Estimated: s.Response.Estimated, LatencyMS: s.Latency.Milliseconds(), Attempts: s.Attempts, Cached: s.Cached,
		},
		Asked: s.Member.Lineage, Missed: s.State == reviewers.Skipped && errors.Is(s.Err, reviewers.ErrInterrupted),
		FinishReason: s.Response.FinishReason, CachedTokens: s.Response.CachedTokens,
		FirstTokenMS: s.Response.FirstToken.Milliseconds(), Reasoning: s.Response.Reasoning,
	}
	if usd, known := s.Cost(); known {
		a.CostUSD = &usd
	}
	if s.Err != nil {
		a.Error = s.Err.Error()
	}
	return a
}

// seat is the answer as the panel takes it: it has its state, so nobody is asked.
func (a Answer) seat(m *reviewers.Member, text string) reviewers.Seat {
	s := reviewers.Seat{
		Bundle: a.Bundle, Member: m, State: a.State, Lineage: a.Lineage, Attempts: a.Attempts, Cached: a.Cached,
		Latency: time.Duration(a.LatencyMS) * time.Millisecond,
		Response: reviewers.Response{
			Text: text, Reasoning: a.Reasoning, Model: a.AnsweredModel, FinishReason: a.FinishReason,
			PromptTokens: a.PromptTokens, CompletionTokens: a.CompletionTokens, CachedTokens: a.CachedTokens,
			Estimated: a.Estimated, FirstToken: time.Duration(a.FirstTokenMS) * time.Millisecond,
		},
	}
	if a.Error != "" {
		s.Err = errors.New(a.Error)
	}
	return s
}
