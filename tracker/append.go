package tracker

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"scrum/report"
)

// Entry is a decision to take.
type Entry struct {
	Signature string
	Phase     string
	What      string // for people; it may come from anywhere
	Since     string // a day
	Gap       string // the entry of the ledger
}

// signatureForm is what can stand in a cell, and be found there again, as it is.
var signatureForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$`)

// Append gives the document with an open row for each entry that has no row yet, and the
// signatures of those rows. When none is new, it is the same document. Nothing but the
// new rows is added, and nothing else is changed; when that cannot be held, there is an
// error and no document.
func (t *Table) Append(entries []Entry) (data []byte, added []string, err error) {
	var rows []string
	for _, e := range entries {
		if !signatureForm.MatchString(e.Signature) {
			return nil, nil, fmt.Errorf("%q is no signature", e.Signature)
		}
		if t.Has(e.Signature) || slices.Contains(added, e.Signature) {
			continue
		}
		added = append(added, e.Signature)
		rows = append(rows, t.row(e))
	}
	if len(rows) == 0 {
		return t.data, nil, nil
	}
	insert := strings.Join(rows, t.eol) + t.eol
	if t.end > 0 && t.data[t.end-1] != '\n' { // the table ends the document, without an end of line
		insert = t.eol + strings.Join(rows, t.eol)
	}
	data = slices.Concat(t.data[:t.end], []byte(insert), t.data[t.end:])
	if err := t.check(data, added, len(insert)); err != nil {
		return nil, nil, fmt.Errorf("%s cannot be edited from here, so nothing was written; add the rows by hand: %w", t.name, err)
	}
	return data, added, nil
}

// row is a row of the table without the end of its line.
func (t *Table) row(e Entry) string {
	var b strings.Builder
	b.WriteString(t.indent + "|")
	for _, c := range t.columns {
		b.WriteString(" ")
		if text := e.cell(c); text != "" {
			b.WriteString(text + " ")
		}
		b.WriteString("|")
	}
	return b.String()
}

func (e Entry) cell(c column) string {
	switch c {
	case signature:
		return "`" + e.Signature + "`"
	case decision:
		return open
	case what:
		return escape(e.What)
	case phase:
		return escape(e.Phase)
	case since:
		return escape(e.Since)
	case gap:
		return escape(e.Gap)
	}
	return ""
}

// longest bounds a cell: a table is to be read.
const longest = 300

// escape makes a text from anywhere fit for a cell.
func escape(s string) string {
	s = report.Phrase(s)
	if r := []rune(s); len(r) > longest {
		s = string(r[:longest]) + "…"
	}
	return report.Markup(s)
}

// check reads the new document as the old one was read: all that was there is there, and
// the new rows are what was added.
func (t *Table) check(data []byte, added []string, inserted int) error {
	if len(data) != len(t.data)+inserted || string(data[:t.end]) != string(t.data[:t.end]) || string(data[t.end+inserted:]) != string(t.data[t.end:]) {
		return errors.New("other bytes would have changed")
	}
	after, err := Read(t.name, data, t.heading)
	if err != nil {
		return err
	}
	if !slices.Equal(after.outline, t.outline) || !slices.Equal(after.columns, t.columns) {
		return errors.New("the document would be divided otherwise")
	}
	if len(after.Rows) != len(t.Rows)+len(added) {
		return fmt.Errorf("the table would have %d rows, and not %d", len(after.Rows), len(t.Rows)+len(added))
	}
	for i, r := range after.Rows {
		switch {
		case i < len(t.Rows) && !r.same(t.Rows[i]):
			return fmt.Errorf("the row of line %d would be another one", r.Line)
		case i >= len(t.Rows) && (r.Signature != added[i-len(t.Rows)] || !r.Open()):
			return fmt.Errorf("the new row of %s would not be read as one", added[i-len(t.Rows)])
		}
	}
	return nil
}

// same tells whether a row says the same; the last line of a document may have got an end.
func (r Row) same(old Row) bool {
	return strings.TrimRight(r.text, "\r\n") == strings.TrimRight(old.text, "\r\n") && r.Signature == old.Signature && r.Decision == old.Decision
}
