package secrets

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"scrum/bundler"
)

// Secret is a credential in a file of the change.
type Secret struct {
	Path        string
	Rule        string // gitleaks' id of the rule, such as aws-access-token
	Description string
	First, Last int  // lines, on the new side unless Old
	Old         bool // only the old side has it
	Added       bool // the change adds a line of it
	Length      Length
	Begins      string // its first two letters; "" of a short one

	lines []string // its text, a line each
}

// Length is the class of a secret's length: enough to find it, not to use it.
type Length string

// The classes, in bytes.
const (
	Short  Length = "under-20"
	Medium Length = "20-63"
	Long   Length = "64-or-more"
)

func lengthOf(s string) Length {
	switch {
	case len(s) < 20:
		return Short
	case len(s) < 64:
		return Medium
	}
	return Long
}

// Scan looks through both sides of each hunk: context and deleted lines leave the
// machine as well. A credential of many lines is whole where the hunk shows it whole.
func (x *Scanner) Scan(ctx context.Context, c *bundler.Change) (*Findings, error) {
	found := make([][]Secret, len(c.Files))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, f := range c.Files {
		g.Go(func() (err error) {
			found[i], err = x.file(ctx, f)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, fmt.Errorf("looking for secrets: %w", err)
	}
	return newFindings(slices.Concat(found...)), nil
}

func (x *Scanner) file(ctx context.Context, f *bundler.File) ([]Secret, error) {
	if f.Binary {
		return nil, nil
	}
	hunks, err := f.Hunks()
	if err != nil {
		return nil, err
	}
	var found []Secret
	for _, h := range hunks {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		found = append(found, newSide(h, false).secrets(ctx, x.detector, f.Path)...)
		if old := newSide(h, true); slices.Contains(old.changed, true) { // else it is a part of the new one
			found = append(found, old.secrets(ctx, x.detector, f.Path)...)
		}
	}
	return oneEach(found), ctx.Err()
}

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
		s.lines = append(s.lines, string(l.Text))
		s.numbers = append(s.numbers, n)
		s.changed = append(s.changed, l.Kind != ' ')
	}
	return s
}

func (s side) secrets(ctx context.Context, d detector, path string) []Secret {
	if len(s.lines) == 0 {
		return nil
	}
	var out []Secret
	for _, f := range d.in(ctx, path, strings.Join(s.lines, "\n")+"\n") {
		text := strings.Trim(f.Secret, "\r\n")
		from := s.place(f.StartLine, text)
		to := min(from+strings.Count(text, "\n"), len(s.lines)-1)
		out = append(out, s.secret(path, f.RuleID, f.Description, text, from, to))
	}
	for _, k := range s.brokenKeys() {
		out = append(out, s.secret(path, "private-key", "a part of a private key", strings.Join(s.lines[k[0]:k[1]+1], "\n"), k[0], k[1]))
	}
	return out
}

func (s side) secret(path, rule, description, text string, from, to int) Secret {
	out := Secret{
		Path: path, Rule: rule, Description: description, First: s.numbers[from], Last: s.numbers[to], Old: s.old,
		Added: !s.old && slices.Contains(s.changed[from:to+1], true), Length: lengthOf(text), lines: strings.Split(text, "\n"),
	}
	if r := []rune(text); out.Length != Short {
		out.Begins = string(r[:2])
	}
	return out
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

var (
	keyBegins = regexp.MustCompile(`-----BEGIN [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----`)
	keyEnds   = regexp.MustCompile(`-----END [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----`)
	keyLine   = regexp.MustCompile(`^[\s"'+\\#/*>-]*[A-Za-z0-9+/=]{24,}[\s"'\\n,;+]*$`)
)

// brokenKeys are private keys of which the hunk shows the beginning or the end, and
// not both: from the one line that tells it, as far as lines look like its body.
func (s side) brokenKeys() [][2]int {
	var out [][2]int
	for i, l := range s.lines {
		from, to := i, i
		switch {
		case keyBegins.MatchString(l) && !keyEnds.MatchString(l):
			for to+1 < len(s.lines) && keyLine.MatchString(s.lines[to+1]) {
				to++
			}
			if to+1 < len(s.lines) && keyEnds.MatchString(s.lines[to+1]) {
				continue // whole: gitleaks' own rule has it
			}
		case keyEnds.MatchString(l) && !keyBegins.MatchString(l):
			for from > 0 && keyLine.MatchString(s.lines[from-1]) {
				from--
			}
			if from > 0 && keyBegins.MatchString(s.lines[from-1]) {
				continue
			}
		default:
			continue
		}
		if to > from {
			out = append(out, [2]int{from, to})
		}
	}
	return out
}

// oneEach keeps one secret a place, by the named rule rather than by the one that
// guesses, and one of the two sides of an unchanged line.
func oneEach(all []Secret) []Secret {
	slices.SortStableFunc(all, func(a, b Secret) int {
		return cmp.Or(rank(a.Old)-rank(b.Old), cmp.Compare(a.First, b.First), cmp.Compare(a.Last, b.Last), rank(a.Rule == guess)-rank(b.Rule == guess), strings.Compare(a.Rule, b.Rule))
	})
	var out []Secret
	for _, s := range all {
		same := slices.ContainsFunc(out, func(o Secret) bool {
			if o.Old != s.Old {
				return slices.Equal(o.lines, s.lines)
			}
			return o.First == s.First && o.Last == s.Last && (slices.Equal(o.lines, s.lines) || s.Rule == guess || o.Rule != guess)
		})
		if !same {
			out = append(out, s)
		}
	}
	return out
}

func rank(b bool) int {
	if b {
		return 1
	}
	return 0
}
