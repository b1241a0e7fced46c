package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"scrum/smoke"
)

// smokeLogs is where the output of services and steps goes. Without --out it is a
// temporary folder, which stays only when there is something to look up.
type smokeLogs struct {
	out string // the folder of --out
	dir string
}

func openSmokeLogs(out string) (*smokeLogs, error) {
	if out == "" {
		dir, err := os.MkdirTemp("", "scrum-smoke-")
		if err != nil {
			return nil, fmt.Errorf("making a folder for the logs: %w", err)
		}
		return &smokeLogs{dir: dir}, nil
	}
	entries, err := os.ReadDir(out)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, usageErrorf("--out: %w", err)
	}
	if len(entries) > 0 {
		return nil, usageErrorf("--out: %s already holds files; name a new or empty folder", out)
	}
	dir := filepath.Join(out, "logs")
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, usageErrorf("--out: %w", err)
	}
	return &smokeLogs{out: out, dir: dir}, nil
}

// finish keeps what was asked for or is needed, and says where.
func (l *smokeLogs) finish(stderr io.Writer, r *smoke.Result) error {
	if l.out != "" {
		err := writeFile(filepath.Join(l.out, "smoke.json"), func(w io.Writer) error { return smoke.JSON{}.Write(w, r) })
		if err != nil {
			return fmt.Errorf("writing smoke.json: %w", err)
		}
		return nil
	}
	if r.Verdict == smoke.Passed {
		return l.remove()
	}
	fmt.Fprintf(stderr, "scrum: the logs are in %s\n", l.dir)
	return nil
}

func (l *smokeLogs) remove() error {
	if l.out != "" {
		return nil
	}
	return os.RemoveAll(l.dir)
}

// revision tells what is checked out in a folder, and whether it was changed since.
// Outside of a repository there is no commit.
func revision(ctx context.Context, dir string) (commit string, dirty bool) {
	git := func(args ...string) (string, error) {
		cmd := exec.CommandContext(ctx, "git", args...)
		cmd.Dir = dir
		cmd.Env = append(cmd.Environ(), "GIT_OPTIONAL_LOCKS=0") // looking writes nothing
		out, err := cmd.Output()
		return strings.TrimSpace(string(out)), err
	}
	commit, err := git("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
	if err != nil {
		return "", false
	}
	status, err := git("status", "--porcelain")
	return commit, err != nil || status != ""
}
