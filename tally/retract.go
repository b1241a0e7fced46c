package tally

import "strings"

// retract reads a RETRACT line: a place and a reason, or "this" for the finding
// above it.
func (p *parser) retract(l line, value string) {
	if p.open != nil && pointsBack(value) {
		p.open.gone, p.open.reason = true, reasonIn(value)
		p.close()
		p.take(p.at+1, AsRetraction)
		return
	}
	p.close()
	p.begun()
	r := Retraction{Text: strings.TrimSpace(l.raw), Offset: l.start}
	rest := value
	for {
		place, after, ok := scanPlace(rest)
		if !ok || place.Line == 0 && len(r.Where) > 0 {
			break
		}
		r.Where = append(r.Where, place)
		rest = strings.TrimSpace(after)
		next, more := strings.CutPrefix(rest, ",")
		if !more {
			break
		}
		rest = next
	}
	r.Reason = strings.TrimLeft(rest, " -—–:,;.*_`")
	if len(r.Where) == 0 && p.byTitle(value) {
		p.take(p.at+1, AsRetraction)
		return
	}
	p.report.Retractions = append(p.report.Retractions, r)
	p.take(p.at+1, AsRetraction)
}

// byTitle withdraws the finding that the line names by its title.
func (p *parser) byTitle(value string) bool {
	lower := strings.ToLower(strings.Trim(value, " *_`\""))
	if len(p.report.Findings) > 1000 {
		return false // keeps a hostile answer linear
	}
	found := -1
	for i, f := range p.report.Findings {
		if title := strings.ToLower(f.Title); len(title) > 3 && strings.HasPrefix(lower, title) {
			if found >= 0 {
				return false
			}
			found = i
		}
	}
	if found < 0 {
		return false
	}
	f := &p.report.Findings[found]
	f.Retracted, f.Reason = true, strings.TrimLeft(strings.Trim(value, " *_`\"")[len(f.Title):], " -—–:*_`\"")
	return true
}

// pointsBack tells that a RETRACT line means the finding it stands in.
func pointsBack(value string) bool {
	first, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(value)), " ")
	switch strings.Trim(first, ".,:;—–-*_") {
	case "this", "above", "it", "that", "yes", "true":
		return true
	case "the":
		return strings.HasPrefix(strings.ToLower(value), "the above")
	}
	return false
}

func reasonIn(value string) string {
	for _, dash := range []string{" — ", " – ", " - ", ": ", ", ", ". "} {
		if _, reason, ok := strings.Cut(value, dash); ok {
			return strings.TrimSpace(reason)
		}
	}
	return ""
}

// withdrawal reads a label that says of the open finding that it is withdrawn.
func (p *parser) withdrawal(l line, value string) bool {
	name, _, _ := strings.Cut(l.text, ":")
	if strings.Contains(strings.ToLower(name), "status") {
		if !withdrawnMark(value) {
			return false
		}
		value = ""
	}
	if place, _, ok := scanPlace(value); ok && place.Line > 0 {
		p.retract(l, value)
		return true
	}
	if p.open == nil || none(value) && value != "" || strings.EqualFold(value, "no") || strings.EqualFold(value, "false") {
		return false
	}
	p.open.gone, p.open.reason = true, value
	p.at++
	return true
}

// withdrawnMark tells that s says nothing but that something is withdrawn.
func withdrawnMark(s string) bool {
	if len(s) > 40 {
		return false
	}
	switch strings.ToLower(strings.Trim(s, " *_~()[].:!—–-")) {
	case "retracted", "withdrawn", "retract", "withdraw", "retracted finding", "withdrawn finding":
		return true
	}
	return false
}

// withdrawn tells that the finding's own text takes it back: a struck title, a
// mark in the title, a RETRACT label, or a sentence that leaves no doubt.
func (b *block) withdrawn(text string, where []Place, whereText string) (bool, string) {
	if !b.gone && !b.struck && !speaksOfTakingBack(text) {
		return false, "" // nearly always, and cheap to see
	}
	nameless := withoutNames(where, whereText)
	switch {
	case b.gone:
		return true, b.reason
	case b.struck:
		return true, "its title is struck out"
	case markedTitle(nameless.Replace(b.title)):
		return true, "its title says so"
	}
	for _, l := range b.own {
		l = nameless.Replace(l)
		if withdrawnMark(l) {
			return true, strings.TrimSpace(l)
		}
		if !mayTakeBack(l) {
			continue
		}
		for _, sentence := range sentences(l) {
			if takesBack(strings.ToLower(sentence)) {
				return true, strings.TrimSpace(sentence)
			}
		}
	}
	return false, ""
}

// withoutNames takes the names of files out of a reviewer's words where they could
// be taken for a withdrawal: the author of the change has chosen them.
func withoutNames(where []Place, whereText string) *strings.Replacer {
	const name = "that file"
	var pairs []string
	for _, p := range append([]Place{{Path: strings.TrimRight(whereText, "0123456789:-#L ")}}, where...) {
		if p.Path != "" && (mayTakeBack(p.Path) || withdrawnMark(p.Path) || markedTitle(p.Path)) {
			pairs = append(pairs, p.Path, name)
		}
	}
	return strings.NewReplacer(pairs...)
}

