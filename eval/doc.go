// Package eval measures how the tally matches and counts, on labelled data: pairs of
// findings (Pairs), and recorded reviews with the defects that they should have
// found.
//
// It asks nobody and changes nothing: what a dataset says goes in, figures come out.
package eval
