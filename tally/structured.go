package tally

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

// structured reads an answer, or a part of one, in the JSON form of the contract.
func (p *parser) structured(l line) bool {
	if l.quoted || p.open.claims() || !p.json(l) {
		return false
	}
	start := p.offset(l)
	s := answerReader{report: &p.report, scale: p.scale, text: p.text[start:p.fenceEnd()], offset: start, mayRepair: p.repaired < mostRepairs}
	p.close()
	p.begun()
	end := start + s.parse()
	p.marks = append(p.marks, s.marks...)
	if s.broken {
		p.repaired++
	}
	for p.at < len(p.lines) && p.lines[p.at].end <= end {
		p.taken[p.at] = AsProse // but for the marks
		p.at++
	}
	if p.at < len(p.lines) && p.lines[p.at].start < end { // more stands behind it
		if strings.TrimSpace(p.text[end:p.lines[p.at].end]) == "" {
			p.at++
		} else {
			p.lines[p.at] = dissect(p.text, end, p.lines[p.at].end)
		}
	}
	return true
}

// offset is where the text of a line begins.
func (p *parser) offset(l line) int {
	return l.start + max(0, strings.Index(p.text[l.start:l.end], l.text))
}

// fenceEnd is where the text ends that the answer can be in.
func (p *parser) fenceEnd() int {
	if p.within != nil {
		for i := p.at; i < len(p.lines); i++ {
			if f, ok := p.fences.at[i]; ok && f.closes(*p.within) {
				return p.lines[i].start
			}
		}
	}
	return len(p.text)
}

// json tells that the line begins an answer in JSON. It looks no further than the
// first key, so that a brace in running text costs nothing and takes nothing.
func (p *parser) json(l line) bool {
	if l.text == "" || l.text[0] != '{' && l.text[0] != '[' {
		return false
	}
	start := p.offset(l)
	return firstKey(p.text[start:min(len(p.text), start+256)])
}

func firstKey(s string) bool {
	rest := strings.TrimLeft(s[1:], " \t\r\n")
	if s[0] == '[' {
		return strings.HasPrefix(rest, "{") && firstKey(rest)
	}
	if rest == "" {
		return false
	}
	head := rest[:min(len(rest), 40)]
	if quote := head[:1]; quote == `"` || quote == "'" {
		key, _, ok := strings.Cut(head[1:], quote)
		return ok && knownKey(key)
	}
	key := head[:wordEnd(head)] // a key without quotes, as JavaScript has them
	return key != "" && strings.HasPrefix(strings.TrimLeft(head[len(key):], " "), ":") && knownKey(key)
}

func knownKey(key string) bool {
	switch strings.ToLower(key) {
	case "findings", "issues", "problems", "retract", "retractions", "covered", "no_findings", "severity", "title", "where", "path", "file", "summary", "verdict", "review", "$schema", "schema", "analysis":
		return true
	}
	return false
}

// answerReader takes an answer apart element by element, so that what stands
// before a break is kept and only the rest is unparsed.
type answerReader struct {
	report *Report
	scale  Scale
	text   string
	offset int
	broken bool
	dec    *json.Decoder
	marks  []Span // what its parts are; the rest is punctuation

	mayRepair bool
	elements  int // of the list of findings that were read, also unreadable ones
	read      int // findings among them
	taken     int // other parts
}

// mark says what the value is that has just been read.
func (a *answerReader) mark(raw string, as Taken) {
	end := a.offset + int(a.dec.InputOffset())
	a.marks = append(a.marks, Span{end - len(raw), end, as})
}

// parse returns how many bytes were taken.
func (a *answerReader) parse() int {
	err := a.value()
	end := int(a.dec.InputOffset())
	if err == nil {
		return end
	}
	a.broken = true
	return a.mend(end)
}

