package assess

import (
	"slices"
	"strings"

	"scrum/ledger"
)

// What nobody can accept, with the reason. An entry of the ledger for such a gap changes
// nothing: it counts as new.
//
// A secret that was accepted as a false positive is none, and can be.
const (
	neverTransport = "a target that does not answer shows nothing that could be lived with"
	neverStatus    = "callers go another way for another status"
	neverLeak      = "what a step leaves behind disturbs every step and run after it"
	neverSecret    = "a secret that is in the history is known to others; only a false positive can be accepted"
)

// Unwaivable lists the classes that can never be accepted, each with the reason.
func Unwaivable() [][3]string {
	return [][3]string{
		{Parity, "transport", neverTransport},
		{Parity, "status", neverStatus},
		{Parity, "expectation", neverStatus},
		{Smoke, "LEAK", neverLeak},
		{Review, "secret", neverSecret},
	}
}

// neverList are classes that a configuration adds.
type neverList []string

// why nobody can accept a gap of a class; "" when somebody can.
func (n neverList) why(phase, class string) string {
	for _, u := range Unwaivable() {
		if u[0] == phase && u[1] == class {
			return u[2]
		}
	}
	if slices.ContainsFunc(n, func(c string) bool { return strings.EqualFold(c, class) }) {
		return "assess.never names " + class
	}
	return ""
}

// whyFinding is why of a finding: it may be of a secret, and its class is its severity.
func (n neverList) whyFinding(secret bool, as ledger.As, severity string) string {
	if secret && as != ledger.FalsePositive {
		return neverSecret
	}
	return n.why(Review, severity)
}
