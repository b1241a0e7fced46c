package history

import "scrum/ledger"

// Word is what people have said of a finding: an entry of gaps.yaml.
type Word struct {
	ID        string
	As        string // false_positive, accepted_risk, …
	Run       string // where the finding was
	Finding   string // its id there
	Accepted  string // the day, as 2026-11-23
	Reviewers []string
	Lineages  []string
}

// judgement is what a word says of those who reported the finding.
type judgement int

const (
	unsaid    judgement = iota
	accepted            // the problem is there, and it is lived with
	dismissed           // it is none, or none of its own
)

// judge reads what a finding was accepted as. A word that is not known says nothing.
func judge(as string) judgement {
	switch as {
	case "accepted_risk", "policy", "deferred":
		return accepted
	case "false_positive", "duplicate":
		return dismissed
	}
	return unsaid
}

// WordsOf are the entries of a ledger that say something of findings.
func WordsOf(l *ledger.Ledger) []Word {
	var out []Word
	for _, g := range l.Gaps {
		if judge(string(g.As)) == unsaid {
			continue // recorded, but not accepted
		}
		out = append(out, Word{
			ID: g.ID, As: string(g.As), Run: g.Run, Finding: g.Finding, Accepted: string(g.Accepted),
			Reviewers: g.Reviewers, Lineages: g.Lineages,
		})
	}
	return out
}
