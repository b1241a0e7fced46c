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
}

// Words is a cell of text from anywhere: it is made fit to be printed, on one line.
func Words(s string) Cell { return Cell{text: phrase(s)} }

// Number is a count.
func Number(n int) Cell { return Cell{fmt.Sprint(n), true} }

// Tokens is a count of tokens, in few columns.
func Tokens(n int) Cell { return Cell{short(n), true} }

// Wall is a time in milliseconds.
func Wall(ms int64) Cell {
	if ms > 0 && ms < 100 {
		return Cell{fmt.Sprintf("%dms", ms), true} // it took some time
	}
	return Cell{wall(ms), true}
}

// Ratio is a number of another one, as both.
func Ratio(n, of int) Cell { return Cell{fmt.Sprintf("%d/%d", n, of), true} }

// Share is a number of another one, in percent; of nothing there is no share.
func Share(n, of int) Cell {
	if of == 0 {
		return Nothing()
	}
	percent := (200*n + of) / (2 * of)
	if n > 0 && n < of {
		percent = min(max(percent, 1), 99) // some is not none, and not all
	}
	return Cell{fmt.Sprintf("%d %%", percent), true}
}

// Nothing is a number that there is not.
func Nothing() Cell { return Cell{"–", true} }

// USD is a cost. When some parts are not known it is the least that it can be; nil is
// not known at all.
func USD(usd *float64, someUnknown bool) Cell {
	switch {
	case usd == nil:
		return Cell{"unknown", true}
	case someUnknown:
		return Cell{"≥ " + strings.Replace(cost(usd), "no cost", "0 USD", 1), true}
	}
	return Cell{strings.Replace(cost(usd), "no cost", "none", 1), true}
}

// gutter stands between two columns.
const gutter = "  "

// Write writes the table.
func (t Table) Write(w io.Writer) error {
	widths := t.widths()
	var b strings.Builder
	head := make([]Cell, len(t.Head))
	for i, h := range t.Head {
		head[i] = Cell{h, t.numeric(i)}
	}
	for _, row := range append([][]Cell{head}, t.Rows...) {
		b.WriteString(line(row, widths))
	}
	if _, err := io.WriteString(w, defuse(b.String())); err != nil {
		return fmt.Errorf("writing a table: %w", err)
	}
	return nil
}

// numeric tells whether a column holds numbers, by its first cell.
func (t Table) numeric(column int) bool {
	for _, row := range t.Rows {
		if column < len(row) {
			return row[column].number
		}
	}
	return false
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
			if !t.numeric(i) && out[i] > max(least, columns(t.Head[i])) && (widest < 0 || out[i] > out[widest]) {
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
