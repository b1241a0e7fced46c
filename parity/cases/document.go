package cases

import (
	"bytes"
	"errors"
	"sort"

	"go.yaml.in/yaml/v3"

	"scrum/parity/jsonvalue"
	"scrum/parity/node"
)

// document reads YAML or JSON as nodes with their lines. JSON has a reader of its own:
// it may be indented with tabs, and its numbers and strings are to stay what they are.
func document(name string, data []byte) (*yaml.Node, error) {
	if trimmed := bytes.TrimLeft(data, " \t\r\n"); len(trimmed) > 0 && (trimmed[0] == '{' || trimmed[0] == '[') {
		if v, err := jsonvalue.Parse(data); err == nil {
			l := newLines(data)
			return l.node(&v), nil
		} else if trimmed[0] == '{' && bytes.HasPrefix(bytes.TrimLeft(trimmed[1:], " \t\r\n"), []byte(`"`)) {
			return nil, syntaxError(name, data, err)
		}
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, &node.Error{File: name, Msg: err.Error()}
	}
	if len(doc.Content) == 0 {
		return nil, &node.Error{File: name, Msg: "it is empty"}
	}
	return doc.Content[0], nil
}

func syntaxError(name string, data []byte, err error) error {
	var syntax *jsonvalue.SyntaxError
	if !errors.As(err, &syntax) {
		return err
	}
	return &node.Error{File: name, Line: newLines(data).of(syntax.Offset), Msg: "it is no JSON: " + syntax.Msg}
}

// lines are the offsets at which lines begin.
type lines []int

func newLines(data []byte) lines {
	out := lines{0}
	for i, c := range data {
		if c == '\n' {
			out = append(out, i+1)
		}
	}
	return out
}

func (l lines) of(offset int) int {
	return sort.Search(len(l), func(i int) bool { return l[i] > offset })
}

// node makes a YAML node of a JSON value.
func (l lines) node(v *jsonvalue.Value) *yaml.Node {
	n := &yaml.Node{Line: l.of(int(v.Offset)), Value: v.Text}
	switch v.Kind {
	case jsonvalue.Object:
		n.Kind, n.Tag = yaml.MappingNode, "!!map"
		for i := range v.Members {
			m := &v.Members[i]
			value := l.node(&m.Value)
			n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: m.Name, Line: value.Line}, value)
		}
	case jsonvalue.Array:
		n.Kind, n.Tag = yaml.SequenceNode, "!!seq"
		for i := range v.Items {
			n.Content = append(n.Content, l.node(&v.Items[i]))
		}
	default:
		n.Kind, n.Tag = yaml.ScalarNode, scalarTag(v)
	}
	return n
}

func scalarTag(v *jsonvalue.Value) string {
	switch v.Kind {
	case jsonvalue.Null:
		return "!!null"
	case jsonvalue.Bool:
		return "!!bool"
	case jsonvalue.Number:
		return "!!float"
	}
	return "!!str"
}

// get gives the value of a key of a mapping, nil when it is not there.
func get(n *yaml.Node, keys ...string) *yaml.Node {
	for _, key := range keys {
		if n = node.Resolved(n); n.Kind != yaml.MappingNode {
			return nil
		}
		var found *yaml.Node
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == key {
				found = node.Resolved(n.Content[i+1])
				break
			}
		}
		if found == nil {
			return nil
		}
		n = found
	}
	return n
}

// textOf gives the text below keys, "" when there is none.
func textOf(n *yaml.Node, keys ...string) string {
	if v := get(n, keys...); v != nil && v.Kind == yaml.ScalarNode && v.ShortTag() != "!!null" {
		return v.Value
	}
	return ""
}
