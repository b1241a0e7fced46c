package tally

import (
	"cmp"
	"slices"
	"strings"

	"scrum/bundler"
	"scrum/reviewers"
)

// The ways of matching.
const (
	MatchExact = "exact" // the same path, side and line
	MatchNear  = "near"  // or close to it, when the texts speak of the same thing
)

// Options say when two reports are of one problem. The zero value stands for
// DefaultOptions; when Match, Gap or Span is set, all three are taken as they are. A
// likeness of 0, at which all texts would be alike, stands for the default.
type Options struct {
	Match string // MatchExact or MatchNear
	Gap   int    // near: lines between two reports at most
	Span  int    // near: lines between the first and the last report of a finding at most

	Alike      float64 // texts that share so much of their words are alike (cosine)
	AlikeNamed float64 // the same, of texts that share half of their names

	Severities Scale // further words of reviewers; nil: none
}

// DefaultOptions is what holds when nothing is configured.
func DefaultOptions() Options {
	return Options{Match: MatchNear, Gap: 3, Span: 15, Alike: sameWords, AlikeNamed: sameNamesWords}
}

func (o Options) orDefault() Options {
	if o.Match == "" && o.Gap == 0 && o.Span == 0 {
		d := DefaultOptions()
		o.Match, o.Gap, o.Span = d.Match, d.Gap, d.Span
	}
	o.Alike = cmp.Or(o.Alike, sameWords)
	o.AlikeNamed = cmp.Or(o.AlikeNamed, sameNamesWords)
	return o
}

// Result is what the panel found, counted.
type Result struct {
	Findings []Finding         // by bundle, severity, convergence, path, line
	Unparsed []Unparsed        // by bundle and reviewer
	Rows     []Row             // a bundle each, in the plan's order
	Anchors  []AnchorCount     // a reviewer each, by name
	Problems []bundler.LeftOut // parts whose hunks could not be read: their places are outside

	// Distinct counts open findings. Convergent counts those of them that at least
	// two lineages report at a place that the diff has.
	Convergent, Distinct int
}

// AnchorCount is how well a reviewer's places fit the diff. One that invents
// paths should be seen.
type AnchorCount struct {
	Reviewer string         `json:"reviewer"`
	Counts   map[Anchor]int `json:"counts"`
}

// Count reads all answers and counts the lineages behind each place.
//
// Two reports of one reviewer at one line are one finding with both texts, unless
// the texts have almost nothing in common: then they are two problems. Reports of
// several reviewers at one line are one finding unless both are long enough to
// compare and have almost nothing in common. When the lines differ, the texts
// must also be alike. Findings never reach over files or sides, nor join places
// that may gate with places that may not (outside, unknown).
//
// A retracted report is counted nowhere. While another reviewer still reports the
// same problem, it is kept among the sources of that open finding, marked.
func Count(plan *bundler.Plan, seats []Seat, opt Options) Result {
	return Read(plan, seats, opt.Severities).Count(opt)
}

type counter struct {
	index     *index
	odd       odd
	opt       Options
	tokenizer tokenizer
	seats     []Seat
	items     []*item
	result    Result
}

// item is one reported problem at one of its places.
type item struct {
	seat     int
	reviewer string
	lineage  string
	tool     bool
	report   *Reported
	place    Place
	at       location
	words    tokens
	quoted   string // where the code stands that it quotes
	retired  string // why it was withdrawn; "" while it stands
}

// unknownLineage is the one lineage of all models that nobody knows.
const unknownLineage = "unknown"

func lineageOf(s string) string {
	if s == "" {
		return unknownLineage
	}
	return s
}

// sorted puts seats in the one order that everything after relies on, and makes
// the bundles known that the plan lacks.
func (c *counter) sorted(seats []Seat) []Seat {
	out := slices.Clone(seats)
	slices.SortStableFunc(out, func(a, b Seat) int { return strings.Compare(a.Bundle, b.Bundle) })
	for _, s := range out {
		c.index.bundle(s.Bundle)
	}
	slices.SortStableFunc(out, func(a, b Seat) int {
		return cmp.Or(
			cmp.Compare(c.index.order[a.Bundle], c.index.order[b.Bundle]),
			strings.Compare(a.Reviewer, b.Reviewer),
			strings.Compare(a.Lineage, b.Lineage),
			strings.Compare(a.Text, b.Text),
			strings.Compare(string(a.Kind), string(b.Kind)),
			strings.Compare(string(a.State), string(b.State)),
		)
	})
	return out
}

// read turns the answers of one seat into items: the whole's first, then those of
// its halves, so that nothing is lost that any of them has found.
func (c *counter) read(seat int) {
	for _, text := range append([]string{c.seats[seat].Text}, c.seats[seat].Halves...) {
		if text != "" {
			c.readAnswer(seat, text)
		}
	}
}

