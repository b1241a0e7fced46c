package tally

import (
	"hash/maphash"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// tokens is what a text speaks of: its words, split as identifiers are split and
// stemmed, and its identifiers whole; sorted hashes without repetition.
//
// Two reports of one problem seldom share sentences, but they share the names in
// the code and the parts of those names: "TotalBytes" in one is "total bytes" in
// the other.
type tokens struct {
	words []uint64
	names []uint64 // those of identifiers: compound words, and all that is in back-ticks
}

// alike tells whether two texts speak of one thing, and how much they share, 0…1.
func (o Options) alike(t, u tokens) (score float64, yes bool) {
	score = cosine(t.words, u.words)
	return score, score >= o.Alike || score >= o.AlikeNamed && jaccard(t.names, u.names) >= sameNames
}

// cosine of two sets: what they share over the geometric mean of their sizes, so
// that a long report and a short one can be alike.
func cosine(a, b []uint64) float64 {
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	return float64(shared(a, b)) / math.Sqrt(float64(len(a))*float64(len(b)))
}

// jaccard of two sets: what they share over what either has.
func jaccard(a, b []uint64) float64 {
	n := shared(a, b)
	if n == 0 {
		return 0
	}
	return float64(n) / float64(len(a)+len(b)-n)
}

func shared(a, b []uint64) int {
	n := 0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] < b[j]:
			i++
		case a[i] > b[j]:
			j++
		default:
			n, i, j = n+1, i+1, j+1
		}
	}
	return n
}

// tokenizer makes tokens. The seed of the hash does not show in any result: only
// equality of hashes is looked at.
type tokenizer struct {
	seed  maphash.Seed
	known map[string]wordParts // of words seen before: reviews repeat themselves
}

type wordParts struct {
	tokens   []uint64
	compound bool // an identifier by its form
}

func newTokenizer() tokenizer { return tokenizer{maphash.MakeSeed(), map[string]wordParts{}} }

func (t tokenizer) of(texts ...string) tokens {
	var out tokens
	for _, text := range texts {
		text = withoutFences(text)
		quoted := false
		for len(text) > 0 {
			r, size := utf8.DecodeRuneInString(text)
			if !isWordRune(r) {
				switch r {
				case '`':
					quoted = !quoted
				case '\n':
					quoted = false
				}
				text = text[size:]
				continue
			}
			end := wordEnd(text)
			word := text[:end]
			w, ok := t.known[word]
			if !ok {
				w = t.word(word)
				t.known[word] = w
			}
			out.words = append(out.words, w.tokens...)
			if quoted || w.compound {
				out.names = append(out.names, w.tokens...)
			}
			text = text[end:]
		}
	}
	out.words, out.names = set(out.words), set(out.names)
	return out
}

func set(s []uint64) []uint64 {
	slices.Sort(s)
	return slices.Compact(s)
}

// word gives the parts of a word, and the word itself when it is compound.
func (t tokenizer) word(word string) wordParts {
	if len(word) > 128 {
		return wordParts{tokens: []uint64{maphash.String(t.seed, word)}} // a hash or a blob, not a name
	}
	var out wordParts
	parts := 0
	for rest := word; rest != ""; {
		end := partEnd(rest)
		part := strings.ToLower(strings.Trim(rest[:end], "_"))
		rest = rest[end:]
		if part == "" {
			continue
		}
		parts++
		if utf8.RuneCountInString(part) >= 3 || part[0] >= utf8.RuneSelf {
			if !isFiller(part) {
				out.tokens = append(out.tokens, maphash.String(t.seed, stem(part)))
			}
		}
	}
	if parts > 1 {
		out.compound = true
		out.tokens = append(out.tokens, maphash.String(t.seed, "#"+strings.ToLower(word)))
	}
	return out
}

func wordEnd(s string) int {
	for i, r := range s {
		if !isWordRune(r) {
			return i
		}
	}
	return len(s)
}

func isWordRune(r rune) bool {
	return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r)
}

// partEnd is where the first part of an identifier ends: at an underscore, before
// a capital, between letters and digits. Scripts without blanks are cut into
// pieces of two letters.
func partEnd(s string) int {
	prev, wide := rune(0), 0
	for i, r := range s {
		if i > 0 {
			switch {
			case r == '_' || prev == '_':
				return i
			case unicode.IsDigit(r) != unicode.IsDigit(prev):
				return i
			case unicode.IsUpper(r) && !unicode.IsUpper(prev):
				return i
			case unicode.IsUpper(r) && nextIsLower(s[i:]):
				return i // the S of HTTPServer
			case wide == 2:
				return i
			}
		}
		if unicode.Is(unicode.Han, r) || unicode.Is(unicode.Hiragana, r) || unicode.Is(unicode.Katakana, r) || unicode.Is(unicode.Thai, r) {
			wide++
		}
		prev = r
	}
	return len(s)
}

func nextIsLower(s string) bool {
	_, size := utf8.DecodeRuneInString(s)
	r, _ := utf8.DecodeRuneInString(s[size:])
	return unicode.IsLower(r)
}

// stem cuts the endings that English puts on the same word.
func stem(w string) string {
	for _, ending := range []string{"ations", "ation", "ings", "edly", "ing", "ied", "ies", "ed", "es", "ly", "er", "s"} {
		if len(w)-len(ending) >= 4 && strings.HasSuffix(w, ending) {
			return w[:len(w)-len(ending)]
		}
	}
	return w
}

// isFiller knows the words of which every review is full, whatever its subject.
func isFiller(w string) bool {
	switch w {
	case "the", "and", "for", "are", "but", "not", "can", "may", "has", "was", "its", "any", "all", "new", "now", "out", "one", "two", "via", "per", "your", "you", "had", "how", "why", "who", "did", "does",
		"this", "that", "with", "from", "have", "when", "will", "which", "should", "could", "would", "there", "their", "they", "them", "then", "than", "into", "only", "also", "more", "most", "such", "being", "been", "because", "where", "while", "after", "before", "without", "instead", "here", "each", "other", "some", "these", "those", "same", "even", "still", "just", "like", "need", "needs", "never", "always", "about", "between", "both", "what", "very", "over", "under", "again", "once", "must", "might",
		"consider", "using", "used", "uses", "use", "make", "makes", "sure", "ensure", "leads", "lead", "cause", "causes", "causing", "cases", "case", "potential", "potentially", "possible", "possibly", "incorrect", "missing", "result", "results", "test", "tests", "check", "issue", "problem", "bug", "change", "code", "line", "lines", "function", "method", "value", "values", "file":
		return true
	}
	return false
}

// withoutFences drops fenced code: a proposed patch repeats the lines around a
// place, and so makes any two reports of that place look alike.
func withoutFences(text string) string {
	if !strings.Contains(text, "```") {
		return text
	}
	var b strings.Builder
	inside := false
	for line := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			inside = !inside
			continue
		}
		if !inside {
			b.WriteString(line)
		}
	}
	return b.String()
}
