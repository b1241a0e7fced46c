package tally

import "strings"

// block is a finding while its lines are being read.
type block struct {
	first    int // line
	number   int // that the reviewer gives it; 0: none
	bullet   bool
	indent   int
	severity Severity
	fallback Severity // of the section: for a block that turns out to have a place
	labelled bool     // the severity came from a label
	title    string
	lead     string // what follows the title on its line
	struck   bool
	form     bool // a heading of the contract began it, and not only a likely line
	part     label
	where    []string
	why      []string
	fix      []string
	loose    []string // text before any label
	seen     labels
	own      []string // lines in the reviewer's own voice: no quotes, no fences
	reason   string   // of a withdrawal
	gone     bool
}

// claims tells that the block is more than a likely line.
func (b *block) claims() bool {
	return b != nil && (b.form || b.severity != "" || b.seen.len() > 0)
}

func (p *parser) begin(b block) {
	p.close()
	if b.claims() {
		p.begun()
	}
	p.listing = false
	l := p.lines[p.at]
	b.first, b.number, b.bullet, b.indent = p.at, numberOf(l), l.bullet, l.indent
	p.open = &b
	p.at++
}

// labelled reads WHERE, WHY, FIX and their kin into the open finding. Without one,
// a severity, a title or a place begins it.
func (p *parser) labelled(l line) bool {
	name, value := readLabel(l)
	if name == noLabel || name >= labelCovered || l.quoted || name == labelTitle && l.hashes > 0 && value == "" {
		return false
	}
	fresh := p.open == nil && (name == labelSeverity || name == labelTitle || name == labelWhere)
	again := p.open != nil && (name == labelSeverity && p.open.labelled || name == labelTitle && p.open.seen.has(labelTitle))
	if fresh || again {
		p.begin(block{fallback: p.section})
		p.at--
	}
	if p.open == nil {
		return false
	}
	p.open.label(name, value, l, p.scale)
	p.at++
	return true
}

func (b *block) label(name label, value string, l line, scale Scale) {
	b.part = name
	b.seen |= 1 << name
	switch name {
	case labelSeverity:
		word := strings.TrimLeftFunc(value, notWordOrBracket)
		word = strings.TrimLeft(word, "[(`* ")
		if s, ok := scale.of(word[:wordEnd(word)]); ok && !b.form {
			b.severity, b.labelled = s, true
		}
	case labelTitle:
		if b.title == "" {
			var struck bool
			b.title, struck = scale.unstrike(trimTitle(value))
			b.struck = b.struck || struck
		} else {
			b.add(value, l)
		}
	case labelLines:
		if n := len(b.where); n > 0 {
			b.where[n-1] += ", line " + value
		} else {
			b.where = append(b.where, value)
		}
	default:
		b.add(value, l)
	}
}

// continued goes on with the part of the finding that is being read.
func (p *parser) continued(l line) {
	if p.takesBackLater(l) {
		return
	}
	if p.open == nil {
		p.listing = p.listing && l.text == ""
		p.doubt(p.at, p.at+1)
		p.at++
		return
	}
	if strings.Trim(l.raw, "-*_= ") == "" || p.open.claims() && p.at > 0 && p.lines[p.at-1].text == "" && summing(l.text) {
		p.close() // a rule, or words about the whole, end the finding
		p.at++
		return
	}
	p.open.add(l.raw, l)
	p.at++
}

// summing tells that a paragraph begins to speak of the whole review.
func summing(s string) bool {
	s = strings.ToLower(strings.TrimLeftFunc(s, notWordOrBracket))
	for _, word := range []string{"overall", "verdict", "final verdict", "in summary", "summary", "conclusion", "lgtm"} {
		if rest, ok := strings.CutPrefix(s, word); ok && (rest == "" || strings.ContainsAny(rest[:1], ":,.*— ")) {
			return true
		}
	}
	return false
}

