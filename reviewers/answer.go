package reviewers

import (
	"fmt"
	"strings"
	"time"

	openai "github.com/sashabaranov/go-openai"
)

// maxAnswer is the longest answer that is kept. A review has a few kilobytes.
const maxAnswer = 8 << 20

// tail is how long counts are waited for after the finish reason: the answer is
// there and must not be lost to a server that forgets to hang up.
const tail = 5 * time.Second

// answer grows as the stream brings it.
type answer struct {
	started   time.Time
	first     time.Duration
	text      strings.Builder
	reasoning strings.Builder
	model     string
	finish    string
	usage     *openai.Usage
	choices   int
}

func (a *answer) add(c openai.ChatCompletionStreamResponse) error {
	if c.Model != "" {
		a.model = c.Model
	}
	if c.Usage != nil {
		a.usage = c.Usage
	}
	for _, choice := range c.Choices {
		a.choices++
		if choice.Index != 0 {
			continue // one answer was asked for
		}
		a.text.WriteString(choice.Delta.Content + choice.Delta.Refusal)
		a.reasoning.WriteString(choice.Delta.ReasoningContent)
		if choice.FinishReason != "" {
			a.finish = string(choice.FinishReason)
		}
	}
	if a.first == 0 && a.text.Len()+a.reasoning.Len() > 0 {
		a.first = time.Since(a.started)
	}
	if a.text.Len()+a.reasoning.Len() > maxAnswer {
		return &Error{Message: fmt.Sprintf("the answer is longer than %d MB; the rest was not read", maxAnswer>>20)}
	}
	return nil
}

// rearm waits for what must come next.
func (a *answer) rearm(w *watch, idle time.Duration) {
	switch {
	case a.finish != "":
		w.arm(tail, "no end of the stream came")
	case a.text.Len()+a.reasoning.Len() > 0:
		w.arm(idle, "the stream fell silent: nothing more came")
	}
}

// complete tells whether the model has finished. Only a finish reason says so: a
// stream that was cut ends like one that is whole.
func (a *answer) complete() error {
	switch {
	case a.finish == "error":
		return &Error{Retryable: true, Message: "the model's provider broke off with an error"}
	case a.finish != "":
		return nil
	case a.choices == 0:
		return &Error{Retryable: true, Message: "the stream ended without an answer: its list of choices is empty"}
	}
	return &Error{Retryable: true, Message: "the stream was cut: it ended without a finish reason"}
}

func (a *answer) response(p Provider, promptBytes int) Response {
	r := Response{
		Text:         p.conceal(a.text.String()),
		Reasoning:    p.conceal(a.reasoning.String()),
		Model:        p.conceal(a.model),
		FinishReason: p.conceal(a.finish),
		FirstToken:   a.first,
	}
	switch {
	case a.usage != nil:
		r.PromptTokens, r.CompletionTokens = a.usage.PromptTokens, a.usage.CompletionTokens
		if d := a.usage.PromptTokensDetails; d != nil {
			r.CachedTokens = d.CachedTokens
		}
	case a.choices > 0: // something was generated, so the prompt was read and is charged
		r.PromptTokens = Estimate(promptBytes)
		r.CompletionTokens = Estimate(a.text.Len() + a.reasoning.Len())
		r.Estimated = true
	}
	return r
}
