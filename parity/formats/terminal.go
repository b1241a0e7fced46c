package formats

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"scrum/parity"
	"scrum/parity/compare"
	"scrum/report"
)

// Terminal writes a result for people in a shell.
type Terminal struct {
	Color  bool
	Bodies bool // requests and answers, too, where the result has them
}

// Write implements Writer.
func (t Terminal) Write(w io.Writer, r *parity.Result) error {
	p := &screen{opt: t}
	p.table(r)
	p.divergences(r)
	p.open(r)
	p.cases(r)
	p.lists(r)
	p.printf("%s\n", tally(r))
	if r.Totals.Diff > 0 {
		p.printf("%s\n", causes(r))
	}
	p.printf("%s\n", p.paint(r.Verdict.ExitCode == 0, phrase(headline(r))))
	_, err := io.WriteString(w, p.b.String())
	return err
}

type screen struct {
	opt Terminal
	b   strings.Builder
}

func (p *screen) printf(format string, args ...any) { fmt.Fprintf(&p.b, format, args...) }

// paint makes good news green and bad news red.
func (p *screen) paint(good bool, s string) string {
	switch {
	case !p.opt.Color:
		return s
	case good:
		return "\x1b[32m" + s + "\x1b[0m"
	}
	return "\x1b[31m" + s + "\x1b[0m"
}

// table has a line for each case and each target that is compared.
func (p *screen) table(r *parity.Result) {
	rows := [][]string{{"case"}}
	for _, t := range r.Targets {
		rows[0] = append(rows[0], t.Name)
	}
	for _, t := range others(r) {
		if len(r.Targets) > 2 {
			rows[0] = append(rows[0], t.Name+":")
		}
		for _, l := range compare.Layers() {
			rows[0] = append(rows[0], string(l))
		}
		rows[0] = append(rows[0], "time")
	}
	for i := range r.Cases {
		rows = append(rows, tableRow(r, &r.Cases[i]))
	}
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range rows {
		line := ""
		for i, cell := range row {
			line += cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2)
		}
		p.printf("%s\n", strings.TrimRight(line, " "))
	}
	p.printf("\n")
}

func tableRow(r *parity.Result, c *parity.Case) []string {
	row := []string{phrase(c.Name)}
	for _, t := range r.Targets {
		row = append(row, status(answerOf(c, t.Name)))
	}
	for _, t := range others(r) {
		cmp := comparisonOf(c, t.Name)
		if len(r.Targets) > 2 {
			row = append(row, "")
		}
		for _, l := range compare.Layers() {
			row = append(row, sign(layer(cmp, l)))
		}
		row = append(row, ratio(cmp))
	}
	return row
}

func (p *screen) divergences(r *parity.Result) {
	for i := range r.Divergences {
		d := &r.Divergences[i]
		p.printf("%s\n", p.paint(false, "DIFF "+phrase(title(d))))
		p.printf("  %s\n  %s: %s\n", phrase(about(d)), phrase(d.Sample.Case), phrase(sampleLine(d)))
		if len(d.Cases) > 1 {
			p.printf("  cases: %s\n", phrase(strings.Join(d.Cases, ", ")))
		}
		p.printf("\n")
	}
}

// open lists the cases of which nothing can be said.
func (p *screen) open(r *parity.Result) {
	n := 0
	for i := range r.Cases {
		if c := &r.Cases[i]; c.State == parity.StateNotCompared || c.State == parity.StateNotExecuted {
			p.printf("%s %s: %s\n", unknown, phrase(c.Name+": "+c.State), phrase(c.Cause))
			n++
		}
	}
	if n > 0 {
		p.printf("\n")
	}
}

// cases writes requests and bodies, where they were kept.
func (p *screen) cases(r *parity.Result) {
	for i := range r.Cases {
		c := &r.Cases[i]
		if c.Request == nil || !p.opt.Bodies {
			continue
		}
		p.printf("%s: %s\n", phrase(c.Name), phrase(c.Method+" "+c.Request.Path))
		for _, h := range c.Request.Header {
			p.printf("  > %s: %s\n", phrase(h.Name), phrase(h.Value))
		}
		p.text(c.Request.Body)
		for _, t := range r.Targets {
			a := answerOf(c, t.Name)
			p.printf("  %s\n", phrase(answerLine(t.Name, a)))
			if a == nil {
				continue
			}
			for _, h := range a.Header {
				p.printf("  < %s: %s\n", phrase(h.Name), phrase(h.Value))
			}
			p.text(bodyText(a))
		}
		p.printf("\n")
	}
}

func (p *screen) text(s string) {
	if s == "" {
		return
	}
	for line := range strings.Lines(report.Sanitise(s)) {
		p.printf("    %s\n", strings.TrimRight(line, "\n"))
	}
}

func (p *screen) lists(r *parity.Result) {
	for _, l := range lists(r) {
		p.printf("%s\n", l.title)
		for _, line := range l.phrases() {
			p.printf("  %s\n", line)
		}
		p.printf("\n")
	}
}
