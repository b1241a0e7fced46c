package reviewers

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Agent is a well-known agent's command line, run without a dialogue and so that it
// can read and not write, with its answer in a form that tells the model and the
// tokens.
type Agent struct {
	Name      string
	Run       []string // reads the prompt on standard input
	ModelFlag string   // behind which the model's name stands; "" when it takes none
	Lineage   string   // "" when it serves any model
	Env       []string // variables that it may need beside the usual ones
	Set       []string // variables that are set for it, as NAME=value

	// read gives the answer, with a FinishReason when the output tells that it is all.
	read func(stdout []byte) (Response, error)
}

// Agents are those that are known by name.
func Agents() []Agent { return []Agent{claude(), codex(), gemini(), openCode()} }

// claude: code.claude.com/docs/en/cli-reference and …/headless. With -p it runs the
// hooks of a folder that nobody has trusted, so only the user's own settings are read.
// Tools are given one by one: its plan mode lets other tools be, and tends to end in a
// plan that nobody accepts instead of an answer.
func claude() Agent {
	return Agent{
		Name: "claude", ModelFlag: "--model", Lineage: "anthropic",
		Run: []string{"claude", "-p", "--output-format", "json", "--tools", "Read,Grep,Glob", "--permission-mode", "default",
			"--setting-sources", "user", "--strict-mcp-config", "--no-session-persistence"},
		Env:  []string{"ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL", "CLAUDE_CODE_OAUTH_TOKEN", "CLAUDE_CONFIG_DIR"},
		read: readClaude,
	}
}

// codex: developers.openai.com/codex/noninteractive and …/codex/config-reference. Its
// sandbox lets commands run that only read, without network; they do not get its key.
func codex() Agent {
	return Agent{
		Name: "codex", ModelFlag: "--model", Lineage: "openai",
		Run: []string{"codex", "exec", "--json", "--sandbox", "read-only", "--skip-git-repo-check", "--ephemeral",
			"-c", `web_search="disabled"`, "-c", `shell_environment_policy.inherit="core"`, "-"},
		Env:  []string{"OPENAI_API_KEY", "CODEX_API_KEY", "OPENAI_BASE_URL", "CODEX_HOME"},
		read: readCodex,
	}
}

// gemini: geminicli.com/docs/cli/headless and …/cli/trusted-folders. It starts in no
// folder that is not trusted (exit status 55). The variable rather than --skip-trust,
// which older versions refuse; what trust would let it load is not in the folder.
func gemini() Agent {
	return Agent{
		Name: "gemini", ModelFlag: "--model", Lineage: "google",
		Run:  []string{"gemini", "--output-format", "json", "--approval-mode", "plan"},
		Env:  []string{"GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_CLOUD_PROJECT", "GOOGLE_CLOUD_LOCATION", "GOOGLE_GENAI_USE_VERTEXAI", "GOOGLE_APPLICATION_CREDENTIALS"},
		Set:  []string{"GEMINI_CLI_TRUST_WORKSPACE=true"},
		read: readGemini,
	}
}

