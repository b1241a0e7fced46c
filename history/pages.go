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
		return emptyPage()
	}
	if len(l.Runs) == 0 {
		return tooOld(l.Total)
	}
	t := &report.Table{Head: []string{"when (UTC)", "head", "outcome", "rule", "findings", "seats", "tokens", "cost", "wall"}}
	for _, r := range l.Runs {
		t.Rows = append(t.Rows, []report.Cell{
			report.Name(when(r.Started)), report.Name(r.commit()), report.Words(r.end()), report.Words(r.Rule),
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

func emptyPage() page {
	return page{{text: "The history is empty: scrum review keeps its runs below .scrum/runs, and they are read from there."}}
}

func tooOld(total int) page {
	return page{{text: fmt.Sprintf("The history has %s, none as recent as that.", runs(total))}}
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
			report.Name(s.Bundle), report.Words(s.Reviewer), report.Words(s.Lineage), report.Words(s.model()), report.Name(s.end()),
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

// page implements [Document].
func (r *Records) page() page {
	if r.Total == 0 {
		return emptyPage()
	}
	if r.Runs == 0 {
		return tooOld(r.Total)
	}
	out := page{{text: fmt.Sprintf("%d of %s. Reviewers first, then lineages.", r.Runs, runs(r.Total))}, {}}
	out = append(out, part{text: "What they did"}, part{table: r.table(
		[]string{"", "runs", "seats", "engaged", "latency", "tokens", "cost"}, Record.did)}, part{})
	out = append(out, part{text: "Where their places stand in the diff"}, part{table: r.table(
		[]string{"", "places", "exact", "context", "snapped", "file", "outside", "unknown"}, Record.stood)}, part{})
	out = append(out, part{text: "What became of their findings"}, part{table: r.table(
		[]string{"", "findings", "convergent", "open", "accepted", "dismissed", "refuted", "retracted"}, Record.held)}, part{})
	return append(out,
		part{text: "latency: the median of engaged seats. findings: reported and not retracted, in every run anew."},
		part{text: "accepted, dismissed: entries of gaps.yaml, each once. What was mended is in no ledger: it is open in the runs that saw it."})
}

// table has a row for each reviewer and, below them, for each lineage.
func (r *Records) table(head []string, row func(Record) []report.Cell) *report.Table {
	t := &report.Table{Head: head}
	for i, records := range [][]Record{r.Reviewers, r.Lineages} {
		if i > 0 {
			t.Rows = append(t.Rows, nil)
		}
		for _, one := range records {
			t.Rows = append(t.Rows, append([]report.Cell{report.Words(one.Name)}, row(one)...))
		}
	}
	return t
}

func (r Record) did() []report.Cell {
	latency := report.Nothing()
	if r.LatencyMS != nil {
		latency = report.Wall(*r.LatencyMS)
	}
	cost := report.Nothing()
	if r.Runs > 0 {
		cost = report.USD(r.CostUSD, r.CostUnknown > 0)
	}
	return []report.Cell{report.Number(r.Runs), report.Number(r.Asked), report.Share(r.Engaged, r.Asked), latency,
		report.Tokens(r.PromptTokens + r.CompletionTokens), cost}
}

func (r Record) stood() []report.Cell {
	p, all := r.Places, r.Places.Total()
	out := []report.Cell{report.Number(all)}
	for _, n := range []int{p.Exact, p.Context, p.Snapped, p.File, p.Outside, p.Unknown} {
		share := report.Nothing()
		if n > 0 {
			share = report.Share(n, all)
		}
		out = append(out, share)
	}
	return out
}

func (r Record) held() []report.Cell {
	return []report.Cell{report.Number(r.Findings), report.Share(r.Convergent, r.Findings), report.Number(r.Open),
		report.Number(r.Accepted), report.Number(r.Dismissed), report.Number(r.Refuted), report.Number(r.Retracted)}
}

// grid implements [Document].
func (r *Records) grid() [][]string {
	out := [][]string{{"by", "name", "tool", "runs", "seats_asked", "seats_engaged", "seats_cached", "median_latency_ms", "prompt_tokens", "completion_tokens",
		"cost_usd", "seats_cost_unknown", "exact", "context", "snapped", "file", "outside", "unknown",
		"findings", "convergent_findings", "open_findings", "refuted_findings", "retracted_findings", "accepted", "dismissed"}}
	for _, g := range []struct {
		by      group
		records []Record
	}{{byReviewer, r.Reviewers}, {byLineage, r.Lineages}} {
		for _, one := range g.records {
			out = append(out, append([]string{string(g.by)}, one.cells()...))
		}
	}
	return out
}

func (r Record) cells() []string {
	latency := ""
	if r.LatencyMS != nil {
		latency = strconv.FormatInt(*r.LatencyMS, 10)
	}
	out := []string{cell(r.Name), strconv.FormatBool(r.Tool)}
	add := func(counts ...int) {
		for _, n := range counts {
			out = append(out, strconv.Itoa(n))
		}
	}
	add(r.Runs, r.Asked, r.Engaged, r.Cached)
	out = append(out, latency)
	add(r.PromptTokens, r.CompletionTokens)
	out = append(out, money(r.CostUSD))
	p := r.Places
	add(r.CostUnknown, p.Exact, p.Context, p.Snapped, p.File, p.Outside, p.Unknown)
	add(r.Findings, r.Convergent, r.Open, r.Refuted, r.Retracted, r.Accepted, r.Dismissed)
	return out
}
