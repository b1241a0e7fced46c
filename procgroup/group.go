package procgroup

import (
	"crypto/rand"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// Group is a command with all its descendants.
type Group struct {
	system      // what the system knows the group by
	mark   Mark // in the environment of the command and of all that it starts
	cmd    *exec.Cmd
}

// Process is one that a group has left behind.
type Process struct {
	PID  int    // 0 where the system tells only that there is one
	Name string // of its program; "" where the system does not tell
}

// String is for messages.
func (p Process) String() string {
	switch {
	case p.PID == 0:
		return "a process"
	case p.Name == "":
		return fmt.Sprintf("process %d", p.PID)
	}
	return fmt.Sprintf("%s (%d)", p.Name, p.PID)
}

// Names lists processes for a message.
func Names(left []Process) string {
	names := make([]string, len(left))
	for i, p := range left {
		names[i] = p.String()
	}
	return strings.Join(names, ", ")
}

// Mark is a variable by which descendants are known. Each has a name of its own, so that
// a program that marks its children does not take the mark of those that run it.
type Mark string

// markPrefix is how the name of every mark begins.
const markPrefix = "SCRUM_PROCESS_"

// NewMark makes a mark that no other process has.
func NewMark() Mark { return Mark(markPrefix + rand.Text()[:16] + "=1") }

// Marks are those of an environment: who gives a child an environment of its own passes
// them on, so that it is found with the rest.
func Marks(environ []string) []string {
	var out []string
	for _, entry := range environ {
		if strings.HasPrefix(entry, markPrefix) {
			out = append(out, entry)
		}
	}
	return out
}

// Start starts the command in a new group and marks it.
func Start(cmd *exec.Cmd) (*Group, error) {
	g := &Group{mark: NewMark(), cmd: cmd}
	cmd.Env = append(cmd.Environ(), string(g.mark))
	if err := g.start(cmd); err != nil {
		return nil, err
	}
	return g, nil
}

// Sweep kills what is left of the group until nothing is, and gives what it could not
// end. A process may start another while this looks, and takes a moment to end, so it
// looks again.
func (g *Group) Sweep() []Process {
	const rounds, pause = 100, 2 * time.Millisecond
	var left []Process
	for range rounds {
		g.Kill()
		if left = g.Left(); len(left) == 0 {
			return nil
		}
		killMarked(g.mark)
		time.Sleep(pause)
	}
	return left
}
