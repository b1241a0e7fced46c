package injection

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// hides tells that a line holds text that people do not see, or see in another
// order. Single joiners are how emoji and some scripts are written, and byte order
// marks happen.
func hides(line []byte) bool {
	if ascii(line) {
		return false
	}
	var c census
	for _, r := range string(line) {
		c.count(r)
	}
	c.endFlag(' ')
	return c.turning || c.tags > 0 || c.widest >= 3 || c.widthless >= 16 || c.selectors >= 3
}

// census counts what a line hides.
type census struct {
	turning   bool // characters that turn the order of others
	tags      int  // tag characters outside of flags
	flag      int  // tag characters of the flag that is being read; -1 when none is
	inFlag    bool
	widthless int // characters without width
	run       int
	widest    int // the longest run of them
	selecting int
	selectors int // the longest run of variation selectors
}

func (c *census) count(r rune) {
	c.turning = c.turning || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
	if r >= 0xe0000 && r <= 0xe007f {
		c.flag++
		if r == 0xe007f {
			c.endFlag(r)
		}
	} else {
		c.endFlag(r)
		c.inFlag = r == 0x1f3f4 // a black flag, which tags make one of a country's
	}
	if widthless(r) {
		c.widthless++
		c.run++
	} else {
		c.run = 0
	}
	c.widest = max(c.widest, c.run)
	if unicode.Is(unicode.Variation_Selector, r) {
		c.selecting++
	} else {
		c.selecting = 0
	}
	c.selectors = max(c.selectors, c.selecting)
}

// endFlag tells a flag, which its own tag ends, from a text in tags.
func (c *census) endFlag(r rune) {
	const longestFlag = 7
	if !c.inFlag || c.flag > longestFlag || r != 0xe007f {
		c.tags += c.flag
	}
	c.flag = 0
}

func widthless(r rune) bool {
	switch r {
	case 0x200b, 0x200c, 0x200d, 0x2060, 0x2061, 0x2062, 0x2063, 0x2064, 0x180e, 0xfeff:
		return true
	}
	return false
}

// longestExcerpt is in characters as shown.
const longestExcerpt = 160

// excerpt is a text on one line, safe to be quoted anywhere: what is not seen is
// written out, what is hidden in tag characters in plain.
func excerpt(s string) string {
	var b strings.Builder
	n, tags := 0, false
	for _, r := range strings.Join(strings.Fields(strings.ToValidUTF8(s, "\uFFFD")), " ") {
		if n++; n > longestExcerpt {
			b.WriteString("…")
			break
		}
		if tagged := r > 0xe0020 && r < 0xe007f || r == 0xe0020; tagged != tags {
			b.WriteString(map[bool]string{true: "<hidden: ", false: ">"}[tagged])
			tags = tagged
		}
		switch {
		case tags:
			b.WriteRune(r - 0xe0000)
		case unicode.IsPrint(r) && !unicode.Is(unicode.Variation_Selector, r):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "<U+%04X>", r)
		}
	}
	if tags {
		b.WriteString(">")
	}
	return b.String()
}

// passage finds all that the lines say to a reviewer.
func (m *matcher) passage(path string, side Side, p passage) []Instruction {
	lines := make([][]byte, len(p.lines))
	var hits []hit
	for i, l := range p.lines {
		lines[i] = plain(l)
		if hides(l) {
			hits = append(hits, hit{kind: Hidden, first: i, last: i})
			lines[i] = append(lines[i][:len(lines[i]):len(lines[i])], untagged(l)...)
		}
	}
	hits = append(append(hits, m.phrases(lines)...), marks(lines)...)
	var out []Instruction
	for _, h := range merged(hits) {
		i := Instruction{Path: path, First: p.numbers[h.first], Last: p.numbers[h.last], Side: side, Kind: h.kind}
		i.Added = slices.Contains(p.added[h.first:h.last+1], true)
		i.Excerpt = excerpt(p.text(h, lines[h.first]))
		out = append(out, i)
	}
	return out
}

// untagged is what a line says in tag characters.
func untagged(line []byte) []byte {
	out := []byte{' '}
	for _, r := range string(line) {
		if r >= 0xe0020 && r < 0xe007f {
			out = append(out, byte(r-0xe0000))
		}
	}
	return out
}

// text is as much of the lines as an excerpt can need. Of a long line it is what
// stands around the hit.
func (p passage) text(h hit, plain []byte) string {
	var b strings.Builder
	for n, l := range p.lines[h.first : h.last+1] {
		if start := h.col - longestExcerpt/4; n == 0 && start > longestExcerpt/4 {
			l = plain[start:]
			b.WriteString("…")
		}
		b.Write(l[:min(len(l), 8*longestExcerpt)])
		b.WriteByte(' ')
		if b.Len() > 8*longestExcerpt {
			break
		}
	}
	return b.String()
}

func compareHits(a, b hit) int {
	return cmp.Or(strings.Compare(string(a.kind), string(b.kind)), cmp.Compare(a.first, b.first), cmp.Compare(a.last, b.last))
}
