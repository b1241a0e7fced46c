package eval

import (
	_ "embed" // the schema
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"scrum/report"
)

// WriteText writes the report for a terminal.
func (r *Report) WriteText(w io.Writer) error {
	var b strings.Builder
	d := r.document()
	fmt.Fprintf(&b, "%s\n", report.Line(d.title))
	for _, l := range d.lines {
		fmt.Fprintf(&b, "%s\n", report.Line(l))
	}
	for _, s := range d.sections {
		fmt.Fprintf(&b, "\n%s\n", report.Line(s.title))
		for _, n := range s.notes {
			fmt.Fprintf(&b, "  %s\n", report.Line(n))
		}
		s.text(&b)
		for _, i := range s.items {
			fmt.Fprintf(&b, "  - %s\n", report.Line(i.text))
			for _, below := range i.below {
				fmt.Fprintf(&b, "      %s\n", report.Line(below))
			}
		}
	}
	_, err := io.WriteString(w, report.Sanitise(b.String()))
	return err
}

func (t table) text(b *strings.Builder) {
	if len(t.head) == 0 {
		return
	}
	all := [][]string{t.head}
	for _, row := range t.rows {
		clean := make([]string, len(row))
		for i, cell := range row {
			clean[i] = report.Line(cell)
		}
		all = append(all, clean)
	}
	widths := make([]int, len(t.head))
	for _, row := range all {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range all {
		line := " "
		for i, cell := range row {
			space := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i < t.left {
				line += " " + cell + space + " "
			} else {
				line += " " + space + cell + " "
			}
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

// WriteMarkdown writes the report as Markdown.
func (r *Report) WriteMarkdown(w io.Writer) error {
	var b strings.Builder
	d := r.document()
	fmt.Fprintf(&b, "# %s\n\n", report.Markup(d.title))
	for _, l := range d.lines {
		fmt.Fprintf(&b, "- %s\n", report.Markup(l))
	}
	for _, s := range d.sections {
		fmt.Fprintf(&b, "\n## %s\n\n", report.Markup(s.title))
		s.markdown(&b)
		for _, i := range s.items {
			fmt.Fprintf(&b, "- %s\n", report.Markup(i.text))
			for _, below := range i.below {
				fmt.Fprintf(&b, "  - %s\n", report.Markup(below))
			}
		}
		if len(s.notes) > 0 {
			fmt.Fprintf(&b, "\n")
		}
		for _, n := range s.notes {
			fmt.Fprintf(&b, "%s\n", report.Markup(n))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (t table) markdown(b *strings.Builder) {
	if len(t.head) == 0 {
		return
	}
	line := func(cells []string) { fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | ")) }
	line(t.head)
	b.WriteByte('|')
	for i := range t.head {
		if i < t.left {
			b.WriteString("---|")
		} else {
			b.WriteString("--:|")
		}
	}
	b.WriteByte('\n')
	for _, row := range t.rows {
		clean := make([]string, len(row))
		for i, cell := range row {
			clean[i] = report.Markup(cell)
		}
		line(clean)
	}
}

//go:embed eval.v1.schema.json
var schema string

// Schema is the JSON Schema of the document, to the byte.
func Schema() []byte { return []byte(schema) }

// WriteJSON writes the document scrum/eval/v1.
func (r *Report) WriteJSON(w io.Writer) error { return report.WriteJSON(w, r) }
