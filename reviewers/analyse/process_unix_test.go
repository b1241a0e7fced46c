//go:build unix

package analyse

import (
	"bytes"
	"errors"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// waitFor reads the numbers of the processes that have written themselves down.
func waitFor(t *testing.T, file string) []int {
	t.Helper()
	for limit := time.Now().Add(30 * time.Second); time.Now().Before(limit); runtime.Gosched() {
		data, err := os.ReadFile(file)
		if err != nil || bytes.Count(data, []byte("\n")) < 2 {
			continue
		}
		var out []int
		for line := range strings.Lines(string(data)) {
			n, err := strconv.Atoi(strings.TrimSpace(line))
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, n)
		}
		return out
	}
	t.Fatal("the analyser was not started")
	return nil
}

// goneSoon tells that a process has ended, or is a zombie that nobody has buried
// yet.
func goneSoon(t *testing.T, pid int) bool {
	t.Helper()
	for limit := time.Now().Add(10 * time.Second); time.Now().Before(limit); runtime.Gosched() {
		if err := syscall.Kill(pid, 0); errors.Is(err, syscall.ESRCH) {
			return true
		}
		if stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat"); err == nil && bytes.Contains(stat, []byte(") Z ")) {
			return true
		}
	}
	return false
}
