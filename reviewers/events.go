package reviewers

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
	name   string                   // of the event being read, "" mostly
	data   []byte                   // its data lines
	nested nesting                  // of data
	stray  []byte                   // lines that belong to no event
	events int
	begun  bool  // a line was read
	marked bool  // the end marker came, or a whole answer
	err    error // what Read returns when out is empty
}

func newEventStream(body io.ReadCloser, fault func([]byte) *Error) *eventStream {
	limited := &limitedReader{body, maxStream}
	return &eventStream{body: body, lines: bufio.NewReaderSize(limited, 16<<10), fault: fault}
}

// limitedReader ends a stream that is too long with an error: its end would look
// like a cut, which another attempt may heal.
type limitedReader struct {
	from io.Reader
	left int
}

func (r *limitedReader) Read(p []byte) (int, error) {
	if r.left <= 0 {
		return 0, &Error{Message: fmt.Sprintf("the stream is longer than %d MB; the rest was not read", maxStream>>20)}
	}
	n, err := r.from.Read(p[:min(len(p), r.left)])
	r.left -= n
	return n, err
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
	if !s.begun {
		s.begun, line = true, bytes.TrimPrefix(line, []byte("\ufeff"))
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
		return s.takeData(value)
	case "error": // llama.cpp has a field of its own for them
		return s.fault(asErrorBody(value))
	case "event":
		s.name = string(bytes.TrimSpace(value))
	case "id", "retry":
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

func (s *eventStream) takeData(value []byte) error {
	if s.nested.closed() {
		name := s.name
		if err := s.dispatch(); err != nil {
			return err
		}
		s.name = name
	}
	s.nested.read(value)
	s.data = append(append(s.data, bytes.TrimPrefix(value, []byte(" "))...), ' ')
	if len(s.data) > maxLine {
		return &Error{Message: fmt.Sprintf("an event of the stream is longer than %d MB", maxLine>>20)}
	}
	return nil
}

// nesting follows JSON through its pieces, each read once: an event may have very
// many lines.
type nesting struct {
	depth                  int
	begun, quoted, escaped bool
}

func (n *nesting) read(piece []byte) {
	for _, c := range piece {
		switch {
		case n.escaped:
			n.escaped = false
		case n.quoted:
			n.escaped, n.quoted = c == '\\', c != '"'
		case c == '"':
			n.quoted = true
		case c == '{' || c == '[':
			n.depth++
		case c == '}' || c == ']':
			n.depth--
		}
		n.begun = n.begun || c != ' ' && c != '\t'
	}
}

// closed tells whether nothing can follow: a value, or what will never be one.
func (n *nesting) closed() bool { return n.begun && !n.quoted && n.depth <= 0 }

const doneMark = "[DONE]"

func (s *eventStream) dispatch() error {
	data, name := bytes.TrimSpace(s.data), s.name
	s.data, s.name, s.nested = s.data[:0], "", nesting{}
	if len(data) == 0 {
		return nil
	}
	s.events++
	if string(data) == doneMark {
		s.mark()
		return nil
	}
	if name == "error" {
		return s.fault(asErrorBody(data))
	}
	var c chunk
	if err := json.Unmarshal(data, &c); err != nil {
		return unreadable(data, err)
	}
	if c.failed() {
		return s.fault(data)
	}
	return s.emit(c)
}

// asErrorBody puts an error where bodies have theirs.
func asErrorBody(data []byte) []byte {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil || fields["error"] != nil {
		return data
	}
	return fmt.Appendf(nil, `{"error":%s}`, data)
}

func unreadable(data []byte, err error) *Error {
	what := "no JSON"
	if json.Valid(data) {
		what = "no piece of an answer"
	}
	return &Error{Retryable: true, Message: "the stream holds an event that is " + what + ": " + cut(string(data), 80), Err: err}
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
		return s.broken()
	}
	var c chunk
	if err := json.Unmarshal(s.stray, &c); err != nil || c.failed() || len(c.Choices) == 0 {
		return s.fault(s.stray)
	}
	s.events++
	if err := s.emit(c); err != nil {
		return err
	}
	s.mark()
	return nil
}

func (s *eventStream) mark() {
	s.marked = true
	s.out.WriteString("data: " + doneMark + "\n")
}

// broken is the end of a stream into which somebody, most often a proxy, has
// written something else; io.EOF when nobody has. It counts only for an answer
// that has not been finished.
func (s *eventStream) broken() error {
	if len(bytes.TrimSpace(s.stray)) == 0 {
		return io.EOF
	}
	e := s.fault(s.stray)
	if e.Status == 0 {
		e.Retryable = true
		e.Message = "the stream was cut: " + e.Message
	}
	return e
}
