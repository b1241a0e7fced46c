package assess

import (
	"cmp"

	"scrum/policy"
)

// Outcome is what an assessment comes to.
type Outcome string

// The outcomes.
const (
	Ship      Outcome = "ship"
	KnownGap  Outcome = "ship-with-known-gap"
	Hold      Outcome = "hold"    // evidence is missing, or decides nothing
	NoShip    Outcome = "no-ship" // something is wrong, whatever else is missing
	exitHold          = 4
	exitNo            = 1
	exitShips         = 0
)

// Outcomes are all outcomes.
func Outcomes() []string {
	return []string{string(Ship), string(KnownGap), string(Hold), string(NoShip)}
}

// Releasable tells that it may be shipped.
func (o Outcome) Releasable() bool { return o == Ship || o == KnownGap }

// ExitCode is what a command ends with. Of anything that is no outcome it is that of Hold.
func (o Outcome) ExitCode() int {
	switch o {
	case Ship, KnownGap:
		return exitShips
	case NoShip:
		return exitNo
	}
	return exitHold
}

// Env is what rules decide on. New is what nobody has accepted, or whose acceptance has
// passed, or what nobody can accept.
type Env struct {
	SmokeRan        bool   `expr:"smoke_ran"        json:"smoke_ran"`    // there is good evidence of it
	SmokeFailed     int    `expr:"smoke_failed"     json:"smoke_failed"` // new failures of steps and services
	SmokeKnown      int    `expr:"smoke_known"      json:"smoke_known"`
	ParityRan       bool   `expr:"parity_ran"       json:"parity_ran"`
	ParityNew       int    `expr:"parity_new"       json:"parity_new"`
	ParityKnown     int    `expr:"parity_known"     json:"parity_known"`
	ReviewRan       bool   `expr:"review_ran"       json:"review_ran"`
	ReviewOutcome   string `expr:"review_outcome"   json:"review_outcome"` // pass, block, inconclusive, "" when it did not run
	FindingsNew     int    `expr:"findings_new"     json:"findings_new"`   // that block, or of two lineages
	FindingsKnown   int    `expr:"findings_known"   json:"findings_known"` // not those that are false positives
	FindingsRefused int    `expr:"findings_refused" json:"findings_refused"`
	EvidenceMissing int    `expr:"evidence_missing" json:"evidence_missing"` // phases
	Skipped         int    `expr:"skipped"          json:"skipped"`          // phases that are needed
	Undecided       int    `expr:"undecided"        json:"undecided"`        // phases that ran and decide nothing
	Known           int    `expr:"known"            json:"known"`            // all known gaps that occur
	Expired         int    `expr:"expired"          json:"expired"`
	Fixed           int    `expr:"fixed"            json:"fixed"`
	Dirty           bool   `expr:"dirty"            json:"dirty"`
}

// DefaultRules decide when nothing is configured. Of every state exactly one of them
// holds. What failed has failed, whatever else is missing.
func DefaultRules() []policy.Rule {
	const (
		service  = "smoke_failed == 0"
		parity   = service + " && parity_new == 0"
		sound    = parity + " && review_outcome != 'block' && findings_refused == 0"
		complete = sound + " && evidence_missing == 0"
		asked    = complete + " && skipped == 0"
		decided  = asked + " && undecided == 0"
	)
	return []policy.Rule{
		{Name: "smoke-failed", When: "smoke_failed > 0", Outcome: string(NoShip)},
		{Name: "new-divergence", When: service + " && parity_new > 0", Outcome: string(NoShip)},
		{Name: "review-blocks", When: parity + " && (review_outcome == 'block' || findings_refused > 0)", Outcome: string(NoShip)},
		{Name: "evidence-missing", When: sound + " && evidence_missing > 0", Outcome: string(Hold)},
		{Name: "phase-skipped", When: complete + " && skipped > 0", Outcome: string(Hold)},
		{Name: "undecided", When: asked + " && undecided > 0", Outcome: string(Hold)},
		{Name: "known-gap", When: decided + " && known > 0", Outcome: string(KnownGap)},
		{Name: "clean", When: decided + " && known == 0", Outcome: string(Ship)},
	}
}

// Policy is a list of rules that have been checked.
type Policy struct{ rules *policy.Policy[Env] }

// Compile checks rules.
func Compile(rules []policy.Rule) (*Policy, error) {
	p, err := policy.Compile[Env](rules, policy.Language{Outcomes: Outcomes(), Values: values})
	if err != nil {
		return nil, err
	}
	return &Policy{p}, nil
}

func values(variable string) []string {
	if variable == "review_outcome" {
		return []string{"pass", "block", "inconclusive", ""}
	}
	return nil
}

// Verdict is what decided.
type Verdict struct {
	Outcome  Outcome `json:"outcome"`
	Rule     string  `json:"rule"`
	Reason   string  `json:"reason"`
	ExitCode int     `json:"exit_code"`
}

// Decide gives the outcome of the first rule that holds. Where none does, or one fails,
// nothing is shipped.
func (p *Policy) Decide(e Env) Verdict {
	d := p.rules.Decide(e)
	o := cmp.Or(Outcome(d.Outcome), Hold)
	return Verdict{Outcome: o, Rule: d.Rule, Reason: d.Reason, ExitCode: o.ExitCode()}
}
