package eval

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"scrum/config"
)

// page reads one YAML file strictly, and collects what is wrong with it.
type page struct {
	file     string
	problems Problems
}

func (p *page) wrong(line int, format string, args ...any) {
	p.problems = append(p.problems, Problem{p.file, line, fmt.Sprintf(format, args...)})
}

// top is the one document of the file; nil when there is none to read.
func (p *page) top(data []byte) *yaml.Node {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		p.wrong(0, "it is empty")
		return nil
	case err != nil:
		p.wrong(0, "it is not YAML: %s", strings.TrimPrefix(err.Error(), "yaml: "))
		return nil
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		p.wrong(0, "it holds more than one YAML document")
		return nil
	}
	return doc.Content[0]
}

// mapping gives the values by their keys; what is not known, or stands there
// twice, is wrong.
func (p *page) mapping(n *yaml.Node, known ...string) map[string]*yaml.Node {
	if n.Kind != yaml.MappingNode {
		p.wrong(n.Line, "here must be a mapping with the keys %s", strings.Join(known, ", "))
		return nil
	}
	out := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		near := config.Nearest(key.Value, known)
		switch {
		case len(known) > 0 && !slices.Contains(known, key.Value) && near != "":
			p.wrong(key.Line, "unknown key %.60q; did you mean %s?", key.Value, near)
		case len(known) > 0 && !slices.Contains(known, key.Value):
			p.wrong(key.Line, "unknown key %.60q; known are %s", key.Value, strings.Join(known, ", "))
		case out[key.Value] != nil:
			p.wrong(key.Line, "%.60q stands here a second time", key.Value)
		default:
			out[key.Value] = n.Content[i+1]
		}
	}
	return out
}

// text reads a value that is one line or several; nil is "".
func (p *page) text(n *yaml.Node, key string) string {
	if n == nil {
		return ""
	}
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" || strings.TrimSpace(n.Value) == "" {
		p.wrong(n.Line, "%s must be a text", key)
		return ""
	}
	return strings.TrimSpace(n.Value)
}

// number reads a whole number that is at least the least; nil is the default.
func (p *page) number(n *yaml.Node, key string, least, otherwise int) int {
	if n == nil {
		return otherwise
	}
	v, err := strconv.Atoi(n.Value)
	if n.Kind != yaml.ScalarNode || n.Tag != "!!int" || err != nil || v < least {
		p.wrong(n.Line, "%s must be a whole number, at least %d", key, least)
		return otherwise
	}
	return v
}

// texts reads a list of texts.
func (p *page) texts(n *yaml.Node, key string) []string {
	if n == nil {
		return nil
	}
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		p.wrong(n.Line, "%s must be a list of texts", key)
		return nil
	}
	var out []string
	for _, item := range n.Content {
		if s := p.text(item, key); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// one reads a text that is one of a few.
func (p *page) one(n *yaml.Node, key string, of ...string) string {
	s := p.text(n, key)
	if s != "" && !slices.Contains(of, s) {
		p.wrong(n.Line, "%s is %s, not %.60q", key, strings.Join(of, " or "), s)
	}
	return s
}
