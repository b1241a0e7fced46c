package smoke

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"scrum/procgroup"
)

// Options are what a run needs besides its Spec.
type Options struct {
	Dir  string   // where the gauntlet file is; folders are seen from there
	Env  []string // what children get besides ports and their own variables; nil: all of ours
	Jobs int      // steps at a time; 0: what the file says

	Tags []string // only steps with one of these tags, and what they need
	Only []string // only these steps, and what they need

	// Services are needed besides those of the steps, by With: it is called after the
	// steps, while all that is up is still up. nil uses nothing.
	Services []string
	With     func(context.Context, Stack)
	NoSteps  bool // only With, no step

	Logs    string           // an existing folder for the output of each service and step; "": none is kept
	Guard   *procgroup.Guard // ends everything when this process is killed; nil: nobody does
	Observe func(Event)      // called as the run goes on, one call at a time; may be nil

	ToolVersion string // for the result
	Commit      string // for the result
	Dirty       bool   // for the result
}

// Event tells that something has begun or ended.
type Event struct {
	Name    string
	Service bool
	Began   bool    // else it has ended, or is ready when it is a service
	Result  Outcome // once it has
	Cause   string
	Elapsed time.Duration
}

// Run starts the services that the selected steps need, runs the steps, and takes all
// down again before it returns, also when ctx ends or something panics. An error is a
// SelectionError or a fault of the machine before anything was started; all else stands
// in the result.
func Run(ctx context.Context, spec Spec, opt Options) (*Result, error) {
	selected := map[string]bool{}
	var err error
	if !opt.NoSteps {
		selected, err = spec.Select(opt.Tags, opt.Only)
	}
	if err != nil {
		return nil, err
	}
	for _, name := range opt.Services {
		if spec.service(name) == nil {
			return nil, &SelectionError{fmt.Sprintf("%s has no service %q", spec.File, name)}
		}
		spec.include(name, selected)
	}
	r, err := newRunner(spec, opt, selected)
	if err != nil {
		return nil, err
	}
	defer r.ports.close()
	r.execute(ctx)
	return r.result(), nil
}

// runner is one run.
type runner struct {
	spec        Spec
	opt         Options
	jobs        int
	ports       *ports
	env         []string
	started     time.Time
	tasks       []*task // services first, in the order of the file
	skipped     []string
	active      int             // tasks that a goroutine works on
	steps       int             // of them, steps
	locked      map[string]bool // locks that are held
	up          []*task         // services that run, in the order of their start
	events      chan event
	interrupted bool
	watches     chan struct{} // closed when nobody needs to know any more who dies
}

func newRunner(spec Spec, opt Options, selected map[string]bool) (*runner, error) {
	r := &runner{spec: spec, opt: opt, started: time.Now(), locked: map[string]bool{}, watches: make(chan struct{})}
	r.jobs = opt.Jobs
	if r.jobs == 0 {
		r.jobs = spec.Jobs
	}
	if r.jobs == 0 {
		r.jobs = runtime.NumCPU()
	}
	var err error
	if r.opt.Dir, err = filepath.Abs(opt.Dir); err != nil {
		return nil, err
	}
	if r.ports, err = choosePorts(&r.spec); err != nil {
		return nil, err
	}
	r.env = opt.Env
	if r.env == nil {
		r.env = os.Environ()
	}
	r.env = slices.Concat(r.env, r.ports.variables())
	if opt.Guard != nil {
		r.env = append(r.env, string(opt.Guard.Mark()))
	}
	for i := range r.spec.Services {
		v := &r.spec.Services[i]
		r.add(&task{name: v.Name, needs: v.Needs, service: v}, selected)
	}
	for i := range r.spec.Steps {
		v := &r.spec.Steps[i]
		r.add(&task{name: v.Name, needs: v.Needs, step: v}, selected)
	}
	r.events = make(chan event, 2*len(r.tasks)) // each ends once and may die once: no sender waits
	return r, nil
}

func (r *runner) add(t *task, selected map[string]bool) {
	if !selected[t.name] {
		r.skipped = append(r.skipped, t.name)
		return
	}
	t.serviceResult = ServiceResult{Name: t.name, Result: Skip}
	t.stepResult = StepResult{Name: t.name, Result: Skip, Cases: []Case{}}
	if t.step != nil {
		t.stepResult.Tags = t.step.Tags
	}
	r.tasks = append(r.tasks, t)
}

// cmd makes a command ready to be started. Its end is the group's, which child takes
// care of.
func (r *runner) cmd(run Command, dir string, env []Variable) *exec.Cmd {
	args := shell(r.ports.expand(run.Shell))
	if len(run.Args) > 0 {
		args = nil
		for _, a := range run.Args {
			args = append(args, r.ports.expand(a))
		}
	}
	cmd := exec.Command(args[0], args[1:]...) //nolint:noctx // child ends the whole process group itself
	cmd.Dir = r.dir(dir)
	cmd.Env = append(slices.Clone(r.env), "PWD="+cmd.Dir)
	for _, v := range env {
		cmd.Env = append(cmd.Env, v.Name+"="+r.ports.expand(v.Value))
	}
	return cmd
}

func (r *runner) dir(dir string) string {
	if filepath.IsAbs(dir) {
		return dir
	}
	return filepath.Join(r.opt.Dir, dir)
}

// start starts a command under the eyes of the guard.
func (r *runner) start(cmd *exec.Cmd, out *capture, stdout io.Writer) (*child, error) {
	c, err := start(cmd, out, stdout)
	if err == nil && r.opt.Guard != nil {
		r.opt.Guard.Watch(c.group)
		c.ended = func() { r.opt.Guard.Forget(c.group) }
	}
	return c, err
}

func (r *runner) log(name string) string {
	if r.opt.Logs == "" {
		return ""
	}
	return filepath.Join(r.opt.Logs, name+".log")
}

func (r *runner) observe(e Event) {
	if r.opt.Observe != nil {
		r.opt.Observe(e)
	}
}

func (r *runner) result() *Result {
	res := &Result{
		Schema: SchemaID, ToolVersion: r.opt.ToolVersion, Commit: r.opt.Commit, Dirty: r.opt.Dirty, File: r.spec.File,
		Started: r.started.UTC().Truncate(time.Millisecond), Finished: time.Now().UTC().Truncate(time.Millisecond),
		Jobs: r.jobs, Services: []ServiceResult{}, Steps: []StepResult{}, NotSelected: append([]string{}, r.skipped...),
	}
	machine := false
	for _, t := range r.tasks {
		if t.service != nil {
			res.Services = append(res.Services, t.serviceResult)
			machine = machine || t.machine
		} else {
			res.Steps = append(res.Steps, t.stepResult)
		}
	}
	for _, t := range r.tasks {
		if t.failed() && !t.machine && t.outcome() != Skip {
			machine = false // something else has failed too
		}
	}
	res.count(r.interrupted, machine)
	return res
}
