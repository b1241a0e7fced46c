package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
	"go.yaml.in/yaml/v3"
)

// Schema is the JSON Schema of a configuration file, for editors. The descriptions
// are the comments of config.yaml.
func Schema() ([]byte, error) {
	docs, err := descriptions()
	if err != nil {
		return nil, err
	}
	s := root().schema("", docs)
	s.Schema, s.ID = "https://json-schema.org/draft/2020-12/schema", "urn:scrum:config:v1"
	s.Title = "The configuration of scrum"
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("writing the schema of the configuration: %w", err)
	}
	return append(data, '\n'), nil
}

func (s *spec) schema(path string, docs map[string]string) *jsonschema.Schema {
	out := &jsonschema.Schema{Description: docs[path]}
	zero := 0.0
	switch s.shape {
	case text:
		out.Type = "string"
		for _, e := range s.enum {
			out.Enum = append(out.Enum, e)
			if b, ok := truth(e); ok { // YAML has them without quotes
				out.Type, out.Types = "", []string{"string", "boolean"}
				out.Enum = append(out.Enum, b)
			}
		}
	case boolean:
		out.Type = "boolean"
	case integer:
		out.Type, out.Minimum = "integer", &zero
	case number:
		out.Type, out.Minimum = "number", &zero
	case duration:
		out.Type, out.Pattern = "string", `^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$`
	case size:
		out.Types, out.Pattern = []string{"string", "integer"}, `^[0-9]+ *([KkMm]?[Ii]?[Bb])?$`
	case list:
		out.Type, out.Items = "array", s.elem.schema(path+"[]", docs)
	case names:
		out.Type, out.AdditionalProperties = "object", s.elem.schema(path+".*", docs)
	case section:
		out.Type, out.AdditionalProperties = "object", &jsonschema.Schema{Not: &jsonschema.Schema{}}
		out.Properties = map[string]*jsonschema.Schema{}
		for _, k := range s.keys {
			out.Properties[k.name] = k.spec.schema(join(path, k.name), docs)
			out.PropertyOrder = append(out.PropertyOrder, k.name)
		}
	}
	return out
}

// descriptions are the comments of config.yaml by dotted key, where "*" stands for
// a name and "[]" for an entry of a list.
func descriptions() (map[string]string, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(uncommented(Default()), &doc); err != nil {
		return nil, fmt.Errorf("reading the examples of the built-in config.yaml: %w", err)
	}
	docs := map[string]string{}
	describe(doc.Content[0], root(), "", docs)
	return docs, nil
}

// example is a line of config.yaml that is YAML behind a comment sign, which
// prose is not: it has one space there.
var example = regexp.MustCompile(`^( *)#( {2,}\S|[^ #\s])`)

// uncommented is config.yaml with all of its examples in force.
func uncommented(text []byte) []byte {
	lines := bytes.SplitAfter(text, []byte("\n"))
	for i, l := range lines {
		lines[i] = example.ReplaceAll(l, []byte("$1$2"))
	}
	return bytes.Join(lines, nil)
}

func describe(n *yaml.Node, s *spec, path string, docs map[string]string) {
	switch n.Kind {
	case yaml.SequenceNode:
		for _, e := range n.Content {
			describe(e, s.elem, path+"[]", docs)
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			k, v := n.Content[i], n.Content[i+1]
			sub, below := s.elem, path+".*"
			if s.shape == section {
				sub, below = s.find(k.Value), join(path, k.Value)
			}
			if text := comments(k, v); text != "" && docs[below] == "" {
				docs[below] = text
			}
			describe(v, sub, below, docs)
		}
	}
}

func comments(nodes ...*yaml.Node) string {
	var out []string
	for _, n := range nodes {
		for _, c := range []string{n.HeadComment, n.LineComment} {
			for line := range strings.Lines(c) {
				if line = strings.TrimSpace(strings.TrimLeft(line, "# ")); line != "" {
					out = append(out, line)
				}
			}
		}
	}
	return strings.Join(out, " ")
}
