package bundler

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

// Place is where a change lies: the repository and the commits on its two sides.
type Place struct {
	Dir   string // top of the work tree; "" outside of a repository
	Base  string // full commit id of the old side; "" for none
	Head  string // full commit id of the new side; "" when it is not a commit
	Label string // as a person calls the change
}

// Locate finds the repository and the commits of a source without reading the
// change. Its error is a *UsageError when the user asked for what is not there.
func Locate(ctx context.Context, src Source) (Place, error) {
	l, err := locate(ctx, src)
	return l.Place, err
}

// located is a place with what git diff needs.
type located struct {
	Place
	git   git
	sides []string // arguments that name the two sides
	empty bool     // known to have no changes
}

func locate(ctx context.Context, src Source) (located, error) {
	l := located{git: git{dir: src.Dir}}
	if info, err := os.Stat(cmp.Or(src.Dir, ".")); err != nil || !info.IsDir() {
		return l, &UsageError{Message: fmt.Sprintf("there is no folder %q", src.Dir), Err: err}
	}
	top, err := l.git.line(ctx, "rev-parse", "--show-toplevel")
	if src.Diff != nil {
		return l.plain(ctx, src, top, err)
	}
	if err != nil {
		return l, notARepository(src.Dir, err)
	}
	l.git.dir, l.Dir = top, top
	switch {
	case src.Staged, src.Worktree:
		err = l.uncommitted(ctx, src)
	case src.Commit != "":
		err = l.commit(ctx, src.Commit)
	case src.Since != 0:
		err = l.since(ctx, src.Since)
	case src.Range != "":
		err = l.between(ctx, src.Range)
	default:
		err = l.branch(ctx)
	}
	return l, err
}

func notARepository(dir string, err error) error {
	var ge *gitError
	if !errors.As(err, &ge) {
		return err
	}
	where := "the current folder"
	if dir != "" {
		where = dir
	}
	return &UsageError{Message: fmt.Sprintf("%s is not in a git work tree: go to a repository, name one with --repo, or give a diff with --diff", where), Err: err}
}

// plain places a diff file. A repository around it is welcome, for its
// configuration, and not needed.
func (l located) plain(ctx context.Context, src Source, top string, err error) (located, error) {
	l.Label = src.DiffName
	if ctx.Err() != nil {
		return l, ctx.Err()
	}
	if err == nil {
		l.Dir, l.git.dir = top, top
		l.Base, _ = l.resolve(ctx, "HEAD")
	}
	return l, nil
}

