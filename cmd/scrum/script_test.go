package main

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"scrum/procgroup"
	"scrum/report/schematest"
	"scrum/reviewers/analyse"
	"scrum/run/scripted"
)

func TestMain(m *testing.M) {
	if handled, code := analyse.ToolMain(os.Args[1:]); handled {
		os.Exit(code)
	}
	if handled, code := procgroup.GuardMain(os.Args[1:]); handled {
		os.Exit(code)
	}
	testscript.Main(m, map[string]func(){
		"scrum": func() {
			os.Exit(program(context.Background(), process{
				args: os.Args[1:], env: os.Environ(), stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
			}))
		},
	})
}

// TestScripts runs the scripts of testdata, which read like sessions in a shell.
// They have commands of their own:
//
//	exits CODE PROGRAM …  run a program and hold its exit code
//	longline N FILE       write a file of one line of N bytes
//	binary FILE           write a file that is no text
//	keeps NAME FILE       hold a document (stdout: what was written last) to the schema that scrum schema NAME prints
//	models DIR            serve the models whose answers are in DIR (<name>.md for vendor/name), and write
//	                      their address for $MODELS into the script's .yaml files; what a
//	                      model says of findings of others is in <name>.verdict.md
//	requests N            hold the number of requests that the models got
//	serve VARIABLE FILE   serve the HTTP answers that a file holds, and put their address into a variable
func TestScripts(t *testing.T) {
	var served sync.Map // script's folder → *scripted.Server
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		Setup:               newcomer,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"models":   func(ts *testscript.TestScript, neg bool, args []string) { serveModels(ts, &served, neg, args) },
			"requests": func(ts *testscript.TestScript, neg bool, args []string) { countRequests(ts, &served, neg, args) },
			"exits":    exits,
			"keeps":    keepsSchema,
			"longline": longLine,
			"binary":   binaryFile,
			"serve":    serveAnswers,
		},
	})
}

func keepsSchema(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: [!] keeps NAME FILE")
	}
	schema, err := schemaOf(args[0])
	ts.Check(err)
	err = schematest.Validate(schema, []byte(ts.ReadFile(args[1])))
	switch {
	case err != nil && !neg:
		ts.Fatalf("%s does not keep the schema of %s: %v", args[1], args[0], err)
	case err == nil && neg:
		ts.Fatalf("%s keeps the schema of %s", args[1], args[0])
	}
}

// newcomer gives each script a home of its own, an identity for git, and no keys:
// whatever the machine has, a script sees a new user's machine.
func newcomer(env *testscript.Env) error {
	home, err := os.MkdirTemp("", "scrum-home-") // outside of the script's folder, which becomes a repository
	if err != nil {
		return err
	}
	env.Defer(func() { _ = os.RemoveAll(home) })
	goEnv := map[string]string{}
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPATH", "GOROOT"} {
		goEnv[name] = os.Getenv(name)
	}
	if goEnv["GOCACHE"] == "" {
		if dir, err := os.UserCacheDir(); err == nil {
			goEnv["GOCACHE"] = filepath.Join(dir, "go-build")
		}
	}
	env.Vars = append(env.Vars,
		"HOME="+home, "XDG_CONFIG_HOME="+filepath.Join(home, ".config"), "XDG_CACHE_HOME="+filepath.Join(home, ".cache"), "GOCACHE="+goEnv["GOCACHE"],
		"GIT_CONFIG_NOSYSTEM=1", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com",
		"OLLAMA_HOST=127.0.0.1:1", "CI=", "SCRUM_FORCE_OVERSIZE=")
	if goEnv["GOROOT"] != "" {
		env.Vars = append(env.Vars, "GOROOT="+goEnv["GOROOT"])
	}
	return os.WriteFile(filepath.Join(home, ".gitconfig"), []byte("[init]\n\tdefaultBranch = main\n"), 0o644)
}

var listedPath = regexp.MustCompile(`(?m)^- (.+)  \(.*\)$`)

func serveModels(ts *testscript.TestScript, served *sync.Map, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: models DIR")
	}
	dir := ts.MkAbs(args[0])
	models := scripted.New(func(r scripted.Request) scripted.Answer {
		kind := ".md"
		if strings.Contains(r.System, "VERDICT: CONFIRM") { // a question about somebody's finding
			kind = ".verdict.md"
		}
		data, err := os.ReadFile(filepath.Join(dir, path.Base(r.Model)+kind))
		if err != nil {
			return scripted.Answer{Status: 404, Text: "no such model: " + r.Model}
		}
		var covered strings.Builder
		for _, m := range listedPath.FindAllStringSubmatch(r.User, -1) {
			fmt.Fprintf(&covered, "COVERED: %s\n", m[1])
		}
		return scripted.Answer{Text: strings.ReplaceAll(string(data), "{{covered}}", covered.String())}
	})
	server := httptest.NewServer(models)
	ts.Defer(server.Close)
	files, err := filepath.Glob(filepath.Join(ts.MkAbs("."), "*.yaml"))
	ts.Check(err)
	for _, f := range files {
		data, err := os.ReadFile(f)
		ts.Check(err)
		ts.Check(os.WriteFile(f, []byte(strings.ReplaceAll(string(data), "$MODELS", server.URL+"/v1")), 0o644))
	}
	served.Store(ts.Getenv("WORK"), models)
}

func countRequests(ts *testscript.TestScript, served *sync.Map, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: requests N")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	models, ok := served.Load(ts.Getenv("WORK"))
	if !ok {
		ts.Fatalf("no models are served")
	}
	if got := len(models.(*scripted.Server).Requests()); got != want {
		ts.Fatalf("the models got %d requests, want %d", got, want)
	}
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM [ARG …]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("running %s: %v", args[1], err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("%s ended with exit code %d, want %d", strings.Join(args[1:], " "), got, want)
	}
}

func longLine(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(strings.Repeat("x", n)+"\n"), 0o644))
}

func binaryFile(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte("\x00\x01\x02binary\x00"), 0o644))
}
