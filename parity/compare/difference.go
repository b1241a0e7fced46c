package compare

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
)

// Layer is a part of an answer that is compared for itself.
type Layer string

// The layers, in the order in which they stand in every table.
const (
	Transport   Layer = "transport"
	Status      Layer = "status"
	Headers     Layer = "headers"
	ContentType Layer = "content type"
	Shape       Layer = "shape"
	Value       Layer = "value"
	Bytes       Layer = "bytes"
)

// Layers are all layers, in order.
func Layers() []Layer {
	return []Layer{Transport, Status, Headers, ContentType, Shape, Value, Bytes}
}

// Class is what a difference is by its nature.
type Class string

// The classes.
const (
	ClassTransport   Class = "transport"              // no answer, or not all of it
	ClassStatus      Class = "status"                 //
	ClassExpectation Class = "expectation"            // the status is not the one that the case expects
	ClassHeader      Class = "headers"                //
	ClassContentType Class = "content type"           //
	ClassTagging     Class = "enum tagging"           // one variant, tagged in two ways
	ClassKeyCase     Class = "key case"               // names alike but for case, _ and -
	ClassZeroAbsent  Class = "zero against absent"    // a zero value here, no member there
	ClassNullEmpty   Class = "null against empty"     // null here, [] or {} there
	ClassMissing     Class = "missing field"          // the reference has it
	ClassExtra       Class = "extra field"            // the reference does not have it
	ClassDuplicate   Class = "duplicate key"          // a name more often on one side
	ClassType        Class = "type"                   // another kind of value
	ClassNumberSpelt Class = "number spelling"        // one number, two spellings
	ClassNumber      Class = "number"                 // another number
	ClassBool        Class = "boolean"                //
	ClassText        Class = "text"                   // another string, or another body of text
	ClassOrder       Class = "order"                  // the same elements in another order
	ClassRule        Class = "rule"                   // a value is not what a rule says
	ClassNotJSON     Class = "not JSON"               // one body is JSON, the other is not
	ClassBytes       Class = "bytes"                  // bodies that are no text
	ClassTooLarge    Class = "too large to look into" // differing bodies above the limit
)

// layer is where a class of the body counts.
func (c Class) layer() Layer {
	switch c {
	case ClassTransport:
		return Transport
	case ClassStatus, ClassExpectation:
		return Status
	case ClassHeader:
		return Headers
	case ClassContentType:
		return ContentType
	case ClassNumberSpelt, ClassNumber, ClassBool, ClassText, ClassOrder, ClassRule, ClassBytes, ClassTooLarge:
		return Value
	}
	return Shape
}

// Difference is one cause for which two answers differ, at one place or at several that
// look alike.
type Difference struct {
	Layer     Layer     `json:"layer"`
	Class     Class     `json:"class"`
	Path      string    `json:"path"`             // as jq path, with [] for indices; "header location" outside of the body
	Types     [2]string `json:"types"`            // of the reference and of the other
	At        string    `json:"at"`               // the first place where it was seen
	Reference string    `json:"reference"`        // what stood there
	Other     string    `json:"other"`            //
	Detail    string    `json:"detail,omitempty"` // for people
	Within    []Class   `json:"within,omitempty"` // classes that are a part of this one's cause
	Count     int       `json:"count"`            // places
}

// Signature is the same for the same cause, whatever the case and the values.
func (d *Difference) Signature() string {
	sum := sha256.Sum256([]byte(strings.Join([]string{string(d.Class), d.Path, d.Types[0], d.Types[1]}, "\x00")))
	return strings.ReplaceAll(string(d.Class), " ", "-") + "-" + hex.EncodeToString(sum[:6])
}

// key is what differences that are one have in common.
type key struct {
	class  Class
	path   string
	types0 string
	types1 string
}

func (d *Difference) key() key { return key{d.Class, d.Path, d.Types[0], d.Types[1]} }

// List is differences by their causes, in the order in which they were first seen.
type List struct {
	all   []*Difference
	index map[key]*Difference
}

// All gives the differences.
func (l *List) All() []*Difference { return l.all }

func (l *List) add(d Difference) {
	if l.index == nil {
		l.index = map[key]*Difference{}
	}
	d.Layer = d.Class.layer()
	if known := l.index[d.key()]; known != nil {
		known.Count++
		known.Within = union(known.Within, d.Within)
		return
	}
	d.Count = 1
	l.index[d.key()] = &d
	l.all = append(l.all, &d)
}

// Merge adds differences that were counted elsewhere.
func (l *List) Merge(more []*Difference) {
	for _, d := range more {
		l.add(*d)
		l.index[d.key()].Count += d.Count - 1
	}
}

// InBody tells whether the path is one in a body of JSON.
func (d *Difference) InBody() bool { return strings.HasPrefix(d.Path, ".") }

func union(a, b []Class) []Class {
	for _, c := range b {
		if !slices.Contains(a, c) {
			a = append(a, c)
		}
	}
	return a
}

// maxSample bounds what is quoted of a value.
const maxSample = 200

func sample(s string) string {
	if len(s) <= maxSample {
		return s
	}
	return strings.ToValidUTF8(s[:maxSample], "") + "…"
}
