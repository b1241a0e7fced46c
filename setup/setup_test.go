package setup

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"scrum/config"
	"scrum/reviewers"
)

func TestWhatIsWrittenLoadsWhateverWasFound(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"object":"list","data":[{"id":"qwen3:8b"},{"id":"odd: model #1"}]}`))
	}))
	defer server.Close()
	local := []reviewers.LocalServer{{Name: "ollama", Title: "Ollama", BaseURL: server.URL + "/v1"}}
	keys := []string{"OPENROUTER_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "GROQ_API_KEY"}
	for set := range 1 << len(keys) {
		for _, locals := range [][]reviewers.LocalServer{{}, local} {
			env := map[string]string{}
			for i, k := range keys {
				if set&(1<<i) != 0 {
					env[k] = "value-of-" + k
				}
			}
			f := Look(context.Background(), func(name string) string { return env[name] },
				func(name string) (string, error) {
					if name == "codex" {
						return "/usr/bin/codex", nil
					}
					return "", errors.New("not there")
				}, reviewers.DiscoverOptions{Locals: locals})
			text := string(f.Config())
			c, err := config.Load(config.Sources{Files: []config.File{{Name: ".scrum.yaml", Data: []byte(text)}}})
			if err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			if len(c.Reviewers) != len(f.Models) || len(c.Panels["default"]) < 4 {
				t.Errorf("%d reviewers of %d found, panel %v\n%s", len(c.Reviewers), len(f.Models), c.Panels["default"], text)
			}
			if strings.Contains(text, "value-of") {
				t.Errorf("a key's value is written:\n%s", text)
			}
			if !strings.Contains(text, "agent: codex") {
				t.Errorf("the agent that is there is not offered:\n%s", text)
			}
			if again := string(f.Config()); again != text {
				t.Error("the same findings give other bytes")
			}
		}
	}
}
