package ledger

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"scrum/bundler"
	"scrum/tally"
)

// code is what the diff shows of a change, as the ledger looks at it.
type code struct {
	sides   map[sideOf][]*stretch
	first   map[string][]spot // by the hash of a line
	wholes  map[string]string // path → hash of all its changed lines
	renamed map[string]string // path → old path
	files   map[string]bool   // paths of the change, old ones too
}

type sideOf struct {
	path string
	side tally.Side
}

// stretch is a run of lines that the diff shows without a gap.
type stretch struct {
	sideOf
	from, to int    // line numbers, blank lines included
	lines    []line // those that are not blank
}

// line is a line of code without what formatters change.
type line struct {
	number int
	indent int
	text   string
	hash   string
}

// spot is a line of a stretch.
type spot struct {
	*stretch
	at int
}

// newCode reads the hunks of the bundles: what reviewers were shown. A part whose
// hunks cannot be read is reported by the tally, and has no code here.
func newCode(plan *bundler.Plan) *code {
	c := &code{sides: map[sideOf][]*stretch{}, first: map[string][]spot{}, wholes: map[string]string{}, renamed: map[string]string{}, files: map[string]bool{}}
	if plan.Change != nil {
		for _, f := range plan.Change.Files {
			c.file(f)
		}
	}
	byPath := map[string][]bundler.Part{}
	for _, b := range plan.Bundles {
		for _, p := range b.Parts {
			c.file(p.File)
			byPath[p.File.Path] = append(byPath[p.File.Path], p)
		}
	}
	for path, parts := range byPath {
		slices.SortStableFunc(parts, func(a, b bundler.Part) int { return cmp.Compare(a.Piece, b.Piece) })
		c.read(path, parts)
	}
	for _, key := range sortedKeys(c.sides) {
		for _, s := range c.sides[key] {
			for i, l := range s.lines {
				c.first[l.hash] = append(c.first[l.hash], spot{s, i})
			}
		}
	}
	return c
}

func (c *code) file(f *bundler.File) {
	c.files[f.Path] = true
	if f.Status == bundler.Renamed && f.OldPath != "" {
		c.renamed[f.Path] = f.OldPath
		c.files[f.OldPath] = true
	}
}

func sortedKeys(m map[sideOf][]*stretch) []sideOf {
	keys := make([]sideOf, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b sideOf) int {
		return cmp.Or(strings.Compare(a.path, b.path), strings.Compare(string(a.side), string(b.side)))
	})
	return keys
}

// read puts the lines of a file's parts together.
func (c *code) read(path string, parts []bundler.Part) {
	shown := map[tally.Side]map[int]string{tally.New: {}, tally.Old: {}}
	whole := sha256.New()
	changed := false
	for _, p := range parts {
		hunks, err := p.Hunks()
		if err != nil {
			return
		}
		for _, h := range hunks {
			for l := range h.Lines() {
				if l.Kind != '-' {
					shown[tally.New][l.New] = string(l.Text)
				}
				if l.Kind != '+' {
					shown[tally.Old][l.Old] = string(l.Text)
				}
				if text := normal(string(l.Text)); l.Kind != ' ' && text != "" {
					changed = true
					whole.Write([]byte{l.Kind})
					whole.Write([]byte(text + "\n"))
				}
			}
		}
	}
	if changed {
		c.wholes[path] = hex.EncodeToString(whole.Sum(nil)[:16])
	}
	for side, lines := range shown {
		key := sideOf{path, side}
		c.sides[key] = stretches(key, lines)
	}
}

func stretches(key sideOf, shown map[int]string) []*stretch {
	numbers := make([]int, 0, len(shown))
	for n := range shown {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	var out []*stretch
	for _, n := range numbers {
		if len(out) == 0 || out[len(out)-1].to+1 != n {
			out = append(out, &stretch{sideOf: key, from: n})
		}
		s := out[len(out)-1]
		s.to = n
		if text := normal(shown[n]); text != "" {
			s.lines = append(s.lines, line{number: n, indent: indent(shown[n]), text: text, hash: lineHash(text)})
		}
	}
	return out
}

// normal is a line without what a formatter may change: white space is one blank, and
// none at the ends.
func normal(text string) string { return strings.Join(strings.Fields(text), " ") }

// indent is the depth of a line; how much a tab is worth does not matter, because only
// the order of depths is looked at.
func indent(text string) int {
	n := 0
	for _, r := range text {
		switch r {
		case ' ':
			n++
		case '\t':
			n += 4 - n%4
		default:
			return n
		}
	}
	return n
}

func lineHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:3])
}

// codeHash is that of several lines: their text, and which of them is deeper than
// which, because in some languages that is part of what they say.
func codeHash(lines []line) string {
	var depths []int
	for _, l := range lines {
		depths = append(depths, l.indent)
	}
	slices.Sort(depths)
	depths = slices.Compact(depths)
	h := sha256.New()
	for _, l := range lines {
		depth, _ := slices.BinarySearch(depths, l.indent)
		h.Write([]byte(strconv.Itoa(depth) + " " + l.text + "\n"))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// window gives the stretch that shows the lines from first to last, and which of its
// lines they are; nil when not all of them are shown.
func (c *code) window(key sideOf, first, last int) (s *stretch, from, to int) {
	for _, s := range c.sides[key] {
		if s.from > first || s.to < last {
			continue
		}
		at := func(n int) int {
			i, _ := slices.BinarySearchFunc(s.lines, n, func(l line, n int) int { return cmp.Compare(l.number, n) })
			return i
		}
		return s, at(first), at(last + 1)
	}
	return nil, 0, 0
}