func (c *counter) readAnswer(seat int, text string) {
	s := c.seats[seat]
	report := c.opt.Severities.Parse(text)
	first := len(c.items)
	found, unparsed := c.odd.replaced(report)
	claims, left := c.claims(found)
	numbered := c.index.numbering(claims, c.index.order[s.Bundle])
	for i, claim := range claims {
		if numbered != ofFile {
			claim.place, claim.ofDiff = c.index.inFile(claim.place, numbered, c.index.order[s.Bundle])
		}
		if i > 0 && claim.report == claims[i-1].report { // another place of the same problem
			before := c.items[len(c.items)-1]
			c.claimed(s, seat, claim, before.report, before.words)
			continue
		}
		r := claim.report.bounded()
		c.claimed(s, seat, claim, r, c.tokenizer.of(r.Title, r.Why, r.Fix))
	}
	if left > 0 {
		unparsed = append([]string{untold(left)}, unparsed...)
	}
	if s.Kind != reviewers.Analyser { // a program takes nothing back: such words in its text are a quotation of the code
		unparsed = append(unparsed, c.retract(c.items[first:], report.Retractions)...)
	}
	c.unread(s, unparsed)
}

// claimed adds a problem at a place to what is going to be counted.
func (c *counter) claimed(s Seat, seat int, claim claim, r *Reported, words tokens) {
	place := claim.place
	it := &item{
		seat: seat, reviewer: s.Reviewer, lineage: lineageOf(s.Lineage), tool: s.Kind == reviewers.Analyser,
		report: r, place: place, at: c.index.anchor(place, c.index.order[s.Bundle]), words: words,
	}
	it.place.Raw = shortened(place.Raw, longestTitle)
	if claim.ofDiff {
		it.at.repairs = append(it.at.repairs, DiffLine)
		it.at = it.at.snapped()
	}
	it.quoted = c.index.compare(&it.at, place, r)
	if r.Retracted && !it.tool {
		it.retired = withdrawnBecause(r.Reason)
	}
	c.items = append(c.items, it)
}

// retract withdraws what an answer takes back, and gives the retractions of which
// it is not certain what they mean.
func (c *counter) retract(items []*item, all []Retraction) (unclear []string) {
	own := newOwn(c.index, items)
	for i, r := range all {
		if i >= mostRetractions || !own.retract(r, c.tokenizer) {
			unclear = append(unclear, r.Text)
		}
	}
	return unclear
}

// placesOf prefers a WHERE that is, uncut, one path of the diff: a name may hold
// what otherwise separates places.
func (c *counter) placesOf(r *Reported) []Place {
	if odd := c.odd.places(r.WhereText); len(odd) > 0 {
		return odd
	}
	whole := strings.TrimSpace(strings.Trim(r.WhereText, "`* "))
	if c.index.files[whole] != nil {
		return []Place{{Raw: r.WhereText, Path: whole}}
	}
	if p, rest := scanBare(whole); p.Line > 0 && rest == "" && c.index.files[p.Path] != nil {
		p.Raw = r.WhereText
		return []Place{p}
	}
	return r.Where
}

func (c *counter) unparsed(s Seat, text string) {
	c.result.Unparsed = append(c.result.Unparsed, Unparsed{Bundle: s.Bundle, Reviewer: s.Reviewer, Text: text})
}

func withdrawnBecause(reason string) string {
	if reason == "" {
		return "no reason given"
	}
	return reason
}

// sum sorts the findings, names them and counts.
func (c *counter) sum(plan *bundler.Plan) {
	c.result.Findings = sortFindings(c.result.Findings, c.index.order)
	identify(c.result.Findings)
	rows := make([]Row, len(c.index.bundles))
	for i, id := range c.index.bundles {
		rows[i].Bundle = id
		if plan != nil && i < len(plan.Bundles) {
			rows[i].Component, rows[i].Bytes = plan.Bundles[i].Component, plan.Bundles[i].Bytes
		}
	}
	c.result.Rows = rows
	c.result = c.result.recounted()
	c.anchors()
}

func (c *counter) anchors() {
	counts := map[string]map[Anchor]int{}
	for _, s := range c.seats {
		if counts[s.Reviewer] == nil {
			counts[s.Reviewer] = map[Anchor]int{}
		}
	}
	for _, it := range c.items {
		counts[it.reviewer][it.at.anchor]++
	}
	for name, n := range counts {
		c.result.Anchors = append(c.result.Anchors, AnchorCount{name, n})
	}
	slices.SortFunc(c.result.Anchors, func(a, b AnchorCount) int { return strings.Compare(a.Reviewer, b.Reviewer) })
}
