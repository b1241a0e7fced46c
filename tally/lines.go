package tally

import (
	"math/bits"
	"strings"
	"unicode"
)

// line is one line of an answer, with its decoration taken apart.
type line struct {
	start, end int    // in the answer; end is after the line break
	raw        string // without the line break
	text       string // without quote marks, hashes, bullet and number
	hashes     int    // of a Markdown heading
	indent     int    // blanks before the bullet or the text
	bullet     bool   // or numbered
	quoted     bool   // behind a ">"
}

func splitLines(text string) []line {
	out := make([]line, 0, strings.Count(text, "\n")+1)
	for start := 0; start < len(text); {
		end := len(text)
		if i := strings.IndexByte(text[start:], '\n'); i >= 0 {
			end = start + i + 1
		}
		out = append(out, dissect(text, start, end))
		start = end
	}
	return out
}

func dissect(text string, start, end int) line {
	l := line{start: start, end: end, raw: strings.TrimRight(text[start:end], "\r\n")}
	s := strings.TrimRightFunc(l.raw, blank)
	trimmed := strings.TrimLeftFunc(s, blank)
	l.indent = len(s) - len(trimmed)
	s = trimmed
	for strings.HasPrefix(s, ">") {
		l.quoted = true
		s = strings.TrimLeftFunc(s[1:], blank)
	}
	s, l.bullet = cutBullet(s)
	if h := len(s) - len(strings.TrimLeft(s, "#")); h > 0 && h <= 6 && !noHeading(s[h:]) {
		l.hashes = h
		s = strings.TrimLeftFunc(s[h:], blank)
		s = strings.TrimRight(strings.TrimRight(s, "#"), " ")
	}
	l.text = s
	return l
}

// noHeading tells "#12", "##vso[…]" and "##[error]" from headings, which models also
// write without a blank.
func noHeading(rest string) bool {
	rest = strings.TrimPrefix(rest, "[")
	return rest != "" && (isDigit(rest[0]) || 'a' <= rest[0] && rest[0] <= 'z')
}

func cutBullet(s string) (string, bool) {
	for _, b := range []string{"- ", "* ", "+ ", "• ", "– ", "‣ ", "▪ "} {
		if t, ok := strings.CutPrefix(s, b); ok {
			t = strings.TrimLeftFunc(t, blank)
			for _, box := range []string{"[ ] ", "[x] ", "[X] "} {
				t = strings.TrimPrefix(t, box)
			}
			return t, true
		}
	}
	digits := len(s) - len(strings.TrimLeft(s, "0123456789"))
	if digits > 0 && digits <= 4 && len(s) > digits+1 && (s[digits] == '.' || s[digits] == ')') && s[digits+1] == ' ' {
		return strings.TrimLeftFunc(s[digits+2:], blank), true
	}
	return s, false
}

// blank knows the characters that show nothing, with the byte order mark and the
// zero-width ones that copied text brings along.
func blank(r rune) bool {
	return unicode.IsSpace(r) || r == '\uFEFF' || r == '\u200B' || r == '\u200C' || r == '\u200D' || r == '\u2060'
}

// label is a named part of a finding.
type label int

const (
	noLabel label = iota
	labelWhere
	labelLines
	labelWhy
	labelFix
	labelSeverity
	labelTitle
	labelCovered
	labelRetract
	labelWithdrawn
)

// labels are a set of them.
type labels uint16

func (s labels) has(l label) bool { return s&(1<<l) != 0 }

func (s labels) len() int { return bits.OnesCount16(uint16(s)) }

// labelOf knows the contract's labels and the other names that models give them.
func labelOf(name string) label {
	switch strings.ToLower(name) {
	case "where", "location", "locations", "file", "files", "path", "place", "places", "at", "file/line", "file:line", "file & line", "file and line", "filename":
		return labelWhere
	case "line", "lines", "line number", "line numbers", "line(s)":
		return labelLines
	case "why", "why it matters", "problem", "reason", "rationale", "impact", "description", "details", "detail", "explanation", "root cause", "what", "what goes wrong", "evidence", "analysis", "risk", "consequence", "issue":
		return labelWhy
	case "fix", "suggested fix", "suggestion", "suggestions", "recommendation", "recommended fix", "remedy", "remediation", "solution", "how to fix", "proposed fix", "suggested change", "mitigation", "resolution":
		return labelFix
	case "severity", "level", "priority":
		return labelSeverity
	case "title", "finding", "summary":
		return labelTitle
	case "covered", "files covered", "covered files", "coverage":
		return labelCovered
	case "retract", "retraction", "withdraw", "retracting", "withdrawing":
		return labelRetract
	case "retracted", "withdrawn", "status":
		return labelWithdrawn
	}
	return noLabel
}

// maxLabel is the longest label with its decoration.
const maxLabel = 32

// readLabel reads "WHERE: value", "**Where:** value", "**Fix** — value" and a
// heading or a bold line that is only a label.
func readLabel(l line) (label, string) {
	s := l.text
	head := s[:min(len(s), maxLabel)]
	if i := strings.IndexByte(head, ':'); i > 0 {
		return labelled(s[:i], s[i+1:])
	}
	if i := strings.Index(head, "："); i > 0 {
		return labelled(s[:i], s[i+len("："):])
	}
	if len(s) <= maxLabel && (l.hashes > 0 || strings.HasPrefix(s, "**")) {
		return labelled(s, "")
	}
	if strings.HasPrefix(s, "**") {
		if i := strings.Index(head[2:], "**"); i > 0 {
			return labelled(s[2:2+i], strings.TrimLeft(s[4+i:], " -—–"))
		}
	}
	for _, dash := range []string{" — ", " – ", " - "} {
		if i := strings.Index(head, dash); i > 0 && s[:i] == strings.ToUpper(s[:i]) {
			return labelled(s[:i], s[i+len(dash):])
		}
	}
	for _, bare := range []string{"RETRACT ", "WITHDRAW ", "COVERED ", "WHERE "} {
		if rest, ok := strings.CutPrefix(s, bare); ok {
			return labelled(bare, rest)
		}
	}
	return noLabel, ""
}

func labelled(name, value string) (label, string) {
	found := labelOf(strings.TrimFunc(name, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != ')'
	}))
	value = strings.TrimFunc(value, blank)
	if strings.HasPrefix(value, "**") && strings.Count(value, "**")%2 == 1 {
		value = strings.TrimLeft(value[2:], " ")
	}
	if strings.HasSuffix(value, "**") && strings.Count(value, "**")%2 == 1 {
		value = value[:len(value)-2]
	}
	return found, value
}

// nothing tells that a line says in full that there is nothing to report.
func nothing(s string) bool {
	first := strings.TrimLeftFunc(s, notWordOrBracket)
	if len(s) > 60 || first == "" || strings.IndexByte("nNfFiI[(", first[0]) < 0 {
		return false
	}
	letters := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
	switch letters {
	case "nofindings", "nofinding", "noissues", "noissuesfound", "noproblems", "noproblemsfound", "nofindingsfound", "nothingtoreport", "findingsnone", "issuesnone", "noblockingissues", "nofindingstoreport":
		return true
	}
	return false
}

// none tells that a section, a title or a value is empty in words.
func none(s string) bool {
	switch strings.ToLower(strings.Trim(s, " *_().[]-—–`")) {
	case "", "none", "n/a", "na", "nil", "nothing", "none found", "no findings", "no issues":
		return true
	}
	return nothing(s)
}
