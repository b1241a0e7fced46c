package tally

import (
	"fmt"
	"slices"
	"strings"

	"scrum/reviewers"
)

// Cover says whether a bundle was read by enough of the panel for its silence to
// count.
type Cover struct {
	Bundle   string
	Covered  bool
	Lineages []string // distinct model lineages that engaged, sorted
	Need     int      // how many it takes; 0 for a panel of analysers alone
	Why      string   // what the cover rests on, or what is missing
}

// Coverage judges each bundle. It takes a quorum of distinct model lineages, or
// all there are in the panel when those are fewer, which Why says; all unknown
// lineages together are one, and analysers are none. A seat of the panel counts
// with the lineage that was asked for, so that a substituted model lowers no
// quorum, and engages with the one that answered.
//
// A panel of analysers alone covers a bundle when all that apply to it have run;
// Why says that no model has read it. Where none applies nobody has read the
// bundle, and it is not covered.
func Coverage(bundles []string, seats []Seat, quorum int) []Cover {
	panel := modelLineages(seats)
	byBundle := map[string][]Seat{}
	for _, s := range seats {
		if !s.Own {
			byBundle[s.Bundle] = append(byBundle[s.Bundle], s)
		}
	}
	out := make([]Cover, 0, len(bundles))
	for _, id := range bundles {
		var c Cover
		if len(panel) == 0 {
			c = coverByAnalysers(byBundle[id])
		} else {
			c = coverByModels(byBundle[id], panel, max(1, quorum))
		}
		c.Bundle = id
		out = append(out, c)
	}
	return out
}

func modelLineages(seats []Seat) []string {
	var out []string
	for _, s := range seats {
		if s.Kind == reviewers.Analyser {
			continue
		}
		if s.Asked != "" {
			out = append(out, s.Asked)
		} else {
			out = append(out, lineageOf(s.Lineage))
		}
	}
	return distinct(out)
}

func coverByModels(seats []Seat, panel []string, quorum int) Cover {
	c := Cover{Need: min(quorum, len(panel)), Lineages: []string{}}
	for _, s := range seats {
		if s.Kind != reviewers.Analyser && s.State == reviewers.Engaged {
			c.Lineages = append(c.Lineages, lineageOf(s.Lineage))
		}
	}
	c.Lineages = distinct(c.Lineages)
	c.Covered = len(c.Lineages) >= c.Need
	c.Why = fmt.Sprintf("%s engaged (%s), %d needed", count(len(c.Lineages), "lineage"), strings.Join(c.Lineages, ", "), c.Need)
	if len(c.Lineages) == 0 {
		c.Why = fmt.Sprintf("no lineage engaged, %d needed", c.Need)
	}
	if c.Need < quorum {
		c.Why += fmt.Sprintf("; the quorum is %d, but the panel has only %s", quorum, count(len(panel), "lineage"))
	}
	return c
}

func coverByAnalysers(seats []Seat) Cover {
	c := Cover{Lineages: []string{}}
	var ran, missing []string
	for _, s := range seats {
		switch {
		case s.State == reviewers.Engaged:
			ran = append(ran, s.Reviewer)
		case s.State != reviewers.Skipped || s.Missed:
			missing = append(missing, s.Reviewer)
		}
	}
	ran, missing = distinct(ran), distinct(missing)
	c.Covered = len(ran) > 0 && len(missing) == 0
	switch {
	case len(missing) > 0:
		c.Why = "did not run: " + strings.Join(missing, ", ")
	case len(ran) == 0:
		c.Why = "no analyser applies to it, so nobody has read it"
	default:
		c.Why = "analysers ran (" + strings.Join(ran, ", ") + "); no model has read it"
	}
	return c
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// Covered counts the covered bundles.
func Covered(covers []Cover) int {
	return len(slices.DeleteFunc(slices.Clone(covers), func(c Cover) bool { return !c.Covered }))
}
