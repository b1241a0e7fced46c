package tally

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Place is one location as a reviewer wrote it, read but not yet checked
// against the diff.
type Place struct {
	Raw     string // the reviewer's own spelling
	Path    string // without quotes and back-ticks; otherwise untouched
	Line    int    // 0: the whole file
	EndLine int    // ≥ Line
	Side    Side   // "" when the reviewer did not say
}

// maxPath is longer than any path that a system allows; what is longer is prose.
const maxPath = 4096

// places reads the value of a WHERE line: one place or several, a path once and
// then only numbers ("a.go:12, 15-17"), or each its own path.
func places(s string) []Place {
	var out []Place
	for _, piece := range splitPlaces(s) {
		if span, rest, ok := scanLines(strings.TrimSpace(piece)); ok && strings.Trim(rest, " .)*_`") == "" && len(out) > 0 {
			last := &out[len(out)-1]
			p := Place{Raw: strings.TrimSpace(piece), Path: last.Path}
			if last.Line == 0 { // "a.go, line 12" is one place
				p.Raw = last.Raw + ", " + p.Raw
				out = out[:len(out)-1]
			}
			span.put(&p)
			out = append(out, p)
			continue
		}
		p, rest, ok := scanPlace(piece)
		if !ok || p.Line == 0 && rest != "" { // "`Name` in a.go:12"
			if found := placesIn(rest); len(found) > 0 {
				out = append(out, found...)
				continue
			}
		}
		if ok {
			out = append(out, p)
		}
	}
	return out
}

// onlyPlaces tells that s is a list of places and nothing else.
func onlyPlaces(s string) bool {
	for _, piece := range splitPlaces(s) {
		p, rest, ok := scanPlace(piece)
		if !ok || strings.Trim(rest, " `*)._") != "" || p.Line == 0 && !strings.ContainsAny(p.Path, "./") || strings.Contains(p.Path, " ") {
			return false
		}
	}
	return true
}

// splitPlaces cuts a list of places at commas, semicolons, "and" and "&", but
// not inside back-ticks, quotes or parentheses, and not at a comma in a name.
func splitPlaces(s string) []string {
	var out []string
	start := 0
	var quote byte
	depth := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quote != 0:
			if c == '\\' && quote == '"' {
				i++
			} else if c == quote {
				quote = 0
			}
		case c == '`' || c == '"' && strings.TrimSpace(s[start:i]) == "":
			quote = c
		case c == '(' || c == '[':
			depth++
		case c == ')' || c == ']':
			depth = max(0, depth-1)
		case depth > 0:
		default:
			if n := separator(s, i); n > 0 {
				out = append(out, s[start:i])
				start = i + n
				i += n - 1
			}
		}
	}
	return append(out, s[start:])
}

// separator is the length of the list separator at s[i], 0 when there is none.
func separator(s string, i int) int {
	switch s[i] {
	case ';', '\n':
		return 1
	case ',':
		if i+1 == len(s) || strings.IndexByte(" 0123456789`\t", s[i+1]) >= 0 || i > 0 && (isDigit(s[i-1]) || s[i-1] == '`' || s[i-1] == ')') {
			return 1
		}
	case ' ':
		for _, w := range []string{" and ", " & ", " + "} {
			if strings.HasPrefix(s[i:], w) {
				return len(w) - 1 // the blank stays, so that "and and" cannot hide one
			}
		}
	}
	return 0
}

// scanPlace reads the place that s begins with and gives what comes after it.
func scanPlace(s string) (p Place, rest string, ok bool) {
	s = strings.TrimLeft(s, " \t*(>•-–—")
	if s == "" {
		return p, "", false
	}
	switch s[0] {
	case '`':
		p, rest, ok = scanTicked(s)
	case '[':
		if p, rest, ok = scanLink(s); !ok { // "[id]/page.tsx" is a path
			p, rest = scanBare(s)
			ok = true
		}
	case '"':
		p, rest, ok = scanQuoted(s)
	default:
		p, rest = scanBare(s)
		ok = true
	}
	if !ok || !plausible(p) {
		return Place{}, s, false
	}
	p.Raw = strings.TrimSpace(s[:len(s)-len(rest)])
	return p, rest, true
}

// scanTicked reads `path:12`, `path`:12 and `path` line 12.
func scanTicked(s string) (Place, string, bool) {
	s = strings.TrimLeft(s, "`")
	end := strings.IndexByte(s, '`')
	if end <= 0 {
		p, rest := scanBare(strings.TrimRight(s, "`"))
		return p, rest, p.Path != ""
	}
	inside, rest := s[:end], strings.TrimLeft(s[end:], "`*_")
	var p Place
	if inside[0] == '"' {
		var ok bool
		if p, _, ok = scanQuoted(inside); !ok {
			p, _ = scanBare(inside)
		}
	} else {
		p, _ = scanBare(inside)
	}
	return suffixed(p, rest)
}

