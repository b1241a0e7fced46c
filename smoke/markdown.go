package smoke

import (
	"fmt"
	"io"
	"strings"

	"scrum/report"
)

// Markdown writes a result as a page: the summary, a table, and the whole output of what
// has not passed.
type Markdown struct{}

// Write implements Writer.
func (Markdown) Write(w io.Writer, r *Result) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# Smoke: %s\n\n", r.Summary())
	fmt.Fprintf(&b, "%s\n\n", markdownOrigin(r))
	if len(r.Services) > 0 {
		b.WriteString("| service | result | ready after | note |\n|---|---|---|---|\n")
		for _, s := range r.Services {
			note := firstLine(s.Cause)
			if s.Reused {
				note = "was up already"
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", markup(s.Name), s.Result, seconds(s.ReadyMS), markup(note))
		}
		b.WriteString("\n")
	}
	b.WriteString("| step | result | time | note |\n|---|---|---|---|\n")
	for _, s := range r.Steps {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", markup(s.Name), s.Result, seconds(s.MS), markup(stepNote(s)))
	}
	if len(r.NotSelected) > 0 {
		fmt.Fprintf(&b, "\nNot selected: %s\n", markup(strings.Join(r.NotSelected, ", ")))
	}
	markdownFailures(&b, r)
	_, err := io.WriteString(w, b.String())
	return err
}

func markdownOrigin(r *Result) string {
	text := fmt.Sprintf("%s, %s", markup(r.File), r.Started.UTC().Format("2006-01-02 15:04:05 UTC"))
	if r.Commit != "" {
		text += ", commit " + markup(r.Commit)
	}
	if r.Dirty {
		text += " with changes that are not committed"
	}
	return text
}

func markdownFailures(b *strings.Builder, r *Result) {
	show := func(what string, o Outcome, cause, output string) {
		if o == Pass || o == Skip || o == Flaky {
			return
		}
		fmt.Fprintf(b, "\n## %s: %s\n\n%s\n", o, markup(what), markup(firstLine(cause)))
		if output = strings.TrimRight(output, "\n"); output != "" {
			fmt.Fprintf(b, "\n%s", report.Fenced(output))
		}
	}
	for _, s := range r.Services {
		show("service "+s.Name, s.Result, s.Cause, s.Output)
	}
	for _, s := range r.Steps {
		if f := s.FirstFailure; f != nil {
			show("step "+s.Name+", first attempt", f.Result, f.Cause, f.Output)
		}
		show("step "+s.Name, s.Result, s.Cause, s.Output)
		for _, c := range s.Cases {
			if c.Result != Pass && c.Result != Skip {
				fmt.Fprintf(b, "\n### %s: %s\n", c.Result, markup(c.Name))
				if c.Output != "" {
					fmt.Fprintf(b, "\n%s", report.Fenced(strings.TrimRight(c.Output, "\n")))
				}
			}
		}
	}
}

// markup is a text as plain words on a line.
func markup(text string) string { return report.Markup(report.Phrase(text)) }
