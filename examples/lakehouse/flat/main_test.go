package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestItServesUntilItIsStopped(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	log, to := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, []string{"--roster", "../roster.json"}, unset, to)
		_ = to.Close()
		ended <- err
	}()
	line, err := bufio.NewReader(log).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	address, found := strings.CutPrefix(strings.TrimSpace(line), "flat: listening on ")
	address, wire, also := strings.Cut(address, ", wire ")
	if !found || !also || wire != "flat" {
		t.Fatalf("it says %q", line)
	}
	if status := get(t, "http://"+address+"/v1/workers/W-1001"); status != http.StatusOK {
		t.Errorf("status %d", status)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("it ends with %v", err)
	}
}

func unset(string) string { return "" }

func get(t *testing.T, address string) int {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

func TestItDoesNotStart(t *testing.T) {
	write := func(text string) string {
		name := filepath.Join(t.TempDir(), "roster.json")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	for name, tt := range map[string]struct {
		args []string
		want string
	}{
		"without a roster":                      {[]string{"--roster", "nowhere.json"}, "the roster cannot be read"},
		"with a roster that is no JSON":         {[]string{"--roster", write(`[{`)}, "the roster cannot be read"},
		"with a worker without an id":           {[]string{"--roster", write(`[{"name": "Ana"}]`)}, `without an id: "Ana"`},
		"with a worker that stands there twice": {[]string{"--roster", write(`[{"id": "W-1"}, {"id": "W-2"}, {"id": "W-1"}]`)}, "two workers W-1"},
		"at an address that is none":            {[]string{"--roster", "../roster.json", "--addr", "127.0.0.1:http:1"}, "too many colons"},
		"with arguments":                        {[]string{"now"}, `"now"`},
		"with a wire that is none":              {[]string{"--wire", "round"}, `not "round"`},
	} {
		if err := run(t.Context(), tt.args, unset, io.Discard); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
	}
	if err := run(t.Context(), []string{"--help"}, unset, io.Discard); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("help: %v", err)
	}
}

func TestTheFlagGoesBeforeTheVariable(t *testing.T) {
	for _, tt := range []struct {
		name, variable string
		args           []string
		want           string
	}{
		{"neither", "", nil, "flat"},
		{"the variable", "serde", nil, "serde"},
		{"the flag", "", []string{"--wire", "serde"}, "serde"},
		{"both", "serde", []string{"--wire", "flat"}, "flat"},
	} {
		env := func(name string) string { return map[string]string{"LAKEHOUSE_WIRE": tt.variable}[name] }
		o, err := parse(tt.args, env, io.Discard)
		if err != nil || o.wire != tt.want {
			t.Errorf("%s: %q, %v; want %q", tt.name, o.wire, err, tt.want)
		}
	}
	wrong := func(string) string { return "round" }
	if _, err := parse(nil, wrong, io.Discard); err == nil || !strings.Contains(err.Error(), "LAKEHOUSE_WIRE") {
		t.Errorf("a variable that is none: %v", err)
	}
}
