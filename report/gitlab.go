package report

import (
	"io"

	"scrum/tally"
)

// GitLab writes the report of GitLab's code quality, which is that of Code Climate cut
// down to what GitLab reads.
type GitLab struct{}

type gitlabIssue struct {
	Description string         `json:"description"`
	CheckName   string         `json:"check_name"`
	Fingerprint string         `json:"fingerprint"`
	Severity    string         `json:"severity"`
	Location    gitlabLocation `json:"location"`
}

type gitlabLocation struct {
	Path  string      `json:"path"`
	Lines gitlabLines `json:"lines"`
}

type gitlabLines struct {
	Begin int `json:"begin"`
	End   int `json:"end,omitempty"`
}

// Write implements Writer.
func (GitLab) Write(w io.Writer, r *Review) error {
	out := []gitlabIssue{}
	ofReview := func(severity, rule, text string) {
		if text != "" {
			out = append(out, gitlabIssue{text, rule, rule, severity, gitlabLocation{r.anyPath(), gitlabLines{Begin: 1}}})
		}
	}
	ofReview("blocker", ruleInconclusive, r.inconclusive())
	for _, l := range r.open() {
		first, last := l.lines()
		out = append(out, gitlabIssue{
			Description: l.plain(), CheckName: l.rule, Fingerprint: l.identity, Severity: gitlabSeverity(l),
			Location: gitlabLocation{r.path(l.Finding), gitlabLines{max(first, 1), last}},
		})
	}
	ofReview("info", ruleUnlisted, r.unlisted())
	return WriteJSON(w, out)
}

func gitlabSeverity(l listed) string {
	switch {
	case l.closes:
		return "blocker"
	case l.Severity == tally.Info, !l.Gates():
		return "info"
	case l.Severity == tally.Block:
		return "major"
	}
	return "minor"
}
