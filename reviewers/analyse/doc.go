// Package analyse has the reviewers that are no models: the built-in static
// analysers and the configured external ones. Each is a lineage of its own,
// tool:<name>.
//
// Most users need two functions: [NewWorkspace] stands for the new side of a
// change, written out once for all analysers of a run, and [New] makes the panel's
// member of a built-in analyser. An analyser answers in the same contract as a
// model, so that one parser reads both and a stored run can be counted again.
//
// Only problems on changed lines are reported. What was not analysed is said, and
// a tool that could not run is a failed seat and never a clean answer.
package analyse
