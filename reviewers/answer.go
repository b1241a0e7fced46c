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
	ended     bool // the finish reason came last
	doubtful  bool // text came after a finish reason
	tailing   bool // only counts are waited for
	spoke     bool // the last event brought words
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
	before := a.text.Len() + a.reasoning.Len()
	for _, choice := range c.Choices {
		a.choices++
		if choice.Index == 0 { // one answer was asked for
			a.take(choice)
		}
	}
	a.spoke = a.text.Len()+a.reasoning.Len() > before
	if a.first == 0 && a.text.Len()+a.reasoning.Len() > 0 {
		a.first = time.Since(a.started)
	}
	if a.text.Len()+a.reasoning.Len() > maxAnswer {
		return &Error{Message: fmt.Sprintf("the answer is longer than %d MB; the rest was not read", maxAnswer>>20)}
	}
	return nil
}

// take adds a piece of the answer. Words after a finish reason make it doubtful:
// who repeats it with every piece has not finished with the first.
func (a *answer) take(choice openai.ChatCompletionStreamChoice) {
	text, thought := choice.Delta.Content+choice.Delta.Refusal, choice.Delta.ReasoningContent
	a.text.WriteString(text)
	a.reasoning.WriteString(thought)
	if text+thought != "" {
		a.doubtful = a.doubtful || a.ended
		a.ended = false
	}
	if choice.FinishReason != "" {
		a.finish, a.ended = string(choice.FinishReason), true
	}
}

// finished tells whether all that is still to come are counts.
func (a *answer) finished() bool { return a.ended && !a.doubtful }

// rearm waits for what must come next. Only words are a sign of life: events
// without any are what some servers send to keep the connection.
func (a *answer) rearm(w *watch, idle time.Duration) {
	switch {
	case a.finished():
		if !a.tailing {
			w.arm(tail, "no end of the stream came")
		}
		a.tailing = true
	case a.spoke:
		w.arm(idle, "the stream fell silent: nothing more came")
		a.tailing = false
	}
}

// complete tells whether the model has finished. Only a finish reason says so: a
// stream that was cut ends like one that is whole, and many servers leave the end
// marker out. It is asked for where finish reasons mean nothing.
func (a *answer) complete(marked bool) error {
	switch {
	case a.finish == "error":
		return &Error{Retryable: true, Message: "the model's provider broke off with an error"}
	case a.ended && (marked || !a.doubtful):
		return nil
	case a.doubtful:
		a.finish = ""
		return &Error{Retryable: true, Message: "the stream was cut: words came after its finish reason, and no end"}
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
