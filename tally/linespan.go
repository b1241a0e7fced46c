package tally

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// lineSpan is a range of lines with the side that its spelling implies.
type lineSpan struct {
	first, last int
	side        Side
}

func (l lineSpan) put(p *Place) {
	p.Line, p.EndLine = l.first, l.last
	if l.side != "" {
		p.Side = l.side
	}
}

// scanSuffix reads what ties line numbers to a path: ":12", "#L12", " line 12",
// " (lines 12-14)", "@12", " L12".
func scanSuffix(s string) (lineSpan, string, bool) {
	if s == "" {
		return lineSpan{}, s, false
	}
	switch s[0] {
	case ':', '#', '@':
		return scanLines(strings.TrimLeft(s[1:], " `*"))
	case '(':
		span, rest, ok := scanLines(s[1:])
		if !ok || !strings.HasPrefix(rest, ")") || inName(rest[1:]) {
			return lineSpan{}, s, false
		}
		return sided(span, rest[1:])
	case ' ':
		rest := strings.TrimLeft(s, " ")
		if strings.HasPrefix(rest, "(") {
			return scanSuffix(rest)
		}
		rest = strings.TrimPrefix(strings.TrimPrefix(rest, "at "), "on ")
		if rest == "" || isDigit(rest[0]) && (len(rest) > 24 || strings.Trim(rest, "0123456789-–.") != "") {
			return lineSpan{}, s, false // "a.go 2 times" is not line 2
		}
		return scanLines(rest)
	}
	return lineSpan{}, s, false
}

// scanLines reads "12", "L12-L14", "lines 12 to 14", "~12", "12:5-14:8", and the
// side that may follow.
func scanLines(s string) (lineSpan, string, bool) {
	rest := trimLineWord(s)
	first, old, rest, ok := scanNumber(rest)
	if !ok {
		return lineSpan{}, s, false
	}
	span := lineSpan{first: first, last: first}
	if n := rangeMark(rest); n > 0 {
		if last, _, after, ok := scanNumber(trimLineWord(rest[n:])); ok {
			span.last, rest = last, after
		}
	}
	if inName(rest) {
		return lineSpan{}, s, false // the digits are part of one
	}
	if span.last < span.first {
		span.first, span.last = span.last, span.first
	}
	if span.first == 0 {
		span.last = 0 // no line has this number: the file
	}
	if old {
		span.side = Old
	}
	return sided(span, rest)
}

// inName tells that what was read goes on in rest as a file name does.
func inName(rest string) bool {
	r, size := utf8.DecodeRuneInString(rest)
	switch {
	case size == 0:
		return false
	case r == '.' || r == '-':
		return len(rest) > 1 && (isLetter(rest[1]) || isDigit(rest[1]))
	}
	return r == '/' || r == '\\' || isWordRune(r)
}

func trimLineWord(s string) string {
	for _, w := range []string{"lines", "line", "ln"} {
		if len(s) > len(w) && strings.EqualFold(s[:len(w)], w) {
			if t := strings.TrimLeft(s[len(w):], " :#.s"); t != "" && (isDigit(t[0]) || t[0] == '~') {
				return t
			}
		}
	}
	return s
}

// scanNumber reads an optional "L" or "~" (how the prompt shows deleted lines),
// digits, and an optional column.
func scanNumber(s string) (n int, old bool, rest string, ok bool) {
	s = strings.TrimLeft(s, " ")
	if strings.HasPrefix(s, "~") {
		old, s = true, s[1:]
	} else if s != "" && (s[0] == 'L' || s[0] == 'l') {
		s = s[1:]
	}
	end := 0
	for end < len(s) && isDigit(s[end]) {
		end++
	}
	if end == 0 || end > 9 {
		return 0, false, s, false
	}
	n, _ = strconv.Atoi(s[:end]) // at most nine digits: cannot fail
	rest = s[end:]
	if len(rest) > 1 && (rest[0] == ':' || rest[0] == 'C') && isDigit(rest[1]) {
		rest = strings.TrimLeft(rest[1:], "0123456789")
	}
	return n, old, rest, true
}

// rangeMark is the length of the mark between the ends of a range.
func rangeMark(s string) int {
	trimmed := strings.TrimLeft(s, " ")
	blanks := len(s) - len(trimmed)
	for _, mark := range []string{"...", "..", "-", "–", "—", "‑", "−", "to ", "through "} {
		if strings.HasPrefix(trimmed, mark) {
			after := trimLineWord(strings.TrimLeft(trimmed[len(mark):], " "))
			if after != "" && (isDigit(after[0]) || strings.IndexByte("Ll~", after[0]) >= 0 && len(after) > 1 && isDigit(after[1])) {
				return blanks + len(mark)
			}
		}
	}
	return 0
}

// sided reads "(old)" and its kin behind a range.
func sided(span lineSpan, rest string) (lineSpan, string, bool) {
	if side, after, ok := scanSide(strings.TrimLeft(rest, "`*")); ok {
		span.side = side
		return span, after, true
	}
	return span, rest, true
}

func scanSide(s string) (Side, string, bool) {
	t := strings.TrimLeft(s, " ,`*")
	if t == "" || t[0] != '(' && t[0] != '[' {
		return "", s, false
	}
	end := strings.IndexAny(t[:min(len(t), 24)], ")]")
	if end < 0 {
		return "", s, false
	}
	word, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(t[1:end])), " ")
	switch word {
	case "old", "deleted", "removed", "before", "base", "left":
		return Old, t[end+1:], true
	case "new", "added", "after", "right":
		return New, t[end+1:], true
	}
	return "", s, false
}

func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
