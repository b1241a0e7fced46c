package tally

import (
	"strconv"
	"strings"
)

// numbers are the findings that their reviewer has numbered, by number: an index, or
// -1 when a number was given twice.
type numbers map[int]int

func (n *numbers) note(number, index int) {
	if number == 0 {
		return
	}
	if *n == nil {
		*n = numbers{}
	}
	if _, twice := (*n)[number]; twice {
		index = -1
	}
	(*n)[number] = index
}

// numberOf reads the number in "2. …", "### 2) …", "Finding 2: …", "#2 — …".
func numberOf(l line) int {
	s := strings.TrimLeft(l.raw, "#*_>- \t[")
	for _, noun := range []string{"finding", "issue", "problem"} {
		if len(s) > len(noun) && strings.EqualFold(s[:len(noun)], noun) {
			s = strings.TrimLeft(s[len(noun):], " #")
			break
		}
	}
	digits := len(s) - len(strings.TrimLeft(s, "0123456789"))
	if digits == 0 || digits > 3 || digits == len(s) || !strings.ContainsAny(s[digits:digits+1], ".):*— ]") {
		return 0
	}
	n, _ := strconv.Atoi(s[:digits]) // at most three digits: cannot fail
	return n
}

// takesBackLater reads a sentence that withdraws a finding from outside of it: "The
// finding at a.go:10 is withdrawn", "I retract finding 2". One that does not say which
// finding it means is kept as a retraction without a place: listed, and never guessed.
func (p *parser) takesBackLater(l line) bool {
	if l.quoted || !strings.Contains(l.raw, "etract") && !strings.Contains(l.raw, "ithdr") {
		return false
	}
	subject, reason, ok := takenBack(l.raw)
	if !ok {
		return false
	}
	where := placesAt(subject)
	number := numberIn(subject)
	if len(where) == 0 && number == 0 || p.open != nil && p.speaksOfItself(where, number) {
		return false // of the finding that it stands in, if of any
	}
	p.close()
	if i, known := p.numbers[number]; known && i >= 0 && len(where) == 0 {
		p.report.Findings[i].Retracted, p.report.Findings[i].Reason = true, reason
	} else {
		p.report.Retractions = append(p.report.Retractions, Retraction{Where: where, Reason: reason, Text: strings.TrimSpace(l.raw), Offset: l.start})
	}
	p.take(p.at+1, AsRetraction)
	return true
}

// speaksOfItself tells that a withdrawal in a finding's own text means this finding.
func (p *parser) speaksOfItself(where []Place, number int) bool {
	if number != 0 {
		return number == p.open.number
	}
	if len(p.open.where) > mostLooks {
		return false
	}
	_, own := p.location(p.open)
	if len(own) != 1 || len(where) != 1 || own[0].Path != where[0].Path || own[0].Line != where[0].Line {
		return false
	}
	p.open.gone, p.open.reason = true, "its text says so"
	return true
}

// takenBack splits a sentence that withdraws a finding into what it withdraws and why.
func takenBack(s string) (subject, reason string, ok bool) {
	lower := strings.ToLower(s)
	if len(lower) != len(s) {
		return "", "", false // letters that change their length: offsets would not fit
	}
	for _, verb := range []string{" is withdrawn", " is retracted", " is hereby withdrawn", " is hereby retracted", " has been withdrawn", " has been retracted", " are withdrawn", " are retracted", ": withdrawn", ": retracted", " — withdrawn", " — retracted"} {
		if i := strings.Index(lower, verb); i >= 0 {
			reason = s[i+len(verb):]
			return s[:i], trimReason(reason), ofFinding(lower[:i]) && !denied(lower[:i]) && conclusive(lower[i+len(verb):])
		}
	}
	for _, verb := range []string{"i retract ", "i withdraw ", "i am retracting ", "i'm retracting ", "i am withdrawing ", "i'm withdrawing ", "retracting ", "withdrawing "} {
		i := strings.Index(lower, verb)
		if i < 0 || denied(lower[:i]) || strings.HasSuffix(verb, "ing ") && strings.Trim(lower[:i], " *_-:") != "" {
			continue
		}
		subject = s[i+len(verb):]
		for _, mark := range []string{" because ", " since ", " as ", " — ", " – ", " - ", ": "} {
			if before, after, found := strings.Cut(subject, mark); found {
				return before, trimReason(after), ofFinding(strings.ToLower(before)) && conclusive(" "+strings.ToLower(after))
			}
		}
		return subject, "", ofFinding(lower[i+len(verb):])
	}
	return "", "", false
}

func trimReason(s string) string { return strings.Trim(s, " ,.;:—–-*_") }

// ofFinding tells that the words speak of a finding, and not of a deposit.
func ofFinding(s string) bool {
	for _, word := range strings.FieldsFunc(s, func(r rune) bool { return !isWordRune(r) }) {
		switch word {
		case "finding", "findings", "issue", "comment", "concern", "remark":
			return true
		}
	}
	return false
}

// numberIn reads "finding 2", "issue #2".
func numberIn(s string) int {
	words := strings.Fields(strings.ToLower(s))
	for i, w := range words[:max(0, len(words)-1)] {
		if !ofFinding(w) {
			continue
		}
		if n, err := strconv.Atoi(strings.Trim(words[i+1], "#.,:;()*_")); err == nil && 0 < n && n < 1000 {
			return n
		}
	}
	return 0
}
