package overview

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"scrum/assess"
	"scrum/ledger"
	"scrum/report"
)

// view is the page's data. Its texts are fit to be seen; the template escapes them.
type view struct {
	Outcome, Look, Rule, Reason string
	ExitCode                    int
	ID, Commit                  string
	Expectations                string
	Totals                      []fact
	Notes                       []string
	Phases                      []phase
	Last                        *last
	Gaps                        []gapGroup
	Smoke                       *smokeView
	Parity                      *parityView
	Review                      *reviewView
	Written                     []string
	Facts                       []fact
}

type fact struct{ Name, Value string }

// phase is a line of the table of phases.
type phase struct {
	Name, State, Tone string
	Text, Reason      string
	Took, Link        string
}

// last is the comparison with the last run that passed.
type last struct {
	Run, Outcome string
	Sets         []signatures
}

// signatures are gaps of one lot.
type signatures struct {
	Word, Tone string
	List       []string
}

// gapGroup are the gaps of one state.
type gapGroup struct {
	Heading, Tone string
	Gaps          []gap
}

type gap struct {
	Phase, Title, Signature, Entry, Age, As, Until, Owner, Cases, Note string
}

func newView(o *Overview) *view {
	a := &o.Assessment
	v := &view{
		Outcome: cmp.Or(report.Phrase(string(a.Verdict.Outcome)), "no verdict"), Look: look(a.Verdict.Outcome), Rule: report.Phrase(a.Verdict.Rule), Reason: report.Phrase(a.Verdict.Reason),
		ExitCode: a.Verdict.Outcome.ExitCode(), ID: report.Phrase(o.ID), Commit: commit(a.Commit, o.Manifest.Dirty),
		Notes: phrases(append(o.Notes, a.Notes...)), Totals: totals(a), Smoke: smokeOf(o), Parity: parityOf(o), Review: reviewOf(o),
	}
	v.Expectations = "does not match expectations"
	if a.Matches {
		v.Expectations = "matches expectations"
	}
	if a.Expectations != "" {
		v.Expectations += ": " + report.Phrase(a.Expectations)
	}
	for i := range a.Evidence {
		v.Phases = append(v.Phases, o.phase(&a.Evidence[i]))
	}
	v.Last, v.Gaps, v.Written, v.Facts = lastOf(a.Last), gapsOf(a.Gaps), written(a), o.facts()
	return v
}

// look is the class of a verdict.
func look(o assess.Outcome) string {
	switch o {
	case assess.Ship, assess.KnownGap:
		return "good"
	case assess.NoShip:
		return "bad"
	case assess.Hold:
	}
	return "unsure"
}

func totals(a *assess.Result) []fact {
	fresh, known, fixed, stale := 0, 0, 0, 0
	for i := range a.Gaps {
		switch a.Gaps[i].State {
		case ledger.StateNew, ledger.StateExpired:
			fresh++
		case ledger.StateKnown:
			known++
		case ledger.StateFixed:
			fixed++
		case ledger.StateStale:
			stale++
		}
	}
	releasable := "no"
	if a.Releasable {
		releasable = "yes"
	}
	return []fact{{"releasable", releasable}, {"new gaps", fmt.Sprint(fresh)}, {"known gaps", fmt.Sprint(known)}, {"fixed", fmt.Sprint(fixed)}, {"stale", fmt.Sprint(stale)}}
}

// phase is what the assessment says of a phase, with the time that it took.
func (o *Overview) phase(i *assess.Item) phase {
	p := phase{Name: report.Phrase(i.Phase), State: string(i.Quality), Tone: "unsure", Text: report.Phrase(i.Headline), Reason: report.Phrase(i.Reason), Link: o.Links[i.Phase]}
	switch {
	case i.Quality == assess.Good && i.Decides:
		p.Tone = "good"
	case i.Quality == assess.Good:
		p.State = "undecided"
	case i.Quality == assess.NotNeeded:
		p.Tone = ""
	}
	if ms, ok := o.took(i.Phase); ok {
		p.Took = report.Wall(ms).String()
	}
	return p
}

func (o *Overview) took(phase string) (int64, bool) {
	switch {
	case phase == assess.Smoke && o.Smoke != nil:
		return o.Smoke.Totals.MS, true
	case phase == assess.Parity && o.Parity != nil:
		return o.Parity.Totals.WallMS, true
	case phase == assess.Review && o.Review != nil:
		return o.Review.Totals.WallMS, true
	}
	return 0, false
}

