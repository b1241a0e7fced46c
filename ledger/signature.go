package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// signatureForm is what evidence may call a gap: a name that can stand in a file, a table
// and a command line without being quoted.
var signatureForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$`)

// IsSignature tells whether a text can be a signature.
func IsSignature(s string) bool { return signatureForm.MatchString(s) }

// Occurrence is a gap as a run of a phase has shown it.
type Occurrence struct {
	Phase     Phase
	Signature string // the same for the same cause
	Class     string // what it is by its nature, such as enum tagging or TIMEOUT
	Title     string
	Cases     []string // cases or steps in which it shows
	Never     string   // why nobody can accept it; "" when it can be accepted
	Gap       string   // of a finding that the review knows already: the id of its entry
	As        As       // and what it was accepted as
	Finding   *Gap     // of a finding: what an entry keeps of it
}

// Ran is how far a phase has run.
type Ran struct {
	Whole bool            // all that it has
	Cases map[string]bool // those that ran to their end
}

// Covers tells whether the phase would have shown a gap of these cases, if it were still
// there. When no cases are known, all must have run.
func (r Ran) Covers(cases []string) bool {
	if len(cases) == 0 {
		return r.Whole
	}
	return !slices.ContainsFunc(cases, func(c string) bool { return !r.Cases[c] })
}

// State is what a run says of a gap.
type State string

// The states of a gap.
const (
	StateNew     State = "new"     // it occurs, and nobody has accepted it
	StateKnown   State = "known"   // it occurs, and is accepted
	StateExpired State = "expired" // it occurs, and was accepted until a day that has passed
	StateFixed   State = "fixed"   // it is in the ledger, its phase ran, and it does not occur
	StateStale   State = "stale"   // it is in the ledger, and the run says nothing of it
)

// Standing is a gap of a run or of the ledger, with its state.
type Standing struct {
	State State
	Gap   *Gap        // its entry; nil when there is none
	Seen  *Occurrence // nil when it does not occur
	Note  string      // what a reader should know beside the state
}

// Standings holds what a run has shown against the ledger: first what occurs, in its
// order, then the entries of the phases smoke and parity that do not occur. A review
// speaks of one change only, so that its other entries say nothing here.
func (l *Ledger) Standings(seen []Occurrence, ran map[Phase]Ran, today Day) []Standing {
	var out []Standing
	occurs := map[[2]string]bool{}
	for i := range seen {
		o := &seen[i]
		g := l.entryOf(o)
		occurs[[2]string{string(o.Phase), o.Signature}] = true
		out = append(out, standing(o, g, today))
	}
	for i := range l.Gaps {
		g := &l.Gaps[i]
		if occurs[[2]string{string(g.Phase), g.Fingerprint}] || g.Fingerprint == "" || g.Phase != Smoke && g.Phase != Parity {
			continue
		}
		state := StateStale
		if r, ok := ran[g.Phase]; ok && r.Covers(g.Cases) {
			state = StateFixed
		}
		out = append(out, Standing{State: state, Gap: g})
	}
	return out
}

// entryOf finds the entry of an occurrence. One that was accepted is taken before one
// that was recorded only.
func (l *Ledger) entryOf(o *Occurrence) *Gap {
	if o.Gap != "" {
		return l.Find(o.Gap)
	}
	var found *Gap
	for i := range l.Gaps {
		g := &l.Gaps[i]
		if g.is(o) && (found == nil || found.As == "" && g.As != "") {
			found = g
		}
	}
	return found
}

func (g *Gap) is(o *Occurrence) bool {
	if g.Phase != o.Phase {
		return false
	}
	if o.Finding != nil { // the review itself has said that it is not accepted
		return g.As == "" && g.Finding == o.Finding.Finding
	}
	return g.Fingerprint == o.Signature
}

func standing(o *Occurrence, g *Gap, today Day) Standing {
	s := Standing{State: StateNew, Gap: g, Seen: o}
	accepted := g != nil && g.As != "" || o.Gap != ""
	switch {
	case accepted && o.Never != "":
		s.Note = "it is accepted, and counts as new all the same: " + o.Never
	case o.Gap != "":
		s.State = StateKnown
	case accepted && g.Expired(today):
		s.State, s.Note = StateExpired, fmt.Sprintf("it was accepted until %s", g.Expires)
	case accepted:
		s.State = StateKnown
	}
	return s
}

// Since is the day on which a gap came into the ledger; "" when it does not say.
func (g *Gap) Since() Day {
	if g.Seen != "" {
		return g.Seen
	}
	return g.Accepted
}

// DaysTo counts the days between two; 0 when either is none.
func (d Day) DaysTo(other Day) int {
	from, err := time.Parse(time.DateOnly, string(d))
	to, also := time.Parse(time.DateOnly, string(other))
	if err != nil || also != nil {
		return 0
	}
	return int(to.Sub(from).Hours() / 24)
}

// Record writes entries for what occurs and has none, so that it can be accepted by its
// id or its signature. They have no "as": they make nothing known.
func Record(name string, data []byte, standings []Standing, run string, today Day) ([]byte, []Gap, error) {
	var gaps []Gap
	for _, s := range standings {
		if s.Seen == nil || s.Gap != nil || s.State != StateNew {
			continue
		}
		g := s.Seen.entry()
		g.Run, g.Seen = run, today
		if !slices.ContainsFunc(gaps, func(other Gap) bool { return other.ID == g.ID }) {
			gaps = append(gaps, g)
		}
	}
	if len(gaps) == 0 {
		return data, nil, nil
	}
	data, err := Append(name, data, gaps...)
	return data, gaps, err
}

// entry is what the ledger keeps of an occurrence.
func (o *Occurrence) entry() Gap {
	if o.Finding != nil {
		g := *o.Finding
		g.Phase, g.Title, g.Why = Review, oneLine(g.Title), oneLine(g.Why)
		g.Reviewers, g.Lineages = written(g.Reviewers), written(g.Lineages)
		g.ID = signatureID(Review, g.Finding)
		return g
	}
	return Gap{ID: signatureID(o.Phase, o.Signature), Phase: o.Phase, Side: "new",
		Title: oneLine(o.Title), Cases: written(o.Cases), Fingerprint: o.Signature}
}

// written are the names that can be written into the file and be read again as they are.
func written(names []string) []string {
	var out []string
	for _, n := range names {
		if n != "" && printable(n) == n {
			out = append(out, n)
		}
	}
	return out
}

// signatureID names an entry after its signature.
func signatureID(p Phase, signature string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{string(p), signature}, "\x00")))
	return "g-" + hex.EncodeToString(sum[:4])
}
