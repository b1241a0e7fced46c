package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// quiet is a suite that does not tell all that it does.
func quiet() *testsuite.WorkflowTestSuite {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	return &suite
}

// play runs the workflow against an activity of the test.
func play(t *testing.T, in input, ask func(context.Context, question) (outcome, error)) *testsuite.TestWorkflowEnvironment {
	t.Helper()
	suite := quiet()
	env := suite.NewTestWorkflowEnvironment()
	env.RegisterWorkflowWithOptions(review, workflow.RegisterOptions{Name: reviewWorkflow})
	env.RegisterActivityWithOptions(ask, activity.RegisterOptions{Name: askActivity})
	env.ExecuteWorkflow(reviewWorkflow, in)
	if !env.IsWorkflowCompleted() {
		t.Fatal("the workflow has not ended")
	}
	return env
}

func good() outcome { return outcome{Answered: true, Final: true} }

func TestEverySeatIsAskedOnceAndInItsQueue(t *testing.T) {
	in := input{Plan: "p", Queues: []string{"scrum-a", "scrum-b"}, Seats: []shape{{0, 1, nil}, {1, 1, nil}, {0, 1, nil}}}
	asked := make(chan string, 10)
	env := play(t, in, func(ctx context.Context, q question) (outcome, error) {
		asked <- fmt.Sprint(activity.GetInfo(ctx).TaskQueue, q.Path)
		return good(), nil
	})
	var results []result
	if err := env.GetWorkflowResult(&results); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]result{{Models: 1, Final: true}, {Models: 1, Final: true}, {Models: 1, Final: true}}, results); diff != "" {
		t.Error(diff)
	}
	close(asked)
	got := map[string]bool{}
	for a := range asked {
		got[a] = true
	}
	if !got["scrum-a[0]"] || !got["scrum-b[1]"] || !got["scrum-a[2]"] || len(got) != 3 {
		t.Errorf("asked: %v", got)
	}
}

func TestASeatThatIsNotAnsweredGoesToItsFallbacks(t *testing.T) {
	in := input{Plan: "p", Queues: []string{"q"}, Seats: []shape{{0, 3, nil}}}
	env := play(t, in, func(_ context.Context, q question) (outcome, error) {
		switch q.Model {
		case 0:
			o := outcome{}
			o.Spent.Attempts = 3
			return o, nil
		case 1:
			return outcome{}, temporal.NewNonRetryableApplicationError("this worker does not serve it", errRefused, nil)
		}
		if q.Spent.Attempts != 3 {
			t.Errorf("the last model does not know what was spent before: %+v", q.Spent)
		}
		return good(), nil
	})
	var results []result
	if err := env.GetWorkflowResult(&results); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]result{{Models: 3, Final: true, Errors: []string{"", "this worker does not serve it"}}}, results); diff != "" {
		t.Error(diff)
	}
}

func TestASeatThatDidNotEngageIsAskedOnItsHalves(t *testing.T) {
	in := input{Plan: "p", Queues: []string{"q"}, Seats: []shape{{0, 1, []shape{{0, 1, nil}, {0, 1, nil}}}}}
	env := play(t, in, func(_ context.Context, q question) (outcome, error) {
		o := good()
		o.Divisible = len(q.Path) == 1
		return o, nil
	})
	var results []result
	if err := env.GetWorkflowResult(&results); err != nil {
		t.Fatal(err)
	}
	half := result{Models: 1, Final: true}
	if diff := cmp.Diff([]result{{Models: 1, Final: true, Halves: []result{half, half}}}, results); diff != "" {
		t.Error(diff)
	}
}

