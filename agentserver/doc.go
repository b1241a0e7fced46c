// Package agentserver lets a coding agent ask for a review, over the Model Context
// Protocol: what would be sent, the review itself, why a finding counts, and, when a
// person has allowed it, accepting one.
//
// An agent is a stranger here: it must not choose who reviews beyond the panels that are
// configured, raise what a review may cost, leave the repository that the server was
// started in, or wave its own change through.
package agentserver
