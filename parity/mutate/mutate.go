// Package mutate changes JSON values in ways that have a name, so that a comparison can
// be held to finding the change and calling it by that name.
package mutate

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"scrum/parity/compare"
	"scrum/parity/jqpath"
	"scrum/parity/jsonvalue"
)

// Mutation is a pair of values that differ in one known way.
type Mutation struct {
	Name      string
	Class     compare.Class
	Path      string // where a comparison is to find it
	Reference jsonvalue.Value
	Mutated   jsonvalue.Value
}

// kind is a way of changing a value at one place.
type kind struct {
	name  string
	class compare.Class
	apply func(v *jsonvalue.Value) (change, bool)
}

// change is what stands at a place in the reference and in the mutated value, and the
// member that the difference is about when it is not the place itself.
type change struct {
	reference jsonvalue.Value
	mutated   jsonvalue.Value
	member    *string
}

// Names are the names of all mutations.
func Names() []string {
	var out []string
	for _, k := range kinds() {
		out = append(out, k.name)
	}
	return out
}

func kinds() []kind {
	return []kind{
		{"enum tagging, external against internal", compare.ClassTagging, externalInternal},
		{"enum tagging, external against adjacent", compare.ClassTagging, externalAdjacent},
		{"enum tagging, untagged against internal", compare.ClassTagging, untaggedInternal},
		{"key case", compare.ClassKeyCase, keyCase},
		{"zero against absent", compare.ClassZeroAbsent, zeroAbsent},
		{"null against []", compare.ClassNullEmpty, nullArray},
		{"null against {}", compare.ClassNullEmpty, nullObject},
		{"missing field", compare.ClassMissing, missing},
		{"extra field", compare.ClassExtra, extra},
		{"duplicate key", compare.ClassDuplicate, duplicate},
		{"type", compare.ClassType, quoted},
		{"number spelling", compare.ClassNumberSpelt, spelling},
		{"number", compare.ClassNumber, number},
		{"boolean", compare.ClassBool, boolean},
		{"text", compare.ClassText, text},
		{"order", compare.ClassOrder, order},
	}
}

// All applies every mutation at up to most places of a value each.
func All(v *jsonvalue.Value, most int) []Mutation {
	var out []Mutation
	for _, k := range kinds() {
		left := most
		visit(v, nil, nil, func(at *jqpath.Place, way []int, here *jsonvalue.Value) bool {
			c, ok := k.apply(here)
			if !ok {
				return true
			}
			if c.member != nil {
				at = at.Member(*c.member)
			}
			out = append(out, Mutation{k.name, k.class, at.Normal(), replaced(v, way, c.reference), replaced(v, way, c.mutated)})
			left--
			return left > 0
		})
	}
	return out
}

// visit goes through all places of a value until see says false. way holds the index of
// the child at each level. Where two members have one name, a path would stand for both:
// what is below is left out.
func visit(v *jsonvalue.Value, at *jqpath.Place, way []int, see func(*jqpath.Place, []int, *jsonvalue.Value) bool) bool {
	if !see(at, way, v) {
		return false
	}
	for i := range v.Items {
		if !visit(&v.Items[i], at.Element(i, len(v.Items)), append(slices.Clone(way), i), see) {
			return false
		}
	}
	for i := range v.Members {
		if !alone(v, v.Members[i].Name) {
			continue
		}
		if !visit(&v.Members[i].Value, at.Member(v.Members[i].Name), append(slices.Clone(way), i), see) {
			return false
		}
	}
	return true
}

// replaced is the value with another one at the end of the way.
func replaced(v *jsonvalue.Value, way []int, by jsonvalue.Value) jsonvalue.Value {
	if len(way) == 0 {
		return by
	}
	out := *v
	if v.Kind == jsonvalue.Array {
		out.Items = slices.Clone(v.Items)
		out.Items[way[0]] = replaced(&v.Items[way[0]], way[1:], by)
		return out
	}
	out.Members = slices.Clone(v.Members)
	out.Members[way[0]].Value = replaced(&v.Members[way[0]].Value, way[1:], by)
	return out
}

func object(members ...jsonvalue.Member) jsonvalue.Value {
	return jsonvalue.Value{Kind: jsonvalue.Object, Members: members}
}

func str(s string) jsonvalue.Value { return jsonvalue.Value{Kind: jsonvalue.String, Text: s} }

func with(v *jsonvalue.Value, m jsonvalue.Member) jsonvalue.Value {
	return object(append(slices.Clone(v.Members), m)...)
}

func fold(s string) string {
	return strings.NewReplacer("_", "", "-", "", " ", "").Replace(strings.ToLower(s))
}

// has tells whether a member's name is one of these but for its case.
func has(v *jsonvalue.Value, names ...string) bool {
	return slices.ContainsFunc(v.Members, func(m jsonvalue.Member) bool { return slices.Contains(names, fold(m.Name)) })
}

// alone tells whether no other member is called like this but for case.
func alone(v *jsonvalue.Value, name string) bool {
	n := 0
	for _, m := range v.Members {
		if fold(m.Name) == fold(name) {
			n++
		}
	}
	return n == 1
}

