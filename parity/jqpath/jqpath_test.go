package jqpath

import (
	"strings"
	"testing"

	"scrum/parity/jsonvalue"
)

func TestPatternsStandForPlaces(t *testing.T) {
	var root *Place
	id := root.Member("items").Element(1, 3).Member("id")
	for pattern, want := range map[string]bool{
		".items[].id":             true,
		".items[1].id":            true,
		".items[-2].id":           true,
		".items[0].id":            false,
		`.["items"][].id`:         true,
		`.items | .[] | .id`:      true,
		".items[]?.id?":           true,
		".[][].id":                true,
		"..":                      true,
		".. | .id":                true,
		".items | .. | .id":       true,
		".other | .. | .id":       false,
		".items[] | (.name, .id)": true,
		".items[]":                false,
		".":                       false,
		".id":                     false,
		".items[].id.x":           false,
	} {
		p, err := Parse(pattern)
		if err != nil {
			t.Errorf("%s: %v", pattern, err)
			continue
		}
		if got := p.Match(id); got != want {
			t.Errorf("%s stands for %s: %t", pattern, id, got)
		}
	}
	if p, err := Parse("."); err != nil || !p.Match(nil) {
		t.Errorf(". does not stand for the whole: %v", err)
	}
	if p, err := Parse(".errors[].field"); err != nil || !p.Match(root.Member("errors").Element(0, 1).Renamed("Field", "field")) {
		t.Errorf("the other name does not count: %v", err)
	}
}

func TestWhatDoesMoreThanNameAPlaceIsRefused(t *testing.T) {
	for pattern, want := range map[string]string{
		"items":                   "items is no part of a path",
		".a + .b":                 "operator +",
		".a | length":             "length is no part",
		".a[1:2]":                 "slice",
		".a[.b]":                  "neither an index nor a name",
		`.["a\(.b)"]`:             "neither an index nor a name",
		".a[":                     "is no jq path",
		"":                        "it is empty",
		"def f: .; f":             "definitions",
		". as $x | .a":            "definitions and variables",
		"if . then .a else . end": "is no part of a path",
		"(.a,.a,.a) | (.a,.a,.a) | (.a,.a,.a) | (.a,.a,.a)": "more than 64 alternatives",
	} {
		if _, err := Parse(pattern); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, not %q", pattern, err, want)
		}
	}
}

func TestPlacesAreWrittenAsPatternsThatStandForThem(t *testing.T) {
	var root *Place
	for _, c := range []struct {
		at           *Place
		text, normal string
	}{
		{root, ".", "."},
		{root.Element(0, 1), ".[0]", ".[]"},
		{root.Member("a").Member("b c").Element(2, 3), `.a["b c"][2]`, `.a["b c"][]`},
		{root.Member("x-y"), `.["x-y"]`, `.["x-y"]`},
		{root.Member("by_id").Member("42").Member("n"), `.by_id["42"].n`, ".by_id[].n"},
		{root.Member("6ba7b810-9dad-11d1-80b4-00c04fd430c8"), `.["6ba7b810-9dad-11d1-80b4-00c04fd430c8"]`, ".[]"},
		{root.Member("deadbeef"), ".deadbeef", ".deadbeef"},
		{root.Member("a\"\\\n"), `.["a\"\\\n"]`, `.["a\"\\\n"]`},
	} {
		if got := c.at.String(); got != c.text {
			t.Errorf("%s, not %s", got, c.text)
		}
		if got := c.at.Normal(); got != c.normal {
			t.Errorf("%s, not %s", got, c.normal)
		}
		for _, text := range []string{c.text, c.normal} {
			if p, err := Parse(text); err != nil || !p.Match(c.at) {
				t.Errorf("%s does not stand for its place: %v", text, err)
			}
		}
	}
}

func TestFindGivesTheFirstValue(t *testing.T) {
	v, err := jsonvalue.Parse([]byte(`{"items":[{"id":1},{"id":2,"x":[{"deep":true}]}],"m":{"a":{"id":"z"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	for pattern, want := range map[string]string{
		".items[0].id": "1", ".items[-1].id": "2", ".items[].x": `[{"deep":true}]`, ".. | .deep": "true", ".m[].id": `"z"`,
		".nope, .items[1].id": "2", ".items[5]": "", ".items.id": "", ".": v.String(),
	} {
		p, err := Parse(pattern)
		if err != nil {
			t.Errorf("%s: %v", pattern, err)
			continue
		}
		found, ok := p.Find(&v)
		if ok != (want != "") || ok && found.String() != want {
			t.Errorf("%s gave %v, %t", pattern, found, ok)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{".a[].b", `.["x"]`, "..|.a?", ".[-1],.b", "(.a|.b)[]"} {
		f.Add(seed)
	}
	var root *Place
	at := root.Member("a").Element(0, 2).Member("b")
	v, err := jsonvalue.Parse([]byte(`{"a":[{"b":1}]}`))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Parse(text)
		if err != nil {
			return
		}
		p.Match(at)
		p.Find(&v)
		if p.String() != text {
			t.Errorf("%q is written %q", text, p)
		}
	})
}
