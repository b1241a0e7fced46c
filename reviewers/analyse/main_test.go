package analyse

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"scrum/bundler"
	"scrum/prompts"
	"scrum/reviewers"
	"scrum/tally"
)

// actVar makes the test binary an external analyser that does what it says.
const actVar = "SCRUM_ANALYSE_ACT"

// The test binary is the vet tool too, and the external analysers of the tests.
func TestMain(m *testing.M) {
	if handled, code := ToolMain(os.Args[1:]); handled {
		os.Exit(code)
	}
	if act := os.Getenv(actVar); act != "" {
		os.Exit(actAs(act))
	}
	goleak.VerifyTestMain(m)
}

// gone, as the content of a file, deletes it.
const gone = "\x00gone"

// changed makes a repository with two commits and reads the second as a change.
func changed(t *testing.T, base, next map[string]string) *bundler.Change {
	t.Helper()
	dir := t.TempDir()
	git(t, dir, "init", "-q")
	write(t, dir, base)
	commit(t, dir)
	write(t, dir, next)
	commit(t, dir)
	c, err := bundler.Read(t.Context(), bundler.Source{Dir: dir, Range: "HEAD~1..HEAD"}, bundler.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// plainDiff reads a change that has no tree.
func plainDiff(t *testing.T, c *bundler.Change) *bundler.Change {
	t.Helper()
	plain, err := bundler.Read(t.Context(), bundler.Source{Dir: t.TempDir(), Diff: strings.NewReader(string(c.Patch)), DiffName: "a.diff"}, bundler.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if text == gone {
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func commit(t *testing.T, dir string) {
	t.Helper()
	git(t, dir, "add", "-A", "-f", ".")
	git(t, dir, "commit", "-q", "--allow-empty", "-m", "a change")
}

func git(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", append([]string{"-c", "core.autocrlf=false", "-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"}, args...)...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

// self is the test binary.
func self(t *testing.T) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return exe
}

func workspace(t *testing.T, c *bundler.Change) *Workspace {
	t.Helper()
	tmp := t.TempDir()
	w := NewWorkspace(c, Options{Self: self(t), Tmp: tmp})
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
		if left, _ := os.ReadDir(tmp); len(left) > 0 {
			t.Errorf("Close leaves %v", left)
		}
	})
	return w
}

// builtIn asks a built-in analyser about all files of the change.
func builtIn(t *testing.T, w *Workspace, name string) (string, error) {
	t.Helper()
	m, err := New(name, w)
	if err != nil {
		t.Fatal(err)
	}
	if m.Kind != reviewers.Analyser || m.Lineage != "tool:"+name {
		t.Errorf("%s is a %s of lineage %s", name, m.Kind, m.Lineage)
	}
	return ask(t.Context(), w, m)
}

func ask(ctx context.Context, w *Workspace, m *reviewers.Member) (string, error) {
	r, err := m.Reviewer.Review(ctx, prompts.Request{Bundle: "c1", Paths: w.paths()}, func(int) {})
	return r.Text, err
}

// paths of the whole change, as a request has them.
func (w *Workspace) paths() []string {
	var out []string
	for _, f := range w.change.Files {
		out = append(out, prompts.Name(f.Path))
	}
	return out
}

// summary is what the one parser of all answers reads in one: a line a finding,
// then the covered files.
func summary(t *testing.T, answer string) string {
	t.Helper()
	r := tally.Parse(answer)
	if len(r.Unparsed) > 0 || r.Truncated || len(r.Retractions) > 0 {
		t.Errorf("the answer is not clear: unparsed %q, truncated %v, retractions %v", r.Unparsed, r.Truncated, r.Retractions)
	}
	var b strings.Builder
	for _, f := range r.Findings {
		check := f.Title
		if i := strings.LastIndex(check, "("); i >= 0 {
			check = check[i:]
		}
		fmt.Fprintf(&b, "%s %s %s\n", f.Severity, f.WhereText, check)
	}
	covered := slices.Sorted(slices.Values(r.Covered))
	for _, p := range covered {
		fmt.Fprintf(&b, "covered %s\n", p)
	}
	return b.String()
}

// actAs is what the test binary does as an external analyser.
func actAs(act string) int {
	what, rest, _ := strings.Cut(act, ":")
	switch what {
	case "print": // print:<status>:<text>
		status, text, _ := strings.Cut(rest, ":")
		_, _ = io.WriteString(os.Stdout, text)
		return len(status) - 1 + int(status[len(status)-1]-'0')
	case "environment":
		fmt.Println("a.txt:2: " + strings.Join(os.Environ(), " "))
		return 1
	case "fail":
		fmt.Fprintln(os.Stderr, "cannot open the rules")
		return 3
	case "nested": // starts a child that stays, says so, and stays itself
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), actVar+"=stay")
		if err := cmd.Start(); err != nil {
			return 1
		}
		_ = os.WriteFile(rest, fmt.Appendf(nil, "%d\n%d\n", os.Getpid(), cmd.Process.Pid), 0o600)
		select {}
	case "stay":
		for {
			runtime.Gosched()
			_, _ = io.ReadAll(os.Stdin)
			select {}
		}
	}
	return 9
}
