package reviewers_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scrum/reviewers"
)

// What an agent of these tests is told, beside commandMode.
const (
	agentAnswer = "SCRUM_TEST_ANSWER" // what it prints
	agentStatus = "SCRUM_TEST_STATUS" // with what it exits; "hang" calls home and does not
	agentSaw    = "SCRUM_TEST_SAW"    // the file where it writes what it saw
)

// saw is what an agent saw.
type saw struct {
	Args  []string
	Stdin string
	Dir   string
	Env   []string
}

func actAsAgent() int {
	in, _ := io.ReadAll(os.Stdin)
	dir, _ := os.Getwd()
	data, err := json.Marshal(saw{os.Args[1:], string(in), dir, os.Environ()})
	if err == nil {
		err = os.WriteFile(os.Getenv(agentSaw), data, 0o600)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 99
	}
	fmt.Print(os.Getenv(agentAnswer))
	fmt.Fprintln(os.Stderr, "[log] working")
	if os.Getenv(agentStatus) == "hang" {
		callHome()
		select {}
	}
	status, _ := strconv.Atoi(os.Getenv(agentStatus))
	return status
}

// onPath makes this test binary the only program of that name on PATH.
func onPath(t *testing.T, name string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	dir := t.TempDir()
	if os.Link(self, filepath.Join(dir, name)) != nil {
		data, err := os.ReadFile(self)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), data, 0o700)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir)
}

// agent is one of that name that prints an answer and exits with a status; what it saw
// is read by the function that comes beside it.
func agent(t *testing.T, name, answer, status string) (reviewers.Reviewer, func() saw) {
	t.Helper()
	onPath(t, name)
	file := filepath.Join(t.TempDir(), "saw.json")
	for k, v := range map[string]string{commandMode: "agent", agentAnswer: answer, agentStatus: status, agentSaw: file} {
		t.Setenv(k, v)
	}
	a, err := reviewers.AgentNamed(name)
	if err != nil {
		t.Fatal(err)
	}
	r := reviewers.NewAgent(a, "", reviewers.CommandOptions{Env: []string{commandMode, agentAnswer, agentStatus, agentSaw, commandHome}})
	return r, func() saw {
		t.Helper()
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var s saw
		if err := json.Unmarshal(data, &s); err != nil {
			t.Fatal(err)
		}
		return s
	}
}

