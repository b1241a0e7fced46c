package eval

import (
	"slices"
	"strings"

	"scrum/reviewers"
	"scrum/tally"
)

// trial is a case whose answers are read, to be counted under any options.
type trial struct {
	*Case
	panel *tally.Reading
	alone []*tally.Reading // of each answer
	means map[told]meant   // by report
}

func (c *Case) trial() *trial {
	t := &trial{Case: c}
	seats := make([]tally.Seat, 0, len(c.Answers))
	for _, a := range c.Answers {
		s := c.seat(a)
		seats = append(seats, s)
		t.alone = append(t.alone, tally.Read(c.plan, []tally.Seat{s}, nil))
	}
	t.panel = tally.Read(c.plan, seats, nil)
	t.means = c.assign(t.panel.Reports())
	return t
}

// seat gives an answer its place in the panel. It is an answer about the whole
// change: it stands with the first bundle, and its places are looked for in all.
func (c *Case) seat(a Answer) tally.Seat {
	s := tally.Seat{Reviewer: a.Reviewer, Lineage: a.Lineage, Kind: reviewers.OpenAI, State: reviewers.Engaged, Text: a.Text}
	if len(c.plan.Bundles) > 0 {
		s.Bundle = c.plan.Bundles[0].ID
	}
	if strings.HasPrefix(a.Lineage, toolLineage) {
		s.Kind = reviewers.Analyser
	}
	if strings.TrimSpace(a.Text) == "" {
		s.State = reviewers.Disengaged
	}
	return s
}

// toolLineage begins the lineage of an analyser.
const toolLineage = "tool:"

// judged is a finding beside the labels.
type judged struct {
	tally.Finding
	level int     // lineages that report it at a place of the diff
	of    []meant // by source that stands
}

// judge counts the answers of the reading and holds the findings against the labels.
func (t *trial) judge(r *tally.Reading, opt tally.Options) []judged {
	result := r.Count(opt)
	out := make([]judged, 0, len(result.Findings))
	for _, f := range result.Findings {
		j := judged{Finding: f, level: f.Convergence}
		if !f.Gates() {
			j.level = min(1, j.level) // beside the diff nothing converges
		}
		for _, s := range f.Sources {
			if s.Retracted == "" {
				j.of = append(j.of, t.meaning(s))
			}
		}
		out = append(out, j)
	}
	return out
}

func (t *trial) meaning(s tally.Source) meant {
	if m, ok := t.means[told{s.Reviewer, s.Where, s.Text}]; ok {
		return m
	}
	return meant{none, false}
}

// standing are the sources that were not taken back, in the order of of.
func (j judged) standing() []tally.Source {
	return slices.DeleteFunc(slices.Clone(j.Sources), func(s tally.Source) bool { return s.Retracted != "" })
}

// defects that the finding is of, ascending.
func (j judged) defects() []int {
	var out []int
	for _, m := range j.of {
		if m.defect != none {
			out = append(out, m.defect)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// finds tells that the finding is of the defect, at its place.
func (j judged) finds(defect int) bool {
	return slices.Contains(j.of, meant{defect, true})
}

// by gives the distinct lineages and reviewers that report the defect at its place.
func (j judged) by(defect int) (lineages, reviewers []string) {
	for i, s := range j.standing() {
		if j.of[i] == (meant{defect, true}) {
			lineages, reviewers = append(lineages, s.Lineage), append(reviewers, s.Reviewer)
		}
	}
	return distinct(lineages), distinct(reviewers)
}

func distinct(s []string) []string {
	slices.Sort(s)
	return slices.Compact(s)
}
