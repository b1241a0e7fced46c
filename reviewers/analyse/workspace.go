package analyse

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"scrum/bundler"
	"scrum/injection"
	"scrum/prompts"
	"scrum/secrets"
)

// Options of a workspace; the zero value is right outside of tests.
type Options struct {
	Self string // the scrum binary, which is started again as a vet tool; "" is the running one
	Tmp  string // where the tree is written; "" is the system's folder for such things
}

// Workspace is the new side of a change, written into a throw-away folder when
// the first analyser asks for it, and shared by all of a run.
type Workspace struct {
	change *bundler.Change
	opt    Options
	lines  func() (changedLines, error)
	golang func(context.Context) (goResult, error)

	findSecrets      func(context.Context) (*secrets.Findings, error)
	findInstructions func(context.Context) ([]injection.Instruction, error)
	findConflicts    func(context.Context) ([]Conflict, error)

	mu   sync.Mutex
	dir  string // guarded by mu; "" until it is written
	gone bool   // guarded by mu: Close was called
}

// NewWorkspace stands for the change; nothing is written yet.
func NewWorkspace(change *bundler.Change, opt Options) *Workspace {
	w := &Workspace{change: change, opt: opt}
	w.lines = sync.OnceValues(func() (changedLines, error) { return linesOf(change) })
	w.golang = once(w.analyseGo)
	w.findSecrets = once(func(ctx context.Context) (*secrets.Findings, error) {
		x, err := secrets.New(ctx)
		if err != nil {
			return nil, err
		}
		return x.Scan(ctx, change)
	})
	w.findInstructions = once(func(context.Context) ([]injection.Instruction, error) { return injection.Find(change) })
	w.findConflicts = once(func(context.Context) ([]Conflict, error) { return findConflicts(change) })
	return w
}

// Secrets are the credentials of the change; they are looked for once.
func (w *Workspace) Secrets(ctx context.Context) (*secrets.Findings, error) {
	return w.findSecrets(ctx)
}

// Instructions are the places of the change that speak to its reviewers; they are
// looked for once.
func (w *Workspace) Instructions(ctx context.Context) ([]injection.Instruction, error) {
	return w.findInstructions(ctx)
}

// tree gives the folder with the new side; errors.Is(err, bundler.ErrNoTree) for
// a plain diff.
func (w *Workspace) tree(ctx context.Context) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.gone {
		return "", errors.New("the workspace is closed")
	}
	if w.dir != "" {
		return w.dir, nil
	}
	dir, err := os.MkdirTemp(w.opt.Tmp, "scrum-tree-")
	if err != nil {
		return "", fmt.Errorf("making a folder for the tree: %w", err)
	}
	// Tools report real paths, and the system's folder may be a symbolic link.
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	if err := w.change.Export(ctx, dir, nil); err != nil {
		_ = os.RemoveAll(dir)
		return "", fmt.Errorf("writing out the new side of the change: %w", err)
	}
	w.dir = dir
	return dir, nil
}

// Close removes the folder.
func (w *Workspace) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.gone = true
	if w.dir == "" {
		return nil
	}
	return os.RemoveAll(w.dir)
}

// changedLines has the added lines of every file, by its path.
type changedLines map[string]map[int]bool

func linesOf(c *bundler.Change) (changedLines, error) {
	out := changedLines{}
	for _, f := range c.Files {
		hunks, err := f.Hunks()
		if err != nil {
			return nil, fmt.Errorf("reading the changed lines of %s: %w", prompts.Name(f.Path), err)
		}
		added := map[int]bool{}
		for _, h := range hunks {
			for l := range h.Lines() {
				if l.Kind == '+' {
					added[l.New] = true
				}
			}
		}
		out[f.Path] = added
	}
	return out, nil
}

// touches tells whether a range has a changed line.
func (c changedLines) touches(path string, first, last int) bool {
	added := c[path]
	for l := first; l <= max(first, min(last, first+200)); l++ {
		if added[l] {
			return true
		}
	}
	return false
}

// named maps the paths of a request, as models see them, to the change's own.
func (w *Workspace) named() map[string]string {
	out := map[string]string{}
	for _, f := range w.change.Files {
		out[prompts.Name(f.Path)] = f.Path
	}
	return out
}
