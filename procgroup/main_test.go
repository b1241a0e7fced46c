//go:build unix

package procgroup_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"scrum/procgroup"
)

// The test binary is also the guard and every command that these tests run.
func TestMain(m *testing.M) {
	if handled, code := procgroup.GuardMain(os.Args[1:]); handled {
		os.Exit(code)
	}
	if len(os.Args) > 2 && os.Args[1] == "act" {
		os.Exit(act(os.Args[2]))
	}
	goleak.VerifyTestMain(m)
}

const homeVariable = "PROCGROUP_TEST_HOME"

func act(mode string) int {
	switch mode {
	case "hold": // calls home and obeys no signal
		signal.Ignore(syscall.SIGTERM, syscall.SIGINT)
		callHome()
		select {}
	case "parent", "parent of an escaping one": // leaves such a one behind
		child := exec.Command(os.Args[0], "act", "hold")
		if mode != "parent" {
			child.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		}
		if child.Start() != nil {
			return 1
		}
		_, _ = bufio.NewReader(callHome()).ReadString('\n')
	case "guarded": // runs both, under a guard, until it is killed
		guard, err := procgroup.StartGuard()
		if err != nil {
			return 1
		}
		for _, mode := range []string{"hold", "parent"} {
			cmd := exec.Command(os.Args[0], "act", mode)
			cmd.Env = append(os.Environ(), string(guard.Mark()))
			g, err := procgroup.Start(cmd)
			if err != nil {
				return 1
			}
			guard.Watch(g)
		}
		if runtime.GOOS == "linux" { // one that nobody has told the guard of
			cmd := exec.Command(os.Args[0], "act", "parent of an escaping one")
			cmd.Env = append(os.Environ(), string(guard.Mark()))
			if cmd.Start() != nil {
				return 1
			}
		}
		callHome()
		select {}
	}
	return 0
}

func callHome() net.Conn {
	conn, err := net.Dial("tcp", os.Getenv(homeVariable))
	if err != nil {
		os.Exit(98)
	}
	fmt.Fprintln(conn, os.Args[2])
	return conn
}

// listen gives the processes that call home, as connections that end with them.
func listen(t *testing.T) (arrive func(mode string) net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	t.Setenv(homeVariable, l.Addr().String())
	waiting := map[string][]net.Conn{}
	return func(mode string) net.Conn {
		for len(waiting[mode]) == 0 {
			conn, err := l.Accept()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = conn.Close() })
			name, _ := bufio.NewReader(conn).ReadString('\n')
			name = strings.TrimSpace(name)
			waiting[name] = append(waiting[name], conn)
		}
		conn := waiting[mode][0]
		waiting[mode] = waiting[mode][1:]
		return conn
	}
}

// gone returns when the process has ended, and hangs while it lives.
func gone(t *testing.T, conn net.Conn) {
	t.Helper()
	if n, _ := io.Copy(io.Discard, conn); n != 0 {
		t.Error("it has spoken again")
	}
}

func start(t *testing.T, mode string) (*procgroup.Group, *exec.Cmd) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "act", mode)
	g, err := procgroup.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	return g, cmd
}

func TestWhoOutlivesTheLeaderIsSeenAndSwept(t *testing.T) {
	for _, mode := range []string{"parent", "parent of an escaping one"} {
		if mode != "parent" && runtime.GOOS != "linux" {
			continue // nothing portable finds it
		}
		t.Run(mode, func(t *testing.T) {
			arrive := listen(t)
			g, cmd := start(t, mode)
			leader, child := arrive(mode), arrive("hold")
			fmt.Fprintln(leader, "go on")
			if err := cmd.Wait(); err != nil {
				t.Fatal(err)
			}
			left := g.Left()
			if len(left) != 1 {
				t.Errorf("left are %v", left)
			}
			if text := procgroup.Names(left); runtime.GOOS == "linux" && !strings.Contains(text, fmt.Sprintf("(%d)", left[0].PID)) {
				t.Errorf("it is called %s", text)
			}
			if rest := g.Sweep(); len(rest) != 0 {
				t.Errorf("not ended: %v", rest)
			}
			gone(t, child)
			if left := g.Left(); len(left) != 0 {
				t.Errorf("left after the sweep are %v", left)
			}
			g.Close()
		})
	}
}

func TestSweepingEndsALeaderThatObeysNoSignal(t *testing.T) {
	arrive := listen(t)
	g, cmd := start(t, "hold")
	conn := arrive("hold")
	g.Terminate()
	if left := g.Left(); len(left) != 1 {
		t.Errorf("left after TERM are %v", left)
	}
	waited := make(chan error, 1)
	go func() { waited <- cmd.Wait() }()
	if rest := g.Sweep(); len(rest) != 0 {
		t.Errorf("not ended: %v", rest)
	}
	if err := <-waited; err == nil {
		t.Error("it ended well")
	}
	gone(t, conn)
}

func TestNothingIsLeftOfAProgramThatIsKilled(t *testing.T) {
	arrive := listen(t)
	cmd := exec.Command(os.Args[0], "act", "guarded")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	conns := []net.Conn{arrive("guarded"), arrive("hold"), arrive("parent"), arrive("hold")}
	if runtime.GOOS == "linux" {
		conns = append(conns, arrive("parent of an escaping one"), arrive("hold"))
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	for _, conn := range conns {
		gone(t, conn)
	}
}

func TestAGuardThatIsClosedLeavesWhatItHasForgotten(t *testing.T) {
	arrive := listen(t)
	guard, err := procgroup.StartGuard()
	if err != nil {
		t.Fatal(err)
	}
	g, cmd := start(t, "hold")
	conn := arrive("hold")
	guard.Watch(g)
	guard.Forget(g)
	if err := guard.Close(); err != nil {
		t.Errorf("closing: %v", err)
	}
	if left := g.Left(); len(left) != 1 {
		t.Errorf("left are %v", left)
	}
	g.Kill()
	_ = cmd.Wait()
	gone(t, conn)
}
