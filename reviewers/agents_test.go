package reviewers

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestAnswersOfAgentsAreReadInTheirForms(t *testing.T) {
	tests := []struct {
		name, agent, stdout string
		want                Response
		err                 string
	}{
		{"claude", "claude", `{"type":"result","subtype":"success","is_error":false,"result":"NO FINDINGS","usage":{"input_tokens":10,"cache_read_input_tokens":900,"cache_creation_input_tokens":90,"output_tokens":7},"modelUsage":{"claude-haiku-4-5":{"outputTokens":2},"claude-opus-4-7":{"outputTokens":7}}}`,
			Response{Text: "NO FINDINGS", Model: "claude-opus-4-7", PromptTokens: 1000, CachedTokens: 900, CompletionTokens: 7}, ""},
		{"claude, verbose: an array on many lines after a line of log", "claude", "Loading {config}\n[\n  {\"type\":\"system\"},\n  {\n   \"type\": \"result\",\n   \"result\": \"fine\"\n  }\n]\n",
			Response{Text: "fine"}, ""},
		{"claude, an error", "claude", `{"type":"result","subtype":"success","is_error":true,"result":"API Error: 529 Overloaded"}`,
			Response{Text: "API Error: 529 Overloaded"}, "success: API Error: 529 Overloaded"},
		{"claude, too many turns", "claude", `{"type":"result","subtype":"error_max_turns","is_error":false}`, Response{}, "error_max_turns: "},
		{"claude, cut off", "claude", `{"type":"result","subtype":"success","result":"NO FIND`, Response{}, errNoAnswer.Error()},
		{"codex", "codex", `{"type":"thread.started","thread_id":"x"}
{"type":"item.completed","item":{"type":"reasoning","text":"hm"}}
{"type":"item.completed","item":{"type":"agent_message","text":"I look."}}
2026-01-01 WARN something
{"type":"item.completed","item":{"type":"agent_message","text":"NO FINDINGS"}}
{"type":"turn.completed","usage":{"input_tokens":100,"cached_input_tokens":60,"output_tokens":9}}`,
			Response{Text: "I look.\n\nNO FINDINGS", PromptTokens: 100, CachedTokens: 60, CompletionTokens: 9}, ""},
		{"codex, a turn that failed", "codex", `{"type":"item.completed","item":{"type":"agent_message","text":"I look."}}
{"type":"turn.failed","error":{"message":"usage limit"}}`, Response{Text: "I look."}, "usage limit"},
		{"codex, a turn that never ended", "codex", `{"type":"item.completed","item":{"type":"agent_message","text":"NO FINDINGS"}}`, Response{Text: "NO FINDINGS"}, errNoAnswer.Error()},
		{"gemini", "gemini", "Loaded cached credentials.\n{\n \"response\": \"NO FINDINGS\",\n \"stats\": {\"models\": {\"gemini-2.5-flash\": {\"tokens\": {\"prompt\": 5, \"candidates\": 1}}, \"gemini-2.5-pro\": {\"tokens\": {\"prompt\": 100, \"candidates\": 20, \"cached\": 40, \"thoughts\": 3}}}}\n}\n",
			Response{Text: "NO FINDINGS", Model: "gemini-2.5-pro", PromptTokens: 105, CachedTokens: 40, CompletionTokens: 24}, ""},
		{"gemini, an error", "gemini", `{"error":{"type":"ApiError","message":"quota exceeded","code":429}}`, Response{}, "quota exceeded"},
		{"opencode, a text that grows", "opencode", `{"type":"step_start","part":{"id":"a"}}
{"type":"text","part":{"id":"b","text":"NO"}}
{"type":"text","part":{"id":"b","text":"NO FINDINGS"}}
{"type":"text","part":{"id":"c","text":"COVERED: a.go"}}
{"type":"step_finish","part":{"id":"d","tokens":{"input":10,"output":5,"reasoning":2,"cache":{"read":80,"write":10}}}}`,
			Response{Text: "NO FINDINGS\n\nCOVERED: a.go", PromptTokens: 100, CachedTokens: 80, CompletionTokens: 7}, ""},
		{"opencode, an error", "opencode", `{"type":"error","error":{"name":"ProviderAuthError","data":{"message":"no key"}}}`, Response{}, "no key"},
		{"opencode, only a beginning", "opencode", `{"type":"step_start","part":{"id":"a"}}`, Response{}, errNoAnswer.Error()},
		{"nothing", "claude", "", Response{}, errNoAnswer.Error()},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, err := AgentNamed(tt.agent)
			if err != nil {
				t.Fatal(err)
			}
			got, err := a.read([]byte(tt.stdout))
			said := ""
			if err != nil {
				said = err.Error()
			}
			if said != tt.err {
				t.Errorf("error %q, want %q", said, tt.err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestAgentsAreAskedForAModelBeforeTheirLastArgument(t *testing.T) {
	for name, want := range map[string]string{
		"codex":  "exec --json --sandbox read-only --skip-git-repo-check --model m -",
		"gemini": "--output-format json --approval-mode plan --model m",
	} {
		a, err := AgentNamed(name)
		if err != nil {
			t.Fatal(err)
		}
		before := slices.Clone(a.Run)
		c := NewAgent(a, "m", CommandOptions{}).(*command)
		if got := strings.Join(c.run[1:], " "); got != want || !slices.Equal(a.Run, before) {
			t.Errorf("%s is run with %q, want %q", name, got, want)
		}
	}
	if _, err := AgentNamed("aider"); err == nil || !strings.Contains(err.Error(), "claude, codex, gemini, opencode") {
		t.Errorf("an unknown agent: %v", err)
	}
}

func FuzzAgentsOutput(f *testing.F) {
	f.Add("[{\"type\":\"result\",\"result\":\"x\"},\n{}]")
	f.Add("{\n{\n{\"type\":\"text\",\"part\":{\"text\":\"\\ud800\"}}")
	f.Add(strings.Repeat("{\"a\":", 2000))
	f.Fuzz(func(t *testing.T, stdout string) {
		for _, a := range Agents() {
			r, err := a.read([]byte(stdout))
			if err == nil && !utf8.ValidString(r.Text) {
				t.Errorf("%s: %q", a.Name, r.Text)
			}
		}
	})
}
