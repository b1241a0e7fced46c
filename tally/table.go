package tally

import "strings"

// table reads findings written as rows: a table with a column of severities (or
// one that stands under a severity's heading) and a column of places.
func (p *parser) table(l line) bool {
	if !strings.HasPrefix(l.text, "|") || p.at+1 >= len(p.lines) || !ruler(p.lines[p.at+1].text) {
		return false
	}
	columns := make(map[label]int)
	for i, cell := range cells(l.text) {
		name := labelOf(strings.Trim(cell, "*_ :"))
		switch strings.ToLower(strings.Trim(cell, "*_ :")) {
		case "issue", "problem", "finding", "summary", "what":
			name = labelTitle
		}
		if _, twice := columns[name]; !twice && name != noLabel {
			columns[name] = i
		}
	}
	_, severity := columns[labelSeverity]
	_, where := columns[labelWhere]
	if !where || !severity && p.section == "" {
		return false
	}
	p.close()
	p.begun()
	p.at += 2
	for p.at < len(p.lines) && strings.HasPrefix(p.lines[p.at].text, "|") {
		p.row(p.lines[p.at], columns)
	}
	return true
}

func (p *parser) row(l line, columns map[label]int) {
	values := cells(l.text)
	cell := func(name label) string {
		if i, ok := columns[name]; ok && i < len(values) {
			return values[i]
		}
		return ""
	}
	text := strings.TrimSpace(l.raw)
	whereText := cell(labelWhere)
	if lines := strings.Trim(cell(labelLines), "`* "); lines != "" && lines != "-" {
		whereText += ", line " + lines
	}
	if none(strings.Join(values, "")) {
		p.at++
		return
	}
	b := block{severity: p.section, fix: []string{cell(labelFix)}, why: []string{cell(labelWhy)}, own: []string{cell(labelWhy)}}
	word := strings.Trim(strings.TrimLeftFunc(cell(labelSeverity), notWordOrBracket), "[(`* ")
	if s, ok := p.scale.of(word[:wordEnd(word)]); ok {
		b.severity = s
	}
	title := cell(labelTitle)
	if title == "" { // a single column of text
		title, b.why = cell(labelWhy), nil
	}
	b.title, b.struck = p.scale.unstrike(trimTitle(title))
	where := places(whereText)
	if b.severity == "" || len(where) == 0 {
		p.report.Unparsed = append(p.report.Unparsed, text)
		p.take(p.at+1, AsUnparsed)
		return
	}
	p.report.Findings = append(p.report.Findings, b.reported(where, whereText, text, l.start))
	p.take(p.at+1, AsFinding)
}

// ruler is the line of dashes under a table's head.
func ruler(s string) bool {
	return strings.HasPrefix(s, "|") && strings.Contains(s, "--") && strings.Trim(s, "|-: ") == "" ||
		strings.HasPrefix(s, "|") && strings.Contains(s, "-") && strings.Trim(s, "|-: ") == ""
}

// cells cuts a row at its bars, but not at escaped ones or inside back-ticks.
func cells(s string) []string {
	s = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(s), "|"), "|")
	var out []string
	var b strings.Builder
	ticked := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && s[i+1] == '|':
			b.WriteByte('|')
			i++
		case s[i] == '|' && !ticked:
			out = append(out, strings.TrimSpace(b.String()))
			b.Reset()
		default:
			if s[i] == '`' {
				ticked = !ticked && strings.IndexByte(s[i+1:], '`') >= 0
			}
			b.WriteByte(s[i])
		}
	}
	return append(out, strings.TrimSpace(b.String()))
}
