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
		b.where, title = []string{place.Raw}, strings.TrimLeft(rest, " `:)-—–")
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
