package secrets

import (
	"regexp"
	"strings"
)

var (
	keyBegins = regexp.MustCompile(`(?i)-----BEGIN[ A-Z0-9_-]{0,100}PRIVATE KEY(?: BLOCK)?-----`)
	keyEnds   = regexp.MustCompile(`(?i)-----END[ A-Z0-9_-]{0,100}PRIVATE KEY(?: BLOCK)?-----`)
	// keyHeader is a line such as "Proc-Type: 4,ENCRYPTED", which tells nothing secret.
	keyHeader = regexp.MustCompile(`^[\s"'#*/>]*[A-Za-z-]{3,20}: `)
	// escaped are line ends within a string of some language.
	escaped = regexp.MustCompile(`\\+[nrt]`)
	// bodyLine is a line of a key as it stands in a file, or in a string or a comment of
	// some language.
	bodyLine = regexp.MustCompile("^\\s*(?://+\\s|[#*>|]+\\s?)?(?:[bBrRuU]?[\"'`])?\\s*([A-Za-z0-9+/=\\s]*[A-Za-z0-9+/=])\\s*[\"'`]?[\\s+.,;&)\\\\]*$")
	// material is a text that is nothing but a part of a key when it stands in one.
	material = regexp.MustCompile(`[A-Za-z0-9+/]{24,}={0,2}`)
)

// body gives what a line holds of a key; ok is false when it is no line of one.
func body(line string) (texts []string, ok bool) {
	plain := escaped.ReplaceAllString(line, " ")
	m := bodyLine.FindStringSubmatch(plain)
	if m == nil {
		return nil, false
	}
	texts = strings.Fields(m[1])
	return texts, len(texts) == 1 || plain != line
}

// keyPieces are the texts of a key's body. There are none where nothing is long
// enough to be one: code can name the first and the last line of a key.
func keyPieces(text string) []piece {
	var out []piece
	isKey := false
	for line := range strings.SplitSeq(text, "\n") {
		line = keyEnds.ReplaceAllString(keyBegins.ReplaceAllString(line, ""), "")
		texts, ok := body(line)
		if !ok {
			texts = material.FindAllString(escaped.ReplaceAllString(line, " "), -1)
		}
		for _, t := range texts {
			long := material.MatchString(t) && strings.ContainsAny(t, "0123456789+/")
			isKey = isKey || long
			if long || ok {
				out = append(out, piece{t, len(t) < unmistakable, len(t) < distinctive})
			}
		}
	}
	if !isKey {
		return nil
	}
	return out
}

// keyParts are private keys of which the side shows the first line or the last: from
// the one line that tells it, as far as lines look like its body.
func (s side) keyParts() []span {
	var out []span
	for i, l := range s.lines {
		if !strings.Contains(l, "-----") {
			continue
		}
		at := span{i, i}
		switch begins, ends := keyBegins.MatchString(l), keyEnds.MatchString(l); {
		case begins && !ends:
			for at.last+1 < len(s.lines) && at.last-i < 10 && headOfKey(s.lines[at.last+1]) {
				at.last++
			}
			for at.last+1 < len(s.lines) && inKey(s.lines[at.last+1]) {
				at.last++
			}
		case ends && !begins:
			for at.first > 0 && inKey(s.lines[at.first-1]) {
				at.first--
			}
		}
		if at.last > at.first {
			out = append(out, at)
		}
	}
	return out
}

func inKey(line string) bool {
	_, ok := body(line)
	return ok
}

// headOfKey is a line between the first line of a key and its body.
func headOfKey(line string) bool {
	return keyHeader.MatchString(line) || strings.Trim(escaped.ReplaceAllString(line, ""), " \t\r\"'`+\\#*/>.,") == ""
}
