package report

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Strangers' text in Markdown. Punctuation is escaped where it could be markup, so
// that the file is still good to read as it is. What pages link or notify without
// any markup (@name, #12, GH-12, addresses) is broken by an empty comment, which
// nobody sees and which a backslash cannot do. What stands in code is code: there
// none of this works on a page.

// Markup makes text from strangers fit for a line of Markdown.
func Markup(s string) string { return markup(inline(s)) }

// markup escapes sanitised text that stands on one line, alone or after other text.
func markup(s string) string {
	s = mentions.ReplaceAllString(s, "$1\x00$2")
	sign := lineSign.FindStringIndex(s)
	var b strings.Builder
	before := ' '
	for i, r := range s {
		switch {
		case r == 0:
			b.WriteString("<!-- -->")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '&':
			b.WriteString("&amp;")
		case strings.ContainsRune("\\`*[]|~$", r),
			r == '_' && (!alphanumeric(before) || !followedByWord(s[i+1:])),
			sign != nil && i == sign[1]-1:
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
		before = r
	}
	return b.String()
}

// mentions are what pages make links of by themselves, cut where that is broken.
var mentions = regexp.MustCompile(`([@#]|(?i:\bGH-)|:/|(?i:\bwww))([0-9A-Za-z/.])`)

// lineSign is what makes a heading, a list, a rule or a table of a line; its last
// character is the one to escape.
var lineSign = regexp.MustCompile(`^ *(?:[-+#=:]|[0-9]{1,9}[.)])`)

func alphanumeric(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

func followedByWord(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return alphanumeric(r)
}

// code is a span of code that no text can end.
func code(s string) string {
	if strings.TrimSpace(s) == "" {
		return ""
	}
	ticks := strings.Repeat("`", longestRun(s, '`')+1)
	if s[0] == '`' || s[len(s)-1] == '`' || s[0] == ' ' {
		s = " " + s + " "
	}
	return ticks + s + ticks
}

// fenced is a block of code that no text can end.
func fenced(language, s string) string {
	fence := strings.Repeat("`", max(3, longestRun(s, '`')+1))
	return fence + language + "\n" + s + "\n" + fence + "\n"
}

func longestRun(s string, of byte) int {
	longest, run := 0, 0
	for i := range len(s) {
		if s[i] != of {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}

// prose writes sanitised text of several lines after a label, which may be "".
// Fences and spans of code stay code; lines stay lines.
func prose(label, s string) string {
	var blocks []string
	current := label
	lines := strings.Split(s, "\n")
	end := func() {
		if strings.TrimSpace(current) != "" {
			blocks = append(blocks, strings.TrimSuffix(current, "\\\n")+"\n")
		}
		current = ""
	}
	for i := 0; i < len(lines); i++ {
		switch n := fenceEnd(lines, i); {
		case n > i:
			end()
			blocks = append(blocks, fenced("", strings.Join(lines[i+1:n], "\n")))
			i = n
		case strings.TrimSpace(lines[i]) == "":
			end()
		default:
			current += proseLine(lines[i]) + "\\\n"
		}
	}
	end()
	return strings.Join(blocks, "\n")
}

// fenceEnd gives the line that ends the fence of line i, or i when none begins.
func fenceEnd(lines []string, i int) int {
	if !strings.HasPrefix(strings.TrimSpace(lines[i]), "```") {
		return i
	}
	for n := i + 1; n < len(lines); n++ {
		if strings.Trim(strings.TrimSpace(lines[n]), "`") == "" && strings.HasPrefix(strings.TrimSpace(lines[n]), "```") {
			return n
		}
	}
	return i
}

// proseLine keeps spans of code and the indentation, and escapes the rest.
func proseLine(line string) string {
	line = strings.ReplaceAll(line, "\t", "    ")
	rest := strings.TrimLeft(line, " ")
	out := strings.Repeat("&nbsp;", len(line)-len(rest))
	for {
		before, after, found := strings.Cut(rest, "`")
		span, tail, closed := strings.Cut(after, "`")
		if !found || !closed || strings.TrimSpace(span) == "" {
			return out + markup(rest)
		}
		out += markup(before) + code(span)
		rest = tail
	}
}
