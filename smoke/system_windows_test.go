package smoke_test

import (
	"os"
	"syscall"
)

// polite are the signals that ask a process to end.
func polite() []os.Signal { return []os.Signal{os.Interrupt} }

func newSession() *syscall.SysProcAttr { return &syscall.SysProcAttr{} }
