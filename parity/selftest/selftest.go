// Package selftest proves on real answers that a parity run would see what it is for:
// the reference against itself gives no difference, and every kind of divergence that
// is put into its answers is found and called by its name.
package selftest

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"scrum/parity"
	"scrum/parity/compare"
	"scrum/parity/exchange"
	"scrum/parity/jsonvalue"
	"scrum/parity/mutate"
)

// Result is what the test came to.
type Result struct {
	Run       *parity.Result // the reference against itself
	Mutations []Mutation
	Problems  []string // what speaks against the test, none when it passed
}

// Mutation counts one kind of seeded divergence.
type Mutation struct {
	Name    string
	Applied int
	Found   int // called by the right name, at the right place, and nothing else
}

// maxPlaces bounds how often one kind is put into one answer.
const maxPlaces = 5

// Run does the test with the cases and the first target of a specification.
func Run(ctx context.Context, spec *parity.Spec, opt parity.Options) (*Result, error) {
	self := *spec
	reference := spec.Targets[0]
	again := reference
	again.Name = "again"
	if reference.Name == again.Name {
		again.Name = "once-more"
	}
	self.Targets = []exchange.Target{reference, again}
	opt.KeepAll = true
	run, err := parity.Run(ctx, &self, opt)
	if err != nil {
		return nil, err
	}
	r := &Result{Run: run}
	r.judgeRun()
	r.seed(reference)
	return r, nil
}

// Passed tells whether nothing speaks against it.
func (r *Result) Passed() bool { return len(r.Problems) == 0 }

func (r *Result) problem(format string, args ...any) {
	r.Problems = append(r.Problems, fmt.Sprintf(format, args...))
}

func (r *Result) judgeRun() {
	if r.Run.Verdict.ExitCode == 0 {
		return
	}
	r.problem("the reference against itself: %s", r.Run.Verdict.Reason)
	for _, d := range r.Run.Divergences {
		r.problem("the reference against itself: %s at %s in %s: %s against %s", d.Class, d.Path, d.Sample.Case, d.Sample.Reference, d.Sample.Other)
	}
}

// seed puts every mutation into every answer of JSON, and into the answers around it.
func (r *Result) seed(target exchange.Target) {
	counts := map[string]*Mutation{}
	names := append(mutate.Names(), "status", "headers", "content type", "text body", "transport")
	for _, name := range names {
		counts[name] = &Mutation{Name: name}
	}
	for i := range r.Run.Cases {
		c := &r.Run.Cases[i]
		for k := range c.Answers {
			if a := &c.Answers[k]; k == 0 && a.Failure == nil && a.Body != nil {
				r.seedBody(counts, c.Name, a)
				r.seedAnswer(counts, c.Name, target, a)
			}
		}
	}
	for _, name := range names {
		r.Mutations = append(r.Mutations, *counts[name])
		if counts[name].Applied == 0 {
			r.problem("%s could not be tried: no answer takes it", name)
		}
	}
}

func (r *Result) seedBody(counts map[string]*Mutation, name string, a *parity.Answer) {
	v, err := jsonvalue.Parse([]byte(a.Body.Text))
	if a.Body.Cut > 0 || err != nil {
		return
	}
	for _, m := range mutate.All(&v, maxPlaces) {
		found := compare.JSON(&m.Reference, &m.Mutated, nil).All()
		r.check(counts[m.Name], name, m.Class, m.Path, found)
	}
}

func (r *Result) check(count *Mutation, name string, class compare.Class, path string, found []*compare.Difference) {
	count.Applied++
	if len(found) == 1 && found[0].Class == class && found[0].Path == path {
		count.Found++
		return
	}
	var got []string
	for _, d := range found {
		got = append(got, string(d.Class)+" at "+d.Path)
	}
	r.problem("%s: %s at %s was put in, but found was %q", name, count.Name, path, got)
}

// seedAnswer changes what is around a body.
func (r *Result) seedAnswer(counts map[string]*Mutation, name string, target exchange.Target, a *parity.Answer) {
	plain := func() *exchange.Answer {
		return &exchange.Answer{Status: a.Status, Header: http.Header{"Content-Type": {"text/plain"}, "Location": {"/seeded"}}, Body: exchange.NewBody([]byte("seeded\ntext")), Took: time.Millisecond}
	}
	for _, m := range []struct {
		name   string
		class  compare.Class
		path   string
		change func(*exchange.Answer)
	}{
		{"status", compare.ClassStatus, "status", func(x *exchange.Answer) { x.Status++ }},
		{"headers", compare.ClassHeader, "header location", func(x *exchange.Answer) { x.Header.Del("Location") }},
		{"content type", compare.ClassContentType, "content type", func(x *exchange.Answer) { x.Header.Set("Content-Type", "text/html") }},
		{"text body", compare.ClassText, "body", func(x *exchange.Answer) { x.Body = exchange.NewBody([]byte("seeded\nword")) }},
		{"transport", compare.ClassTransport, "transport", func(x *exchange.Answer) {
			x.Failure = &exchange.Failure{Kind: exchange.Truncated, Msg: "seeded"}
		}},
	} {
		changed := plain()
		m.change(changed)
		out, err := compare.Answers(compare.Side{Target: target, Answer: plain()}, compare.Side{Target: target, Answer: changed},
			compare.Options{Headers: []string{"location"}, MaxJSON: parity.DefaultMaxJSON})
		if err != nil {
			r.problem("%s: %v", name, err)
			continue
		}
		r.check(counts[m.name], name, m.class, m.path, out.Differences)
	}
}

// Totals count all mutations.
func (r *Result) Totals() (applied, found int) {
	for _, m := range r.Mutations {
		applied += m.Applied
		found += m.Found
	}
	return applied, found
}

// Missed are the kinds of which not all were found.
func (r *Result) Missed() []Mutation {
	return slices.DeleteFunc(slices.Clone(r.Mutations), func(m Mutation) bool { return m.Applied > 0 && m.Found == m.Applied })
}
