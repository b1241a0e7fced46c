package report

import (
	"regexp"
	"strings"
)

// Strangers' text in Markdown. All of its punctuation is escaped, and what pages
// link or notify without any markup (@name, #12, GH-12, addresses) is broken by
// an empty comment, which is not seen and which a backslash cannot do. What stands
// in code is code: there none of this works on a page.

// markup escapes sanitised text for one line.
func markup(s string) string {
	return escapeMarkup(mentions.ReplaceAllString(s, "$1\x00$2"))
}

// mentions are what pages make links of by themselves, cut where that is broken.
var mentions = regexp.MustCompile(`([@#]|(?i:\bGH-)|:/|(?i:\bwww))([0-9A-Za-z/.])`)

func escapeMarkup(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == 0:
			b.WriteString("<!-- -->")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '&':
			b.WriteString("&amp;")
		case strings.ContainsRune("\\`*_{}[]()#+-.!|~$=:", r):
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
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

// prose writes sanitised text of several lines. Fences and spans of code stay code;
// lines stay lines.
func prose(s string, inParagraph bool) string {
	var b strings.Builder
	lines := strings.Split(s, "\n")
	for i := 0; i < len(lines); i++ {
		if n := fenceEnd(lines, i); n > i {
			if b.Len() > 0 || inParagraph {
				b.WriteString("\n")
			}
			b.WriteString(fenced("", strings.Join(lines[i+1:n], "\n")))
			i = n
			continue
		}
		b.WriteString(proseLine(lines[i]))
		if i+1 < len(lines) && lines[i] != "" && strings.TrimSpace(lines[i+1]) != "" && fenceEnd(lines, i+1) <= i+1 {
			b.WriteString("\\")
		}
		b.WriteString("\n")
	}
	return b.String()
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
