package report

import (
	"strings"

	"scrum/reviewers"
	"scrum/reviewers/lineage"
)

// matrix is who read what: a row a bundle, a column a reviewer.
type matrix struct {
	bundles   []string
	covered   map[string]bool
	reviewers []column
	states    []reviewers.State // that occur, in the legend's order
	estimated bool
	tokens    bool // some cell has a number
}

type column struct {
	name    string
	lineage string
	asked   bool            // the lineage is that of the model that was asked for
	cells   map[string]Seat // by bundle
}

func (r *Review) matrix() matrix {
	m := matrix{covered: map[string]bool{}}
	for _, b := range r.Bundles {
		m.bundles = append(m.bundles, b.ID)
		m.covered[b.ID] = b.Covered
	}
	at := map[string]int{}
	seen := map[reviewers.State]bool{}
	for _, s := range r.Coverage {
		i, ok := at[s.Reviewer]
		if !ok {
			i = len(m.reviewers)
			at[s.Reviewer] = i
			m.reviewers = append(m.reviewers, column{name: inline(s.Reviewer), lineage: lineageLabel(s), cells: map[string]Seat{}})
		}
		if c := &m.reviewers[i]; !c.asked && asAsked(s) {
			c.lineage, c.asked = lineageLabel(s), true
		}
		m.reviewers[i].cells[s.Bundle] = s
		seen[s.State] = true
		m.estimated = m.estimated || s.Estimated
		m.tokens = m.tokens || cell(s) != sign(s.State)
	}
	for _, s := range []reviewers.State{reviewers.Engaged, reviewers.Disengaged, reviewers.Truncated, reviewers.Failed, reviewers.Skipped} {
		if seen[s] {
			m.states = append(m.states, s)
		}
	}
	return m
}

// asAsked tells that the model that was asked for has answered, or may have.
func asAsked(s Seat) bool {
	return s.AnsweredModel == "" || s.Model == "" || lineage.SameModel(s.Model, s.AnsweredModel)
}

func lineageLabel(s Seat) string {
	if s.Kind == reviewers.Analyser {
		return "tool"
	}
	return inline(s.Lineage)
}

// cell is a seat in few columns: how it ended, and the tokens of the answer.
func cell(s Seat) string {
	out := sign(s.State)
	if s.CompletionTokens > 0 {
		out += " "
		if s.Estimated {
			out += "~"
		}
		out += short(s.CompletionTokens)
	}
	return out
}

// legend explains the signs that occur.
func (m matrix) legend() string {
	var out []string
	for _, s := range m.states {
		out = append(out, sign(s)+" "+meaning(s))
	}
	text := strings.Join(out, " · ")
	if m.tokens {
		text += " · numbers: tokens of the answer"
	}
	if m.estimated {
		text += ", ~ estimated"
	}
	return text
}

// maxColumn bounds what one reviewer's name takes of a line.
const maxColumn = 18

// coverage prints the matrix, in as many blocks side by side as the panel needs.
func (p *page) coverage(s story) {
	m := s.matrix()
	if len(m.reviewers) == 0 {
		return
	}
	p.title("Who read what")
	left := 0
	for _, b := range m.bundles {
		left = max(left, columns(b))
	}
	first := "    " + strings.Repeat(" ", left) + "  "
	rest := m.reviewers
	for len(rest) > 0 {
		n := 0
		for used := columns(first) + len("quorum"); n < len(rest); n++ {
			used += 2 + rest[n].width(m.bundles)
			if used > p.Width && n > 0 {
				break
			}
		}
		p.block(m, rest[:n], left)
		if rest = rest[n:]; len(rest) > 0 {
			p.blank()
		}
	}
	p.words(dim, "    ", m.legend())
	for _, t := range s.troubles() {
		p.words(plain, "    "+sign(t.state)+" ", t.String())
	}
}

func (c column) width(bundles []string) int {
	w := max(columns(c.name), columns(c.lineage))
	for _, b := range bundles {
		w = max(w, columns(c.cell(b)))
	}
	return min(w, maxColumn)
}

func (c column) cell(bundle string) string {
	s, ok := c.cells[bundle]
	if !ok {
		return sign(reviewers.Skipped)
	}
	return cell(s)
}

func (p *page) block(m matrix, cols []column, left int) {
	heads, lineages := []string{"quorum"}, []string{"      "}
	for _, c := range cols {
		w := c.width(m.bundles)
		heads = append(heads, pad(shorten(c.name, w), w))
		lineages = append(lineages, pad(shorten(c.lineage, w), w))
	}
	p.row(plain, pad("", left), heads)
	p.row(dim, pad("", left), lineages)
	for _, b := range m.bundles {
		quorum := "yes   "
		if !m.covered[b] {
			quorum = "NO    "
		}
		cells := []string{quorum}
		for _, c := range cols {
			cells = append(cells, pad(c.cell(b), c.width(m.bundles)))
		}
		p.row(plain, pad(b, left), cells)
	}
}

func (p *page) row(s style, first string, cells []string) {
	p.line(s, strings.TrimRight("    "+first+"  "+strings.Join(cells, "  "), " "))
}