func (a *answerReader) value() error {
	a.dec = json.NewDecoder(strings.NewReader(a.text))
	a.dec.UseNumber()
	open, err := a.dec.Token()
	if err != nil {
		return err
	}
	if open == json.Delim('[') {
		return a.list(a.finding)
	}
	alone := map[string]any{} // an object that is itself one finding
	for a.dec.More() {
		key, err := a.dec.Token()
		if err != nil {
			return err
		}
		name, _ := key.(string)
		if err := a.member(strings.ToLower(name), alone); err != nil {
			return err
		}
	}
	if _, err := a.dec.Token(); err != nil {
		return err
	}
	if len(alone) > 0 {
		raw := a.text[:a.dec.InputOffset()]
		kind := a.add(alone, raw)
		a.marks = nil
		a.mark(raw, kind)
	}
	return nil
}

func (a *answerReader) member(name string, alone map[string]any) error {
	switch name {
	case "findings", "issues", "problems":
		return a.array(a.finding)
	case "retract", "retractions":
		return a.array(a.retraction)
	case "covered":
		return a.array(a.covered)
	}
	var v any
	if err := a.dec.Decode(&v); err != nil {
		return err
	}
	switch name {
	case "no_findings":
		if b, ok := v.(bool); ok {
			a.report.NoFindings = b
			a.mark(strconv.FormatBool(b), AsCoverage)
		}
	case "severity", "title", "where", "path", "file", "line", "end_line", "why", "fix":
		alone[name] = v
	}
	return nil
}

// array reads a list, or null, or one element where a list was asked for.
func (a *answerReader) array(each func() error) error {
	open, err := a.dec.Token()
	if err != nil {
		return err
	}
	if open == json.Delim('[') {
		return a.list(each)
	}
	if s, ok := open.(string); ok {
		a.taken++
		a.report.Covered = append(a.report.Covered, cleanPath(s))
		a.mark(s, AsCoverage)
		return nil
	}
	if open == nil {
		return nil
	}
	return errors.New("a list was expected")
}

func (a *answerReader) list(each func() error) error {
	for a.dec.More() {
		if err := each(); err != nil {
			return err
		}
	}
	_, err := a.dec.Token()
	return err
}

func (a *answerReader) raw() (any, string, error) {
	var raw json.RawMessage
	if err := a.dec.Decode(&raw); err != nil {
		return nil, "", err
	}
	var v any
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return nil, "", err
	}
	return v, string(raw), nil
}

func (a *answerReader) finding() error {
	v, raw, err := a.raw()
	if err != nil {
		return err
	}
	a.elements++
	m, ok := v.(map[string]any)
	if !ok {
		a.report.Unparsed = append(a.report.Unparsed, raw)
		a.mark(raw, AsUnparsed)
		return nil
	}
	a.mark(raw, a.add(m, raw))
	return nil
}

func (a *answerReader) retraction() error {
	v, raw, err := a.raw()
	if err != nil {
		return err
	}
	a.taken++
	a.mark(raw, AsRetraction)
	r := Retraction{Text: raw, Offset: a.offset + len(a.text)} // an object has no before and after
	switch v := v.(type) {
	case string:
		r.Where = places(v)
		if _, rest, ok := scanPlace(v); ok && len(r.Where) < 2 {
			r.Reason = strings.TrimLeft(rest, " -—–:,;.*_`")
		}
	case map[string]any:
		_, r.Where = whereOf(v)
		r.Reason = textOf(v, "reason", "why")
	}
	a.report.Retractions = append(a.report.Retractions, r)
	return nil
}

func (a *answerReader) covered() error {
	v, raw, err := a.raw()
	if err != nil {
		return err
	}
	a.taken++
	a.mark(raw, AsCoverage)
	if s, ok := v.(string); ok {
		a.report.Covered = append(a.report.Covered, cleanPath(s))
		a.report.CoveredRaw = append(a.report.CoveredRaw, s)
	}
	return nil
}

