package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"scrum/reviewers"
)

// Worker asks models for all who submit. Its keys are its own and stay with it.
type Worker struct {
	Client    client.Client
	Blobs     *Blobs
	Providers []reviewers.Provider // with their keys and limits
	// Orchestrate tells whether it runs workflows too, which takes little and no key.
	Orchestrate bool
	// Concurrency of providers that set none: seats of each that this worker asks at a time.
	Concurrency int
	// Grace is how long seats under way may go on when the worker is told to end; then
	// another worker asks them again.
	Grace time.Duration
	// Checkouts are the repositories that schedules may run in, by name.
	Checkouts map[string]Checkout
}

// Run serves until ctx ends.
func (w Worker) Run(ctx context.Context) error {
	if !w.Orchestrate && len(w.Providers) == 0 && len(w.Checkouts) == 0 {
		return errors.New("there is nothing to serve: no provider has its key here, and --no-orchestration leaves workflows to others")
	}
	var started []worker.Worker
	defer func() {
		for _, s := range slices.Backward(started) {
			s.Stop()
		}
	}()
	for _, s := range w.workers() {
		if err := s.Start(); err != nil {
			return fmt.Errorf("starting the worker: %w", err)
		}
		started = append(started, s)
	}
	<-ctx.Done()
	return nil
}

func (w Worker) workers() []worker.Worker {
	var out []worker.Worker
	if w.Orchestrate {
		o := worker.New(w.Client, orchestration, worker.Options{LocalActivityWorkerOnly: true, WorkerStopTimeout: w.Grace})
		o.RegisterWorkflowWithOptions(review, workflow.RegisterOptions{Name: reviewWorkflow})
		o.RegisterWorkflowWithOptions(nightly, workflow.RegisterOptions{Name: nightlyWorkflow})
		out = append(out, o)
	}
	a := &asker{blobs: w.Blobs, providers: map[string]reviewers.Provider{}}
	for _, p := range w.Providers {
		a.providers[p.Name] = p
		s := worker.New(w.Client, queue(p.Name), w.limits(p.Limits))
		s.RegisterActivityWithOptions(a.ask, activity.RegisterOptions{Name: askActivity})
		out = append(out, s)
	}
	for name, c := range w.Checkouts {
		s := worker.New(w.Client, checkoutQueue(name), worker.Options{DisableWorkflowWorker: true, MaxConcurrentActivityExecutionSize: 1, WorkerStopTimeout: w.Grace})
		s.RegisterActivityWithOptions(c.run, activity.RegisterOptions{Name: checkoutActivity})
		out = append(out, s)
	}
	return out
}

// limits: requests a minute are held by the server over all workers of the queue; those at
// a time by each worker for itself.
func (w Worker) limits(l reviewers.Limits) worker.Options {
	o := worker.Options{DisableWorkflowWorker: true, MaxConcurrentActivityExecutionSize: w.Concurrency, WorkerStopTimeout: w.Grace}
	if l.Concurrency > 0 {
		o.MaxConcurrentActivityExecutionSize = l.Concurrency
	}
	if l.RPM > 0 {
		o.TaskQueueActivitiesPerSecond = float64(l.RPM) / 60
	}
	o.MaxConcurrentActivityTaskPollers = min(max(2, o.MaxConcurrentActivityExecutionSize/5), 20)
	return o
}
