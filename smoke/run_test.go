package smoke_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scrum/gauntlet"
	"scrum/smoke"
)

// decode reads a gauntlet file in which ACT stands for this binary's commands.
func decode(t *testing.T, text string) (smoke.Spec, error) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	file, err := gauntlet.Parse("gauntlet.yaml", []byte(strings.ReplaceAll(text, "ACT", strconv.Quote(self)+", act")))
	if err != nil {
		t.Fatal(err)
	}
	return smoke.Decode(file.Name, file.Section("services"), file.Section("smoke"))
}

func run(t *testing.T, text string, opt smoke.Options) *smoke.Result {
	t.Helper()
	return runCtx(t, t.Context(), text, opt)
}

func runCtx(t *testing.T, ctx context.Context, text string, opt smoke.Options) *smoke.Result {
	t.Helper()
	spec, err := decode(t, text)
	if err != nil {
		t.Fatal(err)
	}
	if opt.Dir == "" {
		opt.Dir = t.TempDir()
	}
	r, err := smoke.Run(ctx, spec, opt)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// outcomes are the results by name: "migrate PASS".
func outcomes(r *smoke.Result) []string {
	var out []string
	for _, s := range r.Services {
		out = append(out, s.Name+" "+string(s.Result))
	}
	for _, s := range r.Steps {
		out = append(out, s.Name+" "+string(s.Result))
	}
	return out
}

func expect(t *testing.T, r *smoke.Result, verdict smoke.Verdict, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, outcomes(r)); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	if r.Verdict != verdict {
		t.Errorf("verdict is %s, want %s: %s", r.Verdict, verdict, r.Summary())
	}
	if t.Failed() {
		for _, s := range r.Services {
			t.Logf("%s: %s", s.Name, s.Cause)
		}
		for _, s := range r.Steps {
			t.Logf("%s: %s\n%s", s.Name, s.Cause, s.Output)
		}
	}
}

func step(t *testing.T, r *smoke.Result, name string) smoke.StepResult {
	t.Helper()
	i := slices.IndexFunc(r.Steps, func(s smoke.StepResult) bool { return s.Name == name })
	if i < 0 {
		t.Fatalf("there is no step %s in %v", name, outcomes(r))
	}
	return r.Steps[i]
}

func holds(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("%q does not hold %q", text, p)
		}
	}
}

func TestServicesAreReadyBeforeTheyAreUsedAndGoneAfterwards(t *testing.T) {
	h := newHome(t)
	r := run(t, `
services:
  web:
    run: [ACT, serve, "127.0.0.1:{{port.web}}"]
    ready: {tcp: "127.0.0.1:{{port.web}}"}
  log:
    run: [ACT, announce and hold, log, now listening on 1]
    ready: {log: "listening on [0-9]+$"}
    needs: [web]
  command:
    run: [ACT, hold, command]
    ready: {exec: [ACT, say, fine]}
    stop: {grace: 50ms}
  once:
    run: [ACT, exit, "4", done]
    ready: {exit: 4}
smoke:
  steps:
    - {name: first, run: [ACT, say, hello], needs: [web, log, command, once]}
    - {name: second, run: [ACT, say, hello], needs: [first]}
`, smoke.Options{})
	expect(t, r, smoke.Passed, "web PASS", "log PASS", "command PASS", "once PASS", "first PASS", "second PASS")
	h.gone("server", "log", "command")
	if got := r.Services[2].Stopped; got != "KILL" {
		t.Errorf("a service that obeys no signal was stopped by %q", got)
	}
	if got := r.Services[3].Stopped; got != "" {
		t.Errorf("a one-shot was stopped by %q", got)
	}
	if !strings.HasPrefix(r.Summary(), "2/2 PASS in ") || strings.Contains(r.Summary(), "(") {
		t.Errorf("the summary is %q", r.Summary())
	}
}

