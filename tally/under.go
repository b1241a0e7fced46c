package tally

import "strings"

// under is the file that a part of an answer is about, as its heading says.
type under struct {
	path  string // "" outside of such a part
	level int    // of the heading; 0: a bold line or a label
}

// underFile reads a heading or a bold line that is nothing but the name of a file.
// What follows may give lines alone.
func (p *parser) underFile(l line) bool {
	if l.bullet || l.quoted {
		return false
	}
	name := ""
	if l.hashes > 0 || strings.HasPrefix(l.text, "**") || strings.HasPrefix(l.text, "`") {
		name = fileAlone(l.text)
	}
	switch {
	case name != "" && p.open.claims() && l.hashes == 0 && !p.placed():
		return false // it may be the place of the finding that is being read
	case name != "":
		p.close()
		p.begunUnder(under{path: name, level: l.hashes})
		return true
	case l.hashes > 0 && p.file.path != "" && l.hashes <= p.file.level:
		p.close()
		p.file = under{}
	}
	return false
}

func (p *parser) begunUnder(file under) {
	p.file, p.section, p.listing = file, "", false
	p.at++
}

// mostLooks bounds how many places are read again to see where a finding is: an answer
// of nothing but places must take no longer than others.
const mostLooks = 20

// placed tells that the finding that is being read has its place.
func (p *parser) placed() bool {
	if len(p.open.where) > mostLooks {
		return true
	}
	_, where := p.location(p.open)
	return len(where) > 0
}

// fileAlone gives the path that a line consists of: "`a/b.go`", "**a/b.go**:",
// "File: a/b.go", "a/b.go (3 findings)".
func fileAlone(s string) string {
	s = strings.Trim(s, "*_: ")
	if before, after, ok := strings.Cut(s, ":"); ok && strings.EqualFold(strings.Trim(before, "* "), "file") {
		s = strings.Trim(after, "*_: ")
	}
	if i := strings.LastIndex(s, " ("); i > 0 && strings.HasSuffix(s, ")") {
		s = strings.TrimRight(s[:i], " *_:")
	}
	s = strings.Trim(s, "`")
	dot := strings.LastIndexByte(s, '.')
	if len(s) > maxPath || strings.ContainsAny(s, " \t`*<>|\"") || strings.Contains(s, "://") {
		return ""
	}
	named := dot > 0 && dot+1 < len(s) && isLetter(s[dot+1]) && len(s)-dot <= 12
	if !named && (!strings.Contains(s, "/") || strings.HasSuffix(s, "/") || strings.HasPrefix(s, "/")) {
		return ""
	}
	if p, rest := scanBare(s); p.Line > 0 || rest != "" || !plausible(p) {
		return ""
	}
	return s
}

// location gives the place of a block that names lines and no file.
func (u under) location(b *block) (string, []Place) {
	for _, s := range b.where {
		if _, rest, ok := scanLines(strings.TrimSpace(s)); !ok || strings.Trim(rest, " .)*_`,") != "" {
			return "", nil
		}
	}
	lines := b.where
	if len(lines) == 0 {
		if s, ok := b.lineSpoken(); ok {
			lines = []string{s}
		}
	}
	var out []Place
	for _, s := range lines {
		span, _, _ := scanLines(strings.TrimSpace(s))
		p := Place{Raw: u.path + ":" + strings.TrimSpace(s), Path: u.path}
		span.put(&p)
		out = append(out, p)
	}
	return u.path + ":" + strings.Join(lines, ", "), out
}

// lineSpoken gives the lines that stand first in the title or in the text: "Line 14:
// …", "L14-18", "(lines 3-5) …".
func (b *block) lineSpoken() (string, bool) {
	for _, s := range append([]string{b.title}, b.loose[:min(len(b.loose), 2)]...) {
		if s = strings.TrimLeft(s, " \t*_`(["); s == "" {
			continue
		}
		if rest, ok := skipNamedLines(s); ok {
			return s[:len(s)-len(rest)], true
		}
		if i := strings.LastIndex(s, "(line"); i > 0 {
			if rest, ok := skipNamedLines(s[i+1:]); ok && strings.HasPrefix(rest, ")") {
				return s[i+1 : len(s)-len(rest)], true
			}
		}
	}
	return "", false
}

// skipNamedLines gives what stands behind lines that are said to be some: "L12",
// "Line 12", "lines 12-14".
func skipNamedLines(s string) (rest string, ok bool) {
	if s == "" || s[0] != 'L' && s[0] != 'l' {
		return s, false
	}
	_, rest, ok = scanLines(s)
	return rest, ok
}

// lineFirst begins a finding of a file's part that has its lines in front: "Line 5
// (warning): …", "L12: **Critical** — …".
func (p *parser) lineFirst(l line) bool {
	if p.file.path == "" {
		return false
	}
	s := strings.TrimLeft(l.text, "*_` ")
	rest, ok := skipNamedLines(s)
	if !ok {
		return false
	}
	lines := s[:len(s)-len(rest)]
	h, ok := p.severityIn(strings.TrimLeft(rest, "*_`:,—–- "))
	if !ok {
		if p.section == "" || !l.bullet {
			return false
		}
		h = heading{severity: p.section, title: trimTitle(strings.TrimLeft(rest, "*_`:,—–- "))}
	}
	title, rest := boldTitle(h.title)
	b := block{severity: h.severity, title: trimTitle(title), struck: h.struck, form: true, where: []string{lines}}
	if rest != "" {
		b.loose, b.own = []string{rest}, []string{rest}
	}
	p.begin(b)
	return true
}

// severityIn reads a severity that stands at the beginning of s in any spelling:
// behind a line number it can be nothing else.
func (p *parser) severityIn(s string) (heading, bool) {
	h, ok := p.scale.readHeading(line{text: s}, false)
	if ok {
		return h, true
	}
	s = strings.TrimLeftFunc(s, notWordOrBracket)
	s = strings.TrimLeft(s, "[(*_ ")
	severity, ok := p.scale.of(s[:wordEnd(s)])
	rest := strings.TrimLeft(s[wordEnd(s):], "])*_ ")
	if !ok || rest == "" || !strings.ContainsAny(rest[:1], ":—–-") && !strings.HasPrefix(rest, "–") {
		return heading{}, false
	}
	return heading{severity: severity, title: trimTitle(strings.TrimLeft(rest, ":—–- "))}, true
}

// placesNear finds places in a line, also those that are lines alone.
func (p *parser) placesNear(s string) []Place {
	if out := placesAt(s); len(out) > 0 {
		return out
	}
	if p.file.path != "" {
		b := block{title: s}
		if _, out := p.file.location(&b); len(out) > 0 {
			return out
		}
	}
	return nil
}
