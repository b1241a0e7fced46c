package assess

import (
	"fmt"
	"io"
	"strings"

	"scrum/report"
)

// Markdown writes a result as a page.
type Markdown struct{}

// Write implements Writer.
func (Markdown) Write(w io.Writer, r *Result) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# Assessment: %s\n\n%s\n\n", r.Verdict.Outcome, markup(decidedBy(r.Verdict)))
	fmt.Fprintf(&b, "- matches expectations: %s (%s)\n- releasable: %s\n", yes(r.Matches), markup(r.Expectations), yes(r.Releasable))
	if r.Run != "" {
		fmt.Fprintf(&b, "- run %s, commit %s\n", markup(r.Run), markup(short(r.Commit)))
	}
	b.WriteString("\n## Evidence\n\n| phase | evidence | result | reason | made |\n|---|---|---|---|---|\n")
	for i := range r.Evidence {
		e := &r.Evidence[i]
		made := ""
		if !e.Finished.IsZero() {
			made = e.origin(r.Assessed)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", e.Phase, e.state(), markup(e.Headline), markup(e.Reason), markup(made))
	}
	markdownGaps(&b, r)
	if r.Last != nil {
		fmt.Fprintf(&b, "\n## Since the last run that passed\n\n%s\n", markup(r.Last.sentence()))
	}
	if lines := append(r.written(), r.Notes...); len(lines) > 0 {
		b.WriteString("\n## Notes\n\n")
		for _, n := range lines {
			fmt.Fprintf(&b, "- %s\n", markup(n))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func markdownGaps(b *strings.Builder, r *Result) {
	for _, s := range states() {
		list := r.in(s.State)
		if len(list) == 0 {
			continue
		}
		fmt.Fprintf(b, "\n## %s\n\n| phase | gap | signature | entry | accepted | days |\n|---|---|---|---|---|--:|\n", s.Heading)
		for _, g := range list {
			title := markup(g.Title)
			if len(g.Cases) > 0 && string(g.Phase) != Smoke {
				title += ": " + markup(few(g.Cases))
			}
			if g.Note != "" {
				title += "; " + markup(g.Note)
			}
			fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %d |\n", g.Phase, title, markup(g.Signature), markup(g.Entry), markup(g.accepted()), g.Days)
		}
	}
}

func (g *Gap) accepted() string {
	if g.As == "" {
		return ""
	}
	text := strings.ReplaceAll(string(g.As), "_", " ")
	if g.Expires != "" {
		text += " " + g.until()
	}
	if g.Owner != "" {
		text += ", " + g.Owner + ": " + g.Reason
	}
	return text
}

func markup(s string) string { return report.Markup(report.Phrase(s)) }
