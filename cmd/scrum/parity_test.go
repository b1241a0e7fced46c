package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// listening finds the address of the proxy in what the recorder says.
var listening = regexp.MustCompile(`by way of (http://\S+);`)

// notice calls back with the first line that is written to it.
type notice struct {
	bytes.Buffer
	once sync.Once
	call func(string)
}

func (n *notice) Write(p []byte) (int, error) {
	n.once.Do(func() { go n.call(string(p)) })
	return n.Buffer.Write(p)
}

func TestARecordingEndsWithCtrlCAndCanBeRead(t *testing.T) {
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "{}") }))
	defer target.Close()
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	stderr := &notice{call: func(line string) {
		defer interrupt()
		m := listening.FindStringSubmatch(line)
		if m == nil {
			t.Errorf("it does not say where it listens: %q", line)
			return
		}
		resp, err := http.Post(m[1]+"/v1/items", "application/json", strings.NewReader(`{"a":1}`))
		if err != nil {
			t.Error(err)
			return
		}
		_ = resp.Body.Close()
	}}
	file := filepath.Join(t.TempDir(), "cases.yaml")
	code := program(ctx, process{args: []string{"parity", "record", target.URL, "--out", file, "--isolation", "idempotent"}, stdout: io.Discard, stderr: stderr})
	if code != exitPassed || !strings.Contains(stderr.String(), "cases.yaml: 1") {
		t.Errorf("exit code %d: %s", code, stderr.String())
	}
	section := "parity:\n  targets: {a: " + target.URL + ", b: " + target.URL + "}\n  cases: [{file: cases.yaml}]\n"
	gauntlet := filepath.Join(filepath.Dir(file), "gauntlet.yaml")
	if err := os.WriteFile(gauntlet, []byte(section), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if code := program(t.Context(), process{args: []string{"parity", "--file", gauntlet}, stdout: &out, stderr: io.Discard}); code != exitPassed {
		t.Errorf("exit code %d: %s", code, out.String())
	}
}

// serveAnswers starts a server that answers as a file says, and puts its address into a
// variable. The file has blocks between empty lines: the first line is the method, the
// path with its query, the status and then headers as Name=value; the rest is the body,
// in which {{n}} is the number of the request.
func serveAnswers(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: serve VARIABLE FILE")
	}
	data, err := os.ReadFile(ts.MkAbs(args[1]))
	ts.Check(err)
	answers := map[string][]string{}
	for block := range strings.SplitSeq(strings.TrimSpace(string(data)), "\n\n") {
		first, body, _ := strings.Cut(block, "\n")
		words := strings.Fields(first)
		answers[words[0]+" "+words[1]] = append(words[2:], body)
	}
	var mu sync.Mutex
	n := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		n++
		number := strconv.Itoa(n)
		mu.Unlock()
		answer, ok := answers[r.Method+" "+r.URL.RequestURI()]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		for _, h := range answer[1 : len(answer)-1] {
			name, value, _ := strings.Cut(h, "=")
			w.Header().Set(name, value)
		}
		status, err := strconv.Atoi(answer[0])
		if err != nil {
			status = http.StatusInternalServerError
		}
		w.WriteHeader(status)
		fmt.Fprint(w, strings.ReplaceAll(answer[len(answer)-1], "{{n}}", number))
	}))
	ts.Defer(server.Close)
	ts.Setenv(args[0], server.URL)
}
