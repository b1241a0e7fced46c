package parity

import (
	"context"
	"fmt"
	"slices"

	"scrum/parity/cases"
	"scrum/parity/compare"
	"scrum/parity/exchange"
	"scrum/parity/jqpath"
)

// noise is what the reference does not answer twice alike.
type noise struct {
	plain compare.Rules // of the case
	rules compare.Rules // and those that noise makes
	found []*compare.Difference
}

// noise asks the reference again, and compares it with itself. A case that changes
// state is not repeated: its second answer is to another question.
func (r *runner) noise(ctx context.Context, c *cases.Case, filled *cases.Case, first *exchange.Answer, rules compare.Rules) (*noise, error) {
	n := &noise{plain: rules, rules: rules}
	if c.Mutates() && r.spec.isolation(c) != cases.Idempotent {
		return n, nil
	}
	var all compare.List
	for again := 1; again < r.spec.Repeat; again++ {
		r.count(1)
		a, err := r.client.Send(ctx, r.spec.Targets[0], filled)
		if err != nil {
			return nil, err
		}
		side := compare.Side{Target: r.spec.Targets[0], Answer: first}
		out, err := r.compareTwo(side, compare.Side{Target: r.spec.Targets[0], Answer: a}, rules)
		a.Body.Close()
		if err != nil {
			return nil, err
		}
		all.Merge(out.Differences)
	}
	n.found = all.All()
	n.rules = slices.Concat(rules, rulesOf(n.found))
	return n, nil
}

// rulesOf makes rules of noise: a value that changes by itself only keeps its kind, an
// array in changing order has none.
func rulesOf(found []*compare.Difference) compare.Rules {
	var out compare.Rules
	for _, d := range found {
		do := compare.TypeOnly
		switch d.Class {
		case compare.ClassOrder:
			do = compare.Multiset
		case compare.ClassNumber, compare.ClassNumberSpelt, compare.ClassText, compare.ClassBool:
		default:
			continue
		}
		if p, err := jqpath.Parse(d.Path); err == nil && d.InBody() {
			out = append(out, &compare.Rule{Path: p, Do: do, Reason: "noise"})
		}
	}
	return out
}

func (n *noise) list(name string) []Noise {
	var out []Noise
	for _, d := range n.found {
		out = append(out, Noise{Case: name, Class: d.Class, Path: d.Path, Types: d.Types, Reference: d.Reference, Again: d.Other})
	}
	return out
}

// quietly compares without counting noise. In the list it notes what of the noise the
// target shows, too. It says why nothing can be told of answers that noise covers whole.
func (r *runner) quietly(reference, other compare.Side, n *noise, list []Noise) (out compare.Outcome, quiet string, err error) {
	out, err = r.compareTwo(reference, other, n.plain)
	if err != nil || len(n.found) == 0 || len(out.Differences) == 0 {
		return out, "", err
	}
	shown := out.Differences
	if out, err = r.compareTwo(reference, other, n.rules); err != nil {
		return out, "", err
	}
	for i, f := range n.found {
		same := func(d *compare.Difference) bool { return d.Signature() == f.Signature() }
		if !slices.ContainsFunc(shown, same) {
			continue
		}
		list[i].Targets = append(list[i].Targets, other.Target.Name)
		out.Differences = slices.DeleteFunc(out.Differences, same)
		out.Layers[f.Layer] = compare.Noisy
		if !f.InBody() && f.Class != compare.ClassHeader {
			quiet = fmt.Sprintf("the reference does not answer twice alike (%s), and no part of that can be told from noise", f.Path)
		}
	}
	for _, d := range out.Differences { // a layer with one that counts differs
		out.Layers[d.Layer] = compare.Differs
	}
	return out, quiet, nil
}
