package prompts

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/bmatcuk/doublestar/v4"
)

// MaxGuide is the size in bytes above which a guide is cut. Guidance is sent
// with every request; this keeps it a fraction of a bundle.
const MaxGuide = 8 * 1024

// Guide is a text for reviewers: a file of the repository, or a configured rule.
type Guide struct {
	Name string
	Text string
}

// Rule is guidance for the bundles that touch certain paths.
type Rule struct {
	Paths []string // doublestar globs; none: every path
	Text  string
}

// Guidance is what a repository wants its reviewers to know.
type Guidance struct {
	Files []Guide // sent with every bundle
	Rules []Rule  // sent with the bundles that touch their paths
	// Masked explains the markers of a bundle in which something was masked; "" when
	// nothing was.
	Masked string
}

// For picks what applies to a bundle with these paths, long texts cut with a
// sentence that says so.
func (g Guidance) For(paths []string) []Guide {
	var out []Guide
	for _, f := range g.Files {
		out = append(out, Guide{Name: f.Name, Text: cut(f.Text)})
	}
	for _, r := range g.Rules {
		if r.applies(paths) {
			out = append(out, Guide{Name: r.name(), Text: cut(r.Text)})
		}
	}
	return out
}

// Cut lists the guides that are longer than a request carries.
func (g Guidance) Cut() []string {
	var out []string
	for _, f := range g.Files {
		if len(f.Text) > MaxGuide {
			out = append(out, fmt.Sprintf("%s: only the first %d of its %d bytes are sent", f.Name, MaxGuide, len(f.Text)))
		}
	}
	return out
}

func (r Rule) applies(paths []string) bool {
	if len(r.Paths) == 0 {
		return true
	}
	for _, p := range paths {
		for _, glob := range r.Paths {
			if ok, err := doublestar.Match(glob, p); err == nil && ok {
				return true
			}
		}
	}
	return false
}

func (r Rule) name() string {
	if len(r.Paths) == 0 {
		return "rule"
	}
	return "rule for " + strings.Join(r.Paths, ", ")
}

func cut(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= MaxGuide {
		return text
	}
	end := MaxGuide
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "\n[cut here]"
}
