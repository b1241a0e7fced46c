package telemetry_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"scrum/procgroup"
	"scrum/reviewers/analyse"
)

// The test binary is also what analysers start.
func TestMain(m *testing.M) {
	if handled, code := analyse.ToolMain(os.Args[1:]); handled {
		os.Exit(code)
	}
	if handled, code := procgroup.GuardMain(os.Args[1:]); handled {
		os.Exit(code)
	}
	goleak.VerifyTestMain(m)
}
