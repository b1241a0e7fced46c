//go:build unix

// Package cluster_test runs reviews on a real Temporal server, with workers that are
// processes of their own and models that are real HTTP servers with scripted answers.
package cluster_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"scrum/report"
	"scrum/run/scripted"
)

// tools are the programs under test: SCRUM_TEMPORAL names the server's. Without it there
// is nothing to test against, and make e2e-cluster sets it.
func tools(t testing.TB) (temporal, scrum string) {
	t.Helper()
	temporal = os.Getenv("SCRUM_TEMPORAL")
	if temporal == "" {
		t.Skip("SCRUM_TEMPORAL names no server; make e2e-cluster builds one")
	}
	scrum = filepath.Join(t.TempDir(), "scrum")
	if out, err := exec.Command("go", "build", "-o", scrum, "scrum/cmd/scrum").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return temporal, scrum
}

// stage is a cluster with its models: everything is on this machine.
type stage struct {
	t       testing.TB
	dir     string
	scrum   string
	address string
	server  *exec.Cmd
	models  *models
	durable bool
	atOnce  int // seats at a time, in the configuration that is written next
	rpm     int // requests a minute; 0 is no limit
	salt    int // another one makes other work of the same change
	blobs   string
	keys    []string // variables of the blob store
}

// durable lets the server keep its state in a file, to be started again.
func durable(s *stage) { s.durable = true }

func newStage(t testing.TB, temporal, scrum string, delay time.Duration, how ...func(*stage)) *stage {
	t.Helper()
	s := &stage{t: t, dir: t.TempDir(), scrum: scrum, models: newModels(t, delay), atOnce: 50}
	for _, h := range how {
		h(s)
	}
	if s.blobs == "" {
		s.blobs = filepath.Join(s.dir, "blobs")
	}
	s.address = fmt.Sprintf("127.0.0.1:%d", freePort(t))
	s.startServer(temporal)
	return s
}

func (s *stage) startServer(temporal string) {
	s.t.Helper()
	_, port, _ := net.SplitHostPort(s.address)
	args := []string{"server", "start-dev", "--headless", "--ip", "127.0.0.1", "--port", port, "--log-level", "error"}
	if s.durable {
		args = append(args, "--db-filename", filepath.Join(s.dir, "temporal.db"))
	}
	s.server = exec.Command(temporal, args...)
	s.server.Env = append(os.Environ(), "HOME="+s.dir)
	log := s.file("server.log")
	s.server.Stdout, s.server.Stderr = log, log
	if err := s.server.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = s.server.Process.Kill(); _, _ = s.server.Process.Wait() })
	s.until("the server answers", func() bool {
		c, err := net.Dial("tcp", s.address)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
}

func (s *stage) file(name string) *os.File {
	s.t.Helper()
	f, err := os.OpenFile(filepath.Join(s.dir, name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = f.Close() })
	return f
}

// until waits for a condition; the tests' own deadline ends it.
func (s *stage) until(what string, ok func() bool) {
	s.t.Helper()
	for range 600 {
		if ok() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	s.t.Fatalf("in vain: %s", what)
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}

func (s *stage) env(more ...string) []string {
	return slices.Concat([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + s.dir, "NO_COLOR=1", "TEMPORAL_ADDRESS=" + s.address,
		"SCRUM_CLUSTER_BLOBS=" + s.blobs, "MODELS_KEY=secret-of-the-worker", "GIT_CONFIG_NOSYSTEM=1"}, s.keys, more)
}

// worker starts a worker and waits until it serves.
func (s *stage) worker(name string, args ...string) *exec.Cmd {
	s.t.Helper()
	w := exec.Command(s.scrum, append([]string{"worker", "--config", s.config()}, args...)...)
	w.Env = s.env()
	log := s.file(name + ".log")
	w.Stdout, w.Stderr = log, log
	if err := w.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = w.Process.Kill(); _, _ = w.Process.Wait() })
	s.until(name+" serves", func() bool {
		data, _ := os.ReadFile(filepath.Join(s.dir, name+".log"))
		return bytes.Contains(data, []byte("serving "))
	})
	return w
}

func (s *stage) config() string {
	s.t.Helper()
	path := filepath.Join(s.dir, "scrum.yaml")
	text := fmt.Sprintf(`providers:
  models: {base_url: "%s/v1", api_key_env: MODELS_KEY, concurrency: %d, rpm: %d}
reviewers:
  - {name: opus, provider: models, model: anthropic/claude-opus-4.7}
  - {name: kimi, provider: models, model: moonshotai/kimi-k2.6}
panels: {default: [opus, kimi]}
cache: {enabled: false}
guards: {warn: 2KB, refuse: 100KB}
deadlines: {seat: %dm}
`, s.models.URL, s.atOnce, s.rpm, 5+s.salt)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return path
}

