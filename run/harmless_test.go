package run

import (
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// checkBytes: no control characters, nothing that is not seen or turns the order of
// what is, no line that a CI runner obeys.
func checkBytes(t *testing.T, what, text string) {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Errorf("%s is not UTF-8", what)
	}
	for i, r := range text {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)) {
			t.Errorf("%s has %U in %q", what, r, text[max(0, i-40):min(len(text), i+40)])
			break
		}
	}
	for line := range strings.Lines(text) {
		if obeyed.MatchString(line) {
			t.Errorf("%s has a line that a runner obeys: %.200q", what, line)
			break
		}
	}
}

// obeyed are the commands of GitHub, Azure, TeamCity and older runners.
var obeyed = regexp.MustCompile(`^\s*::|##\w*\[`)

// checkMarkdown: outside of code, nothing is markup but what the tool itself has
// written. What a backslash or an entity escapes is text.
func checkMarkdown(t *testing.T, text string) {
	t.Helper()
	rest := inert(text)
	for what, live := range liveMarkdown() {
		if at := live.FindStringIndex(rest); at != nil {
			t.Errorf("the Markdown has %s: %q", what, rest[max(0, at[0]-80):min(len(rest), at[1]+80)])
		}
	}
}

func liveMarkdown() map[string]*regexp.Regexp {
	return map[string]*regexp.Regexp{
		"HTML":        regexp.MustCompile(`<`),
		"a link":      regexp.MustCompile(`\]\s*[(\[:]`),
		"a picture":   regexp.MustCompile(`!\[`),
		"a mention":   regexp.MustCompile(`@[0-9A-Za-z]`),
		"a reference": regexp.MustCompile(`(?:#|GH-)[0-9]`),
		"an address":  regexp.MustCompile(`(?i)[a-z]:/{1,2}[a-z]|\bwww\.`),
		"code":        regexp.MustCompile("`"),
		"mathematics": regexp.MustCompile(`\$`),
	}
}

// inert takes out what a page shows as text: blocks and spans of code, escapes and
// the empty comments that break mentions.
func inert(text string) string {
	var b strings.Builder
	fence := ""
	for line := range strings.Lines(text) {
		trimmed := strings.TrimRight(line, "\n")
		run := trimmed[:len(trimmed)-len(strings.TrimLeft(trimmed, "`"))]
		switch {
		case fence != "":
			if strings.Trim(trimmed, "`") == "" && len(run) >= len(fence) {
				fence = ""
			}
		case len(run) >= 3 && !strings.Contains(trimmed[len(run):], "`"):
			fence = run
		default:
			b.WriteString(line)
		}
	}
	out := escapes.ReplaceAllString(spans(b.String()), "\u00b7")
	return strings.ReplaceAll(out, "<!-- -->", "\u00b7")
}

var escapes = regexp.MustCompile("\\\\[!-/:-@\\[-`{-~]|&(?:lt|gt|amp|nbsp);")

// spans drops spans of code: as many back-ticks as begin one end it. A back-tick
// behind a backslash begins none.
func spans(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			b.WriteString(s[i : i+2])
			i += 2
		case s[i] != '`':
			b.WriteByte(s[i])
			i++
		default:
			n := len(s[i:]) - len(strings.TrimLeft(s[i:], "`"))
			end := spanEnd(s, i+n, n)
			if end < 0 {
				b.WriteString(s[i : i+n])
				i += n
				continue
			}
			b.WriteString("\u00b7")
			i = end
		}
	}
	return b.String()
}

// spanEnd is where the span ends whose text begins at i; spans do not go over
// empty lines.
func spanEnd(s string, i, ticks int) int {
	for i < len(s) && !strings.HasPrefix(s[i:], "\n\n") {
		n := len(s[i:]) - len(strings.TrimLeft(s[i:], "`"))
		if n == ticks {
			return i + n
		}
		i += max(n, 1)
	}
	return -1
}
