package report

import (
	"fmt"
	"io"
	"strings"

	"scrum/bundler"
	"scrum/tally"
)

// Terminal writes a review for people: what decides first, by bundle, what several
// lineages report before the rest. The zero value writes 80 columns without colour.
type Terminal struct {
	Width   int  // columns; 0 is 80
	Color   bool // ANSI styles
	Explain bool // why reports are taken for one finding
	All     bool // long texts and lists in full; else they end with what is not shown
}

// Write implements Writer.
func (t Terminal) Write(w io.Writer, r *Review) error {
	if t.Width <= 0 {
		t.Width = 80
	}
	p := &page{Terminal: t}
	s := tell(r)
	p.headline(s)
	for _, c := range s.chapters {
		p.chapter(c)
	}
	for _, a := range s.asides {
		p.aside(a)
	}
	p.unparsed(s)
	p.examined(s)
	p.coverage(s)
	p.anchors(s)
	p.leftOut(s)
	p.changes(s)
	p.verdict(s)
	_, err := io.WriteString(w, p.String())
	return err
}

// style is a way to print text, as the parameters of an ANSI sequence.
type style string

const (
	plain  style = ""
	bold   style = "1"
	dim    style = "2"
	red    style = "1;31"
	yellow style = "33"
	green  style = "1;32"
	cyan   style = "36"
)

// page collects the report.
type page struct {
	Terminal
	b strings.Builder
}

// String is the report. Wrapping may have brought a word to the beginning of a
// line where a CI runner takes it for a command.
func (p *page) String() string { return defuse(p.b.String()) }

