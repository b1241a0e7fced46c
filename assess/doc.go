// Package assess decides whether what a run has shown may be shipped. It reads the
// evidence of the run, which other phases have written, and nothing else.
//
// [Read] looks at each file of evidence: whose it is, of when and of which commit, and if
// it is to the byte what the run has written. What is not certain is missing evidence,
// which is never a pass. [Evidence.Judge] holds what occurs against the ledger, and
// decides by ordered rules over [Env]; [DefaultRules] are exhaustive and exclusive, which
// [TruthTable] shows. [For] gives the writers of the [Result].
//
// The documents of the other phases are read by their schemas, not by their packages:
// evidence may come from another version of this tool, or from another tool.
package assess
