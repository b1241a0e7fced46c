package config

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// layer is one source of values, checked against the spec of the keys.
type layer struct {
	source   string           // "" when it has several, such as variables
	values   map[string]any   // nested as in the file; names are encoded
	places   map[string]place // of every dotted key
	problems problems
}

type problems []problem

// most is how many problems are told at once.
const most = 50

func (p problems) err() error {
	var errs []error
	for i := range p[:min(len(p), most)] {
		errs = append(errs, p[i])
	}
	if rest := len(p) - most; rest > 0 {
		errs = append(errs, problem{text: fmt.Sprintf("%s: and %d more", p[most].place.source, rest)})
	}
	return errors.Join(errs...)
}

// inOrder sorts problems as their sources are read: by layer, then by line.
func (p problems) inOrder(layers []layer) problems {
	rank := map[string]int{}
	for i, l := range layers {
		rank[l.source] = i
	}
	out := slices.Clone(p)
	slices.SortStableFunc(out, func(a, b problem) int {
		return cmp.Or(cmp.Compare(rank[a.place.source], rank[b.place.source]), cmp.Compare(a.place.line, b.place.line))
	})
	return out
}

// layers reads every source, the embedded default first.
func (src Sources) layers() (all []layer, warnings []string) {
	files := append([]File{{Name: "the built-in config.yaml", Data: Default()}}, src.Files...)
	s := root()
	for _, f := range files {
		all = append(all, readFile(f, s))
	}
	env, warnings := readEnv(src.Env, s)
	return append(all, env, readFlags(src.Flags, s)), warnings
}

func readFile(f File, s *spec) layer {
	r := newReader(f.Name)
	dec := yaml.NewDecoder(bytes.NewReader(f.Data))
	var doc yaml.Node
	err := dec.Decode(&doc)
	switch {
	case errors.Is(err, io.EOF): // an empty file sets nothing
		return r.layer
	case err != nil:
		r.syntax(err)
		return r.layer
	}
	r.document(&doc, s)
	var more yaml.Node
	switch err := dec.Decode(&more); {
	case err == nil:
		r.complain(more.Line, "", "a second document begins here; a configuration is one")
	case !errors.Is(err, io.EOF):
		r.syntax(err)
	}
	return r.layer
}

// yamlError is how the parser names a line.
var yamlError = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

func (r *reader) syntax(err error) {
	text := err.Error()
	line := 0
	if m := yamlError.FindStringSubmatch(text); m != nil {
		line, _ = strconv.Atoi(m[1])
		text = text[len(m[0]):]
	}
	r.complain(line, "", "this is not YAML: "+text)
}

// reader turns YAML nodes into the values of a layer.
type reader struct {
	source string
	layer  layer
}

func newReader(source string) *reader {
	return &reader{source: source, layer: layer{source: source, values: map[string]any{}, places: map[string]place{}}}
}

func (r *reader) complain(line int, path, text string) {
	r.layer.problems = append(r.layer.problems, problem{place{r.source, line}, path, text})
}

func (r *reader) document(doc *yaml.Node, s *spec) {
	n := doc.Content[0]
	if absent(n) {
		return
	}
	if v, ok := r.value(n, s, ""); ok {
		r.layer.values = v.(map[string]any)
	}
}

// absent tells that a key stands without a value, as where everything below it is
// commented out.
func absent(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// value reads what stands at a key. Not ok: a problem was noted.
func (r *reader) value(n *yaml.Node, s *spec, path string) (v any, ok bool) {
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		r.complain(n.Line, path, "anchors (&) and aliases (*) are not read; write the value out")
		return nil, false
	case s.shape == section && n.Kind == yaml.MappingNode:
		return r.section(n, s, path), true
	case s.shape == names && n.Kind == yaml.MappingNode:
		return r.names(n, s, path), true
	case s.shape == list && n.Kind == yaml.SequenceNode:
		return r.list(n, s, path), true
	case n.Kind == yaml.ScalarNode:
		if v, ok := scalar(n, s); ok {
			return v, true
		}
	}
	r.complain(n.Line, path, mismatch(n, s, path))
	return nil, false
}

func (r *reader) section(n *yaml.Node, s *spec, path string) map[string]any {
	out := map[string]any{}
	r.pairs(n, path, func(name string, k, v *yaml.Node) {
		sub := s.find(name)
		if sub == nil {
			r.complain(k.Line, join(path, name), unknownKey(s, path, name))
			return
		}
		r.keep(out, name, join(path, name), v, sub)
	})
	return out
}

func (r *reader) names(n *yaml.Node, s *spec, path string) map[string]any {
	out := map[string]any{}
	r.pairs(n, path, func(name string, _, v *yaml.Node) {
		r.keep(out, encode(name), join(path, name), v, s.elem)
	})
	return out
}

func (r *reader) keep(into map[string]any, name, path string, n *yaml.Node, s *spec) {
	if absent(n) {
		return
	}
	if v, ok := r.value(n, s, path); ok {
		into[name] = v
	}
}

// pairs calls do for every key that stands once, and notes where it stands.
func (r *reader) pairs(n *yaml.Node, path string, do func(name string, k, v *yaml.Node)) {
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if k.Kind != yaml.ScalarNode || k.Anchor != "" {
			r.complain(k.Line, path, "a key is a plain word")
			continue
		}
		name := join(path, k.Value)
		if line, twice := first[k.Value]; twice {
			r.complain(k.Line, name, "the key "+name+" stands twice; it is already in line "+strconv.Itoa(line))
			continue
		}
		first[k.Value] = k.Line
		r.layer.places[name] = place{r.source, k.Line}
		do(k.Value, k, v)
	}
}

func (r *reader) list(n *yaml.Node, s *spec, path string) []any {
	out := []any{}
	for i, e := range n.Content {
		r.layer.places[at(path, i)] = place{r.source, e.Line}
		v, ok := r.value(e, s.elem, at(path, i))
		if !ok {
			v = s.elem.zero() // what comes after keeps its number
		}
		out = append(out, v)
	}
	return out
}

// encode makes a key of viper's from a name: viper lower-cases keys and cuts them
// at dots.
func encode(name string) string { return "x" + hex.EncodeToString([]byte(name)) }

func decode(key string) string {
	name, err := hex.DecodeString(strings.TrimPrefix(key, "x"))
	if err != nil {
		panic("config: a name was not encoded: " + key)
	}
	return string(name)
}
