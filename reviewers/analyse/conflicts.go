package analyse

import (
	"bytes"
	"context"
	"fmt"

	"scrum/bundler"
)

// Conflict is what a merge has left in a file for a person to resolve.
type Conflict struct {
	Path        string
	First, Last int  // lines of the new side
	Whole       bool // its beginning and its end are there
}

// conflicts reports what a merge has left in the added lines: it compiles in no
// language, and in texts nobody else notices.
func (w *Workspace) conflicts(ctx context.Context) (result, error) {
	found, err := w.Conflicts(ctx)
	if err != nil {
		return result{}, err
	}
	out := newResult()
	for _, f := range w.change.Files {
		if f.Binary {
			out.skipped[f.Path] = "it is binary"
		} else {
			out.covered[f.Path] = true
		}
	}
	for _, c := range found {
		out.diagnostics = append(out.diagnostics, c.diagnostic())
	}
	return out, ctx.Err()
}

func (c Conflict) diagnostic() diagnostic {
	message := "a merge conflict is not resolved: both sides stand here, between the marks of git"
	if !c.Whole {
		message = "a mark of a merge conflict was left behind"
	}
	return diagnostic{path: c.Path, first: c.First, last: c.Last, severity: block, check: "conflict-marker", message: message,
		fix: "decide which side stays, and take the marks out"}
}

// Conflicts are the conflicts that the change brings; they are looked for once.
func (w *Workspace) Conflicts(ctx context.Context) ([]Conflict, error) {
	return w.findConflicts(ctx)
}

func findConflicts(c *bundler.Change) ([]Conflict, error) {
	var out []Conflict
	for _, f := range c.Files {
		if f.Binary {
			continue
		}
		hunks, err := f.Hunks()
		if err != nil {
			return nil, fmt.Errorf("looking for merge conflicts: %w", err)
		}
		for _, h := range hunks {
			out = append(out, conflictsOf(f.Path, h)...)
		}
	}
	return out, nil
}

// sign is a line that git writes at a conflict.
type sign int

const (
	noSign  sign = iota
	opening      // <<<<<<< ours
	closing      // >>>>>>> theirs
)

// signOf knows the marks as git's own check for them does: seven signs, then nothing or
// a space. The line of seven = between the sides is also what underlines a heading, and
// says nothing by itself.
func signOf(line []byte) (m sign, labelled bool) {
	line = bytes.TrimSuffix(line, []byte("\r"))
	for m, letter := range map[sign]byte{opening: '<', closing: '>'} {
		rest, ok := bytes.CutPrefix(line, bytes.Repeat([]byte{letter}, 7))
		if ok && len(rest) == 0 {
			return m, false
		}
		if ok && rest[0] == ' ' {
			return m, len(bytes.TrimSpace(rest)) > 0
		}
	}
	return noSign, false
}

// conflictsOf pairs the marks of a hunk. A pair counts when a mark of it is added; one
// without the other counts when it is added with its label, because seven signs alone
// may be anything.
func conflictsOf(path string, h bundler.Hunk) []Conflict {
	var out []Conflict
	type found struct {
		line     int
		added    bool
		labelled bool
	}
	var open *found
	alone := func(f *found) {
		if f != nil && f.added && f.labelled {
			out = append(out, Conflict{Path: path, First: f.line, Last: f.line})
		}
	}
	for l := range h.Lines() {
		m, labelled := signOf(l.Text)
		if l.Kind == '-' || m == noSign {
			continue
		}
		here := &found{l.New, l.Kind == '+', labelled}
		switch {
		case m == opening:
			alone(open)
			open = here
		case open == nil:
			alone(here)
		default:
			if open.added || here.added {
				out = append(out, Conflict{path, open.line, here.line, true})
			}
			open = nil
		}
	}
	alone(open)
	return out
}
