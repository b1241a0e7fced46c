// Package secrets finds credentials in a change, and masks them before anything
// leaves the machine.
//
// Scan looks through both sides of every file with gitleaks' rules; Findings.Mask
// gives a bundle in which each credential is a marker, on the same line. It knows what
// looks like a credential, not whether it works; a part of a private key of which the
// diff shows neither the first line nor the last is not known for one.
package secrets
