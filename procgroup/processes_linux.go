package procgroup

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Left lists the processes of the group that still run, and those that have left it but
// carry its mark. A dead one that nobody has waited for does not run.
func (g *Group) Left() []Process {
	var left []Process
	for pid, dir := range processes() {
		if s, ok := statusOf(dir); ok && s.runs && (s.group == g.id || carries(dir, g.mark)) {
			left = append(left, Process{pid, s.name})
		}
	}
	return left
}

// killMarked ends all who carry the mark. A process is held (os.FindProcess takes a
// pidfd) before its environment is read, so that no other one that has got its number
// since is killed.
func killMarked(mark Mark) (found bool) {
	for pid, dir := range processes() {
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

// processes are all but this one, with their folders in /proc.
func processes() func(yield func(pid int, dir string) bool) {
	return func(yield func(int, string) bool) {
		dirs, _ := filepath.Glob("/proc/[0-9]*")
		for _, dir := range dirs {
			pid, err := strconv.Atoi(filepath.Base(dir))
			if err == nil && pid != os.Getpid() && !yield(pid, dir) {
				return
			}
		}
	}
}

func carries(dir string, mark Mark) bool {
	environ, err := os.ReadFile(filepath.Join(dir, "environ"))
	return err == nil && bytes.Contains(append([]byte{0}, environ...), []byte("\x00"+mark+"\x00"))
}

type status struct {
	name  string
	group int
	runs  bool
}

// statusOf reads proc_pid_stat(5): "pid (name) state ppid pgrp …", where the name may
// hold anything, brackets too.
func statusOf(dir string) (s status, ok bool) {
	data, err := os.ReadFile(filepath.Join(dir, "stat"))
	if err != nil {
		return s, false
	}
	text := string(data)
	begin, end := strings.IndexByte(text, '('), strings.LastIndexByte(text, ')')
	if begin < 0 || end < begin {
		return s, false
	}
	fields := strings.Fields(text[end+1:])
	if len(fields) < 3 {
		return s, false
	}
	s.name = text[begin+1 : end]
	s.runs = fields[0] != "Z" && fields[0] != "X"
	s.group, err = strconv.Atoi(fields[2])
	return s, err == nil
}
