package compare

import (
	"fmt"
	"hash/maphash"
	"math/big"
	"strings"

	"scrum/parity/jqpath"
	"scrum/parity/jsonvalue"
)

// JSON compares two values under rules.
func JSON(reference, other *jsonvalue.Value, rules Rules) *List {
	w := &walk{rules: rules, seed: maphash.MakeSeed()}
	w.value(nil, reference, other)
	return &w.found
}

// walk goes through two values at once. at is where it stands, a in the reference and b
// in the other.
type walk struct {
	rules Rules
	seed  maphash.Seed
	found List
}

func (w *walk) value(at *jqpath.Place, a, b *jsonvalue.Value) {
	if len(w.rules) > 0 {
		if r := w.rules.at(at); r != nil && w.ruled(r, at, a, b) {
			return
		}
	}
	switch {
	case w.tagging(at, a, b):
	case a.Kind != b.Kind:
		w.kinds(at, a, b)
	case a.Kind == jsonvalue.Object:
		w.object(at, a, b)
	case a.Kind == jsonvalue.Array:
		w.array(at, a, b)
	case a.Text != b.Text:
		w.scalar(at, a, b)
	}
}

// ruled compares as a rule says; false when the rule is not for values like these.
func (w *walk) ruled(r *Rule, at *jqpath.Place, a, b *jsonvalue.Value) bool {
	arrays := a.Kind == jsonvalue.Array && b.Kind == jsonvalue.Array
	switch r.Do {
	case Ignore:
		return true
	case TypeOnly:
		if a.Kind != b.Kind {
			w.kinds(at, a, b)
		}
		return true
	case Match:
		return w.matching(r, at, a, b)
	case Tolerance:
		return w.near(r, at, a, b)
	case Set, Multiset, Keyed:
		if arrays {
			w.unordered(r, at, a, b)
		}
		return arrays
	}
	return false
}

func (w *walk) matching(r *Rule, at *jqpath.Place, a, b *jsonvalue.Value) bool {
	fits := func(v *jsonvalue.Value) bool {
		return (v.Kind == jsonvalue.String || v.Kind == jsonvalue.Number) && r.Regexp.MatchString(v.Text)
	}
	word := func(v *jsonvalue.Value) string {
		if fits(v) {
			return "matches"
		}
		return "does not match"
	}
	switch {
	case jsonvalue.Identical(a, b): // a rule lets differences pass, it makes none
	case a.Kind != b.Kind:
		w.kinds(at, a, b)
	case !fits(a) || !fits(b):
		w.differ(ClassRule, at, a, b, Difference{Types: [2]string{word(a), word(b)}, Detail: "the rule says that both match " + r.Value})
	}
	return true
}

func (w *walk) near(r *Rule, at *jqpath.Place, a, b *jsonvalue.Value) bool {
	if a.Kind != jsonvalue.Number || b.Kind != jsonvalue.Number {
		return false
	}
	if jsonvalue.SameNumber(a.Text, b.Text) {
		return true // also when spelt in two ways: near is what was asked for
	}
	x, okX := jsonvalue.Rational(a.Text)
	y, okY := jsonvalue.Rational(b.Text)
	if okX && okY {
		most := r.Within
		if r.Percent {
			most = new(big.Rat).Mul(most, new(big.Rat).Abs(x))
		}
		if apart := new(big.Rat).Sub(x, y); apart.Abs(apart).Cmp(most) <= 0 {
			return true
		}
	}
	w.differ(ClassNumber, at, a, b, Difference{Detail: "further apart than " + r.Value})
	return true
}

// differ notes a difference of two values. What d leaves open is taken from them.
func (w *walk) differ(class Class, at *jqpath.Place, a, b *jsonvalue.Value, d Difference) {
	d.Class, d.At, d.Path = class, at.String(), at.Normal()
	if d.Types == [2]string{} {
		d.Types = [2]string{a.Kind.String(), b.Kind.String()}
	}
	d.Reference, d.Other = quoted(a), quoted(b)
	w.found.add(d)
}

// quoted is a value for people, cut before it is written out when it is large.
func quoted(v *jsonvalue.Value) string {
	if v.Kind == jsonvalue.Absent {
		return "absent"
	}
	return sample(v.Brief(maxSample + 1))
}

// kinds names the difference of two values of different kinds.
func (w *walk) kinds(at *jqpath.Place, a, b *jsonvalue.Value) {
	class, detail := ClassType, ""
	switch {
	case nullAndEmpty(a, b) || nullAndEmpty(b, a):
		class = ClassNullEmpty
	case a.Kind == jsonvalue.Null && b.Zero(), b.Kind == jsonvalue.Null && a.Zero():
		detail = "null against a zero value"
	case numberInQuotes(a, b), numberInQuotes(b, a):
		detail = "one number, once in quotes"
	}
	w.differ(class, at, a, b, Difference{Detail: detail})
}

func nullAndEmpty(a, b *jsonvalue.Value) bool {
	return a.Kind == jsonvalue.Null && (b.Kind == jsonvalue.Array || b.Kind == jsonvalue.Object) && b.Zero()
}

func numberInQuotes(a, b *jsonvalue.Value) bool {
	return a.Kind == jsonvalue.Number && b.Kind == jsonvalue.String && a.Text == b.Text
}

func (w *walk) scalar(at *jqpath.Place, a, b *jsonvalue.Value) {
	switch a.Kind {
	case jsonvalue.Bool:
		w.differ(ClassBool, at, a, b, Difference{})
	case jsonvalue.String:
		detail := ""
		if strings.EqualFold(a.Text, b.Text) {
			detail = "alike but for case"
		}
		w.differ(ClassText, at, a, b, Difference{Detail: detail})
	case jsonvalue.Number:
		if jsonvalue.SameNumber(a.Text, b.Text) {
			w.differ(ClassNumberSpelt, at, a, b, Difference{})
			return
		}
		w.differ(ClassNumber, at, a, b, Difference{Detail: nearIntegers(a.Text, b.Text)})
	}
}

// nearIntegers tells when two numbers are one to a reader that keeps numbers as
// floating point.
func nearIntegers(a, b string) string {
	x, okX := jsonvalue.Rational(a)
	y, okY := jsonvalue.Rational(b)
	if !okX || !okY {
		return ""
	}
	f, _ := x.Float64()
	g, _ := y.Float64()
	if f == g {
		return fmt.Sprintf("both are %v as floating point", f)
	}
	return ""
}
