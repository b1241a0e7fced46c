package assess

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"scrum/ledger"
)

// ResultID names the format of a result as JSON.
const ResultID = "scrum/assess/v1"

// ResultFile is where a run keeps its assessment.
const ResultFile = "assess.json"

// Result is an assessment: the document scrum/assess/v1.
type Result struct {
	Schema       string      `json:"schema"`
	Run          string      `json:"run"`
	Commit       string      `json:"commit"`
	Assessed     time.Time   `json:"assessed"`
	ToolVersion  string      `json:"tool_version"`
	Verdict      Verdict     `json:"verdict"`
	Releasable   bool        `json:"releasable"`
	Matches      bool        `json:"matches_expectations"`
	Expectations string      `json:"expectations"` // why they are met or not
	Evidence     []Item      `json:"evidence"`
	Variables    Env         `json:"variables"`
	Gaps         []Gap       `json:"gaps"`
	Last         *Comparison `json:"last"`
	Recorded     []string    `json:"recorded"` // ids of entries that were written into the ledger
	Tracker      *Tracked    `json:"tracker"`
	Notes        []string    `json:"notes"`

	standings []ledger.Standing
}

// Gap is a gap of the run or of the ledger.
type Gap struct {
	State     ledger.State `json:"state"`
	Phase     ledger.Phase `json:"phase"`
	Signature string       `json:"signature"`
	Class     string       `json:"class"`
	Title     string       `json:"title"`
	Cases     []string     `json:"cases"`
	Entry     string       `json:"entry"` // its id in the ledger; "" when it is not there
	As        ledger.As    `json:"as"`
	Owner     string       `json:"owner"`
	Reason    string       `json:"reason"`
	Expires   ledger.Day   `json:"expires"`
	Since     ledger.Day   `json:"since"` // when it came into the ledger
	Days      int          `json:"days"`  // from then
	Note      string       `json:"note"`
}

// Occurs tells that the run has shown it.
func (g *Gap) Occurs() bool {
	return g.State == ledger.StateNew || g.State == ledger.StateKnown || g.State == ledger.StateExpired
}

// Judge holds the evidence against the ledger and decides.
func (e *Evidence) Judge(l *ledger.Ledger, p *Policy) *Result {
	r := &Result{Schema: ResultID, Assessed: e.now.UTC(), Evidence: e.Items, Notes: e.Notes, Recorded: []string{}, Gaps: []Gap{}}
	if e.Manifest != nil {
		r.Run, r.Commit = e.Manifest.Run, e.Manifest.Commit
	}
	var seen []ledger.Occurrence
	ran := map[ledger.Phase]ledger.Ran{}
	for i := range e.Items {
		if s := e.Items[i].shown; s != nil {
			seen = append(seen, s.seen...)
			ran[ledger.Phase(e.Items[i].Phase)] = s.ran
		}
	}
	r.standings = l.Standings(seen, ran, e.today())
	for _, s := range r.standings {
		r.Gaps = append(r.Gaps, gapOf(s, e.today()))
	}
	r.Variables = e.env(r.standings)
	r.Verdict = p.Decide(r.Variables)
	r.Releasable = r.Verdict.Outcome.Releasable()
	r.Matches, r.Expectations = r.expectations()
	return r
}

func gapOf(s ledger.Standing, today ledger.Day) Gap {
	g := Gap{State: s.State, Note: s.Note, Cases: []string{}}
	if e := s.Gap; e != nil {
		g.Phase, g.Signature, g.Title = e.Phase, e.Fingerprint, cmp.Or(e.Title, e.Fingerprint)
		g.Entry, g.As, g.Owner, g.Reason, g.Expires, g.Since = e.ID, e.As, e.Owner, e.Reason, e.Expires, e.Since()
		g.Days = g.Since.DaysTo(today)
		g.Cases = append(g.Cases, e.Cases...)
	}
	if o := s.Seen; o != nil {
		g.Phase, g.Signature, g.Class, g.Title = o.Phase, o.Signature, o.Class, o.Title
		g.Cases = append([]string{}, o.Cases...)
		if o.Gap != "" {
			g.Entry, g.As = o.Gap, o.As
		}
	}
	return g
}

