package tally

import (
	"strings"
)

// Report is what one raw answer says.
type Report struct {
	Findings    []Reported
	Retractions []Retraction
	Covered     []string   // paths named by COVERED lines, one each
	CoveredRaw  []string   // the values of those lines before they were cut at commas
	NoFindings  bool       // it says in words that there is nothing to report
	Unparsed    []string   // looks like a finding, and could not be read as one
	Unplaced    []Reported // of the unparsed: a severity, and a place that does not read as one
	Truncated   bool       // its own structure is cut off, or broken beyond mending
	Spans       []Span     // what every byte of the answer was taken for
}

// Reported is one problem as its reviewer wrote it.
type Reported struct {
	Severity  Severity
	Title     string
	Why       string
	Fix       string
	Where     []Place // at least one
	WhereText string  // the WHERE value uncut
	More      int     // places that it names beyond the most that are read
	Text      string  // the reviewer's own words, all of them
	Offset    int     // in the answer: a retraction withdraws what was written before it
	Retracted bool    // withdrawn in its own text
	Reason    string  // why it was withdrawn
	Repaired  bool    // read from JSON that was broken, and was mended
}

// Retraction withdraws what the same answer reported before it at a place.
type Retraction struct {
	Where  []Place // none: the place could not be read
	Reason string
	Text   string
	Offset int
}

// Taken is what a piece of an answer was taken for.
type Taken string

// What a piece of an answer can be. Prose is what may be ignored.
const (
	AsProse      Taken = "prose"
	AsFinding    Taken = "finding"
	AsRetraction Taken = "retraction"
	AsCoverage   Taken = "coverage"
	AsUnparsed   Taken = "unparsed"
)

// Span is a run of bytes of an answer.
type Span struct {
	Start, End int
	Taken      Taken
}

// Parse reads one raw answer: the contract's Markdown or JSON, and what models
// make of either. It accepts any bytes, takes time linear in them, and gives
// every byte to exactly one span.
//
// A finding needs a severity and a place. What has only one of the two is kept as
// unparsed. Reasoning in <think> tags is prose. A fence is looked into when it
// holds the answer itself; inside a finding, or after the answer has begun without
// one, it is a quotation, and headings in it are not the reviewer's.
func Parse(text string) Report { return Scale(nil).Parse(text) }

// Parse is the function Parse with further words for severities.
func (sc Scale) Parse(text string) Report {
	p := &parser{text: text, lines: splitLines(text), scale: sc}
	p.taken = make([]Taken, len(p.lines))
	p.fences = findFences(p.lines)
	for p.at < len(p.lines) {
		p.step()
	}
	p.close()
	p.settleDoubts()
	p.report.Spans = p.spans()
	return p.report
}

type parser struct {
	text    string
	lines   []line
	scale   Scale
	fences  *fences
	at      int     // the line to be read
	taken   []Taken // by line; "" is prose
	report  Report
	open    *block
	section Severity // of a heading without a title; "" outside of such sections
	within  *fence   // the fence that holds the answer, while it is open
	unwrap  bool     // the answer has begun outside of any fence
	listing bool     // bullets name covered files
	settled int      // lines before it hold no reasoning; see reasoning
	file    under    // the file that the answer is speaking of
	numbers numbers  // of findings that the reviewer has numbered
	doubts  []doubt  // prose that may be a finding

	marks    []Span // parts of JSON, in order
	repaired int    // JSON texts that were broken
}

// step reads one line, or one block that only makes sense as a whole.
func (p *parser) step() {
	l := p.lines[p.at]
	switch {
	case p.reasoning(l), p.fence(l):
	case l.text == "":
		p.at++
	case p.structured(l), p.table(l), p.directive(l), p.labelled(l), p.underFile(l), p.lineFirst(l), p.heading(l), p.item(l):
	default:
		p.continued(l)
	}
}

// take says what lines from the current one up to end are, and goes there.
func (p *parser) take(end int, as Taken) {
	for ; p.at < end; p.at++ {
		p.taken[p.at] = as
	}
}

// begun notes that the reviewer speaks in the form of the contract, and where.
func (p *parser) begun() {
	if p.within == nil {
		p.unwrap = true
	}
}

