package report

import (
	"fmt"
	"slices"
	"strings"

	"scrum/bundler"
	"scrum/reviewers"
	"scrum/tally"
)

// findingMatrix is places × lineages: who reports what, a row a finding. All analysers
// share a column.
type findingMatrix struct {
	Columns  []string
	Lineages []string // for the filter: the columns, and each analyser by itself
	Groups   []matrixGroup
}

// matrixGroup is a bundle with its line of counts, or the findings of one aside.
type matrixGroup struct {
	Line    string // that the nightly greps; "" of an aside
	Title   string
	Uncover string // why the bundle is not covered; "" when it is
	Guard   string // what is to be said of its size
	Rows    []matrixRow
}

type matrixRow struct {
	findingView
	Cells []matrixCell
}

// matrixCell is what a lineage says of a finding, in words; "" is nothing.
type matrixCell struct{ Text, Look, Who string }

const toolColumn = "tools"

// Width is the number of columns of the table.
func (m findingMatrix) Width() int { return len(m.Columns) + 4 }

func (s story) findingMatrix() findingMatrix {
	var m findingMatrix
	m.Columns, m.Lineages = s.lineageColumns()
	for _, c := range s.chapters {
		g := matrixGroup{Line: Sanitise(c.row), Title: strings.TrimSpace(inline(c.ID) + " " + phrase(c.Component))}
		if !c.Covered {
			g.Uncover = phrase(c.Why)
		}
		if c.Guard != bundler.GuardOK {
			g.Guard = strings.TrimPrefix(aboutBundle(Bundle{Files: c.Files, Guard: c.Guard}), plural(len(c.Files), "file")+" · ")
		}
		g.Rows = m.rows(c.findings)
		m.Groups = append(m.Groups, g)
	}
	for _, a := range s.asides {
		m.Groups = append(m.Groups, matrixGroup{Title: a.title, Rows: m.rows(a.findings)})
	}
	return m
}

// lineageColumns are the models' lineages in the order of the panel, then the analysers.
func (s story) lineageColumns() (columns, all []string) {
	tools := false
	add := func(lineage string) {
		if lineage = inline(lineage); lineage == "" || slices.Contains(all, lineage) {
			return
		}
		all = append(all, lineage)
		if isTool(lineage) {
			tools = true
		} else {
			columns = append(columns, lineage)
		}
	}
	for _, c := range s.Coverage {
		if c.Kind != reviewers.Analyser {
			add(c.Lineage)
		}
	}
	for _, f := range s.Findings {
		for _, l := range f.Lineages {
			add(l)
		}
		for _, src := range f.Sources {
			add(src.Lineage)
		}
		for _, e := range f.Examined {
			add(e.Lineage)
		}
	}
	if tools {
		columns = append(columns, toolColumn)
	}
	return columns, all
}

func isTool(lineage string) bool { return strings.HasPrefix(lineage, "tool:") }

func (m findingMatrix) rows(findings []tally.Finding) []matrixRow {
	out := make([]matrixRow, 0, len(findings))
	for _, f := range findings {
		row := matrixRow{findingView: newFindingView(f)}
		for _, column := range m.Columns {
			row.Cells = append(row.Cells, newMatrixCell(f, column))
		}
		out = append(out, row)
	}
	return out
}

func newMatrixCell(f tally.Finding, column string) matrixCell {
	in := func(lineage string) bool {
		lineage = inline(lineage)
		return lineage == column || column == toolColumn && isTool(lineage)
	}
	c := matrixCell{Who: strings.Join(whoOf(f, in), ", ")}
	for _, s := range f.Sources {
		if in(s.Lineage) && s.Retracted == "" && (c.Text == "" || rank(s.Severity) < rank(tally.Severity(c.Text))) {
			c.Text, c.Look = severityWord(s.Severity), severityLook(s.Severity)
		}
	}
	if c.Text != "" {
		return c
	}
	if slices.ContainsFunc(f.Lineages, in) {
		c.Text, c.Look = severityWord(f.Severity), severityLook(f.Severity)
		return c
	}
	for _, s := range f.Sources {
		if in(s.Lineage) {
			c.Text = "took it back"
			return c
		}
	}
	for _, e := range f.Examined {
		if in(e.Lineage) {
			c.Text, c.Look = opinionSign(e.Opinion)
			c.Who = inline(e.Reviewer)
			return c
		}
	}
	return c
}