func (p *page) in(s style, text string) string {
	if !p.Color || s == plain || text == "" {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[0m"
}

// line writes a line. It is defused before a style hides how it begins: who strips
// the styles from a log would bring a command to life.
func (p *page) line(s style, text string) {
	p.b.WriteString(p.in(s, defuse(text)))
	p.b.WriteByte('\n')
}

func (p *page) blank() { p.b.WriteByte('\n') }

// words writes a text below an indentation, its first line after a lead of the same
// width. Every line is styled on its own, so that no style leaks.
func (p *page) words(s style, lead, text string) {
	p.lines(s, lead, wrap(text, max(p.Width-columns(lead), 20)))
}

func (p *page) lines(s style, lead string, lines []string) {
	indent := strings.Repeat(" ", columns(lead))
	for i, l := range lines {
		switch {
		case i == 0:
			p.b.WriteString(lead)
		case l != "":
			p.b.WriteString(indent)
		}
		p.line(s, l)
	}
}

// few is words with at most so many lines, unless all are asked for.
func (p *page) few(s style, lead, text string, most int) {
	lines := wrap(text, max(p.Width-columns(lead), 20))
	rest := len(lines) - most
	if p.All || rest <= 1 {
		p.lines(s, lead, lines)
		return
	}
	p.lines(s, lead, lines[:most])
	p.line(dim, fmt.Sprintf("%s[%d more lines in findings.json]", strings.Repeat(" ", columns(lead)), rest))
}

func (p *page) title(text string) {
	p.blank()
	p.words(bold, "", text)
}

// headline is the verdict in a line, what was reviewed, and what a reader must
// know to trust it.
func (p *page) headline(s story) {
	p.b.WriteString(p.in(outcomeStyle(s.Verdict.Outcome), outcomeWord(s.Verdict.Outcome)))
	p.line(plain, strings.TrimRight("  "+phrase(s.Run.Label)+s.commits(), " "))
	p.words(plain, "  ", s.summary())
	if s.Run.Scripted {
		p.words(yellow, "  ", "The models of this run are scripted: their answers were written beforehand.")
	}
	for _, n := range s.Notes {
		p.words(dim, "  note: ", phrase(n))
	}
}

func outcomeWord(o tally.Outcome) string { return strings.ToUpper(string(o)) }

func outcomeStyle(o tally.Outcome) style {
	switch o {
	case tally.Pass:
		return green
	case tally.Blocked:
		return red
	}
	return yellow
}

// chapter is a bundle. Its first line is the one that the nightly greps: as it is,
// at the beginning of the line, without a style.
func (p *page) chapter(c chapter) {
	p.blank()
	p.line(dim, strings.Repeat("─", p.Width))
	p.line(plain, c.row)
	p.words(dim, "    ", aboutBundle(c.Bundle))
	if !c.Covered {
		p.words(yellow, "    ", "not covered: "+phrase(c.Why))
	}
	for _, f := range c.findings {
		p.blank()
		p.finding(f)
	}
}

func aboutBundle(b Bundle) string {
	out := plural(len(b.Files), "file")
	switch b.Guard {
	case bundler.GuardWarn:
		out += " · above the warn limit"
	case bundler.GuardForced:
		out += " · above the refuse limit, sent because it was forced"
	case bundler.GuardRefused:
		out += " · above the refuse limit"
	}
	if b.Covered && b.Why != "" {
		out += " · " + phrase(b.Why)
	}
	return out
}

// The lines that a text may take before the rest is left to findings.json.
const (
	mostWhy   = 12
	mostAside = 4
)

// finding is one that counts. What several lineages report has their number at its
// side and the word agree; a single voice has neither.
func (p *page) finding(f tally.Finding) {
	lead := "    "
	if convergent(f) {
		lead = p.in(bold, pad(fmt.Sprintf("×%d", f.Convergence), 4))
	}
	p.line(plain, lead+p.in(severityStyle(f.Severity), pad(string(f.Severity), 6))+p.in(bold, where(f)))
	if r := remark(f); r != "" {
		p.words(dim, "    ", "("+r+")")
	}
	p.words(bold, "    ", titleOf(f))
	p.words(dim, "    ", signed(f))
	p.few(plain, "    ", Sanitise(f.Why), mostWhy)
	if f.Fix != "" {
		p.few(plain, "    fix: ", Sanitise(f.Fix), mostWhy)
	}
	for _, o := range others(f) {
		p.words(dim, "    · ", o)
	}
	for _, o := range opinionLines(f) {
		p.words(dim, "    ? ", o)
	}
	if p.Explain {
		for _, e := range explained(f) {
			p.words(dim, "    = ", e)
		}
	}
}

func bracketed(s string) string {
	if s == "" {
		return ""
	}
	return "  (" + s + ")"
}

func severityStyle(s tally.Severity) style {
	switch s {
	case tally.Block:
		return red
	case tally.Warn:
		return yellow
	}
	return cyan
}

// aside is a group of findings that do not count, dimmed.
func (p *page) aside(a aside) {
	p.title(a.title)
	for _, f := range a.findings {
		p.words(dim, "    ", fmt.Sprintf("%s %s %s%s", inline(f.Bundle), f.Severity, where(f), bracketed(remark(f))))
		p.words(dim, "      ", titleOf(f)+" · "+signed(f))
		p.few(dim, "      ", Sanitise(f.Why), mostAside)
		for _, o := range others(f) {
			p.words(dim, "      · ", o)
		}
		for _, o := range opinionLines(f) {
			p.words(dim, "      ? ", o)
		}
	}
}

// unparsed is what looks like a finding and could not be read: quoted, because a
// person can.
func (p *page) unparsed(s story) {
	if len(s.Unparsed) == 0 {
		return
	}
	p.title("Looks like a finding, but could not be read: not counted")
	for _, u := range s.Unparsed {
		p.words(dim, "    ", fmt.Sprintf("%s on %s:", inline(u.Reviewer), inline(u.Bundle)))
		p.few(dim, "      ", Sanitise(u.Text), mostAside)
	}
}

// leftOut lists what no model saw.
func (p *page) leftOut(s story) {
	if len(s.LeftOut) == 0 {
		return
	}
	total := 0
	for _, l := range s.LeftOut {
		total += l.Bytes
	}
	p.title(fmt.Sprintf("Left out: %s, %s", plural(len(s.LeftOut), "file"), bytesText(total)))
	const most = 20
	for _, g := range s.leftGroups() {
		p.words(plain, "    ", fmt.Sprintf("%s: %s, %s", phrase(g.reason), plural(len(g.paths), "file"), bytesText(g.bytes)))
		if p.All || len(s.LeftOut) <= most {
			for _, path := range g.paths {
				p.line(dim, "      "+path)
			}
		}
	}
	if !p.All && len(s.LeftOut) > most {
		p.line(dim, "    [each file with its size in findings.json]")
	}
}

// verdict ends the report: what was decided, by which rule, on what.
func (p *page) verdict(s story) {
	p.blank()
	p.words(dim, "", s.totals())
	if s.Run.Dir != "" {
		p.line(dim, "everything is kept in "+inline(s.Run.Dir))
	}
	v := s.Verdict
	p.blank()
	p.b.WriteString(p.in(outcomeStyle(v.Outcome), outcomeWord(v.Outcome)))
	p.line(plain, fmt.Sprintf("  exit status %d", v.ExitCode))
	because := phrase(v.Reason)
	if v.Rule != "" {
		because = "rule " + phrase(v.Rule) + ": " + because
	}
	p.words(plain, "  ", because)
	if v.Outcome == tally.Blocked {
		p.agreed(s.agreed())
	}
}

// mostAgreed is how many findings the verdict repeats.
const mostAgreed = 10

// agreed repeats, where the eye is at the end, what to look at first.
func (p *page) agreed(findings []tally.Finding) {
	for i, f := range findings {
		if i == mostAgreed && !p.All {
			p.line(dim, fmt.Sprintf("      and %d more", len(findings)-i))
			return
		}
		p.words(plain, pad(fmt.Sprintf("  ×%d", f.Convergence), 6), where(f)+" "+titleOf(f))
	}
}
