package run

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"scrum/bundler"
	"scrum/ledger"
	"scrum/tally"
)

// Gaps is the ledger that rules a review. The zero value accepts nothing.
type Gaps struct {
	*ledger.Ledger
	Notes []string // what a reader must know of where it comes from

	head ledger.Head
}

// apply makes the accepted findings known. An entry counts as expired by the day on
// which the run began, so that a replay comes to what the run came to.
func (g Gaps) apply(plan *bundler.Plan, r tally.Result, m *Manifest) (tally.Result, []string) {
	matches := g.Match(plan, r.Findings, ledger.Conditions{Today: ledger.DayOf(m.Run.Started), Head: g.head})
	return r.Accept(matches.Known), slices.Concat(g.Notes, matches.Notes)
}

// gaps reads the ledger that rules a review: the file that the user names, else the
// repository's, from where its configuration is read. A change that adds an entry
// cannot use it for itself. The change may be a plain diff.
func (s Settings) gaps(ctx context.Context, t tree, diff bool) (Gaps, error) {
	g, err := s.readGaps(ctx, t)
	if diff { // it need not have to do with the files that are here
		g.head = nil
	}
	return g, err
}

func (s Settings) readGaps(ctx context.Context, t tree) (Gaps, error) {
	switch {
	case s.Gaps != "":
		data, err := os.ReadFile(s.Gaps)
		if err != nil {
			return Gaps{}, &UsageError{Err: fmt.Errorf("reading the ledger that --gaps names: %w", err)}
		}
		l, err := ledger.Parse(s.Gaps, data)
		return Gaps{Ledger: l, head: t.headOf(ctx, t.place.Head)}, usage(err)
	case s.Text != nil || t.place.Dir == "": // no repository of the user's
		return Gaps{}, nil
	}
	return t.gaps(ctx)
}

func usage(err error) error {
	if err == nil {
		return nil
	}
	return &UsageError{Err: err}
}

func (t tree) gaps(ctx context.Context) (Gaps, error) {
	g := Gaps{Ledger: &ledger.Ledger{Name: ledger.File}, head: t.headOf(ctx, t.place.Head)}
	r, err := t.read(ctx, ledger.File)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return Gaps{}, &UsageError{Err: fmt.Errorf("reading %s: %w", ledger.File, err)}
	default:
		if g.Ledger, err = ledger.Parse(r.name, r.data); err != nil {
			return Gaps{}, &UsageError{Err: err}
		}
		g.Name = ledger.File // in notes the commit would only be in the way
	}
	switch {
	case t.worktree && err == nil, err == nil && t.own(r), errors.Is(err, errUncommitted):
		g.Notes = append(g.Notes, r.note)
	case !t.worktree:
		g.Notes = t.unruly(ctx, g.Ledger)
	}
	return g, nil
}

// own tells that the ruling copy is one that nobody has committed yet.
func (t tree) own(r ruling) bool { return r.name == ledger.File && r.note != "" }

// unruly names the entries that do not count in this review, or count although the
// change takes them out: it cannot rule itself. So do those of the work tree that are
// not committed.
func (t tree) unruly(ctx context.Context, rules *ledger.Ledger) []string {
	theirs, notes := t.theirs(ctx, rules)
	if t.place.Head == "" {
		return notes
	}
	data, err := t.local(ledger.File)
	if err != nil {
		return notes
	}
	local, err := ledger.Parse(ledger.File, data)
	if err != nil {
		return notes
	}
	d := rules.Compare(local)
	here := slices.DeleteFunc(slices.Concat(d.Added, d.Edited), func(id string) bool { return slices.Contains(theirs, id) })
	if n := len(here); n > 0 {
		notes = append(notes, fmt.Sprintf("%s so in your work tree only, and %s not count; to count %s now, give --gaps %s: %s",
			many(n, "gap is", "gaps are"), choose(n, "does", "do"), choose(n, "it", "them"), ledger.File, strings.Join(here, ", ")))
	}
	return notes
}

// theirs compares what rules with the ledger as the change leaves it.
func (t tree) theirs(ctx context.Context, rules *ledger.Ledger) (ids, notes []string) {
	data, err := t.head(ctx, ledger.File)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, []string{fmt.Sprintf("%s as this change leaves it could not be read: %v", ledger.File, err)}
	}
	head, err := ledger.Parse(ledger.File, data)
	if err != nil {
		return nil, []string{fmt.Sprintf("%s is broken as this change leaves it: %v", ledger.File, err)}
	}
	d := rules.Compare(head)
	for _, part := range []struct {
		ids       []string
		one, more string
	}{
		{d.Added, "gap is added by this change itself; it counts once it is on the base branch", "gaps are added by this change itself; they count once they are on the base branch"},
		{d.Edited, "gap is edited by this change itself; what the base branch says counts", "gaps are edited by this change itself; what the base branch says counts"},
		{d.Removed, "gap is removed by this change itself; it counts until it is gone from the base branch", "gaps are removed by this change itself; they count until they are gone from the base branch"},
	} {
		if n := len(part.ids); n > 0 {
			notes = append(notes, many(n, part.one, part.more)+": "+strings.Join(part.ids, ", "))
		}
	}
	return slices.Concat(d.Added, d.Edited), notes
}

func many(n int, one, more string) string { return fmt.Sprintf("%d %s", n, choose(n, one, more)) }

func choose(n int, one, more string) string {
	if n == 1 {
		return one
	}
	return more
}

// headOf reads files as the change leaves them: of a commit, else of the work tree.
func (t tree) headOf(ctx context.Context, commit string) ledger.Head {
	if t.place.Dir == "" {
		return nil
	}
	return func(path string) ([]byte, bool, bool) {
		var data []byte
		var err error
		if commit == "" {
			data, err = t.local(path)
		} else {
			data, err = t.show(ctx, commit, path)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil, false, true
		}
		return data, err == nil, err == nil
	}
}