// repository has a change of so many files, a bundle each.
func (s *stage) repository(files int) string {
	s.t.Helper()
	dir := filepath.Join(s.dir, "repo")
	git := func(args ...string) {
		s.t.Helper()
		cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=a", "-c", "user.email=a@example.com"}, args...)...)
		cmd.Env = s.env()
		if out, err := cmd.CombinedOutput(); err != nil {
			s.t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		s.t.Fatal(err)
	}
	git("init", "-q", "-b", "main")
	git("commit", "-q", "--allow-empty", "-m", "first")
	git("checkout", "-q", "-b", "change")
	for i := range files {
		var text strings.Builder
		for line := range 60 {
			fmt.Fprintf(&text, "value %d of file %d is %d\n", line, i, i*line)
		}
		path := filepath.Join(dir, fmt.Sprintf("part%03d", i), "values.txt")
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			s.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
			s.t.Fatal(err)
		}
	}
	git("add", ".")
	git("commit", "-q", "-m", "change")
	return dir
}

// ended is how a command has ended.
type ended struct {
	code           int
	stdout, stderr string
}

func (s *stage) command(args ...string) *exec.Cmd {
	cmd := exec.Command(s.scrum, args...)
	cmd.Dir, cmd.Env = filepath.Join(s.dir, "repo"), s.env()
	return cmd
}

func (s *stage) run(args ...string) ended {
	s.t.Helper()
	cmd := s.command(args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run()
	return ended{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

func (e ended) review(t testing.TB) *report.Review {
	t.Helper()
	r, err := report.Decode(strings.NewReader(e.stdout))
	if err != nil {
		t.Fatalf("%v\nexit %d\n%s\n%s", err, e.code, e.stdout, e.stderr)
	}
	return r
}

// models answer every bundle with one finding in its first file, and count who asked.
type models struct {
	*httptest.Server
	asked  atomic.Int64
	begun  chan struct{}
	mu     sync.Mutex
	by     map[string]int // guarded by mu: requests by bundle and model
	broken atomic.Bool    // answers 503
	delay  time.Duration
	keys   sync.Map
}

func newModels(t testing.TB, delay time.Duration) *models {
	m := &models{by: map[string]int{}, begun: make(chan struct{}, 100_000), delay: delay}
	answers := scripted.New(func(r scripted.Request) scripted.Answer {
		return scripted.Answer{Text: m.answer(r)}
	})
	m.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.keys.Store(r.Header.Get("Authorization"), true)
		m.asked.Add(1)
		m.begun <- struct{}{}
		if m.broken.Load() {
			http.Error(w, `{"error":{"message":"busy"}}`, http.StatusServiceUnavailable)
			return
		}
		select {
		case <-time.After(m.delay):
		case <-r.Context().Done():
			return
		}
		answers.ServeHTTP(w, r)
	}))
	t.Cleanup(m.Close)
	return m
}

func (m *models) answer(r scripted.Request) string {
	var path string
	for _, line := range strings.Split(r.User, "\n") {
		if i := strings.Index(line, "part"); i >= 0 && strings.Contains(line, "/values.txt") {
			path = line[i : i+len("part000/values.txt")]
			break
		}
	}
	m.mu.Lock()
	m.by[path+" "+r.Model]++
	m.mu.Unlock()
	return fmt.Sprintf("### BLOCK: the value of line seven is wrong\nWHERE: %s:7\nWHY: `value 7` must not be what it is, %s\nFIX: compute it\n\nCOVERED: %s\n", path, strings.Repeat("as the tests of the module show, ", 20), path)
}

// twice are the seats that were asked more than once.
func (m *models) twice() map[string]int {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := map[string]int{}
	for k, n := range m.by {
		if n > 1 {
			out[k] = n
		}
	}
	return out
}

