package smoke

import (
	"errors"
	"syscall"

	"golang.org/x/sys/windows"
)

// signalNumber knows two: to ask and to end.
func signalNumber(name string) syscall.Signal {
	if name == "KILL" {
		return syscall.SIGKILL
	}
	return syscall.SIGTERM
}

func inUse(err error) bool {
	return errors.Is(err, windows.WSAEADDRINUSE) || errors.Is(err, windows.WSAEACCES)
}

// shell is how a line is given to the shell; one comes with git.
func shell(line string) []string { return []string{"sh", "-c", line} }
