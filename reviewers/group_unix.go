//go:build unix

package reviewers

import (
	"os/exec"
	"syscall"
)

// processGroup is a command with all its descendants that have not left it. One
// that calls setsid does leave; on Linux sweep finds it, nothing portable does.
type processGroup struct{ id int }

func startGroup(cmd *exec.Cmd) (*processGroup, error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &processGroup{id: cmd.Process.Pid}, nil
}

// Errors mean that the group is gone already, which is the aim.
func (g *processGroup) terminate() { _ = syscall.Kill(-g.id, syscall.SIGTERM) }
func (g *processGroup) kill()      { _ = syscall.Kill(-g.id, syscall.SIGKILL) }
func (g *processGroup) close()     {}
