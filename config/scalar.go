package config

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"scrum/bundler"
)

// scalar reads a single value. Every key has values of one Go type, so that one
// layer's can stand for another's.
func scalar(n *yaml.Node, s *spec) (v any, ok bool) {
	tag := n.ShortTag()
	switch s.shape {
	case text:
		return n.Value, tag == "!!str" && s.allows(n.Value) || tag == "!!bool" && slices.Contains(s.enum, n.Value)
	case boolean:
		var b bool
		ok = tag == "!!bool" && n.Decode(&b) == nil
		return b, ok
	case integer:
		var i int
		ok = tag == "!!int" && n.Decode(&i) == nil && i >= 0
		return i, ok
	case number:
		var f float64
		ok = (tag == "!!int" || tag == "!!float") && n.Decode(&f) == nil && f >= 0 && !math.IsInf(f, 0)
		return f, ok
	case duration:
		d, err := time.ParseDuration(n.Value)
		return d, err == nil && d > 0
	case size:
		var b bundler.ByteSize
		err := b.UnmarshalText([]byte(n.Value))
		return b, err == nil && b > 0
	}
	return nil, false
}

func (s *spec) allows(value string) bool {
	return len(s.enum) == 0 || slices.Contains(s.enum, value)
}

// zero stands for a value that could not be read.
func (s *spec) zero() any {
	switch s.shape {
	case text:
		return ""
	case boolean:
		return false
	case integer:
		return 0
	case number:
		return 0.0
	case duration:
		return time.Duration(0)
	case size:
		return bundler.ByteSize(0)
	case list:
		return []any{}
	}
	return map[string]any{}
}

// mismatch says what was found where something else was expected, and how to
// write it when that can be guessed.
func mismatch(n *yaml.Node, s *spec, path string) string {
	if path == "" {
		path = "a configuration"
	}
	msg := fmt.Sprintf("%s is %s, but it takes %s", path, found(n), s.expects())
	switch {
	case s.shape == text && len(s.enum) > 0 && n.ShortTag() == "!!str":
		if near := Nearest(n.Value, s.enum); near != "" {
			msg += fmt.Sprintf("; did you mean %s?", near)
		}
	case s.shape == boolean && n.ShortTag() == "!!str":
		if b, ok := truth(n.Value); ok {
			msg += fmt.Sprintf("; write %t, without quotes", b)
		}
	case s.shape == text && n.Kind == yaml.ScalarNode && !absent(n):
		msg += fmt.Sprintf("; put it in quotes: %q", n.Value)
	case s.shape == list && s.elem.shape == text && n.ShortTag() == "!!str":
		msg += "; a list of one is written in brackets: [" + shown(n.Value) + "]"
	case s.shape == duration && n.ShortTag() == "!!int":
		msg += fmt.Sprintf("; with its unit: %ss", n.Value)
	}
	return msg
}

// truth knows the other spellings of true and false.
func truth(word string) (value, ok bool) {
	switch strings.ToLower(word) {
	case "true", "yes", "y", "on":
		return true, true
	case "false", "no", "n", "off":
		return false, true
	}
	return false, false
}

// found describes a value of the wrong sort.
func found(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a set of keys"
	case yaml.SequenceNode:
		return "a list"
	}
	switch n.ShortTag() {
	case "!!null":
		return "empty"
	case "!!str":
		return "the text " + shown(n.Value)
	case "!!int", "!!float":
		return "the number " + n.Value
	case "!!bool":
		return n.Value
	case "!!timestamp":
		return "the date " + n.Value
	}
	return "something of the type " + shown(n.ShortTag())
}

// shown quotes a value for a message, cut when it is long.
func shown(value string) string {
	const most = 60
	value = strings.ToValidUTF8(value, "\uFFFD")
	if utf8.RuneCountInString(value) > most {
		value = string([]rune(value)[:most]) + "…"
	}
	return fmt.Sprintf("%q", value)
}
