// Package gauntlet runs the phases of a nightly as one: smoke, then parity and review side
// by side while the services are up, then the assessment.
//
// Parse reads the outline of a gauntlet.yaml, Decode gives each phase its section, and
// Run does the job: it writes the evidence of each phase into one directory as it goes,
// so that a run that was killed can be gone on with. What a phase means is the business
// of its package; this one only wires them.
package gauntlet
