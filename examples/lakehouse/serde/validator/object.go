package validator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
)

// reader reads valid JSON strictly. It keeps the first problem of the schema, and goes
// on with zero values after it.
type reader struct{ problem *Problem }

func (r *reader) fail(field, format string, args ...any) {
	if r.problem == nil {
		r.problem = &Problem{Schema: &Schema{Field: field, Reason: fmt.Sprintf(format, args...)}}
	}
}

// object is a JSON object of which each name stands once.
type object struct {
	*reader
	at     string // where it stands; "" for the document itself
	values map[string]json.RawMessage
}

// object reads an object that has no other fields than the known ones.
func (r *reader) object(at string, raw json.RawMessage, known ...string) object {
	o := object{reader: r, at: at, values: map[string]json.RawMessage{}}
	if kind := kindOf(raw); kind != "an object" {
		r.fail(at, "expected an object, got %s", kind)
		return o
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	_, _ = dec.Token() // the brace; the text is known to be valid
	for dec.More() {
		name, _ := dec.Token()
		var value json.RawMessage
		_ = dec.Decode(&value)
		o.add(fmt.Sprint(name), value, known)
	}
	return o
}

func (o object) add(name string, value json.RawMessage, known []string) {
	switch _, twice := o.values[name]; {
	case !slices.Contains(known, name):
		o.fail(o.path(name), "unknown field")
	case twice:
		o.fail(o.path(name), "stands twice")
	default:
		o.values[name] = value
	}
}

func (o object) path(name string) string {
	if o.at == "" {
		return name
	}
	return o.at + "." + name
}

// value gives a field that must be there and be of a kind.
func (o object) value(name, kind string) (json.RawMessage, bool) {
	raw, found := o.values[name]
	switch {
	case !found:
		o.fail(o.path(name), "missing")
	case kindOf(raw) != kind:
		o.fail(o.path(name), "expected %s, got %s", kind, kindOf(raw))
	default:
		return raw, true
	}
	return nil, false
}

func (o object) text(name string) string {
	raw, ok := o.value(name, "a string")
	if !ok {
		return ""
	}
	return o.filled(o.path(name), raw)
}

func (r *reader) filled(at string, raw json.RawMessage) string {
	var text string
	_ = json.Unmarshal(raw, &text)
	if text == "" {
		r.fail(at, "must not be empty")
	}
	return text
}

// whole reads a whole number, which is written in digits alone: 2 and not 2.0.
func (o object) whole(name string, least, most int) int {
	raw, ok := o.value(name, "a number")
	if !ok {
		return 0
	}
	n, err := strconv.Atoi(string(raw))
	if err != nil || n < least || n > most {
		o.fail(o.path(name), "expected a whole number from %d to %d", least, most)
	}
	return n
}

func (o object) list(name string) []json.RawMessage {
	raw, ok := o.value(name, "a list")
	if !ok {
		return nil
	}
	var items []json.RawMessage
	_ = json.Unmarshal(raw, &items)
	return items
}

// texts reads a list of strings.
func (o object) texts(name string) []string {
	var out []string
	for i, raw := range o.list(name) {
		at := fmt.Sprintf("%s[%d]", o.path(name), i)
		if kind := kindOf(raw); kind != "a string" {
			o.fail(at, "expected a string, got %s", kind)
			continue
		}
		out = append(out, o.filled(at, raw))
	}
	return out
}

// kindOf names the kind of a valid value by its first byte.
func kindOf(raw json.RawMessage) string {
	switch raw[0] {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a string"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	}
	return "a number"
}
