package cluster

import (
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// The names under which the server knows the code.
const (
	reviewWorkflow = "scrum-review"
	askActivity    = "scrum-ask"
	progressQuery  = "progress"
)

// Bounds of the server, with room to spare: 2,000 activities may be pending, and a history
// of 51,200 events ends a workflow. A seat takes at most about 20 events.
const (
	atOnce   = 1000
	aHistory = 1500
)

// input of the workflow.
type input struct {
	Plan     string        `json:"plan"` // digest of the plan
	Queues   []string      `json:"queues"`
	Seats    []shape       `json:"seats"`
	Deadline time.Duration `json:"deadline"` // of one attempt
	Results  []result      `json:"results"`  // of the seats before, when the workflow is continued
}

// result is how a seat was dealt with. The answers are in the blob store, under names
// that follow from the plan.
type result struct {
	Models int      `json:"m"`           // how many were asked
	Final  bool     `json:"f"`           // the answer is the one that the seat is going to have
	Errors []string `json:"e,omitempty"` // of models whose activity itself has failed, by model
	Halves []result `json:"h,omitempty"`
}

// errIncomplete is the type of the error of a workflow some of whose seats have no final
// answer: it is done, but the next submission of the same is to try those again.
const errIncomplete = "incomplete"

// review asks every seat of a plan: all at once, as far as the server takes them. How
// many are under way at a provider is for its queue to say.
func review(ctx workflow.Context, in input) ([]result, error) {
	first := len(in.Results)
	last := min(first+aHistory, len(in.Seats))
	results := slices.Concat(in.Results, make([]result, last-first))
	order := make([]int, first, last) // in which seats have ended; those of a history before come first
	for i := range order {
		order[i] = i
	}
	if err := workflow.SetQueryHandler(ctx, progressQuery, func(from int) (progress, error) {
		return since(from, order, results), nil
	}); err != nil {
		return nil, err
	}
	room := workflow.NewSemaphore(ctx, atOnce)
	wg := workflow.NewWaitGroup(ctx)
	for i := first; i < last; i++ {
		wg.Add(1)
		workflow.Go(ctx, func(ctx workflow.Context) {
			defer wg.Done()
			if err := room.Acquire(ctx, 1); err != nil {
				return // cancelled: the seat was not asked
			}
			defer room.Release(1)
			results[i] = ask(ctx, in, in.Seats[i], []int{i})
			order = append(order, i)
		})
	}
	wg.Wait(ctx)
	if err := ctx.Err(); err != nil {
		return results, err
	}
	if last < len(in.Seats) {
		in.Results = results
		return nil, workflow.NewContinueAsNewError(ctx, reviewWorkflow, in)
	}
	if n := unfinished(results); n > 0 {
		return nil, temporal.NewNonRetryableApplicationError(fmt.Sprintf("%d of %d seats have no final answer", n, len(results)), errIncomplete, nil, results)
	}
	return results, nil
}

// progress of a review: the seats that have ended since an earlier question.
type progress struct {
	Ended []ending `json:"ended"`
}

type ending struct {
	Seat   int    `json:"s"`
	Result result `json:"r"`
}

// since gives at most so many that an answer stays small; the next question has the rest.
func since(from int, order []int, results []result) progress {
	const most = 500
	from = min(max(from, 0), len(order))
	var p progress
	for _, i := range order[from:min(from+most, len(order))] {
		p.Ended = append(p.Ended, ending{i, results[i]})
	}
	return p
}

func unfinished(results []result) int {
	n := 0
	for _, r := range results {
		if !r.Final {
			n++
		}
	}
	return n
}

// ask goes through the models of a seat until one has answered, and tries a seat that did
// not engage on its halves.
func ask(ctx workflow.Context, in input, s shape, path []int) result {
	var r result
	var o outcome
	for ; r.Models < s.Models && !o.Answered; r.Models++ {
		q := question{Plan: in.Plan, Path: path, Model: r.Models, Spent: o.Spent}
		o = outcome{Spent: o.Spent}
		if err := workflow.ExecuteActivity(options(ctx, in, s), askActivity, q).Get(ctx, &o); err != nil {
			for len(r.Errors) < r.Models {
				r.Errors = append(r.Errors, "")
			}
			r.Errors = append(r.Errors, innermost(err))
		}
	}
	r.Final = o.Final
	if !o.Divisible || len(s.Halves) == 0 {
		return r
	}
	for i, h := range s.Halves {
		half := ask(ctx, in, h, slices.Concat(path, []int{i}))
		r.Final = r.Final && half.Final
		r.Halves = append(r.Halves, half)
	}
	return r
}

// heartbeat is how long a worker may be silent before its seat is given to another.
const heartbeat = 20 * time.Second

// options of an activity. How often a model is asked is counted by the activity, because a
// worker that dies is not the model's fault; here only the waiting between attempts is set.
func options(ctx workflow.Context, in input, s shape) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:           in.Queues[s.Queue],
		StartToCloseTimeout: in.Deadline + time.Minute,
		HeartbeatTimeout:    heartbeat,
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: 30 * time.Second},
	})
}

func innermost(err error) string {
	text := err.Error()
	var app *temporal.ApplicationError
	if asApplication(err, &app) {
		text = app.Message()
	}
	if len(text) > 500 {
		text = text[:500] + "…"
	}
	return text
}
