package ledger

import (
	"slices"
	"strings"
	"unicode"
)

// How much must speak for a place to be that of an entry. The lines themselves must be
// equal; a bare "return err" is found everywhere, so that their surroundings count too.
const (
	enoughLines = 3 // equal lines around, when none of the known ones differs
	sideWords   = 2 // distinct names in the lines of one side, when all of them are equal
	someWords   = 3 // distinct names in the code and around, when fewer lines are shown and none differs
	enoughWords = 8 // the same, when lines differ on both sides
	tightNames  = 2 // distinct names, be they of one letter, when the lines next to it on both sides are equal
)

// place is where the code of an entry stands now.
type place struct {
	sideOf
	first, last int
	agreed      int  // lines around that are equal
	clean       bool // and none that differs
	oneSide     bool // all lines of one side are equal, and have names in them
	tight       bool // the next lines on both sides are equal, and have names in them
	words       int  // distinct names in the code and in the equal lines
	home        bool // the file is that of the entry
}

func (p place) certain() bool {
	return p.clean && (p.agreed >= enoughLines || p.words >= someWords) || p.oneSide || p.tight || p.words >= enoughWords
}

// searched is what a search for the code of an entry has come to.
type searched int

const (
	absent    searched = iota // the diff does not show it
	uncertain                 // equal lines, too little that says they are the ones
	several                   // at places that nothing tells apart
	elsewhere                 // in another file, while its own is still there
	found
)

// find searches the diff for the code of an entry. The best place is taken: in the
// entry's own file, with most equal lines around. Of two that are equally good, none.
func (c *code) find(g *Gap, fp Fingerprint, head Head) (place, searched) {
	places := c.places(g, fp)
	if len(places) == 0 {
		return place{}, absent
	}
	best, second := places[0], place{agreed: -1}
	if len(places) > 1 {
		second = places[1]
	}
	switch {
	case !best.certain():
		return best, uncertain
	case best.home == second.home && best.agreed == second.agreed:
		return best, several
	case !best.home && head.has(g.Path):
		return best, elsewhere
	}
	return best, found
}

// places lists where the lines of the code stand, the best first.
func (c *code) places(g *Gap, fp Fingerprint) []place {
	var out []place
	for _, s := range c.first[fp.First] {
		if s.side != g.Side || s.at+fp.Lines > len(s.lines) || codeHash(s.lines[s.at:s.at+fp.Lines]) != fp.Code {
			continue
		}
		out = append(out, s.place(fp, c.home(g, s.path)))
	}
	slices.SortStableFunc(out, func(a, b place) int {
		if a.home != b.home {
			if a.home {
				return -1
			}
			return 1
		}
		return b.agreed - a.agreed
	})
	return out
}

// home tells whether a file of the change is the entry's own, be it renamed.
func (c *code) home(g *Gap, path string) bool {
	return path == g.Path || c.renamed[path] == g.Path && g.Path != ""
}

func (s spot) place(fp Fingerprint, home bool) place {
	end := s.at + fp.Lines
	above := slices.Clone(s.lines[:s.at])
	slices.Reverse(above)
	before, cleanBefore := agreeing(fp.Before, above)
	after, cleanAfter := agreeing(fp.After, s.lines[end:])
	return place{
		sideOf: s.sideOf, first: s.lines[s.at].number, last: s.lines[end-1].number, home: home,
		agreed: len(before) + len(after), clean: cleanBefore && cleanAfter,
		oneSide: cleanBefore && tells(before) || cleanAfter && tells(after),
		tight:   len(before) > 0 && len(after) > 0 && names(1, before, after) >= tightNames,
		words:   names(telling, s.lines[s.at:end], before, after),
	}
}

// agreeing gives the lines that are as they were, up to the first that is not. Where
// the diff shows fewer lines than it did, what is not shown does not differ.
func agreeing(want []string, lines []line) (same []line, clean bool) {
	for i, hash := range want {
		if i == len(lines) {
			break
		}
		if lines[i].hash != hash {
			return lines[:i], false
		}
		same = lines[:i+1]
	}
	return same, true
}

// tells that the lines of one side say enough by themselves.
func tells(lines []line) bool { return len(lines) >= enoughLines && names(telling, lines) >= sideWords }

// telling is how long a name is that says something by itself.
const telling = 3 // bytes

// names counts the distinct names by which lines can be told from others.
func names(shortest int, parts ...[]line) int {
	seen := map[string]bool{}
	for _, l := range slices.Concat(parts...) {
		for _, name := range strings.FieldsFunc(l.text, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			if len(name) >= shortest && !unicode.IsDigit(rune(name[0])) && !common(name) {
				seen[name] = true
			}
		}
	}
	return len(seen)
}

// common knows the words that stand everywhere in code.
func common(w string) bool {
	switch w {
	case "return", "err", "error", "nil", "null", "None", "none", "else", "elif", "end", "true", "false", "True", "False",
		"func", "function", "def", "class", "const", "let", "var", "val", "fun", "public", "private", "protected", "static", "final", "void",
		"int", "str", "string", "String", "bool", "boolean", "self", "this", "for", "while", "try", "catch", "except", "finally", "throw", "raise",
		"throws", "new", "import", "from", "use", "package", "break", "continue", "pass", "not", "and", "switch", "case", "default", "range",
		"async", "await", "struct", "enum", "type", "interface", "impl", "pub", "mut", "match", "Some", "Err", "begin", "then", "do", "if", "with",
		"ctx", "fmt", "Errorf", "Fatal", "test", "key", "value", "name", "len", "append", "byte", "map":
		return true
	}
	return false
}
