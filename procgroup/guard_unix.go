//go:build unix

package procgroup

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"
)

// StartGuard starts this program once more as the guard.
func StartGuard() (*Guard, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("finding the program to guard the processes with: %w", err)
	}
	g := &Guard{mark: NewMark()}
	g.cmd = exec.Command(self, guardArgument, string(g.mark)) //nolint:noctx // it outlives this process on purpose
	g.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}    // what is sent to this process's group is not for it
	if g.pipe, err = g.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("opening a pipe to the guard of the processes: %w", err)
	}
	if err := g.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting the guard of the processes: %w", err)
	}
	return g, nil
}

func leaveSignals() { signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP) }

func killGroup(id int) { _ = syscall.Kill(-id, syscall.SIGKILL) }

// sweepMarked kills who carries the mark until nobody does.
func sweepMarked(mark Mark) {
	const rounds, pause = 500, 2 * time.Millisecond
	for range rounds {
		if !killMarked(mark) {
			return
		}
		time.Sleep(pause)
	}
}
