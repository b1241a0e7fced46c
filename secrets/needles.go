package secrets

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// needles are the texts to mask, sorted. What can begin at a place of a line is found
// by its first bytes; the longest of them is next to the line's rest in the order, or
// one of those that it begins with.
type needles struct {
	all    []needle
	begins map[[shortest]byte]struct{}
	tails  map[string]bool // lines of private keys that are too short for a place among all
}

type needle struct {
	piece
	rule    string
	shorter int // index of the longest other one that it begins with; -1 for none
}

func (n needle) marker() string { return mark(n.rule, n.text) }

func mark(rule, text string) string { return fmt.Sprintf("[MASKED:%s:%s]", rule, lengthOf(text)) }

// newNeedles gives nil when there is nothing to mask.
func newNeedles(found []Secret) *needles {
	n := &needles{begins: map[[shortest]byte]struct{}{}, tails: map[string]bool{}}
	var all []needle
	for _, s := range found {
		for _, p := range s.pieces {
			if p.tail {
				n.tails[p.text] = true
				continue
			}
			all = append(all, needle{piece: p, rule: s.Rule})
		}
	}
	if len(all) == 0 {
		return nil
	}
	slices.SortFunc(all, func(a, b needle) int { // of equal ones, what hides most and tells most
		return cmp.Or(strings.Compare(a.text, b.text), rank(a.word)-rank(b.word), rank(a.rule == guess)-rank(b.rule == guess), strings.Compare(a.rule, b.rule))
	})
	all = slices.CompactFunc(all, func(a, b needle) bool { return a.text == b.text })
	for i := range all {
		n.begins[[shortest]byte([]byte(all[i].text))] = struct{}{}
		j := i - 1
		for j >= 0 && !strings.HasPrefix(all[i].text, all[j].text) {
			j = all[j].shorter
		}
		all[i].shorter = j
	}
	n.all = all
	return n
}

// mask gives the line with markers, and the rule of the last one; "" for none. Texts
// that overlap are masked together.
func (n *needles) mask(line string) (masked, rule string) {
	var out strings.Builder
	done, from, to := 0, -1, 0 // written; the text that is being masked
	var first *needle
	flush := func() {
		out.WriteString(line[done:from])
		out.WriteString(first.marker())
		done, from, rule = to, -1, first.rule
	}
	for i := range len(line) {
		if from >= 0 && i >= to {
			flush()
		}
		if hit, end := n.at(line, i); hit != nil && end > to {
			if from < 0 {
				from, first = i, hit
			}
			to = end
		}
	}
	if from >= 0 {
		flush()
	}
	if done == 0 {
		return line, ""
	}
	out.WriteString(line[done:])
	return out.String(), rule
}

// at gives the longest needle that begins at i, and where it ends. A line's end can
// cut one off: git shortens the headings of hunks.
func (n *needles) at(line string, i int) (*needle, int) {
	if i+shortest > len(line) {
		return nil, 0
	}
	if _, ok := n.begins[[shortest]byte([]byte(line[i:i+shortest]))]; !ok {
		return nil, 0
	}
	rest := line[i:]
	next, _ := slices.BinarySearchFunc(n.all, rest, func(a needle, rest string) int {
		if a.text <= rest {
			return -1
		}
		return 1
	})
	if len(rest) >= 2*distinctive && next < len(n.all) && strings.HasPrefix(n.all[next].text, rest) {
		return &n.all[next], len(line)
	}
	for j := next - 1; j >= 0; j = n.all[j].shorter {
		end := i + len(n.all[j].text)
		if strings.HasPrefix(rest, n.all[j].text) && (!n.all[j].word || bounded(line, i, end)) {
			return &n.all[j], end
		}
	}
	return nil, 0
}

// maskTail masks the last line of a private key, which can be too short to be masked
// in other places.
func (n *needles) maskTail(line string) (masked, rule string) {
	texts, _ := body(line)
	if len(texts) != 1 || !n.tails[texts[0]] {
		return line, ""
	}
	return strings.Replace(line, texts[0], mark(privateKey, texts[0]), 1), privateKey
}
