package smoke

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"scrum/procgroup"
)

const (
	// settleTime is how long descendants may outlive a command that has ended by itself
	// before they count as left over.
	settleTime = 500 * time.Millisecond
	// drainTime is how long the pipes are waited for once nobody is known to hold them.
	drainTime = 500 * time.Millisecond
)

// child is a command that runs in a group of its own. Its pipes are our own, so that
// nothing but the leader's exit is waited for.
type child struct {
	group   *procgroup.Group
	out     *capture
	pipes   []*os.File // the ends that we read
	readers sync.WaitGroup
	exited  chan struct{}
	status  error // of the command, once exited is closed
	closed  bool
	ended   func() // tells who watches the group; may be nil
}

// start starts a command. Both of its outputs go to out, but the standard one to stdout
// when that is not nil.
func start(cmd *exec.Cmd, out *capture, stdout io.Writer) (*child, error) {
	c := &child{out: out, exited: make(chan struct{})}
	theirs, err := c.connect(cmd, stdout)
	if err == nil {
		c.group, err = procgroup.Start(cmd)
	}
	for _, f := range theirs {
		_ = f.Close()
	}
	if err != nil {
		c.closePipes()
		c.readers.Wait()
		out.close()
		return nil, startError(cmd, err)
	}
	go func() { c.status = cmd.Wait(); close(c.exited) }()
	return c, nil
}

// connect makes one pipe for both outputs, which keeps their order, or two when
// somebody reads the standard one alone.
func (c *child) connect(cmd *exec.Cmd, stdout io.Writer) (theirs []*os.File, err error) {
	open := func(to io.Writer) *os.File {
		ours, end, e := os.Pipe()
		if e != nil {
			err = errors.Join(err, fmt.Errorf("opening a pipe: %w", e))
			return nil
		}
		c.pipes, theirs = append(c.pipes, ours), append(theirs, end)
		c.readers.Go(func() { _, _ = io.Copy(to, ours) })
		return end
	}
	end := open(c.out)
	cmd.Stdout, cmd.Stderr = end, end
	if stdout != nil {
		cmd.Stdout = open(stdout)
	}
	return theirs, err
}

func startError(cmd *exec.Cmd, err error) error {
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return fmt.Errorf("%s was not found on PATH", cmd.Path)
	case errors.Is(err, fs.ErrNotExist):
		if _, e := os.Stat(cmd.Dir); e != nil {
			return fmt.Errorf("its folder %s does not exist", cmd.Dir)
		}
		return fmt.Errorf("%s was not found; a path is taken from the folder that it runs in, %s", cmd.Path, cmd.Dir)
	}
	return fmt.Errorf("it could not be started: %w", err)
}

// settle waits for descendants to follow a leader that has ended by itself, and gives
// those who have not.
func (c *child) settle() []procgroup.Process {
	return c.emptied(settleTime)
}

// emptied waits for the group to have no process left.
func (c *child) emptied(within time.Duration) []procgroup.Process {
	deadline := time.Now().Add(within)
	for pause := time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
		left := c.group.Left()
		if len(left) == 0 || !time.Now().Before(deadline) {
			return left
		}
		time.Sleep(pause)
	}
}

// stop asks the group to end and kills what has not ended in time. It returns when
// nothing is left, and tells whether the signal was not enough.
func (c *child) stop(signal syscall.Signal, grace time.Duration) (killed bool, left []procgroup.Process) {
	asked := time.Now()
	c.group.Signal(signal)
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-c.exited:
		killed = len(c.emptied(grace-time.Since(asked))) > 0
	case <-timer.C:
		killed = true
	}
	return killed, c.close()
}

// close ends all that is left and waits for the rest of the output. It gives what could
// not be ended.
func (c *child) close() []procgroup.Process {
	if c.closed {
		return nil
	}
	c.closed = true
	left := c.group.Sweep()
	if len(left) == 0 {
		<-c.exited
	}
	if c.ended != nil {
		c.ended()
	}
	done := make(chan struct{})
	go func() { c.readers.Wait(); close(done) }()
	timer := time.NewTimer(drainTime)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	}
	c.closePipes()
	<-done
	c.group.Close()
	c.out.close()
	return left
}

func (c *child) closePipes() {
	for _, f := range c.pipes {
		_ = f.Close()
	}
}

// running tells whether the leader has not ended.
func (c *child) running() bool {
	select {
	case <-c.exited:
		return false
	default:
		return true
	}
}

// code is the exit status once the leader has ended; -1 when a signal has ended it.
func (c *child) code() int {
	var exit *exec.ExitError
	switch {
	case c.status == nil:
		return 0
	case errors.As(c.status, &exit):
		return exit.ExitCode()
	}
	return -1
}

// ending says how the leader has ended.
func (c *child) ending() string {
	if c.status == nil {
		return "exit status 0"
	}
	return c.status.Error()
}