func TestAgentsAreRunWithoutADialogueAndOnlyRead(t *testing.T) {
	tests := []struct {
		name, answer, key string
		args, set         []string
		want              reviewers.Response
	}{
		{
			name: "claude", key: "ANTHROPIC_API_KEY",
			answer: `{"type":"result","subtype":"success","is_error":false,"result":"NO FINDINGS","usage":{"input_tokens":10,"output_tokens":7},"modelUsage":{"claude-opus-4-7":{"outputTokens":7}}}`,
			args: []string{"-p", "--output-format", "json", "--tools", "Read,Grep,Glob", "--permission-mode", "default",
				"--setting-sources", "user", "--strict-mcp-config", "--no-session-persistence"},
			want: reviewers.Response{Text: "NO FINDINGS", Model: "claude-opus-4-7", FinishReason: "stop", PromptTokens: 10, CompletionTokens: 7},
		},
		{
			name: "codex", key: "OPENAI_API_KEY",
			answer: "{\"type\":\"item.completed\",\"item\":{\"type\":\"agent_message\",\"text\":\"NO FINDINGS\"}}\n{\"type\":\"turn.completed\",\"usage\":{\"input_tokens\":10,\"output_tokens\":7}}\n",
			args: []string{"exec", "--json", "--sandbox", "read-only", "--skip-git-repo-check", "--ephemeral",
				"-c", `web_search="disabled"`, "-c", `shell_environment_policy.inherit="core"`, "-"},
			want: reviewers.Response{Text: "NO FINDINGS", FinishReason: "stop", PromptTokens: 10, CompletionTokens: 7},
		},
		{
			name: "gemini", key: "GEMINI_API_KEY",
			answer: `{"response":"NO FINDINGS","stats":{"models":{"gemini-2.5-pro":{"tokens":{"prompt":10,"candidates":7}}}}}`,
			args:   []string{"--output-format", "json", "--approval-mode", "plan"},
			set:    []string{"GEMINI_CLI_TRUST_WORKSPACE=true"},
			want:   reviewers.Response{Text: "NO FINDINGS", Model: "gemini-2.5-pro", FinishReason: "stop", PromptTokens: 10, CompletionTokens: 7},
		},
		{
			name: "opencode", key: "OPENROUTER_API_KEY",
			answer: "{\"type\":\"text\",\"part\":{\"id\":\"a\",\"text\":\"NO FINDINGS\"}}\n{\"type\":\"step_finish\",\"part\":{\"id\":\"b\",\"reason\":\"stop\",\"tokens\":{\"input\":10,\"output\":7}}}\n",
			args:   []string{"run", "--format", "json", "--agent", "plan"},
			set:    []string{"OPENCODE_DISABLE_PROJECT_CONFIG=1"},
			want:   reviewers.Response{Text: "NO FINDINGS", FinishReason: "stop", PromptTokens: 10, CompletionTokens: 7},
		},
	}
	keys := []string{"ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GEMINI_API_KEY", "OPENROUTER_API_KEY", "MOONSHOT_API_KEY"}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, k := range keys {
				t.Setenv(k, "planted-"+k)
			}
			r, look := agent(t, tt.name, tt.answer, "0")
			got, err := r.Review(t.Context(), question, nil)
			if err != nil {
				t.Fatal(err)
			}
			got.FirstToken = 0
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("response (-want +got):\n%s", diff)
			}
			it := look()
			if diff := cmp.Diff(tt.args, it.Args); diff != "" {
				t.Errorf("arguments (-want +got):\n%s", diff)
			}
			if want := question.System + "\n\n" + question.User; it.Stdin != want {
				t.Errorf("standard input is %q, want %q", it.Stdin, want)
			}
			for _, k := range keys {
				if has := slices.Contains(it.Env, k+"=planted-"+k); has != (k == tt.key) {
					t.Errorf("sees %s: %t", k, has)
				}
			}
			for _, v := range tt.set {
				if !slices.Contains(it.Env, v) {
					t.Errorf("%s is not set", v)
				}
			}
			if _, err := os.Stat(it.Dir); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("its folder %s is still there (%v)", it.Dir, err)
			}
		})
	}
}

func TestOpenCodeIsToldWhatItMayDo(t *testing.T) {
	r, look := agent(t, "opencode", `{"type":"text","part":{"id":"a","text":"x"}}`, "0")
	if _, err := r.Review(t.Context(), question, nil); err != nil {
		t.Fatal(err)
	}
	rules := ""
	for _, v := range look().Env {
		if value, ok := strings.CutPrefix(v, "OPENCODE_PERMISSION="); ok {
			rules = value
		}
	}
	var may map[string]string
	if err := json.Unmarshal([]byte(rules), &may); err != nil {
		t.Fatalf("%q: %v", rules, err)
	}
	for _, tool := range []string{"*", "edit", "bash", "webfetch"} {
		if may[tool] != "deny" {
			t.Errorf("%s is %q", tool, may[tool])
		}
	}
	if !strings.HasPrefix(rules, `{"*":`) { // the last rule that matches holds
		t.Errorf("the rule for all tools is not the first one: %s", rules)
	}
}