// scanLink reads [path:12](url) and [path](url#L12).
func scanLink(s string) (Place, string, bool) {
	end := strings.IndexByte(s, ']')
	if end < 0 {
		return Place{}, s, false
	}
	p, _ := scanBare(strings.Trim(s[1:end], "`* "))
	rest := s[end+1:]
	if rest != "" && rest[0] != ' ' && rest[0] != '(' && rest[0] != ':' && rest[0] != ',' {
		return Place{}, s, false
	}
	if strings.HasPrefix(rest, "(") {
		closing := strings.IndexByte(rest, ')')
		if closing < 0 {
			return p, "", true
		}
		if url := rest[:closing]; p.Line == 0 {
			if hash := strings.LastIndexByte(url, '#'); hash >= 0 {
				if span, _, ok := scanLines(url[hash+1:]); ok {
					span.put(&p)
				}
			}
		}
		rest = rest[closing+1:]
	}
	return suffixed(p, rest)
}

// scanQuoted reads a path in the quoted form that unusual names are shown in.
func scanQuoted(s string) (Place, string, bool) {
	quoted, err := strconv.QuotedPrefix(s)
	if err != nil {
		p, rest := scanBare(strings.TrimLeft(s, `"`))
		p.Path = strings.TrimRight(p.Path, `"`)
		return p, rest, true
	}
	path, err := strconv.Unquote(quoted)
	if err != nil {
		return Place{}, s, false
	}
	if p, rest := scanBare(path); rest == "" && p.Line > 0 && len(quoted) == len(path)+2 {
		return suffixed(p, s[len(quoted):]) // "a.go:12": only decoration
	}
	return suffixed(Place{Path: path}, s[len(quoted):])
}

// suffixed reads the line numbers that follow a path, when it has none yet.
func suffixed(p Place, rest string) (Place, string, bool) {
	if p.Line == 0 {
		if span, after, ok := scanSuffix(rest); ok {
			span.put(&p)
			return p, after, true
		}
	}
	if side, after, ok := scanSide(rest); ok {
		p.Side = side
		return p, after, true
	}
	return p, rest, true
}

// scanBare reads a path without quotes: up to its line numbers, or, when it has
// none, up to a dash or a parenthesis that begins a remark.
func scanBare(s string) (Place, string) {
	for i := 1; i < len(s); i++ {
		if strings.IndexByte(":# (@", s[i]) < 0 || s[i] == ' ' && s[i-1] == ' ' {
			continue
		}
		span, rest, ok := scanSuffix(s[i:])
		if !ok {
			continue
		}
		p := Place{Path: strings.TrimRight(s[:i], " \t,:*`")}
		if side, n := cutSide(p.Path); side != "" {
			p.Path, p.Side = n, side
		}
		span.put(&p)
		return p, rest
	}
	end := remark(s)
	path := strings.TrimRight(s[:end], " \t`*,;:")
	if !strings.HasSuffix(path, "..") {
		path = strings.TrimSuffix(path, ".")
	}
	p := Place{Path: path}
	rest := s[end:]
	if side, after, ok := scanSide(rest); ok {
		p.Side, rest = side, after
	}
	return p, rest
}

// remark is where a path without a line ends and a comment on it begins.
func remark(s string) int {
	end := len(s)
	for _, mark := range []string{" — ", " – ", " - ", " -- ", " (", ": ", "\t", " [", "\n"} {
		if i := strings.Index(s[:end], mark); i > 0 {
			end = i
		}
	}
	return end
}

func cutSide(path string) (Side, string) {
	open := strings.LastIndexAny(path, "([")
	if open <= 0 {
		return "", path
	}
	side, rest, ok := scanSide(path[open:])
	if !ok || rest != "" {
		return "", path
	}
	return side, strings.TrimRight(path[:open], " ")
}

func plausible(p Place) bool {
	path := p.Path
	if path == "" || len(path) > maxPath || strings.ContainsAny(path, "\n\x00`") || strings.HasPrefix(path, "<") || strings.Contains(path, "**") {
		return false
	}
	switch strings.ToLower(strings.Trim(path, ".")) {
	case "", "n/a", "na", "none", "unknown", "general", "various", "multiple", "several", "everywhere", "line", "lines", "this", "that", "the", "it", "null", "/dev/null", "all", "path":
		return false
	}
	if strings.ContainsAny(path, " \t") {
		return hasExtension(path) || p.Line > 0 && strings.Contains(path, "/")
	}
	return strings.IndexFunc(path, func(r rune) bool { return r != '-' && r != '_' && r != '*' && r != '.' && r != '/' }) >= 0
}

func hasExtension(path string) bool {
	dot := strings.LastIndexByte(path, '.')
	if dot < 0 || dot+1 == len(path) || len(path)-dot > 12 {
		return false
	}
	for i := dot + 1; i < len(path); i++ {
		if !isDigit(path[i]) && !isLetter(path[i]) {
			return false
		}
	}
	return true
}

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