func TestEveryWayToFailHasItsOwnResult(t *testing.T) {
	r := run(t, `
smoke:
  steps:
    - {name: fails, run: [ACT, exit, "3", because of this]}
    - {name: missing, run: [./no-such-program]}
    - {name: nowhere, run: [ACT, say, x], dir: not/there}
    - {name: unknown, run: [no-such-program-on-path]}
    - {name: flaky, run: [ACT, second, seen], retries: 2}
    - {name: never, run: [ACT, exit, "1", no], retries: 2}
    - {name: after, run: [ACT, say, x], needs: [fails]}
    - {name: later, run: [ACT, say, x], needs: [after]}
    - {name: fine, run: [ACT, complain, a warning], needs: [flaky]}
`, smoke.Options{})
	expect(t, r, smoke.Failed, "fails FAIL", "missing ERROR", "nowhere ERROR", "unknown ERROR", "flaky FLAKY", "never FAIL",
		"after SKIP", "later SKIP", "fine PASS")
	for name, cause := range map[string]string{
		"fails": "exit status 3", "missing": "was not found", "nowhere": "not/there does not exist", "unknown": "not found on PATH",
		"flaky": "the first attempt was FAIL: exit status 3", "after": "step fails FAIL", "later": "step fails FAIL",
	} {
		holds(t, step(t, r, name).Cause, cause)
	}
	holds(t, step(t, r, "fails").Output, "because of this")
	flaky := step(t, r, "flaky")
	if flaky.Attempts != 2 || flaky.FirstFailure == nil {
		t.Fatalf("flaky is %+v", flaky)
	}
	holds(t, flaky.FirstFailure.Output, "not the second time")
	if n := step(t, r, "never"); n.Attempts != 3 || n.FirstFailure == nil {
		t.Errorf("never was tried %d times", n.Attempts)
	}
	if s := step(t, r, "fine"); s.Output != "" {
		t.Errorf("a step that passed has output %q", s.Output)
	}
	if r.Totals.Skip != 2 || r.Totals.Flaky != 1 {
		t.Errorf("totals are %+v", r.Totals)
	}
}

func TestAStepThatTakesTooLongIsEndedWithAllThatItHasStarted(t *testing.T) {
	h := newHome(t)
	r := run(t, `
smoke:
  steps:
    - {name: slow, run: [ACT, parent, slow], timeout: 2s, grace: 10ms}
`, smoke.Options{})
	expect(t, r, smoke.Failed, "slow TIMEOUT")
	holds(t, r.Steps[0].Cause, "after 2s")
	h.gone("slow")
}

func TestAServiceThatEndsBeforeItIsReadyFailsAtOnceWithTheEndOfItsLog(t *testing.T) {
	r := run(t, `
services:
  db:
    run: [ACT, exit, "3", no disk is left]
    ready: {tcp: "127.0.0.1:{{port.db}}"}
    ready_timeout: 10m
smoke:
  steps:
    - {name: query, run: [ACT, say, x], needs: [db]}
    - {name: other, run: [ACT, say, x]}
`, smoke.Options{})
	expect(t, r, smoke.Failed, "db ERROR", "query SKIP", "other PASS")
	holds(t, r.Services[0].Cause, "it ended before it was ready: exit status 3", "no disk is left")
	holds(t, r.Steps[0].Cause, "service db ERROR: it ended before it was ready: exit status 3")
}

func TestAServiceThatDoesNotBecomeReadyInTimeIsNamedWithWhatTheLastLookSaw(t *testing.T) {
	newHome(t)
	r := run(t, `
services:
  db:
    run: [ACT, announce and hold, db, "{{port.db}}"]
    ready: {tcp: "127.0.0.1:{{port.db}}"}
    ready_timeout: 300ms
smoke:
  steps:
    - {name: query, run: [ACT, say, x], needs: [db]}
`, smoke.Options{})
	expect(t, r, smoke.Failed, "db ERROR", "query SKIP")
	holds(t, r.Services[0].Cause, "it was not ready within 300ms: ", "127.0.0.1:"+strconv.Itoa(r.Services[0].Ports["db"]))
}

func TestAOneShotWithAnotherStatusIsAnError(t *testing.T) {
	r := run(t, `
services:
  load:
    run: [ACT, exit, "2", bad data]
    ready: {exit: 0}
smoke:
  steps:
    - {name: query, run: [ACT, say, x], needs: [load]}
`, smoke.Options{})
	expect(t, r, smoke.Failed, "load ERROR", "query SKIP")
	holds(t, r.Services[0].Cause, "it ended with exit status 2, not 0", "bad data")
}

