package validator

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// Kind is what sort of a finding it is.
type Kind string

// The kinds, gravest first: one hides those after it.
const (
	SchemaKind       Kind = "schema"
	CompletenessKind Kind = "completeness"
	ConsistencyKind  Kind = "consistency"
)

// Finding is something wrong with a document. It has no tags: its fields go out under
// their Go names, with zero values where a kind has no such field.
type Finding struct {
	Kind   Kind
	Field  string // of the schema
	Reason string
	Count  int    // of completeness: how many there are
	Worker string // of consistency: whom it is about
}

// Tagged is a finding that goes out as serde writes an enum: the kind is the only key,
// and fields that say nothing are left out.
type Tagged Finding

// MarshalJSON writes {"Schema":{"field":"x","reason":"y"}}.
func (t Tagged) MarshalJSON() ([]byte, error) {
	var content struct {
		Field  *string `json:"field,omitempty"`
		Reason string  `json:"reason"`
		Count  int     `json:"count,omitempty"`
		Worker string  `json:"worker,omitempty"`
	}
	content.Reason, content.Count, content.Worker = t.Reason, t.Count, t.Worker
	var tag string
	switch t.Kind {
	case SchemaKind:
		tag, content.Field = "Schema", &t.Field // also when it is the whole document: ""
	case CompletenessKind:
		tag = "Completeness"
	case ConsistencyKind:
		tag = "Consistency"
	default:
		return nil, fmt.Errorf("a finding of the kind %q has no tag", t.Kind)
	}
	return json.Marshal(map[string]any{tag: content})
}

// timed is a finding, in either form, with the time that it took.
type timed struct {
	finding any // Finding or Tagged
	elapsed time.Duration
}

// MarshalJSON writes the members of the finding with elapsed_ms beside them.
func (t timed) MarshalJSON() ([]byte, error) {
	data, err := json.Marshal(t.finding)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(data[:len(data)-1], `,"elapsed_ms":%s}`, millis(t.elapsed)), nil
}

// millis spells a duration in milliseconds, to the microsecond.
func millis(d time.Duration) json.Number {
	return json.Number(strconv.FormatFloat(float64(d.Microseconds())/1000, 'f', -1, 64))
}
