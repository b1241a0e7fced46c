package reviewers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Agent is a well-known agent's command line, run without a dialogue and so that it
// can read and not write, with its answer in a form that tells the model and the
// tokens.
type Agent struct {
	Name      string
	Run       []string // reads the prompt on standard input
	ModelFlag string   // behind which the model's name stands
	Lineage   string   // "" when it serves any model
	Env       []string // variables that it may need beside the usual ones

	read func(stdout []byte) (Response, error)
}

// Agents are those that are known by name. The flags and forms are those of their
// documentation:
//
//	claude    code.claude.com/docs/en/headless
//	codex     developers.openai.com/codex/noninteractive
//	gemini    geminicli.com/docs/cli/headless
//	opencode  opencode.ai/docs/cli
func Agents() []Agent {
	return []Agent{
		{
			Name: "claude", ModelFlag: "--model", Lineage: "anthropic",
			Run: []string{"claude", "-p", "--output-format", "json", "--permission-mode", "plan", "--strict-mcp-config",
				"--disallowedTools", "Bash,Edit,Write,NotebookEdit,WebFetch,WebSearch,Task"},
			Env:  []string{"ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL", "CLAUDE_CODE_OAUTH_TOKEN", "CLAUDE_CONFIG_DIR"},
			read: readClaude,
		},
		{
			Name: "codex", ModelFlag: "--model", Lineage: "openai",
			Run:  []string{"codex", "exec", "--json", "--sandbox", "read-only", "--skip-git-repo-check", "-"},
			Env:  []string{"OPENAI_API_KEY", "CODEX_API_KEY", "OPENAI_BASE_URL", "CODEX_HOME"},
			read: readCodex,
		},
		{
			Name: "gemini", ModelFlag: "--model", Lineage: "google",
			Run:  []string{"gemini", "--output-format", "json", "--approval-mode", "plan"},
			Env:  []string{"GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_CLOUD_PROJECT", "GOOGLE_GENAI_USE_VERTEXAI"},
			read: readGemini,
		},
		{
			Name: "opencode", ModelFlag: "--model",
			Run:  []string{"opencode", "run", "--format", "json", "--agent", "plan"},
			Env:  []string{"OPENROUTER_API_KEY", "OPENCODE_API_KEY", "OPENCODE_CONFIG_DIR"},
			read: readOpenCode,
		},
	}
}

// AgentNamed gives the agent of that name.
func AgentNamed(name string) (Agent, error) {
	var known []string
	for _, a := range Agents() {
		if a.Name == name {
			return a, nil
		}
		known = append(known, a.Name)
	}
	return Agent{}, fmt.Errorf("there is no agent %q; there are %s", name, strings.Join(known, ", "))
}

// NewAgent makes a reviewer of an agent; model "" is its own choice. What opt allows
// comes beside what the agent needs.
func NewAgent(a Agent, model string, opt CommandOptions) Reviewer {
	run := append([]string(nil), a.Run...)
	if model != "" {
		at := len(run)
		if run[at-1] == "-" { // the prompt stands last
			at--
		}
		run = append(run[:at:at], append([]string{a.ModelFlag, model}, run[at:]...)...)
	}
	opt.Env = append(append([]string(nil), opt.Env...), a.Env...)
	opt.read = a.read
	return NewCommand(run, opt)
}

// errNoAnswer is what an agent's output comes to that holds no answer.
var errNoAnswer = errors.New("its output holds no answer")

// readClaude reads the one object of --output-format json, or the last of several.
func readClaude(stdout []byte) (Response, error) {
	var last *claudeResult
	for _, line := range objects(stdout) {
		var r claudeResult
		if json.Unmarshal(line, &r) == nil && r.Type == "result" {
			last = &r
		}
	}
	if last == nil {
		return Response{}, errNoAnswer
	}
	u := last.Usage
	out := Response{
		Text: last.Result, PromptTokens: u.Input + u.CacheRead + u.CacheCreation, CachedTokens: u.CacheRead, CompletionTokens: u.Output,
	}
	most := -1
	for model, use := range last.ModelUsage { // small models do its chores
		if use.Output > most || use.Output == most && model < out.Model {
			out.Model, most = model, use.Output
		}
	}
	if last.IsError || last.Subtype != "" && last.Subtype != "success" {
		return out, fmt.Errorf("%s: %s", last.Subtype, last.Result)
	}
	return out, nil
}

type claudeResult struct {
	Type    string `json:"type"`
	Subtype string `json:"subtype"`
	IsError bool   `json:"is_error"`
	Result  string `json:"result"`
	Usage   struct {
		Input         int `json:"input_tokens"`
		CacheRead     int `json:"cache_read_input_tokens"`
		CacheCreation int `json:"cache_creation_input_tokens"`
		Output        int `json:"output_tokens"`
	} `json:"usage"`
	ModelUsage map[string]struct {
		Output int `json:"outputTokens"`
	} `json:"modelUsage"`
}

