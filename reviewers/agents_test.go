package reviewers

import (
	"encoding/json"
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
		{"claude", "claude", `{"type":"result","subtype":"success","is_error":false,"duration_ms":52011,"num_turns":3,"result":"NO FINDINGS","stop_reason":"end_turn","session_id":"5b1f","total_cost_usd":0.31,"usage":{"input_tokens":10,"cache_read_input_tokens":900,"cache_creation_input_tokens":90,"output_tokens":7,"service_tier":"standard"},"modelUsage":{"claude-haiku-4-5":{"outputTokens":2,"costUSD":0.01},"claude-opus-4-7":{"outputTokens":7,"costUSD":0.3}},"permission_denials":[]}`,
			Response{Text: "NO FINDINGS", Model: "claude-opus-4-7", FinishReason: "stop", PromptTokens: 1000, CachedTokens: 900, CompletionTokens: 7}, ""},
		{"claude, verbose: an array on many lines after a line of log", "claude", "Loading {config}\n[\n  {\"type\":\"system\"},\n  {\n   \"type\": \"result\",\n   \"result\": \"fine\"\n  }\n]\n",
			Response{Text: "fine", FinishReason: "stop"}, ""},
		{"claude, an answer cut at its longest", "claude", `{"type":"result","subtype":"success","result":"NO FIND","stop_reason":"max_tokens"}`,
			Response{Text: "NO FIND", FinishReason: "length"}, ""},
		{"claude, an error that is called a success", "claude", `{"type":"result","subtype":"success","is_error":true,"result":"API Error: 529 Overloaded","usage":{"input_tokens":3}}`,
			Response{PromptTokens: 3}, "API Error: 529 Overloaded"},
		{"claude, too many turns", "claude", `{"type":"result","subtype":"error_max_turns","is_error":false}`, Response{}, "error_max_turns"},
		{"claude, an empty result", "claude", `{"type":"result","subtype":"success","result":""}`, Response{}, errNoAnswer.Error()},
		{"claude, cut off", "claude", `{"type":"result","subtype":"success","result":"NO FIND`, Response{}, errNoAnswer.Error()},
		{"claude, a result of another shape", "claude", `{"type":"result","subtype":"success","result":["NO FINDINGS"]}`, Response{}, errNoAnswer.Error()},
		{"claude, counts that cannot be", "claude", `{"type":"result","result":"fine","usage":{"input_tokens":-5,"cache_read_input_tokens":9000000000000000000,"output_tokens":-1}}`,
			Response{Text: "fine", FinishReason: "stop"}, ""},
		{"codex", "codex", `{"type":"thread.started","thread_id":"x"}
{"type":"turn.started"}
{"type":"item.completed","item":{"id":"item_0","type":"reasoning","text":"hm"}}
{"type":"item.completed","item":{"id":"item_1","type":"command_execution","command":"cat a.go","aggregated_output":"package a","exit_code":0,"status":"completed"}}
{"type":"item.completed","item":{"id":"item_2","type":"agent_message","text":"I look."}}
2026-01-01 WARN something
{"type":"error","message":"Reconnecting... 1/5"}
{"type":"item.completed","item":{"id":"item_3","type":"agent_message","text":"NO FINDINGS"}}
{"type":"turn.completed","usage":{"input_tokens":100,"cached_input_tokens":60,"output_tokens":9}}`,
			Response{Text: "I look.\n\nNO FINDINGS", FinishReason: "stop", PromptTokens: 100, CachedTokens: 60, CompletionTokens: 9}, ""},
		{"codex, a turn that failed", "codex", `{"type":"item.completed","item":{"type":"agent_message","text":"I look."}}
{"type":"turn.failed","error":{"message":"You've hit your usage limit."}}`, Response{Text: "I look."}, "You've hit your usage limit."},
		{"codex, a turn that failed without a word", "codex", `{"type":"turn.failed"}`, Response{}, "a turn that failed without a word"},
		{"codex, a turn that never ended", "codex", `{"type":"item.completed","item":{"type":"agent_message","text":"NO FINDINGS"}}`, Response{Text: "NO FINDINGS"}, errNoAnswer.Error()},
		{"gemini", "gemini", "Loaded cached credentials.\n{\n \"session_id\": \"x\",\n \"response\": \"NO FINDINGS\",\n \"stats\": {\"models\": {\"gemini-2.5-flash\": {\"api\": {\"totalRequests\": 1}, \"tokens\": {\"prompt\": 5, \"candidates\": 1}}, \"gemini-2.5-pro\": {\"tokens\": {\"prompt\": 100, \"candidates\": 20, \"total\": 123, \"cached\": 40, \"thoughts\": 3, \"tool\": 0}}}, \"tools\": {\"totalCalls\": 0}}\n}\n",
			Response{Text: "NO FINDINGS", Model: "gemini-2.5-pro", FinishReason: "stop", PromptTokens: 105, CachedTokens: 40, CompletionTokens: 24}, ""},
		{"gemini, an error", "gemini", `{"session_id":"x","error":{"type":"ApiError","message":"quota exceeded","code":429}}`, Response{}, "quota exceeded"},
		{"gemini, an error without a word", "gemini", `{"error":{"type":"FatalTurnLimitedError"}}`, Response{}, "FatalTurnLimitedError"},
		{"gemini, an empty answer", "gemini", `{"response":""}`, Response{}, errNoAnswer.Error()},
		{"gemini, an answer between lines of log that look like objects", "gemini", "{ not json\n{\n{\"response\": \"fine\"}\n{\"level\":\"info\"}\n",
			Response{Text: "fine", FinishReason: "stop"}, ""},
		{"opencode, a text that grows", "opencode", `{"type":"step_start","part":{"id":"a"}}
{"type":"tool_use","part":{"id":"t","tool":"read","state":{"status":"completed"}}}
{"type":"step_finish","part":{"id":"s","reason":"tool-calls","tokens":{"input":0,"output":0,"reasoning":0,"cache":{"read":0,"write":0}}}}
{"type":"step_start","part":{"id":"e"}}
{"type":"text","part":{"id":"b","text":"NO"}}
{"type":"text","part":{"id":"b","text":"NO FINDINGS"}}
{"type":"text","part":{"id":"c","text":"COVERED: a.go"}}
{"type":"step_finish","part":{"id":"d","reason":"stop","cost":0.1,"tokens":{"input":10,"output":5,"reasoning":2,"cache":{"read":80,"write":10}}}}
{"type":"done","reason":"idle"}`,
			Response{Text: "NO FINDINGS\n\nCOVERED: a.go", FinishReason: "stop", PromptTokens: 100, CachedTokens: 80, CompletionTokens: 7}, ""},
		{"opencode, a version that ends before its last event", "opencode", `{"type":"step_start","part":{"id":"a"}}
{"type":"text","part":{"id":"b","text":"NO FINDINGS"}}`, Response{Text: "NO FINDINGS"}, ""},
		{"opencode, an error", "opencode", `{"type":"error","error":{"name":"ProviderAuthError","data":{"message":"no key"}}}`, Response{}, "no key"},
		{"opencode, an error by name", "opencode", `{"type":"error","error":{"name":"MessageAbortedError"}}`, Response{}, "MessageAbortedError"},
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
			got = got.plausible()
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
	for name, want := range map[string][]string{
		"claude": {"--no-session-persistence", "--model", "m"},
		"codex":  {`shell_environment_policy.inherit="core"`, "--model", "m", "-"},
		"gemini": {"plan", "--model", "m"},
	} {
		a, err := AgentNamed(name)
		if err != nil {
			t.Fatal(err)
		}
		before := slices.Clone(a.Run)
		got := a.asking("m")
		if diff := cmp.Diff(want, got[len(got)-len(want):]); diff != "" || !slices.Equal(a.Run, before) {
			t.Errorf("%s ends in (-want +got):\n%s", name, diff)
		}
	}
	if _, err := AgentNamed("aider"); err == nil || !strings.Contains(err.Error(), "claude, codex, gemini, opencode") {
		t.Errorf("an unknown agent: %v", err)
	}
}

