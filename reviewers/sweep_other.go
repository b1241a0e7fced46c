//go:build !linux

package reviewers

// sweep has no way here to find descendants that have left the process group.
func sweep(string) {}
