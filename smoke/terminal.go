package smoke

import (
	"fmt"
	"io"
	"strings"

	"scrum/report"
)

// Terminal writes a result for people: a line for each service and step, the whole
// output of what has not passed, and the summary last. The zero value has no colour.
type Terminal struct {
	Color bool // ANSI styles
}

// Write implements Writer.
func (t Terminal) Write(w io.Writer, r *Result) error {
	p := &page{Terminal: t, width: longestName(r)}
	for _, s := range r.Services {
		p.row(s.Result, s.Name, s.MS, "service"+p.serviceNote(s))
	}
	for _, s := range r.Steps {
		p.row(s.Result, s.Name, s.MS, stepNote(s))
		p.cases(s)
	}
	if len(r.NotSelected) > 0 {
		p.line("\nnot selected: " + report.Phrase(strings.Join(r.NotSelected, ", ")))
	}
	for _, s := range r.Services {
		p.failure("service "+s.Name, s.Result, s.Cause, s.Output)
	}
	for _, s := range r.Steps {
		if s.FirstFailure != nil {
			p.failure("step "+s.Name+", first attempt", s.FirstFailure.Result, s.FirstFailure.Cause, s.FirstFailure.Output)
		}
		if s.Result != Flaky {
			p.failure("step "+s.Name, s.Result, s.Cause, s.Output)
			p.reasons(s)
		}
	}
	if len(r.Services)+len(r.Steps) > 0 {
		p.line("")
	}
	p.line(p.in(verdictStyle(r.Verdict), r.Summary()))
	_, err := io.WriteString(w, p.b.String())
	return err
}

type page struct {
	Terminal
	width int
	b     strings.Builder
}

// longestName is how wide the column of names is.
func longestName(r *Result) int {
	width := 0
	for _, s := range r.Services {
		width = max(width, len(s.Name))
	}
	for _, s := range r.Steps {
		width = max(width, len(s.Name))
	}
	return width
}

func (p *page) line(text string) { p.b.WriteString(text + "\n") }

func (p *page) row(o Outcome, name string, ms int64, note string) {
	line := fmt.Sprintf("%s  %-*s %8s", p.in(outcomeStyle(o), fmt.Sprintf("%-7s", o)), p.width, report.Phrase(name), seconds(ms))
	if note != "" {
		line += "  " + report.Phrase(note)
	}
	p.line(line)
}

func (p *page) serviceNote(s ServiceResult) string {
	switch {
	case s.Reused:
		return ", was up already"
	case s.Result != Pass:
		return ": " + firstLine(s.Cause)
	case s.Stopped == "KILL":
		return fmt.Sprintf(", ready after %s, had to be killed", seconds(s.ReadyMS))
	}
	return fmt.Sprintf(", ready after %s", seconds(s.ReadyMS))
}

func stepNote(s StepResult) string {
	var notes []string
	if n := len(s.Cases) + s.CasesCut; n > 0 {
		notes = append(notes, counted(n, "test"))
	}
	if s.Attempts > 1 {
		notes = append(notes, fmt.Sprintf("%d attempts", s.Attempts))
	}
	if s.Result != Pass && s.Cause != "" {
		notes = append(notes, firstLine(s.Cause))
	}
	return strings.Join(notes, ", ")
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// cases lists the tests of a step that have not passed.
func (p *page) cases(s StepResult) {
	for _, c := range s.Cases {
		if c.Result != Pass {
			p.line(fmt.Sprintf("         %s %s", p.in(outcomeStyle(c.Result), string(c.Result)), report.Phrase(c.Name)))
		}
	}
}

// failure shows all that is known of something that has not passed.
func (p *page) failure(what string, o Outcome, cause, output string) {
	if o == Pass || o == Skip {
		return
	}
	p.line("\n" + p.in(outcomeStyle(o), string(o)) + " " + report.Phrase(what) + ": " + report.Phrase(firstLine(cause)))
	if output = strings.TrimRight(output, "\n"); output == "" {
		output = "(it printed nothing)"
	}
	p.text("  ", output)
}

func (p *page) text(indent, text string) {
	for line := range strings.SplitSeq(report.Sanitise(text), "\n") {
		p.line(indent + line)
	}
}

// reasons shows what failed tests have said that the output of the step does not.
func (p *page) reasons(s StepResult) {
	for _, c := range s.Cases {
		said := strings.TrimSpace(c.Output)
		if c.Result == Pass || c.Result == Skip || said == "" || strings.Contains(s.Output, said) {
			continue
		}
		p.line("  " + p.in(outcomeStyle(c.Result), string(c.Result)) + " " + report.Phrase(c.Name))
		p.text("    ", said)
	}
}

const (
	red    = "1;31"
	green  = "1;32"
	yellow = "33"
	dim    = "2"
)

func (t Terminal) in(style, text string) string {
	if !t.Color {
		return text
	}
	return "\x1b[" + style + "m" + text + "\x1b[0m"
}

func outcomeStyle(o Outcome) string {
	switch o {
	case Pass:
		return green
	case Flaky, Leak:
		return yellow
	case Skip:
		return dim
	}
	return red
}

func verdictStyle(v Verdict) string {
	switch v {
	case Passed:
		return green
	case Failed:
		return red
	}
	return yellow
}
