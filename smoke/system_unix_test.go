//go:build unix

package smoke_test

import (
	"os"
	"syscall"
)

// polite are the signals that ask a process to end.
func polite() []os.Signal { return []os.Signal{syscall.SIGTERM, syscall.SIGINT} }

func newSession() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