func TestACommandLineOfOnesOwnMayAnswerInPlainText(t *testing.T) {
	for stdout, want := range map[string]Response{
		"NO FINDINGS\n": {Text: "NO FINDINGS\n"},
		"[x] done\n":    {Text: "[x] done\n"},
		`{"type":"result","result":"in its form"}`:      {Text: "in its form", FinishReason: "stop"},
		`{"type":"result","result":"cut in its fo`:      {},
		"[{\"type\":\"result\",\"result\":\"cut in its": {},
	} {
		a := claude().With([]string{"mine", "-x"})
		got, err := a.read([]byte(stdout))
		if diff := cmp.Diff(want, got); diff != "" || (err != nil) != (want.Text == "") {
			t.Errorf("%q: error %v (-want +got):\n%s", stdout, err, diff)
		}
		if run := a.asking("m"); !slices.Equal(run, []string{"mine", "-x"}) {
			t.Errorf("run with %q", run)
		}
	}
}

func TestAnOutputThatOpensObjectsWithoutEndIsReadInBoundedTime(t *testing.T) {
	deep := strings.Repeat("{\"a\":\n", 9000) + "[" + strings.Repeat("1,\n", 1<<20)
	found := objects([]byte(deep + "\n{\"type\":\"result\",\"result\":\"fine\"}\n"))
	if len(found) != 1 || !strings.Contains(string(found[0]), "fine") {
		t.Errorf("found %d objects", len(found))
	}
}

func FuzzAgentsOutput(f *testing.F) {
	f.Add("[{\"type\":\"result\",\"result\":\"x\"},\n{}]")
	f.Add("{\n{\n{\"type\":\"text\",\"part\":{\"text\":\"\\ud800\"}}")
	f.Add("{\"type\":\"item.completed\",\"item\":{\"type\":\"agent_message\",\"text\":\"x\"}}\n{\"type\":\"turn.completed\"}")
	f.Add("{\"response\":\"x\",\"stats\":{\"models\":{\"m\":{\"tokens\":{\"prompt\":-1}}}}}")
	f.Add(strings.Repeat("{\"a\":", 2000))
	f.Fuzz(func(t *testing.T, stdout string) {
		left := len(stdout)
		for _, o := range objects([]byte(stdout)) {
			if left -= len(o); left < 0 || !json.Valid(o) {
				t.Fatalf("objects overlap, or are none: %q", o)
			}
		}
		for _, a := range Agents() {
			r, err := a.read([]byte(stdout))
			r = r.plausible()
			if !utf8.ValidString(r.Text) || err == nil && r.Text == "" {
				t.Errorf("%s: %q, %v", a.Name, r.Text, err)
			}
			if min(r.PromptTokens, r.CompletionTokens, r.CachedTokens) < 0 || r.CachedTokens > r.PromptTokens {
				t.Errorf("%s: counts %+v", a.Name, r)
			}
		}
	})
}
