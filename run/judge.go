package run

import (
	"errors"
	"slices"
	"time"

	"scrum/bundler"
	"scrum/config"
	"scrum/ledger"
	"scrum/prompts"
	"scrum/report"
	"scrum/reviewers"
	"scrum/tally"
)

// StoredSeat is an answer with its text: all that the count needs of a seat.
type StoredSeat struct {
	Answer
	Text  string
	Parts []StoredSeat // the halves that the seat was tried again on
}

// Answers are all that a run was told.
type Answers struct {
	Seats []StoredSeat // of the coverage matrix
	Exams []StoredSeat // of the cross-examination
}

// Judge counts the answers and decides. It is a pure function of its arguments:
// a live run and a replay of it come to the same review.
func Judge(plan *bundler.Plan, answers Answers, c *config.Config, m *Manifest, gaps Gaps) (*report.Review, error) {
	seats := answers.Seats
	policy, err := tally.Compile(c.Policy)
	if err != nil {
		return nil, &UsageError{Err: err}
	}
	counted := tallySeats(seats)
	result := tally.Count(plan, counted, c.TallyOptions())
	result, gapNotes := gaps.apply(plan, result, m)
	result.Examine(opinions(answers.Exams))
	covers := tally.Coverage(bundleIDs(plan), counted, c.Engagement.Quorum)

	r := &report.Review{
		Schema: report.SchemaID, Run: m.Run, Notes: slices.Concat(m.Notes, gapNotes),
		LeftOut: slices.Concat(plan.LeftOut, result.Problems),
		Tally:   result.Rows, Findings: ledger.Fingerprints(plan, result.Findings), Unparsed: result.Unparsed, Anchors: result.Anchors,
	}
	for i, b := range plan.Bundles {
		r.Bundles = append(r.Bundles, report.Bundle{ID: b.ID, Component: b.Component, Bytes: b.Bytes,
			Guard: b.Guard, Files: b.Paths(), Covered: covers[i].Covered, Why: covers[i].Why})
	}
	unpaid := 0
	for _, s := range seats {
		r.Coverage = append(r.Coverage, s.Seat)
		if s.OutOfBudget {
			unpaid++
		}
	}
	for _, s := range answers.Exams {
		r.Examination = append(r.Examination, s.Seat)
		if s.OutOfBudget {
			unpaid++
		}
	}
	unexamined := 0
	for _, f := range result.Findings {
		if f.Unanswered() {
			unexamined++
		}
	}
	r.Notes = append(slices.Clip(r.Notes), strayQuestions(m.Examined, result.Findings)...)
	r.Totals = totals(r, result)
	r.Verdict = policy.Decide(tally.Env{
		Bundles: len(plan.Bundles), Covered: tally.Covered(covers), LeftOut: len(r.LeftOut), Unparsed: len(result.Unparsed),
		Findings: result.Findings, Convergent: result.Convergent, Distinct: result.Distinct, Forced: m.Run.ForcedOversize, Unpaid: unpaid, Unexamined: unexamined,
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
			Asked: s.Asked, State: s.State, Missed: s.Missed, Own: s.Own, Text: s.Text, Halves: s.halves()}
	}
	return out
}

// halves are the texts of the second try, and of the tries after that.
func (s StoredSeat) halves() []string {
	var out []string
	for _, h := range s.Parts {
		out = append(append(out, h.Text), h.halves()...)
	}
	return out
}

