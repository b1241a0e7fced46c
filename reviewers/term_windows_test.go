package reviewers_test

import "syscall"

func ignoreTerm() {} // os.Interrupt is what Ctrl-Break arrives as

func newSession() *syscall.SysProcAttr { return nil } // a job has no such way out