func lastOf(c *assess.Comparison) *last {
	if c == nil {
		return nil
	}
	out := &last{Run: report.Phrase(c.Run), Outcome: report.Phrase(string(c.Outcome))}
	var aged []string
	for _, a := range c.Aged {
		aged = append(aged, fmt.Sprintf("%s, %s", a.Signature, plural(a.Days, "day")))
	}
	for _, s := range []signatures{{"new", "bad", c.New}, {"fixed", "good", c.Fixed}, {"still there", "", aged}} {
		s.List = phrases(s.List)
		out.Sets = append(out.Sets, s)
	}
	return out
}

// gapsOf sorts gaps by what is to be done about them.
func gapsOf(all []assess.Gap) []gapGroup {
	var out []gapGroup
	for _, g := range []struct {
		state ledger.State
		group gapGroup
	}{
		{ledger.StateNew, gapGroup{Heading: "New", Tone: "bad"}},
		{ledger.StateExpired, gapGroup{Heading: "Expired: accepted until a day that has passed", Tone: "bad"}},
		{ledger.StateKnown, gapGroup{Heading: "Known and accepted", Tone: "warn"}},
		{ledger.StateFixed, gapGroup{Heading: "Fixed: in the ledger, and do not occur any more", Tone: "good"}},
		{ledger.StateStale, gapGroup{Heading: "Stale: in the ledger, and this run says nothing of them"}},
	} {
		for i := range all {
			if all[i].State == g.state {
				g.group.Gaps = append(g.group.Gaps, gapOf(&all[i]))
			}
		}
		if len(g.group.Gaps) > 0 {
			out = append(out, g.group)
		}
	}
	return out
}

func gapOf(g *assess.Gap) gap {
	out := gap{
		Phase: report.Phrase(string(g.Phase)), Title: report.Phrase(g.Title), Signature: report.Phrase(g.Signature), Entry: report.Phrase(g.Entry),
		As: report.Phrase(strings.ReplaceAll(string(g.As), "_", " ")), Note: report.Phrase(g.Note),
	}
	if g.Since != "" {
		out.Age = plural(g.Days, "day")
	}
	switch g.Expires {
	case "":
	case ledger.Never:
		out.Until = "for good"
	default:
		out.Until = "until " + report.Phrase(string(g.Expires))
	}
	if g.Owner != "" {
		out.Owner = report.Phrase(g.Owner + ": " + g.Reason)
	}
	if g.Phase != ledger.Smoke {
		out.Cases = report.Phrase(strings.Join(g.Cases, ", "))
	}
	return out
}

// written says what was written into the ledger and the tracker.
func written(a *assess.Result) []string {
	var out []string
	add := func(what string, list []string) {
		if len(list) > 0 {
			out = append(out, report.Phrase(fmt.Sprintf("%s: %s", what, strings.Join(list, ", "))))
		}
	}
	add("New in the ledger", a.Recorded)
	if t := a.Tracker; t != nil {
		add("New rows in "+t.File, t.Added)
		add("Gaps without a row in "+t.File+", which --record adds", t.Lacks)
		add("Rows of "+t.File+" that can be closed, since they do not occur any more", t.Closable)
		add("Closed in "+t.File+", but they occur and the ledger does not accept them", t.Decided)
	}
	return out
}

func (o *Overview) facts() []fact {
	m := &o.Manifest
	out := []fact{{"Run", report.Phrase(o.ID)}, {"Commit", commit(m.Commit, false)}}
	if m.Dirty {
		out = append(out, fact{"Work tree", "not committed"})
	}
	for _, t := range []struct {
		name string
		at   time.Time
	}{{"Started", m.Started}, {"Finished", m.Finished}, {"Assessed", o.Assessment.Assessed}} {
		if !t.at.IsZero() {
			out = append(out, fact{t.name, t.at.UTC().Format(time.RFC3339)})
		}
	}
	return append(out, fact{"Tool", "scrum " + report.Phrase(o.Assessment.ToolVersion)})
}

func commit(id string, dirty bool) string {
	out := report.Phrase(id[:min(len(id), 12)])
	if dirty {
		out += "+"
	}
	return out
}

func phrases(list []string) []string {
	out := make([]string, 0, len(list))
	for _, s := range list {
		out = append(out, report.Phrase(s))
	}
	return out
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
