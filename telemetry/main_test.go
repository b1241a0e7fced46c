package telemetry_test

import (
	"os"
	"strings"
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
	for _, kv := range os.Environ() { // of the machine that tests
		if name, _, _ := strings.Cut(kv, "="); strings.HasPrefix(name, "OTEL_") || strings.HasPrefix(name, "TRACE") {
			_ = os.Unsetenv(name)
		}
	}
	goleak.VerifyTestMain(m)
}
