package secrets

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"scrum/bundler"
)

// Secret is a credential in a file of the change. Its text is not shown, in whatever
// way it is printed.
type Secret struct {
	Path        string
	Rule        string // gitleaks' id of the rule, such as aws-access-token
	Description string
	First, Last int  // lines, on the new side unless Old
	Old         bool // only the old side has it
	Added       bool // the change adds a line of it
	Length      Length
	Begins      string // its first two letters; "" of a short one

	text   string
	pieces []piece // what is masked of it
}

// Format prints where the secret is, and never its text.
func (s Secret) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "%q:%d %s", s.Path, s.First, s.Rule)
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

// Findings are the credentials of a change. The zero value has none.
type Findings struct {
	Secrets []Secret // by file in the order of the change, and line

	needles *needles // nil when there is nothing to mask
}

// Format prints the places, and never a text.
func (f *Findings) Format(w fmt.State, _ rune) {
	if f == nil {
		_, _ = io.WriteString(w, "[]")
		return
	}
	_, _ = fmt.Fprint(w, f.Secrets)
}

// Scan looks through both sides of each hunk: context and deleted lines leave the
// machine as well. A credential of many lines is whole where the hunk shows it whole.
func (x *Scanner) Scan(ctx context.Context, c *bundler.Change) (*Findings, error) {
	found := make([][]Secret, len(c.Files))
	g, ctx := errgroup.WithContext(ctx)
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
	out := &Findings{needles: newNeedles(slices.Concat(found...))}
	for _, all := range found {
		out.Secrets = append(out.Secrets, oneEach(all)...)
	}
	return out, nil
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
			found = append(found, old.secrets(ctx, x.detector, cmp.Or(f.OldPath, f.Path))...)
		}
	}
	known := map[string]bool{}
	for _, s := range found {
		known[s.text] = true
	}
	for _, s := range headings(hunks).secrets(ctx, x.detector, f.Path) {
		if !known[s.text] {
			found = append(found, s)
		}
	}
	for i := range found {
		found[i].Path = f.Path
	}
	return found, ctx.Err()
}

// Text masks what is found in a text that is no diff, such as guidance for
// reviewers or a file of the tree. Path is what it is called.
func (x *Scanner) Text(ctx context.Context, path, text string) (string, error) {
	s := side{lines: strings.Split(text, "\n")}
	s.numbers, s.changed = make([]int, len(s.lines)), make([]bool, len(s.lines))
	found := Findings{needles: newNeedles(s.secrets(ctx, x.detector, path))}
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	return found.Text(text), nil
}

// oneEach keeps each secret of a place once, the named rule's rather than that of
// the one that guesses, and one of the two sides where both have it.
func oneEach(all []Secret) []Secret {
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b Secret) int {
		return cmp.Or(rank(a.Old)-rank(b.Old), rank(a.Rule == guess)-rank(b.Rule == guess), cmp.Compare(a.First, b.First), cmp.Compare(a.Last, b.Last), strings.Compare(a.Rule, b.Rule))
	})
	type place struct {
		old         bool
		first, last int
		text        string // "" for any
	}
	seen, onNewSide := map[place]bool{}, map[string]bool{}
	var out []Secret
	for _, s := range all {
		here := place{s.Old, s.First, s.Last, s.text}
		anything := place{s.Old, s.First, s.Last, ""}
		if seen[here] || s.Rule == guess && seen[anything] || s.Old && onNewSide[s.text] {
			continue
		}
		seen[here] = true
		if s.Rule != guess {
			seen[anything] = true
		}
		onNewSide[s.text] = onNewSide[s.text] || !s.Old
		out = append(out, s)
	}
	slices.SortStableFunc(out, func(a, b Secret) int {
		return cmp.Or(cmp.Compare(a.First, b.First), cmp.Compare(a.Last, b.Last))
	})
	return out
}

func rank(b bool) int {
	if b {
		return 1
	}
	return 0
}
