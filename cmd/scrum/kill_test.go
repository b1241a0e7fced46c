package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"scrum/report"
	"scrum/run/scripted"
)

// TestARunThatIsKilledAtAnyMomentPaysForNothingTwice kills the program, as kill -9
// does, again and again at random moments of its traffic, and resumes it. What was
// on disk is never asked for again, and the end is that of a run nobody killed.
// SCRUM_KILLS sets the number of runs, SCRUM_SEED repeats one.
func TestARunThatIsKilledAtAnyMomentPaysForNothingTwice(t *testing.T) {
	runs := number(t, "SCRUM_KILLS", 2)
	seed := uint64(number(t, "SCRUM_SEED", int(rand.Uint32())))
	repo := killRepo(t)
	for i := range runs {
		k := &killed{t: t, repo: repo, random: rand.New(rand.NewPCG(seed, uint64(i)))}
		t.Logf("SCRUM_SEED=%d, run %d", seed, i)
		k.untilDone()
	}
}

func number(t *testing.T, variable string, fallback int) int {
	text := os.Getenv(variable)
	if text == "" {
		return fallback
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", variable, err)
	}
	return n
}

const killFiles = 6

func killRepo(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	git := func(args ...string) {
		cmd := exec.CommandContext(t.Context(), "git", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1",
			"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	git("init", "-q")
	git("commit", "-q", "--allow-empty", "-m", "base")
	for i := range killFiles {
		name := filepath.Join(dir, fmt.Sprintf("part%d", i), "f.txt")
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(strings.Repeat(fmt.Sprintf("line of %d\n", i), 120)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	git("add", "-A")
	git("commit", "-q", "-m", "change")
	return dir
}

// killed is a run with what its models know of it.
type killed struct {
	t      *testing.T
	repo   string
	dir    string // of the run
	random *rand.Rand

	mu      sync.Mutex
	program *os.Process // guarded by mu
	fuse    int         // guarded by mu: events until it is killed; negative: never
	asked   []string    // guarded by mu: the seats of this process
}

const killConfig = `
providers: {p: {base_url: %s/v1, concurrency: 3}}
reviewers:
  - {name: opus, provider: p, model: anthropic/claude-opus-4.7}
  - {name: kimi, provider: p, model: moonshotai/kimi-k2.6}
guards: {warn: 2KB, refuse: 4KB}
engagement: {min_tokens: 1}
`

func (k *killed) untilDone() {
	server := httptest.NewServer(k.handler())
	defer server.Close()
	config := filepath.Join(k.t.TempDir(), "panel.yaml")
	if err := os.WriteFile(config, []byte(fmt.Sprintf(killConfig, server.URL)), 0o600); err != nil {
		k.t.Fatal(err)
	}
	k.dir = filepath.Join(k.t.TempDir(), "run")
	const most = 40
	for n := range most {
		stored := k.stored()
		args := []string{"review", "HEAD~1..HEAD", "--no-cache", "--config", config, "--out", k.dir, "--format", "json"}
		if _, err := os.Stat(filepath.Join(k.dir, "run.json")); err == nil {
			args = []string{"review", "--resume", k.dir, "--no-cache", "--format", "json"}
		} else if err := os.RemoveAll(k.dir); err != nil {
			k.t.Fatal(err)
		}
		out, done := k.start(args, n == most-1)
		for _, seat := range k.asked {
			if stored[seat] {
				k.t.Fatalf("%s was answered and stored, and asked again", seat)
			}
		}
		if done {
			k.check(out)
			return
		}
	}
	k.t.Fatalf("not done after %d starts", most)
}

// start runs the program until it ends or is killed.
func (k *killed) start(args []string, toTheEnd bool) (stdout string, done bool) {
	cmd := exec.CommandContext(k.t.Context(), "scrum", args...)
	cmd.Dir = k.repo
	var out, log strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &log
	k.mu.Lock()
	k.asked, k.fuse = nil, k.random.IntN(60)
	if toTheEnd {
		k.fuse = -1
	}
	err := cmd.Start()
	k.program = cmd.Process
	k.mu.Unlock()
	if err != nil {
		k.t.Fatal(err)
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code >= 0 && code != 1 {
		k.t.Fatalf("exit status %d\n%s", code, log.String())
	}
	return out.String(), cmd.ProcessState.ExitCode() == 1
}

// event burns the fuse down.
func (k *killed) event() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.fuse--; k.fuse == 0 {
		_ = k.program.Kill()
	}
}

var killPath = regexp.MustCompile(`(?m)^- (part\d+/f\.txt)  \(`)

// handler answers every seat with a finding that both models share.
func (k *killed) handler() http.Handler {
	models := scripted.New(func(r scripted.Request) scripted.Answer {
		var b strings.Builder
		for _, m := range killPath.FindAllStringSubmatch(r.User, -1) {
			k.mu.Lock()
			k.asked = append(k.asked, r.Model+" "+m[1])
			k.mu.Unlock()
			fmt.Fprintf(&b, "### BLOCK: the lines repeat\nWHERE: %s:7\nWHY: %s\nFIX: say it once\n\nCOVERED: %s\n", m[1], strings.Repeat("they do. ", 60), m[1])
		}
		return scripted.Answer{Text: b.String()}
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		k.event()
		models.ServeHTTP(eventful{w, k}, r)
		k.event()
	})
}

// eventful counts each piece of an answer as an event.
type eventful struct {
	http.ResponseWriter
	k *killed
}

func (e eventful) Flush() {
	e.ResponseWriter.(http.Flusher).Flush() //nolint:forcetypeassert // net/http's own
	e.k.event()
}

// stored are the seats that have an answer on disk; every file is whole.
func (k *killed) stored() map[string]bool {
	out := map[string]bool{}
	for _, name := range []string{"opus", "kimi"} {
		files, err := filepath.Glob(filepath.Join(k.dir, "responses", "*", name+".json"))
		if err != nil {
			k.t.Fatal(err)
		}
		for _, f := range files {
			var a struct{ Model, State, Bundle string }
			data, err := os.ReadFile(f)
			if err == nil {
				err = json.Unmarshal(data, &a)
			}
			if err != nil {
				k.t.Fatalf("%s is not whole: %v", f, err)
			}
			if a.State == "engaged" {
				bundle, err := os.ReadFile(filepath.Join(k.dir, "bundles", a.Bundle+".diff"))
				if err != nil {
					k.t.Fatal(err)
				}
				for _, path := range regexp.MustCompile(`(?m)^\+\+\+ b/(\S+)$`).FindAllStringSubmatch(string(bundle), -1) {
					out[a.Model+" "+path[1]] = true
				}
			}
		}
	}
	return out
}

// check holds the end against that of a run that nobody killed.
func (k *killed) check(out string) {
	r, err := report.Decode(strings.NewReader(out))
	if err != nil {
		k.t.Fatalf("%v\n%s", err, out)
	}
	if len(r.Findings) != killFiles || len(r.Coverage) != 2*len(r.Bundles) || r.Verdict.ExitCode != 1 {
		k.t.Errorf("%d findings, %d seats, %+v", len(r.Findings), len(r.Coverage), r.Verdict)
	}
	for _, f := range r.Findings {
		if f.Convergence != 2 || len(f.Sources) != 2 {
			k.t.Errorf("%s: %d lineages, %d sources", f.Path, f.Convergence, len(f.Sources))
		}
	}
	for _, s := range r.Coverage {
		if s.State != "engaged" {
			k.t.Errorf("%s on %s: %s %s", s.Reviewer, s.Bundle, s.State, s.Error)
		}
	}
	_ = filepath.WalkDir(k.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || strings.HasPrefix(e.Name(), ".tmp-") {
			k.t.Errorf("left behind: %s %v", path, err)
		}
		return nil
	})
}
