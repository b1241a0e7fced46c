package analyse

import "testing"

func waitFor(t *testing.T, _ string) []int {
	t.Helper()
	t.Skip("processes are looked at by number, as Unix has them")
	return nil
}

func goneSoon(*testing.T, int) bool { return true }
