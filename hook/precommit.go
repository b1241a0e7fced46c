package hook

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// PushOfPreCommit reads what pre-commit (the program) says of a push. It keeps git's lines
// to itself and tells its hooks in variables: of one ref, the first that brings something.
// Without a commit to start from the whole history is new, and is treated like a new branch.
func PushOfPreCommit(ctx context.Context, dir string, getenv func(string) string) (Push, error) {
	from, to, branch := getenv("PRE_COMMIT_FROM_REF"), getenv("PRE_COMMIT_TO_REF"), getenv("PRE_COMMIT_LOCAL_BRANCH")
	if to == "" {
		to = branch
	}
	if to == "" {
		return Push{}, errors.New("neither git nor pre-commit has said what is pushed. By hand: pre-commit run --hook-stage pre-push --from-ref origin/HEAD --to-ref HEAD")
	}
	local, err := commit(ctx, dir, to)
	if err != nil {
		return Push{}, err
	}
	there := strings.Repeat("0", len(local))
	if from != "" {
		if there, err = commit(ctx, dir, from); err != nil {
			return Push{}, err
		}
	}
	if branch == "" {
		branch = to
	}
	return push(ctx, dir, getenv("PRE_COMMIT_REMOTE_NAME"), branch, local, there), nil
}

func commit(ctx context.Context, dir, ref string) (string, error) {
	id, err := git(ctx, dir, "rev-parse", "--verify", "--quiet", "--end-of-options", ref+"^{commit}")
	if err != nil {
		return "", fmt.Errorf("pre-commit names %q, which is no commit here: %w", ref, err)
	}
	return id, nil
}
