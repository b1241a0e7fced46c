package run

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"scrum/bundler"
)

// tree is where the files that rule a review are read from.
type tree struct {
	place     bundler.Place
	worktree  bool // read the work tree instead of the base commit
	committed bool // a file that nobody has committed does not rule
}

// errUncommitted is an fs.ErrNotExist of a file that is there and does not rule.
var errUncommitted = fmt.Errorf("it is not committed, and does not rule this review: commit it on the base branch (%w)", fs.ErrNotExist)

// ruling is a file that rules the review, with what a reader must know of it.
type ruling struct {
	name string // as messages call it
	data []byte
	note string // "" when it is simply the base commit's copy
}

// read gives the ruling copy of a file; errors.Is(err, fs.ErrNotExist) when there
// is none.
//
// The base commit's copy rules, because a change must not soften the review of
// itself. A file that neither side of the change has cannot have come with the
// change: it is the user's own, not committed yet, and rules with a note.
func (t tree) read(ctx context.Context, name string) (ruling, error) {
	if t.worktree || t.place.Dir == "" {
		data, err := t.local(name)
		r := ruling{name: name, data: data}
		if t.worktree && err == nil {
			r.note = fmt.Sprintf("%s was read from the work tree, not from the base commit: the change under review can have edited it", name)
		}
		return r, err
	}
	data, err := t.show(ctx, t.place.Base, name)
	if err == nil {
		return t.based(ctx, name, data)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return ruling{}, err
	}
	return t.uncommitted(ctx, name)
}

func (t tree) based(ctx context.Context, name string, data []byte) (ruling, error) {
	r := ruling{name: fmt.Sprintf("%s of commit %s", name, short(t.place.Base)), data: data}
	head, err := t.head(ctx, name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return ruling{}, err
	}
	if !bytes.Equal(head, data) {
		r.note = fmt.Sprintf("this change edits %s; the copy of the base commit %s rules this review", name, short(t.place.Base))
	}
	return r, nil
}

func (t tree) uncommitted(ctx context.Context, name string) (ruling, error) {
	local, err := t.local(name)
	if err != nil {
		return ruling{}, err
	}
	if t.place.Head != "" {
		_, err := t.show(ctx, t.place.Head, name)
		if err == nil {
			return ruling{note: fmt.Sprintf("this change adds %s; it does not rule its own review (--config-from worktree uses it)", name)}, fs.ErrNotExist
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return ruling{}, err
		}
	}
	if t.committed {
		return ruling{note: fmt.Sprintf("%s is not committed, and does not rule this review", name)}, errUncommitted
	}
	return ruling{name: name, data: local, note: fmt.Sprintf("%s is not committed; your own copy rules this review", name)}, nil
}

// head is the file as the change leaves it.
func (t tree) head(ctx context.Context, name string) ([]byte, error) {
	if t.place.Head == "" {
		return t.local(name)
	}
	return t.show(ctx, t.place.Head, name)
}

func (t tree) show(ctx context.Context, commit, name string) ([]byte, error) {
	if commit == "" {
		return nil, fs.ErrNotExist
	}
	return bundler.Show(ctx, t.place.Dir, commit, name)
}

// maxRuling bounds what is read of a configuration or guidance file.
const maxRuling = 1 << 20

// local reads from the work tree, and never through a link that leaves it.
func (t tree) local(name string) ([]byte, error) {
	dir := t.place.Dir
	if dir == "" {
		dir = "."
	}
	f, err := os.OpenInRoot(dir, name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a plain file", name)
	}
	data, err := io.ReadAll(io.LimitReader(f, maxRuling+1))
	if err == nil && len(data) > maxRuling {
		err = fmt.Errorf("%s is larger than %d bytes", name, maxRuling)
	}
	return data, err
}
