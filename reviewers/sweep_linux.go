package reviewers

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// sweep kills the processes that carry the mark in their environment: descendants of
// a command that have left its group with setsid. One that has also cleaned its
// environment is not found. It looks again until there is none, because a process may
// start another while it looks.
func sweep(mark string) {
	const rounds = 5
	for range rounds {
		found := marked(mark)
		if len(found) == 0 {
			return
		}
		for _, pid := range found {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

func marked(mark string) []int {
	files, _ := filepath.Glob("/proc/[0-9]*/environ")
	var out []int
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil || !bytes.Contains(append([]byte{0}, data...), []byte("\x00"+mark)) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(f))); err == nil && pid != os.Getpid() {
			out = append(out, pid)
		}
	}
	return out
}
