package gauntlet

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"scrum/assess"
)

// fixture is a repository with a gauntlet file, and two servers that it compares.
type fixture struct {
	dir    string
	commit string
	asked  atomic.Int64
}

func newFixture(t *testing.T, section string) *fixture {
	t.Helper()
	f := &fixture{dir: t.TempDir()}
	answer := func(body string) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			f.asked.Add(1)
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(body))
		}))
		t.Cleanup(s.Close)
		return s.URL
	}
	text := strings.NewReplacer("ONE", answer(`{"kind":"a"}`), "TWO", answer(`{"kind":"b"}`)).Replace(section)
	f.put(t, "gauntlet.yaml", text)
	f.git(t, "init", "-q")
	f.git(t, "add", ".")
	f.git(t, "commit", "-q", "-m", "a")
	f.commit = strings.TrimSpace(f.git(t, "rev-parse", "HEAD"))
	return f
}

func (f *fixture) put(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(f.dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (f *fixture) git(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir = f.dir
	cmd.Env = append(os.Environ(), "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com", "GIT_CONFIG_GLOBAL=/dev/null")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return string(out)
}

func (f *fixture) options() Options {
	return Options{Dir: f.dir, Commit: f.commit, Version: "test", Env: os.Environ(), Now: time.Now}
}

func (f *fixture) spec(t *testing.T) *Spec {
	t.Helper()
	spec, err := ReadFile(filepath.Join(f.dir, "gauntlet.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

func (f *fixture) run(t *testing.T, dir *Dir, opt Options) *Outcome {
	t.Helper()
	out, err := Run(t.Context(), f.spec(t), dir, opt)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (f *fixture) newDir(t *testing.T) *Dir {
	t.Helper()
	d, err := CreateDir(filepath.Join(f.dir, filepath.FromSlash(Home)), "", time.Now(), f.commit)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

const same = `
smoke:
  steps:
    - {name: fine, run: [git, --version]}
parity:
  targets: {one: "ONE", two: "ONE"}
  cases: [{name: kind, path: /}]
assess:
  phases: [smoke, parity]
`

func phasesOf(out *Outcome) []string {
	var got []string
	for _, h := range inOrder(out.Headlines) {
		got = append(got, h.Phase+": "+strings.SplitN(h.Text, " in ", 2)[0])
	}
	return got
}

func TestAllPhasesRunAndTheirEvidenceIsAssessed(t *testing.T) {
	f := newFixture(t, same)
	out := f.run(t, f.newDir(t), f.options())
	want := []string{"smoke: 1/1 PASS", "parity: 1 match · 0 diff (out of 1 case)", "review: skipped: " + f.spec(t).File + " has no section review", "assess: " + string(out.Result.Verdict.Outcome) + ", by rule " + out.Result.Verdict.Rule}
	if diff := cmp.Diff(want, phasesOf(out)); diff != "" {
		t.Errorf("got +, want -:\n%s", diff)
	}
	for _, name := range []string{"smoke.json", "smoke.md", "parity.json", "parity.html", "evidence.json", "assess.json", "report.md"} {
		if _, err := os.Stat(filepath.Join(out.Dir, name)); err != nil {
			t.Error(err)
		}
	}
	report, err := os.ReadFile(filepath.Join(out.Dir, ReportFile))
	if err != nil || !strings.Contains(string(report), "1 match") || !strings.Contains(string(report), "[parity.md](parity.md)") {
		t.Errorf("the report: %v\n%s", err, report)
	}
}

func TestADivergenceIsNoReasonToShip(t *testing.T) {
	f := newFixture(t, strings.Replace(same, `two: "ONE"`, `two: "TWO"`, 1))
	out := f.run(t, f.newDir(t), f.options())
	if out.Result.Verdict.Outcome != assess.Outcome("no-ship") || out.Result.Releasable {
		t.Errorf("verdict %+v", out.Result.Verdict)
	}
}

func TestAResumedRunDoesOnlyWhatHasNoEvidence(t *testing.T) {
	f := newFixture(t, same)
	d := f.newDir(t)
	f.run(t, d, f.options())
	asked := f.asked.Load()
	again, err := OpenDir(d.Path())
	if err != nil {
		t.Fatal(err)
	}
	out := f.run(t, again, f.options())
	if n := f.asked.Load(); n != asked {
		t.Errorf("the targets were asked %d times more", n-asked)
	}
	kept := 0
	for _, h := range out.Headlines {
		if h.Kept {
			kept++
		}
	}
	if kept != 2 {
		t.Errorf("%d phases were kept: %+v", kept, out.Headlines)
	}

	// Evidence that is not what was written is made again.
	f.tamper(t, d)
	f.run(t, again, f.options())
	if f.asked.Load() == asked {
		t.Error("altered evidence was believed")
	}
}

func (f *fixture) tamper(t *testing.T, d *Dir) {
	t.Helper()
	name := filepath.Join(d.Path(), "parity.json")
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, append(data, ' '), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestARunOfAnotherCommitIsNotGoneOnWith(t *testing.T) {
	f := newFixture(t, same)
	d := f.newDir(t)
	f.run(t, d, f.options())
	opt := f.options()
	opt.Commit = strings.Repeat("a", 40)
	if _, err := Run(t.Context(), f.spec(t), d, opt); err == nil || !strings.Contains(err.Error(), "start a new run") {
		t.Errorf("got %v", err)
	}
}

func TestASkippedPhaseIsShownWithItsReasonAndIsNoPass(t *testing.T) {
	f := newFixture(t, same)
	opt := f.options()
	opt.Skip = map[string]string{Parity: "the other side is down"}
	out := f.run(t, f.newDir(t), opt)
	if out.Result.Releasable {
		t.Errorf("it is releasable: %+v", out.Result.Verdict)
	}
	if got := strings.Join(phasesOf(out), "\n"); !strings.Contains(got, "parity: skipped: the other side is down") {
		t.Error(got)
	}
	if f.asked.Load() > 0 {
		t.Error("the targets were asked")
	}
}

func TestAnInterruptedPhaseLeavesNoEvidence(t *testing.T) {
	f := newFixture(t, same)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	d := f.newDir(t)
	if _, err := Run(ctx, f.spec(t), d, f.options()); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(filepath.Join(d.Path(), "smoke.json")); err == nil {
		t.Error("there is evidence of a phase that did not run")
	}
}

func TestTwoGauntletsOfOneFolderDoNotOverlap(t *testing.T) {
	home := filepath.Join(t.TempDir(), "gauntlet")
	unlock, err := Lock(home)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Lock(home); !errors.Is(err, ErrBusy) {
		t.Errorf("a second one: %v", err)
	}
	unlock()
	unlock, err = Lock(home)
	if err != nil {
		t.Fatalf("after the first: %v", err)
	}
	unlock()
}

func TestOldRunsGoAndTheLastThatShippedStays(t *testing.T) {
	home := t.TempDir()
	for name, releasable := range map[string]string{"20260101T000000Z-a": "true", "20260102T000000Z-b": "false", "20260103T000000Z-c": "false", "20260104T000000Z-d": "false"} {
		dir := filepath.Join(home, name)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		for file, text := range map[string]string{assess.ManifestFile: "{}", assess.ResultFile: `{"releasable": ` + releasable + `}`} {
			if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.Mkdir(filepath.Join(home, "mine"), 0o700); err != nil {
		t.Fatal(err)
	}
	removed, err := Prune(home, 2)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"20260102T000000Z-b"}, removed); diff != "" {
		t.Errorf("got +, want -:\n%s", diff)
	}
	for _, name := range []string{"20260101T000000Z-a", "mine"} {
		if _, err := os.Stat(filepath.Join(home, name)); err != nil {
			t.Errorf("%s is gone", name)
		}
	}
	if removed, err := Prune(home, 0); err != nil || removed != nil {
		t.Errorf("0 keeps all: %v, %v", removed, err)
	}
}

func TestMistakesOfAllSectionsAreToldAtOnce(t *testing.T) {
	f, err := Parse("g.yaml", []byte("smoke:\n  steps:\n    - {name: a, run: x, tiemout: 3s}\nparity:\n  targets: {a: \"http://127.0.0.1:{{port.nobody}}\"}\n  cases: []\nreview: {rnge: x, since: 1h, range: y}\n"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = Decode(f)
	for _, want := range []string{"g.yaml:3: unknown key smoke.steps[0].tiemout", "g.yaml:7: unknown key review.rnge; did you mean range?", `no service has a port named "nobody"`, "use one of them"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not tell %q:\n%v", want, err)
		}
	}
}
