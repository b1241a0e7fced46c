package jqpath

import (
	"slices"
	"strconv"
	"strings"

	"scrum/parity/jsonvalue"
)

// Place is where a value stands: below its parent by name or by index. A nil Place is
// the whole value. Places are linked so that walking a value costs one step a level.
type Place struct {
	parent  *Place
	name    string
	other   string // how the second of two compared values calls it, "" when alike
	index   int
	length  int // of the array; 0 for a member
	element bool
}

// Member is the place of a member.
func (p *Place) Member(name string) *Place { return &Place{parent: p, name: name} }

// Renamed is the place of a member that two values call by two names.
func (p *Place) Renamed(name, other string) *Place {
	return &Place{parent: p, name: name, other: other}
}

// Element is the place of an element of an array of that length.
func (p *Place) Element(index, length int) *Place {
	return &Place{parent: p, index: index, length: length, element: true}
}

// String is the place as a jq path: .items[2].id.
func (p *Place) String() string {
	return p.write(func(b *strings.Builder, p *Place) {
		if p.element {
			b.WriteString("[" + strconv.Itoa(p.index) + "]")
			return
		}
		writeName(b, p.name)
	})
}

// Normal is the place with [] for indices and for names that are values, such as
// numbers and UUIDs: .items[].id. What goes wrong alike has one.
func (p *Place) Normal() string {
	return p.write(func(b *strings.Builder, p *Place) {
		if p.element || isValue(p.name) {
			b.WriteString("[]")
			return
		}
		writeName(b, p.name)
	})
}

func (p *Place) write(one func(*strings.Builder, *Place)) string {
	var b strings.Builder
	for i, s := range p.steps() {
		if i == 0 && s.element {
			b.WriteByte('.')
		}
		one(&b, s)
	}
	switch s := b.String(); {
	case s == "":
		return "."
	case s[0] == '[':
		return "." + s
	default:
		return s
	}
}

func (p *Place) steps() []*Place {
	var list []*Place
	for ; p != nil; p = p.parent {
		list = append(list, p)
	}
	slices.Reverse(list)
	return list
}

func writeName(b *strings.Builder, name string) {
	if isIdentifier(name) {
		b.WriteString("." + name)
		return
	}
	if b.Len() == 0 {
		b.WriteByte('.')
	}
	b.WriteString("[")
	b.Write(jsonvalue.AppendQuoted(nil, name))
	b.WriteString("]")
}

func isIdentifier(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

// isValue knows names that are data and not part of a shape: digits, UUIDs and other
// long runs of hexadecimal digits.
func isValue(name string) bool {
	digits, hex := 0, 0
	for i := range len(name) {
		switch c := name[i]; {
		case '0' <= c && c <= '9':
			digits++
			hex++
		case 'a' <= c && c <= 'f', 'A' <= c && c <= 'F':
			hex++
		case c != '-':
			return false
		}
	}
	return digits > 0 && (digits == len(name) || hex >= 16)
}

// Match tells whether the pattern stands for the place.
func (p Pattern) Match(at *Place) bool {
	for _, steps := range p.alternatives {
		if match(steps, at) {
			return true
		}
	}
	return false
}

// match compares from the end, as places know their parents.
func match(steps []step, at *Place) bool {
	for len(steps) > 0 {
		last := steps[len(steps)-1]
		steps = steps[:len(steps)-1]
		if last.kind == below {
			for up := at; up != nil; up = up.parent {
				if match(steps, up) {
					return true
				}
			}
			return match(steps, nil)
		}
		if at == nil || !last.is(at) {
			return false
		}
		at = at.parent
	}
	return at == nil
}

func (s step) is(at *Place) bool {
	switch s.kind {
	case byName:
		return !at.element && (at.name == s.name || at.other != "" && at.other == s.name)
	case byIndex:
		return at.element && (at.index == s.index || at.index-at.length == s.index)
	case each:
		return true
	case below: // has been dealt with
	}
	return false
}

// Find gives the first value that the pattern stands for.
func (p Pattern) Find(v *jsonvalue.Value) (*jsonvalue.Value, bool) {
	for _, steps := range p.alternatives {
		if found := find(steps, v); found != nil {
			return found, true
		}
	}
	return nil, false
}

func find(steps []step, v *jsonvalue.Value) *jsonvalue.Value {
	if len(steps) == 0 {
		return v
	}
	rest := steps[1:]
	switch s := steps[0]; s.kind {
	case byName:
		if m, ok := v.Get(s.name); ok {
			return find(rest, m)
		}
	case byIndex:
		i := s.index
		if i < 0 {
			i += len(v.Items)
		}
		if 0 <= i && i < len(v.Items) {
			return find(rest, &v.Items[i])
		}
	case each:
		return firstBelow(v, func(child *jsonvalue.Value) *jsonvalue.Value { return find(rest, child) })
	case below:
		if found := find(rest, v); found != nil {
			return found
		}
		return firstBelow(v, func(child *jsonvalue.Value) *jsonvalue.Value { return find(steps, child) })
	}
	return nil
}

func firstBelow(v *jsonvalue.Value, look func(*jsonvalue.Value) *jsonvalue.Value) *jsonvalue.Value {
	for i := range v.Items {
		if found := look(&v.Items[i]); found != nil {
			return found
		}
	}
	for i := range v.Members {
		if found := look(&v.Members[i].Value); found != nil {
			return found
		}
	}
	return nil
}
