package main

import (
	"encoding/base64"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"scrum/run/scripted"
)

// TestNoKeyIsEverSeenElsewhere reviews with three providers that do with a key what
// servers do (accept it, repeat it in an error, send its bearer elsewhere), and then
// looks for the keys in everything that was written or sent.
func TestNoKeyIsEverSeenElsewhere(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the command reviewer is a shell script")
	}
	keys := map[string]string{ // by variable; made up here, so that none stands in the repository
		"GOOD_KEY": "sk-" + strings.Repeat("g0oD", 12), "ECHO_KEY": "sk-" + strings.Repeat("eCh0", 12), "AWAY_KEY": "sk-" + strings.Repeat("aWaY", 12),
	}
	seen := &seenRequests{}
	elsewhere := seen.server(t, "elsewhere", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "{}") })
	good := seen.server(t, "GOOD_KEY", scripted.New(func(r scripted.Request) scripted.Answer {
		// A model that got hold of the key would repeat it.
		return scripted.Answer{Text: "### WARN: the key\nWHERE: a.txt:1\nWHY: it is " + r.Header.Get("Authorization") + "\nFIX: none\n\nCOVERED: a.txt\n"}
	}).ServeHTTP)
	echo := seen.server(t, "ECHO_KEY", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprintf(w, `{"error":{"message":"Incorrect API key provided: %s (%s)"}}`, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), base64.StdEncoding.EncodeToString([]byte(keys["ECHO_KEY"])))
	})
	away := seen.server(t, "AWAY_KEY", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere+r.URL.Path+"?key="+url.QueryEscape(r.Header.Get("Authorization")), http.StatusTemporaryRedirect)
	})

	home := t.TempDir()
	repo := filepath.Join(home, "repo")
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "XDG_CACHE_HOME=" + filepath.Join(home, "cache"), "XDG_CONFIG_HOME=" + filepath.Join(home, "config"),
		"TMPDIR=" + filepath.Join(home, "tmp"), "GIT_CONFIG_NOSYSTEM=1", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com"}
	for name, key := range keys {
		env = append(env, name+"="+key)
	}
	run := func(name string, args ...string) string {
		cmd := exec.CommandContext(t.Context(), name, args...)
		cmd.Dir, cmd.Env = repo, env
		out, err := cmd.CombinedOutput()
		if err != nil && name != "scrum" {
			t.Fatalf("%s %v: %v\n%s", name, args, err, out)
		}
		return string(out)
	}
	for _, dir := range []string{repo, filepath.Join(home, "tmp")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	config := fmt.Sprintf(`
providers:
  good: {base_url: "%s/v1", api_key_env: GOOD_KEY}
  echo: {base_url: "%s/v1", api_key_env: ECHO_KEY}
  away: {base_url: "%s/v1", api_key_env: AWAY_KEY}
reviewers:
  - {name: one, provider: good, model: anthropic/one}
  - {name: two, provider: echo, model: openai/two}
  - {name: three, provider: away, model: qwen/three}
  - {name: agent, kind: command, lineage: google, run: [sh, -c, "cat > /dev/null; env; ps axww 2>/dev/null; echo NO FINDINGS; echo COVERED: a.txt"]}
`, good, echo, away)
	for name, text := range map[string]string{"a.txt": "one\n", "panel.yaml": config} {
		if err := os.WriteFile(filepath.Join(repo, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run("git", "init", "-q")
	run("git", "commit", "-q", "--allow-empty", "-m", "base")
	run("git", "add", "a.txt")
	run("git", "commit", "-q", "-m", "change")
	var said []string
	for _, args := range [][]string{
		{"review", "HEAD~1..HEAD", "--config", "panel.yaml", "--out", "run", "--format", "terminal", "--format", "json=out.json", "--format", "md=out.md"},
		{"bundle", "HEAD~1..HEAD", "--config", "panel.yaml", "--out", "bundles", "--prompts"},
		{"tally", "run"},
		{"review", "--resume", "run"},
		{"review", "HEAD~1..HEAD", "--config", "panel.yaml", "--no-cache", "--out", "logged", "--verbose"},
		{"review", "HEAD~1..HEAD", "--config", "panel.yaml", "--no-cache", "--out", "recorded", "--verbose", "--log-format", "json"},
	} {
		said = append(said, run("scrum", args...))
	}
	if !strings.Contains(said[0], "one") || !strings.Contains(said[0], "401") || !strings.Contains(said[0], "redirects") {
		t.Fatalf("the review did not meet all three servers:\n%s", said[0])
	}

	for variable, key := range keys {
		for form, text := range map[string]string{"": key, " in base64": base64.StdEncoding.EncodeToString([]byte(key)), " from its seventh letter": key[6:]} {
			for i, s := range said {
				if strings.Contains(s, text) {
					t.Errorf("%s%s is in what command %d printed:\n%s", variable, form, i, s)
				}
			}
			findInFiles(t, home, text, variable+form)
		}
		seen.check(t, variable, key)
	}
	if n := seen.count("elsewhere"); n != 0 {
		t.Errorf("%d requests followed the redirect", n)
	}
}

func findInFiles(t *testing.T, dir, text, what string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		files++
		data, err := os.ReadFile(path)
		if strings.Contains(string(data), text) {
			t.Errorf("%s is in %s", what, path)
		}
		return err
	})
	if err != nil || files < 20 {
		t.Errorf("%d files were looked through, %v", files, err)
	}
}

// seenRequests is all that servers were sent.
type seenRequests struct {
	mu   sync.Mutex
	sent []sentRequest // guarded by mu
}

type sentRequest struct{ server, authorization, rest string }

func (s *seenRequests) server(t *testing.T, name string, handle http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		header := r.Header.Clone()
		header.Del("Authorization")
		s.mu.Lock()
		s.sent = append(s.sent, sentRequest{name, r.Header.Get("Authorization"), fmt.Sprint(r.URL, header, string(body))})
		s.mu.Unlock()
		handle(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// check holds that a key went to its own server, in its own header, and nowhere else.
func (s *seenRequests) check(t *testing.T, server, key string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := 0
	for _, r := range s.sent {
		switch {
		case strings.Contains(r.rest, key), r.server != server && strings.Contains(r.authorization, key):
			t.Errorf("the key of %s was sent to %s: %+v", server, r.server, r)
		case r.server == server && r.authorization == "Bearer "+key:
			asked++
		}
	}
	if asked == 0 {
		t.Errorf("the server of %s was never asked with it", server)
	}
}

func (s *seenRequests) count(server string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, r := range s.sent {
		if r.server == server {
			n++
		}
	}
	return n
}
