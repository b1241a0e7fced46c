package analyse

import (
	"os/exec"
	"strconv"
)

// ownGroup ends a command with all it has started.
func ownGroup(cmd *exec.Cmd) {
	cmd.Cancel = func() error {
		return exec.Command("taskkill", "/T", "/F", "/PID", strconv.Itoa(cmd.Process.Pid)).Run() //nolint:noctx,gosec // the context has ended; this is the cleaning up
	}
}

// killGroup does nothing: Windows keeps no tree of a process that has ended.
func killGroup(*exec.Cmd) {}
