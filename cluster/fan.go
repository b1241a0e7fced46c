package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"golang.org/x/sync/errgroup"

	"scrum/prompts"
	"scrum/reviewers"
	"scrum/run"
)

// Fan asks the models of a run on the cluster, and what must stay on this machine
// (analysers, commands) here.
type Fan struct {
	Client client.Client
	Blobs  *Blobs
	// Started hears the id of each workflow, and whether it was there before.
	Started func(id string, joined bool)

	ground  run.Ground
	observe func(reviewers.Event)
	store   func(reviewers.Seat) error
}

// On gives the fan for a run.
func (f Fan) On(g run.Ground) run.Fan {
	f.ground = g
	return &f
}

// Run implements run.Fan. A seat whose workflow cannot be reached any more has failed with
// the reason; the workflow itself goes on, and the same submission finds it again.
func (f *Fan) Run(ctx context.Context, seats []reviewers.Seat) []reviewers.Seat {
	here, there := f.split(seats)
	defer f.share(here)()
	out := slices.Clone(seats)
	var wg sync.WaitGroup
	wg.Go(func() {
		for i, s := range f.ground.Panel.Run(ctx, pick(seats, here)) {
			out[here[i]] = s
		}
	})
	wg.Go(func() { f.ask(ctx, out, there) })
	wg.Wait()
	return out
}

// share lets the cluster's seats be told and stored beside those of this machine's panel,
// still one at a time, which the panel promises, and each under its own number.
func (f *Fan) share(here []int) (restore func()) {
	p := f.ground.Panel
	observe, store := p.Observe, p.Store
	var telling, storing sync.Mutex
	f.observe = func(e reviewers.Event) {
		telling.Lock()
		defer telling.Unlock()
		if observe != nil {
			observe(e)
		}
	}
	f.store = func(s reviewers.Seat) error {
		storing.Lock()
		defer storing.Unlock()
		if store == nil {
			return nil
		}
		return store(s)
	}
	p.Store = f.store
	p.Observe = func(e reviewers.Event) {
		e.Seat = here[e.Seat]
		f.observe(e)
	}
	return func() { p.Observe, p.Store = observe, store }
}

func pick(seats []reviewers.Seat, which []int) []reviewers.Seat {
	out := make([]reviewers.Seat, len(which))
	for i, n := range which {
		out[i] = seats[n]
	}
	return out
}

// Begin starts the review of the seats that can be asked elsewhere and waits for nothing;
// how many they are. The same seats given to Run join it.
func (f Fan) Begin(ctx context.Context, g run.Ground, seats []reviewers.Seat) (int, error) {
	f.ground = g
	_, there := f.split(seats)
	if len(there) == 0 {
		return 0, nil
	}
	w := &work{fan: &f, seats: seats, there: there}
	in, err := w.submit(ctx)
	if err != nil {
		return 0, err
	}
	_, err = w.start(ctx, in)
	return len(there), err
}

// split tells which seats are asked here: those that have an answer, and those that
// cannot go elsewhere.
func (f *Fan) split(seats []reviewers.Seat) (here, there []int) {
	for i, s := range seats {
		if s.State != "" || len(f.ground.Models(s.Member)) == 0 {
			here = append(here, i)
		} else {
			there = append(there, i)
		}
	}
	return here, there
}

// ask brings the seats at the given places to their states.
func (f *Fan) ask(ctx context.Context, seats []reviewers.Seat, there []int) {
	if len(there) == 0 {
		return
	}
	w := &work{fan: f, seats: seats, there: there}
	if err := w.do(ctx); err != nil {
		for _, i := range there {
			if s := &seats[i]; s.State == "" {
				s.Lineage = s.Member.Lineage
				s.State, s.Err = reviewers.Failed, err
				if errors.Is(err, reviewers.ErrInterrupted) {
					s.State = reviewers.Skipped
				}
				w.tell(i)
			}
		}
	}
}

// work is one plan on the cluster.
type work struct {
	fan    *Fan
	seats  []reviewers.Seat
	there  []int
	plan   plan
	blobs  map[string][]byte // that the plan speaks of, by digest
	filled []bool            // of the seats that are there

	// All reviewers of a bundle get the same request, and the same halves of it.
	known  map[string]string // blobs of requests by bundle
	halved map[string][]prompts.Request
}

// blobsAtOnce is how many blobs are read or written at the same time: a store that is far
// away takes some ten milliseconds for each.
const blobsAtOnce = 16

func (w *work) do(ctx context.Context) error {
	in, err := w.submit(ctx)
	if err != nil {
		return stopped(ctx, err)
	}
	handle, err := w.start(ctx, in)
	if err != nil {
		return stopped(ctx, err)
	}
	results, err := w.results(ctx, handle, in.Plan)
	if err != nil {
		return stopped(ctx, err)
	}
	return stopped(ctx, w.fillRest(ctx, in.Plan, results))
}

