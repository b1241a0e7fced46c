package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"scrum/progress"
)

// said is what standard error gets, and in which form.
type said struct {
	quiet   bool
	verbose bool
	format  logFormat

	out     *progress.Output
	records *slog.Logger // of all that is said with --log-format json
	start   time.Time
}

// logFormat is text or json.
type logFormat string

const (
	logText logFormat = "text"
	logJSON logFormat = "json"
)

// String is the flag's value.
func (f *logFormat) String() string { return string(*f) }

// Type is what help calls it.
func (f *logFormat) Type() string { return "FORMAT" }

// Set takes one of the formats.
func (f *logFormat) Set(s string) error {
	if s != string(logText) && s != string(logJSON) {
		return fmt.Errorf("there are text and json")
	}
	*f = logFormat(s)
	return nil
}

const logFormatFlag = "log-format"

func (s *said) register(fs *pflag.FlagSet) {
	fs.BoolVarP(&s.quiet, "quiet", "q", false, "no progress on standard error; warnings, and where code goes, stay")
	fs.BoolVarP(&s.verbose, "verbose", "v", false, "say on standard error what each step does and how long it takes")
	fs.Var(&s.format, logFormatFlag, "`FORMAT` of standard error: text, or json for one JSON object a line")
}

func (s *said) json() bool { return s.format == logJSON }

// listen takes over standard error. It looks for the format itself, since errors of the
// command line are told in it, too.
func (p *process) listen() (closing func()) {
	p.said = said{format: wantedFormat(p.args), out: progress.NewOutput(p.stderr), start: time.Now()}
	if !p.said.json() {
		return func() {}
	}
	p.said.records = progress.NewLogger(p.said.out, true, slog.LevelInfo, p.said.start)
	lines := progress.NewLines(p.said.records)
	p.stderr = lines
	return func() { _ = lines.Close() }
}

// wantedFormat is the last that the arguments name; text when it is none of ours, which
// the command line's parser will say.
func wantedFormat(args []string) logFormat {
	format := logText
	for i, a := range args {
		value, is := strings.CutPrefix(a, "--"+logFormatFlag+"=")
		switch {
		case a == "--":
			return format
		case a == "--"+logFormatFlag && i+1 < len(args):
			_ = format.Set(args[i+1])
		case is:
			_ = format.Set(value)
		}
	}
	return format
}

// log is for steps and requests, to be made when the flags are known.
func (p *process) log() *slog.Logger {
	s := p.said
	switch {
	case s.out == nil || s.quiet || !s.verbose && !s.json():
		return slog.New(slog.DiscardHandler)
	case s.verbose:
		return progress.NewLogger(s.out, s.json(), slog.LevelDebug, s.start)
	}
	return s.records
}

// show begins to show so many seats. While the display is there, all that is said goes
// above what is live. Call closing.
func (p *process) show(ctx context.Context, seats, known int) (d *progress.Display, closing func()) {
	if p.said.quiet {
		return progress.New(progress.Options{}, seats, known), func() {}
	}
	opt := progress.Options{W: p.stderr, Verbose: p.said.verbose, Log: p.log(), Records: p.said.json(), Interrupted: func() bool { return ctx.Err() != nil }}
	if f, ok := p.stderr.(*os.File); ok {
		opt.Size = progress.Terminal(f, p.getenv)
	}
	d = progress.New(opt, seats, known)
	stderr, back := p.stderr, func() {}
	if !opt.Records {
		p.stderr = d.Writer()
		if p.said.out != nil { // a process that somebody has made without listen
			back = p.said.out.Divert(d.Writer())
		}
	}
	return d, func() {
		d.Close()
		back()
		p.stderr = stderr
	}
}
