package tally

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Scale maps further words that reviewers use for severities, in lower case, onto the
// three, over those that are known anyway. The zero value adds none.
type Scale map[string]Severity

// of gives the severity that a word stands for.
func (sc Scale) of(word string) (Severity, bool) {
	if severity, ok := sc[strings.ToLower(word)]; ok {
		return severity, true
	}
	return severityOf(word)
}

// severityOf maps what models write onto the three severities. Words that stand
// first in their own scale (critical, high, P0 and P1) block; those in the middle
// warn; the rest inform.
func severityOf(word string) (Severity, bool) {
	switch strings.ToLower(word) {
	case "block", "blocker", "blockers", "blocking", "blocks", "critical", "high", "major", "severe", "p0", "p1":
		return Block, true
	case "warn", "warning", "warnings", "warns", "medium", "moderate", "minor", "p2":
		return Warn, true
	case "info", "infos", "informational", "low", "nit", "nits", "nitpick", "trivial", "note", "notes", "p3", "p4":
		return Info, true
	}
	return "", false
}

// contractual tells that the word is one of the contract's own three.
func contractual(word string) bool {
	return word == string(Block) || word == string(Warn) || word == string(Info)
}

// rank orders severities, the highest first.
func (s Severity) rank() int {
	switch s {
	case Block:
		return 0
	case Warn:
		return 1
	}
	return 2
}

// heading is a line that names a severity: the beginning of a finding, or, with
// no title, of a section of them.
type heading struct {
	severity Severity
	title    string
	struck   bool
}

// readHeading reads "### BLOCK: title" and what models make of it. open tells that
// a finding is being read: then only unmistakable forms begin another one.
func (sc Scale) readHeading(l line, open bool) (heading, bool) {
	s, struck := sc.unstrike(l.text)
	decorated := s
	s = strings.TrimLeftFunc(skipNumbering(strings.TrimLeft(s, "*_ ")), notWordOrBracket)
	marked := strings.ContainsAny(decorated[:len(decorated)-len(s)], "*_")
	bracket := s != "" && strings.IndexByte("[(【", s[0]) >= 0
	s = strings.TrimLeft(s, "[(*_ ")
	word := s[:wordEnd(s)]
	severity, ok := sc.of(word)
	if !ok {
		if l.hashes > 0 {
			return sc.trailingSeverity(l.text, struck)
		}
		return heading{}, false
	}
	caps := word == strings.ToUpper(word)
	switch {
	case l.hashes > 0 && (!open || !strings.EqualFold(word, "note") && !strings.EqualFold(word, "notes")):
	case caps && (contractual(word) || word == "WARNING" || word == "BLOCKER" || bracket || marked || !open):
	case (bracket || marked) && !open:
	default:
		return heading{}, false
	}
	title, ok := afterSeverity(s[len(word):], l.hashes > 0 && caps, bracket || marked)
	return heading{severity, title, struck}, ok
}

// afterSeverity reads the separator and the title. Without a separator the word
// is only an adjective ("Critical path …"), unless the mark-up sets it apart.
func afterSeverity(rest string, hashed, marked bool) (title string, ok bool) {
	closed := strings.TrimLeft(rest, "*_]) 】")
	apart := marked && len(closed) < len(strings.TrimLeft(rest, " "))
	if section(closed) {
		return "", true
	}
	for _, sep := range []string{":", "：", "—", "–", "- ", "-- ", "| ", ". "} {
		if t, found := strings.CutPrefix(closed, sep); found {
			return trimTitle(strings.TrimLeft(t, ":-—– ")), true
		}
	}
	if strings.HasPrefix(closed, "/") || strings.HasPrefix(closed, "|") {
		return "", false // "BLOCK/WARN/INFO": the scale itself
	}
	if hashed || apart {
		return trimTitle(closed), true
	}
	return "", false
}

// section tells that nothing but a plural noun or a count follows the severity.
func section(rest string) bool {
	rest = strings.ToLower(strings.Trim(rest, " *_:#.-—–()[]0123456789"))
	for _, part := range strings.Fields(rest) {
		switch strings.Trim(part, "()[],:") {
		case "issue", "issues", "finding", "findings", "problem", "problems", "item", "items", "severity", "priority", "bugs", "level", "none", "":
		default:
			return false
		}
	}
	return true
}

// trailingSeverity reads "### title (BLOCK)".
func (sc Scale) trailingSeverity(s string, struck bool) (heading, bool) {
	s = strings.TrimRight(s, "*_ ")
	if !strings.HasSuffix(s, "]") && !strings.HasSuffix(s, ")") {
		return heading{}, false
	}
	open := strings.LastIndexAny(s, "[(")
	if open < 0 {
		return heading{}, false
	}
	word := strings.Trim(s[open+1:len(s)-1], "*_ ")
	severity, ok := sc.of(word)
	if !ok || word != strings.ToUpper(word) {
		return heading{}, false
	}
	return heading{severity, trimTitle(strings.TrimRight(s[:open], " -—–:")), struck}, true
}

// skipNumbering drops "1.", "#2", "Finding 3:", "Issue 4 —" before a severity.
func skipNumbering(s string) string {
	s = strings.TrimLeft(s, "#0123456789.) ")
	for _, noun := range []string{"finding", "issue", "problem"} {
		if len(s) > len(noun) && strings.EqualFold(s[:len(noun)], noun) {
			rest := strings.TrimLeft(s[len(noun):], " ")
			if after := strings.TrimLeft(rest, "#0123456789"); after != rest || strings.HasPrefix(rest, ":") {
				return strings.TrimLeft(after, " .:)—–-")
			}
		}
	}
	return s
}

// unstrike takes "~~" away and tells whether it struck out all of s.
func (sc Scale) unstrike(s string) (string, bool) {
	first := strings.Index(s, "~~")
	if first < 0 {
		return s, false
	}
	last := strings.LastIndex(s, "~~")
	if last == first {
		return s, false
	}
	after := strings.Trim(s[last+2:], "*_ .")
	before := strings.Trim(s[:first], "*_[]: ")
	_, severe := sc.of(before)
	whole := (before == "" || severe) && (after == "" || withdrawnMark(after))
	return strings.ReplaceAll(s, "~~", ""), whole
}

func trimTitle(s string) string { return strings.Trim(s, " \t*_#") }

func notWordOrBracket(r rune) bool {
	return r != '[' && r != '(' && r != '`' && r != utf8.RuneError && !unicode.IsLetter(r) && !unicode.IsDigit(r)
}