// stopped names an interruption as what it is.
func stopped(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("%w: the cluster goes on; submit the same again for the result", reviewers.ErrInterrupted)
	}
	return err
}

// submit puts all that the workers need into the blob store.
func (w *work) submit(ctx context.Context) (input, error) {
	digest, err := w.planAll()
	if err != nil {
		return input{}, err
	}
	if err := w.upload(ctx); err != nil {
		return input{}, err
	}
	w.filled = make([]bool, len(w.there))
	in := input{Plan: digest, Deadline: w.plan.Rules.Deadline}
	queues := &names{}
	for _, s := range w.plan.Seats {
		in.Seats = append(in.Seats, s.shape(queues))
	}
	in.Queues = queues.list
	return in, nil
}

// planAll makes the plan and the blobs of it, and gives the plan's digest.
func (w *work) planAll() (digest string, err error) {
	w.plan = plan{Format: planID, Rules: w.fan.ground.Rules()}
	w.blobs, w.known, w.halved = map[string][]byte{}, map[string]string{}, map[string][]prompts.Request{}
	for _, i := range w.there {
		s, err := w.planned(w.seats[i])
		if err != nil {
			return "", err
		}
		w.plan.Seats = append(w.plan.Seats, s)
	}
	return w.blob(w.plan)
}

func (w *work) planned(s reviewers.Seat) (seat, error) {
	out, err := w.asked(s)
	if err != nil {
		return seat{}, err
	}
	halves, ok := w.halved[s.Bundle]
	if !ok {
		if halves, err = w.fan.ground.Halves(s.Bundle); err != nil {
			return seat{}, err
		}
		w.halved[s.Bundle] = halves
	}
	for _, r := range halves {
		h, err := w.planned(reviewers.Seat{Bundle: r.Bundle, Member: s.Member, Request: r})
		if err != nil {
			return seat{}, err
		}
		out.Halves = append(out.Halves, h)
	}
	return out, nil
}

func (w *work) asked(s reviewers.Seat) (out seat, err error) {
	digest, ok := w.known[s.Request.Bundle]
	if !ok {
		if digest, err = w.blob(s.Request); err != nil {
			return seat{}, err
		}
		w.known[s.Request.Bundle] = digest
	}
	return seat{Bundle: s.Bundle, Request: digest, Key: w.fan.ground.Key(s), Models: w.fan.ground.Models(s.Member)}, nil
}

func (w *work) blob(v any) (digest string, err error) {
	data, err := encode(v)
	if err != nil {
		return "", err
	}
	digest = digestOf(data)
	w.blobs[digest] = data
	return digest, nil
}

func (w *work) upload(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(blobsAtOnce)
	for _, data := range w.blobs {
		g.Go(func() error {
			_, err := w.fan.Blobs.Add(ctx, data)
			return err
		})
	}
	w.blobs = nil
	return g.Wait() //nolint:wrapcheck // of the blob store, which says what it did
}

// start begins the workflow, or joins the one that does the same already. One that has
// ended with a final answer of every seat is not done again.
func (w *work) start(ctx context.Context, in input) (client.WorkflowRun, error) {
	id := workflowID(in.Plan)
	handle, err := w.fan.Client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: id, TaskQueue: orchestration,
		WorkflowIDConflictPolicy:                 enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowIDReusePolicy:                    enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		StaticSummary:                            fmt.Sprintf("%d seats", len(in.Seats)),
	}, reviewWorkflow, in)
	var there *serviceerror.WorkflowExecutionAlreadyStarted
	joined := errors.As(err, &there)
	if joined {
		handle, err = w.fan.Client.GetWorkflow(ctx, id, ""), nil
	}
	if err != nil {
		return nil, fmt.Errorf("starting the review on the cluster: %w", err)
	}
	if w.fan.Started != nil {
		w.fan.Started(id, joined)
	}
	return handle, nil
}

func workflowID(plan string) string { return reviewWorkflow + "-" + plan[:32] }

// results waits for the workflow's end, and takes in what is done meanwhile.
func (w *work) results(ctx context.Context, handle client.WorkflowRun, plan string) ([]result, error) {
	following, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { defer close(done); w.follow(following, handle.GetID(), plan) }()
	var results []result
	err := handle.Get(ctx, &results)
	stop()
	<-done
	var app *temporal.ApplicationError
	if errors.As(err, &app) && app.Type() == errIncomplete {
		err = app.Details(&results)
	}
	if err != nil {
		return nil, fmt.Errorf("waiting for the review on the cluster: %w", err)
	}
	if len(results) != len(w.there) {
		return nil, fmt.Errorf("the cluster has answered for %d seats of %d", len(results), len(w.there))
	}
	return results, nil
}

