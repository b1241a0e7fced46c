// Command scrum reviews a change with several language models of distinct
// lineages, counts how many lineages independently report the same place, and
// decides whether the change may merge.
//
// Each command has a file of its own here, which fills options from flags and
// calls the packages that do the work. There is no logic in this folder.
package main

import (
	"context"
	"io"
	"os"

	"scrum/procgroup"
	"scrum/reviewers/analyse"
)

// version is set by the build.
var version = "dev" //nolint:gochecknoglobals // the linker sets it

func main() {
	// The go command starts this binary as its vet tool.
	if handled, code := analyse.ToolMain(os.Args[1:]); handled {
		os.Exit(code)
	}
	// And this binary starts itself as the guard of what it runs.
	if handled, code := procgroup.GuardMain(os.Args[1:]); handled {
		os.Exit(code)
	}
	os.Exit(program(context.Background(), process{
		args: os.Args[1:], env: os.Environ(), stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
	}))
}

// process is what the program gets from the outside, so that a test can give it.
type process struct {
	args   []string
	env    []string
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	said   said // what the flags say of standard error
}

// program runs one command and gives the exit code.
func program(ctx context.Context, p process) int {
	ctx, stop := interruptible(ctx)
	defer stop()
	closing := p.listen()
	defer closing()
	cmd := newRoot(&p)
	cmd.SetArgs(p.args)
	cmd.SetIn(p.stdin)
	cmd.SetOut(p.stdout)
	cmd.SetErr(p.stderr)
	return p.finish(cmd.ExecuteContext(ctx))
}

// getenv looks a variable up; the last of several wins, as in a shell.
func (p *process) getenv(name string) string {
	value := ""
	for _, kv := range p.env {
		if len(kv) > len(name) && kv[len(name)] == '=' && kv[:len(name)] == name {
			value = kv[len(name)+1:]
		}
	}
	return value
}
