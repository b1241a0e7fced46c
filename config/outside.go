package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

const envPrefix = "SCRUM_"

// SCRUM_FORCE_OVERSIZE overrides a guard for one run. The command reads it; it is
// no setting that a file could carry along.
const envForce = envPrefix + "FORCE_OVERSIZE"

// readEnv reads the SCRUM_ variables. An empty one counts as not set.
func readEnv(environ []string, s *spec) (layer, []string) {
	set := map[string]string{}
	for _, kv := range environ {
		if name, value, ok := strings.Cut(kv, "="); ok && strings.HasPrefix(name, envPrefix) && name != envForce {
			set[name] = value
		}
	}
	known := map[string]key{}
	for _, k := range s.settings("") {
		known[variable(k.name)] = k
	}
	r := newReader("")
	var warnings []string
	for _, name := range slices.Sorted(maps.Keys(set)) {
		k, ok := known[name]
		switch {
		case !ok:
			warnings = append(warnings, unknownVariable(name, known))
		case set[name] != "":
			r.source = "environment variable " + name
			r.set(k, written(set[name], k.spec))
		}
	}
	return r.layer, warnings
}

// variable is the environment variable that sets a key.
func variable(key string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

func unknownVariable(name string, known map[string]key) string {
	msg := fmt.Sprintf("the environment variable %s sets nothing", shortName(name))
	bare := func(name string) string { return strings.TrimPrefix(name, envPrefix) }
	var candidates []string
	for _, k := range slices.Sorted(maps.Keys(known)) {
		candidates = append(candidates, bare(k))
	}
	if near := Nearest(bare(name), candidates); near != "" {
		msg += "; did you mean " + envPrefix + near + "?"
	}
	return msg
}

// written makes a node of a value as people write it outside of a file: a list
// with commas between its parts.
func written(value string, s *spec) *yaml.Node {
	if s.shape == list {
		n := &yaml.Node{Kind: yaml.SequenceNode}
		for part := range strings.SplitSeq(value, ",") {
			n.Content = append(n.Content, written(strings.TrimSpace(part), s.elem))
		}
		return n
	}
	n := &yaml.Node{Kind: yaml.ScalarNode, Value: value}
	if s.shape == text {
		n.Tag = "!!str"
	}
	return n
}

// readFlags reads what the command's flags set.
func readFlags(flags map[string]any, s *spec) layer {
	known := map[string]key{}
	for _, k := range s.settings("") {
		known[k.name] = k
	}
	r := newReader("command line")
	for _, name := range slices.Sorted(maps.Keys(flags)) {
		k, ok := known[name]
		if !ok {
			r.complain(0, name, fmt.Sprintf("no flag can set %q", name))
			continue
		}
		n := &yaml.Node{}
		if value, ok := flags[name].(string); ok {
			n = written(value, k.spec)
		} else if err := n.Encode(flags[name]); err != nil {
			r.complain(0, name, fmt.Sprintf("%s cannot be set to a %T", name, flags[name]))
			continue
		}
		r.set(k, n)
	}
	return r.layer
}

// set keeps one value of a dotted key.
func (r *reader) set(k key, n *yaml.Node) {
	v, ok := r.value(n, k.spec, k.name)
	if !ok {
		return
	}
	into := r.layer.values
	parts := strings.Split(k.name, ".")
	for _, p := range parts[:len(parts)-1] {
		below, ok := into[p].(map[string]any)
		if !ok {
			below = map[string]any{}
			into[p] = below
		}
		into = below
	}
	into[parts[len(parts)-1]] = v
	r.layer.places[k.name] = place{source: r.source}
}
