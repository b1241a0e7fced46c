package serve

import (
	"slices"
	"strings"

	"scrum/history"
	"scrum/report"
)

// review is a line of the list of reviews.
type review struct {
	ID        string
	Label     string
	Commit    string
	Started   string
	Verdict   word
	Rule      string
	Findings  string // convergent of distinct
	Engaged   string // seats of those asked
	Cost      string
	Wall      string
	Models    []reviewer
	Tools     int
	Here      bool // its directory is there
	Readable  bool // it has come to a result
	Scripted  bool
	numbers   history.Run
	reviewers []history.Share
}

// reviewer is how one took part in a run.
type reviewer struct {
	Name string
	Tone string // "" when it engaged everywhere
	Note string
}

// newReview makes a line of what the history has of a run.
func newReview(r history.Run, shares []history.Share) review {
	out := review{
		ID: r.ID, Label: report.Phrase(r.Label), Commit: shortCommit(r.Head, r.Dirty), Started: when(r.Started), Verdict: endOf(r), Rule: report.Phrase(r.Rule),
		Findings: report.Ratio(r.Convergent, r.Distinct).String(), Engaged: report.Ratio(r.Engaged, r.Asked).String(),
		Cost: report.USD(r.CostUSD, false).String(), Wall: report.Wall(r.WallMS).String(),
		Readable: r.Outcome != "", Scripted: r.Scripted, numbers: r, reviewers: shares,
	}
	if r.Outcome == "" {
		out.Findings, out.Engaged, out.Cost, out.Wall = "–", "–", "–", "–"
	}
	for _, s := range shares {
		if s.Tool {
			out.Tools++
			continue
		}
		out.Models = append(out.Models, took(s))
	}
	return out
}

func took(s history.Share) reviewer {
	r := reviewer{Name: report.Phrase(s.Reviewer), Note: report.Ratio(s.Engaged, s.Asked).String()}
	switch s.Engaged {
	case s.Asked:
		r.Note = ""
	case 0:
		r.Tone = "bad"
	default:
		r.Tone = "warn"
	}
	return r
}

// endOf is the verdict of a run, or how far it has come.
func endOf(r history.Run) word {
	switch {
	case r.Outcome != "":
		return outcomeWord(r.Outcome)
	case r.State == "running":
		return word{"running or killed", "info"}
	}
	return word{report.Phrase(r.State), "warn"}
}

// perRun sorts shares by their run.
func perRun(shares []history.Share) map[string][]history.Share {
	out := map[string][]history.Share{}
	for _, s := range shares {
		out[s.Run] = append(out[s.Run], s)
	}
	return out
}

// verdictCount is a filter of the list with how many it leaves.
type verdictCount struct {
	word
	N      int
	Chosen bool
}

// counts are the verdicts that occur, the most frequent first.
func counts(all []review, chosen string) []verdictCount {
	var out []verdictCount
	for _, r := range all {
		i := slices.IndexFunc(out, func(c verdictCount) bool { return c.word == r.Verdict })
		if i < 0 {
			i = len(out)
			out = append(out, verdictCount{word: r.Verdict, Chosen: r.Verdict.Text == chosen})
		}
		out[i].N++
	}
	slices.SortStableFunc(out, func(a, b verdictCount) int {
		if a.N != b.N {
			return b.N - a.N
		}
		return strings.Compare(a.Text, b.Text)
	})
	return out
}
