package tally

import (
	"fmt"
	"math"
	"strings"

	"scrum/reviewers"
)

// Engagement says when an answer shows that its bundle was really read, and how
// many lineages must have read a bundle. The zero value stands for
// DefaultEngagement; when any field is set, all are taken as they are.
type Engagement struct {
	MinTokens  int     `yaml:"min_tokens" mapstructure:"min_tokens"`   // completion tokens that an answer without findings needs
	MinCovered float64 `yaml:"min_covered" mapstructure:"min_covered"` // share of the files that COVERED lines must name, 0…1
	Quorum     int     `yaml:"quorum" mapstructure:"quorum"`           // distinct model lineages for a bundle
}

// DefaultEngagement is what holds when nothing is configured.
func DefaultEngagement() Engagement {
	return Engagement{MinTokens: 100, MinCovered: 0.8, Quorum: 2}
}

// bytesPerToken is the usual size of a token of English and code, for answers
// whose server does not count.
const bytesPerToken = 3.5

// Judge says how the seat ended that gave the answer, and why when it is not
// engaged. Paths are the bundle's, spelled as they were shown. An analyser that
// has answered has done its work: how much it read is not for a count of words.
func (e Engagement) Judge(paths []string, r reviewers.Response, kind reviewers.Kind) (reviewers.State, string) {
	if kind == reviewers.Analyser {
		return reviewers.Engaged, ""
	}
	if e == (Engagement{}) {
		e = DefaultEngagement()
	}
	if why := cutOff(r.FinishReason); why != "" {
		return reviewers.Truncated, why
	}
	if strings.TrimSpace(r.Text) == "" {
		return reviewers.Disengaged, "the answer is empty"
	}
	report := Parse(r.Text)
	if report.Truncated {
		return reviewers.Truncated, "the answer is cut off or broken in the middle of its own structure"
	}
	if tokens := r.CompletionTokens; len(report.Findings) == 0 {
		if tokens == 0 {
			tokens = int(float64(len(r.Text)+len(r.Reasoning)) / bytesPerToken)
		}
		if tokens < e.MinTokens {
			return reviewers.Disengaged, fmt.Sprintf("no finding, and only %d of the %d completion tokens that silence needs", tokens, e.MinTokens)
		}
	}
	paths = distinct(append([]string(nil), paths...))
	read := report.Reads(paths)
	if need := int(math.Ceil(e.MinCovered*float64(len(paths)) - 1e-9)); read < need {
		return reviewers.Disengaged, fmt.Sprintf("COVERED lines name %d of %d files; %d are needed", read, len(paths), need)
	}
	return reviewers.Engaged, ""
}

// cutOff knows the finish reasons that mean an unfinished answer.
func cutOff(reason string) string {
	switch strings.ToLower(reason) {
	case "length", "max_tokens", "max_output_tokens", "model_length", "model_context_window_exceeded":
		return "the answer was cut off at the token limit (finish reason " + reason + ")"
	case "content_filter", "safety", "recitation", "blocklist", "prohibited_content", "refusal":
		return "the provider stopped the answer (finish reason " + reason + ")"
	}
	return ""
}

// Reads counts those of the paths that COVERED lines name, each exactly or with
// one of the decorations that models put on a path.
func (r Report) Reads(paths []string) int {
	named := map[string]bool{}
	for _, list := range [][]string{r.Covered, r.CoveredRaw} {
		for _, c := range list {
			for _, name := range spellings(c) {
				named[name] = true
			}
		}
	}
	n := 0
	for _, p := range paths {
		if named[p] {
			n++
		}
	}
	return n
}

// spellings are the paths that a COVERED value may mean.
func spellings(s string) []string {
	clean := cleanPath(s)
	out := []string{s, clean}
	if p, _, ok := scanPlace(s); ok {
		out = append(out, p.Path)
	}
	for _, mark := range []string{" (", " — ", " – ", " - ", ": ", "\t", " #"} {
		if head, _, ok := strings.Cut(clean, mark); ok {
			out = append(out, strings.Trim(head, " `*"))
		}
	}
	for _, name := range out {
		for _, prefix := range []string{"a/", "b/", "./"} {
			if rest, ok := strings.CutPrefix(name, prefix); ok {
				out = append(out, rest)
			}
		}
	}
	return out
}
