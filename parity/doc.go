// Package parity sends the same HTTP requests to two or more targets and says how their
// answers differ.
//
// [Decode] reads the section of a gauntlet file, [Spec.Load] the files with cases that
// it names, and [Run] does the job: each case goes to every target, the first target's
// answer is the reference, and what differs is gathered by its cause. The [Result] is
// the document scrum/parity/v1, which package formats writes for people.
//
// Nothing that was not compared counts as a match: a case that could not be sent, an
// answer that broke off and a body that differs and is too large to look into are
// listed with their reasons.
package parity