// readCodex reads the events of exec --json.
func readCodex(stdout []byte) (Response, error) {
	var out Response
	var failure string
	completed := false
	for _, line := range objects(stdout) {
		var e struct {
			Type string `json:"type"`
			Item struct {
				Type string `json:"type"`
				Text string `json:"text"`
			} `json:"item"`
			Usage struct {
				Input  int `json:"input_tokens"`
				Cached int `json:"cached_input_tokens"`
				Output int `json:"output_tokens"`
			} `json:"usage"`
			Message string `json:"message"`
			Error   struct {
				Message string `json:"message"`
			} `json:"error"`
		}
		if json.Unmarshal(line, &e) != nil {
			continue
		}
		switch e.Type {
		case "item.completed":
			if e.Item.Type == "agent_message" {
				out.Text = paragraph(out.Text, e.Item.Text)
			}
		case "turn.completed":
			completed = true
			out.PromptTokens += e.Usage.Input
			out.CachedTokens += e.Usage.Cached
			out.CompletionTokens += e.Usage.Output
		case "turn.failed":
			failure = e.Error.Message
		case "error":
			failure = e.Message
		}
	}
	switch {
	case completed && out.Text != "":
		return out, nil
	case failure != "":
		return out, errors.New(failure)
	}
	return out, errNoAnswer
}

// readGemini reads the one object of --output-format json.
func readGemini(stdout []byte) (Response, error) {
	var found *geminiResult
	for _, line := range objects(stdout) {
		var r geminiResult
		if json.Unmarshal(line, &r) == nil && (r.Response != nil || r.Error != nil) {
			found = &r
		}
	}
	if found == nil {
		return Response{}, errNoAnswer
	}
	var out Response
	if found.Response != nil {
		out.Text = *found.Response
	}
	most := -1
	for model, m := range found.Stats.Models {
		out.PromptTokens += m.Tokens.Prompt
		out.CachedTokens += m.Tokens.Cached
		out.CompletionTokens += m.Tokens.Candidates + m.Tokens.Thoughts
		if m.Tokens.Candidates > most || m.Tokens.Candidates == most && model < out.Model {
			out.Model, most = model, m.Tokens.Candidates
		}
	}
	if found.Error != nil {
		return out, errors.New(found.Error.Message)
	}
	return out, nil
}

type geminiResult struct {
	Response *string `json:"response"`
	Stats    struct {
		Models map[string]struct {
			Tokens struct {
				Prompt     int `json:"prompt"`
				Candidates int `json:"candidates"`
				Cached     int `json:"cached"`
				Thoughts   int `json:"thoughts"`
			} `json:"tokens"`
		} `json:"models"`
	} `json:"stats"`
	Error *struct {
		Message string `json:"message"`
	} `json:"error"`
}

// readOpenCode reads the events of run --format json. A text may be told several
// times as it grows; the last telling holds.
func readOpenCode(stdout []byte) (Response, error) {
	var out Response
	var order []string
	texts := map[string]string{}
	failure := ""
	for _, line := range objects(stdout) {
		var e openCodeEvent
		if json.Unmarshal(line, &e) != nil {
			continue
		}
		switch e.Type {
		case "text":
			if _, told := texts[e.Part.ID]; !told {
				order = append(order, e.Part.ID)
			}
			texts[e.Part.ID] = e.Part.Text
		case "step_finish":
			t := e.Part.Tokens
			out.PromptTokens += t.Input + t.Cache.Read + t.Cache.Write
			out.CachedTokens += t.Cache.Read
			out.CompletionTokens += t.Output + t.Reasoning
		case "error":
			failure = e.Error.Data.Message
			if failure == "" {
				failure = e.Error.Name
			}
		}
	}
	for _, id := range order {
		out.Text = paragraph(out.Text, texts[id])
	}
	switch {
	case failure != "":
		return out, errors.New(failure)
	case out.Text == "":
		return out, errNoAnswer
	}
	return out, nil
}

type openCodeEvent struct {
	Type string `json:"type"`
	Part struct {
		ID     string `json:"id"`
		Text   string `json:"text"`
		Tokens struct {
			Input     int `json:"input"`
			Output    int `json:"output"`
			Reasoning int `json:"reasoning"`
			Cache     struct {
				Read  int `json:"read"`
				Write int `json:"write"`
			} `json:"cache"`
		} `json:"tokens"`
	} `json:"part"`
	Error struct {
		Name string `json:"name"`
		Data struct {
			Message string `json:"message"`
		} `json:"data"`
	} `json:"error"`
}

func paragraph(text, more string) string {
	if text == "" || more == "" {
		return text + more
	}
	return text + "\n\n" + more
}

// objects finds the JSON objects of an output: one on many lines, one a line, with
// lines of log between them.
func objects(stdout []byte) [][]byte {
	var out [][]byte
	for len(stdout) > 0 {
		line, rest, _ := bytes.Cut(stdout, []byte("\n"))
		trimmed := bytes.TrimLeft(line, " \t\r[,") // an array's elements are objects too
		if !bytes.HasPrefix(trimmed, []byte("{")) {
			stdout = rest
			continue
		}
		if json.Valid(bytes.TrimRight(trimmed, " \t\r,]")) {
			out, stdout = append(out, bytes.TrimRight(trimmed, " \t\r,]")), rest
			continue
		}
		from := stdout[len(line)-len(trimmed):]
		dec := json.NewDecoder(bytes.NewReader(from))
		var raw json.RawMessage
		if dec.Decode(&raw) != nil {
			stdout = rest
			continue
		}
		out, stdout = append(out, raw), from[dec.InputOffset():]
	}
	return out
}