// env counts what rules decide on.
func (e *Evidence) env(standings []ledger.Standing) Env {
	var v Env
	for _, s := range standings {
		v.count(s)
	}
	for i := range e.Items {
		v.look(&e.Items[i])
	}
	v.Known = v.SmokeKnown + v.ParityKnown + v.FindingsKnown
	v.Dirty = v.Dirty || e.Manifest != nil && e.Manifest.Dirty
	return v
}

func (v *Env) count(s ledger.Standing) {
	if s.State == ledger.StateFixed {
		v.Fixed++
	}
	if s.State == ledger.StateExpired {
		v.Expired++
	}
	if s.Seen == nil {
		return
	}
	known := s.State == ledger.StateKnown
	switch s.Seen.Phase {
	case ledger.Smoke:
		add(&v.SmokeKnown, &v.SmokeFailed, known)
	case ledger.Parity:
		add(&v.ParityKnown, &v.ParityNew, known)
	case ledger.Review:
		switch {
		case s.Seen.Gap != "" && !known:
			v.FindingsRefused++
		case known && s.Seen.As == ledger.FalsePositive: // there is no gap
		default:
			add(&v.FindingsKnown, &v.FindingsNew, known)
		}
	}
}

func add(known, fresh *int, isKnown bool) {
	if isKnown {
		*known++
	} else {
		*fresh++
	}
}

func (v *Env) look(i *Item) {
	good := i.Quality == Good
	switch i.Phase {
	case Smoke:
		v.SmokeRan = good
	case Parity:
		v.ParityRan = good
	case Review:
		v.ReviewRan = good
		if good {
			v.ReviewOutcome = i.shown.outcome
		}
	}
	switch {
	case i.missing():
		v.EvidenceMissing++
	case i.Quality == Skipped && i.Needed:
		v.Skipped++
	case good && !i.Decides:
		v.Undecided++
	}
	v.Dirty = v.Dirty || i.Dirty
}

// expectations tells whether the run is what the ledger says it should be: all that
// occurs is accepted, all that is accepted occurs, and nothing is missing.
func (r *Result) expectations() (matches bool, why string) {
	var off []string
	note := func(n int, one, many string) {
		if n > 0 {
			off = append(off, plural(n, one, many))
		}
	}
	fresh, fixed := 0, 0
	for _, g := range r.Gaps {
		switch {
		case g.State == ledger.StateNew && g.As == "":
			fresh++
		case g.State == ledger.StateFixed && g.As != "":
			fixed++
		}
	}
	v := r.Variables
	note(fresh, "gap is not accepted", "gaps are not accepted")
	note(v.Expired, "acceptance has expired", "acceptances have expired")
	note(fixed, "accepted gap does not occur any more", "accepted gaps do not occur any more")
	note(v.EvidenceMissing, "phase has no evidence", "phases have no evidence")
	note(v.Skipped, "phase was skipped", "phases were skipped")
	note(v.Undecided, "phase decides nothing", "phases decide nothing")
	if v.ReviewOutcome == "block" && v.FindingsNew == 0 {
		off = append(off, "the review blocks")
	}
	if len(off) > 0 {
		return false, strings.Join(off, ", ")
	}
	if v.Known == 0 {
		return true, "nothing occurs that would have to be accepted"
	}
	return true, fmt.Sprintf("all that occurs is accepted: %s", plural(v.Known, "known gap", "known gaps"))
}

// Expect replaces the expectations of the ledger by an outcome.
func (r *Result) Expect(o Outcome) {
	r.Matches, r.Expectations = r.Verdict.Outcome == o, fmt.Sprintf("expected %s, got %s", o, r.Verdict.Outcome)
}
