//go:build unix

package smoke

import (
	"errors"
	"syscall"
)

func signalNumber(name string) syscall.Signal {
	return map[string]syscall.Signal{
		"TERM": syscall.SIGTERM, "INT": syscall.SIGINT, "HUP": syscall.SIGHUP, "QUIT": syscall.SIGQUIT,
		"USR1": syscall.SIGUSR1, "USR2": syscall.SIGUSR2, "KILL": syscall.SIGKILL,
	}[name]
}

func inUse(err error) bool { return errors.Is(err, syscall.EADDRINUSE) }

// shell is how a line is given to the shell.
func shell(line string) []string { return []string{"sh", "-c", line} }
