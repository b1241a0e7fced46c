package analyse

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/viper"
	"github.com/zricethezav/gitleaks/v8/config"
	"github.com/zricethezav/gitleaks/v8/detect"
	"github.com/zricethezav/gitleaks/v8/report"

	"scrum/bundler"
	"scrum/prompts"
)

// secrets looks for keys and passwords in the added lines, with gitleaks' rules.
// Nothing of the change can silence it: no ignore file, no comment, and no file
// name that gitleaks passes over.
func (w *Workspace) secrets(ctx context.Context) (result, error) {
	d, err := secretDetector(ctx)
	if err != nil {
		return result{}, fmt.Errorf("loading the rules for secrets: %w", err)
	}
	out := newResult()
	for _, f := range w.change.Files {
		if f.Binary {
			out.skipped[f.Path] = "it is binary"
			continue
		}
		found, err := fileSecrets(ctx, d, f)
		if err != nil {
			return result{}, err
		}
		out.diagnostics = append(out.diagnostics, found...)
		out.covered[f.Path] = true
	}
	return out, ctx.Err()
}

// secretDetector loads gitleaks' own rules, not with its loader, which keeps them
// in variables that all users of the process share.
func secretDetector(ctx context.Context) (*detect.Detector, error) {
	v := viper.New()
	v.SetConfigType("toml")
	if err := v.ReadConfig(strings.NewReader(config.DefaultConfig)); err != nil {
		return nil, err
	}
	var rules config.ViperConfig
	if err := v.Unmarshal(&rules); err != nil {
		return nil, err
	}
	translated, err := rules.Translate()
	if err != nil {
		return nil, err
	}
	d := detect.NewDetectorContext(ctx, translated)
	d.IgnoreGitleaksAllow = true
	return d, nil
}

// fileSecrets looks through the new side of each hunk, so that a key of many lines
// is whole where a change touches only some of them.
func fileSecrets(ctx context.Context, d *detect.Detector, f *bundler.File) ([]diagnostic, error) {
	hunks, err := f.Hunks()
	if err != nil {
		return nil, fmt.Errorf("reading the added lines of %s: %w", prompts.Name(f.Path), err)
	}
	var out []diagnostic
	for _, h := range hunks {
		side := newSide(h)
		if len(side.lines) == 0 {
			continue
		}
		for _, found := range detectIn(ctx, d, f.Path, strings.Join(side.lines, "\n")+"\n") {
			if first, last, ok := side.place(found); ok {
				out = append(out, secretDiagnostic(f.Path, found, first, last))
			}
		}
	}
	return oneEach(out), ctx.Err()
}

// detectIn runs the rules. Files whose names gitleaks passes over are looked
// through under no name, without the one rule that guesses: it takes the checksums
// of lock files for keys.
func detectIn(ctx context.Context, d *detect.Detector, path, text string) []report.Finding {
	passedOver := slices.ContainsFunc(d.Config.Allowlists, func(a *config.Allowlist) bool { return a.PathAllowed(path) })
	if !passedOver {
		return d.DetectContext(ctx, detect.Fragment{Raw: text, FilePath: path}) //nolint:staticcheck // the type that it takes
	}
	found := d.DetectContext(ctx, detect.Fragment{Raw: text}) //nolint:staticcheck // as above
	return slices.DeleteFunc(found, func(f report.Finding) bool { return f.RuleID == "generic-api-key" })
}

// side is the new side of a hunk.
type side struct {
	lines   []string
	numbers []int
	added   []bool
}

func newSide(h bundler.Hunk) side {
	var s side
	for l := range h.Lines() {
		if l.Kind != '-' {
			s.lines = append(s.lines, string(l.Text))
			s.numbers = append(s.numbers, l.New)
			s.added = append(s.added, l.Kind == '+')
		}
	}
	return s
}

// place finds the lines of the secret itself, from where the rule's match begins:
// a match may begin lines before it. ok is false when no line of it was added.
func (s side) place(f report.Finding) (first, last int, ok bool) {
	from := min(max(f.StartLine, 0), len(s.lines)-1)
	head, _, _ := strings.Cut(strings.Trim(f.Secret, "\n"), "\n")
	for i := from; i < len(s.lines); i++ {
		if strings.Contains(s.lines[i], head) {
			from = i
			break
		}
	}
	to := min(from+strings.Count(strings.Trim(f.Secret, "\n"), "\n"), len(s.lines)-1)
	return s.numbers[from], s.numbers[to], slices.Contains(s.added[from:to+1], true)
}

// oneEach keeps one diagnostic a place: the named rule rather than the one that
// guesses.
func oneEach(all []diagnostic) []diagnostic {
	var out []diagnostic
	for _, d := range all {
		guess := d.check == "generic-api-key"
		i := slices.IndexFunc(out, func(o diagnostic) bool {
			return o.first == d.first && o.last == d.last && (guess || o.check == "generic-api-key")
		})
		switch {
		case i < 0:
			out = append(out, d)
		case !guess:
			out[i] = d
		}
	}
	return out
}

func secretDiagnostic(path string, f report.Finding, first, last int) diagnostic {
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
	if len(s) < 20 {
		return "masked, " + class
	}
	return fmt.Sprintf("it begins with %q, %s", string(r[:2]), class)
}
