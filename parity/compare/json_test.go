package compare

import (
	"math/big"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scrum/parity/jqpath"
	"scrum/parity/jsonvalue"
)

func parse(t testing.TB, text string) *jsonvalue.Value {
	t.Helper()
	v, err := jsonvalue.Parse([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return &v
}

func pattern(t testing.TB, text string) jqpath.Pattern {
	t.Helper()
	p, err := jqpath.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// found lists differences as "class path first,second".
func found(list *List) []string {
	var out []string
	for _, d := range list.All() {
		s := string(d.Class) + " " + d.Path + " " + d.Types[0] + "," + d.Types[1]
		for _, w := range d.Within {
			s += " +" + string(w)
		}
		out = append(out, s)
	}
	return out
}

func TestDifferencesOfJSONAreCalledByTheirCause(t *testing.T) {
	for _, c := range []struct {
		name string
		a, b string
		want []string
	}{
		{"the order of members does not count", `{"a":1,"b":[]}`, `{"b":[],"a":1}`, nil},
		{"white space and escapes do not count", `{"a":"é"}`, ` { "a" : "\u00e9" } `, nil},
		{"null is not absent", `{"a":null}`, `{}`, []string{"zero against absent .a null,absent"}},
		{"a zero against nothing", `{}`, `{"a":0.0}`, []string{"zero against absent .a absent,number"}},
		{"null against an empty array", `{"a":null}`, `{"a":[]}`, []string{"null against empty .a null,array"}},
		{"null against an empty object", `{"a":{}}`, `{"a":null}`, []string{"null against empty .a object,null"}},
		{"null against a value", `{"a":null}`, `{"a":[1]}`, []string{"type .a null,array"}},
		{"one number in two spellings", `[1.0,1e2]`, `[1,100]`, []string{"number spelling .[] number,number"}},
		{"integers that floating point cannot tell apart", `9007199254740993`, `9007199254740992`, []string{"number . number,number"}},
		{"a number in quotes", `{"id":5}`, `{"id":"5"}`, []string{"type .id number,string"}},
		{"a member lost and one won", `{"a":1,"b":2}`, `{"b":2,"c":"x"}`, []string{"missing field .a number,absent", "extra field .c absent,string"}},
		{"names in another case, and a value differs, too", `{"item_id":1,"Name":"x"}`, `{"itemId":2,"name":"x"}`,
			[]string{"key case . object,object", "number .item_id number,number"}},
		{"a name twice", `{"a":1,"a":2}`, `{"a":1}`, []string{"duplicate key .a more than once,once"}},
		{"a name twice on both sides is compared in order", `{"a":1,"a":2}`, `{"a":1,"a":3}`, []string{"number .a number,number"}},
		{"elements in another order", `{"l":[1,2,3]}`, `{"l":[3,1,2]}`, []string{"order .l array,array"}},
		{"an element lost in the middle shifts no other", `[{"id":1},{"id":2},{"id":3}]`, `[{"id":1},{"id":3}]`, []string{"missing field .[] object,absent"}},
		{"a zero is an element like any other", `[1,0]`, `[1]`, []string{"missing field .[] number,absent"}},
		{"an element changed is compared with its like", `[{"id":1,"n":"a"},{"id":2,"n":"b"}]`, `[{"id":1,"n":"a"},{"id":2,"n":"c"}]`, []string{"text .[].n string,string"}},
		{"the same at many places is one cause", `{"l":[{"t":"a"},{"t":"b"}]}`, `{"l":[{"t":"x"},{"t":"y"}]}`, []string{"text .l[].t string,string"}},
		{"names that are values are one place", `{"by":{"1":{"n":true},"2":{"n":true}}}`, `{"by":{"1":{"n":false},"2":{"n":false}}}`, []string{"boolean .by[].n boolean,boolean"}},
		{"a lone surrogate is not the replacement character", `"\ud800"`, `"\ufffd"`, []string{"text . string,string"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, found(JSON(parse(t, c.a), parse(t, c.b), nil))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestVariantsInTwoWritingsAreOneCause(t *testing.T) {
	for _, c := range []struct {
		name string
		a, b string
		want []string
	}{
		{"external against a flat struct", `{"Schema":{"field":"x","reason":"y"}}`, `{"Kind":"schema","Field":"x","Reason":"y","Max":0}`,
			[]string{"enum tagging . external,internal +key case +zero against absent"}},
		{"a difference beyond the tag is told apart", `{"Schema":{"field":"x","reason":"y"}}`, `{"kind":"Schema","field":"x","reason":"z"}`,
			[]string{"enum tagging . external,internal", "text .Schema.reason string,string"}},
		{"a field lost beyond the tag is told apart", `{"Schema":{"field":"x","reason":"y"}}`, `{"kind":"Schema","field":"x"}`,
			[]string{"enum tagging . external,internal", "missing field .Schema.reason string,absent"}},
		{"internal against external", `{"kind":"schema","field":"x"}`, `{"Schema":{"field":"x"}}`, []string{"enum tagging . internal,external"}},
		{"external against adjacent", `{"Schema":{"field":"x"}}`, `{"t":"Schema","c":{"field":"x"}}`, []string{"enum tagging . external,adjacent"}},
		{"a variant with a single value", `{"NotFound":"x"}`, `{"t":"NotFound","c":"x"}`, []string{"enum tagging . external,adjacent"}},
		{"a variant with a single value in a flat struct", `{"NotFound":"x"}`, `{"Kind":"not_found","Name":"x","Max":0}`, []string{"enum tagging . external,internal +zero against absent"}},
		{"a variant without data", `"Done"`, `{"kind":"done","reason":""}`, []string{"enum tagging . external,internal +zero against absent"}},
		{"adjacent against internal", `{"type":"A","content":{"n":1}}`, `{"type":"A","n":1}`, []string{"enum tagging . adjacent,internal"}},
		{"untagged against flat", `{"field":"x","reason":"y"}`, `{"Kind":"schema","Field":"x","Reason":"y"}`, []string{"enum tagging . untagged,internal +key case"}},
		{"untagged against external", `{"field":"x"}`, `{"Schema":{"field":"x"}}`, []string{"enum tagging . untagged,external"}},
		{"a field more is no tag", `{"status":"ok"}`, `{"status":"ok","count":0}`, []string{"zero against absent .count absent,number"}},
		{"another variant is no other writing", `{"kind":"a","n":1}`, `{"kind":"b","n":1}`, []string{"text .kind string,string"}},
		{"another tag is no other writing", `{"Schema":{"field":"x"}}`, `{"kind":"other","field":"x"}`,
			[]string{"missing field .Schema object,absent", "extra field .field absent,string", "extra field .kind absent,string"}},
		{"a text against an object", `"some words"`, `{"kind":"x"}`, []string{"type . string,object"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := found(JSON(parse(t, c.a), parse(t, c.b), nil))
			if strings.HasPrefix(c.name, "another tag") { // the order of what stands alone is that of the values
				if len(got) != 3 {
					t.Error(got)
				}
				return
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestASignatureIsOfTheCauseAndNotOfTheValues(t *testing.T) {
	one := JSON(parse(t, `{"errors":[{"Schema":{"field":"x"}}]}`), parse(t, `{"errors":[{"kind":"schema","field":"x"}]}`), nil).All()[0]
	two := JSON(parse(t, `{"errors":[1,{"Other":{"reason":"y","n":2}}]}`), parse(t, `{"errors":[1,{"Kind":"other","Reason":"y","N":2,"Z":0}]}`), nil).All()[0]
	if one.Signature() != two.Signature() {
		t.Errorf("%s and %s", one.Signature(), two.Signature())
	}
	if got := one.Signature(); got != "enum-tagging-d199130b1599" { // ledgers hold it: it must never change
		t.Errorf("the signature is %s", got)
	}
	else1 := JSON(parse(t, `{"other":[{"Schema":{"field":"x"}}]}`), parse(t, `{"other":[{"kind":"schema","field":"x"}]}`), nil).All()[0]
	if else1.Signature() == one.Signature() {
		t.Error("another path has the same signature")
	}
}

func TestRulesChangeWhatCounts(t *testing.T) {
	rule := func(path string, do Action) *Rule { return &Rule{Path: pattern(t, path), Do: do, Reason: "test"} }
	keyed := rule(".l", Keyed)
	keyed.Key = pattern(t, ".id")
	match := rule(".at", Match)
	match.Value, match.Regexp = "^20", regexp.MustCompile("^20")
	near := rule(".n", Tolerance)
	near.Value, near.Within = "0.1", big.NewRat(1, 10)
	percent := rule(".n", Tolerance)
	percent.Value, percent.Within, percent.Percent = "10%", big.NewRat(1, 10), true
	for _, c := range []struct {
		name string
		rule *Rule
		a, b string
		want []string
	}{
		{"ignored values", rule(".a", Ignore), `{"a":1}`, `{"a":[2]}`, nil},
		{"an ignored member that is missing", rule(".a", Ignore), `{"a":1}`, `{}`, nil},
		{"ignored below a list, so that elements stay alike", rule(".l[].at", Ignore), `{"l":[{"id":1,"at":1},{"id":2,"at":2}]}`, `{"l":[{"id":2,"at":9}]}`,
			[]string{"missing field .l[] object,absent"}},
		{"the kind only", rule(".a", TypeOnly), `{"a":1}`, `{"a":2}`, nil},
		{"the kind only, and it differs", rule(".a", TypeOnly), `{"a":1}`, `{"a":"1"}`, []string{"type .a number,string"}},
		{"both match", match, `{"at":"2026"}`, `{"at":"2025"}`, nil},
		{"one does not match", match, `{"at":"2026"}`, `{"at":"1999"}`, []string{"rule .at matches,does not match"}},
		{"the same does not match on both sides, which is no difference", match, `{"at":"1999","x":1}`, `{"x":1,"at":"1999"}`, nil},
		{"a multiset", rule(".l", Multiset), `{"l":[1,2,2]}`, `{"l":[2,1,2.0]}`, []string{"number spelling .l[] number,number"}},
		{"a multiset counts", rule(".l", Multiset), `{"l":[1,2,2]}`, `{"l":[2,1]}`, []string{"missing field .l[] number,absent"}},
		{"a set does not count", rule(".l", Set), `{"l":[1,2,2]}`, `{"l":[2,1,1,1]}`, nil},
		{"a set with an element more", rule(".l", Set), `{"l":[1]}`, `{"l":[1,3,3]}`, []string{"extra field .l[] absent,number"}},
		{"keyed elements", keyed, `{"l":[{"id":1,"n":"a"},{"id":2,"n":"b"}]}`, `{"l":[{"id":2,"n":"x"},{"id":1,"n":"a"}]}`, []string{"text .l[].n string,string"}},
		{"keyed elements, one lost", keyed, `{"l":[{"id":1},{"id":2}]}`, `{"l":[{"id":2}]}`, []string{"missing field .l[] object,absent"}},
		{"near enough", near, `{"n":1.00}`, `{"n":1.1}`, nil},
		{"not near enough", near, `{"n":1.0}`, `{"n":1.1000000000000000001}`, []string{"number .n number,number"}},
		{"near enough as a part", percent, `{"n":-200}`, `{"n":-220}`, nil},
		{"too large to calculate with", percent, `{"n":1e999999}`, `{"n":1e999998}`, []string{"number .n number,number"}},
		{"another kind than a rule is for", near, `{"n":"a"}`, `{"n":"b"}`, []string{"text .n string,string"}},
		{"a set that is none", rule(".l", Set), `{"l":1}`, `{"l":2}`, []string{"number .l number,number"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, found(JSON(parse(t, c.a), parse(t, c.b), Rules{c.rule}))); diff != "" {
				t.Error(diff)
			}
			if !c.rule.Used() {
				t.Error("the rule does not know that it was used")
			}
		})
	}
}

func TestARuleIsForItsCasesAndUsedWhenItMeetsAValue(t *testing.T) {
	r := &Rule{Path: pattern(t, ".a"), Do: Ignore, Cases: []string{"GET /v1/*", "exact"}}
	rules := Rules{r}
	for name, want := range map[string]int{"GET /v1/x/y": 1, "exact": 1, "exactly": 0, "POST /v1/x": 0} {
		if got := len(rules.For(name)); got != want {
			t.Errorf("%q has %d rules, not %d", name, got, want)
		}
	}
	rules.Visit(parse(t, `{"b":[1]}`))
	if !rules.Unused() {
		t.Error("it was used by a value without its place")
	}
	rules.Visit(parse(t, `{"a":1}`))
	if rules.Unused() {
		t.Error("it met a value and is not used")
	}
}

func TestLargeArraysAreComparedInTime(t *testing.T) {
	long := func(n int, first string) string { return "[" + first + strings.Repeat(",7", n) + ",8]" }
	list := JSON(parse(t, long(200_000, "1,2")), parse(t, long(200_001, "3")), nil).All()
	if len(list) == 0 {
		t.Fatal("no difference")
	}
	list = JSON(parse(t, "["+strings.Repeat("1,2,", 3000)+"0]"), parse(t, "["+strings.Repeat("3,1,", 2900)+"0]"), nil).All()
	if len(list) == 0 {
		t.Fatal("no difference")
	}
}

// What stands below many levels costs no more than once a level.
func TestDeepValuesAreCompared(t *testing.T) {
	deep := func(leaf string) *jsonvalue.Value {
		return parse(t, strings.Repeat(`[{"a":`, 400)+leaf+strings.Repeat("}]", 400))
	}
	if got := found(JSON(deep("1"), deep("2"), nil)); len(got) != 1 || !strings.HasPrefix(got[0], "number") {
		t.Errorf("%d differences", len(got))
	}
}