// essence is what must be the same wherever a review was made: all but times and names.
func essence(t testing.TB, r *report.Review) string {
	t.Helper()
	type row struct{ Bundle, Reviewer, Lineage, Model, State, Error string }
	var rows []row
	for _, s := range r.Coverage {
		rows = append(rows, row{s.Bundle, s.Reviewer, s.Lineage, s.AnsweredModel, string(s.State), s.Error})
	}
	data, err := json.MarshalIndent([]any{r.Verdict, r.Bundles, rows, r.Tally, r.Findings, r.Unparsed, r.Anchors, r.LeftOut}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestAReviewOnTheClusterIsTheReviewOfOneMachine(t *testing.T) {
	temporal, scrum := tools(t)
	s := newStage(t, temporal, scrum, 0)
	s.repository(12)
	here := s.run("review", "--config", s.config(), "--format", "json").review(t)
	s.worker("worker1")
	s.worker("worker2")
	e := s.run("submit", "--wait", "--config", s.config(), "--format", "json")
	there := e.review(t)
	if a, b := essence(t, here), essence(t, there); a != b {
		t.Errorf("on one machine:\n%s\non the cluster:\n%s", a, b)
	}
	if e.code != 1 || len(there.Findings) != 12 || there.Totals.Convergent != 12 {
		t.Errorf("exit %d, %d findings, %d convergent\n%s", e.code, len(there.Findings), there.Totals.Convergent, e.stderr)
	}
	if *record != "" {
		s.recordHistory(temporal, e.stderr)
	}
	asked := s.models.asked.Load()
	again := s.run("submit", "--wait", "--config", s.config(), "--format", "json").review(t)
	if n := s.models.asked.Load() - asked; n != 0 || essence(t, again) != essence(t, there) {
		t.Errorf("the same submission again has asked %d times", n)
	}
	s.models.keys.Range(func(key, _ any) bool {
		if key != "Bearer secret-of-the-worker" {
			t.Errorf("somebody has asked with %q", key)
		}
		return true
	})
}

// bucket lets the cluster keep its blobs on a server that speaks S3, encrypted.
func bucket(s *stage) {
	s.t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket("reviews"); err != nil {
		s.t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(backend).Server())
	s.t.Cleanup(server.Close)
	s.blobs = "s3://reviews?region=us-east-1&prefix=scrum/&endpoint=" + server.URL
	s.keys = []string{"AWS_ACCESS_KEY_ID=key-of-the-bucket", "AWS_SECRET_ACCESS_KEY=secret-of-the-bucket", "AWS_EC2_METADATA_DISABLED=true",
		"SCRUM_CLUSTER_KEY=" + base64.StdEncoding.EncodeToString(make([]byte, 32))}
}

func TestAReviewThroughABucketIsTheReviewOfOneMachine(t *testing.T) {
	temporal, scrum := tools(t)
	s := newStage(t, temporal, scrum, 0, bucket)
	s.repository(12)
	here := s.run("review", "--config", s.config(), "--format", "json").review(t)
	s.worker("worker1")
	s.worker("worker2")
	e := s.run("submit", "--wait", "--config", s.config(), "--format", "json")
	if a, b := essence(t, here), essence(t, e.review(t)); a != b || e.code != 1 {
		t.Errorf("exit %d; on one machine:\n%s\nthrough the bucket:\n%s\n%s", e.code, a, b, e.stderr)
	}
	if strings.Contains(e.stderr, "secret-of-the-bucket") {
		t.Errorf("the key of the bucket is told:\n%s", e.stderr)
	}
	s.keys[len(s.keys)-1] = "SCRUM_CLUSTER_KEY=" // as somebody who was not told the key
	if e := s.run("submit", "--config", s.config()); e.code != 2 || !strings.Contains(e.stderr, "a new key needs a new store") {
		t.Errorf("exit %d without the key\n%s", e.code, e.stderr)
	}
}

// record keeps the history of a review for the replay tests of package cluster:
// go test ./e2e/cluster -run OneMachine -record ../../cluster/testdata/NAME.history.json
var record = flag.String("record", "", "write the workflow's history to this `FILE`")

func (s *stage) recordHistory(temporal, submitted string) {
	s.t.Helper()
	id := regexp.MustCompile(`scrum-review-[0-9a-f]+`).FindString(submitted)
	out, err := exec.Command(temporal, "workflow", "show", "--address", s.address, "-w", id, "-o", "json").Output()
	if err != nil || id == "" {
		s.t.Fatalf("%q: %v", id, err)
	}
	if err := os.WriteFile(*record, out, 0o644); err != nil {
		s.t.Fatal(err)
	}
}

func TestTwoSubmissionsAtTheSameTimeAreOneReview(t *testing.T) {
	temporal, scrum := tools(t)
	s := newStage(t, temporal, scrum, 100*time.Millisecond)
	s.repository(10)
	s.worker("worker1")
	config := s.config()
	out := make([]ended, 4)
	var wg sync.WaitGroup
	for i := range out {
		wg.Go(func() {
			out[i] = s.run("submit", "--wait", "--config", config, "--format", "json", "--out", filepath.Join(s.dir, fmt.Sprint("run", i)))
		})
	}
	wg.Wait()
	for _, e := range out {
		if a, b := essence(t, e.review(t)), essence(t, out[0].review(t)); a != b {
			t.Errorf("two results of one review:\n%s\n%s", a, b)
		}
	}
	if n := s.models.asked.Load(); n != 20 {
		t.Errorf("20 seats were asked %d times", n)
	}
}

func TestAServerThatIsStartedAgainGoesOn(t *testing.T) {
	temporal, scrum := tools(t)
	s := newStage(t, temporal, scrum, 300*time.Millisecond, durable)
	s.repository(30)
	s.worker("worker1")
	done := make(chan ended, 1)
	go func() { done <- s.run("submit", "--config", s.config()) }()
	if e := <-done; e.code != 0 || !strings.Contains(e.stdout, "60 seats under way") {
		t.Fatalf("%+v", e)
	}
	for range 20 {
		<-s.models.begun
	}
	_ = s.server.Process.Kill()
	_, _ = s.server.Process.Wait()
	s.startServer(temporal)
	e := s.run("submit", "--wait", "--config", s.config(), "--format", "json")
	if r := e.review(t); r.Totals.Convergent != 30 || e.code != 1 {
		t.Errorf("exit %d, %d convergent\n%s", e.code, r.Totals.Convergent, e.stderr)
	}
}

func TestANetworkThatIsCutForAWhileDelaysAndNoMore(t *testing.T) {
	temporal, scrum := tools(t)
	s := newStage(t, temporal, scrum, 200*time.Millisecond)
	s.repository(20)
	s.worker("worker1")
	done := make(chan ended, 1)
	go func() { done <- s.run("submit", "--wait", "--config", s.config(), "--format", "json") }()
	for range 10 {
		<-s.models.begun
	}
	// A server that is stopped is, to all others, a network that carries nothing.
	if err := s.server.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	time.Sleep(8 * time.Second) // the fault itself; nothing is measured by it
	if err := s.server.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	e := <-done
	if r := e.review(t); e.code != 1 || r.Totals.Convergent != 20 {
		t.Errorf("exit %d, %+v\n%s", e.code, r.Verdict, e.stderr)
	}
}

func TestWhatAnOutageLeftUnansweredIsAskedByTheNextSubmission(t *testing.T) {
	temporal, scrum := tools(t)
	s := newStage(t, temporal, scrum, 0)
	s.repository(3)
	s.worker("worker1")
	s.models.broken.Store(true)
	e := s.run("submit", "--wait", "--config", s.config(), "--format", "json")
	if r := e.review(t); e.code != 4 || r.Verdict.Outcome != "inconclusive" {
		t.Fatalf("exit %d, %+v", e.code, r.Verdict)
	}
	s.models.broken.Store(false)
	e = s.run("submit", "--wait", "--config", s.config(), "--format", "json")
	if r := e.review(t); e.code != 1 || r.Totals.Convergent != 3 {
		t.Errorf("exit %d, %+v", e.code, r.Verdict)
	}
}

func TestAScheduleRunsACommandInACheckout(t *testing.T) {
	temporal, scrum := tools(t)
	s := newStage(t, temporal, scrum, 0)
	dir := s.repository(2)
	s.worker("worker1", "--checkout", "product="+dir)
	if e := s.run("schedule", "create", "nightly", "--checkout", "product", "--", "review", "--panel", "offline", "--out", filepath.Join(s.dir, "nightly")); e.code != 0 {
		t.Fatalf("%+v", e)
	}
	if e := s.run("schedule", "create", "bad", "--checkout", "product", "--", "worker"); e.code != 2 {
		t.Errorf("a schedule may run anything: %+v", e)
	}
	if e := s.run("schedule", "trigger", "nightly"); e.code != 0 {
		t.Fatalf("%+v", e)
	}
	s.until("the scheduled review is there", func() bool {
		_, err := os.Stat(filepath.Join(s.dir, "nightly", "findings.json"))
		return err == nil
	})
	s.until("the schedule is listed with its last time", func() bool {
		e := s.run("schedule", "list")
		return strings.HasPrefix(e.stdout, "nightly\tlast 2")
	})
	if e := s.run("schedule", "delete", "nightly"); e.code != 0 {
		t.Errorf("%+v", e)
	}
}

func TestAWorkerThatIsKilledLosesNothing(t *testing.T) {
	temporal, scrum := tools(t)
	s := newStage(t, temporal, scrum, 300*time.Millisecond)
	s.repository(40)
	first := s.worker("worker1", "--concurrency", "8")
	done := make(chan ended, 1)
	go func() { done <- s.run("submit", "--wait", "--config", s.config(), "--format", "json") }()
	for range 20 {
		<-s.models.begun
	}
	_ = first.Process.Kill()
	s.worker("worker2")
	r := (<-done).review(t)
	if r.Verdict.ExitCode != 1 || r.Totals.Convergent != 40 {
		t.Errorf("verdict %+v, %d convergent", r.Verdict, r.Totals.Convergent)
	}
	// Only what was in flight at the killed worker was asked again: 50 at most at a time.
	again := 0
	for _, n := range s.models.twice() {
		again += n - 1
	}
	if again > 50 {
		t.Errorf("%d seats were asked again", again)
	}
}
