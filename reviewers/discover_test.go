package reviewers_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"scrum/reviewers"
	"scrum/reviewers/lineage"
)

func environment(pairs ...string) func(string) string {
	m := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return func(name string) string { return m[name] }
}

func short(found []reviewers.Found) []string {
	var out []string
	for _, f := range found {
		out = append(out, fmt.Sprintf("%s=%s/%s (%s): %s", f.Name, f.Provider.Name, f.Model, f.Lineage, f.Why))
	}
	return out
}

var noLocals = []reviewers.LocalServer{}

func TestKeysGiveReviewersOfDistinctLineages(t *testing.T) {
	for _, c := range []struct {
		name string
		env  []string
		max  int
		want []string
	}{
		{"a router alone gives three", []string{"OPENROUTER_API_KEY", "k"}, 0, []string{
			"opus=openrouter/anthropic/claude-opus-4.7 (anthropic): OPENROUTER_API_KEY is set",
			"kimi=openrouter/moonshotai/kimi-k2.6 (moonshot): OPENROUTER_API_KEY is set",
			"qwen=openrouter/qwen/qwen3-coder (qwen): OPENROUTER_API_KEY is set",
		}},
		{"a direct key comes before the router for its lineage", []string{"OPENROUTER_API_KEY", "k", "ANTHROPIC_API_KEY", "a"}, 0, []string{
			"opus=anthropic/claude-opus-4-7 (anthropic): ANTHROPIC_API_KEY is set",
			"kimi=openrouter/moonshotai/kimi-k2.6 (moonshot): OPENROUTER_API_KEY is set",
			"qwen=openrouter/qwen/qwen3-coder (qwen): OPENROUTER_API_KEY is set",
		}},
		{"three direct keys need no router", []string{"OPENROUTER_API_KEY", "k", "OPENAI_API_KEY", "o", "GOOGLE_API_KEY", "g", "MOONSHOT_API_KEY", "m"}, 0, []string{
			"gpt=openai/gpt-5.5 (openai): OPENAI_API_KEY is set",
			"gemini=gemini/gemini-pro-latest (google): GOOGLE_API_KEY is set",
			"kimi=moonshot/kimi-k2.6 (moonshot): MOONSHOT_API_KEY is set",
		}},
		{"more on request", []string{"DEEPSEEK_API_KEY", "d", "GROQ_API_KEY", "g", "DASHSCOPE_API_KEY", "q"}, 9, []string{
			"qwen=dashscope/qwen3-coder-plus (qwen): DASHSCOPE_API_KEY is set",
			"deepseek=deepseek/deepseek-v4-pro (deepseek): DEEPSEEK_API_KEY is set",
			"gpt-oss=groq/openai/gpt-oss-120b (openai): GROQ_API_KEY is set",
			"llama=groq/llama-3.3-70b-versatile (meta): GROQ_API_KEY is set",
		}},
		{"blanks are no key", []string{"OPENAI_API_KEY", "  "}, 0, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			found, missing := reviewers.Discover(t.Context(), environment(c.env...), reviewers.DiscoverOptions{Max: c.max, Locals: noLocals})
			if diff := cmp.Diff(c.want, short(found)); diff != "" {
				t.Errorf("found (-want +got):\n%s", diff)
			}
			if len(missing) != 10-len(c.env)/2+strings.Count(strings.Join(c.env, ","), "  ") {
				t.Errorf("%d sources are missing: %v", len(missing), missing)
			}
			for _, f := range found {
				if family, _ := lineage.Of(f.Model); family != f.Lineage {
					t.Errorf("%s is listed as %s, the table says %s", f.Model, f.Lineage, family)
				}
				m, err := f.Member(reviewers.OpenAIOptions{MaxTokens: 9})
				if err != nil || m.Name != f.Name || m.Host == "" || m.Provider != f.Provider.Name || m.Lineage != f.Lineage || m.MaxTokens != 9 {
					t.Errorf("member is %+v, %v", m, err)
				}
			}
		})
	}
}

func TestWhatIsMissingSaysHowToAddIt(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	_, missing := reviewers.Discover(t.Context(), environment("OLLAMA_HOST", "gpu.example:11434"), reviewers.DiscoverOptions{
		Locals: []reviewers.LocalServer{{Name: "ollama", Title: "Ollama", BaseURL: "http://" + address + "/v1", Start: "ollama serve"}},
	})
	got := map[string]reviewers.Missing{}
	for _, m := range missing {
		got[m.Name] = m
	}
	for _, want := range []reviewers.Missing{
		{Name: "OpenRouter", Why: "OPENROUTER_API_KEY is not set", How: "export OPENROUTER_API_KEY=… (keys: openrouter.ai/keys)", Key: "OPENROUTER_API_KEY"},
		{Name: "Gemini", Why: "GEMINI_API_KEY or GOOGLE_API_KEY is not set", How: "export GEMINI_API_KEY=… (keys: aistudio.google.com)", Key: "GEMINI_API_KEY"},
		{Name: "Ollama", Why: address + ": nothing listens there (connection refused)", How: "start it: ollama serve"},
		{Name: "Ollama elsewhere", Why: "OLLAMA_HOST names another machine", How: "add it under providers in the configuration, to send code there on purpose"},
	} {
		if diff := cmp.Diff(want, got[want.Name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", want.Name, diff)
		}
	}
}

// local serves a list of models, or something else.
func local(t *testing.T, name, list string) reviewers.LocalServer {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/models" || r.Method != http.MethodGet || r.Header.Get("Authorization") != "" {
			t.Errorf("%s %s with key %q", r.Method, r.URL.Path, r.Header.Get("Authorization"))
		}
		_, _ = w.Write([]byte(list))
	}))
	t.Cleanup(s.Close)
	return reviewers.LocalServer{Name: name, Title: name, BaseURL: s.URL + "/v1", Start: "start " + name}
}

