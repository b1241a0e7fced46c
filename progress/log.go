package progress

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"scrum/report"
)

// NewLogger makes a logger of text for people, with the time since start, or of one
// JSON object a line for collectors. What it writes can do nothing to a terminal, nor
// to a CI runner.
func NewLogger(w io.Writer, asJSON bool, level slog.Level, start time.Time) *slog.Logger {
	if asJSON {
		return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: harmless}))
	}
	forPeople := func(groups []string, a slog.Attr) slog.Attr {
		switch {
		case len(groups) == 0 && a.Key == slog.TimeKey:
			return slog.String("after", fmt.Sprintf("%.1fs", a.Value.Time().Sub(start).Seconds()))
		case len(groups) == 0 && a.Key == slog.LevelKey && a.Value.Any().(slog.Level) <= slog.LevelInfo:
			return slog.Attr{}
		}
		return harmless(groups, a)
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: forPeople}))
}

// harmless cleans texts; errors become theirs.
func harmless(_ []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() == slog.KindString {
		a.Value = slog.StringValue(report.Sanitise(a.Value.String()))
	}
	if err, ok := a.Value.Any().(error); ok {
		a.Value = slog.StringValue(report.Sanitise(err.Error()))
	}
	return a
}

// Output is where logs go: to a writer, and for a while to another one that keeps them
// out of what is live there.
type Output struct {
	mu sync.Mutex
	w  io.Writer // guarded by mu
}

// NewOutput writes to w.
func NewOutput(w io.Writer) *Output { return &Output{w: w} }

// Write writes to where output goes now.
func (o *Output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.w.Write(p)
}

// Divert lets output go to w from now on, until back is called.
func (o *Output) Divert(w io.Writer) (back func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	before := o.w
	o.w = w
	return func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.w = before
	}
}

// Lines makes a record of each line of text that is written to it, so that a stream
// holds nothing but records. A line that begins with "scrum: " is a warning. Close it
// for the last line.
type Lines struct {
	log *slog.Logger

	mu   sync.Mutex
	rest []byte // guarded by mu: of a line whose end has not come
}

// NewLines makes records in log.
func NewLines(log *slog.Logger) *Lines { return &Lines{log: log} }

// Write takes any piece of text.
func (l *Lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rest = append(l.rest, p...)
	for {
		line, rest, whole := bytes.Cut(l.rest, []byte("\n"))
		if !whole {
			return len(p), nil
		}
		l.record(string(line))
		l.rest = append([]byte(nil), rest...)
	}
}

// Close writes the last line, when it has no end.
func (l *Lines) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.record(string(l.rest))
	l.rest = nil
	return nil
}

// warning begins the lines that tell what a person should look at.
const warning = "scrum: "

func (l *Lines) record(line string) {
	text, warns := strings.CutPrefix(line, warning)
	text = strings.TrimSpace(text)
	level := slog.LevelInfo
	if warns {
		level, text = slog.LevelWarn, strings.TrimPrefix(text, "warning: ")
	}
	if text != "" {
		l.log.Log(context.Background(), level, text)
	}
}
