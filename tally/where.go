package tally

import "strings"

// titleWithout takes places and the rest of a bold mark out of a title.
func titleWithout(title string, where []Place) string {
	out := title
	if strings.Count(out, "**")%2 == 1 {
		out = strings.Replace(out, "**", "", 1)
	}
	if !strings.ContainsAny(out, ":#") && !strings.Contains(out, " line") {
		return trimTitle(out) // no place has neither
	}
	if p, rest, ok := scanPlace(out); ok && p.Line > 0 && !strings.Contains(p.Path, " ") {
		out = strings.TrimLeft(rest, " ,:)—–-|")
	}
	for _, p := range where {
		if p.Line == 0 || p.Raw == "" || !strings.Contains(out, p.Raw) {
			continue
		}
		for _, form := range []string{"(`" + p.Raw + "`)", "(" + p.Raw + ")", "`" + p.Raw + "`", p.Raw} {
			before, after, ok := strings.Cut(out, form)
			if !ok {
				continue
			}
			before = strings.TrimRight(strings.TrimSuffix(strings.TrimSuffix(strings.TrimRight(before, " "), " in"), " at"), " ,:—–-|")
			after = strings.TrimLeft(after, " ,:—–-|")
			out = strings.TrimSpace(before + " " + after)
			if strings.HasPrefix(after, ".") {
				out = before + after
			}
			break
		}
	}
	if out = trimTitle(out); out == "" {
		return title
	}
	return out
}

// onlyFile tells that a block says nothing but the name of a file: what follows is
// about it.
func (b *block) onlyFile(where []Place) bool {
	return b.severity == "" && len(where) == 1 && where[0].Line == 0 && len(b.where) == 1 && b.seen.len() == 1 &&
		b.title == "" && len(b.loose) == 0
}

// location is what WHERE says; without WHERE a line that is only a place, or the
// places in the title; and of lines alone the file that the answer speaks of.
func (p *parser) location(b *block) (string, []Place) {
	if p.file.path != "" {
		if text, where := p.file.location(b); len(where) > 0 {
			return text, where
		}
	}
	text, where := b.location()
	if len(where) == 0 && b.severity != "" && p.file.path != "" && len(b.where) == 0 && b.seen.len()+len(b.loose) > 0 {
		return p.file.path, []Place{{Raw: p.file.path, Path: p.file.path}}
	}
	return text, where
}

func (b *block) location() (string, []Place) {
	if len(b.where) > 0 {
		text := strings.Join(b.where, "\n")
		var out []Place
		for _, w := range b.where {
			if len(out) < mostPlaces {
				out = append(out, places(w)...)
			}
		}
		return text, out
	}
	for i, l := range b.loose {
		s := strings.TrimSpace(l)
		if s == "" {
			continue
		}
		if p, rest, ok := scanPlace(s); ok && p.Line > 0 && strings.Trim(rest, " `*)._") == "" {
			b.loose = append(b.loose[:i:i], b.loose[i+1:]...)
			return s, []Place{p}
		}
		break
	}
	out := placesAt(b.title)
	if len(out) == 0 {
		out = placesAt(b.lead)
	}
	if len(out) == 0 && (!b.form || b.bullet) && len(b.loose) > 0 {
		out = placesAt(b.loose[0])
	}
	raw := make([]string, len(out))
	for i, p := range out {
		raw[i] = p.Raw
	}
	return strings.Join(raw, ", "), out
}

// placesAt finds places in a line that may be the beginning of a finding: back-ticked
// names with a line, also in words, else those of placesIn.
func placesAt(s string) []Place {
	if out := placesTicked(s); len(out) > 0 {
		return out
	}
	return placesIn(s)
}

func placesTicked(s string) []Place {
	s = s[:min(len(s), maxPath)]
	var out []Place
	for rest := s; len(out) < 8; {
		i := strings.IndexByte(rest, '`')
		if i < 0 {
			break
		}
		p, after, ok := scanPlace(rest[i:])
		if ok && p.Line == 0 { // "`a.go`, line 12"
			if span, behind, named := lineBehind(after); named {
				span.put(&p)
				p.Raw += after[:len(after)-len(behind)]
				after = behind
			}
		}
		if ok && p.Line > 0 && strings.ContainsAny(p.Path, "./") && !strings.Contains(p.Path, " ") {
			out, rest = append(out, p), after
			continue
		}
		_, after, ok = strings.Cut(rest[i+1:], "`")
		if !ok {
			break
		}
		rest = after
	}
	return out
}

// lineBehind reads ", line 12" or " (lines 3-5)" behind a path.
func lineBehind(s string) (lineSpan, string, bool) {
	t := strings.TrimLeft(s, " ,(")
	if t == s {
		return lineSpan{}, s, false
	}
	if _, ok := skipNamedLines(t); !ok || len(t) < 4 || !strings.EqualFold(t[:4], "line") {
		return lineSpan{}, s, false
	}
	return scanLines(t)
}

// placesIn finds places with line numbers in running text.
func placesIn(s string) []Place {
	var out []Place
	s = s[:min(len(s), maxPath)]
	for _, word := range strings.FieldsFunc(s, func(r rune) bool {
		return r == ' ' || r == '`' || r == '(' || r == ')' || r == '*' || r == '\t' || r == '|'
	}) {
		word = strings.Trim(word, ".,;:[]<>\"'—–-")
		if !strings.ContainsAny(word, ":#") || !strings.ContainsAny(word, "./") || strings.Contains(word, "://") {
			continue
		}
		p, rest, ok := scanPlace(word)
		if ok && p.Line > 0 && rest == "" {
			out = append(out, p)
		}
	}
	return out
}
