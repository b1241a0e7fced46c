package reviewers

import (
	"errors"

	"golang.org/x/sys/windows"
)

// connectionRefused knows WSAECONNREFUSED, which syscall.ECONNREFUSED is not.
func connectionRefused(err error) bool { return errors.Is(err, windows.WSAECONNREFUSED) }
