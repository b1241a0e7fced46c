package tally

import "strings"

// heading begins a finding or a section of findings; any other heading ends both.
func (p *parser) heading(l line) bool {
	h, ok := p.scale.readHeading(l, p.open != nil)
	if !ok {
		h, ok = p.another(l)
	}
	if !ok {
		return p.otherHeading(l)
	}
	if l.quoted && p.open != nil {
		return false
	}
	if none(h.title) && p.underTitle(l) {
		p.open.severity, p.open.labelled = h.severity, true
		p.at++
		return true
	}
	if none(h.title) {
		p.close()
		p.listing = false
		p.section = h.severity
		p.at++
		return true
	}
	p.section = p.sectionAfter(l)
	b := block{severity: h.severity, struck: h.struck, form: true}
	b.title, b.lead = boldEnd(h.title)
	if b.lead != "" {
		b.loose, b.own = []string{b.lead}, []string{b.lead}
	}
	p.begin(b)
	return true
}

// boldEnd splits a title at the end of the bold type that began before it; what follows
// is text, or the place.
func boldEnd(title string) (string, string) {
	if strings.Count(title, "**")%2 == 0 {
		return title, ""
	}
	before, after, _ := strings.Cut(title, "**")
	if after = strings.Trim(after, " *"); trimTitle(before) == "" {
		return trimTitle(after), ""
	}
	return strings.TrimRight(before, " .:—–-"), strings.TrimLeft(after, " .:—–-")
}

// another reads the beginning of a finding in a form that is unmistakable only by what
// stands around it: a place, or a list whose items before were findings too.
func (p *parser) another(l line) (heading, bool) {
	if p.open == nil || l.quoted {
		return heading{}, false
	}
	h, ok := p.scale.readHeading(l, false)
	if !ok || admonition(l.text) {
		return heading{}, false
	}
	switch {
	case !p.open.claims(), len(p.placesNear(h.title)) > 0:
		return h, true
	case l.bullet && p.open.bullet && l.indent <= p.open.indent:
		return h, true
	}
	return heading{}, false
}

// admonition tells that a line begins with a word that as often marks a remark.
func admonition(s string) bool {
	s = strings.TrimLeftFunc(s, notWordOrBracket)
	switch s[:wordEnd(s)] {
	case "note", "Note", "notes", "Notes", "warning", "Warning", "info", "Info":
		return true
	}
	return false
}

// underTitle tells that a line that is only a severity belongs to the heading right
// above it, and does not begin a list.
func (p *parser) underTitle(l line) bool {
	if p.open == nil || p.open.claims() || p.open.title == "" || len(p.open.own) > 0 || l.hashes > 0 {
		return false
	}
	for i := p.at + 1; i < len(p.lines); i++ {
		if next := p.lines[i]; next.text != "" {
			name, _ := readLabel(next)
			return name != noLabel || !next.bullet && next.hashes == 0
		}
	}
	return false
}

// sectionAfter keeps the section for the bullets in it that name their own
// severity.
func (p *parser) sectionAfter(l line) Severity {
	if l.hashes > 0 {
		return ""
	}
	return p.section
}

// otherHeading begins what may turn out to be a finding whose severity stands in
// a label or in the section's heading.
func (p *parser) otherHeading(l line) bool {
	if l.hashes == 0 {
		return false
	}
	if p.open != nil && p.open.form && l.hashes > 4 && !p.open.seen.has(labelFix) {
		return false // a heading within the finding
	}
	title, struck := p.scale.unstrike(l.text)
	if len(placesIn(title)) == 0 && p.section != "" && !p.whereFollows() {
		p.section = ""
	}
	p.begin(block{fallback: p.section, title: trimTitle(withoutNumber(title)), struck: struck})
	return true
}

// withoutNumber drops "1. " in front of a title, but not the digits of "3 tests fail".
func withoutNumber(s string) string {
	rest := strings.TrimLeft(s, "0123456789")
	if after := strings.TrimLeft(rest, ".)"); rest != s && after != rest && strings.HasPrefix(after, " ") {
		return after
	}
	return s
}

// whereFollows tells that the next line with text names a place.
func (p *parser) whereFollows() bool {
	for i := p.at + 1; i < len(p.lines) && i < p.at+4; i++ {
		if p.lines[i].text == "" {
			continue
		}
		name, _ := readLabel(p.lines[i])
		return name != noLabel || len(placesIn(p.lines[i].text)) > 0
	}
	return false
}

// item begins a finding that is a bullet under a severity's heading.
func (p *parser) item(l line) bool {
	if p.section == "" || none(l.text) || (!l.bullet || l.indent > 1) && !p.paragraphOfSection(l) {
		return false
	}
	if p.open != nil && p.open.form {
		return false
	}
	title, struck := p.scale.unstrike(l.text)
	b := block{severity: p.section, struck: struck}
	if place, rest, ok := scanPlace(title); ok && place.Line > 0 && !strings.Contains(place.Path, " ") { // "- a.go:12 — title"
		b.where, title = []string{place.Raw}, strings.TrimLeft(strings.TrimPrefix(strings.TrimLeft(rest, " "), "**"), " :)-—–")
	}
	title, rest := boldTitle(title)
	b.title = trimTitle(title)
	if rest != "" {
		b.lead, b.loose, b.own = rest, []string{rest}, []string{rest}
	}
	p.begin(b)
	return true
}

// paragraphOfSection tells that a line begins a finding under a severity's heading though
// it is no bullet: it opens a paragraph, with a bold title or a place.
func (p *parser) paragraphOfSection(l line) bool {
	if l.bullet || l.quoted || l.indent > 1 || p.at > 0 && p.lines[p.at-1].text != "" && p.lines[p.at-1].hashes == 0 {
		return false
	}
	if strings.HasPrefix(l.text, "**") || p.open == nil {
		return len(placesAt(l.text)) > 0
	}
	place, _, ok := scanPlace(l.text) // a further paragraph may name other places
	return ok && place.Line > 0 && !strings.Contains(place.Path, " ")
}

// boldTitle splits "**title**: text"; without bold type all of it is the title.
func boldTitle(s string) (title, rest string) {
	if !strings.HasPrefix(s, "**") {
		return s, ""
	}
	title, rest, ok := strings.Cut(s[2:], "**")
	if !ok || none(title) {
		return s, ""
	}
	return title, strings.TrimLeft(rest, " .:-—–")
}
