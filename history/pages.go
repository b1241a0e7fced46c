package history

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"scrum/report"
)

// page implements [Document].
func (l *RunList) page() page {
	if l.Total == 0 {
		return page{{text: "The history is empty: scrum review keeps its runs below .scrum/runs, and they are read from there."}}
	}
	if len(l.Runs) == 0 {
		return page{{text: fmt.Sprintf("None of the %s of the history is as recent as that.", runs(l.Total))}}
	}
	t := &report.Table{Head: []string{"when (UTC)", "head", "outcome", "rule", "findings", "seats", "tokens", "cost", "wall"}}
	for _, r := range l.Runs {
		t.Rows = append(t.Rows, []report.Cell{
			report.Words(when(r.Started)), report.Words(r.commit()), report.Words(r.end()), report.Words(r.Rule),
			report.Ratio(r.Convergent, r.Distinct), report.Ratio(r.Engaged, r.Asked),
			report.Tokens(r.PromptTokens + r.CompletionTokens), report.USD(r.CostUSD, false), report.Wall(r.WallMS),
		})
	}
	return page{
		{table: t}, {},
		{text: fmt.Sprintf("%d of %s · findings: convergent/distinct · seats: engaged/asked", len(l.Runs), runs(l.Total))},
		{text: fmt.Sprintf("scrum history RUN shows the seats of one; RUN is its commit or its id, such as %s", l.Runs[0].ID)},
	}
}

func runs(n int) string {
	if n == 1 {
		return "1 run"
	}
	return fmt.Sprintf("%d runs", n)
}

func when(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.UTC().Format("2006-01-02 15:04")
}

// commit is the new side as people write it; + marks what was not committed.
func (r Run) commit() string {
	out := r.Head
	if len(out) > 9 {
		out = out[:9]
	}
	if out == "" {
		return "work"
	}
	if r.Dirty {
		out += "+"
	}
	return out
}

// end is the outcome, or how far the run has come.
func (r Run) end() string {
	switch {
	case r.Outcome == "":
		return r.State
	case r.State == "interrupted":
		return r.Outcome + ", " + r.State
	}
	return r.Outcome
}

// grid implements [Document].
func (l *RunList) grid() [][]string {
	out := [][]string{{"id", "started", "finished", "state", "label", "base", "head", "dirty", "scripted", "tool_version", "outcome", "rule",
		"convergent", "distinct", "seats_engaged", "seats_asked", "prompt_tokens", "completion_tokens", "cost_usd", "wall_ms"}}
	for _, r := range l.Runs {
		out = append(out, []string{cell(r.ID), stamp(r.Started), stamp(r.Finished), cell(r.State), cell(r.Label), cell(r.Base), cell(r.Head),
			strconv.FormatBool(r.Dirty), strconv.FormatBool(r.Scripted), cell(r.ToolVersion), cell(r.Outcome), cell(r.Rule),
			strconv.Itoa(r.Convergent), strconv.Itoa(r.Distinct), strconv.Itoa(r.Engaged), strconv.Itoa(r.Asked),
			strconv.Itoa(r.PromptTokens), strconv.Itoa(r.CompletionTokens), money(r.CostUSD), strconv.FormatInt(r.WallMS, 10)})
	}
	return out
}

// money is a cost as a number; an unknown one is empty.
func money(usd *float64) string {
	if usd == nil {
		return ""
	}
	return strconv.FormatFloat(*usd, 'f', -1, 64)
}

// page implements [Document].
func (p *RunPage) page() page {
	r := p.Run
	title := strings.TrimSpace(r.ID + "  " + strings.Join(strings.Fields(r.Label), " "))
	about := fmt.Sprintf("%s UTC · %s · %s", when(r.Started), r.commit(), r.end())
	if r.Rule != "" {
		about += " by rule " + strings.Join(strings.Fields(r.Rule), " ")
	}
	about += fmt.Sprintf(" · %d convergent / %d distinct", r.Convergent, r.Distinct)
	out := page{{text: title}, {text: about}, {}}
	if len(p.Seats) == 0 {
		return append(out, part{text: "No seats are known of this run: it has no verdict yet."})
	}
	t := &report.Table{Head: []string{"bundle", "reviewer", "lineage", "model", "state", "tokens", "latency", "attempts", "cost"}}
	for _, s := range p.Seats {
		t.Rows = append(t.Rows, []report.Cell{
			report.Words(s.Bundle), report.Words(s.Reviewer), report.Words(s.Lineage), report.Words(s.model()), report.Words(s.end()),
			report.Tokens(s.PromptTokens + s.CompletionTokens), report.Wall(s.LatencyMS), report.Number(s.Attempts), report.USD(s.CostUSD, false),
		})
	}
	return append(out, part{table: t})
}

// model is the one that answered, when that is not the one that was asked.
func (s Seat) model() string {
	if s.AnsweredModel != "" {
		return s.AnsweredModel
	}
	return s.Model
}

func (s Seat) end() string {
	if s.Cached {
		return s.State + ", cached"
	}
	return s.State
}

// grid implements [Document].
func (p *RunPage) grid() [][]string {
	out := [][]string{{"run", "bundle", "reviewer", "kind", "lineage", "model", "answered_model", "state", "prompt_tokens", "completion_tokens",
		"estimated", "latency_ms", "attempts", "cost_usd", "cached", "error"}}
	for _, s := range p.Seats {
		out = append(out, []string{cell(p.Run.ID), cell(s.Bundle), cell(s.Reviewer), cell(s.Kind), cell(s.Lineage), cell(s.Model), cell(s.AnsweredModel),
			cell(s.State), strconv.Itoa(s.PromptTokens), strconv.Itoa(s.CompletionTokens), strconv.FormatBool(s.Estimated),
			strconv.FormatInt(s.LatencyMS, 10), strconv.Itoa(s.Attempts), money(s.CostUSD), strconv.FormatBool(s.Cached), cell(s.Error)})
	}
	return out
}
