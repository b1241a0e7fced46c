//go:build unix

package smoke

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

func signalNumber(name string) syscall.Signal {
	return map[string]syscall.Signal{
		"TERM": syscall.SIGTERM, "INT": syscall.SIGINT, "HUP": syscall.SIGHUP, "QUIT": syscall.SIGQUIT,
		"USR1": syscall.SIGUSR1, "USR2": syscall.SIGUSR2, "KILL": syscall.SIGKILL,
	}[name]
}

// holdPort takes a free port without listening on it, until it is closed.
func holdPort() (port int, held io.Closer, err error) {
	syscall.ForkLock.RLock()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(fd)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return 0, nil, os.NewSyscallError("socket", err)
	}
	socket := os.NewFile(uintptr(fd), "port")
	err = os.NewSyscallError("bind", syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	var address syscall.Sockaddr
	if err == nil {
		address, err = syscall.Getsockname(fd)
	}
	if at, ok := address.(*syscall.SockaddrInet4); ok && err == nil {
		return at.Port, socket, nil
	}
	return 0, nil, errors.Join(err, socket.Close(), fmt.Errorf("no port of 127.0.0.1 can be had"))
}

func inUse(err error) bool { return errors.Is(err, syscall.EADDRINUSE) }

// shell is how a line is given to the shell.
func shell(line string) []string { return []string{"sh", "-c", line} }
