package parity

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"scrum/parity/cases"
	"scrum/parity/compare"
	"scrum/parity/exchange"
	"scrum/parity/jsonvalue"
	"scrum/parity/node"
)

// Options are what a run needs besides its specification.
type Options struct {
	Cases       []string // globs; none for all
	ToolVersion string
	Commit      string
	Dirty       bool
	KeepAll     bool // bodies and requests also of cases that match
	TLS         *tls.Config
	Now         func() time.Time
	Observe     func(done, total int, c *Case) // called by one goroutine at a time; may be nil
}

// memoryBody is how much of a body is held in memory.
const memoryBody = 1 << 20

// Run sends the cases of a loaded specification and compares the answers. A mistake
// in the choice of cases is a *node.Error; a target that cannot be reached and a case
// that cannot be sent are part of the result. An error is a run that did not end.
func Run(ctx context.Context, spec *Spec, opt Options) (*Result, error) {
	chosen, err := choose(spec.Cases, opt.Cases)
	if err != nil {
		return nil, &node.Error{File: spec.File, Msg: err.Error()}
	}
	stages, err := spec.stages(chosen)
	if err != nil {
		return nil, err
	}
	r := newRunner(spec, opt, chosen)
	defer r.client.Close()
	started := opt.Now()
	unreachable, err := r.reach(ctx)
	if err != nil {
		return nil, err
	}
	for _, stage := range stages {
		if len(unreachable) > 0 {
			break
		}
		if err := r.stage(ctx, stage); err != nil {
			return nil, err
		}
	}
	return r.result(started, unreachable), nil
}

// runner is the state of one run. Each case writes its own slot.
type runner struct {
	spec   *Spec
	opt    Options
	cases  []cases.Case
	client *exchange.Client
	slots  []slot
	budget atomic.Int64 // bytes that reports may still keep of bodies

	large sync.Mutex // held while bodies above a mebibyte are parsed: one pair at a time

	mu       sync.Mutex // guards what follows
	captured map[string]map[string]cases.Captured
	missing  map[string]string // capture → why a target has none
	requests int
	done     int
}

// slot is what became of a case.
type slot struct {
	Case
	noise []Noise
}

// maxKept bounds what is kept of bodies in one run.
const maxKept = 64 << 20

func newRunner(spec *Spec, opt Options, chosen []cases.Case) *runner {
	r := &runner{
		spec: spec, opt: opt, cases: chosen, slots: make([]slot, len(chosen)),
		captured: map[string]map[string]cases.Captured{}, missing: map[string]string{},
		client: exchange.NewClient(exchange.Options{
			Timeout: spec.Timeout, Concurrency: spec.Concurrency, MemoryBody: memoryBody, KeepBody: max(spec.MaxJSON, memoryBody), TLS: opt.TLS,
		}),
	}
	r.budget.Store(maxKept)
	for _, t := range spec.Targets {
		r.captured[t.Name] = map[string]cases.Captured{}
	}
	for i := range chosen {
		c := &chosen[i]
		r.slots[i].Case = Case{Name: c.Name, File: c.File, Line: c.Line, Method: c.Method, Path: cases.MaskedPath(c.Path), State: StateNotExecuted}
	}
	return r
}

// reach tells which targets nothing listens at.
func (r *runner) reach(ctx context.Context) (map[string]error, error) {
	errs := make([]error, len(r.spec.Targets))
	var g errgroup.Group
	for i, t := range r.spec.Targets {
		g.Go(func() error {
			errs[i] = t.Reach(ctx, r.spec.Timeout)
			return nil
		})
	}
	_ = g.Wait() // the errors are in their slots
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	out := map[string]error{}
	for i, t := range r.spec.Targets {
		if errs[i] != nil {
			out[t.Name] = errs[i]
		}
	}
	return out, nil
}

// stage runs cases side by side.
func (r *runner) stage(ctx context.Context, stage []int) error {
	g, ctx := errgroup.WithContext(ctx)
	var next atomic.Int64
	for range min(r.spec.Concurrency, len(stage)) {
		g.Go(func() error {
			for {
				k := int(next.Add(1)) - 1
				if k >= len(stage) {
					return nil
				}
				if err := r.one(ctx, stage[k]); err != nil {
					return err
				}
				r.observe(stage[k])
			}
		})
	}
	return g.Wait()
}

