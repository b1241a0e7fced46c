package cluster

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"scrum/procgroup"
)

const (
	nightlyWorkflow  = "scrum-nightly"
	checkoutActivity = "scrum-checkout"
)

func checkoutQueue(name string) string { return orchestration + "-repo-" + name }

// Job is what a schedule runs: a command of this program in a checkout of a worker.
type Job struct {
	Repo string   `json:"repo"`
	Args []string `json:"args"` // such as gauntlet --quiet
}

// jobs are the commands that a schedule may run: those that judge. A schedule is no way to
// run anything else on a worker.
func jobs() []string { return []string{"gauntlet", "review", "submit", "smoke", "parity"} }

// Check tells why a job cannot be scheduled.
func (j Job) Check() error {
	if j.Repo == "" {
		return errors.New("a schedule needs the name of a checkout that a worker serves: --checkout NAME")
	}
	if len(j.Args) == 0 || !slices.Contains(jobs(), j.Args[0]) {
		return fmt.Errorf("a schedule runs one of: %s", strings.Join(jobs(), ", "))
	}
	return nil
}

// Ended is how a job has ended.
type Ended struct {
	Code int    `json:"code"` // exit status
	Tail string `json:"tail"` // the end of what it has printed
}

// nightly runs a job. A gate that is closed is a result and not a failure of the schedule.
func nightly(ctx workflow.Context, j Job) (Ended, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue: checkoutQueue(j.Repo), StartToCloseTimeout: 12 * time.Hour, HeartbeatTimeout: time.Minute,
		RetryPolicy: &temporal.RetryPolicy{InitialInterval: time.Minute, MaximumAttempts: 3},
	})
	var e Ended
	err := workflow.ExecuteActivity(ctx, checkoutActivity, j).Get(ctx, &e)
	return e, err
}

// Checkout is a repository on a worker's machine that schedules may run in.
type Checkout struct {
	Dir     string
	Program string   // this program
	Environ []string // of the child
}

// Bounds of a job: how much of its output goes into the history (the reports are in the
// checkout), and how long it may take to end.
const (
	tailKept  = 4 << 10
	jobsGrace = 10 * time.Second
)

func (c Checkout) run(ctx context.Context, j Job) (Ended, error) {
	if err := j.Check(); err != nil {
		return Ended{}, temporal.NewNonRetryableApplicationError(err.Error(), errRefused, err)
	}
	var out tail
	cmd := exec.CommandContext(context.WithoutCancel(ctx), c.Program, j.Args...) // which is ended as a group
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = c.Dir, c.Environ, &out, &out
	group, err := procgroup.Start(cmd)
	if err != nil {
		return Ended{}, fmt.Errorf("starting the job: %w", err)
	}
	defer group.Close()
	ended := make(chan struct{})
	go func() { defer close(ended); _ = cmd.Wait() }() // how it ended is in its state
	t := time.NewTicker(10 * time.Second)
	defer t.Stop()
	for {
		activity.RecordHeartbeat(ctx)
		select {
		case <-ended:
			group.Sweep()
			return Ended{Code: cmd.ProcessState.ExitCode(), Tail: out.text()}, nil
		case <-t.C:
		case <-ctx.Done():
			end(group, ended)
			return Ended{}, fmt.Errorf("the job was ended: %w", context.Cause(ctx))
		}
	}
}

// end asks the job to end, which keeps what it has, and then makes sure.
func end(g *procgroup.Group, ended <-chan struct{}) {
	g.Terminate()
	select {
	case <-ended:
	case <-time.After(jobsGrace):
		g.Kill()
		<-ended
	}
	g.Sweep()
}

// tail keeps the end of what is written.
type tail struct{ data []byte }

func (t *tail) Write(p []byte) (int, error) {
	t.data = append(t.data, p...)
	if len(t.data) > 2*tailKept {
		t.data = append([]byte(nil), t.data[len(t.data)-tailKept:]...)
	}
	return len(p), nil
}

func (t *tail) text() string {
	data := t.data
	if len(data) > tailKept {
		data = data[len(data)-tailKept:]
	}
	return strings.ToValidUTF8(string(data), "")
}

// Schedule runs a job again and again.
type Schedule struct {
	Name string
	Cron string // such as "0 2 * * *"
	Zone string // such as Europe/Berlin; "" is UTC
	Job  Job
}

// Create makes the schedule. A run that is still going on when the next is due makes that
// one be left out, which the server records.
func (s Schedule) Create(ctx context.Context, c client.Client) error {
	if err := s.Job.Check(); err != nil {
		return err
	}
	_, err := c.ScheduleClient().Create(ctx, client.ScheduleOptions{
		ID:      scheduleID(s.Name),
		Spec:    client.ScheduleSpec{CronExpressions: []string{s.Cron}, TimeZoneName: s.Zone},
		Action:  &client.ScheduleWorkflowAction{ID: scheduleID(s.Name), Workflow: nightlyWorkflow, Args: []any{s.Job}, TaskQueue: orchestration},
		Overlap: enumspb.SCHEDULE_OVERLAP_POLICY_SKIP,
	})
	if errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
		return fmt.Errorf("there is a schedule %q already: scrum schedule delete %s removes it", s.Name, s.Name)
	}
	if err != nil {
		return fmt.Errorf("making the schedule: %w", err)
	}
	return nil
}

func scheduleID(name string) string { return "scrum-" + name }

// Due is a schedule with what it did last and does next.
type Due struct {
	Name   string
	Paused bool
	Next   time.Time
	Last   time.Time
}

// Schedules lists those of this tool.
func Schedules(ctx context.Context, c client.Client) ([]Due, error) {
	it, err := c.ScheduleClient().List(ctx, client.ScheduleListOptions{PageSize: 100})
	if err != nil {
		return nil, fmt.Errorf("listing schedules: %w", err)
	}
	var out []Due
	for it.HasNext() {
		e, err := it.Next()
		if err != nil {
			return nil, fmt.Errorf("listing schedules: %w", err)
		}
		name, ours := strings.CutPrefix(e.ID, "scrum-")
		if !ours || e.WorkflowType.Name != nightlyWorkflow {
			continue
		}
		d := Due{Name: name, Paused: e.Paused}
		if len(e.NextActionTimes) > 0 {
			d.Next = e.NextActionTimes[0]
		}
		if n := len(e.RecentActions); n > 0 {
			d.Last = e.RecentActions[n-1].ActualTime
		}
		out = append(out, d)
	}
	return out, nil
}

// Unschedule removes a schedule; what it has started goes on.
func Unschedule(ctx context.Context, c client.Client, name string) error {
	if err := c.ScheduleClient().GetHandle(ctx, scheduleID(name)).Delete(ctx); err != nil {
		return fmt.Errorf("removing the schedule %s: %w", name, err)
	}
	return nil
}

// Trigger runs a schedule's job now.
func Trigger(ctx context.Context, c client.Client, name string) error {
	if err := c.ScheduleClient().GetHandle(ctx, scheduleID(name)).Trigger(ctx, client.ScheduleTriggerOptions{}); err != nil {
		return fmt.Errorf("triggering the schedule %s: %w", name, err)
	}
	return nil
}
