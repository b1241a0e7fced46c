package progress

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/mattn/go-runewidth"
)

// The terminal's commands that are used: all that has been a terminal since the 1980s
// knows them, and all is put back before a frame ends. Whatever kills the process
// between two frames, the terminal is as it was.
const (
	hideCursor = "\x1b[?25l"
	showCursor = "\x1b[?25h"
	wrapOff    = "\x1b[?7l"
	wrapOn     = "\x1b[?7h"
	eraseRight = "\x1b[K"
	eraseBelow = "\x1b[J"
	bold       = "\x1b[1m"
	dim        = "\x1b[2m"
	plain      = "\x1b[0m"
)

// text is a line of the live area with its style, "" for none.
type text struct {
	style string
	line  string
}

// Screen is a terminal with a live area at its end. What is written to it is text for
// people, which appears above the area, at the next frame.
type Screen struct {
	w    io.Writer
	size func() (width, height int)

	mu     sync.Mutex
	log    bytes.Buffer // guarded by mu: what is to appear above the area
	drawn  []int        // guarded by mu: cells of the area's lines on the screen
	closed bool         // guarded by mu: writes go straight through
}

func newScreen(w io.Writer, size func() (width, height int)) *Screen {
	return &Screen{w: w, size: size}
}

// Write keeps text for the next frame.
func (s *Screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return s.w.Write(p)
	}
	return s.log.Write(p)
}

// pending tells whether whole lines wait for the next frame.
func (s *Screen) pending() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytes.IndexByte(s.log.Bytes(), '\n') >= 0
}

// draw shows a frame in one write: first what was logged, then the area anew, as
// compose makes it for the size that the terminal has now.
func (s *Screen) draw(compose func(width, height int) []text) {
	width, height := s.size()
	area := compose(width, height)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.frame(s.lines(), area, width)
}

// close takes the area away and shows what was logged, an unfinished line too.
func (s *Screen) close() {
	width, _ := s.size()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.closed = true
	s.frame(s.log.Bytes(), nil, width)
}

// lines takes the whole lines out of the log.
func (s *Screen) lines() []byte {
	end := bytes.LastIndexByte(s.log.Bytes(), '\n') + 1
	return s.log.Next(end)
}

// frame has the lock. Lines of the area are written over, not erased first, so that
// nothing flickers; those of the log may be longer than a row.
func (s *Screen) frame(log []byte, area []text, width int) {
	var b strings.Builder
	b.WriteString(hideCursor + "\r")
	if up := s.rows(width); up > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", up)
	}
	if len(log) > 0 {
		b.WriteString(eraseBelow)
		b.Write(log)
	}
	s.drawn = s.drawn[:0]
	b.WriteString(wrapOff)
	for _, t := range area {
		// The last column stays free: terminals differ in what they do after it.
		line := cells().Truncate(t.line, max(width-1, 1), "…")
		s.drawn = append(s.drawn, cells().StringWidth(line))
		if t.style != "" {
			line = t.style + line + plain
		}
		b.WriteString(line + eraseRight + "\r\n")
	}
	b.WriteString(wrapOn + eraseBelow + showCursor)
	_, _ = io.WriteString(s.w, b.String()) // a terminal that is gone wants nothing any more
}

// rows of the terminal that the area takes. One that has become narrower has broken
// the lines that do not fit any more, as most terminals do.
func (s *Screen) rows(width int) int {
	n := 0
	for _, cells := range s.drawn {
		n += max(1, (cells+width-1)/max(width, 1))
	}
	return n
}

// cells measures text as terminals do.
func cells() *runewidth.Condition { return runewidth.NewCondition() }