// reasoning skips <think>…</think>. What is never closed may hold the answer
// itself or only a draft of it: it is listed, not believed.
func (p *parser) reasoning(l line) bool {
	tag, ok := openingTag(l.raw)
	if !ok {
		return p.leftover(l)
	}
	closing := "</" + tag + ">"
	for i := p.at; i < len(p.lines); i++ {
		if strings.Contains(p.lines[i].raw, closing) {
			p.close()
			p.take(i, AsProse)
			p.afterTag(closing)
			return true
		}
	}
	p.close()
	rest := p.text[l.start:]
	if strings.TrimSpace(rest[len(tag)+2:]) != "" {
		p.report.Unparsed = append(p.report.Unparsed, strings.TrimSpace(rest))
		p.report.Truncated = true
		p.take(len(p.lines), AsUnparsed)
	}
	p.take(len(p.lines), AsProse)
	return true
}

// afterTag goes on behind a closing tag, which may share its line with the answer.
func (p *parser) afterTag(closing string) {
	l := p.lines[p.at]
	i := strings.Index(l.raw, closing) + len(closing)
	if strings.TrimSpace(l.raw[i:]) == "" {
		p.take(p.at+1, AsProse)
		return
	}
	p.lines[p.at] = dissect(p.text, l.start+i, l.end)
}

// leftover drops what stands before a closing tag without an opening one, as
// models write whose template opens the tag for them, if an answer follows it.
func (p *parser) leftover(l line) bool {
	tag, ok := closingTag(l.raw)
	if !ok || p.settled > p.at || !p.answersAfter(p.at+1) {
		return false
	}
	p.report, p.open, p.section, p.within, p.unwrap, p.listing = Report{}, nil, "", nil, false, false
	p.file, p.numbers, p.doubts, p.marks = under{}, nil, nil, nil
	for i := range p.at {
		p.taken[i] = AsProse
	}
	p.afterTag(tag)
	p.settled = len(p.lines)
	return true
}

func openingTag(s string) (string, bool) {
	if strings.IndexByte(s, '<') < 0 {
		return "", false
	}
	s = strings.TrimLeftFunc(s, blank)
	for _, tag := range []string{"think", "thinking", "reasoning", "thought"} {
		if strings.HasPrefix(s, "<"+tag+">") {
			return tag, true
		}
	}
	return "", false
}

func closingTag(s string) (string, bool) {
	if strings.IndexByte(s, '<') < 0 {
		return "", false
	}
	s = strings.TrimLeftFunc(s, blank)
	for _, tag := range []string{"</think>", "</thinking>", "</reasoning>", "</thought>"} {
		if strings.HasPrefix(s, tag) {
			return tag, true
		}
	}
	return "", false
}

// answersAfter tells that some line from i on speaks in the form of the contract.
func (p *parser) answersAfter(i int) bool {
	for ; i < len(p.lines); i++ {
		if p.speaks(p.lines[i]) {
			return true
		}
	}
	p.settled = len(p.lines) // no need to look again from a later line
	return false
}

// speaks tells that a line has a form that only an answer has.
func (p *parser) speaks(l line) bool {
	if l.text == "" {
		return false
	}
	if _, ok := p.scale.readHeading(l, true); ok || nothing(l.text) || p.json(l) {
		return true
	}
	name, value := readLabel(l)
	return (name == labelCovered || name == labelRetract) && value != ""
}

// fence looks into a fence that holds the answer and passes over any other.
func (p *parser) fence(l line) bool {
	f, ok := p.fences.at[p.at]
	if !ok {
		return false
	}
	if p.within != nil && f.closes(*p.within) && (p.open == nil || p.endsAnswer(p.at)) {
		p.close()
		p.within = nil
		p.take(p.at+1, AsProse)
		return true
	}
	if !p.fences.closed(p.at, f) {
		p.take(p.at+1, AsProse)
		return true
	}
	end, speaks := p.inside(f)
	if !p.open.claims() && p.within == nil && !p.unwrap && f.plain() && speaks {
		p.close()
		p.within = &f
		p.take(p.at+1, AsProse)
		return true
	}
	if p.open != nil {
		p.open.quote(p.lines[p.at:end])
		p.at = end
		return true
	}
	as := AsProse
	if speaks && f.plain() {
		as = AsUnparsed
		p.report.Unparsed = append(p.report.Unparsed, strings.TrimSpace(p.text[l.start:p.lines[end-1].end]))
	}
	p.take(end, as)
	return true
}