func TestAServiceThatDiesWhileItIsNeededIsAnError(t *testing.T) {
	h := newHome(t)
	go func() { h.await("db", "query"); h.answer("db"); h.gone("db"); h.answer("query") }()
	r := run(t, `
services:
  db:
    run: [ACT, serve and die, "127.0.0.1:{{port.db}}", db]
    ready: {tcp: "127.0.0.1:{{port.db}}"}
smoke:
  jobs: 1
  steps:
    - {name: query, run: [ACT, meet, query], needs: [db]}
`, smoke.Options{})
	expect(t, r, smoke.Failed, "db ERROR", "query PASS")
	holds(t, r.Services[0].Cause, "exit status 7", "dying of something")
}

func TestProcessesThatAreLeftBehindAreSweptAndNamed(t *testing.T) {
	for _, mode := range []string{"parent", "parent of an escaping one"} {
		if strings.Contains(mode, "escaping") && runtime.GOOS != "linux" {
			continue // nothing portable finds it
		}
		t.Run(mode, func(t *testing.T) {
			h := newHome(t)
			go func() { h.await("daemon", "daemon's child"); h.answer("daemon") }()
			r := run(t, `
smoke:
  steps:
    - {name: daemon, run: [ACT, `+mode+`, daemon]}
    - {name: next, run: [ACT, say, x], needs: [daemon]}
`, smoke.Options{})
			expect(t, r, smoke.Failed, "daemon LEAK", "next PASS")
			holds(t, r.Steps[0].Cause, "left running")
			if len(r.Steps[0].LeftOver) != 1 {
				t.Errorf("left over: %v", r.Steps[0].LeftOver)
			}
			h.gone("daemon's child")
		})
	}
}

func TestAOneShotThatLeavesAProcessLeaks(t *testing.T) {
	h := newHome(t)
	go func() { h.await("load", "load's child"); h.answer("load") }()
	r := run(t, `
services:
  load: {run: [ACT, parent, load], ready: {exit: 0}}
smoke:
  steps:
    - {name: query, run: [ACT, say, x], needs: [load]}
`, smoke.Options{})
	expect(t, r, smoke.Failed, "load LEAK", "query PASS")
	h.gone("load's child")
}

func TestServicesAreStoppedInReverseOrder(t *testing.T) {
	dir := t.TempDir()
	if runtime.GOOS == "windows" {
		t.Skip("needs traps of a shell")
	}
	r := run(t, `
services:
  a: {run: "trap 'echo a >>order; exit' TERM; echo up; while :; do sleep 0.01; done", ready: {log: up}}
  b: {run: "trap 'echo b >>order; exit' TERM; echo up; while :; do sleep 0.01; done", ready: {log: up}, needs: [a]}
  c: {run: "trap 'echo c >>order; exit' TERM; echo up; while :; do sleep 0.01; done", ready: {log: up}, needs: [b]}
smoke:
  steps:
    - {name: use, run: [ACT, say, x], needs: [c]}
`, smoke.Options{Dir: dir})
	expect(t, r, smoke.Passed, "a PASS", "b PASS", "c PASS", "use PASS")
	order, err := os.ReadFile(filepath.Join(dir, "order"))
	if err != nil || string(order) != "c\nb\na\n" {
		t.Errorf("stopped in the order %q, %v", order, err)
	}
	if got := r.Services[0].Stopped; got != "TERM" {
		t.Errorf("stopped by %q", got)
	}
}

func TestAnInterruptTakesEverythingDown(t *testing.T) {
	h := newHome(t)
	ctx, interrupt := context.WithCancel(t.Context())
	go func() { h.await("db", "query"); interrupt() }()
	r := runCtx(t, ctx, `
services:
  db: {run: [ACT, announce and hold, db, up], ready: {log: up}}
smoke:
  jobs: 1
  steps:
    - {name: query, run: [ACT, meet, query], needs: [db], retries: 5}
    - {name: next, run: [ACT, say, x], needs: [query]}
`, smoke.Options{})
	expect(t, r, smoke.Interrupted, "db PASS", "query ERROR", "next SKIP")
	h.gone("db", "query")
	holds(t, r.Steps[1].Cause, "interrupted")
	if r.Steps[0].Attempts != 1 {
		t.Errorf("an interrupted step was tried %d times", r.Steps[0].Attempts)
	}
}

