package reviewers

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Sizes beyond which an answer is no answer any more.
const (
	maxLine   = 4 << 20  // of one line of a stream
	maxStray  = 4 << 20  // of a body that is no stream
	maxStream = 64 << 20 // of everything that one request brings
)

// eventStream reads the server-sent events of any OpenAI-compatible server and
// writes them again in the one form that go-openai reads without loss: one line
// an event, no comments or blank lines (which it counts as errors), no final line
// without its end (which it drops), errors as errors, wherever they stand.
type eventStream struct {
	body   io.ReadCloser
	lines  *bufio.Reader
	fault  func(body []byte) *Error // what a body or an event that is an error means
	out    bytes.Buffer             // what is ready to be read
	data   []byte                   // the data lines of the event being read
	stray  []byte                   // lines that belong to no event
	events int
	err    error // what Read returns when out is empty
}

func newEventStream(body io.ReadCloser, fault func([]byte) *Error) *eventStream {
	return &eventStream{body: body, lines: bufio.NewReaderSize(io.LimitReader(body, maxStream), 16<<10), fault: fault}
}

// Close closes the body.
func (s *eventStream) Close() error { return s.body.Close() }

// Read gives whole events. It returns as soon as one is there.
func (s *eventStream) Read(p []byte) (int, error) {
	for s.out.Len() == 0 && s.err == nil {
		s.err = s.next()
	}
	if s.out.Len() > 0 {
		return s.out.Read(p)
	}
	return 0, s.err
}

// next reads one line.
func (s *eventStream) next() error {
	line, readErr := s.line()
	if readErr != nil && !errors.Is(readErr, io.EOF) {
		return readErr
	}
	if err := s.take(bytes.TrimRight(line, "\r\n")); err != nil {
		return err
	}
	if readErr == nil {
		return nil
	}
	if err := s.dispatch(); err != nil {
		return err
	}
	return s.end()
}

// line reads to the end of a line; memory is bounded by maxLine.
func (s *eventStream) line() ([]byte, error) {
	var line []byte
	for {
		piece, err := s.lines.ReadSlice('\n')
		line = append(line, piece...)
		if len(line) > maxLine {
			return nil, &Error{Message: fmt.Sprintf("a line of the stream is longer than %d MB", maxLine>>20)}
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

// take sorts a line by its field. The event ends at a blank line, and, for
// servers that leave it out, before the next data line once its JSON is whole.
func (s *eventStream) take(line []byte) error {
	name, value, _ := bytes.Cut(line, []byte(":"))
	switch string(name) {
	case "data":
		if complete(s.data) {
			if err := s.dispatch(); err != nil {
				return err
			}
		}
		s.data = append(append(s.data, bytes.TrimPrefix(value, []byte(" "))...), ' ')
		if len(s.data) > maxLine {
			return &Error{Message: fmt.Sprintf("an event of the stream is longer than %d MB", maxLine>>20)}
		}
	case "event", "id", "retry":
	case "":
		if len(line) == 0 { // otherwise a comment, sent to keep the connection alive
			return s.dispatch()
		}
	default:
		if len(s.stray)+len(line) > maxStray {
			return &Error{Message: fmt.Sprintf("the answer is longer than %d MB", maxStray>>20)}
		}
		s.stray = append(append(s.stray, line...), '\n')
	}
	return nil
}

const doneMark = "[DONE]"

func complete(data []byte) bool {
	data = bytes.TrimSpace(data)
	return string(data) == doneMark || len(data) > 0 && json.Valid(data)
}

func (s *eventStream) dispatch() error {
	data := bytes.TrimSpace(s.data)
	s.data = s.data[:0]
	if len(data) == 0 {
		return nil
	}
	s.events++
	if string(data) == doneMark {
		s.out.WriteString("data: " + doneMark + "\n")
		return nil
	}
	var c chunk
	if err := json.Unmarshal(data, &c); err != nil {
		return &Error{Retryable: true, Message: "the stream holds an event that is no JSON: " + cut(string(data), 80), Err: err}
	}
	if c.failed() {
		return s.fault(data)
	}
	return s.emit(c)
}

func (s *eventStream) emit(c chunk) error {
	data, err := json.Marshal(c.plain())
	if err != nil {
		return fmt.Errorf("writing an event again: %w", err)
	}
	s.out.WriteString("data: ")
	s.out.Write(data)
	s.out.WriteByte('\n')
	return nil
}

// end looks at what is no stream at all: a whole answer of a server that does
// not stream, an error under status 200, a page of HTML.
func (s *eventStream) end() error {
	if s.events > 0 {
		return io.EOF
	}
	var c chunk
	if err := json.Unmarshal(s.stray, &c); err != nil || c.failed() || len(c.Choices) == 0 {
		return s.fault(s.stray)
	}
	s.events++
	if err := s.emit(c); err != nil {
		return err
	}
	s.out.WriteString("data: " + doneMark + "\n")
	return nil
}

// chunk is a piece of an answer as servers write it; message holds what delta
// does in answers that are not streamed.
type chunk struct {
	Model   string          `json:"model"`
	Error   json.RawMessage `json:"error"`
	Choices []struct {
		Index   int    `json:"index"`
		Delta   *piece `json:"delta"`
		Message *piece `json:"message"`
		Finish  string `json:"finish_reason"`
	} `json:"choices"`
	Usage json.RawMessage `json:"usage"`
	Groq  struct {
		Usage json.RawMessage `json:"usage"`
	} `json:"x_groq"`
}

type piece struct {
	Content          content `json:"content"`
	Refusal          string  `json:"refusal"`
	ReasoningContent string  `json:"reasoning_content"`
	Reasoning        string  `json:"reasoning"` // the same under OpenRouter's and Ollama's name
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
		Thinking content `json:"thinking"`
	}
	if err := json.Unmarshal(data, &parts); err != nil {
		return err
	}
	for _, p := range parts {
		c.text += p.Text
		c.thinking += p.Thinking.text + p.Thinking.thinking
	}
	return nil
}

func (c chunk) failed() bool {
	switch strings.TrimSpace(string(c.Error)) {
	case "", "null", "{}", `""`, "false":
		return false
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
	out := plainChunk{Model: c.Model, Choices: []plainChoice{}, Usage: usageOf(c.Usage)}
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
		out.Choices = append(out.Choices, plainChoice{Index: choice.Index, Finish: choice.Finish, Delta: p.plain()})
	}
	return out
}

func (p *piece) plain() plainDelta {
	thought := p.ReasoningContent
	if thought == "" {
		thought = p.Reasoning
	}
	return plainDelta{Content: p.Content.text, Refusal: p.Refusal, Reasoning: thought + p.Content.thinking}
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
