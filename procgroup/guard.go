package procgroup

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
)

// guardArgument makes a guard of a program that calls GuardMain.
const guardArgument = "guard-of-processes"

// Guard is a process beside this one that ends the groups it watches when this one is
// gone, whatever has ended it. It knows by the end of a pipe, which no death forgets to
// close.
type Guard struct {
	mark Mark
	cmd  *exec.Cmd // nil where the system does this by itself

	mu   sync.Mutex
	pipe io.WriteCloser // guarded by mu
}

// GuardMain is the program of a guard. A program that uses StartGuard calls it first of
// all and ends with the code when it is handled.
func GuardMain(args []string) (handled bool, code int) {
	if len(args) != 2 || args[0] != guardArgument {
		return false, 0
	}
	leaveSignals()
	mark := Mark(args[1])
	for id := range readGroups(os.Stdin) {
		killGroup(id)
	}
	sweepMarked(mark)
	return true, 0
}

// readGroups reads which groups are watched, "+12" and "-12" a line, until the pipe
// ends.
func readGroups(r io.Reader) map[int]bool {
	watched := map[int]bool{}
	for in := bufio.NewScanner(r); in.Scan(); {
		id, err := strconv.Atoi(strings.TrimLeft(in.Text(), "+-"))
		if err != nil || id <= 1 { // 1 and 0 mean other things to kill(2)
			continue
		}
		if strings.HasPrefix(in.Text(), "-") {
			delete(watched, id)
		} else {
			watched[id] = true
		}
	}
	return watched
}

// Mark is to be in the environment of all that the guard shall end.
func (g *Guard) Mark() Mark { return g.mark }

// Watch has a group ended when this process is gone.
func (g *Guard) Watch(group *Group) { g.tell("+", group) }

// Forget takes that back, before the number of the group is another's.
func (g *Guard) Forget(group *Group) { g.tell("-", group) }

func (g *Guard) tell(sign string, group *Group) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.pipe != nil {
		fmt.Fprintf(g.pipe, "%s%d\n", sign, group.ID())
	}
}

// Close ends the guard, and with it all that carries its mark or is watched.
func (g *Guard) Close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.pipe == nil {
		return nil
	}
	err := errors.Join(g.pipe.Close(), g.cmd.Wait())
	g.pipe = nil
	return err
}