func TestAgentsThatFailSayWhy(t *testing.T) {
	tests := []struct {
		name, agent, answer, status string
		want                        string
		retry                       bool
		kept                        string
	}{
		{"an error with exit status 0", "claude", `{"type":"result","subtype":"success","is_error":true,"result":"API Error: 429 rate_limit_error"}`, "0", "claude: API Error: 429 rate_limit_error", true, "rate_limit"},
		{"an error with exit status 1", "claude", `{"type":"result","subtype":"success","is_error":true,"result":"API Error: 529 Overloaded"}`, "1", "claude: API Error: 529 Overloaded", true, "529"},
		{"a key that is refused", "claude", `{"type":"result","subtype":"success","is_error":true,"result":"authentication_error: invalid x-api-key"}`, "1", "authentication_error", false, "x-api-key"},
		{"a limit after half an answer", "codex", "{\"type\":\"item.completed\",\"item\":{\"type\":\"agent_message\",\"text\":\"I look.\"}}\n{\"type\":\"turn.failed\",\"error\":{\"message\":\"usage limit\"}}\n", "1", "codex: usage limit", true, "I look."},
		{"a folder that is not trusted", "gemini", "Gemini CLI is not running in a trusted directory.", "55", "exit status 55: [log] working", true, "trusted"},
		{"a form that is cut off", "gemini", `{"response": "NO FIND`, "0", "gemini: its output holds no answer", true, "NO FIND"},
		{"a shell that finds nothing", "opencode", "", "127", "exit status 127", false, ""},
		{"nothing, and all is well", "opencode", "", "0", "opencode: its output holds no answer", true, ""},
		{"an error with escapes in it", "opencode", `{"type":"error","error":{"name":"x","data":{"message":"\u001b[2Jno\nkey"}}}`, "1", "opencode: [2Jno key", true, "no"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, _ := agent(t, tt.agent, tt.answer, tt.status)
			got, err := r.Review(t.Context(), question, nil)
			var e *reviewers.Error
			if !errors.As(err, &e) || !strings.Contains(err.Error(), tt.want) || e.Retryable != tt.retry {
				t.Errorf("error is %v (%+v), want %q", err, e, tt.want)
			}
			if !strings.Contains(got.Text, tt.kept) || got.FinishReason != "" {
				t.Errorf("kept %+v", got)
			}
		})
	}
}

func TestAnAgentThatIsNotInstalledIsNotAskedAgain(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	a, err := reviewers.AgentNamed("claude")
	if err != nil {
		t.Fatal(err)
	}
	_, err = reviewers.NewAgent(a, "", reviewers.CommandOptions{}).Review(t.Context(), question, nil)
	var e *reviewers.Error
	if !errors.As(err, &e) || e.Retryable || !strings.Contains(err.Error(), "claude: the command was not found; install it") {
		t.Errorf("error is %v", err)
	}
}

// Some versions answer and then never end.
func TestAnAnswerThatIsAllThereCountsWhenTheAgentDoesNotEnd(t *testing.T) {
	const start = `{"type":"text","part":{"id":"a","text":"NO FINDINGS"}}` + "\n"
	for name, tt := range map[string]struct{ answer, want string }{
		"it said that this was all": {start + `{"type":"step_finish","part":{"id":"b","reason":"stop"}}`, ""},
		"it may have gone on":       {start, "told to stop"},
	} {
		t.Run(name, func(t *testing.T) {
			h := listen(t)
			r, _ := agent(t, "opencode", tt.answer, "hang")
			ctx, cancel := context.WithCancelCause(t.Context())
			conns := make(chan io.Closer, 1)
			go func() { c := <-h.arrived; cancel(errors.New("told to stop")); conns <- c }()
			got, err := r.Review(ctx, question, nil)
			if said := fmt.Sprint(err); (err == nil) != (tt.want == "") || !strings.Contains(said, tt.want) && err != nil {
				t.Errorf("error is %v, want %q", err, tt.want)
			}
			if got.Text != "NO FINDINGS" || (got.FinishReason == "stop") != (tt.want == "") {
				t.Errorf("answer is %+v", got)
			}
			_ = (<-conns).Close()
		})
	}
}