func TestAReviewWithAnUnansweredSeatMayBeDoneAgain(t *testing.T) {
	in := input{Plan: "p", Queues: []string{"q"}, Seats: []shape{{0, 1, nil}, {0, 1, nil}}}
	env := play(t, in, func(_ context.Context, q question) (outcome, error) {
		if q.Path[0] == 1 {
			return outcome{}, nil
		}
		return good(), nil
	})
	var app *temporal.ApplicationError
	if err := env.GetWorkflowError(); !errors.As(err, &app) || app.Type() != errIncomplete {
		t.Fatalf("the workflow ended with %v", err)
	}
	var results []result
	if err := app.Details(&results); err != nil || len(results) != 2 || !results[0].Final || results[1].Final {
		t.Errorf("%+v, %v", results, err)
	}
}

func TestAVeryLargeReviewGoesOnInANewHistory(t *testing.T) {
	in := input{Plan: "p", Queues: []string{"q"}, Seats: make([]shape, aHistory+10)}
	for i := range in.Seats {
		in.Seats[i].Models = 1
	}
	env := play(t, in, func(context.Context, question) (outcome, error) { return good(), nil })
	var again *workflow.ContinueAsNewError
	if err := env.GetWorkflowError(); !errors.As(err, &again) {
		t.Fatalf("the workflow ended with %v", err)
	}
	var rest input
	if err := converter.GetDefaultDataConverter().FromPayloads(again.Input, &rest); err != nil {
		t.Fatal(err)
	}
	if len(rest.Results) != aHistory || len(rest.Seats) != len(in.Seats) {
		t.Fatalf("it goes on with %d results of %d seats", len(rest.Results), len(rest.Seats))
	}
	env = play(t, rest, func(_ context.Context, q question) (outcome, error) {
		if q.Path[0] < aHistory {
			t.Errorf("seat %d is asked again", q.Path[0])
		}
		return good(), nil
	})
	var results []result
	if err := env.GetWorkflowResult(&results); err != nil || len(results) != len(in.Seats) {
		t.Errorf("%d results, %v", len(results), err)
	}
}

func TestWhoWaitsHearsOfEverySeatOnce(t *testing.T) {
	const seats, before = 620, 3
	in := input{Plan: "p", Queues: []string{"q"}, Seats: make([]shape, seats), Results: make([]result, before)}
	for i := range in.Seats {
		in.Seats[i].Models = 1
	}
	env := play(t, in, func(context.Context, question) (outcome, error) { return good(), nil })
	heard := map[int]bool{}
	for from := 0; ; {
		value, err := env.QueryWorkflow(progressQuery, from)
		if err != nil {
			t.Fatal(err)
		}
		var p progress
		if err := value.Get(&p); err != nil {
			t.Fatal(err)
		}
		if len(p.Ended) == 0 {
			break
		}
		from += len(p.Ended)
		for _, e := range p.Ended {
			if heard[e.Seat] || e.Result.Final != (e.Seat >= before) {
				t.Fatalf("%+v, heard before: %t", e, heard[e.Seat])
			}
			heard[e.Seat] = true
		}
	}
	if len(heard) != seats {
		t.Errorf("heard of %d seats", len(heard))
	}
	for _, from := range []int{-1, seats + 1} {
		if _, err := env.QueryWorkflow(progressQuery, from); err != nil {
			t.Errorf("from %d: %v", from, err)
		}
	}
}

// TestTheWorkflowReplaysWhatOlderVersionsHaveBegun holds the code to histories that were
// recorded on a real server: a review that is under way while workers are replaced goes on.
func TestTheWorkflowReplaysWhatOlderVersionsHaveBegun(t *testing.T) {
	files, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".history.json") {
			continue
		}
		n++
		r := worker.NewWorkflowReplayer()
		r.RegisterWorkflowWithOptions(review, workflow.RegisterOptions{Name: reviewWorkflow})
		if err := r.ReplayWorkflowHistoryFromJSONFile(log.NewStructuredLogger(slog.New(slog.DiscardHandler)), "testdata/"+f.Name()); err != nil {
			t.Errorf("%s: %v", f.Name(), err)
		}
	}
	if n == 0 {
		t.Error("there is no recorded history")
	}
}
