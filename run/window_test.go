package run

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"scrum/bundler"
	"scrum/reviewers"
	"scrum/run/scripted"
)

func TestARequestThatALocalServerWouldCutIsNotSent(t *testing.T) {
	models := scripted.New(clean)
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if r.URL.Path == "/api/show" {
			_ = json.NewEncoder(w).Encode(map[string]any{"parameters": "num_ctx 4096", "model_info": map[string]any{"llama.context_length": 131072}})
			return
		}
		models.ServeHTTP(w, r)
	}))
	defer server.Close()
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorldOf(t, map[string]string{"a.txt": ""}, map[string]string{"a.txt": strings.Repeat("a line of a large file\n", 2000)}, nil)
	w.config = strings.ReplaceAll(strings.Replace(twoModels, "guards: {warn: 2KB, refuse: 4KB}\n", "", 1), "%s", server.URL)
	opt := w.options()
	opt.Getenv = func(name string) string { return map[string]string{"OLLAMA_HOST": u.Host}[name] }

	p, err := Prepare(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Close() }()
	if _, err := p.Offer(); err != nil || asked.Load() != 0 {
		t.Errorf("what would be sent was looked at, and the server was asked %d times: %v", asked.Load(), err)
	}
	d, err := p.CreateDir("")
	if err != nil {
		t.Fatal(err)
	}
	r, err := p.Review(t.Context(), d, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range r.Coverage {
		if c.State != reviewers.Failed || !strings.Contains(c.Error, "do not fit the context of 4096") || len(c.Halves) != 2 {
			t.Errorf("%+v", c)
		}
	}
	if n := len(models.Requests()); n != 0 || r.Verdict.ExitCode != 4 {
		t.Errorf("%d requests were sent, %+v", n, r.Verdict)
	}
}

func TestNobodyIsAskedForAChangeThatTheGuardRefuses(t *testing.T) {
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer server.Close()
	w := newWorldOf(t, map[string]string{"a.txt": ""}, map[string]string{"a.txt": strings.Repeat("x", 120_000) + "\n"}, nil)
	w.config = strings.ReplaceAll(twoModels, "%s", server.URL)
	p, err := Prepare(t.Context(), w.options())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Close() }()
	var refused *bundler.RefusedError
	if _, err := p.Review(t.Context(), nil, nil); err == nil || !errors.As(err, &refused) || asked.Load() != 0 {
		t.Errorf("%v, and the server was asked %d times", err, asked.Load())
	}
}
