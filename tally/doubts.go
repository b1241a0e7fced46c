package tally

import "strings"

// doubt is prose that has what a finding has: a severity that is set apart, and a place.
type doubt struct {
	first, end int // lines
	where      []Place
}

// mostDoubts bounds what is kept of one answer; it is told with the rest.
const mostDoubts = 2 * mostUnparsed

// doubt looks for findings in lines that were taken for prose. A reader's mistake must
// not lose one: what may be a finding is listed as unparsed.
func (p *parser) doubt(first, end int) {
	for i := first; i < end && len(p.doubts) < mostDoubts; i++ {
		l := p.lines[i]
		if !p.grave(l.text) {
			continue
		}
		if where := p.placesNear(l.text); len(where) > 0 {
			p.doubts = append(p.doubts, doubt{i, i + 1, where})
		}
	}
}

// grave tells that a severity is set apart in the line: in capitals, in bold type or
// in brackets.
func (p *parser) grave(s string) bool {
	for at := 0; at < len(s); {
		end := wordEnd(s[at:])
		if end == 0 {
			at++
			continue
		}
		word := s[at : at+end]
		if _, ok := p.scale.of(word); ok && (len(word) > 2 && word == strings.ToUpper(word) || at > 0 && strings.IndexByte("*[(_", s[at-1]) >= 0) {
			return true
		}
		at += end
	}
	return false
}

// settleDoubts drops what only repeats places of findings that were read, as
// summaries do, and lists the rest.
func (p *parser) settleDoubts() {
	if len(p.doubts) == 0 {
		return
	}
	type spot struct {
		path string
		line int
	}
	read := map[spot]bool{}
	for _, f := range p.report.Findings {
		for _, w := range f.Where {
			read[spot{w.Path, w.Line}] = true
		}
	}
	for _, d := range p.doubts {
		fresh := false
		for _, w := range d.where {
			fresh = fresh || !read[spot{w.Path, w.Line}]
		}
		if !fresh {
			continue
		}
		for i := d.first; i < d.end; i++ {
			p.taken[i] = AsUnparsed
		}
		p.report.Unparsed = append(p.report.Unparsed, strings.TrimSpace(p.text[p.lines[d.first].start:p.lines[d.end-1].end]))
	}
}
