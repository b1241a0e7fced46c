package progress

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"scrum/report"
	"scrum/reviewers"
)

// How often something is shown.
const (
	frameTime     = 100 * time.Millisecond // of the live area, at most
	heartbeatTime = 30 * time.Second       // of a line that says that all is well, where nothing is live
)

// Options say where and how progress is shown. The zero value shows nothing.
type Options struct {
	W io.Writer // where lines go; nil is nowhere
	// Size asks the terminal for its size, each time that it is drawn on. nil: W is no
	// terminal to draw on, and gets plain lines.
	Size    func() (width, height int)
	Verbose bool         // on a terminal, too, a line for every retry and every end
	Log     *slog.Logger // gets a record of each request; nil is nobody
	// Interrupted tells that the end of all seats was asked for, so that each is no news;
	// nil is never.
	Interrupted func() bool
	Records     bool // records take the place of lines: Log gets one of each retry and end, too
}

// Display shows how seats are getting on, until Close.
type Display struct {
	opt    Options
	screen *Screen // nil where nothing is live

	mu      sync.Mutex
	model   Model // guarded by mu
	changed bool  // guarded by mu: since the last frame
	second  int   // guarded by mu: of the last frame

	stop  chan struct{}
	ended sync.WaitGroup
	once  sync.Once
}

// New begins to show so many seats, of which some have their answers from before.
// Close it.
func New(o Options, seats, known int) *Display {
	d := &Display{opt: o, stop: make(chan struct{})}
	if o.W == nil {
		d.opt.W = io.Discard
	}
	if o.Log == nil {
		d.opt.Log = slog.New(slog.DiscardHandler)
	}
	d.model.Begin(time.Now(), seats, known)
	switch {
	case o.Size != nil && !o.Records:
		d.screen = newScreen(d.opt.W, o.Size)
		d.opt.W = d.screen
		d.ended.Go(d.live)
	case o.W != nil || o.Records:
		d.ended.Go(d.beat)
	}
	return d
}

// Writer is where others write while the display is there: above what is live.
func (d *Display) Writer() io.Writer { return d.opt.W }

// Observe hears one event of the panel. It never waits for a terminal.
func (d *Display) Observe(e reviewers.Event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	d.model.Apply(e, now)
	d.changed = true
	record(d.opt.Log, e, d.opt.Records)
	if !d.opt.Records {
		d.line(e, now)
	}
}

// line is told of what people want to read again later.
func (d *Display) line(e reviewers.Event, now time.Time) {
	switch e.Phase {
	case reviewers.Retrying:
		if d.every() {
			when := ""
			if wait := e.Wait.Round(time.Second / 10); wait > 0 {
				when = " in " + wait.String()
			}
			fmt.Fprintf(d.opt.W, "  %s %s: trying again%s: %s\n", oneWord(e.Bundle), oneWord(e.Reviewer), when, because(e.Err))
		}
	case reviewers.Done:
		if d.every() || d.notable(e) {
			s := d.model.Summary(now)
			reason := because(e.Err)
			if reason != "" {
				reason = ": " + reason
			}
			fmt.Fprintf(d.opt.W, "  [%d/%d] %s %s: %s%s (%s)\n", s.Done(), s.Seats, oneWord(e.Bundle), oneWord(e.Reviewer), e.State, reason, s.Elapsed.Round(time.Second/10))
		}
	}
}

// every tells whether each retry and each end gets a line: where nothing is live, they
// are all there is.
func (d *Display) every() bool { return d.screen == nil || d.opt.Verbose }

// notable tells that a seat has ended as one does not expect.
func (d *Display) notable(e reviewers.Event) bool {
	if d.opt.Interrupted != nil && d.opt.Interrupted() {
		return false
	}
	return e.State != reviewers.Engaged && e.State != reviewers.Skipped
}

// Examining hears that findings are put to other lineages, which takes more seats.
func (d *Display) Examining(findings, requests int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.model.Examining(requests)
	d.changed = true
	if d.opt.Records {
		d.opt.Log.Info("cross-examination", "findings", findings, "requests", requests)
		return
	}
	fmt.Fprintf(d.opt.W, "  putting %s to other lineages: %s\n", counted(findings, "finding"), counted(requests, "request"))
}

// Close takes away what is live. It may be called again.
func (d *Display) Close() {
	d.once.Do(func() {
		close(d.stop)
		d.ended.Wait()
		if d.screen == nil {
			return
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		if s := d.model.Summary(time.Now()); s.Done() > 0 {
			fmt.Fprintln(d.screen, s.tail())
		}
		d.screen.close()
	})
}

// live draws until the end, and only when there is something new.
func (d *Display) live() {
	tick := time.NewTicker(frameTime)
	defer tick.Stop()
	width, height := 0, 0
	for {
		w, h := d.opt.Size()
		if resized := w != width || h != height; d.due(resized) || d.screen.pending() {
			d.screen.draw(d.compose)
		}
		width, height = w, h
		select {
		case <-tick.C:
		case <-d.stop:
			return
		}
	}
}

// due tells whether a frame would look other than the last one.
func (d *Display) due(resized bool) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	second := int(time.Since(d.model.start) / time.Second)
	due := d.changed || resized || second != d.second
	d.changed, d.second = false, second
	return due
}

func (d *Display) compose(width, height int) []text {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.model.layout(time.Now(), width, height)
}

// beat tells from time to time that all is well, so that a log does not look dead.
func (d *Display) beat() {
	tick := time.NewTicker(heartbeatTime)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			d.heartbeat(time.Now())
		case <-d.stop:
			return
		}
	}
}

func (d *Display) heartbeat(now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.model.Summary(now)
	if !d.opt.Records {
		fmt.Fprintf(d.opt.W, "  %s\n", s.heartbeat())
		return
	}
	d.opt.Log.LogAttrs(context.Background(), slog.LevelInfo, "progress", s.attrs()...)
}

// oneWord is a name as it can stand in a line.
func oneWord(s string) string { return strings.TrimSpace(report.Phrase(s)) }
