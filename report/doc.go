// Package report writes a review: for people on a terminal or in Markdown, and as
// the JSON document scrum/review/v1 that other programs read.
//
// Most users need two functions: [For] gives the [Writer] of a format, and
// [Decode] reads a stored review back, so that it can be written again in any
// other format.
//
// A review is full of text from strangers: diffs, models, file names, servers.
// Every format makes it harmless for its readers, with [Sanitise] as the common
// ground: no escape sequence reaches a terminal, no hidden character a person, no
// workflow command a CI runner, no markup a page.
//
// The package counts nothing and decides nothing: that is done when a Review
// exists.
package report