func (r *runner) observe(i int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done++
	if r.opt.Observe != nil {
		r.opt.Observe(r.done, len(r.cases), &r.slots[i].Case)
	}
}

// one runs a case: it asks every target, looks for noise, compares, captures.
func (r *runner) one(ctx context.Context, i int) error {
	c, s := &r.cases[i], &r.slots[i]
	filled, cause := r.fill(c)
	if cause != "" {
		s.Cause = cause
		r.lacks(c, "", cause)
		return nil
	}
	answers, err := r.ask(ctx, c, filled)
	defer closeAll(answers)
	if err != nil {
		return err
	}
	rules := r.spec.Rules.For(c.Name)
	noise, err := r.noise(ctx, c, filled[0], answers[0], rules)
	if err != nil {
		return err
	}
	if err := r.judge(c, s, answers, noise); err != nil {
		return err
	}
	r.capture(c, answers)
	return r.keep(s, filled[0], answers)
}

func closeAll(answers []*exchange.Answer) {
	for _, a := range answers {
		if a != nil {
			a.Body.Close()
		}
	}
}

// fill puts each target's captures into the request; cause says why that cannot be.
func (r *runner) fill(c *cases.Case) (filled []*cases.Case, cause string) {
	filled = make([]*cases.Case, len(r.spec.Targets))
	if len(c.Uses) == 0 {
		for t := range filled {
			filled[t] = c
		}
		return filled, ""
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for t, target := range r.spec.Targets {
		for _, use := range c.Uses {
			if _, ok := r.captured[target.Name][use]; !ok {
				return nil, fmt.Sprintf("{{%s}} was not captured: %s", use, r.missing[use])
			}
		}
		k := c.Fill(r.captured[target.Name])
		filled[t] = &k
	}
	return filled, ""
}

// ask sends a case to every target: side by side, or one after the other when a case
// changes a state that they share.
func (r *runner) ask(ctx context.Context, c *cases.Case, filled []*cases.Case) ([]*exchange.Answer, error) {
	answers := make([]*exchange.Answer, len(filled))
	send := func(t int) (err error) {
		answers[t], err = r.client.Send(ctx, r.spec.Targets[t], filled[t])
		return err
	}
	r.count(len(filled))
	if c.Mutates() && r.spec.isolation(c) == cases.Shared {
		for t := range filled {
			if err := send(t); err != nil {
				return answers, err
			}
		}
		return answers, nil
	}
	var g errgroup.Group
	for t := 1; t < len(filled); t++ {
		g.Go(func() error { return send(t) })
	}
	err := send(0)
	if other := g.Wait(); err == nil {
		err = other
	}
	return answers, err
}

func (r *runner) count(requests int) {
	r.mu.Lock()
	r.requests += requests
	r.mu.Unlock()
}

// judge compares every answer with the reference's.
func (r *runner) judge(c *cases.Case, s *slot, answers []*exchange.Answer, noise *noise) error {
	s.State = StateMatch
	s.noise = noise.list(c.Name)
	reference := compare.Side{Target: r.spec.Targets[0], Answer: answers[0]}
	for t := 1; t < len(answers); t++ {
		other := compare.Side{Target: r.spec.Targets[t], Answer: answers[t]}
		out, quiet, err := r.quietly(reference, other, noise, s.noise)
		if err != nil {
			return err
		}
		out.Differences = append(out.Differences, unexpected(c, answers[t])...)
		cmp := comparison(other.Target.Name, answers[0], answers[t], &out)
		s.Comparisons = append(s.Comparisons, cmp)
		s.note(&cmp, quiet)
	}
	if list := unexpected(c, answers[0]); len(list) > 0 {
		s.Comparisons = append([]Comparison{comparison(r.spec.Targets[0].Name, answers[0], answers[0], &compare.Outcome{Differences: list})}, s.Comparisons...)
		s.note(&s.Comparisons[0], "")
	}
	return nil
}

// compareTwo compares under rules. Large bodies are parsed by one goroutine at a time.
func (r *runner) compareTwo(a, b compare.Side, rules compare.Rules) (compare.Outcome, error) {
	if max(a.Answer.Body.Size(), b.Answer.Body.Size()) > memoryBody {
		r.large.Lock()
		defer r.large.Unlock()
	}
	return compare.Answers(a, b, compare.Options{Headers: r.spec.Headers, Rules: rules, MaxJSON: r.spec.MaxJSON})
}

func comparison(target string, a, b *exchange.Answer, out *compare.Outcome) Comparison {
	c := Comparison{Target: target, Match: out.Match(), Layers: out.Layers}
	if a.Took > 0 {
		c.TimeRatio = float64(b.Took) / float64(a.Took)
	}
	for _, d := range out.Differences {
		c.Differences = append(c.Differences, *d)
		c.Divergences = append(c.Divergences, d.Signature())
	}
	return c
}

// note lets a comparison count for the state of its case: a difference above all, then
// what could not be compared.
func (s *slot) note(c *Comparison, quiet string) {
	for _, sig := range c.Divergences {
		if !slices.Contains(s.Divergences, sig) {
			s.Divergences = append(s.Divergences, sig)
		}
	}
	switch {
	case len(c.Divergences) > 0:
		s.State = StateDiff
	case c.Match && quiet == "" || s.State == StateDiff:
	default:
		s.State = StateNotCompared
		if s.Cause == "" {
			s.Cause = quiet
		}
		if s.Cause == "" {
			s.Cause = "no target gave a whole answer"
		}
	}
}

// unexpected holds an answer against the statuses that the case expects.
func unexpected(c *cases.Case, a *exchange.Answer) []*compare.Difference {
	if len(c.Expect) == 0 || a.Status == 0 || slices.Contains(c.Expect, a.Status) {
		return nil
	}
	expected := strings.Trim(fmt.Sprint(c.Expect), "[]")
	got := fmt.Sprint(a.Status)
	return []*compare.Difference{{
		Layer: compare.Status, Class: compare.ClassExpectation, Path: "status", At: "status",
		Types: [2]string{expected, got}, Reference: expected + " is expected", Other: got, Count: 1,
	}}
}

// capture takes the values that later cases need.
func (r *runner) capture(c *cases.Case, answers []*exchange.Answer) {
	if len(c.Capture) == 0 {
		return
	}
	for t, target := range r.spec.Targets {
		values, why := taken(c, answers[t])
		r.mu.Lock()
		for name, v := range values {
			r.captured[target.Name][name] = v
		}
		r.mu.Unlock()
		if why != "" {
			r.lacks(c, target.Name, why)
		}
	}
}

// taken takes the captures out of an answer; why says which is not there.
func taken(c *cases.Case, a *exchange.Answer) (values map[string]cases.Captured, why string) {
	values = map[string]cases.Captured{}
	if !a.Whole() {
		return nil, "the answer is not whole: " + a.Failure.Msg
	}
	data, err := a.Body.Bytes(DefaultMaxJSON)
	if err != nil {
		return nil, err.Error()
	}
	body, syntax := jsonvalue.Parse(data)
	for _, capture := range c.Capture {
		if capture.Header != "" {
			if v := a.Header.Values(http.CanonicalHeaderKey(capture.Header)); len(v) > 0 {
				values[capture.Name] = cases.CapturedText(v[0])
				continue
			}
			why = fmt.Sprintf("the answer of status %d has no header %s", a.Status, capture.Header)
			continue
		}
		if syntax != nil {
			why = fmt.Sprintf("the body of the answer of status %d is no JSON: %v", a.Status, syntax)
			continue
		}
		v, ok := capture.Path.Find(&body)
		if !ok {
			why = fmt.Sprintf("%s is not in the answer of status %d", capture.Path, a.Status)
			continue
		}
		values[capture.Name] = cases.CapturedValue(v)
	}
	return values, why
}

// lacks remembers why the captures of a case are missing. The first reason stays.
func (r *runner) lacks(c *cases.Case, target, why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if target != "" {
		why = "target " + target + ", case " + node.Quote(c.Name) + ": " + why
	}
	for _, capture := range c.Capture {
		if r.missing[capture.Name] == "" {
			r.missing[capture.Name] = why
		}
	}
}
