package secrets

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"scrum/bundler"
)

// Explanation tells a model what a marker is. It goes with requests that have one.
const Explanation = "Where a line holds a text of the form [MASKED:rule:length], a credential stood there and was taken out before this was sent. The marker is no defect: do not report it. Whether the credential should be in the code has been reported already."

// distinctive is the length in bytes below which a line of a credential is not
// looked for elsewhere: it would hide ordinary code.
const distinctive = 8

// Findings are the credentials of a change. The zero value has none.
type Findings struct {
	Secrets []Secret // by file in the order of the change, and line

	replacer *strings.Replacer // nil when there is nothing to mask
	texts    []string          // what is masked, longest first
}

func newFindings(all []Secret) *Findings {
	f := &Findings{Secrets: all}
	markers := map[string]string{}
	for _, s := range all {
		for _, line := range s.lines {
			text := strings.TrimSpace(line)
			if len(text) < distinctive && len(s.lines) > 1 || text == "" || keyBegins.MatchString(text) && len(s.lines) > 1 || keyEnds.MatchString(text) && len(s.lines) > 1 {
				continue
			}
			if markers[text] == "" {
				markers[text] = fmt.Sprintf("[MASKED:%s:%s]", s.Rule, lengthOf(text))
				f.texts = append(f.texts, text)
			}
		}
	}
	slices.SortFunc(f.texts, longestFirst)
	var pairs []string
	for _, text := range f.texts {
		pairs = append(pairs, text, markers[text])
	}
	if len(pairs) > 0 {
		f.replacer = strings.NewReplacer(pairs...)
	}
	return f
}

// longestFirst, because a text may hold a shorter one.
func longestFirst(a, b string) int {
	if len(a) != len(b) {
		return len(b) - len(a)
	}
	return strings.Compare(a, b)
}

// Text masks what was found wherever it stands in a text.
func (f *Findings) Text(s string) string {
	if f == nil || f.replacer == nil {
		return s
	}
	return f.replacer.Replace(s)
}

// Mask gives the bundle with a marker in the place of every credential, on both
// sides of the diff. Lines, kinds and numbers stay as they are. A bundle without
// credentials is given back itself.
func (f *Findings) Mask(b *bundler.Bundle) *bundler.Bundle {
	if f == nil || f.replacer == nil {
		return b
	}
	masked := *b
	masked.Parts = slices.Clone(b.Parts)
	changed := false
	for i, p := range b.Parts {
		if f.Text(string(p.Patch)) == string(p.Patch) {
			continue
		}
		changed = true
		masked.Parts[i] = p.Rewrite(func(text []byte) []byte { return []byte(f.Text(string(text))) })
	}
	if !changed {
		return b
	}
	masked.Bytes = 0
	for _, p := range masked.Parts {
		masked.Bytes += len(p.Patch)
	}
	return &masked
}

// Text masks what is found in a text that is no diff, such as guidance for
// reviewers or a file of the tree. Path is what it is called.
func (x *Scanner) Text(ctx context.Context, path, text string) (string, error) {
	s := side{lines: strings.Split(text, "\n")}
	s.numbers, s.changed = make([]int, len(s.lines)), make([]bool, len(s.lines))
	masked := newFindings(s.secrets(ctx, x.detector, path)).Text(text)
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	return masked, nil
}