// endsAnswer tells that a bare fence, which could as well begin a quotation
// within the fenced answer, is its end: nothing, another fence or another part of
// an answer follows.
func (p *parser) endsAnswer(i int) bool {
	for i++; i < len(p.lines); i++ {
		if p.lines[i].text == "" {
			continue
		}
		if _, fenced := p.fences.at[i]; fenced {
			return true
		}
		return p.speaks(p.lines[i])
	}
	return true
}

// inside finds the line after the end of the fence that opens at the current
// line, and whether an answer stands in it.
func (p *parser) inside(open fence) (end int, speaks bool) {
	for i := p.at + 1; i < len(p.lines); i++ {
		if f, ok := p.fences.at[i]; ok && f.closes(open) {
			return i + 1, speaks
		}
		speaks = speaks || p.speaks(p.lines[i])
	}
	return len(p.lines), speaks
}

// directive reads COVERED, RETRACT and NO FINDINGS.
func (p *parser) directive(l line) bool {
	if p.listing && l.bullet {
		if name := cleanPath(l.text); name != "" && !strings.ContainsAny(name, "\t") {
			if _, isHeading := p.scale.readHeading(l, false); !isHeading {
				p.cover(l.text)
				return true
			}
		}
	}
	name, value := readLabel(l)
	switch {
	case name == labelCovered:
		p.close()
		p.listing = value == ""
		p.cover(value)
	case name == labelRetract && !none(value):
		p.retract(l, value)
	case name == labelWithdrawn && p.withdrawal(l, value):
	case nothing(l.text), !p.open.claims() && p.section == "" && strings.EqualFold(strings.Trim(l.text, " .*_()"), "none"):
		p.close()
		p.begun()
		p.report.NoFindings = true
		p.take(p.at+1, AsCoverage)
	default:
		return false
	}
	if name != labelCovered {
		p.listing = false
	}
	return true
}

func (p *parser) cover(value string) {
	p.begun()
	p.section = ""
	if value = strings.TrimSpace(value); value != "" {
		p.report.CoveredRaw = append(p.report.CoveredRaw, value)
		for _, piece := range splitPlaces(value) {
			if name := cleanPath(piece); name != "" {
				p.report.Covered = append(p.report.Covered, name)
			}
		}
	}
	p.take(p.at+1, AsCoverage)
}

// cleanPath takes the decoration off a path without reading anything into it.
func cleanPath(s string) string {
	s = strings.Trim(s, " \t*")
	if strings.HasPrefix(s, "`") {
		if end := strings.IndexByte(s[1:], '`'); end > 0 {
			return s[1 : 1+end]
		}
	}
	return strings.Trim(s, "`")
}

// spans joins the lines of one kind, and cuts out of them the parts of JSON.
func (p *parser) spans() []Span {
	var out spans
	start := 0
	marks := p.marks
	for i, l := range p.lines {
		for len(marks) > 0 && marks[0].Start < l.end {
			out.until(marks[0].Start, p.taken[i])
			out.until(min(marks[0].End, l.end), marks[0].Taken)
			if marks[0].End > l.end {
				break // it goes on in the next line
			}
			marks = marks[1:]
		}
		out.until(l.end, p.taken[i])
		start = l.end
	}
	out.until(max(start, len(p.text)), AsProse)
	return out
}

// spans are runs of bytes without holes.
type spans []Span

// until says what the bytes are from the last known one up to end.
func (s *spans) until(end int, as Taken) {
	start := 0
	n := len(*s)
	if n > 0 {
		start = (*s)[n-1].End
	}
	if as == "" {
		as = AsProse
	}
	switch {
	case end <= start:
	case n > 0 && (*s)[n-1].Taken == as:
		(*s)[n-1].End = end
	default:
		*s = append(*s, Span{start, end, as})
	}
}
