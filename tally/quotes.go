package tally

import (
	"strings"
	"unicode"
)

// Where code stands that a finding quotes.
const (
	quotedHere      = "here"
	quotedElsewhere = "elsewhere"
)

// Bounds on quotations: shorter ones stand in too many lines, and more of them are not
// looked up.
const (
	shortestQuote = 8
	longestQuote  = 300
	mostQuotes    = 8
)

// fileText is the text of the shown lines of a file.
type fileText struct {
	lines [2][]textLine
}

type textLine struct {
	number  int
	changed bool
	text    string // without blanks
}

// compare looks at the code that a finding quotes, and says where it stands. It moves a
// place that the diff does not have, or that is only near one, to the one line with that
// code; a place that fits the diff stays.
func (x *index) compare(at *location, p Place, r *Reported) string {
	if at.anchor == Unknown || p.Line == 0 {
		return ""
	}
	quotes := quotesOf(r)
	if len(quotes) == 0 {
		return ""
	}
	f := x.files[at.path]
	if f == nil || len(f.parts) == 0 {
		return ""
	}
	said := at.side
	if p.Side == "" && at.anchor == Outside {
		said = ""
	}
	text := f.texts()
	found := false
	for _, q := range quotes {
		hits := text.find(q, said)
		for _, h := range hits {
			if h.side == at.side && at.line <= h.line && h.line <= at.end {
				return quotedHere
			}
		}
		found = found || len(hits) > 0
	}
	if !found {
		return ""
	}
	if h, ok := text.onlyPlace(quotes, said); ok && (at.anchor == Outside || len(at.repairs) > 0 && at.repairs[len(at.repairs)-1] == Near) {
		at.line, at.end, at.side = h.line, h.line, h.side
		at.repairs = append(withoutNear(at.repairs), Quote)
		at.anchor = Snapped
		return quotedHere
	}
	return quotedElsewhere
}

func withoutNear(rungs []Rung) []Rung {
	if n := len(rungs); n > 0 && rungs[n-1] == Near {
		return rungs[: n-1 : n-1]
	}
	return rungs
}

// hit is a shown line that has a quotation.
type hit struct {
	side Side
	line int
}

// texts are the shown lines of the file, read when they are needed first.
func (f *file) texts() *fileText {
	if f.text != nil {
		return f.text
	}
	f.text = &fileText{}
	for _, p := range f.parts {
		hunks, err := p.Hunks()
		if err != nil {
			continue // listed when the index was made
		}
		for _, h := range hunks {
			for l := range h.Lines() {
				text := squeezed(string(l.Text))
				if l.Kind != '-' {
					f.text.lines[0] = append(f.text.lines[0], textLine{l.New, l.Kind == '+', text})
				}
				if l.Kind == '-' {
					f.text.lines[1] = append(f.text.lines[1], textLine{l.Old, true, text})
				}
			}
		}
	}
	return f.text
}

// find gives the lines that have a quotation, on one side or, without one, on both;
// of the old side deleted lines only.
func (t *fileText) find(quote string, side Side) []hit {
	var out []hit
	for _, s := range []Side{New, Old} {
		if side != "" && s != side {
			continue
		}
		for _, l := range t.lines[sideIndex(s)] {
			if strings.Contains(l.text, quote) {
				out = append(out, hit{s, l.number})
			}
		}
	}
	return out
}

// onlyPlace is the one line that has a quotation; of several quotations the first that
// stands in one line only. When another contradicts it, nothing is certain.
func (t *fileText) onlyPlace(quotes []string, side Side) (hit, bool) {
	var only []hit
	for _, q := range quotes {
		if hits := t.find(q, side); len(hits) == 1 && (len(only) == 0 || only[0] != hits[0]) {
			only = append(only, hits[0])
		}
	}
	if len(only) != 1 {
		return hit{}, false
	}
	return only[0], true
}

// quotesOf takes the code out of a finding's title and reason: what stands in
// back-ticks or in a fence and is more than a name. What it proposes instead is not
// in the diff.
func quotesOf(r *Reported) []string {
	if !strings.Contains(r.Title, "`") && !strings.Contains(r.Why, "`") || !strings.ContainsAny(r.Title, codeSigns) && !strings.ContainsAny(r.Why, codeSigns) {
		return nil
	}
	var out []string
	add := func(s string) {
		q := squeezed(s)
		if len(out) < mostQuotes && len(q) >= shortestQuote && len(q) <= longestQuote && isCode(q) {
			out = append(out, q)
		}
	}
	fenced := false
	for line := range strings.Lines(r.Title + "\n" + r.Why) {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			fenced = !fenced
			continue
		}
		if fenced {
			add(strings.TrimLeft(strings.TrimSpace(line), "+-"))
			continue
		}
		for i, piece := range strings.Split(line, "`") {
			if i%2 == 1 {
				add(piece)
			}
		}
	}
	return out
}

// codeSigns are what code has and names have not.
const codeSigns = "(=<>[{+*!&|;"

// isCode tells a piece of code from a name, a path or a word: it has the signs of a
// call, an assignment or a comparison.
func isCode(s string) bool {
	return strings.ContainsAny(s, codeSigns) && strings.ContainsFunc(s, unicode.IsLetter)
}

// squeezed is a line without blanks: reviewers indent and break as they like.
func squeezed(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}
