package doctor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"scrum/bundler"
	"scrum/run"
	"scrum/run/scripted"
)

// patient is who is examined: a repository with a change, and a provider.
func patient(t *testing.T, config string, handler http.Handler) Options {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	dir := t.TempDir()
	git := func(args ...string) {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=a", "-c", "user.email=a@example.com"}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	git("init", "-q", "-b", "main")
	git("commit", "-q", "--allow-empty", "-m", "first")
	git("checkout", "-q", "-b", "change")
	if err := os.WriteFile(filepath.Join(dir, "a.txt"), []byte("words\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	git("add", ".")
	git("commit", "-q", "-m", "second")
	env := map[string]string{"MODELS_KEY": "secret-of-the-patient"}
	return Options{
		Run: run.Options{Source: bundler.Source{Dir: dir}, Settings: run.Settings{Text: []byte(strings.ReplaceAll(config, "$URL", server.URL+"/v1"))},
			Getenv: func(name string) string { return env[name] }},
		Home:     t.TempDir(),
		LookPath: func(string) (string, error) { return "", errors.New("not there") },
	}
}

const two = `providers: {models: {base_url: "$URL", api_key_env: MODELS_KEY}}
reviewers:
  - {name: opus, provider: models, model: anthropic/claude-opus-4.7}
  - {name: kimi, provider: models, model: moonshotai/kimi-k2.6}
`

func list(ids ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		type model struct {
			ID string `json:"id"`
		}
		var out struct {
			Data []model `json:"data"`
		}
		for _, id := range ids {
			out.Data = append(out.Data, model{id})
		}
		_ = json.NewEncoder(w).Encode(out)
	}
}

func TestEachFaultIsFoundWithItsFix(t *testing.T) {
	both := list("anthropic/claude-opus-4.7", "moonshotai/kimi-k2.6")
	for _, c := range []struct {
		name, config string
		handler      http.HandlerFunc
		check        string
		state        State
		saw, fix     string
		code         int
	}{
		{"all is well", two, both, "lineages", OK, "2 lineages", "", 0},
		{"the key is refused", two, func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, `{"error":{"message":"bad key secret-of-the-patient"}}`, http.StatusUnauthorized)
		}, "endpoint", Fail, "401", "check the key in $MODELS_KEY", 2},
		{"the model is not there", two, list("anthropic/claude-opus-4.7", "moonshotai/kimi-k2.5"), "kimi", Fail, "not among its 2 models", "did you mean moonshotai/kimi-k2.5?", 2},
		{"a page of HTML", two, func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("<html><title>Log in</title></html>"))
		}, "endpoint", Fail, "HTML", "base_url", 4},
		{"a server without a list", two, http.NotFound, "opus", Skipped, "no list", "", 0},
		{"a clock that is wrong", two, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Date", time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat))
			both(w, r)
		}, "clock", Warn, "differs by 1h0m", "set this machine's clock", 0},
		{"an unknown key", "providrs: {}\n", both, "loads", Fail, "did you mean providers", "scrum help config", 2},
		{"a key that is not set", strings.ReplaceAll(two, "MODELS_KEY", "OTHER_KEY"), both, "kimi", Fail, "OTHER_KEY is not set", "take the reviewer out", 2},
		{"a key of one that is not set", strings.NewReplacer("kimi, provider: models", "kimi, provider: others", "MODELS_KEY}}", `MODELS_KEY}, others: {base_url: "$URL", api_key_env: OTHER_KEY}}`).Replace(two), both, "endpoint", OK, "answers in", "", 2},
		{"an unknown lineage", two + "  - {name: odd, provider: models, model: house/blend-1}\n", list("anthropic/claude-opus-4.7", "moonshotai/kimi-k2.6", "house/blend-1"), "odd", Warn, "lineage unknown", "set lineage", 0},
		{"an agent that is missing", two + "  - {name: codex, kind: command, agent: codex}\n", both, "codex", Fail, "not on PATH", "install it", 4},
		{"no model at all", "panel: offline\n", both, "lineages", Warn, "no model reads", "export a key", 0},
		{"one lineage", strings.ReplaceAll(two, "moonshotai/kimi-k2.6", "claude-sonnet-5"), list("anthropic/claude-opus-4.7", "claude-sonnet-5"), "lineages", Warn, "nothing can converge", "another family", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			checks := Examine(context.Background(), patient(t, c.config, c.handler))
			var out bytes.Buffer
			if err := Write(&out, checks); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(out.String(), "secret-of-the-patient") {
				t.Errorf("the key is shown:\n%s", &out)
			}
			if code := ExitCode(checks); code != c.code {
				t.Errorf("exit %d, want %d\n%s", code, c.code, &out)
			}
			for _, k := range checks {
				if k.Name == c.check && k.State == c.state && strings.Contains(k.Saw, c.saw) && strings.Contains(k.Fix, c.fix) {
					return
				}
			}
			t.Errorf("no check %s with %s, %q and %q in\n%s", c.check, c.state, c.saw, c.fix, &out)
		})
	}
}

func TestAskingShowsHowAModelAnswers(t *testing.T) {
	talk := scripted.New(func(scripted.Request) scripted.Answer {
		return scripted.Answer{Text: "COVERED: connection.txt\nNO FINDINGS\n"}
	})
	o := patient(t, two, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			list("anthropic/claude-opus-4.7", "moonshotai/kimi-k2.6")(w, r)
			return
		}
		talk.ServeHTTP(w, r)
	}))
	if checks := Examine(context.Background(), o); len(talk.Requests()) != 0 || ExitCode(checks) != 0 {
		t.Errorf("without --ask %d questions were sent", len(talk.Requests()))
	}
	o.Ask = true
	checks := Examine(context.Background(), o)
	states := map[string]State{}
	for _, k := range checks {
		states[k.Name] = k.State
	}
	for _, name := range []string{"opus answers", "opus streams", "opus keeps the form", "opus is itself", "kimi answers"} {
		if states[name] != OK {
			t.Errorf("%s: %q in %v", name, states[name], states)
		}
	}
	for _, r := range talk.Requests() {
		if strings.Contains(r.User, "words") {
			t.Error("the question holds something of the repository")
		}
	}
}

func TestTheDocumentCanBeRead(t *testing.T) {
	var out bytes.Buffer
	if err := WriteJSON(&out, []Check{{Group: "here", Name: "git", State: Fail, Saw: "a", Fix: "b"}}); err != nil {
		t.Fatal(err)
	}
	var d document
	if err := json.Unmarshal(out.Bytes(), &d); err != nil || d.Schema != "scrum/doctor/v1" || d.Code != 2 || len(d.Checks) != 1 {
		t.Errorf("%+v, %v", d, err)
	}
}
