package secrets

import (
	"regexp"
	"strings"
)

// privateKey is the rule for keys of many lines.
const privateKey = "private-key"

// piece is a text that is masked wherever it stands.
type piece struct {
	text string
	word bool // only where it is a word of its own
	tail bool // only behind a line of a private key
}

const (
	// distinctive is the length from which a line of a longer credential is looked for
	// in other places: what is shorter would hide ordinary code.
	distinctive = 8
	// unmistakable is the length from which a text is masked within a word, too.
	unmistakable = 20
	// shortest is the length of the shortest text that is masked at all.
	shortest = 4
)

// named is the name in front of a value, which one rule of gitleaks' takes along.
var named = regexp.MustCompile(`^[\w.-]+:[ \t]*(?:\||>[-+]?)?\s+`)

// pieces are what is masked of a credential: its own bytes, without the name and the
// quotes that some rules take along, and without what stands between the lines of a
// key. The line is the one where it begins.
func pieces(rule, text, line string) []piece {
	if rule == privateKey {
		return keyPieces(text)
	}
	if rule == "kubernetes-secret-yaml" {
		text = named.ReplaceAllString(text, "")
	}
	var out []piece
	lines := strings.Split(text, "\n")
	for _, l := range lines {
		l = strings.Trim(l, " \t\r\"'`")
		if len(l) < shortest || len(lines) > 1 && len(l) < distinctive {
			continue
		}
		out = append(out, piece{l, len(l) < unmistakable && isWord(l) && standsAlone(line, l), false})
	}
	return out
}

func isWord(s string) bool {
	for i := range len(s) {
		if !wordByte(s[i]) && s[i] != '.' && s[i] != '-' {
			return false
		}
	}
	return true
}

func wordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= 0x80
}

// standsAlone says whether the text is a word in the line. A rule can find a part of a
// word; that is masked in other words, too.
func standsAlone(line, text string) bool {
	for i := 0; ; {
		at := strings.Index(line[i:], text)
		if at < 0 {
			return false
		}
		if i += at; bounded(line, i, i+len(text)) {
			return true
		}
		i++
	}
}

func bounded(line string, from, to int) bool {
	return (from == 0 || !wordByte(line[from-1])) && (to == len(line) || !wordByte(line[to]))
}
