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
		err := run(ctx, []string{"--roster", "../roster.json"}, to)
		_ = to.Close()
		ended <- err
	}()
	line, err := bufio.NewReader(log).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	address, found := strings.CutPrefix(strings.TrimSpace(line), "serde: listening on ")
	if !found {
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
		"without a roster":                         {[]string{"--roster", "nowhere.json"}, "reading the roster"},
		"with a roster that is no JSON":            {[]string{"--roster", write(`[{`)}, "reading the roster"},
		"with a worker without an id":              {[]string{"--roster", write(`[{"name": "Ana"}]`)}, "entry 0 has no id"},
		"with null for a worker":                   {[]string{"--roster", write(`[null]`)}, "entry 0 has no id"},
		"with a worker that stands there twice":    {[]string{"--roster", write(`[{"id": "W-1"}, {"id": "W-1"}]`)}, "W-1 stands there twice"},
		"with a field of a worker that is unknown": {[]string{"--roster", write(`[{"id": "W-1", "age": 3}]`)}, "age"},
		"at an address that is none":               {[]string{"--roster", "../roster.json", "--addr", "127.0.0.1:http:1"}, "too many colons"},
		"with arguments":                           {[]string{"now"}, `"now"`},
		"with a flag that it does not have":        {[]string{"--wire", "flat"}, "wire"},
	} {
		if err := run(t.Context(), tt.args, io.Discard); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
	}
	if err := run(t.Context(), []string{"--help"}, io.Discard); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("help: %v", err)
	}
}