func TestAPanicTakesEverythingDown(t *testing.T) {
	h := newHome(t)
	spec, err := decode(t, `
services:
  db: {run: [ACT, announce and hold, db, up], ready: {log: up}}
smoke:
  steps:
    - {name: query, run: [ACT, announce and hold, query, x], needs: [db]}
    - {name: other, run: [ACT, say, x], needs: [db]}
`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if p := recover(); p != "observed" {
			t.Errorf("panic is %v", p)
		}
		h.gone("db")
	}()
	_, _ = smoke.Run(t.Context(), spec, smoke.Options{Dir: t.TempDir(), Jobs: 2, Observe: func(e smoke.Event) {
		if e.Name == "other" && !e.Began {
			panic("observed")
		}
	}})
	t.Error("the panic was swallowed")
}

func TestStepsRunSideBySideUpToTheLimit(t *testing.T) {
	h := newHome(t)
	go func() { // neither gets its answer before both have called
		h.await("a", "b")
		h.answer("a")
		h.answer("b")
	}()
	running, most := 0, 0
	r := run(t, `
smoke:
  jobs: 1
  steps:
    - {name: a, run: [ACT, meet, a]}
    - {name: b, run: [ACT, meet, b]}
    - {name: c, run: [ACT, say, x]}
    - {name: d, run: [ACT, say, x]}
`, smoke.Options{Jobs: 2, Observe: func(e smoke.Event) {
		if running--; e.Began {
			running += 2
		}
		most = max(most, running)
	}})
	expect(t, r, smoke.Passed, "a PASS", "b PASS", "c PASS", "d PASS")
	if most != 2 {
		t.Errorf("%d steps ran at a time", most)
	}
}

func TestStepsWithACommonLockNeverRunTogether(t *testing.T) {
	held := 0
	r := run(t, `
smoke:
  jobs: 8
  steps:
    - {name: a, run: [ACT, say, x], locks: [database, cache]}
    - {name: b, run: [ACT, say, x], locks: [database]}
    - {name: c, run: [ACT, second, there], locks: [cache, database], retries: 1}
`, smoke.Options{Observe: func(e smoke.Event) {
		if held--; e.Began {
			held += 2
		}
		if held > 1 {
			t.Errorf("%s runs beside another", e.Name)
		}
	}})
	expect(t, r, smoke.Passed, "a PASS", "b PASS", "c FLAKY")
}

const selection = `
services:
  db: {run: [ACT, announce and hold, db, up], ready: {log: up}}
  web: {run: [ACT, announce and hold, web, up], ready: {log: up}}
smoke:
  steps:
    - {name: migrate, run: [ACT, say, x], needs: [db]}
    - {name: order, run: [ACT, say, x], needs: [migrate], tags: [fast, orders]}
    - {name: page, run: [ACT, say, x], needs: [web], tags: [fast]}
    - {name: long, run: [ACT, say, x]}
`

func TestOnlyWhatIsSelectedRunsWithWhatItNeeds(t *testing.T) {
	for name, c := range map[string]struct {
		opt  smoke.Options
		want []string
	}{
		"a name brings along what it needs": {smoke.Options{Only: []string{"order"}}, []string{"db PASS", "migrate PASS", "order PASS"}},
		"a tag takes all that carry it":     {smoke.Options{Tags: []string{"fast"}}, []string{"db PASS", "web PASS", "migrate PASS", "order PASS", "page PASS"}},
		"a name and a tag must both hold":   {smoke.Options{Tags: []string{"fast"}, Only: []string{"page", "long"}}, []string{"web PASS", "page PASS"}},
		"without needs no service starts":   {smoke.Options{Only: []string{"long"}}, []string{"long PASS"}},
	} {
		t.Run(name, func(t *testing.T) {
			newHome(t)
			r := run(t, selection, c.opt)
			expect(t, r, smoke.Passed, c.want...)
			if got := len(r.NotSelected) + len(r.Services) + len(r.Steps); got != 6 {
				t.Errorf("%d of 6 are accounted for", got)
			}
		})
	}
}

