package bundler

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Show gives a file as it is at a commit. errors.Is(err, fs.ErrNotExist) when the
// commit does not have it. A symbolic link is not followed: it is an error.
func Show(ctx context.Context, dir, commit, path string) ([]byte, error) {
	g := git{dir: dir}
	out, err := g.output(ctx, "ls-tree", "-z", "--full-tree", commit, "--", path)
	if err != nil {
		return nil, fmt.Errorf("looking for %s at %s: %w", path, commit, err)
	}
	entry, _, _ := strings.Cut(string(out), "\x00")
	meta, _, ok := strings.Cut(entry, "\t")
	f := strings.Fields(meta)
	if !ok || len(f) != 3 {
		return nil, fmt.Errorf("%s at %s: %w", path, commit, fs.ErrNotExist)
	}
	if f[1] != "blob" || f[0] == modeLink {
		return nil, fmt.Errorf("%s at %s is not a plain file", path, commit)
	}
	data, err := g.output(ctx, "cat-file", "blob", f[2])
	if err != nil {
		return nil, fmt.Errorf("reading %s at %s: %w", path, commit, err)
	}
	return data, nil
}

const (
	modeLink      = "120000"
	modeSubmodule = "160000"
)

// Export writes the tree of the new side into the empty folder dir: of a commit,
// the index, or the work tree with its untracked files. Symbolic links and
// submodules are not written, so that nothing read there leads out of it.
// keep, when not nil, chooses the files. errors.Is(err, ErrNoTree) for a plain
// diff.
func (c *Change) Export(ctx context.Context, dir string, keep func(path string) bool) error {
	if c.source.Diff != nil || c.Dir == "" {
		return ErrNoTree
	}
	if keep == nil {
		keep = func(string) bool { return true }
	}
	if c.source.Worktree {
		return c.copyWorktree(ctx, dir, keep)
	}
	g := git{dir: c.Dir}
	if !c.source.Staged {
		remove, err := g.indexOf(ctx, c.Head)
		if err != nil {
			return err
		}
		defer remove()
	}
	return g.checkout(ctx, dir, keep)
}

// indexOf points git at a new index with the tree of a commit.
func (g *git) indexOf(ctx context.Context, commit string) (remove func(), err error) {
	tmp, err := os.MkdirTemp("", "scrum-index-")
	if err != nil {
		return nil, fmt.Errorf("making an index: %w", err)
	}
	remove = func() { _ = os.RemoveAll(tmp) }
	g.index = filepath.Join(tmp, "index")
	if _, err := g.output(ctx, "read-tree", commit); err != nil {
		remove()
		return nil, fmt.Errorf("reading the tree of %s: %w", commit, err)
	}
	return remove, nil
}

// checkout writes the plain files of the index.
func (g git) checkout(ctx context.Context, dir string, keep func(string) bool) error {
	list, err := g.output(ctx, "ls-files", "--stage", "-z")
	if err != nil {
		return fmt.Errorf("listing the tree: %w", err)
	}
	var stdin bytes.Buffer
	for entry := range strings.SplitSeq(string(list), "\x00") {
		meta, path, ok := strings.Cut(entry, "\t")
		if !ok || strings.HasPrefix(meta, modeLink) || strings.HasPrefix(meta, modeSubmodule) || !keep(path) {
			continue
		}
		stdin.WriteString(path)
		stdin.WriteByte(0)
	}
	prefix := filepath.ToSlash(dir) + "/"
	_, err = g.input(ctx, stdin.Bytes(), "-c", "core.autocrlf=false", "-c", "core.eol=lf", "checkout-index", "--quiet", "-z", "--stdin", "--prefix="+prefix)
	if err != nil {
		return fmt.Errorf("writing the tree: %w", err)
	}
	return nil
}

func (c *Change) copyWorktree(ctx context.Context, dir string, keep func(string) bool) error {
	list, err := git{dir: c.Dir}.output(ctx, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate")
	if err != nil {
		return fmt.Errorf("listing the work tree: %w", err)
	}
	from, err := os.OpenRoot(c.Dir)
	if err != nil {
		return fmt.Errorf("opening the work tree: %w", err)
	}
	defer func() { _ = from.Close() }()
	to, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("opening the folder for the tree: %w", err)
	}
	defer func() { _ = to.Close() }()
	for path := range strings.SplitSeq(string(list), "\x00") {
		if path == "" || !keep(path) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := copyFile(from, to, path); err != nil {
			return fmt.Errorf("copying %q: %w", path, err)
		}
	}
	return nil
}

// copyFile copies a plain file; what is deleted, a link or no file is passed over.
func copyFile(from, to *os.Root, path string) error {
	info, err := from.Lstat(path)
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	in, err := from.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	if err := to.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	out, err := to.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, info.Mode().Perm()|0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if cerr := out.Close(); err == nil {
		err = cerr
	}
	return err
}
