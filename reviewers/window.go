package reviewers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"scrum/prompts"
)

// Window is how many tokens a server gives a model, prompt and answer together.
type Window struct {
	Tokens int    // 0 is not known
	AtMost bool   // the server may give less: it decides when it loads the model
	Source string // what has said so, for messages: "Ollama, num_ctx"
}

// windowPatience is how long all questions about a window take together: the
// answers lie ready in the server's memory.
const windowPatience = 2 * time.Second

// Window asks a server of one's own how much of a prompt the model will get. Some
// of them cut what is longer without a word and answer with 200.
//
// Only a server on this machine is asked, or one that the provider is allowed to
// use over plain HTTP, which is how a machine in one's own network is configured.
// The questions hold the model's name and nothing of a change. Whatever goes wrong
// means that the window is not known. Ollama, vLLM, SGLang, llama.cpp and LM Studio
// answer; the client gives the transport, nil is http.DefaultTransport.
func (p Provider) Window(ctx context.Context, model string, client *http.Client) Window {
	s, err := p.ownServer(client)
	if err != nil {
		return Window{}
	}
	ctx, cancel := context.WithTimeout(ctx, windowPatience)
	defer cancel()
	for _, ask := range []func(context.Context, string) Window{s.listed, s.ollama, s.lmStudio, s.llamaCpp} {
		if w := ask(ctx, model); w.Tokens > 0 {
			return w
		}
	}
	return Window{}
}

// Load has an Ollama server load the model, as the first request would, and waits
// for it. Then Window is exact: without num_ctx in the model, the server chooses
// the context while it loads, by the memory that is there.
func (p Provider) Load(ctx context.Context, model string, client *http.Client) error {
	s, err := p.ownServer(client)
	if err != nil {
		return err
	}
	var loaded struct {
		Done bool `json:"done"`
	}
	if err := s.ask(ctx, http.MethodPost, s.root+"/api/generate", map[string]any{"model": model, "stream": false}, &loaded); err != nil {
		return fmt.Errorf("loading %s: %w", model, err)
	}
	if !loaded.Done {
		return fmt.Errorf("loading %s: %w", model, p.says("what answers there loads no models on demand"))
	}
	return nil
}

// Shares of leastTokens that a server counts at least, in percent.
const (
	certainShare = 40 // of any text
	usualShare   = 67 // of any text that people write, or programs for people
)

// SmallestContext is the smallest that a server has unless it is told otherwise
// (Ollama before 0.6, in tokens): what is smaller is not cut, and a small count of a
// small prompt is a server's own way of counting.
const SmallestContext = 2048

// PromptCut says why a server cannot have read the whole prompt, "" when nothing
// tells so. Window is 0 when it is not known.
//
// A server that counts is believed; only far too few tokens are a sign, because
// tokenizers differ. Measured with those of GPT-2, GPT-4, GPT-4o, Llama 2 and 3,
// Qwen 3 and Gemma on 266 prompts of 3 to 200 KB, the count was at least so many
// percent of leastTokens: 87 for code (100 for the changes of this repository, 113
// for Go's standard library), 75 for prose in ten languages, 41 for nothing but
// English words of 13 letters and more. A prompt of about the window's size or more
// may well have been cut, so less is needed to believe it: newer Ollama servers
// throw half of the window's worth away. Measured per byte, as Estimate does it, the
// same counts begin at 22 percent; see docs/local-models.md.
func PromptCut(req prompts.Request, r Response, window int) string {
	counted := r.PromptTokens
	if r.CachedTokens > counted {
		counted += r.CachedTokens // a server that counts them apart
	}
	least, share := leastTokens(req.System)+leastTokens(req.User), certainShare
	if window > 0 && least >= window*usualShare/100 {
		share = usualShare
	}
	switch {
	case r.Estimated || counted <= 0:
		return ""
	case window > 0 && counted >= window-1:
		return fmt.Sprintf("the prompt filled the whole context: the server read %d tokens of it, and the model has %d for prompt and answer", counted, window)
	case (window > 0 || least > SmallestContext) && counted*100 < least*share:
		return fmt.Sprintf("the server cut the prompt: it read %d of about %d tokens", counted, max(least, Estimate(len(req.System)+len(req.User))))
	}
	return ""
}

