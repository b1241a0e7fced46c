package bundler

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
)

// Read asks git for the change, or reads a plain diff. A change without files is
// no error; a diff that cannot be read with certainty is a *SyntaxError, and
// something asked for that is not there a *UsageError.
func Read(ctx context.Context, src Source, opt ReadOptions) (*Change, error) {
	l, err := locate(ctx, src)
	if err != nil {
		return nil, err
	}
	c := &Change{Label: l.Label, Dir: l.Dir, Base: l.Base, Head: l.Head, Dirty: l.Head == "", source: src, read: opt}
	switch {
	case src.Diff != nil:
		return c, c.readPlain(src)
	case l.empty:
		return c, nil
	}
	if src.Worktree {
		remove, err := l.addUntracked(ctx)
		if err != nil {
			return nil, err
		}
		defer remove()
	}
	return c, c.readGit(ctx, l, opt)
}

// ReadDiff reads a plain diff that is no change of any repository here, such as a
// recorded one; git is not asked where it belongs.
func ReadDiff(name string, diff io.Reader) (*Change, error) {
	src := Source{Diff: diff, DiffName: name}
	c := &Change{Label: name, Dirty: true, source: src}
	return c, c.readPlain(src)
}

func (c *Change) readPlain(src Source) error {
	patch, err := io.ReadAll(src.Diff)
	if err != nil {
		return fmt.Errorf("reading %s: %w", src.DiffName, err)
	}
	c.Patch = patch
	c.Files, err = cutPlain(src.DiffName, patch)
	return err
}

func (c *Change) readGit(ctx context.Context, l located, opt ReadOptions) error {
	out, err := l.diff(ctx, opt)
	if err != nil {
		return fmt.Errorf("reading the change %s: %w", l.Label, err)
	}
	records, patch, err := splitRaw(out)
	if err != nil {
		return err
	}
	c.Patch = patch
	c.Files, err = cutGit(records, patch, int64(len(out)-len(patch)))
	return err
}

// diff asks with the format pinned, whatever the user's configuration says.
func (l located) diff(ctx context.Context, opt ReadOptions) ([]byte, error) {
	args := []string{
		"diff", "--raw", "-p", "-z", "--no-abbrev", "--full-index", "-M", "--no-color", "--no-ext-diff", "--no-textconv",
		"--src-prefix=a/", "--dst-prefix=b/", "--submodule=short", "--no-relative", "--ignore-submodules=none",
		"--diff-algorithm=myers", "--indent-heuristic", "-l1000",
	}
	lines := opt.ContextLines
	if lines <= 0 {
		lines = defaultContext
	}
	args = append(args, "-U"+strconv.Itoa(lines))
	if opt.Function {
		args = append(args, "-W")
	}
	args = append(append(args, l.sides...), "--")
	return l.git.spool(ctx, args...)
}

const defaultContext = 3

// addUntracked makes untracked files part of the diff: it announces them in a
// copy of the index. Git writes an empty object for that, which goes to a store of
// its own; the user's index and objects stay as they are.
func (l *located) addUntracked(ctx context.Context) (remove func(), err error) {
	dir, err := os.MkdirTemp("", "scrum-index-")
	if err != nil {
		return nil, fmt.Errorf("copying the index: %w", err)
	}
	remove = func() { _ = os.RemoveAll(dir) }
	defer func() {
		if err != nil {
			remove()
		}
	}()
	index, err := l.git.line(ctx, "rev-parse", "--path-format=absolute", "--git-path", "index")
	if err != nil {
		return nil, fmt.Errorf("finding the index: %w", err)
	}
	objects, err := l.git.line(ctx, "rev-parse", "--path-format=absolute", "--git-path", "objects")
	if err != nil {
		return nil, fmt.Errorf("finding the objects: %w", err)
	}
	if err := os.Mkdir(filepath.Join(dir, "objects"), 0o700); err != nil {
		return nil, fmt.Errorf("copying the index: %w", err)
	}
	l.git.objects, l.git.alternates = filepath.Join(dir, "objects"), objects
	l.git.index = filepath.Join(dir, "index")
	data, err := os.ReadFile(index)
	if err != nil && !os.IsNotExist(err) {
		return nil, fmt.Errorf("copying the index: %w", err)
	}
	if err == nil {
		if err := os.WriteFile(l.git.index, data, 0o600); err != nil { //nolint:gosec // a path in a folder that was just made here
			return nil, fmt.Errorf("copying the index: %w", err)
		}
	}
	if _, err := l.git.output(ctx, "add", "--intent-to-add", "--", "."); err != nil {
		return nil, fmt.Errorf("listing untracked files: %w", err)
	}
	return remove, nil
}