func TestLocalServersAreFoundByTheirModels(t *testing.T) {
	models := func(ids ...string) string {
		var list []string
		for _, id := range ids {
			list = append(list, fmt.Sprintf(`{"id":%q,"object":"model"}`, id))
		}
		return `{"object":"list","data":[` + strings.Join(list, ",") + `]}`
	}
	ollama := local(t, "ollama", models("nomic-embed-text:latest", "qwen3:8b", "qwen2.5-coder:32b", "mystery:7b", "llama3.1:70b", "qwen3:1.7b"))
	lmstudio := local(t, "lmstudio", models("google/gemma-3-12b", "text-embedding-bge-m3"))
	for _, c := range []struct {
		name    string
		env     []string
		locals  []reviewers.LocalServer
		want    []string
		missing string
	}{
		{"the strongest of each lineage", nil, []reviewers.LocalServer{ollama, lmstudio}, []string{
			"qwen=ollama/qwen2.5-coder:32b (qwen)", "meta=ollama/llama3.1:70b (meta)", "ollama=ollama/mystery:7b (unknown)",
		}, ""},
		{"to fill up what keys do not give", []string{"ANTHROPIC_API_KEY", "k", "DASHSCOPE_API_KEY", "d"}, []reviewers.LocalServer{ollama}, []string{
			"opus=anthropic/claude-opus-4-7 (anthropic)", "qwen=dashscope/qwen3-coder-plus (qwen)", "meta=ollama/llama3.1:70b (meta)",
		}, ""},
		{"another service on the port", nil, []reviewers.LocalServer{local(t, "other", `{"data":[{"id":"user-1"}]}`), lmstudio}, []string{
			"google=lmstudio/google/gemma-3-12b (google)",
		}, "no model server"},
		{"a page on the port", nil, []reviewers.LocalServer{local(t, "other", "<html>")}, nil, "no model server"},
		{"embeddings only", nil, []reviewers.LocalServer{local(t, "other", models("bge-m3", "whisper-large"))}, nil, "no model that can review (2 listed)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			found, missing := reviewers.Discover(t.Context(), environment(c.env...), reviewers.DiscoverOptions{Locals: c.locals})
			var got []string
			for _, f := range found {
				got = append(got, fmt.Sprintf("%s=%s/%s (%s)", f.Name, f.Provider.Name, f.Model, f.Lineage))
				if strings.HasPrefix(f.Provider.BaseURL, "http://127") && !strings.HasPrefix(f.Why, "answers on 127.0.0.1:") {
					t.Errorf("why is %q", f.Why)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("found (-want +got):\n%s", diff)
			}
			if !strings.Contains(fmt.Sprint(missing), c.missing) {
				t.Errorf("missing is %v, want %q", missing, c.missing)
			}
		})
	}
}

func TestAServerThatDoesNotAnswerHoldsUpNothing(t *testing.T) {
	hang := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	t.Cleanup(hang.Close)
	locals := []reviewers.LocalServer{
		{Name: "hung", Title: "hung", BaseURL: hang.URL + "/v1"},
		local(t, "good", `{"object":"list","data":[{"id":"phi4"}]}`),
	}
	found, missing := reviewers.Discover(t.Context(), environment(), reviewers.DiscoverOptions{Locals: locals, Timeout: 200 * time.Millisecond})
	if len(found) != 1 || found[0].Model != "phi4" {
		t.Errorf("found %v", short(found))
	}
	if !strings.Contains(fmt.Sprint(missing), "timed out") {
		t.Errorf("missing is %v", missing)
	}
}

func TestOllamaHostIsFollowedOnThisMachineOnly(t *testing.T) {
	for value, want := range map[string]string{
		"":                         "http://127.0.0.1:11434/v1",
		"127.0.0.1:11500":          "http://127.0.0.1:11500/v1",
		"0.0.0.0":                  "http://127.0.0.1:11434/v1",
		"0.0.0.0:9000":             "http://127.0.0.1:9000/v1",
		":9000":                    "http://127.0.0.1:9000/v1",
		"localhost":                "http://localhost:11434/v1",
		"http://localhost:8888/":   "http://localhost:8888/v1",
		`"http://127.0.0.1:11434"`: "http://127.0.0.1:11434/v1",
		"[::1]:11434":              "http://[::1]:11434/v1",
		"[::]:11434":               "http://127.0.0.1:11434/v1",
		"::1":                      "http://[::1]:11434/v1",
		"gpu.example":              "http://127.0.0.1:11434/v1",
		"https://gpu.example:443":  "http://127.0.0.1:11434/v1",
		"192.168.1.5:11434":        "http://127.0.0.1:11434/v1",
	} {
		if got := reviewers.LocalServers(environment("OLLAMA_HOST", value))[0].BaseURL; got != want {
			t.Errorf("OLLAMA_HOST=%s leads to %s, want %s", value, got, want)
		}
	}
}
