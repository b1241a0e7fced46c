package analyse

import (
	"os/exec"
	"strconv"
)

func ownGroup(cmd *exec.Cmd) {
	cmd.Cancel = func() error {
		return exec.Command("taskkill", "/T", "/F", "/PID", strconv.Itoa(cmd.Process.Pid)).Run() //nolint:noctx // the context has ended; this is the cleaning up
	}
}