func whoOf(f tally.Finding, in func(string) bool) []string {
	var out []string
	for _, s := range f.Sources {
		if name := inline(s.Reviewer); in(s.Lineage) && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

func opinionSign(o tally.Opinion) (text, look string) {
	switch o {
	case tally.Confirms:
		return "confirms", "good"
	case tally.Refutes:
		return "refutes", "unsure"
	case tally.Unsure:
		return "unsure", ""
	}
	return "no opinion", ""
}

// coverageView is bundles × reviewers: how each seat ended, and what it took.
type coverageView struct {
	Columns  []coverageColumn
	Rows     []coverageRow
	Legend   string
	Troubles []troubleView
}

type coverageColumn struct{ Name, Lineage string }

type coverageRow struct {
	Bundle, Component, Size string
	Covered                 bool
	Why                     string
	Cells                   []seatView
}

type seatView struct {
	Sign, Word, Look string
	Details          []string // tokens, latency, cost, …
}

type troubleView struct{ Sign, Text string }

func (s story) coverageView() coverageView {
	m := s.matrix()
	var v coverageView
	for _, c := range m.reviewers {
		v.Columns = append(v.Columns, coverageColumn{c.name, c.lineage})
	}
	if len(v.Columns) == 0 {
		return v
	}
	for _, b := range s.Bundles {
		row := coverageRow{Bundle: inline(b.ID), Component: phrase(b.Component), Size: bytesText(b.Bytes), Covered: b.Covered, Why: phrase(b.Why)}
		for _, c := range m.reviewers {
			seat, ok := c.cells[b.ID]
			if !ok {
				seat = Seat{State: reviewers.Skipped}
			}
			row.Cells = append(row.Cells, newSeatView(seat))
		}
		v.Rows = append(v.Rows, row)
	}
	for _, st := range m.states {
		v.Legend += fmt.Sprintf("%s %s: %s. ", sign(st), inline(string(st)), meaning(st))
	}
	for _, t := range s.troubles() {
		v.Troubles = append(v.Troubles, troubleView{sign(t.state), t.String()})
	}
	return v
}

func newSeatView(s Seat) seatView {
	v := seatView{Sign: sign(s.State), Word: inline(string(s.State)), Look: seatLook(s.State)}
	if s.State == reviewers.Skipped && s.Attempts == 0 {
		return v
	}
	estimated := ""
	if s.Estimated {
		estimated = "~"
	}
	if s.PromptTokens+s.CompletionTokens > 0 {
		v.Details = append(v.Details, fmt.Sprintf("%s%s in, %s%s out", estimated, short(s.PromptTokens), estimated, short(s.CompletionTokens)))
	}
	took := wall(s.LatencyMS)
	if s.LatencyMS < 100 {
		took = fmt.Sprintf("%d ms", s.LatencyMS)
	}
	if s.Kind != reviewers.Analyser {
		took += ", " + cost(s.CostUSD)
	}
	v.Details = append(v.Details, took)
	if s.Attempts > 1 {
		v.Details = append(v.Details, plural(s.Attempts, "attempt"))
	}
	if s.Cached {
		v.Details = append(v.Details, "from the cache")
	}
	if len(s.Halves) > 0 {
		v.Details = append(v.Details, "read in halves")
	}
	return v
}

func seatLook(s reviewers.State) string {
	switch s {
	case reviewers.Engaged:
		return "good"
	case reviewers.Failed:
		return "bad"
	case reviewers.Disengaged, reviewers.Truncated:
		return "warn"
	}
	return ""
}

// examinedView is the table of the cross-examination.
type examinedView struct {
	Heads []string
	Rows  []examinedLine
}

type examinedLine struct {
	Severity, Look, Place, ID string
	Cells                     []string
}

func (s story) examinedView() examinedView {
	v := examinedView{Heads: append(examinedHeads()[:5:5], "state")}
	for _, f := range inOrder(s.Findings) {
		if len(f.Examined) > 0 {
			v.Rows = append(v.Rows, examinedLine{Severity: severityWord(f.Severity), Look: severityLook(f.Severity), ID: elementID(f)})
		}
	}
	for i, row := range s.examined() { // in the same order
		v.Rows[i].Place, v.Rows[i].Cells = row.place, row.cells()
	}
	return v
}

// anchorView is how well each reviewer's places fit the diff.
type anchorView struct {
	Heads []string
	Rows  []anchorLine
}

type anchorLine struct {
	Reviewer string
	Total    int
	Rates    []string
}

func (s story) anchorView() anchorView {
	var v anchorView
	list := s.placesOf()
	for i, h := range anchorHeads() {
		if used(list, i) {
			v.Heads = append(v.Heads, h)
		}
	}
	for _, a := range list {
		line := anchorLine{Reviewer: a.reviewer, Total: a.total}
		for i := range anchorHeads() {
			if used(list, i) {
				line.Rates = append(line.Rates, a.rates[i])
			}
		}
		v.Rows = append(v.Rows, line)
	}
	return v
}
