// Package progress shows people how the seats of a review are getting on, while they
// do: live on a terminal, in plain lines elsewhere, or as records for a collector.
//
// [Model] is what is known at a moment; it is fed with the panel's events and draws
// nothing. [Display] shows it. Nothing here changes how a review ends.
package progress
