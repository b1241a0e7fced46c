package parity

import (
	"context"
	"slices"

	"scrum/parity/cases"
	"scrum/parity/compare"
	"scrum/parity/exchange"
	"scrum/parity/jqpath"
)

// noise is what the reference does not answer twice alike.
type noise struct {
	rules compare.Rules // those of the case, then those that noise makes
	found []*compare.Difference
}

// noise asks the reference again, and compares it with itself. A case that changes
// state is not repeated: its second answer is to another question.
func (r *runner) noise(ctx context.Context, c *cases.Case, filled *cases.Case, first *exchange.Answer, rules compare.Rules) (*noise, error) {
	n := &noise{rules: rules}
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

// filter takes differences out that are noise, and notes in the list where they were
// found. It says why nothing can be told of the answers when noise covers them whole.
func (n *noise) filter(target string, out *compare.Outcome, list []Noise) (quiet string) {
	out.Differences = slices.DeleteFunc(out.Differences, func(d *compare.Difference) bool {
		for i, f := range n.found {
			if f.Signature() == d.Signature() {
				list[i].Targets = append(list[i].Targets, target)
				out.Layers[d.Layer] = compare.Noisy
				if !d.InBody() && d.Class != compare.ClassHeader {
					quiet = "the reference does not answer twice alike, in its " + d.Path + " (" + string(d.Class) + "), and no part of that can be told from noise"
				}
				return true
			}
		}
		return false
	})
	for _, d := range out.Differences { // a layer with one that counts differs
		out.Layers[d.Layer] = compare.Differs
	}
	return quiet
}
