package parity

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"scrum/parity/cases"
	"scrum/parity/node"
)

// checkNames holds names to being one case's each.
func checkNames(list []cases.Case) error {
	r := node.Reader{}
	first := map[string]*cases.Case{}
	for i := range list {
		c := &list[i]
		if f := first[c.Name]; f != nil {
			r.Join(c.Errorf("case %s stands here a second time; the first is at %s:%d", node.Quote(c.Name), f.File, f.Line))
			continue
		}
		first[c.Name] = c
	}
	return r.Err()
}

// checkCaptures holds every {{name}} to being captured by one case, and not by one
// that waits for it.
func checkCaptures(list []cases.Case) error {
	r := node.Reader{}
	sources := map[string]*cases.Case{}
	var names []string
	for i := range list {
		for _, capture := range list[i].Capture {
			if f := sources[capture.Name]; f != nil {
				r.Join(list[i].Errorf("capture %s is taken a second time; the first is in case %s at %s:%d", capture.Name, node.Quote(f.Name), f.File, f.Line))
			}
			sources[capture.Name] = &list[i]
			names = append(names, capture.Name)
		}
	}
	for i := range list {
		for _, use := range list[i].Uses {
			if sources[use] == nil {
				r.Join(list[i].Errorf("case %s needs {{%s}}, which no case captures%s", node.Quote(list[i].Name), use, suggestion(use, names)))
			}
		}
	}
	if r.Err() == nil {
		_, err := ordered(list)
		r.Join(err)
	}
	return r.Err()
}

func suggestion(use string, names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "; " + node.Hint(use, names)
}

// ordered gives the indices of the cases so that each stands behind those whose
// captures it needs, and otherwise as in the file.
func ordered(list []cases.Case) ([]int, error) {
	source := map[string]int{}
	for i := range list {
		for _, c := range list[i].Capture {
			source[c.Name] = i
		}
	}
	state := make([]int, len(list)) // 1: being placed, 2: placed
	var out []int
	var place func(i int) error
	place = func(i int) error {
		switch state[i] {
		case 1:
			return list[i].Errorf("case %s needs a capture that needs this case first", node.Quote(list[i].Name))
		case 2:
			return nil
		}
		state[i] = 1
		for _, use := range list[i].Uses {
			if err := place(source[use]); err != nil {
				return err
			}
		}
		state[i] = 2
		out = append(out, i)
		return nil
	}
	for i := range list {
		if err := place(i); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// choose keeps the cases that a glob names, and those whose captures they need.
func choose(list []cases.Case, globs []string) ([]cases.Case, error) {
	if len(globs) == 0 {
		return list, nil
	}
	wanted := map[string]bool{}
	found := make([]bool, len(globs))
	for i := range list {
		for g, glob := range globs {
			if named(glob, list[i].Name) {
				found[g] = true
				want(list, i, wanted)
			}
		}
	}
	if missing := slices.Index(found, false); missing >= 0 {
		var names []string
		for i := range list {
			names = append(names, list[i].Name)
		}
		return nil, fmt.Errorf("no case is named %s; %s", node.Quote(globs[missing]), node.Hint(globs[missing], names))
	}
	return slices.DeleteFunc(slices.Clone(list), func(c cases.Case) bool { return !wanted[c.Name] }), nil
}

// named tells whether a glob stands for a name, in which slashes are like any letter.
func named(glob, name string) bool {
	if glob == name {
		return true
	}
	slashless := strings.NewReplacer("/", "\x00")
	ok, err := doublestar.Match(slashless.Replace(glob), slashless.Replace(name))
	return err == nil && ok
}

func want(list []cases.Case, i int, wanted map[string]bool) {
	if wanted[list[i].Name] {
		return
	}
	wanted[list[i].Name] = true
	for _, use := range list[i].Uses {
		for j := range list {
			if slices.ContainsFunc(list[j].Capture, func(c cases.Capture) bool { return c.Name == use }) {
				want(list, j, wanted)
			}
		}
	}
}

// stages cuts the ordered cases into runs of cases that may go side by side. A case
// that changes state has a stage of its own; one that needs a capture is in a later
// stage than its source.
func (s *Spec) stages(list []cases.Case) ([][]int, error) {
	order, err := ordered(list)
	if err != nil {
		return nil, err
	}
	source := map[string]int{} // capture → stage of its case
	var out [][]int
	floor := 0 // no case may go before this stage
	for _, i := range order {
		c := &list[i]
		at := floor
		for _, use := range c.Uses {
			at = max(at, source[use]+1)
		}
		alone := c.Mutates() && s.isolation(c) != cases.Idempotent
		if alone {
			at = len(out)
			floor = at + 1
		}
		for len(out) <= at {
			out = append(out, nil)
		}
		out[at] = append(out[at], i)
		for _, capture := range c.Capture {
			source[capture.Name] = at
		}
	}
	return slices.DeleteFunc(out, func(stage []int) bool { return len(stage) == 0 }), nil
}
