package cases

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"scrum/parity/jsonvalue"
	"scrum/parity/node"
)

// maxJSONNodes bounds what aliases can multiply to.
const maxJSONNodes = 100_000

// toJSON writes a YAML value as JSON: keys in their order, numbers as they are spelt.
func toJSON(r *node.Reader, n *yaml.Node) string {
	w := jsonWriter{r: r, left: maxJSONNodes}
	w.value(n, 0)
	return string(w.out)
}

type jsonWriter struct {
	r    *node.Reader
	out  []byte
	left int
	full bool
}

func (w *jsonWriter) value(n *yaml.Node, depth int) {
	n = node.Resolved(n)
	w.left--
	if w.left < 0 || depth > jsonvalue.MaxDepth {
		if !w.full {
			w.r.Errorf(n.Line, "json has more than %d values or %d levels", maxJSONNodes, jsonvalue.MaxDepth)
		}
		w.full = true
		return
	}
	switch n.Kind {
	case yaml.MappingNode:
		w.object(n, depth)
	case yaml.SequenceNode:
		w.out = append(w.out, '[')
		for i, item := range n.Content {
			w.comma(i)
			w.value(item, depth+1)
		}
		w.out = append(w.out, ']')
	default:
		w.scalar(n)
	}
}

func (w *jsonWriter) comma(i int) {
	if i > 0 {
		w.out = append(w.out, ',')
	}
}

func (w *jsonWriter) object(n *yaml.Node, depth int) {
	w.out = append(w.out, '{')
	for i, p := range w.r.Pairs(n, "json") {
		w.comma(i)
		w.out = append(jsonvalue.AppendQuoted(w.out, p.Key), ':')
		w.value(p.Value, depth+1)
	}
	w.out = append(w.out, '}')
}

func (w *jsonWriter) scalar(n *yaml.Node) {
	switch n.ShortTag() {
	case "!!null":
		w.out = append(w.out, "null"...)
	case "!!bool":
		w.out = append(w.out, strings.ToLower(n.Value)...)
	case "!!int", "!!float":
		if v, err := jsonvalue.Parse([]byte(n.Value)); err != nil || v.Kind != jsonvalue.Number {
			w.r.Errorf(n.Line, "JSON has no number %s; write it in decimal digits, or in quotes", node.Quote(n.Value))
			return
		}
		w.out = append(w.out, n.Value...)
	default:
		w.out = jsonvalue.AppendQuoted(w.out, n.Value)
	}
}