func (b *block) add(value string, l line) {
	if value == "" {
		return
	}
	if !l.quoted {
		b.own = append(b.own, value)
	}
	switch b.part {
	case labelWhere, labelLines:
		if (len(b.where) == 0 || onlyPlaces(value)) && !b.seen.has(labelWhy) {
			b.where = append(b.where, strings.TrimSpace(value))
			return
		}
		b.loose = append(b.loose, value)
	case labelFix:
		b.fix = append(b.fix, value)
	case labelWhy:
		b.why = append(b.why, value)
	default:
		b.loose = append(b.loose, value)
	}
}

// quote takes in a fenced piece: part of the text, but not of the reviewer's voice.
func (b *block) quote(lines []line) {
	for _, l := range lines {
		l.quoted = true
		if b.part == labelWhere || b.part == labelLines {
			b.loose = append(b.loose, l.raw)
		} else {
			b.add(l.raw, l)
		}
	}
}

// close decides what the open block was.
func (p *parser) close() {
	b := p.open
	if b == nil {
		return
	}
	p.open = nil
	end := p.at
	for end > b.first+1 && p.lines[end-1].text == "" {
		end--
	}
	text := strings.TrimSpace(p.text[p.lines[b.first].start:p.lines[end-1].end])
	whereText, where := p.location(b)
	if b.severity == "" && len(where) > 0 {
		b.severity = b.fallback
	}
	if b.severity != "" && len(where) == 0 && len(b.where) > 0 {
		p.report.Unplaced = append(p.report.Unplaced, b.reported(nil, whereText, text, p.lines[b.first].start))
	}
	as := AsProse
	switch {
	case b.severity != "" && len(where) > 0:
		as = AsFinding
		p.numbers.note(b.number, len(p.report.Findings))
		p.report.Findings = append(p.report.Findings, b.reported(where, whereText, text, p.lines[b.first].start))
	case b.template(), b.severity != "" && b.legend(text):
	case b.onlyFile(where):
		p.file = under{path: where[0].Path}
	case b.severity != "", len(where) > 0 && len(b.where) > 0, b.seen.has(labelWhere) && b.seen.has(labelWhy):
		as = AsUnparsed
		p.report.Unparsed = append(p.report.Unparsed, text)
	default:
		p.doubt(b.first, end)
	}
	if as != AsProse {
		p.begun()
	}
	for i := b.first; i < end; i++ {
		p.taken[i] = as
	}
}

func (b *block) reported(where []Place, whereText, text string, offset int) Reported {
	r := Reported{
		Severity: b.severity, Title: b.title, Why: paragraph(b.why), Fix: paragraph(b.fix),
		Where: where, WhereText: whereText, More: beyond(whereText, where), Text: text, Offset: offset,
	}
	if r.Why == "" {
		r.Why = paragraph(b.loose)
	} else if len(b.loose) > 0 {
		r.Why = paragraph(b.loose) + "\n" + r.Why
	}
	r.Retracted, r.Reason = b.withdrawn(text, where, whereText)
	r.Title = titleWithout(r.Title, where)
	if b.lead != "" && strings.HasPrefix(r.Why, b.lead) {
		r.Why = strings.TrimSpace(titleWithout(b.lead, where) + r.Why[len(b.lead):])
	}
	return r
}

// template tells that the block repeats the form of the contract and no problem.
func (b *block) template() bool {
	return strings.HasPrefix(b.title, "<") && strings.HasSuffix(b.title, ">")
}

// legend tells that the block explains what a severity means.
func (b *block) legend(text string) bool {
	if b.seen.len() > 0 || len(placesAt(text)) > 0 || strings.Contains(strings.TrimSpace(text), "\n\n") || len(text) > 200 {
		return false
	}
	title := strings.ToLower(b.title)
	for _, phrase := range []string{"must not be merged", "must be fixed", "should be mended", "should be fixed", "worth knowing", "nice to have", "must fix", "should fix", "before merge", "before merging"} {
		if strings.Contains(title, phrase) {
			return true
		}
	}
	return false
}

func paragraph(lines []string) string {
	return strings.TrimSpace(strings.Join(lines, "\n"))
}
