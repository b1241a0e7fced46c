package mutate

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"scrum/parity/compare"
	"scrum/parity/jsonvalue"
)

// value draws any JSON value.
func value(depth int) *rapid.Generator[jsonvalue.Value] {
	return rapid.Custom(func(t *rapid.T) jsonvalue.Value {
		kinds := 6
		if depth == 0 {
			kinds = 4
		}
		switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
		case 0:
			return jsonvalue.Value{Kind: jsonvalue.Null}
		case 1:
			return jsonvalue.Value{Kind: jsonvalue.Bool, Text: fmt.Sprint(rapid.Bool().Draw(t, "bool"))}
		case 2:
			return jsonvalue.Value{Kind: jsonvalue.Number, Text: rapid.StringMatching(`-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,4})?([eE][-+]?[0-9]{1,3})?`).Draw(t, "number")}
		case 3:
			return jsonvalue.Value{Kind: jsonvalue.String, Text: rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "kind", "Seeded", "a", "type"})).Draw(t, "string")}
		case 4:
			return jsonvalue.Value{Kind: jsonvalue.Array, Items: rapid.SliceOfN(value(depth-1), 0, 5).Draw(t, "items")}
		}
		v := jsonvalue.Value{Kind: jsonvalue.Object}
		for range rapid.IntRange(0, 5).Draw(t, "members") {
			name := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"a", "A", "b_c", "bC", "kind", "type", "id", "123"})).Draw(t, "name")
			v.Members = append(v.Members, jsonvalue.Member{Name: name, Value: value(depth-1).Draw(t, "member")})
		}
		return v
	})
}

func TestAValueHasNoDifferenceFromItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := value(4).Draw(t, "value")
		if list := compare.JSON(&v, &v, nil).All(); len(list) > 0 {
			t.Fatalf("%s: %+v", v.String(), *list[0])
		}
	})
}

func TestEveryMutationIsFoundAndCalledByItsName(t *testing.T) {
	seen := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		v := value(3).Draw(t, "value")
		for _, m := range All(&v, 4) {
			list := compare.JSON(&m.Reference, &m.Mutated, nil).All()
			if len(list) != 1 || list[0].Class != m.Class || list[0].Path != m.Path {
				for _, d := range list {
					t.Logf("found %s at %s, %v", d.Class, d.Path, d.Types)
				}
				t.Fatalf("%s at %s was to be found:\n%s\n%s", m.Name, m.Path, m.Reference.String(), m.Mutated.String())
			}
			seen[m.Name]++
		}
	})
	for _, name := range Names() {
		if seen[name] == 0 {
			t.Errorf("%s was never applied", name)
		}
	}
}

// Differences are symmetric but for the side that has what the other lacks.
func TestTheOtherWayRoundTheSameIsFound(t *testing.T) {
	mirror := map[compare.Class]compare.Class{compare.ClassMissing: compare.ClassExtra, compare.ClassExtra: compare.ClassMissing}
	rapid.Check(t, func(t *rapid.T) {
		a, b := value(3).Draw(t, "a"), value(3).Draw(t, "b")
		var there, back []string
		for _, d := range compare.JSON(&a, &b, nil).All() {
			there = append(there, string(d.Class))
		}
		for _, d := range compare.JSON(&b, &a, nil).All() {
			class := d.Class
			if m, ok := mirror[class]; ok {
				class = m
			}
			back = append(back, string(class))
		}
		if (len(there) == 0) != (len(back) == 0) {
			t.Fatalf("%v, but the other way round %v", there, back)
		}
		slices.Sort(there)
		slices.Sort(back)
		if slices.Contains(there, string(compare.ClassTagging)) != slices.Contains(back, string(compare.ClassTagging)) {
			t.Fatalf("%v, but the other way round %v:\n%s\n%s", there, back, a.String(), b.String())
		}
	})
}
