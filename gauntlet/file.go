package gauntlet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// File is a gauntlet.yaml: a section for each phase, not yet read.
type File struct {
	Name     string // for messages
	sections map[string]*yaml.Node
}

// sections of a gauntlet file, in the order in which a run needs them.
func sections() []string {
	return []string{"services", "smoke", "parity", "review", "ledger", "assess"}
}

// Parse reads the outline of a gauntlet file. An unknown or repeated section is an
// error that names its line; the sections themselves are not looked into.
func Parse(name string, data []byte) (*File, error) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return nil, fmt.Errorf("%s is empty; its sections are %s", name, strings.Join(sections(), ", "))
	case err != nil:
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s holds more than one YAML document", name)
	}
	top := doc.Content[0]
	if top.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%s:%d: it must be a mapping with the sections %s", name, top.Line, strings.Join(sections(), ", "))
	}
	f := &File{Name: name, sections: map[string]*yaml.Node{}}
	for i := 0; i+1 < len(top.Content); i += 2 {
		key := top.Content[i]
		if !slices.Contains(sections(), key.Value) {
			return nil, fmt.Errorf("%s:%d: unknown section %q; known are %s", name, key.Line, key.Value, strings.Join(sections(), ", "))
		}
		if f.sections[key.Value] != nil {
			return nil, fmt.Errorf("%s:%d: section %s stands here a second time", name, key.Line, key.Value)
		}
		f.sections[key.Value] = top.Content[i+1]
	}
	return f, nil
}

// Section gives a section's node, whose lines are those of the file; nil when the file
// does not have it.
func (f *File) Section(name string) *yaml.Node {
	return f.sections[name]
}
