package injection

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// plain is a line as it is meant to be read: letters of other shapes are the plain
// ones, and what is drawn as nothing is nothing. Case and punctuation stay.
func plain(line []byte) []byte {
	if ascii(line) {
		return line
	}
	// Marks go before the decomposition: it would sort long runs of them.
	bare := strings.Map(seen, strings.ToValidUTF8(string(line), "\uFFFD"))
	return []byte(strings.Map(seen, norm.NFKD.String(bare)))
}

func ascii(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// seen drops what has no picture of its own.
func seen(r rune) rune {
	if unicode.In(r, unicode.Cf, unicode.Mn, unicode.Me, unicode.Variation_Selector) {
		return -1
	}
	return r
}

// word is one of the passage: what it is in the vocabulary, 0 for any other, and
// where it stands.
type word struct {
	id    int
	line  int  // index in the passage
	col   int  // byte of the plain line
	first bool // of its sentence
}

// words reads the words of a passage. Punctuation separates them, so that signs of
// comments, quotes and line breaks within a sentence do not matter. The result is
// valid until the next call.
func (m *matcher) words(lines [][]byte) []word {
	m.stream = m.stream[:0]
	first := true
	for n, line := range lines {
		before, whole := len(m.stream), len(line)
		for len(line) > 0 {
			size := m.letters(line)
			if size > 0 {
				if id := m.id(line[:size]); id != apostrophe {
					m.stream = append(m.stream, word{id, n, whole - len(line), first})
					first = false
				}
				line = line[size:]
				continue
			}
			first = first || endsSentence(line)
			_, size = utf8.DecodeRune(line)
			line = line[size:]
		}
		first = first || len(m.stream) == before // an empty line, or one with a sign of a comment
	}
	return m.stream
}

// apostrophe is the id of nothing.
const apostrophe = -1

// letters is the length of the word that begins the line. A single letter of a
// script without spaces is a word.
func (m *matcher) letters(line []byte) int {
	i := 0
	for i < len(line) {
		c := line[i]
		switch {
		case 'a' <= c|0x20 && c|0x20 <= 'z', c == '\'' && i > 0:
			i++
			continue
		case c < utf8.RuneSelf:
			return i
		}
		r, size := utf8.DecodeRune(line[i:])
		switch {
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul):
			if i == 0 {
				return size
			}
			return i
		case r != '’' && !unicode.IsLetter(r):
			return i
		}
		i += size
	}
	return i
}

// endsSentence tells that nothing after this sign belongs to what was said before
// it, in prose or in code.
func endsSentence(line []byte) bool {
	switch line[0] {
	case ';', '{', '}', '=', '?', '!':
		return true
	case '.':
		return len(line) == 1 || line[1] == ' ' || line[1] == '\t'
	}
	return false
}

// id looks a word up.
func (m *matcher) id(letters []byte) int {
	if len(letters) > longest {
		return 0
	}
	m.buf = fold(m.buf[:0], letters)
	if len(m.buf) == 0 {
		return apostrophe
	}
	return m.vocabulary[string(m.buf)]
}

// longest is how many bytes a word of the vocabulary can have in any script.
const longest = 64

// fold appends a word in small letters without apostrophes. Letters of other
// scripts that look like Latin ones are these where the word has Latin ones too.
func fold(out, letters []byte) []byte {
	latin := false
	for _, c := range letters {
		latin = latin || 'a' <= c|0x20 && c|0x20 <= 'z'
	}
	for len(letters) > 0 {
		r, size := utf8.DecodeRune(letters)
		letters = letters[size:]
		switch {
		case r == '\'' || r == '’':
			continue
		case r < utf8.RuneSelf:
			r = unicode.ToLower(r)
		default:
			if r = unicode.ToLower(r); latin || smallCapital(r) {
				r = lookalike(r)
			}
		}
		out = utf8.AppendRune(out, r)
	}
	return out
}

func smallCapital(r rune) bool {
	return r >= 0x0250 && r <= 0x02af || r >= 0x1d00 && r <= 0x1d7f || r >= 0xa720 && r <= 0xa7ff
}

const (
	foreign = "авесԁһіїјкӏмпоґрԛгѕтуүԝхуαβεικνορτυχηωγʀɪɢɴʟʏʙʜᴀᴄᴅᴇꜰᴊᴋᴍᴏᴘꜱᴛᴜᴠᴡᴢıłøđɡɑ"
	latinal = "abecdhiijklmnorpqrstyywxyabeikvoptuxnwyrignlybhacdefjkmopstuvwzilodga"
)

// lookalike gives the Latin letter that a small letter passes for.
func lookalike(r rune) rune {
	i := 0
	for _, f := range foreign {
		if f == r {
			return rune(latinal[i])
		}
		i++
	}
	return r
}
