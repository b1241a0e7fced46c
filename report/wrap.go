package report

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// columns is how many columns of a terminal a sanitised text takes.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n += runeColumns(r)
	}
	return n
}

func runeColumns(r rune) int {
	if unicode.In(r, unicode.Mn, unicode.Me) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// pad fills a text up with spaces.
func pad(s string, to int) string {
	return s + strings.Repeat(" ", max(0, to-columns(s)))
}

// shorten cuts a text in its middle, where names differ least.
func shorten(s string, to int) string {
	if columns(s) <= to {
		return s
	}
	r := []rune(s)
	head, tail := "", ""
	for i := 0; columns(head)+columns(tail) < to-1; i++ {
		if i%2 == 0 {
			head += string(r[i/2])
		} else {
			tail = string(r[len(r)-1-i/2]) + tail
		}
	}
	return head + "…" + tail
}

// wrap breaks a sanitised text into lines at spaces. Identifiers and paths stay
// whole, even where they are too long. What looks like code keeps its lines; what
// belongs to a list item is set under it.
func wrap(s string, to int) []string {
	var out []string
	fenced := false
	for line := range strings.SplitSeq(strings.ReplaceAll(s, "\t", "    "), "\n") {
		line = strings.TrimRight(line, " ")
		fence := strings.HasPrefix(strings.TrimLeft(line, " "), "```")
		switch {
		case fence:
			fenced = !fenced
			out = append(out, line)
		case fenced, strings.HasPrefix(line, "    "):
			out = append(out, line)
		case line == "" && (len(out) == 0 || out[len(out)-1] == ""):
		default:
			out = append(out, wrapLine(line, to)...)
		}
	}
	for len(out) > 0 && out[len(out)-1] == "" {
		out = out[:len(out)-1]
	}
	return out
}

func wrapLine(line string, to int) []string {
	lead := leading(line)
	hang := strings.Repeat(" ", columns(lead))
	var out []string
	current, used, empty := lead, columns(lead), true
	for _, p := range pieces(line[len(lead):]) {
		space := " "
		if p.glued || empty {
			space = ""
		}
		w := len(space) + columns(p.text)
		if !empty && used+w > to {
			out = append(out, current)
			current, used, space = hang, columns(hang), ""
			w = columns(p.text)
		}
		current += space + p.text
		used += w
		empty = false
	}
	return append(out, current)
}

// piece is what a line is never broken within.
type piece struct {
	text  string
	glued bool // no space stands before it
}

// pieces are the words of a line. Scripts that are written without spaces may be
// broken after any of their wide characters.
func pieces(s string) []piece {
	var out []piece
	for word := range strings.FieldsSeq(s) {
		start := 0
		for i, r := range word {
			if runeColumns(r) == 2 && i > start && !closes(r) {
				out = append(out, piece{word[start:i], start > 0})
				start = i
			}
		}
		out = append(out, piece{word[start:], start > 0})
	}
	return out
}

// closes tells that no line begins with the character.
func closes(r rune) bool {
	return strings.ContainsRune("、。，．：；！？）」』】〉》", r)
}

// leading is the indentation of a line with the sign of a list item after it.
func leading(line string) string {
	rest := strings.TrimLeft(line, " ")
	indent := len(line) - len(rest)
	for _, sign := range []string{"- ", "* ", "+ ", "• "} {
		if strings.HasPrefix(rest, sign) {
			return line[:indent+len(sign)]
		}
	}
	digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
	if digits > 0 && digits < 4 && len(rest) > digits+1 && strings.ContainsRune(".)", rune(rest[digits])) && rest[digits+1] == ' ' {
		return line[:indent+digits+2]
	}
	return line[:indent]
}
