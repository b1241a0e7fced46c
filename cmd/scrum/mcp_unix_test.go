//go:build unix

package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestAClientThatLeavesLeavesNothingRunning ends the pipes while an agent of the panel works.
func TestAClientThatLeavesLeavesNothingRunning(t *testing.T) {
	for name, dies := range map[string]bool{"it closes the input": false, "it dies": true} {
		t.Run(name, func(t *testing.T) {
			held := filepath.Join(t.TempDir(), "held") // by all that the reviewer starts
			if err := syscall.Mkfifo(held, 0o600); err != nil {
				t.Fatal(err)
			}
			dir := killRepo(t)
			config := filepath.Join(dir, ".scrum.yaml")
			text := fmt.Sprintf("reviewers:\n  - {name: slow, kind: command, lineage: anthropic, run: [sh, -c, \"exec 3>%s; sleep 300 & echo up >&3; wait\"]}\n", held)
			if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, args := range [][]string{{"add", "-f", ".scrum.yaml"}, {"commit", "-q", "-m", "configuration"}} {
				if out, err := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=a", "-c", "user.email=a@example.com"}, args...)...).CombinedOutput(); err != nil {
					t.Fatalf("git %v: %v\n%s", args, err, out)
				}
			}
			if err := os.WriteFile(filepath.Join(dir, "words.txt"), []byte("more\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			server := exec.CommandContext(t.Context(), "scrum", "mcp", "-C", dir)
			in, err := server.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			out, theirs, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			server.Stdout = theirs
			if err := server.Start(); err != nil {
				t.Fatal(err)
			}
			_ = theirs.Close()
			for _, l := range []string{
				`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"raw","version":"1"}}}`,
				`{"jsonrpc":"2.0","method":"notifications/initialized"}`,
				`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"review","arguments":{"worktree":true},"_meta":{"progressToken":"p"}}}`,
			} {
				if _, err := fmt.Fprintln(in, l); err != nil {
					t.Fatal(err)
				}
			}
			f, err := os.Open(held) // waits until somebody holds it
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = f.Close() }()
			if _, err := f.Read(make([]byte, 3)); err != nil {
				t.Fatal(err)
			}
			if dies {
				_ = out.Close()
			}
			_ = in.Close()
			_ = f.SetReadDeadline(time.Now().Add(time.Minute))
			if _, err := io.Copy(io.Discard, f); err != nil { // its end is that of the last who holds it
				t.Errorf("what the reviewer has started still runs: %v", err)
			}
			if err := server.Wait(); err != nil {
				t.Errorf("the program ended with %v", err)
			}
			_ = out.Close()
		})
	}
}
