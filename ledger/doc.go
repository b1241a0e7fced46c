// Package ledger keeps gaps.yaml: the known, accepted gaps of every phase, each with
// an owner, a reason and a day on which it expires.
//
// [Parse] reads it, strictly. [Ledger.Match] says which findings of a review are the
// accepted ones. [New] makes an entry of a finding, and [Append] and [Remove] edit the
// file's text, so that what people wrote around it stays as it is.
//
// An entry speaks of a piece of code, not of a line number: its [Fingerprint] holds
// hashes of that code and of the lines around it. It is found again when lines move or
// the file is renamed, and not when the code has changed. Where it is not certain that
// a finding is the accepted one, the finding counts, and a note says why.
package ledger