// follow asks now and then which seats are done, and takes them in. That nobody answers is
// no news, and what cannot be taken in now is tried again at the end.
func (w *work) follow(ctx context.Context, id, plan string) {
	for _, i := range w.there {
		w.fan.observe(w.seats[i].Told(i, reviewers.Queued))
	}
	t := time.NewTicker(2 * time.Second)
	defer t.Stop()
	for from := 0; ; {
		select {
		case <-t.C:
		case <-ctx.Done():
			return
		}
		value, err := w.fan.Client.QueryWorkflow(ctx, id, "", progressQuery, from)
		var p progress
		if err != nil || value.Get(&p) != nil {
			continue
		}
		from += len(p.Ended)
		for _, e := range p.Ended {
			if e.Seat >= 0 && e.Seat < len(w.there) && !w.filled[e.Seat] {
				w.filled[e.Seat] = w.fill(ctx, plan, e.Seat, e.Result) == nil
			}
		}
	}
}

func (w *work) fillRest(ctx context.Context, plan string, results []result) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(blobsAtOnce)
	for n, r := range results {
		if !w.filled[n] {
			g.Go(func() error { return w.fill(ctx, plan, n, r) })
		}
	}
	return g.Wait() //nolint:wrapcheck // of this package
}

// fill reads how a seat has ended and takes it into the run.
func (w *work) fill(ctx context.Context, plan string, n int, r result) error {
	i, path := w.there[n], []int{n}
	s := &w.seats[i]
	end, err := w.read(ctx, plan, path, *s, r)
	if err != nil {
		return err
	}
	if err := w.halves(ctx, plan, &end, path, r); err != nil {
		return err
	}
	*s = end
	if err := w.fan.store(*s); err != nil {
		s.State, s.Err = reviewers.Failed, fmt.Errorf("storing the answer of %s on %s: %w", s.Member.Name, s.Bundle, err)
	}
	w.tell(i)
	return nil
}

// halves takes in the second try on two halves, as the panel of this process would have
// made it.
func (w *work) halves(ctx context.Context, plan string, s *reviewers.Seat, path []int, r result) error {
	if len(r.Halves) == 0 {
		return nil
	}
	halves, err := w.fan.ground.Panel.Halve(*s)
	if err != nil {
		return err
	}
	if len(halves) != len(r.Halves) {
		return fmt.Errorf("the cluster has halved %s otherwise than this machine would", s.Bundle)
	}
	for n := range halves {
		at := slices.Concat(path, []int{n})
		h, err := w.read(ctx, plan, at, halves[n], r.Halves[n])
		if err != nil {
			return err
		}
		if err := w.halves(ctx, plan, &h, at, r.Halves[n]); err != nil {
			return err
		}
		if err := w.fan.store(h); err != nil {
			return err
		}
		halves[n] = h
		s.Latency += h.Latency
	}
	s.Halves = halves
	s.Join()
	return nil
}

// read puts together what the models of a seat have said: the answer of the one that has
// answered, else all errors and the longest part of an answer.
func (w *work) read(ctx context.Context, plan string, path []int, s reviewers.Seat, r result) (reviewers.Seat, error) {
	var kept []run.StoredSeat
	var failures []string
	for m := range r.Models {
		if m < len(r.Errors) && r.Errors[m] != "" {
			failures = append(failures, r.Errors[m])
			continue
		}
		data, err := w.fan.Blobs.Get(ctx, resultName(plan, path, m))
		if errors.Is(err, ErrNoBlob) {
			return s, fmt.Errorf("%w: the review was made, but its answers are gone; temporal workflow delete -w %s lets it be made again (the store must keep results/ for longer than the server keeps workflows)", err, workflowID(plan))
		}
		if err != nil {
			return s, err
		}
		k, err := decode[run.StoredSeat](data)
		if err != nil {
			return s, err
		}
		kept = append(kept, k)
		if k.Error != "" {
			failures = append(failures, k.Error)
		}
	}
	if len(kept) == 0 {
		s.Lineage, s.State, s.Err = s.Member.Lineage, reviewers.Failed, errors.New(strings.Join(failures, "; then "))
		return s, nil
	}
	last := kept[len(kept)-1]
	if last.Final() {
		return answered(last, s), nil
	}
	longest := last
	for _, k := range kept {
		if len(k.Text) > len(longest.Text) {
			longest = k
		}
	}
	longest.Error = strings.Join(failures, "; then ")
	longest.Attempts, longest.PromptTokens, longest.CompletionTokens, longest.CostUSD = last.Attempts, last.PromptTokens, last.CompletionTokens, last.CostUSD
	return answered(longest, s), nil
}

func answered(kept run.StoredSeat, s reviewers.Seat) reviewers.Seat {
	out := kept.Answered(s.Member, s.Request)
	out.Bundle = s.Bundle
	if out.Request.Bundle == "" {
		out.Request = prompts.Request{Bundle: s.Bundle}
	}
	return out
}

func (w *work) tell(i int) { w.fan.observe(w.seats[i].Told(i, reviewers.Done)) }