// totals adds up what is known. One seat of unknown cost makes the cost of the
// run unknown: unknown is not zero.
func totals(r *report.Review, counted tally.Result) report.Totals {
	t := report.Totals{Convergent: counted.Convergent, Distinct: counted.Distinct}
	var cost float64
	known := true
	for _, s := range slices.Concat(r.Coverage, r.Examination) {
		if s.Cached { // what an earlier run has paid for
			continue
		}
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

// Store is the seat as it is stored and counted, with its halves.
func Store(s reviewers.Seat) StoredSeat {
	out := StoredSeat{Answer: answer(s), Text: s.Response.Text}
	for _, h := range s.Halves {
		part := Store(h)
		out.Parts = append(out.Parts, part)
		out.Halves = append(out.Halves, half(part.Seat))
	}
	return out
}

func half(s report.Seat) report.Half {
	return report.Half{
		Bundle: s.Bundle, Lineage: s.Lineage, AnsweredModel: s.AnsweredModel, State: s.State,
		PromptTokens: s.PromptTokens, CompletionTokens: s.CompletionTokens, LatencyMS: s.LatencyMS,
		Attempts: s.Attempts, CostUSD: s.CostUSD, Error: s.Error,
	}
}

// answer is what is stored of a seat beside its text.
func answer(s reviewers.Seat) Answer {
	u := s.Usage()
	a := Answer{
		Seat: report.Seat{
			Bundle: s.Bundle, Reviewer: s.Member.Name, Kind: s.Member.Kind, Lineage: s.Lineage,
			Model: s.Member.Model, AnsweredModel: s.Response.Model, State: s.State,
			PromptTokens: u.PromptTokens, CompletionTokens: u.CompletionTokens,
			Estimated: u.Estimated, LatencyMS: s.Latency.Milliseconds(), Attempts: u.Attempts, Cached: s.Cached,
			Whole: s.Whole,
		},
		Asked: s.Member.Lineage, Own: s.Member.Own, Missed: s.Missed(), OutOfBudget: s.State == reviewers.Skipped && errors.Is(s.Err, reviewers.ErrBudget),
		FinishReason: s.Response.FinishReason, CachedTokens: u.CachedTokens,
		FirstTokenMS: s.Response.FirstToken.Milliseconds(), Reasoning: s.Response.Reasoning,
		AnswerTokens: s.Response.CompletionTokens,
	}
	if !u.Unpriced {
		a.CostUSD = &u.USD
	}
	if s.Err != nil {
		a.Error = s.Err.Error()
	}
	if s.WholeErr != nil {
		a.WholeError = s.WholeErr.Error()
	}
	return a
}

// usage is what has been spent on the seat, halves included.
func (a Answer) usage() reviewers.Usage {
	u := reviewers.Usage{Attempts: a.Attempts, PromptTokens: a.PromptTokens, CompletionTokens: a.CompletionTokens,
		CachedTokens: a.CachedTokens, Estimated: a.Estimated, Unpriced: a.CostUSD == nil}
	if a.CostUSD != nil {
		u.USD = *a.CostUSD
	}
	return u
}

// Answered is the stored answer as the panel takes it: with its state, so that nobody
// is asked, and with what it has cost.
func (s StoredSeat) Answered(m *reviewers.Member, req prompts.Request) reviewers.Seat {
	spent := s.usage()
	out := reviewers.Seat{
		Bundle: s.Bundle, Member: m, Request: req, State: s.State, Lineage: s.Lineage, Cached: s.Cached, Prior: &spent,
		Latency: time.Duration(s.LatencyMS) * time.Millisecond,
		Response: reviewers.Response{
			Text: s.Text, Reasoning: s.Reasoning, Model: s.AnsweredModel, FinishReason: s.FinishReason,
			CompletionTokens: s.AnswerTokens, Estimated: s.Estimated, FirstToken: time.Duration(s.FirstTokenMS) * time.Millisecond,
		},
		Whole: s.Whole, Err: told(s.Error), WholeErr: told(s.WholeError),
	}
	for _, h := range s.Parts {
		half := h.Answered(m, prompts.Request{Bundle: h.Bundle})
		half.Prior = nil // it is in the whole's
		out.Halves = append(out.Halves, half)
	}
	return out
}

// told is a stored error.
func told(text string) error {
	if text == "" {
		return nil
	}
	return errors.New(text)
}
