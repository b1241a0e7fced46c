package smoke

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
)

const (
	headBytes = 32 << 10 // what is kept of an output in memory, from either end
	tailBytes = 32 << 10
	fileBytes = 64 << 20 // what is kept of it in its log
	lineBytes = 1 << 20  // what is looked at of a line
)

// capture keeps the output of a child: its ends in memory, all of it in its log. The
// child is read on, whatever it prints.
type capture struct {
	mu    sync.Mutex
	head  []byte        // guarded by mu
	tail  []byte        // guarded by mu
	total int64         // guarded by mu
	file  *os.File      // guarded by mu; nil: no log
	fault error         // guarded by mu: the log cannot be written
	log   bool          // there is one
	lines *lineSplitter // guarded by mu; nil: nobody looks at the lines

	matched chan struct{} // closed when a line has come that was looked for
}

// newCapture appends to the log at path; "" keeps none.
func newCapture(path string) (*capture, error) {
	c := &capture{}
	if path == "" {
		return c, nil
	}
	var err error
	if c.file, err = os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600); err != nil {
		return nil, fmt.Errorf("opening the log: %w", err)
	}
	c.log = true
	return c, nil
}

func (c *capture) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lines != nil {
		_, _ = c.lines.Write(p)
	}
	if c.file != nil && c.fault == nil && c.total < fileBytes {
		_, c.fault = c.file.Write(p[:min(int64(len(p)), fileBytes-c.total)])
	}
	c.total += int64(len(p))
	n := min(len(p), headBytes-len(c.head))
	c.head = append(c.head, p[:n]...)
	c.tail = append(c.tail, p[n:]...)
	if len(c.tail) > 2*tailBytes {
		c.tail = append(c.tail[:0], c.tail[len(c.tail)-tailBytes:]...)
	}
	return len(p), nil
}

// note writes a line of our own into the log.
func (c *capture) note(line string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.file != nil && c.fault == nil {
		_, c.fault = c.file.WriteString(line)
	}
}

// look has matched closed at the first line that matches.
func (c *capture) look(pattern *regexp.Regexp) {
	c.matched = make(chan struct{})
	c.lines = &lineSplitter{each: func(line []byte) {
		if c.lines != nil && pattern.Match(sequences.ReplaceAll(line, nil)) {
			close(c.matched)
			c.lines = nil // there is nothing more to look for
		}
	}}
}

func (c *capture) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lines != nil {
		c.lines.end()
		c.lines = nil
	}
	if c.file != nil {
		_ = c.file.Close()
		c.file = nil
	}
}

// text is what is kept of the output, with a word on what is not.
func (c *capture) text() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	tail := c.tail
	if len(tail) > tailBytes {
		tail = tail[len(tail)-tailBytes:]
	}
	cut := c.total - int64(len(c.head)) - int64(len(tail))
	if cut == 0 {
		return plain(string(c.head) + string(tail))
	}
	return fmt.Sprintf("%s\n[%d bytes are cut here; %s]\n%s", plain(string(c.head)), cut, c.whereabouts(), plain(string(tail)))
}

func (c *capture) whereabouts() string {
	switch {
	case !c.log:
		return "no log is kept"
	case c.fault != nil:
		return "the log could not be written: " + c.fault.Error()
	case c.total > fileBytes:
		return fmt.Sprintf("the log has the first %d MB", fileBytes>>20)
	}
	return "the log has them"
}

// end is the last lines, for a message.
func (c *capture) end(lines int) string {
	all := strings.Split(strings.TrimSpace(c.text()), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// sequences are what terminals obey: CSI, OSC and the two-character ones. People want
// neither colours nor the signs of them in a report; the log has everything.
var sequences = regexp.MustCompile(`\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_a-z])`)

func plain(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(sequences.ReplaceAllString(text, ""), "\uFFFD"), "\r\n", "\n")
}

// lineSplitter gives lines to a function, without their ends. What is too long for it
// of a line is not given.
type lineSplitter struct {
	each func([]byte)
	part []byte
}

func (l *lineSplitter) Write(p []byte) (int, error) {
	n := len(p)
	for {
		line, rest, found := bytes.Cut(p, []byte("\n"))
		l.part = append(l.part, line[:min(len(line), lineBytes-len(l.part))]...)
		if !found {
			return n, nil
		}
		l.each(bytes.TrimSuffix(l.part, []byte("\r")))
		l.part, p = l.part[:0], rest
	}
}

// end gives the last line when nothing ends it.
func (l *lineSplitter) end() {
	if len(l.part) > 0 {
		l.each(l.part)
		l.part = nil
	}
}
