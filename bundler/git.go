package bundler

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// git runs git in one repository with an environment that nobody's settings
// reach.
type git struct {
	dir   string
	index string // GIT_INDEX_FILE; "" is the repository's own

	objects    string // where new objects go; "" is the repository's own store
	alternates string // where objects are then read from
}

// pinned are the settings that would change what a diff looks like.
func pinned() []string {
	return []string{
		"-c", "core.quotePath=true", "-c", "core.fsmonitor=false", "-c", "core.pager=cat",
		"-c", "diff.suppressBlankEmpty=false", "-c", "diff.noprefix=false", "-c", "diff.mnemonicPrefix=false",
		"-c", "diff.orderFile=" + os.DevNull, "-c", "diff.wsErrorHighlight=none", "-c", "diff.renameLimit=1000",
		"-c", "diff.ignoreSubmodules=none", "-c", "diff.colorMoved=no", "-c", "diff.relative=false",
		"-c", "diff.interHunkContext=0", "-c", "diff.dirstat=", "-c", "color.ui=false", "-c", "submodule.recurse=false",
		"-c", "core.attributesFile=" + os.DevNull,
	}
}

// kept are the variables of git that say where the repository is, not how output
// looks. A hook sets them, and the change under review may be in its index.
func kept(name string) bool {
	switch name {
	case "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY",
		"GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_CEILING_DIRECTORIES", "GIT_QUARANTINE_PATH", "GIT_EXEC_PATH":
		return true
	}
	return false
}

func (g git) environ() []string {
	var env []string
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		if strings.HasPrefix(name, "GIT_") && !kept(name) || name == "LC_ALL" || name == "LANGUAGE" {
			continue
		}
		if name == "GIT_INDEX_FILE" && g.index != "" || name == "GIT_OBJECT_DIRECTORY" && g.objects != "" {
			continue
		}
		env = append(env, kv)
	}
	if g.objects != "" {
		also := os.Getenv("GIT_ALTERNATE_OBJECT_DIRECTORIES")
		env = append(env, "GIT_OBJECT_DIRECTORY="+g.objects,
			"GIT_ALTERNATE_OBJECT_DIRECTORIES="+strings.Trim(g.alternates+string(os.PathListSeparator)+also, string(os.PathListSeparator)))
	}
	env = append(env, "LC_ALL=C", "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0", "GIT_PAGER=cat", "GIT_LITERAL_PATHSPECS=1")
	if g.index != "" {
		env = append(env, "GIT_INDEX_FILE="+g.index)
	}
	return env
}

// killAfter is how long git may go on once the context has ended.
const killAfter = 500 * time.Millisecond

func (g git) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "git", append(pinned(), args...)...)
	cmd.Dir = g.dir
	cmd.Env = g.environ()
	cmd.WaitDelay = killAfter
	return cmd
}

// gitError is what git said when it failed.
type gitError struct {
	args   string
	code   int
	stderr string
}

func (e *gitError) Error() string {
	if e.stderr == "" {
		return fmt.Sprintf("git %s ended with status %d", e.args, e.code)
	}
	return fmt.Sprintf("git %s: %s", e.args, e.stderr)
}

// stream runs git and hands its output to read. Git's exit status counts after
// all of its output has been read, and before what was read is believed.
func (g git) stream(ctx context.Context, read func(io.Reader) error, args ...string) error {
	return g.streamInput(ctx, nil, read, args...)
}

// streamInput is stream with something on git's standard input.
func (g git) streamInput(ctx context.Context, stdin io.Reader, read func(io.Reader) error, args ...string) error {
	cmd := g.command(ctx, args...)
	cmd.Stdin = stdin
	stderr := &bounded{max: 4 << 10}
	cmd.Stderr = stderr // its own goroutine reads it, so a talkative git cannot hang
	out, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("starting git: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return startError(err)
	}
	readErr := read(out)
	_, _ = io.Copy(io.Discard, out)
	waitErr := cmd.Wait()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case waitErr != nil:
		return failure(waitErr, args, stderr.String())
	default:
		return readErr
	}
}

func startError(err error) error {
	if errors.Is(err, exec.ErrNotFound) {
		return &UsageError{Message: "git is not on the PATH; install it to review a repository", Err: err}
	}
	return fmt.Errorf("starting git: %w", err)
}

func failure(err error, args []string, stderr string) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return &gitError{args: args[0], code: exit.ExitCode(), stderr: firstLines(stderr)}
	}
	return fmt.Errorf("running git %s: %w", args[0], err)
}

// firstLines is what a person needs of git's complaints, without "fatal: ".
func firstLines(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return strings.TrimPrefix(strings.TrimSpace(lines[0]), "fatal: ")
}

// output runs git and gives its output whole.
func (g git) output(ctx context.Context, args ...string) ([]byte, error) {
	var buf bytes.Buffer
	err := g.stream(ctx, func(r io.Reader) error {
		_, err := buf.ReadFrom(r)
		return err
	}, args...)
	return buf.Bytes(), err
}

// line runs git and gives its output without the newline at the end.
func (g git) line(ctx context.Context, args ...string) (string, error) {
	out, err := g.output(ctx, args...)
	return strings.TrimSuffix(string(out), "\n"), err
}

// input runs git with something on its standard input.
func (g git) input(ctx context.Context, stdin []byte, args ...string) ([]byte, error) {
	var out bytes.Buffer
	err := g.streamInput(ctx, bytes.NewReader(stdin), func(r io.Reader) error {
		_, err := out.ReadFrom(r)
		return err
	}, args...)
	return out.Bytes(), err
}

// bounded keeps the beginning of what is written to it.
type bounded struct {
	bytes.Buffer
	max int
}

func (b *bounded) Write(p []byte) (int, error) {
	if room := b.max - b.Len(); room > 0 {
		_, _ = b.Buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

// spool runs git with its output going straight into a temporary file, and gives
// the content in one slice of its exact size. A pipe would cost a copy, and a
// growing buffer three times the memory of a large diff.
func (g git) spool(ctx context.Context, args ...string) ([]byte, error) {
	file, err := os.CreateTemp("", "scrum-diff-")
	if err != nil {
		return nil, fmt.Errorf("making a temporary file for the diff: %w", err)
	}
	defer func() {
		_ = file.Close()
		_ = os.Remove(file.Name())
	}()
	cmd := g.command(ctx, args...)
	stderr := &bounded{max: 4 << 10}
	cmd.Stdout, cmd.Stderr = file, stderr
	if err := cmd.Start(); err != nil {
		return nil, startError(err)
	}
	err = cmd.Wait()
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, failure(err, args, stderr.String())
	}
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("reading the diff back: %w", err)
	}
	out := make([]byte, info.Size())
	if _, err := file.ReadAt(out, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("reading the diff back: %w", err)
	}
	return out, nil
}
