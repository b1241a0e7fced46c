package tally

import "scrum/bundler"

// Reading is what the answers of a panel say, read and placed once, to be counted
// under any options. It does not change: many may count at a time.
type Reading struct {
	plan *bundler.Plan
	read counter
}

// Read reads the answers, with further words for severities, and places their reports
// in the diff.
func Read(plan *bundler.Plan, seats []Seat, scale Scale) *Reading {
	r := &Reading{plan: plan, read: counter{index: newIndex(plan), tokenizer: newTokenizer(), opt: Options{Severities: scale}}}
	c := &r.read
	c.odd = c.index.oddNames()
	c.seats = c.sorted(seats)
	c.result.Unparsed = []Unparsed{} // empty lists are lists in JSON too
	c.result.Problems = c.index.problems
	for i := range c.seats {
		c.read(i)
	}
	return r
}

// Count is [Count] of what was read.
func (r *Reading) Count(opt Options) Result {
	c := r.read
	c.opt = opt.orDefault()
	c.converge()
	c.sum(r.plan)
	return c.result
}

// Placed is one reported problem at one of its places.
type Placed struct {
	Reviewer string
	Lineage  string
	Title    string
	Why      string
	Fix      string
	Where    string // as the reviewer wrote it; with Text, that of its Source
	Text     string
	Path     string // the place in the diff that it was taken for
	Side     Side
	Line     int // 0: the whole file
	EndLine  int
	Anchor   Anchor
}

// Reports are the problems that the answers report, one for each place, retracted
// ones included.
func (r *Reading) Reports() []Placed {
	out := make([]Placed, 0, len(r.read.items))
	for _, it := range r.read.items {
		out = append(out, Placed{
			Reviewer: it.reviewer, Lineage: it.lineage, Title: it.report.Title, Why: it.report.Why, Fix: it.report.Fix,
			Where: it.place.Raw, Text: it.report.Text,
			Path: it.at.path, Side: it.at.side, Line: it.at.line, EndLine: it.at.end, Anchor: it.at.anchor,
		})
	}
	return out
}
