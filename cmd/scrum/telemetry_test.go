package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTelemetryChangesNeitherOutputNorExitCode runs the demo without a collector and
// with two that do not work.
func TestTelemetryChangesNeitherOutputNorExitCode(t *testing.T) {
	handlers := map[string]http.HandlerFunc{
		"one that answers 500":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"one that never answers": func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body); <-r.Context().Done() },
	}
	code, want := demoOutput(t, "")
	if code != exitGateClosed {
		t.Fatalf("the demo ended with %d", code)
	}
	for name, handler := range handlers {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(handler)
			defer server.Close()
			code, got := demoOutput(t, server.URL)
			if code != exitGateClosed {
				t.Errorf("the demo ended with %d", code)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("standard output (-without +with telemetry):\n%s", diff)
			}
		})
	}
}

// demoOutput is the demo's exit code and standard output, without what every run has
// of its own.
func demoOutput(t *testing.T, endpoint string) (int, string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	dir := filepath.Join(t.TempDir(), "demo")
	code := program(t.Context(), process{
		args:   []string{"demo", "--quiet", "--out", dir, "--format", "json"},
		env:    append(os.Environ(), "OTEL_EXPORTER_OTLP_ENDPOINT="+endpoint),
		stdout: &stdout, stderr: &stderr,
	})
	own := regexp.MustCompile(`(?m)^ *"(id|started|finished|latency_ms|wall_ms|config_sha256)": .*$|127\.0\.0\.1:\d+`)
	return code, own.ReplaceAllString(stdout.String(), "")
}
