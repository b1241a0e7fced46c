package analyse

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/rhysd/actionlint"

	"scrum/bundler"
)

// workflows checks the changed workflow files with actionlint.
func (w *Workspace) workflows(ctx context.Context) (result, error) {
	linter, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{Shellcheck: "", Pyflakes: ""})
	if err != nil {
		return result{}, fmt.Errorf("starting actionlint: %w", err)
	}
	out := result{covered: map[string]bool{}, skipped: map[string]string{}}
	for _, f := range w.change.Files {
		if !isWorkflow(f.Path) {
			continue
		}
		if f.Status == bundler.Deleted {
			out.covered[f.Path] = true
			continue
		}
		content, err := w.content(ctx, f)
		if err != nil {
			out.skipped[f.Path] = err.Error()
			continue
		}
		found, err := linter.Lint(f.Path, content, nil)
		if err != nil {
			return result{}, fmt.Errorf("checking %s: %w", f.Path, err)
		}
		out.covered[f.Path] = true
		for _, e := range found {
			out.diagnostics = append(out.diagnostics, workflowDiagnostic(f.Path, e))
		}
	}
	return out, nil
}

func workflowDiagnostic(path string, e *actionlint.Error) diagnostic {
	d := diagnostic{path: path, first: max(e.Line, 1), last: e.Line, severity: warn, check: e.Kind, message: e.Message}
	if strings.Contains(e.Message, "potentially untrusted") {
		d.severity = block // the text of strangers becomes part of a script
	}
	return d
}

// content is the file on the new side: from the tree, or, for a plain diff, from
// the patch when that holds the whole file.
func (w *Workspace) content(ctx context.Context, f *bundler.File) ([]byte, error) {
	dir, err := w.tree(ctx)
	if err == nil {
		return os.ReadFile(filepath.Join(dir, filepath.FromSlash(f.Path)))
	}
	if !errors.Is(err, bundler.ErrNoTree) {
		return nil, err
	}
	if f.Status != bundler.Added {
		return nil, errors.New("only a part of the file is in the diff")
	}
	hunks, err := f.Hunks()
	if err != nil {
		return nil, err
	}
	var text strings.Builder
	for _, h := range hunks {
		for l := range h.Lines() {
			text.Write(l.Text)
			text.WriteByte('\n')
		}
	}
	return []byte(text.String()), nil
}
