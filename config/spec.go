package config

import (
	"reflect"
	"strings"
	"time"

	"scrum/bundler"
	"scrum/reviewers"
	"scrum/tally"
)

// shape is the sort of value that a key takes.
type shape int

const (
	text     shape = iota
	boolean        // true or false
	integer        // never negative
	number         // never negative
	duration       // above zero
	size           // a number of bytes
	list           // of elem
	section        // known keys
	names          // keys that users choose, each with an elem
)

// spec says what stands at a key. It is read off the Go types, so that a key is
// declared in one place.
type spec struct {
	shape shape
	enum  []string // text: the values allowed; nil: any
	elem  *spec    // of a list or of names
	keys  []key    // of a section, in the order of their declaration
}

type key struct {
	name string
	spec *spec
}

// root is the spec of the whole configuration.
func root() *spec { return specOf(reflect.TypeFor[Config](), "") }

func specOf(t reflect.Type, enum string) *spec {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t {
	case reflect.TypeFor[time.Duration]():
		return &spec{shape: duration}
	case reflect.TypeFor[bundler.ByteSize]():
		return &spec{shape: size}
	case reflect.TypeFor[reviewers.Kind]():
		return &spec{shape: text, enum: []string{string(reviewers.OpenAI), string(reviewers.Command), string(reviewers.Analyser)}}
	case reflect.TypeFor[tally.Severity]():
		return &spec{shape: text, enum: []string{string(tally.Block), string(tally.Warn), string(tally.Info)}}
	case reflect.TypeFor[tally.Outcome]():
		return &spec{shape: text, enum: []string{string(tally.Pass), string(tally.Blocked), string(tally.Inconclusive)}}
	}
	switch t.Kind() {
	case reflect.String:
		return &spec{shape: text, enum: strings.Fields(enum)}
	case reflect.Bool:
		return &spec{shape: boolean}
	case reflect.Int:
		return &spec{shape: integer}
	case reflect.Float64:
		return &spec{shape: number}
	case reflect.Slice:
		return &spec{shape: list, elem: specOf(t.Elem(), "")}
	case reflect.Map:
		return &spec{shape: names, elem: specOf(t.Elem(), "")}
	case reflect.Struct:
		return sectionOf(t)
	}
	panic("config: no key can have the type " + t.String())
}

func sectionOf(t reflect.Type) *spec {
	s := &spec{shape: section}
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if name == "-" {
			continue
		}
		if name == "" {
			name = strings.ToLower(f.Name)
		}
		s.keys = append(s.keys, key{name, specOf(f.Type, f.Tag.Get("enum"))})
	}
	return s
}

// find gives the spec of a key of a section, or nil.
func (s *spec) find(name string) *spec {
	for _, k := range s.keys {
		if k.name == name {
			return k.spec
		}
	}
	return nil
}

func (s *spec) known() []string {
	out := make([]string, len(s.keys))
	for i, k := range s.keys {
		out[i] = k.name
	}
	return out
}

// settings lists the dotted keys of everything that takes a value without a name
// that users choose: what the environment and flags can set.
func (s *spec) settings(prefix string) []key {
	var out []key
	for _, k := range s.keys {
		name := join(prefix, k.name)
		switch {
		case k.spec.shape == section:
			out = append(out, k.spec.settings(name)...)
		case k.spec.shape == names, k.spec.shape == list && k.spec.elem.shape != text:
		default:
			out = append(out, key{name, k.spec})
		}
	}
	return out
}

// expects says in words what the key takes.
func (s *spec) expects() string {
	switch s.shape {
	case text:
		if len(s.enum) > 0 {
			return "one of " + strings.Join(s.enum, ", ")
		}
		return "a text"
	case boolean:
		return "true or false"
	case integer:
		return "a whole number, 0 or more"
	case number:
		return "a number, 0 or more"
	case duration:
		return "a time above zero, such as 90s or 5m"
	case size:
		return "a size above zero, such as 60KB, 1MB or 800"
	case list:
		if s.elem.shape == text {
			return "a list of texts"
		}
		return "a list"
	case section:
		return "the keys " + strings.Join(s.known(), ", ")
	}
	return "names of your choice with their settings"
}
