package main

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"scrum/run/scripted"
)

// TestCtrlCOnATerminal reviews on a real terminal, with one model that hangs in the
// middle of its answer, and interrupts it there.
func TestCtrlCOnATerminal(t *testing.T) {
	server := httptest.NewServer(scripted.New(func(r scripted.Request) scripted.Answer {
		return scripted.Answer{Text: "### INFO: nothing to say\n", Hang: r.Model == "moonshotai/kimi-k2.6"}
	}))
	defer server.Close()
	repo, config := killRepo(t), filepath.Join(t.TempDir(), "panel.yaml")
	if err := os.WriteFile(config, fmt.Appendf(nil, killConfig, server.URL), 0o600); err != nil {
		t.Fatal(err)
	}
	master, slave := openTerminal(t)
	cmd := exec.CommandContext(t.Context(), "scrum", "review", "HEAD~1..HEAD", "--no-cache", "--config", config, "--out", filepath.Join(t.TempDir(), "run"), "--format", "json")
	cmd.Dir, cmd.Stdin, cmd.Stderr = repo, slave, slave
	cmd.Env = append(cmd.Environ(), "CI=", "NO_COLOR=", "TERM=xterm-256color")
	var stdout strings.Builder
	cmd.Stdout = &stdout
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = slave.Close()

	screen := readTerminal(t, master, "streaming, ") // then presses Ctrl-C
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != exitInterrupted {
		t.Errorf("the review ended with %v, want exit status %d:\n%s", err, exitInterrupted, screen)
	}
	if !strings.HasPrefix(stdout.String(), "{") {
		t.Errorf("standard output is %q, want what came so far", stdout.String())
	}
	for _, balanced := range []string{"\x1b[?25", "\x1b[?7"} {
		if last := strings.LastIndex(screen, balanced); last < 0 || !strings.HasPrefix(screen[last+len(balanced):], "h") {
			t.Errorf("%q was not put back:\n%q", balanced, screen)
		}
	}
	if !strings.Contains(screen, "go on with: scrum review --resume") {
		t.Errorf("the screen does not say how to go on:\n%s", screen)
	}
}

// readTerminal reads all that is written, and presses Ctrl-C once it has seen a text.
func readTerminal(t *testing.T, master *os.File, until string) string {
	t.Helper()
	var screen strings.Builder
	pressed := false
	buf := make([]byte, 4096)
	for {
		n, err := master.Read(buf)
		screen.Write(buf[:n])
		if !pressed && strings.Contains(screen.String(), until) {
			pressed = true
			if _, err := master.Write([]byte{3}); err != nil {
				t.Fatal(err)
			}
		}
		if err != nil { // EIO when nobody has the terminal open any more
			return screen.String()
		}
	}
}

// openTerminal makes a pseudo-terminal of 80 columns and 24 rows.
func openTerminal(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	t.Cleanup(func() { _ = master.Close() })
	fd := int(master.Fd())
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 80})
	}
	if err != nil {
		t.Fatal(err)
	}
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return master, slave
}
