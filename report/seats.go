package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"scrum/reviewers"
)

// trouble is a way in which seats ended that their reviewers have in common.
type trouble struct {
	state    reviewers.State
	reviewer string
	bundles  []string
	text     string
}

// troubles are the seats that did not engage, and answers of other models than
// those that were asked.
func (r *Review) troubles() []trouble {
	var out []trouble
	add := func(s Seat, text string) {
		for i := range out {
			if out[i].reviewer == s.Reviewer && out[i].state == s.State && out[i].text == text {
				out[i].bundles = append(out[i].bundles, inline(s.Bundle))
				return
			}
		}
		out = append(out, trouble{s.State, s.Reviewer, []string{inline(s.Bundle)}, text})
	}
	for _, s := range r.Coverage {
		if s.State != reviewers.Engaged {
			text := phrase(s.Error)
			if s.Attempts > 1 && !strings.HasSuffix(text, " attempts)") {
				text = strings.TrimSuffix(fmt.Sprintf("after %d attempts: %s", s.Attempts, text), ": ")
			}
			add(s, text)
		}
		if s.State == reviewers.Engaged && s.Whole != "" {
			add(s, fmt.Sprintf("read in two halves, after the whole was %s: %s", s.Whole, phrase(s.WholeError)))
		}
		if !asAsked(s) {
			add(s, fmt.Sprintf("asked for %s, but %s answered: it counts as %s", inline(s.Model), inline(s.AnsweredModel), inline(s.Lineage)))
		}
	}
	slices.SortStableFunc(out, func(a, b trouble) int { return cmp.Compare(stateRank(a.state), stateRank(b.state)) })
	return out
}

func (t trouble) String() string {
	on := strings.Join(t.bundles, ", ")
	const most = 8
	if n := len(t.bundles); n > most {
		on = strings.Join(t.bundles[:most], ", ") + fmt.Sprintf(" and %d more", n-most)
	}
	out := fmt.Sprintf("%s on %s", inline(t.reviewer), on)
	if t.state != reviewers.Engaged {
		out += " " + inline(string(t.state))
	}
	if t.text != "" {
		out += ": " + t.text
	}
	return out
}

// stateRank orders the ways in which seats end, the most telling first.
func stateRank(s reviewers.State) int {
	return slices.Index([]reviewers.State{reviewers.Failed, reviewers.Truncated, reviewers.Disengaged, reviewers.Engaged, reviewers.Skipped}, s)
}

// sign is the mark of a state in the coverage matrix.
func sign(s reviewers.State) string {
	switch s {
	case reviewers.Engaged:
		return "✓"
	case reviewers.Disengaged:
		return "?"
	case reviewers.Truncated:
		return "…"
	case reviewers.Failed:
		return "✗"
	}
	return "–"
}

// meaning is the legend's word for a state.
func meaning(s reviewers.State) string {
	switch s {
	case reviewers.Engaged:
		return "read"
	case reviewers.Disengaged:
		return "answered, but not as if read"
	case reviewers.Truncated:
		return "answer cut off"
	case reviewers.Failed:
		return "no answer"
	}
	return "not asked"
}