// add takes in a problem, and says what its text was taken for.
func (a *answerReader) add(m map[string]any, raw string) Taken {
	lower := make(map[string]any, len(m))
	for k, v := range m {
		lower[strings.ToLower(k)] = v
	}
	word := strings.TrimFunc(textOf(lower, "severity", "level", "priority"), notWordOrBracket)
	severity, ok := a.scale.of(word[:wordEnd(word)])
	whereText, where := whereOf(lower)
	if !ok {
		a.report.Unparsed = append(a.report.Unparsed, raw)
		return AsUnparsed
	}
	title, struck := a.scale.unstrike(textOf(lower, "title", "name", "issue", "problem", "summary"))
	b := block{
		title: title, struck: struck, gone: lower["retracted"] == true || lower["withdrawn"] == true,
		own: strings.Split(textOf(lower, "why", "description", "details", "reason", "message", "body", "explanation"), "\n"),
	}
	r := Reported{
		Severity: severity, Title: b.title, Why: paragraph(b.own), Fix: textOf(lower, "fix", "suggestion", "recommendation"),
		Where: where, WhereText: whereText, More: beyond(whereText, where), Text: raw, Offset: a.offset,
	}
	r.Retracted, r.Reason = b.withdrawn(raw, where, unreadPlace(lower))
	if len(where) == 0 {
		a.report.Unparsed = append(a.report.Unparsed, raw)
		r.WhereText = unreadPlace(lower)
		a.report.Unplaced = append(a.report.Unplaced, r)
		return AsUnparsed
	}
	a.read++
	a.report.Findings = append(a.report.Findings, r)
	return AsFinding
}

// whereOf reads "where" as a string or a list, or "path" with "line".
func whereOf(m map[string]any) (string, []Place) {
	for _, key := range []string{"where", "location", "locations", "places"} {
		switch v := m[key].(type) {
		case string:
			return v, places(v)
		case []any:
			return placeList(v)
		case map[string]any:
			return whereOf(v)
		}
	}
	p := Place{Raw: unreadPlace(m), Path: cleanPath(textOf(m, "path", "file", "filename"))}
	p.Line = intOf(m, "line", "start_line", "line_start", "startline")
	p.EndLine = max(p.Line, intOf(m, "end_line", "line_end", "endline"))
	if !plausible(p) {
		return "", nil
	}
	if p.Line == 0 {
		return p.Raw, places(p.Path)
	}
	return p.Raw, []Place{p}
}

// unreadPlace is what stands where a place should.
func unreadPlace(m map[string]any) string {
	if where := textOf(m, "where", "location", "place"); where != "" {
		return where
	}
	path := textOf(m, "path", "file", "filename")
	if line := intOf(m, "line", "start_line", "line_start", "startline"); line > 0 && path != "" {
		return path + ":" + strconv.Itoa(line)
	}
	return path
}

// placeList reads each element for itself: a list is cut already.
func placeList(list []any) (string, []Place) {
	var texts []string
	var out []Place
	for _, e := range list {
		switch e := e.(type) {
		case string:
			texts = append(texts, e)
			if len(out) >= mostPlaces {
				continue
			}
			if p, rest, ok := scanPlace(e); ok && strings.TrimSpace(rest) == "" {
				out = append(out, p)
			} else {
				out = append(out, places(e)...)
			}
		case map[string]any:
			t, p := whereOf(e)
			texts = append(texts, t)
			if len(out) < mostPlaces {
				out = append(out, p...)
			}
		}
	}
	return strings.Join(texts, "\n"), out
}

func textOf(m map[string]any, keys ...string) string {
	for _, k := range keys {
		if s, ok := m[k].(string); ok && s != "" {
			return strings.TrimSpace(s)
		}
	}
	return ""
}

func intOf(m map[string]any, keys ...string) int {
	for _, k := range keys {
		var s string
		switch v := m[k].(type) {
		case json.Number:
			s = v.String()
		case string:
			s = strings.TrimSpace(v)
		}
		if n, err := strconv.Atoi(s); err == nil && n > 0 && n < 1_000_000_000 {
			return n
		}
	}
	return 0
}
