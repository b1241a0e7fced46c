// Package secrets finds credentials in a change, and masks them before anything
// leaves the machine.
//
// Scan looks through both sides of every file, and the headings of its hunks, with
// gitleaks' rules; Findings.Mask gives a bundle in which each credential is a marker,
// on the same line, wherever in the change it stands. Nothing in the change can
// silence it.
//
// It knows what looks like a credential, not whether it works. Not known for one are:
// a part of a private key of which a hunk shows neither the first line nor the last,
// what is encoded once more, texts of less than four bytes, and file names.
package secrets