func TestASlipInASelectionIsAnErrorThatNamesTheNearest(t *testing.T) {
	spec, err := decode(t, selection)
	if err != nil {
		t.Fatal(err)
	}
	for want, opt := range map[string]smoke.Options{
		`unknown step "ordr"; did you mean order?`:              {Only: []string{"ordr"}},
		`unknown tag "fats"; did you mean fast?`:                {Tags: []string{"fats"}},
		"no step has both a name and a tag that were asked for": {Only: []string{"long"}, Tags: []string{"fast"}},
	} {
		if _, err := smoke.Run(t.Context(), spec, opt); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if _, err := smoke.Run(t.Context(), smoke.Spec{File: "g.yaml"}, smoke.Options{}); err == nil {
		t.Error("a file without steps passes")
	}
}

func TestAPersistentServiceThatIsUpIsUsedAndLeftAlone(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	text := `
services:
  db:
    ready: {tcp: "127.0.0.1:{{port.db}}"}
    port: ` + port + `
    persistent: true
smoke:
  steps:
    - {name: query, run: [ACT, say, x], needs: [db]}
`
	r := run(t, text, smoke.Options{})
	expect(t, r, smoke.Passed, "db PASS", "query PASS")
	if !r.Services[0].Reused {
		t.Errorf("%+v", r.Services[0])
	}
	if conn, err := net.Dial("tcp", l.Addr().String()); err != nil {
		t.Errorf("it is gone: %v", err)
	} else {
		_ = conn.Close()
	}
	_ = l.Close()
	r = run(t, text, smoke.Options{})
	expect(t, r, smoke.Inconclusive, "db ERROR", "query SKIP")
	holds(t, r.Services[0].Cause, "it is not up, and has no run to start it")
}

func TestAPortThatIsTakenIsToldBeforeTheServiceStarts(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	text := `
services:
  web:
    run: [ACT, write, started, x]
    ready: {exit: 0}
    ports: {web: ` + strconv.Itoa(l.Addr().(*net.TCPAddr).Port) + `}
smoke:
  steps:
    - {name: page, run: [ACT, say, x], needs: [web]}
`
	dir := t.TempDir()
	r := run(t, text, smoke.Options{Dir: dir})
	expect(t, r, smoke.Inconclusive, "web ERROR", "page SKIP")
	holds(t, r.Services[0].Cause, "is in use already")
	if _, err := os.Stat(filepath.Join(dir, "started")); err == nil {
		t.Error("it was started all the same")
	}
	r = run(t, text+"    - {name: other, run: [ACT, say, x]}\n", smoke.Options{})
	expect(t, r, smoke.Failed, "web ERROR", "page SKIP", "other PASS")
}

func TestAllChildrenKnowAllPorts(t *testing.T) {
	r := run(t, `
services:
  web-1:
    run: [ACT, exit, "0", "{{port.web-1}}"]
    ready: {exit: 0}
    ports: {admin: 0}
  other: {run: [x], ready: {exit: 0}, ports: {fixed: 47811}}
smoke:
  steps:
    - {name: by-variable, run: [ACT, env, SCRUM_PORT_WEB_1], needs: [web-1]}
    - {name: by-name, run: [ACT, exit, "1", "{{port.web-1}}"]}
    - {name: own, run: [ACT, env, URL], env: {URL: "http://h:{{ port.fixed }}/"}}
    - {name: admin, run: [ACT, env, SCRUM_PORT_ADMIN]}
`, smoke.Options{})
	port := strings.TrimSpace(step(t, r, "by-name").Output)
	if n, err := strconv.Atoi(port); err != nil || n < 1024 {
		t.Errorf("the port is %q", port)
	}
	if got := strings.TrimSpace(step(t, r, "by-variable").Output); got != port {
		t.Errorf("the variable says %q, the name %q", got, port)
	}
	if got := step(t, r, "own").Output; got != "http://h:47811/\n" {
		t.Errorf("the variable of its own is %q", got)
	}
	if got := strings.TrimSpace(step(t, r, "admin").Output); got == port || got == "" {
		t.Errorf("the second port is %q, the first %q", got, port)
	}
}

func TestALongOutputIsCutInTheMiddleAndKeptInTheLog(t *testing.T) {
	logs := t.TempDir()
	r := run(t, `
smoke:
  steps:
    - {name: flood, run: [ACT, flood, "3000000"], retries: 1}
`, smoke.Options{Logs: logs})
	out := r.Steps[0].Output
	holds(t, out, "first\n", "bytes are cut here; the log has them]", "\nlast\n")
	if len(out) > 70<<10 {
		t.Errorf("%d bytes are kept", len(out))
	}
	log, err := os.ReadFile(filepath.Join(logs, r.Steps[0].Log))
	if err != nil || len(log) < 6_000_000 || !strings.Contains(string(log), "--- attempt 2\n") {
		t.Errorf("the log has %d bytes, %v", len(log), err)
	}
}
