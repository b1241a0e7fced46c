package analyse

import (
	"context"
	"fmt"
	"strings"

	"scrum/injection"
)

// instructions reports what the change adds that speaks to its reviewers instead of
// to the program.
func (w *Workspace) instructions(ctx context.Context) (result, error) {
	found, err := w.Instructions(ctx)
	if err != nil {
		return result{}, err
	}
	out := newResult()
	for _, f := range w.change.Files {
		out.covered[f.Path] = true // of a binary file, its name
	}
	for _, i := range found {
		if i.Added {
			out.diagnostics = append(out.diagnostics, instructionDiagnostic(i))
		}
	}
	return out, ctx.Err()
}

func instructionDiagnostic(i injection.Instruction) diagnostic {
	message := i.Kind.Title()
	if i.Excerpt != "" {
		message += fmt.Sprintf(": \u201c%s\u201d", strings.NewReplacer("`", "'", "*", "").Replace(i.Excerpt))
	}
	if i.More > 0 {
		message += fmt.Sprintf(" (and %d more in this file)", i.More)
	}
	return diagnostic{
		path: i.Path, first: i.First, last: i.Last, severity: warn, check: string(i.Kind), message: message,
		fix: "ask the author why it stands there; models were told not to follow it, and their silence on this file deserves a second look",
	}
}
