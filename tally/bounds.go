package tally

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Bounds on what one answer can put into a review. No honest answer comes near them;
// one of megabytes would make a report that nobody can open. What is beyond them is
// counted and said. The answer itself is kept whole in the run directory.
const (
	mostPlaces      = 1000      // of one problem
	mostReports     = 2000      // problems at places, of one answer
	mostRetractions = 1000      // of one answer
	mostUnparsed    = 100       // of one answer
	longestTitle    = 500       // bytes, also of a place as it was written
	longestText     = 16 * 1024 // bytes of a why, a fix, or a text that is quoted
)

// claim is a problem at one of its places.
type claim struct {
	report *Reported
	place  Place
	ofDiff bool // its lines were those of the diff's text, and were put right
}

// claims gives the gravest problems of an answer, in the order in which they were
// written, and how many it leaves out.
func (c *counter) claims(found []Reported) (kept []claim, left int) {
	for i := range found {
		left += found[i].More
		for _, p := range c.placesOf(&found[i]) {
			kept = append(kept, claim{report: &found[i], place: p})
		}
	}
	if extra := len(kept) - mostReports; extra > 0 {
		slices.SortStableFunc(kept, func(a, b claim) int {
			return cmp.Or(boolRank(a.report.Retracted)-boolRank(b.report.Retracted), cmp.Compare(a.report.Severity.rank(), b.report.Severity.rank()))
		})
		kept, left = slices.Clone(kept[:mostReports]), left+extra
		slices.SortStableFunc(kept, func(a, b claim) int { return cmp.Compare(a.report.Offset, b.report.Offset) })
	}
	return kept, left
}

// bounded is the report without what is too long to be shown. It holds on to nothing
// of the answer but its own words.
func (r *Reported) bounded() *Reported {
	return &Reported{
		Severity: r.Severity, Title: shortened(r.Title, longestTitle), Why: shortened(r.Why, longestText), Fix: shortened(r.Fix, longestText),
		Where: nil, WhereText: "", Text: shortened(r.Text, longestText), Offset: r.Offset,
		Retracted: r.Retracted, Reason: shortened(r.Reason, longestText), Repaired: r.Repaired,
	}
}

// shortened keeps the beginning of a text, and says how much it does not.
func shortened(s string, most int) string {
	if len(s) <= most {
		return s
	}
	kept := strings.ToValidUTF8(strings.Clone(s[:most]), "")
	return fmt.Sprintf("%s… [%d more bytes in the answer]", kept, len(s)-len(kept))
}

// unread lists the unparsed texts of an answer, and in a last one what is left out.
func (c *counter) unread(s Seat, texts []string) {
	for i, text := range texts {
		if i == mostUnparsed {
			c.unparsed(s, fmt.Sprintf("[%d more pieces of this answer look like findings and could not be read; they are in the answer itself]", len(texts)-i))
			return
		}
		c.unparsed(s, shortened(text, longestText))
	}
}

// untold says how many problems of an answer are beyond the bounds.
func untold(reports int) string {
	return fmt.Sprintf("[%d more problems of this answer are not counted: of one answer the %d gravest are; the rest is in the answer itself]", reports, mostReports)
}
