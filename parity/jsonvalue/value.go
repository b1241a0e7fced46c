package jsonvalue

import "fmt"

// Kind is one of the six kinds of JSON values.
type Kind uint8

// The kinds. The zero Kind is that of no value at all.
const (
	Absent Kind = iota
	Null
	Bool
	Number
	String
	Array
	Object
)

func (k Kind) String() string {
	switch k {
	case Absent:
		return "absent"
	case Null:
		return "null"
	case Bool:
		return "boolean"
	case Number:
		return "number"
	case String:
		return "string"
	case Array:
		return "array"
	case Object:
		return "object"
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// Value is a JSON value as it was written.
type Value struct {
	Kind    Kind
	Offset  int32    // of its first byte
	Text    string   // of a string, decoded; of a number and a boolean, as written
	Items   []Value  // of an array
	Members []Member // of an object, in their order; a name may stand there twice
}

// Member is a name with its value.
type Member struct {
	Name  string
	Value Value
}

// Get gives the first member of that name.
func (v *Value) Get(name string) (*Value, bool) {
	for i := range v.Members {
		if v.Members[i].Name == name {
			return &v.Members[i].Value, true
		}
	}
	return nil, false
}

// Zero tells whether a value is what an unset field of its kind looks like: null,
// false, a number that is zero, an empty string, array or object.
func (v *Value) Zero() bool {
	switch v.Kind {
	case Null:
		return true
	case Bool:
		return v.Text == "false"
	case Number:
		return isZero(v.Text)
	case String:
		return v.Text == ""
	case Array:
		return len(v.Items) == 0
	case Object:
		return len(v.Members) == 0
	}
	return false
}

// Identical tells whether two values were written alike but for white space and the
// escapes of strings. The order of members counts, and so does the spelling of numbers.
func Identical(a, b *Value) bool {
	if a.Kind != b.Kind || a.Text != b.Text || len(a.Items) != len(b.Items) || len(a.Members) != len(b.Members) {
		return false
	}
	for i := range a.Items {
		if !Identical(&a.Items[i], &b.Items[i]) {
			return false
		}
	}
	for i := range a.Members {
		if a.Members[i].Name != b.Members[i].Name || !Identical(&a.Members[i].Value, &b.Members[i].Value) {
			return false
		}
	}
	return true
}
