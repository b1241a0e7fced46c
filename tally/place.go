package tally

import (
	"strconv"
	"strings"
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
	pieces := splitPlaces(s)
	for _, piece := range pieces[:min(len(pieces), mostPlaces)] {
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

// beyond counts the places that were not read of a WHERE of so many.
func beyond(whereText string, where []Place) int {
	if len(where) < mostPlaces {
		return 0
	}
	return max(0, len(splitPlaces(whereText))-len(where))
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
