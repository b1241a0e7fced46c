package smoke

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"scrum/procgroup"
)

// tailLines are how many lines of a log stand in a message.
const tailLines = 20

// bringUp starts a service and returns when it is ready, or when it cannot become so.
func (r *runner) bringUp(ctx context.Context, t *task) {
	v, res := t.service, &t.serviceResult
	res.Ports = r.portsOf(v)
	if v.Persistent && r.isUp(ctx, v) {
		res.Result, res.Reused = Pass, true
		return
	}
	err := r.launch(ctx, t)
	if err == nil {
		err = r.awaitReady(ctx, v, t.child)
	}
	res.ReadyMS = time.Since(t.began).Milliseconds()
	switch {
	case err != nil:
		r.abort(ctx, t, err)
	case v.Ready.Exit != nil:
		res.Result = Pass
		r.finishOneShot(t)
	default:
		res.Result = Pass
	}
}

// launch starts the command of a service, once its ports are known to be free.
func (r *runner) launch(ctx context.Context, t *task) error {
	v := t.service
	if v.Run.none() {
		return &environmentError{"it is not up, and has no run to start it"}
	}
	if err := r.ports.free(ctx, v); err != nil {
		return err
	}
	out, err := newCapture(r.log(t.name))
	if err != nil {
		return &environmentError{err.Error()}
	}
	if v.Ready.Log != nil {
		out.look(v.Ready.Log)
	}
	r.ports.release(&r.spec, v)
	t.serviceResult.Log = logName(r, t.name)
	t.child, err = r.start(r.cmd(v.Run, v.Dir, v.Env), out, nil)
	return err
}

func (r *runner) portsOf(v *Service) map[string]int {
	out := map[string]int{}
	for _, p := range v.Ports {
		out[p.Name] = r.ports.number[p.Name]
	}
	for _, name := range v.namesPorts() {
		out[name] = r.ports.number[name]
	}
	return out
}

// abort settles a service that has not become ready, and ends it.
func (r *runner) abort(ctx context.Context, t *task, err error) {
	res := &t.serviceResult
	var env *environmentError
	t.machine = errors.As(err, &env)
	res.Result, res.Cause = Error, err.Error()
	if ctx.Err() != nil {
		res.Cause = "the run was interrupted before it was ready"
	}
	if t.child != nil {
		t.child.stop(signalNumber(t.service.Stop.Signal), t.service.Stop.Grace)
		res.Output = t.child.out.text()
		if tail := t.child.out.end(tailLines); tail != "" && ctx.Err() == nil {
			res.Cause += "; its log ends with:\n" + tail
		}
	}
	res.MS = time.Since(t.began).Milliseconds()
}

// finishOneShot settles a service that was to end by itself and did.
func (r *runner) finishOneShot(t *task) {
	left := t.child.settle()
	t.child.close()
	if len(left) > 0 {
		r.leaked(t, "it ended and left running: "+procgroup.Names(left), left)
	}
	t.serviceResult.MS = time.Since(t.began).Milliseconds()
}

func (r *runner) leaked(t *task, cause string, left []procgroup.Process) {
	res := &t.serviceResult
	if res.Result == Pass {
		res.Result, res.Cause = Leak, cause
	}
	for _, p := range left {
		res.LeftOver = append(res.LeftOver, p.String())
	}
	res.Output = t.child.out.text()
}

// buried settles a service that has ended by itself though it was not to.
func (r *runner) buried(t *task, cause string) {
	res := &t.serviceResult
	left := t.child.settle()
	t.child.close()
	res.Result, res.Cause = Error, cause
	if tail := t.child.out.end(tailLines); tail != "" {
		res.Cause += "; its log ends with:\n" + tail
	}
	res.Output = t.child.out.text()
	res.MS = time.Since(t.began).Milliseconds()
	for _, p := range left {
		res.LeftOver = append(res.LeftOver, p.String())
	}
}

// takeDown stops a service that runs.
func (r *runner) takeDown(t *task) {
	c, stop := t.child, t.service.Stop
	if c == nil || c.closed {
		return
	}
	if !c.running() {
		r.buried(t, "it ended by itself: "+c.ending())
		return
	}
	killed, left := c.stop(signalNumber(stop.Signal), stop.Grace)
	t.serviceResult.MS = time.Since(t.began).Milliseconds()
	t.serviceResult.Stopped = stop.Signal
	if killed {
		t.serviceResult.Stopped = "KILL"
	}
	if len(left) > 0 {
		r.leaked(t, "it could not be ended: "+procgroup.Names(left), left)
	}
}

func logName(r *runner, name string) string {
	if r.opt.Logs == "" {
		return ""
	}
	return name + ".log"
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return strings.TrimSuffix(line, "; its log ends with:")
}

// diedError is a service that ended before it was ready.
type diedError struct{ how string }

func (e *diedError) Error() string { return fmt.Sprintf("it ended before it was ready: %s", e.how) }
