package eval

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"scrum/tally"
)

// wide is the number of lines above which a range is no place: a report of a whole
// function would be of every defect in it. It counts with its first line.
const wide = 40

// told identifies a report among those of a case, as a source of a finding.
type told struct {
	reviewer, where, text string
}

// meant is what a report is of.
type meant struct {
	defect int  // index in the case, or none
	place  bool // the report is at the place of the defect, not at a further one
}

// none is the defect of a report that is of no expected one.
const none = -1

// assign tells of each report which defect it is of. A report that names several
// places and is of a defect at one of them is of that defect at the others too.
func (c *Case) assign(reports []tally.Placed) map[told]meant {
	out := make(map[told]meant, len(reports))
	first := map[told]int{} // by report, whatever the place
	for _, r := range reports {
		d := c.defectOf(r)
		key := told{r.Reviewer, r.Where, r.Text}
		if have, ok := out[key]; !ok || have.defect == none {
			out[key] = meant{d, d != none}
		}
		if d != none {
			key.where = ""
			if _, ok := first[key]; !ok {
				first[key] = d
			}
		}
	}
	for key, m := range out {
		if d, ok := first[told{key.reviewer, "", key.text}]; ok && m.defect == none {
			out[key] = meant{d, false}
		}
	}
	return out
}

// defectOf finds the defect that a report is of by its place and its words: one that
// asks for words before one that does not, then the closest.
func (c *Case) defectOf(r tally.Placed) int {
	best, distance := none, 0
	for i, d := range c.Defects {
		n, ok := d.distance(r)
		if !ok {
			continue
		}
		if best == none || cmp.Or(cmp.Compare(min(1, len(c.Defects[best].Is)), min(1, len(d.Is))), cmp.Compare(n, distance)) < 0 {
			best, distance = i, n
		}
	}
	return best
}

// distance from a report to a defect in lines, and whether the report is of it. A
// report of the whole file has no place: only words can tell.
func (d Defect) distance(r tally.Placed) (lines int, is bool) {
	if r.Path != d.Path || len(d.Is) > 0 && !slices.ContainsFunc(d.Is, func(word string) bool { return says(r, word) }) {
		return 0, false
	}
	if r.Line == 0 {
		return d.Window + 1, len(d.Is) > 0
	}
	end := max(r.Line, r.EndLine)
	if end-r.Line >= wide {
		end = r.Line
	}
	lines = max(0, r.Line-d.EndLine, d.Line-end)
	return lines, r.Side == d.Side && lines <= d.Window
}

// says tells that a report has a word, or a word that begins with it, or a phrase.
func says(r tally.Placed, word string) bool {
	for _, text := range []string{r.Title, r.Why, r.Fix} {
		if hasWord(strings.Join(strings.Fields(text), " "), strings.Join(strings.Fields(word), " ")) {
			return true
		}
	}
	return false
}

// hasWord looks for the phrase at the beginning of a word; the parts of an
// identifier are words: "retry" is in doRetry and no_retry.
func hasWord(text, phrase string) bool {
	var before rune
	for i, r := range text {
		begins := !unicode.IsLetter(before) && !unicode.IsDigit(before) || unicode.IsLower(before) && unicode.IsUpper(r)
		if begins && hasFold(text[i:], phrase) {
			return true
		}
		before = r
	}
	return false
}

// hasFold is strings.HasPrefix without regard to case.
func hasFold(s, prefix string) bool {
	for _, want := range prefix {
		got, size := utf8.DecodeRuneInString(s)
		if size == 0 || unicode.ToLower(got) != unicode.ToLower(want) {
			return false
		}
		s = s[size:]
	}
	return true
}
