package tally

import "scrum/reviewers"

// Seat is what the tally needs to know of one reviewer's answer on one bundle.
type Seat struct {
	Bundle   string
	Reviewer string
	Kind     reviewers.Kind
	Lineage  string // of the model that answered
	Asked    string // lineage of the model that was asked for; "" is the same
	State    reviewers.State
	Own      bool   // of a reviewer that the tool itself has added: it covers nothing
	Missed   bool   // skipped although it applies: interrupted, or out of budget
	Text     string // the raw answer, "" when there is none
	// Halves are the raw answers of a second try, on halves of the bundle. Each is
	// an answer of its own, whose retractions concern no other.
	Halves []string
}
