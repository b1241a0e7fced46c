package smoke

import (
	"errors"
	"io"
	"net"
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

// holdPort takes a free port until it is closed.
func holdPort() (port int, held io.Closer, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it takes no time
	if err != nil {
		return 0, nil, err
	}
	return l.Addr().(*net.TCPAddr).Port, l, nil //nolint:forcetypeassert // of a TCP listener
}

func inUse(err error) bool {
	return errors.Is(err, windows.WSAEADDRINUSE) || errors.Is(err, windows.WSAEACCES)
}

// shell is how a line is given to the shell; one comes with git.
func shell(line string) []string { return []string{"sh", "-c", line} }
