package smoke

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"scrum/procgroup"
)

// attempt is one try of a step.
type attempt struct {
	outcome Outcome
	cause   string
	ms      int64
	output  string
	cases   []Case
	cut     int // cases that are not listed
	left    []procgroup.Process
}

// runStep tries a step until it passes or has no more tries.
func (r *runner) runStep(ctx context.Context, t *task) {
	v, res := t.step, &t.stepResult
	var a attempt
	for {
		res.Attempts++
		a = r.try(ctx, t, res.Attempts)
		if a.outcome.good() || !a.repeatable(ctx) || res.Attempts > v.Retries {
			break
		}
		if res.FirstFailure == nil {
			res.FirstFailure = &Failure{a.outcome, a.cause, a.ms, a.output}
		}
	}
	res.MS = time.Since(t.began).Milliseconds()
	res.Result, res.Cause, res.Cases, res.CasesCut = a.outcome, a.cause, a.cases, a.cut
	for _, p := range a.left {
		res.LeftOver = append(res.LeftOver, p.String())
	}
	if a.outcome == Pass && res.FirstFailure != nil {
		res.Result = Flaky
		res.Cause = fmt.Sprintf("the first attempt was %s: %s", res.FirstFailure.Result, firstLine(res.FirstFailure.Cause))
	}
	if a.outcome != Pass {
		res.Output = a.output
	}
}

// repeatable tells that another try may end otherwise.
func (a *attempt) repeatable(ctx context.Context) bool {
	return ctx.Err() == nil && (a.outcome == Fail || a.outcome == Timeout)
}

// try runs a step once.
func (r *runner) try(ctx context.Context, t *task, number int) attempt {
	v, began := t.step, time.Now()
	out, err := newCapture(r.log(t.name))
	if err != nil {
		return attempt{outcome: Error, cause: err.Error(), cases: []Case{}}
	}
	t.stepResult.Log = logName(r, t.name)
	if number > 1 {
		out.note(fmt.Sprintf("--- attempt %d\n", number))
	}
	book := r.bookOf(v, out)
	lines := &lineSplitter{each: book.line}
	var stdout io.Writer
	switch v.Format {
	case GoTest:
		stdout = lines // the form writes what the tests have said
	case TAP:
		stdout = io.MultiWriter(out, lines)
	}
	c, err := r.start(r.cmd(v.Run, v.Dir, v.Env), out, stdout)
	if err != nil {
		return attempt{outcome: Error, cause: err.Error(), cases: []Case{}}
	}
	a := r.follow(ctx, v, c)
	lines.end()
	a.judge(c, book)
	a.ms, a.output = time.Since(began).Milliseconds(), out.text()
	return a
}

// follow waits for the end of a step and makes sure that nothing of it is left.
func (r *runner) follow(ctx context.Context, v *Step, c *child) attempt {
	late, cancel := context.WithTimeoutCause(ctx, v.Timeout, errLate)
	defer cancel()
	select {
	case <-c.exited:
		left := c.settle()
		c.close()
		return attempt{left: left}
	case <-late.Done():
	}
	c.stop(signalNumber("TERM"), v.Grace)
	if errors.Is(context.Cause(late), errLate) {
		return attempt{outcome: Timeout, cause: fmt.Sprintf("it had not ended after %s", v.Timeout)}
	}
	return attempt{outcome: Error, cause: "the run was interrupted"}
}

var errLate = errors.New("out of time")

// judge comes to the outcome of an attempt: by the exit status, and by what its tests
// say. To pass it needs both.
func (a *attempt) judge(c *child, book *book) {
	fault := book.finish()
	a.cases, a.cut = book.cases, book.cut
	if a.outcome != "" {
		return
	}
	switch {
	case c.status != nil && book.bad > 0:
		a.outcome, a.cause = Fail, fmt.Sprintf("%s, %s", c.ending(), book.badness())
	case c.status != nil:
		a.outcome, a.cause = Fail, c.ending()
	case book.bad > 0:
		a.outcome, a.cause = Fail, fmt.Sprintf("%s, though it ended with exit status 0", book.badness())
	case fault != nil:
		a.outcome, a.cause = Error, fault.Error()
	case len(a.left) > 0:
		a.outcome, a.cause = Leak, "it ended and left running: "+procgroup.Names(a.left)
	default:
		a.outcome = Pass
	}
}
