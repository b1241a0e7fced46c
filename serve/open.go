package serve

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"scrum/gauntlet"
	"scrum/run"
)

// UnfinishedError is a run that has no result to be shown yet.
type UnfinishedError struct{ Run Run }

func (e *UnfinishedError) Error() string {
	return fmt.Sprintf("the %s %s has no result yet: it is running, or was killed; go on with it: %s", e.Run.Kind, e.Run.ID, e.Run.resume())
}

func (r Run) resume() string {
	if r.Kind == Gauntlet {
		return "scrum gauntlet --resume " + r.Dir
	}
	return "scrum review --resume " + r.Dir
}

// Page gives the path of a run's page. A run that has none, since an older version has
// made it, gets one.
func (r Run) Page(ctx context.Context) (string, error) {
	path := filepath.Join(r.Dir, run.PageFile)
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
		return path, nil
	}
	if !r.finished() {
		return "", &UnfinishedError{r}
	}
	err := r.writePage(ctx)
	if errors.Is(err, fs.ErrPermission) {
		return "", fmt.Errorf("the run has no %s yet, and it cannot be written there; scrum serve shows it all the same: %w", run.PageFile, err)
	}
	return path, err
}

func (r Run) writePage(ctx context.Context) error {
	if r.Kind == Gauntlet {
		d, err := gauntlet.OpenDir(r.Dir)
		if err != nil {
			return err
		}
		return d.WritePage()
	}
	review, err := run.ReadShown(ctx, r.Dir)
	if err != nil {
		return err
	}
	d, err := run.OpenDir(r.Dir)
	if err != nil {
		return err
	}
	return d.WritePage(review)
}
