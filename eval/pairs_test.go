package eval

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scrum/tally"
)

const (
	overflows = "`TotalBytes` overflows: the total bytes are added up in 32 bits, so a large upload wraps around"
	wraps     = "The sum in `TotalBytes` wraps around for a large upload, because total bytes is an int32 and overflows"
	leaks     = "The response body is never closed, so each call leaks a connection until the pool is exhausted"
)

func finding(path, side, line, text string) string {
	return `{"path":"` + path + `","side":"` + side + `","line":` + line + `,"end_line":` + line + `,"text":"` + text + `"}`
}

func TestPairsAreJudgedByPlaceAndText(t *testing.T) {
	tests := []struct {
		name, a, b string
		joined     string
		rule       tally.JoinRule
	}{
		{"one problem on one line", finding("a.go", "new", "7", overflows), finding("a.go", "new", "7", wraps), "true", tally.SameLine},
		{"one problem on lines nearby", finding("a.go", "new", "7", overflows), finding("a.go", "new", "9", wraps), "true", tally.Nearby},
		{"two problems on one line", finding("a.go", "new", "7", overflows), finding("a.go", "new", "7", leaks), "false", tally.Unlike},
		{"the same words too far apart", finding("a.go", "new", "7", overflows), finding("a.go", "new", "11", overflows), "false", tally.FarApart},
		{"the same words in two files", finding("a.go", "new", "7", overflows), finding("b.go", "new", "7", overflows), "false", tally.Elsewhere},
		{"the same words on two sides", finding("a.go", "new", "7", overflows), finding("a.go", "old", "7", overflows), "false", tally.Elsewhere},
		{"two short texts that share nothing", finding("a.go", "new", "7", "nil pointer crashes"), finding("a.go", "new", "7", "lock held too long"), "false", tally.Unlike},
		{"two short texts that share a word", finding("a.go", "new", "7", "nil pointer crashes"), finding("a.go", "new", "7", "pointer is nil here"), "true", tally.TooShort},
		{"one word that the other text does not have", finding("a.go", "new", "7", "typo"), finding("a.go", "new", "7", overflows), "false", tally.Unlike},
		{"a line and the whole file", finding("a.go", "new", "7", overflows), finding("a.go", "new", "0", overflows), "false", tally.FileLine},
		{"whole files", finding("a.go", "new", "0", overflows), finding("a.go", "new", "0", wraps), "true", tally.SameFile},
		{"no side is the new one", `{"path":"a.go","line":7,"text":"` + overflows + `"}`, finding("a.go", "new", "7", wraps), "true", tally.SameLine},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, in := range []string{`{"a":` + tt.a + `,"b":` + tt.b + `,"label":1}`, `{"b":` + tt.a + `,"a":` + tt.b + `,"label":1}`} {
				var out strings.Builder
				if err := Pairs(strings.NewReader("\n"+in+"\n"), &out, tally.DefaultOptions()); err != nil {
					t.Fatal(err)
				}
				for _, want := range []string{`"joined":` + tt.joined, `"rule":"` + string(tt.rule) + `"`, `"score":`, `"label":1`, tt.a, tt.b} {
					if !strings.Contains(out.String(), want) {
						t.Errorf("no %s in %s", want, out.String())
					}
				}
			}
		})
	}
}

func TestALineThatIsNoPairIsNamed(t *testing.T) {
	good := `{"a":` + finding("a.go", "new", "1", "x") + `,"b":` + finding("a.go", "new", "1", "x") + "}\n"
	for in, want := range map[string]string{
		good + "{":                       "line 2: it is not a JSON object",
		good + good + `{"a":{}}`:         `line 3: it has no finding "b"`,
		`{"a":{"line":"x"},"b":{}}`:      `line 1: its finding "a" cannot be read`,
		"[1]":                            "line 1: it is not a JSON object",
		strings.Repeat("x", maxLine+100): "after line 0: ",
	} {
		var out strings.Builder
		err := Pairs(strings.NewReader(in), &out, tally.Options{})
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%.40s: %v, want %s", in, err, want)
		}
		if got := strings.Count(out.String(), "\n"); got != strings.Count(in, good) {
			t.Errorf("%.40s: %d lines came out", in, got)
		}
	}
}

func FuzzPairs(f *testing.F) {
	f.Add(`{"a":` + finding("a.go", "new", "7", overflows) + `,"b":` + finding("a.go", "new", "7", wraps) + `}`)
	f.Add(`{"a":{"line":-5,"end_line":-9},"b":{"line":9223372036854775807}}`)
	f.Fuzz(func(t *testing.T, in string) {
		var one, two strings.Builder
		e1 := Pairs(strings.NewReader(in), &one, tally.Options{})
		e2 := Pairs(strings.NewReader(in), &two, tally.Options{})
		if (e1 == nil) != (e2 == nil) || cmp.Diff(one.String(), two.String()) != "" {
			t.Errorf("two runs differ")
		}
	})
}
