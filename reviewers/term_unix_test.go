//go:build unix

package reviewers_test

import (
	"os/signal"
	"syscall"
)

func ignoreTerm() { signal.Ignore(syscall.SIGTERM) }

func newSession() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
