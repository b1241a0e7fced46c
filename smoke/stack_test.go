package smoke_test

import (
	"context"
	"net"
	"strconv"
	"strings"
	"testing"

	"scrum/smoke"
)

const stack = `
services:
  api:
    run: [ACT, serve, "127.0.0.1:{{port.api}}"]
    ready: {tcp: "127.0.0.1:{{port.api}}"}
  other:
    run: [ACT, serve, "127.0.0.1:{{port.other}}"]
    ready: {tcp: "127.0.0.1:{{port.other}}"}
smoke:
  steps:
    - {name: say, run: [ACT, say, hello], needs: [api]}
`

func TestTheStackIsUsedAfterTheStepsWhileItIsUp(t *testing.T) {
	newHome(t)
	var address string
	used := 0
	r := run(t, stack, smoke.Options{Services: []string{"other"}, With: func(_ context.Context, s smoke.Stack) {
		used++
		for _, name := range []string{"api", "other"} {
			var err error
			if address, err = s.Expand("127.0.0.1:{{port." + name + "}}"); err != nil {
				t.Error(err)
			}
			c, err := net.Dial("tcp", address)
			if err != nil {
				t.Errorf("%s is not up: %v", name, err)
				continue
			}
			_ = c.Close()
		}
		if _, err := s.Expand("{{port.nobody}}"); err == nil || !strings.Contains(err.Error(), "nobody") {
			t.Errorf("an unknown port: %v", err)
		}
		if len(s.Down) > 0 {
			t.Errorf("down: %v", s.Down)
		}
	}})
	expect(t, r, smoke.Passed, "api PASS", "other PASS", "say PASS")
	if used != 1 {
		t.Errorf("it was used %d times", used)
	}
	if c, err := net.Dial("tcp", address); err == nil {
		_ = c.Close()
		t.Error("it is still up")
	}
}

func TestAnInterruptedRunLetsNobodyUseTheStack(t *testing.T) {
	newHome(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := runCtx(t, ctx, stack, smoke.Options{With: func(context.Context, smoke.Stack) { t.Error("it was used") }})
	if r.Verdict != smoke.Interrupted {
		t.Errorf("verdict %s", r.Verdict)
	}
}

func TestAPanicOfWhoUsesTheStackTakesItDown(t *testing.T) {
	newHome(t)
	var port int
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		run(t, stack, smoke.Options{With: func(_ context.Context, s smoke.Stack) { port = s.Ports["api"]; panic("oh") }})
	}()
	if c, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port))); err == nil {
		_ = c.Close()
		t.Error("it is still up")
	}
}

func TestTextsCanBeCheckedBeforeAnythingIsUp(t *testing.T) {
	if got, err := (smoke.Stack{}).Expand("http://127.0.0.1:{{ port.api }}/x"); err != nil || got != "http://127.0.0.1:1/x" {
		t.Errorf("got %q, %v", got, err)
	}
}
