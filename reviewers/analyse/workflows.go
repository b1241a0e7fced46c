package analyse

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/rhysd/actionlint"

	"scrum/bundler"
	"scrum/prompts"
)

// workflows checks the changed workflow files with actionlint.
func (w *Workspace) workflows(ctx context.Context) (result, error) {
	linter, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{Shellcheck: "", Pyflakes: ""})
	if err != nil {
		return result{}, fmt.Errorf("starting actionlint: %w", err)
	}
	out := newResult()
	for _, f := range w.change.Files {
		if !isWorkflow(f.Path) {
			continue
		}
		if f.Status == bundler.Deleted {
			out.covered[f.Path] = true // nothing is left that could be wrong
			continue
		}
		content, why, err := w.content(ctx, f)
		if err != nil {
			return result{}, err
		}
		if why != "" {
			out.skipped[f.Path] = why
			continue
		}
		found, err := linter.Lint(f.Path, content, nil)
		if err != nil {
			return result{}, fmt.Errorf("checking %s: %w", prompts.Name(f.Path), err)
		}
		out.covered[f.Path] = true
		for _, e := range found {
			out.diagnostics = append(out.diagnostics, workflowDiagnostic(f.Path, e))
		}
	}
	return out, ctx.Err()
}

func workflowDiagnostic(path string, e *actionlint.Error) diagnostic {
	d := diagnostic{path: path, first: max(e.Line, 1), last: e.Line, severity: warn, check: e.Kind, message: e.Message}
	switch {
	case strings.Contains(e.Message, "potentially untrusted"):
		d.severity = block // the text of strangers becomes part of a script
	case e.Kind == "syntax-check" && strings.HasPrefix(e.Message, "could not parse as YAML"):
		d.whole = true // the parser stumbles behind the line that is wrong
	case e.Kind == "runner-label":
		d.severity = info // labels of one's own runners are not known here
	}
	return d
}

// content is the file on the new side: from the tree, or, for a plain diff, from
// the patch when that holds the whole file. Else it says why there is none.
func (w *Workspace) content(ctx context.Context, f *bundler.File) (data []byte, why string, err error) {
	dir, err := w.tree(ctx)
	if err == nil {
		data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(f.Path)))
		if err != nil {
			return nil, "it is no plain file", nil
		}
		return data, "", nil
	}
	if !errors.Is(err, bundler.ErrNoTree) {
		return nil, "", err
	}
	if f.Status != bundler.Added {
		return nil, "the plain diff holds only a part of it: review a range, a commit, the index or the work tree", nil
	}
	hunks, err := f.Hunks()
	if err != nil {
		return nil, "", fmt.Errorf("reading the lines of %s: %w", prompts.Name(f.Path), err)
	}
	var text bytes.Buffer
	for _, h := range hunks {
		for l := range h.Lines() {
			text.Write(l.Text)
			text.WriteByte('\n')
		}
	}
	return text.Bytes(), "", nil
}
