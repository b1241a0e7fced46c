package jsonvalue

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestNothingIsLostInReading(t *testing.T) {
	for text, want := range map[string]string{
		` {"b":1.0, "a":1e0,"b":-0} `:               `{"b":1.0,"a":1e0,"b":-0}`,
		`[9007199254740993,0.10,1E+400]`:            `[9007199254740993,0.10,1E+400]`,
		`"\u00e9\/\ud83d\ude00\n"`:                  `"é/😀\n"`,
		`["\ud800","\udc00\ud800x","\ud800\u0041"]`: `["\ud800","\udc00\ud800x","\ud800A"]`,
		`"\u0000\u001f"`:                            `"\u0000\u001f"`,
		"\t[ ]\r\n":                                 `[]`,
		`{"":{}}`:                                   `{"":{}}`,
		`[null,true,false]`:                         `[null,true,false]`,
	} {
		v, err := Parse([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := v.String(); got != want {
			t.Errorf("%s became %s, not %s", text, got, want)
		}
	}
}

func TestWhatIsNoJSONIsRefusedWithItsByte(t *testing.T) {
	for text, want := range map[string]string{
		"":             "byte 0: it ends where a value is expected",
		"nul":          "byte 0: no value begins like this; null would",
		"01":           "byte 1: something follows",
		"1.":           "byte 2: a digit must follow the point",
		"-":            "byte 1: a number needs a digit",
		"1e":           "byte 2: the exponent needs a digit",
		"+1":           "byte 0: no value begins with",
		"[1,]":         "byte 3: no value begins with",
		"[1 2]":        "byte 3: a comma or",
		`{"a" 1}`:      "byte 5: a colon",
		`{a:1}`:        "byte 1: a member begins",
		`{"a":1,}`:     "byte 7: a member begins",
		`"a`:           "byte 2: it ends inside of a string",
		"\"\n\"":       "byte 1: a control character",
		`"\x"`:         "byte 2: there is no such escape",
		`"\u12g4"`:     "byte 5: four hexadecimal digits",
		"\"\xff\"":     "byte 1: it is not valid UTF-8",
		"\ufeff1":      "byte 0: no value begins with",
		"1 2":          "byte 2: something follows",
		"NaN":          "byte 0: no value begins with",
		"[\"\x00\"]":   "byte 2: a control character",
		"\x00":         "byte 0: no value begins with",
		"[1]\x00":      "byte 3: something follows",
		`"\ud800\u12"`: "four hexadecimal digits",
	} {
		if _, err := Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, not %q", text, err, want)
		}
	}
}

func TestNestingIsBounded(t *testing.T) {
	nested := func(n int) []byte { return []byte(strings.Repeat("[", n) + strings.Repeat("]", n)) }
	v, err := Parse(nested(MaxDepth))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(v.Indent()); n > 200*MaxDepth {
		t.Errorf("indented it has %d bytes", n)
	}
	if _, err := Parse(nested(MaxDepth + 1)); err == nil || !strings.Contains(err.Error(), "nested deeper") {
		t.Errorf("a level more: %v", err)
	}
	if _, err := Parse([]byte(strings.Repeat(`{"a":`, 1_000_000))); err == nil || !strings.Contains(err.Error(), "nested deeper") {
		t.Errorf("a million levels: %v", err)
	}
}

func TestNumbersAreComparedExactly(t *testing.T) {
	for _, same := range [][]string{
		{"1", "1.0", "1e0", "10e-1", "0.1E+1", "1.000"},
		{"0", "-0", "0.0", "0e9", "-0.00e-7"},
		{"1200", "1.2e3", "12E2"},
		{"1e1000000000000000000000", "10e999999999999999999999"},
		{"-0.001", "-1e-3"},
	} {
		for _, s := range same {
			if !SameNumber(same[0], s) {
				t.Errorf("%s is not %s", same[0], s)
			}
		}
	}
	for _, other := range [][2]string{
		{"9007199254740993", "9007199254740992"}, {"0.1", "0.10000000000000001"}, {"1", "-1"}, {"1e400", "1e401"}, {"1e-400", "0"},
	} {
		if SameNumber(other[0], other[1]) {
			t.Errorf("%s is %s", other[0], other[1])
		}
	}
	long := "1e" + strings.Repeat("9", 2000)
	if !SameNumber(long, long) || SameNumber(long, "1.0e"+strings.Repeat("9", 2000)) {
		t.Error("numbers beyond all measure are compared by their spelling")
	}
	for _, huge := range []string{"1e1001", "1e999999999", long} {
		if _, ok := Rational(huge); ok {
			t.Errorf("%.20s is calculated with", huge)
		}
	}
	if r, ok := Rational("-1.5e3"); !ok || r.RatString() != "-1500" {
		t.Errorf("-1.5e3 is %v", r)
	}
}

func TestABriefTextIsShortAndBeginsLikeTheWholeOne(t *testing.T) {
	v, err := Parse([]byte(`{"a":["` + strings.Repeat("x", 1000) + `",` + strings.Repeat("1,", 1000) + `1]}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := v.Brief(50); len(got) > 80 || !strings.HasPrefix(v.String(), got[:50]) {
		t.Errorf("%d bytes: %s", len(got), got)
	}
}

// What is read and written again is the same value, also to another reader.
func TestWritingAndReadingIsTheIdentity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.MapOf(rapid.String(), rapid.SliceOf(rapid.Float64())).Draw(t, "in")
		data, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		checkIdentity(t, data)
	})
}

func checkIdentity(t rapid.TB, data []byte) {
	t.Helper()
	v, err := Parse(data)
	if err != nil {
		t.Fatalf("%q: %v", data, err)
	}
	for _, text := range []string{v.String(), v.Indent()} {
		again, err := Parse([]byte(text))
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if !Identical(&v, &again) {
			t.Fatalf("%q became %q", data, text)
		}
		if !json.Valid([]byte(text)) {
			t.Fatalf("%q is no JSON to encoding/json", text)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{`{"a":[1,2.0,-3e4,"\u00e9\ud800",null,true,{}]}`, "[]", `"\ud83d\ude00"`, "1e", " 0 ", "\xff"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := Parse(data)
		if err != nil {
			return
		}
		if !json.Valid(data) {
			t.Fatalf("%q is no JSON to encoding/json", data)
		}
		if v.Kind == Number {
			_ = Normal(v.Text)
		}
		checkIdentity(t, data)
	})
}

func TestKindsHaveNames(t *testing.T) {
	var names []string
	for k := Absent; k <= Object+1; k++ {
		names = append(names, k.String())
	}
	if diff := cmp.Diff([]string{"absent", "null", "boolean", "number", "string", "array", "object", "kind 7"}, names); diff != "" {
		t.Error(diff)
	}
}
