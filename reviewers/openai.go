package reviewers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	openai "github.com/sashabaranov/go-openai"

	"scrum/prompts"
)

// OpenAIOptions tell how a model is asked. The zero value asks with the server's
// defaults and waits without end.
type OpenAIOptions struct {
	MaxTokens   int            // the longest answer, thinking included; 0 is the server's own limit
	Temperature *float32       // nil is the server's own; not sent to models that refuse it (OpenAI's o and gpt-5 series)
	Structured  bool           // ask for JSON that the server holds to the answer contract's schema
	FirstToken  time.Duration  // the longest wait for the first word, thinking included; 0 waits on
	Idle        time.Duration  // the longest silence after it; keep-alive comments are silence; 0 waits on
	Extra       map[string]any // further fields of the request, such as a router's own
	// Client gives the transport that connections are made with; nil is
	// http.DefaultTransport. Its redirect policy and timeout are not used.
	Client *http.Client
}

// NewOpenAI makes a reviewer of a model behind an OpenAI-compatible endpoint.
// The errors are those of a configuration that could never work or that would
// leak; nothing is sent yet.
func NewOpenAI(p Provider, model string, opt OpenAIOptions) (Reviewer, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	if strings.TrimSpace(model) == "" {
		return nil, fmt.Errorf("provider %s: a reviewer needs a model", p.Name)
	}
	t := &transport{base: http.DefaultTransport, provider: p, model: model, extra: maps.Clone(opt.Extra)}
	if opt.Client != nil && opt.Client.Transport != nil {
		t.base = opt.Client.Transport
	}
	if opt.Temperature != nil && *opt.Temperature == 0 && !fixedSampling(model) {
		// go-openai leaves a zero out, which would mean the server's default.
		if t.extra == nil {
			t.extra = map[string]any{}
		}
		t.extra["temperature"] = 0
	}
	config := openai.DefaultConfig(p.Key)
	config.BaseURL = p.BaseURL
	config.HTTPClient = t.client()
	return &openAI{provider: p, model: model, opt: opt, client: openai.NewClientWithConfig(config)}, nil
}

type openAI struct {
	provider  Provider
	model     string
	opt       OpenAIOptions
	client    *openai.Client
	uncounted atomic.Bool // the server refuses to be asked for usage
}

// Format keeps the key out of whatever prints a reviewer: package fmt would not
// ask the provider in a field that is not exported.
func (o *openAI) Format(f fmt.State, _ rune) { _, _ = fmt.Fprintf(f, "%s at %v", o.model, o.provider) }

// Review asks once and reads the stream to its end.
func (o *openAI) Review(ctx context.Context, req prompts.Request, progress func(tokens int)) (Response, error) {
	watched, w := newWatch(ctx)
	defer w.stop()
	w.arm(o.opt.FirstToken, "no first word came")
	a := &answer{started: time.Now()}
	watched, ex := withExchange(watched)
	err := o.exchange(watched, w, o.request(req), a, progress)
	if err == nil {
		err = a.complete(ex.marked())
	}
	if err != nil {
		err = o.explain(ctx, watched, err)
	}
	r := a.response(o.provider, len(req.System)+len(req.User))
	r.Rest = ex.rest
	return r, err
}

func (o *openAI) exchange(ctx context.Context, w *watch, req openai.ChatCompletionRequest, a *answer, progress func(int)) error {
	ex := exchangeOf(ctx)
	stream, err := o.client.CreateChatCompletionStream(ctx, req)
	if err == nil {
		defer stream.Close() //nolint:errcheck // everything wanted has been read
	}
	if ex.refusal != nil {
		return ex.refusal
	}
	if err != nil {
		return err
	}
	for {
		chunk, err := stream.Recv()
		if errors.Is(err, io.EOF) || err != nil && a.finished() {
			return nil // what comes after the finish reason is only counts
		}
		if err != nil {
			return err
		}
		if err := a.add(chunk); err != nil {
			return err
		}
		a.rearm(w, o.opt.Idle)
		if progress != nil {
			progress(Estimate(a.text.Len() + a.reasoning.Len()))
		}
	}
}

// request fills in what the model takes: OpenAI's thinking models have another
// name for the limit and a fixed temperature, and go-openai refuses for them.
func (o *openAI) request(req prompts.Request) openai.ChatCompletionRequest {
	r := openai.ChatCompletionRequest{
		Model:  o.model,
		Stream: true,
	}
	if !o.uncounted.Load() {
		r.StreamOptions = &openai.StreamOptions{IncludeUsage: true}
	}
	if req.System != "" {
		r.Messages = append(r.Messages, openai.ChatCompletionMessage{Role: openai.ChatMessageRoleSystem, Content: req.System})
	}
	r.Messages = append(r.Messages, openai.ChatCompletionMessage{Role: openai.ChatMessageRoleUser, Content: req.User})
	if fixedSampling(o.model) {
		r.MaxCompletionTokens = o.opt.MaxTokens
	} else {
		r.MaxTokens = o.opt.MaxTokens //nolint:staticcheck // deprecated by its inventor, yet the only name that most servers know
		if o.opt.Temperature != nil {
			r.Temperature = *o.opt.Temperature
		}
	}
	if o.opt.Structured {
		r.ResponseFormat = &openai.ChatCompletionResponseFormat{
			Type: openai.ChatCompletionResponseFormatTypeJSONSchema,
			JSONSchema: &openai.ChatCompletionResponseFormatJSONSchema{
				Name: "review", Schema: json.RawMessage(prompts.AnswerSchema()), Strict: true,
			},
		}
	}
	return r
}

// fixedSampling knows OpenAI's thinking models, under a router's name as well.
func fixedSampling(model string) bool {
	name := strings.ToLower(model[strings.LastIndexByte(model, '/')+1:])
	for _, prefix := range []string{"o1", "o3", "o4", "gpt-5", "gpt-6"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// explain turns what ended an attempt early into an Error. Who ended it comes
// first: a cancelled request also fails in the network's words.
func (o *openAI) explain(ctx, watched context.Context, err error) error {
	var silent *silence
	e, known := asError(err)
	switch {
	case ctx.Err() != nil:
		cause := context.Cause(ctx)
		e = &Error{Message: cause.Error(), Err: cause}
	case errors.As(context.Cause(watched), &silent):
		e = &Error{Message: silent.Error(), Retryable: true, Err: silent}
	case known:
		if e.Status >= 400 && e.Status < 500 && strings.Contains(e.Message, "stream_options") {
			// Some servers take no fields that they do not know. The next attempt
			// goes without, and its tokens are estimated.
			e.Retryable = !o.uncounted.Swap(true)
		}
	case openaiRefuses(err):
		e = &Error{Message: "the client library refuses the request: " + err.Error(), Err: err}
	default:
		return transportError(o.provider, err)
	}
	e.Provider, e.Host = o.provider.Name, o.provider.Host()
	e.Message = o.provider.scrub(e.Message)
	return e
}

func openaiRefuses(err error) bool {
	return errors.Is(err, openai.ErrChatCompletionInvalidModel) ||
		errors.Is(err, openai.ErrReasoningModelMaxTokensDeprecated) ||
		errors.Is(err, openai.ErrReasoningModelLimitationsOther) ||
		errors.Is(err, openai.ErrReasoningSamplingUnsupported)
}
