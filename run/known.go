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
	case t.worktree && err == nil, err == nil && t.own(r):
		g.Notes = append(g.Notes, r.note)
	case !t.worktree:
		g.Notes = t.unruly(ctx, g.Ledger)
	}
	return g, nil
}

// own tells that the ruling copy is one that nobody has committed yet.
func (t tree) own(r ruling) bool { return r.name == ledger.File && r.note != "" }

// unruly names the entries that do not count in this review: those that the change
// itself brings, and those of the work tree that are not committed.
func (t tree) unruly(ctx context.Context, rules *ledger.Ledger) []string {
	var notes []string
	head, err := t.head(ctx, ledger.File)
	theirs, note := beyond(rules, head, err)
	if note != "" {
		notes = append(notes, note)
	}
	var added, edited []string
	for _, id := range theirs {
		if rules.Find(id) == nil {
			added = append(added, id)
		} else {
			edited = append(edited, id)
		}
	}
	if n := len(added); n > 0 {
		notes = append(notes, fmt.Sprintf("%s added by this change itself; %s once %s on the base branch: %s",
			many(n, "gap is", "gaps are"), choose(n, "it counts", "they count"), choose(n, "it is", "they are"), strings.Join(added, ", ")))
	}
	if n := len(edited); n > 0 {
		notes = append(notes, fmt.Sprintf("%s edited by this change itself; what the base branch has of %s counts: %s",
			many(n, "gap is", "gaps are"), choose(n, "it", "them"), strings.Join(edited, ", ")))
	}
	if t.place.Head == "" {
		return notes
	}
	local, err := t.local(ledger.File)
	here, _ := beyond(rules, local, err)
	here = slices.DeleteFunc(here, func(id string) bool { return slices.Contains(theirs, id) })
	if len(here) > 0 {
		notes = append(notes, fmt.Sprintf("%s in your work tree only (%s); to count them now, give --gaps %s", many(len(here), "gap is", "gaps are"), strings.Join(here, ", "), ledger.File))
	}
	return notes
}

// beyond lists the entries of another copy that the ruling one does not have so.
func beyond(rules *ledger.Ledger, data []byte, err error) (ids []string, note string) {
	if err != nil {
		return nil, ""
	}
	l, err := ledger.Parse(ledger.File, data)
	if err != nil {
		return nil, fmt.Sprintf("%s is broken as this change leaves it: %v", ledger.File, err)
	}
	for i := range l.Gaps {
		g := &l.Gaps[i]
		if g.As != "" && !g.Same(rules.Find(g.ID)) {
			ids = append(ids, g.ID)
		}
	}
	return ids, ""
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
