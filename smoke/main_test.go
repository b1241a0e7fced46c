package smoke_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
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
		os.Exit(act(os.Args[2], os.Args[3:]))
	}
	_ = os.Setenv("GORACE", "atexit_sleep_ms=0") // else each command takes a second to end under the race detector
	goleak.VerifyTestMain(m)
}

// homeVariable is where commands call to be heard; see home.
const homeVariable = "SMOKE_TEST_HOME"

// act is what the commands do.
func act(mode string, args []string) int {
	switch mode {
	case "say":
		fmt.Println(strings.Join(args, " "))
	case "exit": // STATUS WORD…
		code, _ := strconv.Atoi(args[0])
		fmt.Println(strings.Join(args[1:], " "))
		return code
	case "complain":
		fmt.Fprintln(os.Stderr, strings.Join(args, " "))
	case "flood": // BYTES
		n, _ := strconv.Atoi(args[0])
		fmt.Print("first\n" + strings.Repeat("x", n) + "\nlast\n")
		return 1
	case "second": // FILE: fails when it is not there, and makes it
		if _, err := os.Stat(args[0]); err != nil {
			fmt.Println("not the second time")
			_ = os.WriteFile(args[0], nil, 0o600)
			return 3
		}
	case "env":
		fmt.Println(os.Getenv(args[0]))
		return 1 // for the output to be kept
	case "write": // FILE TEXT
		_ = os.WriteFile(args[0], []byte(args[1]), 0o600)
	case "serve": // ADDRESS: until it is asked to end
		return serve(args[0])
	case "hold": // NAME: calls home and obeys no signal
		signal.Ignore(polite()...)
		callHome(args[0])
		select {}
	case "meet": // NAME: calls home and ends when it is answered
		_, _ = bufio.NewReader(callHome(args[0])).ReadString('\n')
	case "serve and die": // ADDRESS NAME
		return serveAndDie(args[0], args[1])
	case "parent": // NAME: starts one that holds the pipes, waits for an answer, and ends
		return parent(false, args)
	case "parent of an escaping one":
		return parent(true, args)
	case "announce and hold": // NAME WORD…
		callHome(args[0])
		fmt.Println(strings.Join(args[1:], " "))
		select {}
	default:
		fmt.Fprintf(os.Stderr, "no such act: %s\n", mode)
		return 99
	}
	return 0
}

func serve(address string) int {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, polite()...)
	l, err := net.Listen("tcp", address)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	callHome("server")
	go func() { _ = http.Serve(l, http.NotFoundHandler()) }()
	<-stop
	return 0
}

// serveAndDie is ready until it is answered, and ends then.
func serveAndDie(address, name string) int {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return 1
	}
	defer func() { _ = l.Close() }()
	_, _ = bufio.NewReader(callHome(name)).ReadString('\n')
	fmt.Println("dying of something")
	return 7
}

func parent(escape bool, args []string) int {
	child := exec.Command(os.Args[0], "act", "hold", args[0]+"'s child")
	child.Stdout, child.Stderr = os.Stdout, os.Stderr
	if escape {
		child.SysProcAttr = newSession()
	}
	if err := child.Start(); err != nil {
		fmt.Println(err)
		return 1
	}
	_, _ = bufio.NewReader(callHome(args[0])).ReadString('\n') // until the child has been heard
	return 0
}

// callHome connects to the test and says a name; the connection ends with the process.
func callHome(name string) net.Conn {
	conn, err := net.Dial("tcp", os.Getenv(homeVariable))
	if err != nil {
		os.Exit(98)
	}
	fmt.Fprintln(conn, name)
	return conn
}

// home hears processes come, answers them, and notices that they are gone.
type home struct {
	t       *testing.T
	arrived chan guest
	known   map[string]net.Conn
}

type guest struct {
	name string
	conn net.Conn
}

func newHome(t *testing.T) *home {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := &home{t: t, arrived: make(chan guest, 20), known: map[string]net.Conn{}}
	done := make(chan struct{})
	t.Cleanup(func() {
		_ = l.Close()
		<-done
		for _, conn := range h.known {
			_ = conn.Close()
		}
	})
	t.Setenv(homeVariable, l.Addr().String())
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			name, _ := bufio.NewReader(conn).ReadString('\n')
			h.arrived <- guest{strings.TrimSpace(name), conn}
		}
	}()
	return h
}

// await returns when the named have all called.
func (h *home) await(names ...string) {
	for _, name := range names {
		for h.known[name] == nil {
			g := <-h.arrived
			h.known[g.name] = g.conn
		}
	}
}

func (h *home) answer(name string) { fmt.Fprintln(h.known[name], "go on") }

// gone returns when the named process has ended, and hangs while it lives.
func (h *home) gone(names ...string) {
	h.t.Helper()
	for _, name := range names {
		h.await(name)
		if _, err := h.known[name].Read(make([]byte, 1)); err == nil {
			h.t.Errorf("%s has spoken again", name)
		}
	}
}
