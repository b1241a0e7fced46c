package reviewers

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"scrum/procgroup"
	"scrum/prompts"
)

// CommandOptions tell how an agent's command line is run.
type CommandOptions struct {
	Dir string // where it runs; "" is what Tree gives
	// Tree gives the folder to run in when Dir is "". nil, or a Tree that gives "", is
	// an empty folder, thrown away afterwards.
	Tree      func(context.Context) (string, error)
	Env       []string      // names of variables that it gets beside the usual ones (PATH, HOME, …)
	Set       []string      // variables that are set for it, as NAME=value
	MaxOutput int           // bytes of standard output; 0 is 4 MB
	Grace     time.Duration // between asking its process group to end and killing it; 0 is half a second

	read func(stdout []byte) (Response, error) // of an agent whose form is known; nil takes the output as it is
}

const (
	defaultOutput = 4 << 20
	defaultGrace  = 500 * time.Millisecond
	stderrTail    = 4 << 10 // what is kept of standard error for a message
)

// NewCommand makes a reviewer of a command: the prompt on its standard input, the
// answer on its standard output. It runs in a process group of its own, which is
// gone when Review returns, and sees only the variables it needs.
func NewCommand(run []string, opt CommandOptions) Reviewer {
	if opt.MaxOutput <= 0 {
		opt.MaxOutput = defaultOutput
	}
	if opt.Grace <= 0 {
		opt.Grace = defaultGrace
	}
	return &command{run: append([]string(nil), run...), opt: opt}
}

type command struct {
	run []string
	opt CommandOptions
}

// Review runs the command once.
func (c *command) Review(ctx context.Context, req prompts.Request, progress func(tokens int)) (Response, error) {
	if len(c.run) == 0 || c.run[0] == "" {
		return Response{}, &Error{Provider: "command", Message: "no command is configured", Advice: "set run, such as [codex, exec, -]"}
	}
	if name := c.run[0]; filepath.Base(name) != name && !filepath.IsAbs(name) {
		e := c.fail("run names a program by a path in its folder, where the files of the change are", nil)
		e.Advice = "give an absolute path, or a name that is found on PATH"
		return Response{}, e
	}
	dir, remove, err := c.dir(ctx)
	if err != nil {
		return Response{}, c.fail("its folder cannot be made", err)
	}
	defer remove()
	prompt := req.System + "\n\n" + req.User
	p := &process{opt: c.opt, progress: progress, started: time.Now()}
	err = p.run(ctx, c.command(dir), prompt)
	return c.answer(ctx, p, err, len(prompt))
}

// answer makes a response of what the command has printed.
func (c *command) answer(ctx context.Context, p *process, err error, promptBytes int) (Response, error) {
	r := p.response(promptBytes)
	said := error(nil)
	if c.opt.read != nil {
		r, said = c.told(r, promptBytes)
	}
	complete := said == nil && r.FinishReason != ""
	switch {
	case err != nil && complete && ctx.Err() != nil: // it has answered, and then did not end
	case err != nil && said != nil && !errors.Is(said, errNoAnswer) && ctx.Err() == nil:
		return r, c.said(said) // in its own words rather than as an exit status
	case err != nil:
		return r, c.explain(ctx, p, err)
	case said != nil:
		return r, c.said(said)
	case strings.TrimSpace(r.Text) == "":
		e := c.fail("it answered nothing"+p.complaint(), nil)
		e.Retryable = true
		return r, e
	}
	r.FinishReason = cmp.Or(r.FinishReason, "stop")
	return r, nil
}

// told is what the command's output says in its own form. Of one that holds no answer
// the output itself is kept, and what it tells of the model and the tokens spent.
func (c *command) told(output Response, promptBytes int) (Response, error) {
	r, err := c.opt.read([]byte(output.Text))
	r.FirstToken = output.FirstToken
	counted := r.PromptTokens+r.CompletionTokens > 0
	switch {
	case r.Text == "" && !counted:
		output.Model = r.Model
		return output, err
	case r.Text == "":
		r.Text = output.Text
	case !counted:
		r.PromptTokens, r.CompletionTokens, r.Estimated = Estimate(promptBytes), Estimate(len(r.Text)), true
	}
	return r, err
}

// said is an error that the command told in its answer.
func (c *command) said(err error) *Error {
	message := Provider{}.scrub(err.Error())
	e := c.fail(message, err)
	e.Retryable = !cannotHeal(message)
	return e
}

func (c *command) dir(ctx context.Context) (string, func(), error) {
	if c.opt.Dir != "" {
		return c.opt.Dir, func() {}, nil
	}
	if c.opt.Tree != nil {
		dir, err := c.opt.Tree(ctx)
		if err != nil || dir != "" {
			return dir, func() {}, err
		}
	}
	dir, err := os.MkdirTemp("", "scrum-reviewer-")
	if err != nil {
		return "", nil, fmt.Errorf("making a folder to run in: %w", err)
	}
	return dir, func() { _ = os.RemoveAll(dir) }, nil
}

