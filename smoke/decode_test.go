package smoke_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"scrum/gauntlet"
	"scrum/smoke"
)

func TestAWholeFileIsRead(t *testing.T) {
	text := `services:
  db:
    run: docker compose up
    ready: {tcp: "127.0.0.1:5432"}
    port: 5432
    persistent: true
  api:
    run: [./bin/api, --port, "{{port.api}}", 3]
    env: {DEBUG: 1, EMPTY: ""}
    dir: server
    needs: [db]
    ready: {http: "http://127.0.0.1:{{port.api}}/health"}
    ready_timeout: 10s
    stop: {signal: INT, grace: 1m}
smoke:
  jobs: 2
  steps:
    - {name: migrate, run: [./bin/migrate], needs: [db], timeout: 30s, retries: 1, locks: [database], tags: [slow, fast, fast]}
    - {name: unit, run: go test -json ./..., format: gotest}
    - {name: e2e, run: [e2e], needs: [api, migrate], format: junit, report: out/e2e.xml}
`
	got, err := decode(t, text)
	if err != nil {
		t.Fatal(err)
	}
	want := smoke.Spec{
		File: "gauntlet.yaml", Jobs: 2,
		Services: []smoke.Service{
			{
				Name: "db", Line: 2, Run: smoke.Command{Shell: "docker compose up"}, Ready: smoke.Ready{TCP: "127.0.0.1:5432"}, ReadyTimeout: 30 * time.Second,
				Stop: smoke.Stop{Signal: "TERM", Grace: 5 * time.Second}, Ports: []smoke.Port{{Name: "db", Number: 5432}}, Persistent: true,
			},
			{
				Name: "api", Line: 7, Run: smoke.Command{Args: []string{"./bin/api", "--port", "{{port.api}}", "3"}}, Dir: "server", Needs: []string{"db"},
				Env: []smoke.Variable{{Name: "DEBUG", Value: "1"}, {Name: "EMPTY"}}, Ready: smoke.Ready{HTTP: "http://127.0.0.1:{{port.api}}/health"},
				ReadyTimeout: 10 * time.Second, Stop: smoke.Stop{Signal: "INT", Grace: time.Minute},
			},
		},
		Steps: []smoke.Step{
			{
				Name: "migrate", Line: 18, Run: smoke.Command{Args: []string{"./bin/migrate"}}, Needs: []string{"db"}, Timeout: 30 * time.Second,
				Grace: 5 * time.Second, Retries: 1, Locks: []string{"database"}, Tags: []string{"fast", "slow"}, Format: smoke.Exit,
			},
			{Name: "unit", Line: 19, Run: smoke.Command{Shell: "go test -json ./..."}, Timeout: 5 * time.Minute, Grace: 5 * time.Second, Format: smoke.GoTest},
			{
				Name: "e2e", Line: 20, Run: smoke.Command{Args: []string{"e2e"}}, Needs: []string{"api", "migrate"}, Timeout: 5 * time.Minute,
				Grace: 5 * time.Second, Format: smoke.JUnit, Report: "out/e2e.xml",
			},
		},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(smoke.Port{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

const someService = "services:\n  db: {run: [db], ready: {log: up}}\n"

func TestAMistakeIsNamedWithItsLine(t *testing.T) {
	for text, want := range map[string]string{
		"services:\n  db: {run: [x], redy: {log: up}}\n":                 `gauntlet.yaml:2: unknown key services.db.redy; did you mean ready?`,
		"services:\n  db: {run: [x]}\n":                                  `gauntlet.yaml:2: services.db does not say when it is ready`,
		"services:\n  db:\n    ready: {log: up}\n":                       `gauntlet.yaml:2: services.db has no run`,
		"services:\n  db:\n    run: [x]\n    ready: {log: up, tcp: x}\n": `gauntlet.yaml:4: ready takes one of`,
		"services:\n  db:\n    run: []\n    ready: {log: up}\n":          `gauntlet.yaml:3: run names no program`,
		"services:\n  db:\n    run: [x]\n    ready: {log: \"(\"}\n":      `gauntlet.yaml:4: log is no regular expression`,
		"services:\n  db:\n    run: [x]\n    ready: {http: localhost}\n": `gauntlet.yaml:4: http takes an address`,
		"services:\n  db:\n    run: [x]\n    ready: {exit: 256}\n":       `gauntlet.yaml:4: exit takes a whole number from 0 to 255`,
		"services:\n  ../db: {run: [x], ready: {log: up}}\n":             `gauntlet.yaml:2: a service cannot be called "../db"`,
		"services: [db]\n":     `gauntlet.yaml:1: services takes keys with values, but it is a list`,
		"services:\n  db: x\n": `gauntlet.yaml:2: services.db takes keys with values, but it is "x"`,
		"services:\n  db: {run: [x], ready: {log: up}, stop: {signal: TREM}}\n":               `unknown signal "TREM"; did you mean TERM?`,
		"services:\n  db: {run: [x], ready: {log: up}, stop: {grace: 5}}\n":                   `grace takes a time above zero`,
		"services:\n  db: {run: [x], ready: {log: up}, port: 70000}\n":                        `port takes a whole number from 0 to 65535`,
		"services:\n  db: {run: [x], ready: {log: up}, persistent: 1}\n":                      `persistent takes true or false`,
		"services:\n  db: {run: [x], ready: {log: up}, persistent: true}\n":                   `gauntlet.yaml:2: services.db is persistent: ready must be http, tcp or exec`,
		"services:\n  db: {ready: {tcp: \"h:{{port.db}}\"}, persistent: true}\n":              `gauntlet.yaml:2: services.db is persistent: give the port db a number`,
		"services:\n  db: {run: [x], ready: {tcp: \"h:{{port.bd}}\"}}\n":                      `gauntlet.yaml:2: unknown port "bd"; did you mean db?`,
		"services:\n  db: {run: [x, \"{{ports.db}}\"], ready: {log: up}}\n":                   `unknown placeholder "{{ports.db}}"; did you mean {{port.NAME}}?`,
		"services:\n  db: {run: [x], ready: {log: up}, env: {A=B: 1}}\n":                      `"A=B" is no name of a variable`,
		"services:\n  a: {run: [x], ready: {log: x}, ports: {p: 80, q: 80}}\n":                `the ports p and q have the same number 80`,
		"services:\n  a-b: {run: [x], ready: {log: x}}\n  a_b: {run: [x], ready: {log: x}}\n": `would have the same variable SCRUM_PORT_A_B`,
		"smoke:\n  step: []\n":                                                     `gauntlet.yaml:2: unknown key smoke.step; did you mean steps?`,
		"smoke:\n  steps: {}\n":                                                    `gauntlet.yaml:2: steps takes a list, but it is a set of keys`,
		"smoke:\n  jobs: 0\n":                                                      `gauntlet.yaml:2: jobs takes a whole number from 1 to 1000`,
		"smoke:\n  steps:\n    - {run: [x]}\n":                                     `gauntlet.yaml:3: a step has no name`,
		"smoke:\n  steps:\n    - {name: x}\n":                                      `gauntlet.yaml:3: step x has no run`,
		"smoke:\n  steps:\n    - {name: 1, run: x}\n":                              `gauntlet.yaml:3: name takes a text, but it is "1"; put it in quotes`,
		"smoke:\n  steps:\n    - {name: x, run: [x], format: goteest}\n":           `unknown format "goteest"; did you mean gotest?`,
		"smoke:\n  steps:\n    - {name: x, run: [x], format: junit}\n":             `report must name the file that it writes`,
		"smoke:\n  steps:\n    - {name: x, run: [x], report: a.xml}\n":             `which only the format junit reads`,
		"smoke:\n  steps:\n    - {name: x, run: [x], needs: db}\n":                 `needs takes a list, as in [a, b], but it is "db"`,
		"smoke:\n  steps:\n    - {name: x, name: y, run: [x]}\n":                   `has the key "name" a second time`,
		"smoke:\n  steps:\n    - [x]\n":                                            `gauntlet.yaml:3: smoke.steps[0] takes keys with values, but it is a list`,
		someService + "smoke:\n  steps:\n    - {name: x, run: [x], needs: [dv]}\n": `gauntlet.yaml:5: x needs something that is not there: unknown service or step "dv"; did you mean db?`,
		someService + "smoke:\n  steps:\n    - {name: DB, run: [x]}\n":             `gauntlet.yaml:5: the name DB is taken already, in line 2`,
		"smoke:\n  steps:\n    - {name: a, run: [x], needs: [b]}\n    - {name: b, run: [x], needs: [c]}\n    - {name: c, run: [x], needs: [a]}\n": `gauntlet.yaml:3: a needs itself: a → b → c → a`,
		"smoke:\n  steps:\n    - {name: a, run: [x], needs: [a]}\n":                                                                               `gauntlet.yaml:3: a needs itself: a → a`,
	} {
		_, err := decode(t, text)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "gauntlet.yaml:") {
			t.Errorf("%s\ngot  %v\nwant %s", text, err, want)
		}
	}
}

func TestAllMistakesAreToldAtOnce(t *testing.T) {
	_, err := decode(t, "services:\n  db: {rum: [x]}\nsmoke:\n  steps:\n    - {name: x, run: [x], tiemout: 1s}\n")
	if err == nil {
		t.Fatal("no error")
	}
	holds(t, err.Error(), "did you mean run?", "gauntlet.yaml:5: unknown key smoke.steps[0].tiemout; did you mean timeout?")
}

func TestBracesOfOtherProgramsAreLeftAlone(t *testing.T) {
	if _, err := decode(t, "smoke:\n  steps:\n    - {name: x, run: 'docker inspect -f {{.State.Running}} {{ .Ports }} db'}\n"); err != nil {
		t.Error(err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		someService, "services:\n  a: &a {run: [x], ready: {log: x}}\n  b: *a\n", "smoke: {steps: [{name: x, run: x, needs: [x]}]}",
		"services: {a: {run: '{{port.a}}', ready: {exec: [x]}, ports: {a: 1}, env: {x: y}}}", "smoke: &x {steps: [*x]}",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		file, err := gauntlet.Parse("g.yaml", []byte(text))
		if err != nil {
			return
		}
		spec, err := smoke.Decode("g.yaml", file.Section("services"), file.Section("smoke"))
		if err != nil {
			for line := range strings.SplitSeq(err.Error(), "\n") {
				if !strings.HasPrefix(line, "g.yaml:") {
					t.Errorf("an error has no place: %q", err)
				}
			}
			return
		}
		for _, s := range spec.Steps {
			if s.Name == "" || s.Timeout <= 0 || s.Line == 0 {
				t.Errorf("read without an error: %+v", s)
			}
		}
	})
}
