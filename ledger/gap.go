package ledger

import (
	"reflect"
	"time"

	"scrum/tally"
)

// File is the name of the ledger, at the top of a repository.
const File = "gaps.yaml"

// Version of the format.
const Version = 1

// Phase is the part of a run that a gap comes from.
type Phase string

// The phases.
const (
	Review Phase = "review"
	Smoke  Phase = "smoke"
	Parity Phase = "parity"
	Assess Phase = "assess"
)

// As is what a gap was accepted as. "" is a gap that was recorded and not accepted:
// it makes nothing known.
type As string

// The ways of accepting a gap.
const (
	FalsePositive As = "false_positive" // there is no problem
	AcceptedRisk  As = "accepted_risk"  // there is, and it is lived with
	Duplicate     As = "duplicate"      // it is tracked elsewhere
	Policy        As = "policy"         // a rule of the house allows it
	Deferred      As = "deferred"       // it is going to be mended later
)

// forGood tells whether a gap may be accepted without a last day: a risk and a promise
// must be looked at again, a mistake of a reviewer need not be.
func (a As) forGood() bool { return a == FalsePositive || a == Duplicate || a == Policy }

// Day is a date as 2026-11-23, or [Never]. Days compare as strings do.
type Day string

// Never is the last day of what does not expire.
const Never Day = "never"

// DayOf is the day of a moment, in UTC: everywhere the same.
func DayOf(t time.Time) Day { return Day(t.UTC().Format(time.DateOnly)) }

// Gap is one entry. What is needed of it depends on its phase and on whether it was
// accepted; [Parse] holds that.
type Gap struct {
	ID          string
	Phase       Phase
	As          As
	Reason      string
	Owner       string
	Seen        Day // when it was recorded first
	Accepted    Day
	Expires     Day            // the last day on which it holds
	Severity    tally.Severity // a graver finding is not known
	Path        string         // where it was; "" for what has no file
	Line        int            // 0: the whole file
	Side        tally.Side
	Title       string
	Why         string
	Cases       []string // of parity and smoke: where it showed
	Fingerprint string   // of a review: of the code; else the signature
	Reviewers   []string
	Lineages    []string
	Run         string
	Finding     string

	At int // the line of the file where the entry begins
}

// Expired tells whether the last day has passed. What was never accepted cannot
// expire.
func (g *Gap) Expired(today Day) bool {
	return g.As != "" && g.Expires != Never && g.Expires < today
}

// Ledger is a gaps.yaml.
type Ledger struct {
	Name string // of the file, for messages
	Gaps []Gap  // in the order of the file
}

// Find gives the entry of an id, or nil.
func (l *Ledger) Find(id string) *Gap {
	if l == nil {
		return nil
	}
	for i := range l.Gaps {
		if l.Gaps[i].ID == id {
			return &l.Gaps[i]
		}
	}
	return nil
}

// Expired lists the entries whose last day has passed.
func (l *Ledger) Expired(today Day) []*Gap {
	var out []*Gap
	if l == nil {
		return nil
	}
	for i := range l.Gaps {
		if l.Gaps[i].Expired(today) {
			out = append(out, &l.Gaps[i])
		}
	}
	return out
}

// Same tells whether two entries say the same, wherever they stand.
func (g *Gap) Same(other *Gap) bool {
	if g == nil || other == nil {
		return g == other
	}
	a, b := *g, *other
	a.At, b.At = 0, 0
	return reflect.DeepEqual(a, b)
}

// Differences are the ids of accepted entries that another copy of a ledger has in
// addition, has otherwise, or lacks.
type Differences struct{ Added, Edited, Removed []string }

// Compare tells how another copy differs. What is recorded and not accepted does not
// matter to a review.
func (l *Ledger) Compare(other *Ledger) Differences {
	var d Differences
	for i := range other.Gaps {
		g := &other.Gaps[i]
		switch have := l.Find(g.ID); {
		case g.As == "":
		case have == nil:
			d.Added = append(d.Added, g.ID)
		case !g.Same(have):
			d.Edited = append(d.Edited, g.ID)
		}
	}
	for i := range l.Gaps {
		if g := &l.Gaps[i]; g.As != "" && (other.Find(g.ID) == nil || other.Find(g.ID).As == "") {
			d.Removed = append(d.Removed, g.ID)
		}
	}
	return d
}
