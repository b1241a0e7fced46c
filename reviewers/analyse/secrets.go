package analyse

import (
	"context"
	"fmt"
	"strings"

	"github.com/zricethezav/gitleaks/v8/detect"
	"github.com/zricethezav/gitleaks/v8/report"

	"scrum/bundler"
	"scrum/prompts"
)

// secrets looks for keys and passwords in the added lines, with gitleaks' rules.
// Nothing of the change can silence it: neither an ignore file nor a comment.
func (w *Workspace) secrets(ctx context.Context) (result, error) {
	d, err := detect.NewDetectorDefaultConfig()
	if err != nil {
		return result{}, fmt.Errorf("loading the rules for secrets: %w", err)
	}
	d.IgnoreGitleaksAllow = true
	out := result{covered: map[string]bool{}, skipped: map[string]string{}}
	for _, f := range w.change.Files {
		if err := ctx.Err(); err != nil {
			return result{}, err
		}
		if f.Binary {
			out.skipped[f.Path] = "binary"
			continue
		}
		found, err := fileSecrets(d, f)
		if err != nil {
			return result{}, err
		}
		out.diagnostics = append(out.diagnostics, found...)
		out.covered[f.Path] = true
	}
	return out, nil
}

// fileSecrets puts the added lines into a text of their own. Lines that follow
// each other in the file do so in the text, so that a key of many lines is whole.
func fileSecrets(d *detect.Detector, f *bundler.File) ([]diagnostic, error) {
	hunks, err := f.Hunks()
	if err != nil {
		return nil, fmt.Errorf("reading the added lines of %s: %w", prompts.Name(f.Path), err)
	}
	var text strings.Builder
	var numbers []int
	for _, h := range hunks {
		for l := range h.Lines() {
			if l.Kind == '+' {
				text.Write(l.Text)
				text.WriteByte('\n')
				numbers = append(numbers, l.New)
			}
		}
	}
	var out []diagnostic
	for _, found := range d.Detect(detect.Fragment{Raw: text.String(), FilePath: f.Path}) { //nolint:staticcheck // the type that Detect takes
		if found.StartLine < 0 || found.StartLine >= len(numbers) {
			continue
		}
		out = append(out, secretDiagnostic(f.Path, found, numbers))
	}
	return out, nil
}

func secretDiagnostic(path string, f report.Finding, numbers []int) diagnostic {
	first := numbers[f.StartLine]
	last := numbers[min(max(f.EndLine, f.StartLine), len(numbers)-1)]
	return diagnostic{
		path: path, first: first, last: last, severity: block, check: f.RuleID,
		message: fmt.Sprintf("a secret is added: %s, %s", f.Description, masked(f.Secret)),
		fix:     "revoke it, take it out of the history, and read it from the environment or a secret store",
	}
}

// masked tells two letters and the length class of a secret: enough to find it,
// not enough to use it.
func masked(s string) string {
	class := "long"
	switch {
	case len(s) < 20:
		class = "short"
	case len(s) < 64:
		class = "of medium length"
	}
	r := []rune(s)
	if len(r) < 12 {
		return "masked, " + class
	}
	return fmt.Sprintf("it begins with %q, %s", string(r[:2]), class)
}
