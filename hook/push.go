package hook

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
)

// Push is a ref that is pushed, and what of it is new at the other side.
type Push struct {
	Ref   string
	Range string // what to review, as scrum review takes it; "" for nothing
	Why   string // why nothing is reviewed
}

// Pushes reads what git tells a pre-push hook: a line a ref, with the local name and
// commit, and the remote's. What is new is what the remote's commit does not have; of a new
// branch, what the remote's default branch does not have.
func Pushes(ctx context.Context, dir, remote string, stdin io.Reader) ([]Push, error) {
	var out []Push
	lines := bufio.NewScanner(stdin)
	for lines.Scan() {
		f := strings.Fields(lines.Text())
		if len(f) == 0 {
			continue
		}
		if len(f) != 4 || !isCommit(f[1]) || !isCommit(f[3]) {
			return nil, fmt.Errorf("git has said %q, which is no line of a pre-push hook", lines.Text())
		}
		out = append(out, push(ctx, dir, remote, f[0], f[1], f[3]))
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("reading what is pushed: %w", err)
	}
	return out, nil
}

func isCommit(s string) bool {
	return (len(s) == 40 || len(s) == 64) && strings.Trim(s, "0123456789abcdef") == ""
}

func push(ctx context.Context, dir, remote, ref, local, there string) Push {
	p := Push{Ref: ref}
	switch {
	case strings.Trim(local, "0") == "":
		p.Why = "it is deleted"
	case strings.HasPrefix(ref, "refs/tags/"):
		p.Why = "it is a tag"
	case local == there:
		p.Why = "it is there already"
	case known(ctx, dir, there):
		p.Range = short(there) + "..." + short(local)
	default:
		p.against(ctx, dir, remote, local)
	}
	return p
}

// against takes what the remote's own branches do not have.
func (p *Push) against(ctx context.Context, dir, remote, local string) {
	candidates := []string{"refs/remotes/" + remote + "/HEAD", "refs/remotes/" + remote + "/main", "refs/remotes/" + remote + "/master", "refs/heads/main", "refs/heads/master"}
	for _, c := range candidates {
		base, err := git(ctx, dir, "rev-parse", "--verify", "--quiet", c+"^{commit}")
		if err != nil || base == local {
			continue
		}
		if _, err := git(ctx, dir, "merge-base", base, local); err == nil {
			p.Range = short(base) + "..." + short(local)
			return
		}
	}
	p.Why = "there is nothing to compare it with: neither the remote nor this repository has another branch that it comes from"
}

// short is as much of a commit as people read; git is sure of it in any repository that
// people push.
func short(commit string) string { return commit[:16] }

func known(ctx context.Context, dir, commit string) bool {
	if strings.Trim(commit, "0") == "" {
		return false
	}
	_, err := git(ctx, dir, "cat-file", "-e", commit+"^{commit}")
	return err == nil
}
