package secrets

import (
	"bytes"
	"slices"
	"strings"

	"scrum/bundler"
)

// Explanation tells a model what a marker is. It goes with requests that have one.
const Explanation = "Where a line holds a text of the form [MASKED:rule:length], a credential stood there and was taken out before this was sent. The marker is no defect: do not report it. Whether the credential should be in the code has been reported already."

// Mask gives the bundle with a marker in the place of every credential, on both
// sides of the diff. Lines, kinds and numbers stay as they are. A bundle without
// credentials is given back itself.
func (f *Findings) Mask(b *bundler.Bundle) *bundler.Bundle {
	if f == nil || f.needles == nil {
		return b
	}
	masked := *b
	masked.Parts = slices.Clone(b.Parts)
	changed := false
	masked.Bytes = 0
	for i, p := range b.Parts {
		if rewritten := f.part(p); !bytes.Equal(rewritten.Patch, p.Patch) {
			changed = true
			masked.Parts[i] = rewritten
		}
		masked.Bytes += len(masked.Parts[i].Patch)
	}
	if !changed {
		return b
	}
	return &masked
}

func (f *Findings) part(p bundler.Part) bundler.Part {
	m := masker{needles: f.needles}
	return p.Rewrite(func(text []byte) []byte {
		masked, changed := m.line(string(text))
		if !changed {
			return text
		}
		return []byte(masked)
	})
}

// Text masks what was found wherever it stands in a text.
func (f *Findings) Text(s string) string {
	if f == nil || f.needles == nil {
		return s
	}
	m := masker{needles: f.needles}
	var out strings.Builder
	for line := range strings.Lines(s) {
		text := strings.TrimSuffix(line, "\n")
		masked, _ := m.line(text)
		out.WriteString(masked)
		out.WriteString(line[len(text):])
	}
	return out.String()
}

// masker goes through the lines of a text in their order.
type masker struct {
	needles *needles
	key     bool // the line before was one of a private key
}

func (m *masker) line(text string) (masked string, changed bool) {
	masked, rule := m.needles.mask(text)
	if m.key && rule == "" {
		masked, rule = m.needles.maskTail(text)
	}
	m.key = rule == privateKey && !keyEnds.MatchString(text)
	return masked, rule != ""
}
