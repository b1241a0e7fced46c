package smoke

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"time"
)

// task is a service or a step on its way through a run.
type task struct {
	name    string
	needs   []string
	service *Service
	step    *Step

	state         state
	began         time.Time
	child         *child // of a service that was started
	serviceResult ServiceResult
	stepResult    StepResult
	machine       bool // the machine has kept it from starting
}

type state int

const (
	waiting state = iota
	working
	done
)

func (t *task) outcome() Outcome {
	if t.service != nil {
		return t.serviceResult.Result
	}
	return t.stepResult.Result
}

func (t *task) cause() string {
	if t.service != nil {
		return t.serviceResult.Cause
	}
	return t.stepResult.Cause
}

func (t *task) failed() bool { return t.state == done && !t.outcome().good() }

func (t *task) locks() []string {
	if t.step == nil {
		return nil
	}
	return t.step.Locks
}

// event is what a goroutine tells the one that keeps the books.
type event struct {
	task     *task
	died     bool // a service that was ready has ended
	panicked any
	stack    []byte
}

// execute works on all tasks and takes down what was started. All results and states
// belong to this goroutine; a worker has its own task until its event.
func (r *runner) execute(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer r.teardown()
	defer r.settle()
	defer cancel() // a panic in here ends the workers first
	for {
		r.skip(ctx)
		r.begin(ctx)
		if r.active == 0 {
			r.useStack(ctx)
			r.interrupted = ctx.Err() != nil
			return
		}
		r.handle(<-r.events)
	}
}

// skip settles the tasks that can no longer run.
func (r *runner) skip(ctx context.Context) {
	for again := true; again; {
		again = false
		for _, t := range r.tasks {
			if t.state != waiting {
				continue
			}
			cause := r.obstacle(t)
			if ctx.Err() != nil {
				cause = "the run was interrupted"
			}
			if cause == "" {
				continue
			}
			t.state, again = done, true
			t.serviceResult.Cause, t.stepResult.Cause = cause, cause
			r.observe(Event{Name: t.name, Service: t.service != nil, Result: Skip, Cause: cause})
		}
	}
}

// obstacle is why a task cannot run: what has failed first, not what was skipped for it.
func (r *runner) obstacle(t *task) string {
	for _, need := range t.needs {
		n := r.task(need)
		switch {
		case !n.failed():
		case n.outcome() == Skip:
			return n.cause()
		case n.service != nil:
			return fmt.Sprintf("service %s %s: %s", n.name, n.outcome(), firstLine(n.cause()))
		default:
			return fmt.Sprintf("step %s %s", n.name, n.outcome())
		}
	}
	return ""
}

func (r *runner) task(name string) *task {
	i := slices.IndexFunc(r.tasks, func(t *task) bool { return t.name == name })
	return r.tasks[i]
}

// begin starts what can be started, in the order of the file. Steps have a limit and
// locks; services have not.
func (r *runner) begin(ctx context.Context) {
	for _, t := range r.tasks {
		if t.state != waiting || !r.satisfied(t) || ctx.Err() != nil {
			continue
		}
		if t.step != nil && (r.steps >= r.jobs || r.blocked(t)) {
			continue
		}
		r.observe(Event{Name: t.name, Service: t.service != nil, Began: true})
		t.state, t.began = working, time.Now()
		r.active++
		if t.step != nil {
			r.steps++
		} else {
			r.up = append(r.up, t)
		}
		for _, l := range t.locks() {
			r.locked[l] = true
		}
		go r.work(ctx, t)
	}
}

func (r *runner) satisfied(t *task) bool {
	return !slices.ContainsFunc(t.needs, func(name string) bool {
		n := r.task(name)
		return n.state != done || n.failed()
	})
}

func (r *runner) blocked(t *task) bool {
	return slices.ContainsFunc(t.locks(), func(l string) bool { return r.locked[l] })
}

// work does one task and tells of it, also when it panics.
func (r *runner) work(ctx context.Context, t *task) {
	e := event{task: t}
	defer func() {
		if e.panicked = recover(); e.panicked != nil {
			e.stack = debug.Stack()
		}
		r.events <- e
	}()
	if t.service != nil {
		r.bringUp(ctx, t)
	} else {
		r.runStep(ctx, t)
	}
}

func (r *runner) handle(e event) {
	t := e.task
	if e.died {
		r.died(t)
		return
	}
	r.active--
	t.state = done
	if t.step != nil {
		r.steps--
	}
	for _, l := range t.locks() {
		delete(r.locked, l)
	}
	if e.panicked != nil {
		panic(fmt.Sprintf("smoke: working on %s: %v\n%s", t.name, e.panicked, e.stack))
	}
	if t.step != nil {
		r.blame(t)
	}
	if t.service != nil && t.child != nil && t.service.Ready.Exit == nil && t.outcome().good() {
		go r.watch(t, t.child)
	}
	r.observe(Event{Name: t.name, Service: t.service != nil, Result: t.outcome(), Cause: t.cause(), Elapsed: time.Since(t.began)})
}

// watch tells of a service that ends while it is needed.
func (r *runner) watch(t *task, c *child) {
	select {
	case <-c.exited:
		r.events <- event{task: t, died: true}
	case <-r.watches:
	}
}

// died settles a service that has ended by itself after it was ready. Steps that use it
// are not ended: they will say what they have seen of it.
func (r *runner) died(t *task) {
	if !t.outcome().good() {
		return
	}
	r.buried(t, fmt.Sprintf("it ended by itself while it was needed: %s", t.child.ending()))
	r.observe(Event{Name: t.name, Service: true, Result: t.outcome(), Cause: t.cause(), Elapsed: time.Since(t.began)})
}

// blame adds to a step that has failed which of its services have died.
func (r *runner) blame(t *task) {
	if !t.failed() {
		return
	}
	for _, need := range t.needs {
		n := r.task(need)
		if n.child != nil && n.service.Ready.Exit == nil && !n.child.running() {
			t.stepResult.Cause += fmt.Sprintf("; service %s had ended: %s", n.name, n.child.ending())
		}
	}
}

// settle waits for the workers that a panic has left.
func (r *runner) settle() {
	close(r.watches)
	for r.active > 0 {
		if e := <-r.events; !e.died {
			r.active--
			e.task.state = done
		}
	}
}

// teardown stops the services, the last one first.
func (r *runner) teardown() {
	for _, t := range slices.Backward(r.up) {
		r.takeDown(t)
	}
}
