package analyse

import (
	"context"
	"fmt"

	"scrum/secrets"
)

// secrets reports the keys and passwords in the added lines.
func (w *Workspace) secrets(ctx context.Context) (result, error) {
	found, err := w.Secrets(ctx)
	if err != nil {
		return result{}, err
	}
	out := newResult()
	for _, f := range w.change.Files {
		if f.Binary {
			out.skipped[f.Path] = "it is binary"
		} else {
			out.covered[f.Path] = true
		}
	}
	for _, s := range found.Secrets {
		if s.Added {
			out.diagnostics = append(out.diagnostics, secretDiagnostic(s))
		}
	}
	return out, ctx.Err()
}

func secretDiagnostic(s secrets.Secret) diagnostic {
	return diagnostic{
		path: s.Path, first: s.First, last: s.Last, severity: block, check: s.Rule,
		message: fmt.Sprintf("a secret is added: %s, %s", s.Description, masked(s)),
		fix:     "revoke it, take it out of the history, and read it from the environment or a secret store",
	}
}

// masked tells two letters and the length class of a secret: enough to find it,
// not enough to use it.
func masked(s secrets.Secret) string {
	class := "long"
	switch s.Length {
	case secrets.Short:
		return "masked, short"
	case secrets.Medium:
		class = "of medium length"
	}
	return fmt.Sprintf("it begins with %q, %s", s.Begins, class)
}
