package secrets

import (
	"context"
	"iter"
	"slices"
	"strings"

	"github.com/zricethezav/gitleaks/v8/report"

	"scrum/bundler"
)

// side is one side of a hunk.
type side struct {
	old     bool
	lines   []string
	numbers []int
	changed []bool
}

func newSide(h bundler.Hunk, old bool) side {
	s := side{old: old}
	other := byte('-')
	if old {
		other = '+'
	}
	for l := range h.Lines() {
		if l.Kind == other {
			continue
		}
		n := l.New
		if old {
			n = l.Old
		}
		s.add(string(l.Text), n, l.Kind != ' ')
	}
	return s
}

// headings are the texts behind "@@": lines of the file that stand above a hunk. They
// are told at the beginning of the hunk.
func headings(hunks []bundler.Hunk) side {
	var s side
	seen := map[string]bool{"": true}
	for _, h := range hunks {
		if !seen[h.Section] {
			seen[h.Section] = true
			s.add(h.Section, h.NewStart, false)
		}
	}
	return s
}

func (s *side) add(line string, number int, changed bool) {
	s.lines = append(s.lines, line)
	s.numbers = append(s.numbers, number)
	s.changed = append(s.changed, changed)
}

// secrets gives all that is found, some of it more than once.
func (s side) secrets(ctx context.Context, d detector, path string) []Secret {
	var out []Secret
	whole := make([]int, len(s.lines)) // for each line, behind the last one of the key that it is in
	for from, text := range s.windows() {
		for _, f := range d.in(ctx, path, text) {
			found, at := s.secret(f, from)
			if f.RuleID == privateKey {
				for i := at.first; i <= at.last; i++ {
					whole[i] = max(whole[i], at.last+1)
				}
				if len(found.pieces) == 0 {
					continue // code that names the first and the last line of a key
				}
			}
			out = append(out, found)
		}
	}
	for _, k := range s.keyParts() {
		if whole[k.first] > k.last {
			continue
		}
		f := report.Finding{RuleID: privateKey, Description: "a part of a private key", Secret: strings.Join(s.lines[k.first:k.last+1], "\n"), StartLine: k.first}
		if found, _ := s.secret(f, 0); len(found.pieces) > 0 {
			out = append(out, found)
		}
	}
	return out
}

// The rules take time with the square of the number of findings in a text, so that it
// is given to them in windows. These overlap by what a rule may look at in one go.
const (
	window  = 64 << 10
	overlap = 8 << 10
)

// windows gives the text in pieces of whole lines, and the index of their first line.
func (s side) windows() iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for from := 0; from < len(s.lines); {
			to, size := from, 0
			for to < len(s.lines) && (to == from || size+len(s.lines[to]) < window) {
				size += len(s.lines[to]) + 1
				to++
			}
			if !yield(from, strings.Join(s.lines[from:to], "\n")+"\n") || to == len(s.lines) {
				return
			}
			next, shared := to, 0
			for next-1 > from && shared+len(s.lines[next-1]) < overlap {
				next--
				shared += len(s.lines[next]) + 1
			}
			from = next
		}
	}
}

// span is a run of lines, by index, both included.
type span struct{ first, last int }

// secret is what gitleaks has found in the text that begins at a line.
func (s side) secret(f report.Finding, from int) (Secret, span) {
	text := strings.Trim(f.Secret, "\r\n")
	first := s.place(from+f.StartLine, text)
	at := span{first, min(first+strings.Count(text, "\n"), len(s.lines)-1)}
	out := Secret{
		Rule: f.RuleID, Description: f.Description, First: s.numbers[at.first], Last: s.numbers[at.last], Old: s.old,
		Added: !s.old && slices.Contains(s.changed[at.first:at.last+1], true), Length: lengthOf(text), text: text,
		pieces: pieces(f.RuleID, text, s.lines[at.first]),
	}
	if r := []rune(text); out.Length != Short {
		out.Begins = string(r[:2])
	}
	return out, at
}

// place finds the first line of the secret itself: a rule's match can begin before.
func (s side) place(from int, text string) int {
	from = min(max(from, 0), len(s.lines)-1)
	head, _, _ := strings.Cut(text, "\n")
	for i := from; i < len(s.lines); i++ {
		if strings.Contains(s.lines[i], head) {
			return i
		}
	}
	return from
}
