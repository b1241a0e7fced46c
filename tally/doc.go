// Package tally reads the raw answers of a panel and counts how many lineages
// independently report the same place.
//
// Most users need two functions: [Count] turns answers into findings, and
// [Policy.Decide] turns findings into a verdict. Between them stand, in this
// order: parse, anchor, retract, dedupe by (reviewer, location), converge.
// [Engagement.Judge] and [Coverage] say whether silence may be trusted.
//
// All of it is pure: the same input gives the same bytes, whatever the order of
// the seats. What goes in comes out: every report of every seat is a source of
// exactly one finding for each place that it names, or is listed as unparsed.
//
// The package asks no model, reads no file and takes no number from an answer:
// counts are counted. An answer is untrusted text; it is kept as it came, and
// making it fit for a terminal or a page is the business of package report.
package tally
