package report

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// Sanitise makes text from strangers fit to be printed. Line breaks and tabs stay.
// Control characters, characters that are not seen and those that change the
// order of others become visible; workflow commands of CI runners lose their
// effect. What is sanitised already does not change.
func Sanitise(s string) string {
	if printable(s) {
		return defuse(s)
	}
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	var b strings.Builder
	marks := 0
	for _, r := range s {
		if unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r) {
			marks++
		} else {
			marks = 0
		}
		b.WriteString(visible(r, marks))
	}
	return defuse(b.String())
}

// printable tells that every character is one that is printed as it is: most texts are
// such.
func printable(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < ' ' && c != '\n' && c != '\t') || c > '~' {
			return false
		}
	}
	return true
}

// maxMarks is how many combining marks a letter can have: no script needs more,
// and a pile of them covers the lines around it.
const maxMarks = 4

func visible(r rune, marks int) string {
	switch {
	case r == '\n', r == '\t':
		return string(r)
	case r < 0x20:
		return string(0x2400 + r) // the picture of the control character
	case r == 0x7f:
		return "\u2421"
	case r == '\ufe0e', r == '\ufe0f': // chooses between two pictures of one sign
		return ""
	case unicode.IsControl(r), hidden(r), marks > maxMarks:
		return fmt.Sprintf("<U+%04X>", r)
	}
	return string(r)
}

// hidden tells whether a character is not seen, or moves what is.
func hidden(r rune) bool {
	switch {
	case unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp):
		return true
	case r == '\u034f', r == '\u115f', r == '\u1160', r == '\u3164', r == '\uffa0', r == '\u2800':
		return true // a joiner and fillers, which are drawn as nothing
	case unicode.Is(unicode.Variation_Selector, r):
		return true
	}
	return false
}

// Line is Sanitise for what stands on one line; breaks and tabs become visible.
func Line(s string) string { return inline(s) }

// inline is Sanitise for what stands on one line.
func inline(s string) string {
	return strings.NewReplacer("\n", "\u240a", "\t", "\u2409").Replace(Sanitise(strings.TrimSpace(s)))
}

// phrase is Sanitise for words on one line, where breaks are only spaces.
func phrase(s string) string { return strings.Join(strings.Fields(Sanitise(s)), " ") }

// defuse takes their effect from workflow commands. GitHub's runner obeys lines
// that begin with "::" after any space, and "##[" anywhere; Azure's "##vso[" and
// TeamCity's "##teamcity[" are of that kind.
func defuse(s string) string {
	if !strings.Contains(s, "::") && !strings.Contains(s, "##") {
		return s
	}
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		if rest := strings.TrimLeftFunc(l, unicode.IsSpace); strings.HasPrefix(rest, "::") {
			l = l[:len(l)-len(rest)] + ": " + rest[1:]
		}
		lines[i] = commandMarks.ReplaceAllString(l, "# #$1")
	}
	return strings.Join(lines, "\n")
}

// commandMarks are the signs of commands that are obeyed anywhere in a line.
var commandMarks = regexp.MustCompile(`##(\w*\[)`)
