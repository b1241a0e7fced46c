package reviewers

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// sweep kills the processes that carry the mark in their environment: descendants of
// a command that have left its group with setsid. Not found is one that has cleaned
// its environment too, or runs as another user. A process may start another while
// this looks, and takes a moment to end, so it looks again until there is none.
func sweep(mark string) {
	const rounds, pause = 50, 2 * time.Millisecond // a tenth of a second for who breeds faster than that
	for range rounds {
		if !kill(mark) {
			return
		}
		time.Sleep(pause)
	}
}

// kill ends all who carry the mark, and tells whether there was any. A process is held
// (os.FindProcess takes a pidfd) before its environment is read, so that no other one
// that has got its number since is killed.
func kill(mark string) bool {
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	found := false
	for _, dir := range dirs {
		pid, err := strconv.Atoi(filepath.Base(dir))
		if err != nil || pid == os.Getpid() {
			continue
		}
		p, err := os.FindProcess(pid)
		if err != nil {
			continue
		}
		if carries(dir, mark) {
			found = true
			_ = p.Kill() // an error means that it is gone already
		}
		_ = p.Release()
	}
	return found
}

func carries(dir, mark string) bool {
	environ, err := os.ReadFile(filepath.Join(dir, "environ"))
	return err == nil && bytes.Contains(append([]byte{0}, environ...), []byte("\x00"+mark+"\x00"))
}