// resolve gives the full id of a commit. A name is never taken for an option.
func (l *located) resolve(ctx context.Context, rev string) (string, error) {
	id, err := l.git.line(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", rev+"^{commit}")
	if err == nil {
		return id, nil
	}
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	return "", &UsageError{Message: fmt.Sprintf("there is no commit %q in this repository: check the name, or fetch it first", rev)}
}

// emptyTree is the id of the tree without files, in the repository's hash.
func (l *located) emptyTree(ctx context.Context) (string, error) {
	out, err := l.git.input(ctx, nil, "hash-object", "-t", "tree", "--stdin")
	return strings.TrimSpace(string(out)), err
}

func (l *located) uncommitted(ctx context.Context, src Source) error {
	l.Label = "staged"
	if src.Worktree {
		l.Label = "work tree"
	}
	head, err := l.git.line(ctx, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil { // no commit yet
		head, err = l.emptyTree(ctx)
		if err != nil {
			return err
		}
	} else {
		l.Base = head
	}
	if src.Staged {
		l.sides = []string{"--cached", head}
	} else {
		l.sides = []string{head}
	}
	return nil
}

func (l *located) commit(ctx context.Context, rev string) error {
	head, err := l.resolve(ctx, rev)
	if err != nil {
		return err
	}
	return l.pair(ctx, "commit "+rev, l.parent(ctx, head), head)
}

// parent is the first parent, "" for a root commit.
func (l *located) parent(ctx context.Context, commit string) string {
	id, err := l.git.line(ctx, "rev-parse", "--verify", "--quiet", commit+"^1^{commit}")
	if err != nil {
		return ""
	}
	return id
}

// since takes the commits of HEAD's first-parent line that are younger than so
// long.
func (l *located) since(ctx context.Context, age time.Duration) error {
	head, err := l.resolve(ctx, "HEAD")
	if err != nil {
		return err
	}
	// Git takes seconds; a relative date would be read by its own clock anyway.
	out, err := l.git.line(ctx, "rev-list", "--first-parent", fmt.Sprintf("--since=%d.seconds.ago", int64(age.Seconds())), head)
	if err != nil {
		return fmt.Errorf("listing the commits of the last %s: %w", age, err)
	}
	label := "the last " + shortDuration(age)
	ids := strings.Fields(out)
	if len(ids) == 0 {
		l.empty = true
		return l.pair(ctx, label, head, head)
	}
	return l.pair(ctx, label, l.parent(ctx, ids[len(ids)-1]), head)
}

func shortDuration(d time.Duration) string {
	s := d.String()
	s = strings.TrimSuffix(s, "0s")
	return strings.TrimSuffix(s, "0m")
}

// between reads a range: a...b is b since it left a, a..b is exactly from a to
// b, and one revision is HEAD since it left that.
func (l *located) between(ctx context.Context, rng string) error {
	a, b, symmetric := rng, "HEAD", true
	if before, after, ok := strings.Cut(rng, "..."); ok {
		a, b = before, after
	} else if before, after, ok := strings.Cut(rng, ".."); ok {
		a, b, symmetric = before, after, false
	}
	base, err := l.resolve(ctx, orHead(a))
	if err != nil {
		return err
	}
	head, err := l.resolve(ctx, orHead(b))
	if err != nil {
		return err
	}
	if symmetric {
		if base, err = l.mergeBase(ctx, base, head, a, b); err != nil {
			return err
		}
	}
	return l.pair(ctx, rng, base, head)
}

func orHead(rev string) string {
	if rev == "" {
		return "HEAD"
	}
	return rev
}

func (l *located) mergeBase(ctx context.Context, base, head, baseName, headName string) (string, error) {
	id, err := l.git.line(ctx, "merge-base", base, head)
	if err == nil {
		return id, nil
	}
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	shallow, _ := l.git.line(ctx, "rev-parse", "--is-shallow-repository")
	msg := fmt.Sprintf("%s and %s have no common ancestor here", orHead(baseName), orHead(headName))
	if shallow == "true" {
		return "", &UsageError{Message: msg + " because this clone is shallow: run git fetch --unshallow (in CI: fetch-depth: 0)"}
	}
	return "", &UsageError{Message: msg + ": name both sides exactly, as in a..b"}
}

// branch is the default: HEAD since it left the default branch. On the default
// branch itself it is what was not pushed, and when all is pushed the last
// commit.
func (l *located) branch(ctx context.Context) error {
	head, err := l.resolve(ctx, "HEAD")
	if err != nil {
		return &UsageError{Message: "the repository has no commits yet: review what is there with --staged or --worktree"}
	}
	for _, name := range l.candidates(ctx) {
		tip, err := l.git.line(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", name+"^{commit}")
		if err != nil || tip == head {
			continue
		}
		base, err := l.mergeBase(ctx, tip, head, name, "HEAD")
		if err != nil {
			return err
		}
		if base != head {
			return l.pair(ctx, name+"...HEAD", base, head)
		}
	}
	return l.pair(ctx, "the last commit", l.parent(ctx, head), head)
}

// candidates are the names that the default branch may have, the surest first.
func (l *located) candidates(ctx context.Context) []string {
	var out []string
	if name, err := l.git.line(ctx, "rev-parse", "--abbrev-ref", "--verify", "--quiet", "origin/HEAD"); err == nil {
		out = append(out, name)
	}
	names := []string{"main", "master", "trunk", "develop"}
	if name, err := l.git.line(ctx, "config", "--get", "init.defaultBranch"); err == nil && name != "" {
		names = append([]string{name}, names...)
	}
	for _, prefix := range []string{"refs/remotes/origin/", "refs/heads/"} {
		for _, n := range names {
			out = append(out, strings.TrimPrefix(strings.TrimPrefix(prefix, "refs/remotes/"), "refs/heads/")+n)
		}
	}
	return out
}

// pair sets both sides; a base of "" is the empty tree.
func (l *located) pair(ctx context.Context, label, base, head string) error {
	l.Label, l.Base, l.Head = label, base, head
	old := base
	if old == "" {
		var err error
		if old, err = l.emptyTree(ctx); err != nil {
			return err
		}
	}
	l.sides = []string{old, head}
	return nil
}
