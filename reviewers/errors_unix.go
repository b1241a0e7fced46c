//go:build unix

package reviewers

// connectionRefused is covered by syscall.ECONNREFUSED here.
func connectionRefused(error) bool { return false }
