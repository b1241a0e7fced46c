package tracker

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	table "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
)

// open is the decision of a row that nobody has decided.
const open = "_open_"

// Table is a table of decisions in a document.
type Table struct {
	Rows []Row // in their order

	name    string
	heading string
	data    []byte
	columns []column
	end     int // where the next row begins
	indent  string
	eol     string
	outline []string
}

// Row is a row of the table.
type Row struct {
	Signature string
	Decision  string // as it is written
	Line      int

	text string
}

// Open tells that nothing is decided.
func (r Row) Open() bool { return r.Decision == open || r.Decision == "*open*" }

// column is what stands in a column; "" is something that only people write.
type column string

const (
	signature column = "signature"
	decision  column = "decision"
	what      column = "what"
	phase     column = "phase"
	since     column = "since"
	gap       column = "gap"
)

// columnOf knows columns by their heads.
func columnOf(head string) column {
	switch strings.ToLower(strings.Trim(head, "*_` ")) {
	case "signature", "divergence signature":
		return signature
	case "decision", "status":
		return decision
	case "what", "gap", "divergence", "title", "description":
		return what
	case "phase":
		return phase
	case "since", "first seen", "opened":
		return since
	case "entry", "ledger", "id":
		return gap
	}
	return ""
}

// Read finds the table of decisions under a heading. name is of the document, for
// messages.
func Read(name string, data []byte, heading string) (*Table, error) {
	t := &Table{name: name, heading: heading, data: data, eol: "\n"}
	doc := goldmark.New(goldmark.WithExtensions(extension.Table)).Parser().Parse(text.NewReader(data))
	section, err := t.section(doc)
	if err != nil {
		return nil, err
	}
	found, err := t.table(section)
	if err != nil {
		return nil, err
	}
	if err := t.rows(found); err != nil {
		return nil, err
	}
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		t.outline = append(t.outline, n.Kind().String())
	}
	return t, nil
}

// section gives the blocks between the heading and the next one that is not below it.
// Headings in quotes and lists are none of the document.
func (t *Table) section(doc ast.Node) ([]ast.Node, error) {
	var start *ast.Heading
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		h, ok := n.(*ast.Heading)
		if !ok || !strings.EqualFold(t.title(h), strings.TrimSpace(t.heading)) {
			continue
		}
		if start != nil {
			return nil, fmt.Errorf("%s has the heading %q more than once", t.name, t.heading)
		}
		start = h
	}
	if start == nil {
		return nil, fmt.Errorf("%s has no heading %q", t.name, t.heading)
	}
	var out []ast.Node
	for n := start.NextSibling(); n != nil; n = n.NextSibling() {
		if h, ok := n.(*ast.Heading); ok && h.Level <= start.Level {
			break
		}
		out = append(out, n)
	}
	return out, nil
}

// title is the text of a heading without its markup.
func (t *Table) title(h *ast.Heading) string {
	return strings.Trim(string(bytes.TrimSpace(h.Lines().Value(t.data))), "*_` ")
}

// table gives the one table of the section that has the columns of decisions.
func (t *Table) table(section []ast.Node) (*table.Table, error) {
	var found *table.Table
	tables := 0
	for _, n := range section {
		tab, ok := n.(*table.Table)
		if !ok {
			continue
		}
		tables++
		columns := t.heads(tab)
		if !slices.Contains(columns, signature) || !slices.Contains(columns, decision) {
			continue
		}
		if found != nil {
			return nil, fmt.Errorf("%s has two tables under %q with the columns Signature and Decision: which one is meant?", t.name, t.heading)
		}
		found, t.columns = tab, columns
	}
	switch {
	case tables == 0:
		return nil, fmt.Errorf("%s has no table under the heading %q; one begins with | Signature | What | Decision |", t.name, t.heading)
	case found == nil:
		return nil, fmt.Errorf("%s has no table under %q with the columns Signature and Decision", t.name, t.heading)
	}
	for i, c := range t.columns {
		if c != "" && slices.Contains(t.columns[:i], c) {
			return nil, fmt.Errorf("%s: the table under %q has two columns for the %s", t.name, t.heading, c)
		}
	}
	return found, nil
}

func (t *Table) heads(tab *table.Table) []column {
	var out []column
	for c := tab.FirstChild().FirstChild(); c != nil; c = c.NextSibling() {
		out = append(out, columnOf(t.cell(c)))
	}
	return out
}

// cell is the text of a cell as it is written.
func (t *Table) cell(c ast.Node) string {
	return string(bytes.TrimSpace(c.Lines().Value(t.data)))
}

// rows reads the rows. Those of a table are lines without a gap: the head, the rule below
// it, and then one a row.
func (t *Table) rows(tab *table.Table) error {
	first := tab.FirstChild().FirstChild().Lines()
	if first == nil || first.Len() == 0 {
		return fmt.Errorf("%s: the head of the table under %q cannot be found", t.name, t.heading)
	}
	start := bytes.LastIndexByte(t.data[:first.At(0).Start], '\n') + 1
	line := 1 + bytes.Count(t.data[:start], []byte("\n"))
	head := t.line(start)
	t.indent = head[:len(head)-len(strings.TrimLeft(head, " \t"))]
	if bytes.HasSuffix(t.data[start:start+len(head)], []byte("\r\n")) {
		t.eol = "\r\n"
	}
	t.end = start + len(head)
	t.end += len(t.line(t.end)) // the rule
	for n := tab.FirstChild().NextSibling(); n != nil; n = n.NextSibling() {
		row := Row{Line: line + 2 + len(t.Rows), text: t.line(t.end)}
		if !strings.Contains(row.text, "|") {
			return fmt.Errorf("%s:%d: this line belongs to the table above it, for there is no blank line between; put one there", t.name, row.Line)
		}
		t.fill(&row, n)
		t.Rows = append(t.Rows, row)
		t.end += len(row.text)
	}
	return nil
}

// line is a line with its end.
func (t *Table) line(start int) string {
	rest := t.data[start:]
	if i := bytes.IndexByte(rest, '\n'); i >= 0 {
		rest = rest[:i+1]
	}
	return string(rest)
}

func (t *Table) fill(row *Row, n ast.Node) {
	i := 0
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch t.columns[i] {
		case signature:
			row.Signature = strings.TrimSpace(strings.Trim(t.cell(c), "`"))
		case decision:
			row.Decision = t.cell(c)
		}
		i++
	}
}

// Has tells whether a signature has a row, open or closed.
func (t *Table) Has(sig string) bool {
	return slices.ContainsFunc(t.Rows, func(r Row) bool { return r.Signature == sig })
}