// openCode: opencode.ai/v1/docs/cli and …/permissions. Its plan agent writes no files
// and still runs commands, so what it may do is said here; the last rule that matches
// holds, and a question is answered with no.
func openCode() Agent {
	return Agent{
		Name: "opencode", ModelFlag: "--model",
		Run: []string{"opencode", "run", "--format", "json", "--agent", "plan"},
		Env: []string{"OPENROUTER_API_KEY", "OPENCODE_API_KEY", "OPENCODE_CONFIG_DIR"},
		Set: []string{"OPENCODE_DISABLE_PROJECT_CONFIG=1", "OPENCODE_DISABLE_AUTOUPDATE=1", "OPENCODE_AUTO_SHARE=0",
			`OPENCODE_PERMISSION={"*":"deny","edit":"deny","bash":"deny","webfetch":"deny","read":"allow","grep":"allow","glob":"allow","list":"allow"}`},
		read: readOpenCode,
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

// With is the agent with a command line of the user's own: it gets no flags, and may
// answer in plain text as well.
func (a Agent) With(run []string) Agent {
	form := a.read
	a.Run, a.ModelFlag = run, ""
	a.read = func(stdout []byte) (Response, error) {
		r, err := form(stdout)
		if errors.Is(err, errNoAnswer) && len(objects(stdout)) == 0 && !looksLikeJSON(stdout) {
			return Response{Text: string(stdout)}, nil
		}
		return r, err
	}
	return a
}

// looksLikeJSON knows the beginning of an answer in a form, which may be cut off.
func looksLikeJSON(stdout []byte) bool {
	for line := range bytes.Lines(stdout) {
		if line = bytes.TrimSpace(line); bytes.HasPrefix(line, []byte(`{`)) || bytes.Equal(line, []byte(`[`)) || bytes.HasPrefix(line, []byte(`[{`)) {
			return true
		}
	}
	return false
}

// NewAgent makes a reviewer of an agent; model "" is its own choice. What opt allows
// comes beside what the agent needs.
func NewAgent(a Agent, model string, opt CommandOptions) Reviewer {
	opt.Env = slices.Concat(opt.Env, a.Env)
	opt.Set = slices.Concat(opt.Set, a.Set)
	opt.read = func(stdout []byte) (Response, error) {
		r, err := a.read(stdout)
		return r.plausible(), err
	}
	return NewCommand(a.asking(model), opt)
}

// asking is the command line with which a model is asked for.
func (a Agent) asking(model string) []string {
	if model == "" || a.ModelFlag == "" {
		return a.Run
	}
	at := len(a.Run)
	if a.Run[at-1] == "-" { // the prompt stands last
		at--
	}
	return slices.Insert(slices.Clone(a.Run), at, a.ModelFlag, model)
}

// plausible is the response without counts that cannot be: they are made into money.
func (r Response) plausible() Response {
	const most = 1 << 40
	for _, n := range []*int{&r.PromptTokens, &r.CompletionTokens, &r.CachedTokens} {
		if *n < 0 || *n > most {
			*n = 0
		}
	}
	r.CachedTokens = min(r.CachedTokens, r.PromptTokens)
	return r
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
	out := Response{PromptTokens: u.Input + u.CacheRead + u.CacheCreation, CachedTokens: u.CacheRead, CompletionTokens: u.Output}
	most := -1
	for model, use := range last.ModelUsage { // small models do its chores
		if use.Output > most || use.Output == most && model < out.Model {
			out.Model, most = model, use.Output
		}
	}
	switch {
	case last.Subtype != "" && last.Subtype != "success":
		return out, errors.New(strings.TrimSuffix(last.Subtype+": "+last.Result, ": "))
	case last.IsError: // the result is then the error's text
		return out, errors.New(last.Result)
	case last.Result == "":
		return out, errNoAnswer
	}
	out.Text, out.FinishReason = last.Result, "stop"
	if last.StopReason == "max_tokens" {
		out.FinishReason = "length"
	}
	return out, nil
}

type claudeResult struct {
	Type    string `json:"type"`
	Subtype string `json:"subtype"`
	IsError bool   `json:"is_error"`
	Result  string `json:"result"`
	// StopReason is that of the last message; older versions do not tell it.
	StopReason string `json:"stop_reason"`
	Usage      struct {
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
			failure = cmp.Or(e.Error.Message, "a turn that failed without a word")
		case "error":
			failure = cmp.Or(e.Message, "an error without a word")
		}
	}
	switch {
	case completed && out.Text != "":
		out.FinishReason = "stop"
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
	switch {
	case found.Error != nil:
		return out, errors.New(cmp.Or(found.Error.Message, found.Error.Type, "an error without a word"))
	case out.Text == "":
		return out, errNoAnswer
	}
	out.FinishReason = "stop"
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
		Type    string `json:"type"`
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
		case "step_start":
			out.FinishReason = ""
		case "step_finish":
			if reason := e.Part.Reason; reason == "stop" || reason == "length" {
				out.FinishReason = reason
			}
			t := e.Part.Tokens
			out.PromptTokens += t.Input + t.Cache.Read + t.Cache.Write
			out.CachedTokens += t.Cache.Read
			out.CompletionTokens += t.Output + t.Reasoning
		case "error":
			failure = cmp.Or(e.Error.Data.Message, e.Error.Name, "an error without a word")
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
	return out, nil // some versions end without their last events
}

type openCodeEvent struct {
	Type string `json:"type"`
	Part struct {
		ID     string `json:"id"`
		Text   string `json:"text"`
		Reason string `json:"reason"`
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
// lines of log between them. What is spent on objects that never end is bounded.
func objects(stdout []byte) [][]byte {
	var out [][]byte
	patience := 4*len(stdout) + 1<<16 // bytes read in vain
	for len(stdout) > 0 {
		line, rest, _ := bytes.Cut(stdout, []byte("\n"))
		trimmed := bytes.TrimLeft(line, " \t\r[,") // an array's elements are objects too
		if !bytes.HasPrefix(trimmed, []byte("{")) {
			stdout = rest
			continue
		}
		if whole := bytes.TrimRight(trimmed, " \t\r,]"); json.Valid(whole) {
			out, stdout = append(out, whole), rest
			continue
		}
		from := stdout[len(line)-len(trimmed):]
		raw, read := object(from[:min(len(from), max(patience, 0))])
		if raw == nil {
			patience -= read
			stdout = rest
			continue
		}
		out, stdout = append(out, raw), from[len(raw):]
	}
	return out
}

// object reads the one at the beginning of data. nil is none there, or one that does
// not end; read is how far it was looked for.
func object(data []byte) (raw json.RawMessage, read int) {
	err := json.NewDecoder(bytes.NewReader(data)).Decode(&raw)
	var syntax *json.SyntaxError
	switch {
	case err == nil:
		return raw, len(raw)
	case errors.As(err, &syntax):
		return nil, int(syntax.Offset)
	}
	return nil, len(data)
}
