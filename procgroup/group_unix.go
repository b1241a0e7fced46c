//go:build unix

package procgroup

import (
	"os/exec"
	"syscall"
)

// system is the process group. A descendant that calls setsid leaves it; on Linux its
// mark tells of it, nothing portable does.
type system struct{ id int }

func (s *system) start(cmd *exec.Cmd) error {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
	if err := cmd.Start(); err != nil {
		return err
	}
	s.id = cmd.Process.Pid
	return nil
}

// ID is the number by which the system knows the group.
func (g *Group) ID() int { return g.id }

// Errors mean that the group is gone already, which is the aim.

// Terminate asks the group to end.
func (g *Group) Terminate() { g.Signal(syscall.SIGTERM) }

// Kill ends the group.
func (g *Group) Kill() { g.Signal(syscall.SIGKILL) }

// Signal sends a signal to all of the group.
func (g *Group) Signal(sig syscall.Signal) { _ = syscall.Kill(-g.id, sig) }

// Close releases what the system holds for the group. It ends nothing.
func (g *Group) Close() {}
