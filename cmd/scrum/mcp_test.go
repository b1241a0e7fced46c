package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestAnAgentTalksOverPipes speaks the protocol as it is on the wire: a line a message, and
// nothing else on standard output.
func TestAnAgentTalksOverPipes(t *testing.T) {
	dir := t.TempDir()
	if out, err := exec.Command("git", "-C", dir, "init", "-q").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	in, toServer := io.Pipe()
	fromServer, out := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- program(context.Background(), process{args: []string{"mcp", "-C", dir}, env: os.Environ(), stdin: in, stdout: out, stderr: io.Discard})
		_ = out.Close()
	}()
	lines := bufio.NewScanner(fromServer)
	lines.Buffer(nil, 1<<20)
	ask := func(line string) map[string]any {
		t.Helper()
		if _, err := io.WriteString(toServer, line+"\n"); err != nil {
			t.Fatal(err)
		}
		if !lines.Scan() {
			t.Fatal("no answer")
		}
		var v map[string]any
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatalf("%v: %s", err, lines.Text())
		}
		return v
	}
	ask(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}`)
	if _, err := io.WriteString(toServer, `{"jsonrpc":"2.0","method":"notifications/initialized"}`+"\n"); err != nil {
		t.Fatal(err)
	}
	tools, err := json.Marshal(ask(`{"jsonrpc":"2.0","id":2,"method":"tools/list"}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"review", "bundle", "explain_finding", "accept_gap"} {
		if !strings.Contains(string(tools), `"name":"`+name+`"`) {
			t.Errorf("there is no tool %s in %s", name, tools)
		}
	}
	_ = toServer.Close()
	if code := <-ended; code != 0 {
		t.Errorf("the end of input ends it with %d", code)
	}
}
