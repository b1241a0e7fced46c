// Package gauntlet reads gauntlet.yaml, which names all that a nightly run does, and
// hands each phase its section. What a section means is the business of the phase.
package gauntlet