// leastTokens is near the least that any tokenizer makes of a text. Unlike Estimate
// it counts characters, because newer vocabularies hold whole words of all scripts,
// and of a run of one character no more than four, because they hold long runs of
// blanks and of all that lines are drawn with.
func leastTokens(text string) int {
	const longest = 4
	n, run, last := 0, 0, rune(-1)
	for _, c := range text {
		if c != last {
			run, last = 0, c
		}
		if run++; run <= longest {
			n++
		}
	}
	return Estimate(n)
}

// ownServer is a server that belongs to whoever runs the command.
type ownServer struct {
	provider Provider
	client   *http.Client
	api      string // where the OpenAI-compatible paths begin
	root     string // where the server's other paths begin
}

func (p Provider) ownServer(client *http.Client) (*ownServer, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	u, err := url.Parse(p.BaseURL)
	if err != nil {
		return nil, err
	}
	if !loopback(u.Hostname()) && (u.Scheme != "http" || !p.AllowPlainHTTP) {
		return nil, p.says("it is not a server of one's own")
	}
	s := &ownServer{provider: p, api: strings.TrimRight(p.BaseURL, "/"), client: &http.Client{
		// A redirect would carry the key to where nobody has been told that it goes.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	s.root = strings.TrimSuffix(s.api, "/v1")
	if client != nil {
		s.client.Transport = client.Transport
	}
	return s, nil
}

func (p Provider) says(message string) *Error {
	return &Error{Provider: p.Name, Host: p.Host(), Message: p.scrub(message)}
}

// listed reads the list of models, in which vLLM, SGLang and llama.cpp tell more
// than OpenAI does.
func (s *ownServer) listed(ctx context.Context, model string) Window {
	var list struct {
		Data []listedModel `json:"data"`
	}
	if s.ask(ctx, http.MethodGet, s.api+"/models", nil, &list) != nil {
		return Window{}
	}
	for _, m := range list.Data {
		// A server of one model answers whatever name it is asked by.
		if m.is(model) || len(list.Data) == 1 {
			return m.window()
		}
	}
	return Window{}
}

type listedModel struct {
	ID          string   `json:"id"`
	Aliases     []string `json:"aliases"`
	MaxModelLen size     `json:"max_model_len"`
	Meta        struct {
		Slot size `json:"n_ctx"` // n_ctx_train beside it is what the model could take
	} `json:"meta"`
}

func (m listedModel) is(model string) bool {
	for _, name := range append([]string{m.ID}, m.Aliases...) {
		if name == model {
			return true
		}
	}
	return false
}

func (m listedModel) window() Window {
	if m.MaxModelLen > 0 {
		return Window{Tokens: int(m.MaxModelLen), Source: "max_model_len"}
	}
	return Window{Tokens: int(m.Meta.Slot), Source: "llama.cpp, n_ctx of a slot"}
}

// ollama asks in the order in which Ollama itself decides: num_ctx of the model,
// else the server's default, which shows only in a model that is loaded. (One that
// somebody has loaded with another num_ctx is loaded again for a review.) Neither
// is ever more than the model was trained for.
func (s *ownServer) ollama(ctx context.Context, model string) Window {
	var shown ollamaModel
	if s.ask(ctx, http.MethodPost, s.root+"/api/show", map[string]any{"model": model}, &shown) != nil {
		return Window{}
	}
	trained, own := shown.trained(), shown.numCtx()
	if own > 0 {
		if trained > 0 {
			own = min(own, trained)
		}
		return Window{Tokens: int(own), Source: "Ollama, num_ctx"}
	}
	var running struct {
		Models []struct {
			Name          string `json:"name"`
			ContextLength size   `json:"context_length"`
		} `json:"models"`
	}
	if s.ask(ctx, http.MethodGet, s.root+"/api/ps", nil, &running) == nil {
		for _, m := range running.Models {
			if ollamaName(m.Name) == ollamaName(model) && m.ContextLength > 0 {
				return Window{Tokens: int(m.ContextLength), Source: "Ollama, as it is loaded"}
			}
		}
	}
	return Window{Tokens: int(trained), AtMost: true, Source: "Ollama, what the model was trained for"}
}

// ollamaModel is Ollama's description of a model.
type ollamaModel struct {
	Parameters string                     `json:"parameters"` // lines of a name and a value
	ModelInfo  map[string]json.RawMessage `json:"model_info"` // the metadata of its file
}

func (m ollamaModel) numCtx() size {
	for line := range strings.Lines(m.Parameters) {
		if f := strings.Fields(line); len(f) == 2 && f[0] == "num_ctx" {
			return readSize(f[1])
		}
	}
	return 0
}

// trained is the largest context that the file speaks of: it has one for each of
// the model's parts.
func (m ollamaModel) trained() size {
	var most size
	for key, value := range m.ModelInfo {
		if strings.HasSuffix(key, ".context_length") {
			most = max(most, readSize(string(value)))
		}
	}
	return most
}

// ollamaName spells out what Ollama lets people leave out.
func ollamaName(name string) string {
	name = strings.ToLower(name)
	name = strings.TrimPrefix(name, "registry.ollama.ai/")
	name = strings.TrimPrefix(name, "library/")
	if !strings.Contains(name[strings.LastIndexByte(name, '/')+1:], ":") {
		name += ":latest"
	}
	return name
}

// lmStudio reads LM Studio's own list. A model may be in it once for each time
// that it is loaded.
func (s *ownServer) lmStudio(ctx context.Context, model string) Window {
	var list struct {
		Data []struct {
			ID     string `json:"id"`
			Loaded size   `json:"loaded_context_length"`
			Most   size   `json:"max_context_length"`
		} `json:"data"`
	}
	if s.ask(ctx, http.MethodGet, s.root+"/api/v0/models", nil, &list) != nil {
		return Window{}
	}
	var w Window
	for _, m := range list.Data {
		switch {
		case m.ID != model:
		case m.Loaded > 0:
			return Window{Tokens: int(m.Loaded), Source: "LM Studio, as it is loaded"}
		default:
			w = Window{Tokens: int(m.Most), AtMost: true, Source: "LM Studio, what the model was trained for"}
		}
	}
	return w
}

// llamaCpp asks a llama.cpp server that is too old to tell it in its list, or that
// has many models. It is not to load one for the sake of the question.
func (s *ownServer) llamaCpp(ctx context.Context, model string) Window {
	var props struct {
		Default struct {
			Slot size `json:"n_ctx"`
		} `json:"default_generation_settings"`
	}
	query := url.Values{"model": {model}, "autoload": {"false"}}
	if s.ask(ctx, http.MethodGet, s.root+"/props?"+query.Encode(), nil, &props) != nil {
		return Window{}
	}
	return Window{Tokens: int(props.Default.Slot), Source: "llama.cpp, n_ctx of a slot"}
}

// maxDescription bounds what is read of an answer; Ollama's may hold a licence and
// the names of all tensors.
const maxDescription = 4 << 20

// ask brings an answer's JSON into a struct. Fields of an unexpected type stay
// empty, and so does everything when the answer comes from something else.
func (s *ownServer) ask(ctx context.Context, method, to string, question map[string]any, into any) error {
	body := []byte(nil)
	if question != nil {
		var err error
		if body, err = json.Marshal(question); err != nil {
			return err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, to, bytes.NewReader(body))
	if err != nil {
		return s.provider.says("its address cannot be used")
	}
	s.sign(req, question != nil)
	resp, err := s.client.Do(req)
	if err != nil {
		return transportError(s.provider, err)
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxDescription))
	if resp.StatusCode != http.StatusOK {
		e := s.provider.says(serverMessage(data))
		e.Status = resp.StatusCode
		return e
	}
	if err == nil {
		err = json.Unmarshal(data, into)
	}
	var unlike *json.UnmarshalTypeError
	if err != nil && !errors.As(err, &unlike) {
		return s.provider.says("its answer cannot be read: " + err.Error())
	}
	return nil
}

func (s *ownServer) sign(req *http.Request, json bool) {
	if json {
		req.Header.Set("Content-Type", "application/json")
	}
	if s.provider.Key != "" {
		req.Header.Set("Authorization", "Bearer "+s.provider.Key)
	}
	for name, value := range s.provider.Headers {
		req.Header.Set(name, value)
	}
}

// size is a number of tokens that a server has told, 0 when it is none.
type size int

// UnmarshalJSON takes what is no size for none, so that it spoils nothing else.
func (n *size) UnmarshalJSON(data []byte) error {
	*n = readSize(strings.Trim(string(data), `"`))
	return nil
}

// readSize knows a number of tokens from what cannot be one.
func readSize(s string) size {
	const most = 1 << 30
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(f >= 1 && f <= most) {
		return 0
	}
	return size(f)
}
