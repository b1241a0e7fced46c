package report

import (
	"fmt"
	"io"
	"strings"
)

// Table is rows of cells under a head. Columns are as wide on a terminal as their
// widest cell; words that would make a row wider than the table are cut in the middle.
type Table struct {
	Head  []string // words of the program itself
	Rows  [][]Cell // each as long as the head; an empty one is a blank line
	Width int      // columns; 0: as many as are needed
}

// Cell is a value of a table. Words stand to the left and numbers to the right.
type Cell struct {
	text   string
	number bool
	whole  bool // words that are not cut
}

// mostCell bounds the columns of a text, however wide the table may be.
const mostCell = 60

// String is what the cell shows.
func (c Cell) String() string { return c.text }

// Words is a cell of text from anywhere: it is made fit to be printed, on one line.
func Words(s string) Cell { return Cell{text: shorten(phrase(s), mostCell)} }

// Name is a cell of words that are useless when they are cut.
func Name(s string) Cell { return Cell{text: shorten(phrase(s), mostCell), whole: true} }

func number(s string) Cell { return Cell{text: s, number: true} }

// Number is a count.
func Number(n int) Cell { return number(fmt.Sprint(n)) }

// Tokens is a count of tokens, in few columns.
func Tokens(n int) Cell { return number(short(n)) }

// Bytes is a size; 1 KB is 1,024 bytes.
func Bytes(n int64) Cell { return number(bytesText(int(n))) }

// Wall is a time in milliseconds.
func Wall(ms int64) Cell {
	if ms > 0 && ms < 100 {
		return number(fmt.Sprintf("%dms", ms)) // it took some time
	}
	return number(wall(ms))
}

// Ratio is a number of another one, as both.
func Ratio(n, of int) Cell { return number(fmt.Sprintf("%d/%d", n, of)) }

// Share is a number of another one, in percent; of nothing there is no share.
func Share(n, of int) Cell {
	if of == 0 {
		return Nothing()
	}
	percent := (200*n + of) / (2 * of)
	if n > 0 && n < of {
		percent = min(max(percent, 1), 99) // some is not none, and not all
	}
	return number(fmt.Sprintf("%d %%", percent))
}

// Nothing is a number that there is not.
func Nothing() Cell { return number("–") }

// USD is a cost. When some parts are not known it is the least that it can be; nil is
// not known at all.
func USD(usd *float64, someUnknown bool) Cell {
	switch {
	case usd == nil:
		return number("unknown")
	case someUnknown:
		return number("≥ " + strings.Replace(cost(usd), "no cost", "0 USD", 1))
	}
	return number(strings.Replace(cost(usd), "no cost", "none", 1))
}

// gutter stands between two columns.
const gutter = "  "

// Write writes the table.
func (t Table) Write(w io.Writer) error {
	widths := t.widths()
	var b strings.Builder
	head := make([]Cell, len(t.Head))
	for i, h := range t.Head {
		head[i] = Cell{text: h, number: t.like(i).number}
	}
	for _, row := range append([][]Cell{head}, t.Rows...) {
		b.WriteString(line(row, widths))
	}
	if _, err := io.WriteString(w, defuse(b.String())); err != nil {
		return fmt.Errorf("writing a table: %w", err)
	}
	return nil
}

// like is what the cells of a column are like: its first one.
func (t Table) like(column int) Cell {
	for _, row := range t.Rows {
		if column < len(row) {
			return row[column]
		}
	}
	return Cell{}
}

// least is how narrow a column of words gets.
const least = 8

// widths of the columns. When they are too wide, the widest column of words gives.
func (t Table) widths() []int {
	out := make([]int, len(t.Head))
	total := len(gutter) * max(0, len(out)-1)
	for i, h := range t.Head {
		out[i] = columns(h)
		for _, row := range t.Rows {
			if i < len(row) {
				out[i] = max(out[i], columns(row[i].text))
			}
		}
		total += out[i]
	}
	for ; t.Width > 0 && total > t.Width; total-- {
		widest := -1
		for i := range out {
			like := t.like(i)
			if !like.number && !like.whole && out[i] > max(least, columns(t.Head[i])) && (widest < 0 || out[i] > out[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break
		}
		out[widest]--
	}
	return out
}

func line(row []Cell, widths []int) string {
	var b strings.Builder
	for i, c := range row {
		if i > 0 {
			b.WriteString(gutter)
		}
		text := shorten(c.text, widths[i])
		space := strings.Repeat(" ", max(0, widths[i]-columns(text)))
		if c.number {
			b.WriteString(space + text)
		} else {
			b.WriteString(text + space)
		}
	}
	return strings.TrimRight(b.String(), " ") + "\n"
}
