package bundler

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// Author is who would commit here now, as "name <email>": what git's settings and
// environment say. The error says how to tell git.
func Author(ctx context.Context, dir string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", "var", "GIT_AUTHOR_IDENT")
	cmd.Dir, cmd.Env, cmd.WaitDelay = dir, os.Environ(), killAfter // GIT_AUTHOR_NAME and the like are wanted here
	out, err := cmd.Output()
	end := strings.LastIndexByte(string(out), '>')
	if err != nil || end < 0 {
		return "", &UsageError{Message: "git does not know who you are: set user.name and user.email", Err: fmt.Errorf("asking git for the author: %w", err)}
	}
	return string(out[:end+1]), nil
}

// Top is the top of the work tree that a folder is in; "" is the current folder.
func Top(ctx context.Context, dir string) (string, error) {
	g := git{dir: dir}
	top, err := g.line(ctx, "rev-parse", "--show-toplevel")
	if err != nil {
		return "", notARepository(dir, err)
	}
	return top, nil
}
