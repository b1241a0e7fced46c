package reviewers_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// The test binary is also the command that command reviewers run in these tests.
func TestMain(m *testing.M) {
	if mode := os.Getenv(commandMode); mode != "" {
		os.Exit(actAsCommand(mode))
	}
	goleak.VerifyTestMain(m)
}