func distinct(v *jsonvalue.Value) bool {
	return !slices.ContainsFunc(v.Members, func(m jsonvalue.Member) bool { return !alone(v, m.Name) })
}

// taggable objects have members that a tag can stand beside.
func taggable(v *jsonvalue.Value) bool {
	return v.Kind == jsonvalue.Object && len(v.Members) > 0 && distinct(v) && !has(v, "kind", "type", "seeded", "content", "tag", "variant", "event", "code")
}

func externalInternal(v *jsonvalue.Value) (change, bool) {
	tag := jsonvalue.Member{Name: "kind", Value: str("seeded")}
	return change{object(jsonvalue.Member{Name: "Seeded", Value: *v}), object(append([]jsonvalue.Member{tag}, v.Members...)...), nil}, taggable(v)
}

func externalAdjacent(v *jsonvalue.Value) (change, bool) {
	tag, content := jsonvalue.Member{Name: "type", Value: str("Seeded")}, jsonvalue.Member{Name: "content", Value: *v}
	return change{object(jsonvalue.Member{Name: "Seeded", Value: *v}), object(tag, content), nil}, taggable(v)
}

func untaggedInternal(v *jsonvalue.Value) (change, bool) {
	return change{*v, with(v, jsonvalue.Member{Name: "kind", Value: str("seeded")}), nil}, taggable(v)
}

// keyCase changes the first letter of every name.
func keyCase(v *jsonvalue.Value) (change, bool) {
	b, changed := object(slices.Clone(v.Members)...), false
	for i, m := range b.Members {
		first, n := utf8.DecodeRuneInString(m.Name)
		other := unicode.ToUpper(first)
		if other == first {
			other = unicode.ToLower(first)
		}
		if other != first && first < utf8.RuneSelf {
			b.Members[i].Name = string(other) + m.Name[n:]
			changed = true
		}
	}
	return change{*v, b, nil}, changed && distinct(v)
}

func zeroAbsent(v *jsonvalue.Value) (change, bool) {
	zero := jsonvalue.Member{Name: "seeded_zero", Value: jsonvalue.Value{Kind: jsonvalue.Number, Text: "0"}}
	return change{with(v, zero), *v, &zero.Name}, v.Kind == jsonvalue.Object && !has(v, "seededzero")
}

func nullArray(*jsonvalue.Value) (change, bool) {
	return change{jsonvalue.Value{Kind: jsonvalue.Null}, jsonvalue.Value{Kind: jsonvalue.Array}, nil}, true
}

func nullObject(*jsonvalue.Value) (change, bool) {
	return change{object(), jsonvalue.Value{Kind: jsonvalue.Null}, nil}, true
}

func missing(v *jsonvalue.Value) (change, bool) {
	lost := jsonvalue.Member{Name: "seeded_missing", Value: str("x")}
	return change{with(v, lost), *v, &lost.Name}, v.Kind == jsonvalue.Object && distinct(v) && !has(v, "seededmissing")
}

func extra(v *jsonvalue.Value) (change, bool) {
	c, ok := missing(v)
	return change{c.mutated, c.reference, c.member}, ok
}

func duplicate(v *jsonvalue.Value) (change, bool) {
	if v.Kind != jsonvalue.Object || len(v.Members) == 0 || !distinct(v) {
		return change{}, false
	}
	return change{*v, with(v, v.Members[0]), &v.Members[0].Name}, true
}

func quoted(v *jsonvalue.Value) (change, bool) {
	return change{*v, str(v.Text), nil}, v.Kind == jsonvalue.Number
}

func spelling(v *jsonvalue.Value) (change, bool) {
	b := *v
	b.Text += "0"
	if !strings.Contains(v.Text, ".") {
		b.Text = v.Text + ".0"
	}
	return change{*v, b, nil}, v.Kind == jsonvalue.Number && !strings.ContainsAny(v.Text, "eE")
}

func number(v *jsonvalue.Value) (change, bool) {
	if v.Kind != jsonvalue.Number {
		return change{}, false
	}
	b := *v
	b.Text = "7"
	if jsonvalue.SameNumber(v.Text, "7") {
		b.Text = "8"
	}
	return change{*v, b, nil}, true
}

func boolean(v *jsonvalue.Value) (change, bool) {
	b := *v
	b.Text = map[string]string{"true": "false", "false": "true"}[v.Text]
	return change{*v, b, nil}, v.Kind == jsonvalue.Bool
}

func text(v *jsonvalue.Value) (change, bool) {
	b := *v
	b.Text += " (seeded)"
	return change{*v, b, nil}, v.Kind == jsonvalue.String
}

// order puts two elements in front that cannot be taken for each other, and changes
// their places.
func order(v *jsonvalue.Value) (change, bool) {
	x, y := str("seeded first"), str("seeded second")
	a, b := *v, *v
	a.Items = append([]jsonvalue.Value{x, y}, v.Items...)
	b.Items = append([]jsonvalue.Value{y, x}, v.Items...)
	return change{a, b, nil}, v.Kind == jsonvalue.Array
}