// command has no context: its end is the group's, which run takes care of.
func (c *command) command(dir string) *exec.Cmd {
	cmd := exec.Command(c.run[0], c.run[1:]...) //nolint:noctx // run ends the whole process group itself
	cmd.Dir = dir
	cmd.Env = slices.Concat(environment(os.Environ(), c.opt.Env), procgroup.Marks(os.Environ()), c.opt.Set, []string{"PWD=" + dir})
	return cmd
}

func (c *command) name() string { return filepath.Base(c.run[0]) }

func (c *command) fail(message string, err error) *Error {
	return &Error{Provider: c.name(), Message: message, Err: err}
}

func (c *command) explain(ctx context.Context, p *process, err error) *Error {
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		cause := context.Cause(ctx)
		return c.fail(cause.Error(), cause)
	case p.stdout.over():
		return c.fail(fmt.Sprintf("its answer is longer than %d KB; the rest was not read", c.opt.MaxOutput>>10), nil)
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		e := c.fail("the command was not found", err)
		e.Advice = "install it, or correct run in the configuration"
		return e
	case errors.As(err, &exit):
		e := c.fail(exit.String()+p.complaint(), err)
		// 126 and 127 are a shell's "not executable" and "not found".
		e.Retryable = exit.ExitCode() != 126 && exit.ExitCode() != 127
		return e
	}
	return c.fail("it could not be run: "+err.Error(), err)
}

// process is one run of a command.
type process struct {
	opt      CommandOptions
	progress func(tokens int)
	started  time.Time
	stdout   limited
	stderr   lastBytes
	first    time.Duration
}

// run starts the command, feeds it, reads it, and ends its whole group however it
// ends: by itself, with descendants left behind, by too much output, or by ctx.
// The pipes are our own, so that nothing but the leader's exit is waited for.
func (p *process) run(ctx context.Context, cmd *exec.Cmd, prompt string) error {
	pipes, err := openPipes(cmd)
	if err != nil {
		return err
	}
	defer pipes.close()
	group, err := procgroup.Start(cmd)
	pipes.closeChildEnds()
	if err != nil {
		return err
	}
	defer group.Close()
	p.stdout.limit = p.opt.MaxOutput
	overflow := make(chan struct{})
	var readers sync.WaitGroup
	readers.Go(func() { p.readAnswer(pipes.out, overflow) })
	readers.Go(func() { _, _ = io.Copy(&p.stderr, pipes.err) })
	readers.Go(func() {
		// A command that does not read its input to the end breaks the pipe; its
		// exit status says whether that was an error.
		_, _ = io.WriteString(pipes.in, prompt)
		_ = pipes.in.Close()
	})
	err = p.wait(ctx, cmd, group, overflow)
	group.Sweep() // descendants that outlive their leader, who may hold the pipes open as well
	pipes.drain(&readers, p.opt.Grace)
	return err
}

// wait returns when the leader has exited.
func (p *process) wait(ctx context.Context, cmd *exec.Cmd, group *procgroup.Group, overflow <-chan struct{}) error {
	var status error // of the command, once exited is closed
	exited := make(chan struct{})
	go func() { status = cmd.Wait(); close(exited) }()
	select {
	case <-exited:
		return status
	case <-overflow:
		group.Kill()
		<-exited
		return errors.New("too much output")
	case <-ctx.Done():
	}
	group.Terminate()
	timer := time.NewTimer(p.opt.Grace)
	defer timer.Stop()
	select {
	case <-exited:
	case <-timer.C:
		group.Kill()
		<-exited
	}
	return context.Cause(ctx)
}

func (p *process) readAnswer(r io.Reader, overflow chan<- struct{}) {
	buf := make([]byte, 32<<10)
	for {
		n, err := r.Read(buf)
		if n > 0 && p.first == 0 {
			p.first = time.Since(p.started)
		}
		fits := p.stdout.add(buf[:n])
		if n > 0 && p.progress != nil {
			p.progress(Estimate(p.stdout.text.Len()))
		}
		if !fits {
			close(overflow)
			return
		}
		if err != nil {
			return
		}
	}
}

func (p *process) response(promptBytes int) Response {
	r := Response{Text: p.stdout.text.String(), FirstToken: p.first}
	if r.Text != "" {
		r.PromptTokens, r.CompletionTokens, r.Estimated = Estimate(promptBytes), Estimate(len(r.Text)), true
	}
	return r
}

// complaint is the end of standard error, for a message.
func (p *process) complaint() string {
	text := Provider{}.scrub(string(p.stderr.data))
	if text == "" {
		return ""
	}
	return ": " + text
}

// limited keeps the first bytes.
type limited struct {
	limit    int
	text     strings.Builder
	overflow bool
}

func (l *limited) add(data []byte) bool {
	if room := l.limit - l.text.Len(); len(data) > room {
		data, l.overflow = data[:room], true
	}
	l.text.Write(data)
	return !l.overflow
}

func (l *limited) over() bool { return l.overflow }

// lastBytes keeps the last bytes.
type lastBytes struct{ data []byte }

func (l *lastBytes) Write(p []byte) (int, error) {
	l.data = append(l.data, p...)
	if extra := len(l.data) - stderrTail; extra > 0 {
		l.data = bytes.Clone(l.data[extra:])
	}
	return len(p), nil
}
