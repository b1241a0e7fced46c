package node

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"
)

func parse(t *testing.T, text string) *yaml.Node {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	return doc.Content[0]
}

func TestKeysKeepTheirOrderAndMistakesTheirLine(t *testing.T) {
	r := &Reader{File: "f.yaml"}
	var keys []string
	for _, p := range r.Pairs(parse(t, "b: 1\nrepaet: 2\na: 3\nb: 4\n"), "it", "a", "b", "repeat") {
		keys = append(keys, p.Key)
	}
	if diff := cmp.Diff([]string{"b", "a"}, keys); diff != "" {
		t.Error(diff)
	}
	want := "f.yaml:2: unknown key \"repaet\" of it; did you mean repeat?\nf.yaml:4: \"b\" of it stands here a second time; the first is on line 1"
	if got := r.Err().Error(); got != want {
		t.Error(got)
	}
	var one *Error
	if !errors.As(r.Err(), &one) || one.Line != 2 {
		t.Errorf("%+v", one)
	}
}

func TestAliasesStandForWhatTheyName(t *testing.T) {
	r := &Reader{File: "f.yaml"}
	pairs := r.Pairs(parse(t, "a: &x [1, two, true]\nb: *x\n"), "it")
	if diff := cmp.Diff([]string{"1", "two", "true"}, r.Texts(pairs[1].Value, "b")); diff != "" || r.Err() != nil {
		t.Error(diff, r.Err())
	}
}

func TestManyMistakesAreCounted(t *testing.T) {
	r := &Reader{File: "f"}
	for range 50 {
		r.Errorf(1, "x")
	}
	if got := r.Err().Error(); strings.Count(got, "f:1: x") != maxErrors || !strings.HasSuffix(got, "and 30 more mistakes") {
		t.Error(got)
	}
}

func TestNearestKnowsUsualSlips(t *testing.T) {
	known := []string{"targets", "headers", "repeat", "timeout"}
	for word, want := range map[string]string{"target": "targets", "Header": "headers", "repaet": "repeat", "time_out": "timeout", "zzz": "", strings.Repeat("t", 100): ""} {
		if got := Nearest(word, known); got != want {
			t.Errorf("%q is near %q, not %q", word, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := []rune(rapid.String().Draw(t, "a")), []rune(rapid.String().Draw(t, "b"))
		d := distance(a, b)
		if d != distance(b, a) || distance(a, a) != 0 || d > max(len(a), len(b)) || string(a) != string(b) && d == 0 {
			t.Fatalf("the distance is %d", d)
		}
	})
}
