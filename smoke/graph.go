package smoke

import (
	"fmt"
	"slices"
)

// node is a service or a step as the graph sees it.
type node struct {
	name  string
	line  int
	needs []string
}

func (s *Spec) nodes() []node {
	var out []node
	for _, v := range s.Services {
		out = append(out, node{v.Name, v.Line, v.Needs})
	}
	for _, v := range s.Steps {
		out = append(out, node{v.Name, v.Line, v.Needs})
	}
	return out
}

// SelectionError is a step or tag that was asked for and does not exist, or a file
// without any step.
type SelectionError struct{ text string }

func (e *SelectionError) Error() string { return e.text }

// Select names the steps that carry one of the tags and are among only, with all that
// they need, in the order of the file. Empty lists take every step.
func (s *Spec) Select(tags, only []string) (map[string]bool, error) {
	if len(s.Steps) == 0 {
		return nil, &SelectionError{fmt.Sprintf("%s has no smoke.steps: there is nothing to do", s.File)}
	}
	if err := s.known(tags, only); err != nil {
		return nil, err
	}
	selected := map[string]bool{}
	for _, v := range s.Steps {
		wanted := len(only) == 0 || slices.Contains(only, v.Name)
		tagged := len(tags) == 0 || slices.ContainsFunc(tags, func(t string) bool { return slices.Contains(v.Tags, t) })
		if wanted && tagged {
			s.include(v.Name, selected)
		}
	}
	if len(selected) == 0 {
		return nil, &SelectionError{"no step has both a name and a tag that were asked for"}
	}
	return selected, nil
}

// known holds that a slip in a name does not select nothing.
func (s *Spec) known(tags, only []string) error {
	var names, allTags []string
	for _, v := range s.Steps {
		names = append(names, v.Name)
		allTags = append(allTags, v.Tags...)
	}
	for _, name := range only {
		if !slices.Contains(names, name) {
			return &SelectionError{unknown("step", shown(name), name, names)}
		}
	}
	for _, tag := range tags {
		if !slices.Contains(allTags, tag) {
			return &SelectionError{unknown("tag", shown(tag), tag, unique(allTags))}
		}
	}
	return nil
}

func (s *Spec) include(name string, selected map[string]bool) {
	if selected[name] {
		return
	}
	selected[name] = true
	for _, n := range s.nodes() {
		if n.name == name {
			for _, need := range n.needs {
				s.include(need, selected)
			}
		}
	}
}