// markedTitle reads "title (retracted)", "[WITHDRAWN] title", "RETRACTED: title",
// but not a title that only speaks of withdrawing.
func markedTitle(title string) bool {
	for _, word := range []string{"retracted", "withdrawn"} {
		lower := strings.ToLower(title)
		for _, form := range []string{"(" + word + ")", "[" + word + "]"} {
			if strings.Contains(lower, form) {
				return true
			}
		}
		upper := strings.ToUpper(word)
		if rest, ok := strings.CutPrefix(title, upper); ok && (rest == "" || strings.ContainsAny(rest[:1], ":- ")) {
			return true
		}
		if rest, ok := strings.CutSuffix(title, upper); ok && strings.HasSuffix(strings.TrimRight(rest, " "), "—") {
			return true
		}
	}
	return false
}

func sentences(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == '.' || r == '!' || r == '?' || r == ';' || r == '\n' })
}

// speaksOfTakingBack tells, in one look, that a text may have one of the stems of
// mayTakeBack or a mark of withdrawal, in any capitals.
func speaksOfTakingBack(s string) bool {
	for i := range len(s) {
		found := false
		switch s[i] | 0x20 {
		case 'e':
			found = begins(s[i:], "etract") || begins(s[i:], "eflection") || begins(s[i:], "e-reading") || begins(s[i:], "econd th")
		case 'h':
			found = begins(s[i:], "hdraw")
		case 'b':
			found = begins(s[i:], "back")
		case 'g':
			found = begins(s[i:], "gnore this")
		case 's':
			found = begins(s[i:], "sregard")
		case 'l':
			found = begins(s[i:], "look")
		case 'n':
			found = begins(s[i:], "nspection")
		case 'w':
			found = begins(s[i:], "wait")
		case 'a':
			found = begins(s[i:], "actually")
		}
		if found {
			return true
		}
	}
	return false
}

func begins(s, stem string) bool {
	return len(s) >= len(stem) && s[1]|0x20 == stem[1]|0x20 && strings.EqualFold(s[:len(stem)], stem)
}

// mayTakeBack is quick to say that a line has none of the words it would need.
func mayTakeBack(l string) bool {
	for _, stem := range []string{"etract", "ithdraw", "take this back", "gnore this", "isregard", " look", "econd thought", "nspection", "eflection", "ooking", "ait", "ctually", "e-reading"} {
		if strings.Contains(l, stem) {
			return true
		}
	}
	return false
}

// takesBack is conservative: a sentence counts when it says "I", or names the
// second look, and ends there; "… is fine on Linux but not on Windows" does not.
func takesBack(s string) bool {
	s = strings.ReplaceAll(strings.Trim(s, " *_~()[]\"-—–\t"), "’", "'")
	for _, phrase := range []string{"i retract this", "i withdraw this", "i am retracting this", "i'm retracting this", "i am withdrawing this", "i'm withdrawing this", "retracting this finding", "withdrawing this finding", "this finding is withdrawn", "this finding is retracted", "i take this back", "please ignore this finding", "disregard this finding"} {
		if rest, ok := cutThrough(s, phrase); ok && conclusive(rest) {
			return !denied(s[:len(s)-len(rest)-len(phrase)])
		}
	}
	for _, look := range []string{"on second look", "on second thought", "on closer inspection", "on closer look", "on a closer look", "on a second look", "on reflection", "looking again", "looking closer", "wait", "actually", "upon re-reading", "on re-reading", "after re-reading"} {
		rest, ok := strings.CutPrefix(s, look)
		if !ok {
			continue
		}
		rest = strings.TrimLeft(rest, " ,:—–-s")
		for _, verdict := range []string{"this is fine", "it is fine", "it's fine", "this is correct", "it is correct", "it's correct", "this is ok", "this is okay", "this is not an issue", "this is not a problem", "this is not a bug", "this isn't an issue", "this isn't a problem", "this isn't a bug", "this is safe", "this is a false alarm", "this is a false positive", "not an issue", "this is not a real issue", "this is handled"} {
			if after, ok := strings.CutPrefix(rest, verdict); ok && conclusive(after) {
				return true
			}
			if before, after, ok := strings.Cut(rest, ", so "+verdict); ok && conclusive(after) && !denied(before) {
				return true
			}
		}
	}
	return false
}

func cutThrough(s, phrase string) (rest string, ok bool) {
	i := strings.Index(s, phrase)
	if i < 0 {
		return "", false
	}
	return s[i+len(phrase):], true
}

// conclusive tells that what follows a withdrawal gives a reason and no exception.
func conclusive(rest string) bool {
	if rest != "" && isLetter(rest[0]) {
		return false // "fine-grained", "correctly"
	}
	for _, word := range strings.FieldsFunc(rest, func(r rune) bool { return !isWordRune(r) && r != '\'' }) {
		switch word {
		case "but", "however", "unless", "except", "only", "if", "until", "though", "although", "when", "yet", "not":
			return false
		}
	}
	return true
}

// denied tells that a withdrawal is spoken of and not made.
func denied(before string) bool {
	for _, word := range strings.Fields(before) {
		switch word {
		case "not", "never", "won't", "don't", "cannot", "unless", "if", "would", "until":
			return true
		}
	}
	return false
}
