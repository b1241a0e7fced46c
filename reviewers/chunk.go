package reviewers

import (
	"encoding/json"
	"strings"
)

// chunk is a piece of an answer as servers write it; message holds what delta
// does in answers that are not streamed.
type chunk struct {
	Model   word            `json:"model"`
	Object  word            `json:"object"`
	Type    word            `json:"type"`
	Error   json.RawMessage `json:"error"`
	Choices []struct {
		Index   int    `json:"index"`
		Delta   *piece `json:"delta"`
		Message *piece `json:"message"`
		Finish  word   `json:"finish_reason"`
	} `json:"choices"`
	Usage json.RawMessage `json:"usage"`
	Groq  struct {
		Usage json.RawMessage `json:"usage"`
	} `json:"x_groq"`
}

type piece struct {
	Content          content `json:"content"`
	Refusal          word    `json:"refusal"`
	ReasoningContent word    `json:"reasoning_content"`
	Reasoning        word    `json:"reasoning"` // the same under OpenRouter's and Ollama's name
}

// word is a text beside the answer; one of another form is not worth the answer.
type word string

// UnmarshalJSON reads a text, and nothing else as none.
func (w *word) UnmarshalJSON(data []byte) error {
	var s string
	if len(data) > 0 && data[0] == '"' {
		if err := json.Unmarshal(data, &s); err != nil {
			return err
		}
	}
	*w = word(s)
	return nil
}

// content is a text, or a list of parts of which some may be thinking.
type content struct{ text, thinking string }

// UnmarshalJSON reads both forms.
func (c *content) UnmarshalJSON(data []byte) error {
	if len(data) == 0 || data[0] != '[' {
		return json.Unmarshal(data, &c.text)
	}
	var parts []struct {
		Type     string  `json:"type"`
		Text     string  `json:"text"`
		Thinking thought `json:"thinking"`
	}
	if err := json.Unmarshal(data, &parts); err != nil {
		return err
	}
	for _, p := range parts {
		c.text += p.Text
		c.thinking += string(p.Thinking)
	}
	return nil
}

// thought is a text, or a list of parts with texts.
type thought string

// UnmarshalJSON reads both forms.
func (t *thought) UnmarshalJSON(data []byte) error {
	if len(data) == 0 || data[0] != '[' {
		return (*word)(t).UnmarshalJSON(data)
	}
	var parts []struct {
		Text word `json:"text"`
	}
	if err := json.Unmarshal(data, &parts); err != nil {
		return err
	}
	for _, p := range parts {
		*t += thought(p.Text)
	}
	return nil
}

func (c chunk) failed() bool {
	switch strings.TrimSpace(string(c.Error)) {
	case "", "null", "{}", `""`, "false":
		return len(c.Choices) == 0 && (c.Object == "error" || c.Type == "error")
	}
	return true
}

// The form in which go-openai reads it.
type (
	plainChunk struct {
		Model   string          `json:"model"`
		Choices []plainChoice   `json:"choices"`
		Usage   json.RawMessage `json:"usage,omitempty"`
	}
	plainChoice struct {
		Index  int        `json:"index"`
		Delta  plainDelta `json:"delta"`
		Finish string     `json:"finish_reason,omitempty"`
	}
	plainDelta struct {
		Content   string `json:"content"`
		Refusal   string `json:"refusal,omitempty"`
		Reasoning string `json:"reasoning_content,omitempty"`
	}
)

func (c chunk) plain() plainChunk {
	out := plainChunk{Model: string(c.Model), Choices: []plainChoice{}, Usage: usageOf(c.Usage)}
	if out.Usage == nil {
		out.Usage = usageOf(c.Groq.Usage)
	}
	for _, choice := range c.Choices {
		p := choice.Delta
		if p == nil {
			p = choice.Message
		}
		if p == nil {
			p = &piece{}
		}
		out.Choices = append(out.Choices, plainChoice{Index: choice.Index, Finish: choice.Finish.reason(), Delta: p.plain()})
	}
	return out
}

// reason is a finish reason: some servers write null as a text.
func (w word) reason() string {
	if w == "null" {
		return ""
	}
	return string(w)
}

func (p *piece) plain() plainDelta {
	reasoning := p.ReasoningContent
	if reasoning == "" {
		reasoning = p.Reasoning
	}
	return plainDelta{Content: p.Content.text, Refusal: string(p.Refusal), Reasoning: string(reasoning) + p.Content.thinking}
}

// usageOf keeps a usage that can be read; a strange one is worth less than the
// answer beside it.
func usageOf(raw json.RawMessage) json.RawMessage {
	var counts struct {
		Prompt     int `json:"prompt_tokens"`
		Completion int `json:"completion_tokens"`
		Details    *struct {
			Cached int `json:"cached_tokens"`
		} `json:"prompt_tokens_details"`
	}
	if len(raw) == 0 || string(raw) == "null" || json.Unmarshal(raw, &counts) != nil {
		return nil
	}
	if counts.Prompt < 0 || counts.Completion < 0 || counts.Prompt+counts.Completion == 0 {
		return nil
	}
	data, err := json.Marshal(counts)
	if err != nil {
		return nil
	}
	return data
}
