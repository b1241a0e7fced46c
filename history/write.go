package history

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"

	"scrum/report"
)

// Format is a form of what the history answers.
type Format string

// The formats.
const (
	Terminal Format = "terminal" // for people
	JSON     Format = "json"     // scrum/history/v1
	CSV      Format = "csv"      // one table, numbers as they are
)

// Formats are the formats, by name.
func Formats() []Format { return []Format{Terminal, JSON, CSV} }

// Document is an answer of the history: a [RunList], a [RunPage] or [Records].
type Document interface {
	page() page
	grid() [][]string // the names of the columns first
}

// page is a document for people: lines of text and tables.
type page []part

type part struct {
	text  string // a line; "" before a table is a blank one
	table *report.Table
}

// Write writes a document. Width is that of the terminal; 0 does not cut anything.
func Write(w io.Writer, d Document, f Format, width int) error {
	switch f {
	case Terminal:
		return writePage(w, d.page(), width)
	case JSON:
		return report.WriteJSON(w, d)
	case CSV:
		return writeGrid(w, d.grid())
	}
	return fmt.Errorf("there is no format %q; there are terminal, json and csv", f)
}

func writePage(w io.Writer, parts page, width int) error {
	for _, p := range parts {
		if p.table != nil {
			t := *p.table
			t.Width = width
			if err := t.Write(w); err != nil {
				return err
			}
			continue
		}
		line := strings.ReplaceAll(p.text, "\n", "\u240a")
		if _, err := io.WriteString(w, report.Sanitise(line)+"\n"); err != nil {
			return fmt.Errorf("writing the history: %w", err)
		}
	}
	return nil
}

func writeGrid(w io.Writer, grid [][]string) error {
	out := csv.NewWriter(w)
	for _, row := range grid {
		if err := out.Write(row); err != nil {
			return fmt.Errorf("writing CSV: %w", err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("writing CSV: %w", err)
	}
	return nil
}

// cell is a text for a spreadsheet. One that begins like a formula would be computed
// there: an apostrophe makes it a text.
func cell(s string) string {
	s = strings.Join(strings.Fields(report.Sanitise(s)), " ")
	if s != "" && strings.ContainsRune("=+-@", rune(s[0])) {
		return "'" + s
	}
	return s
}
