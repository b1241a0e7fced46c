package parity

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

func decode(text string) (Spec, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		return Spec{}, err
	}
	return Decode("g.yaml", doc.Content[0])
}

func TestTheSectionIsReadInItsOrder(t *testing.T) {
	s, err := decode(`
targets: {rust: "http://127.0.0.1:8081", go: "http://u:p@127.0.0.1:8082/base/", a: "https://h"}
isolation: fresh
headers: [location, etag]
repeat: 3
timeout: 2s
concurrency: 4
max_json: 2MB
cases: [{path: /}]
rules:
  - {path: .l, do: keyed(id), reason: a}
  - {path: .n, do: tolerance, value: 5%, reason: b, cases: ["GET *"]}
`)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, target := range s.Targets {
		names = append(names, target.Name+" "+target.Address())
	}
	if diff := cmp.Diff([]string{"rust http://127.0.0.1:8081", "go http://127.0.0.1:8082/base", "a https://h"}, names); diff != "" {
		t.Error(diff)
	}
	if s.Isolation != "fresh" || s.Repeat != 3 || s.Timeout != 2*time.Second || s.Concurrency != 4 || s.MaxJSON != 2<<20 || len(s.Sources) != 1 {
		t.Errorf("%+v", s)
	}
	if s.Rules[0].Key.String() != ".id" || !s.Rules[1].Percent || s.Rules[1].Within.RatString() != "1/20" {
		t.Errorf("%+v %+v", s.Rules[0], s.Rules[1])
	}
}

func TestMistakesNameTheirLine(t *testing.T) {
	for text, want := range map[string]string{
		"target: {}":                           `g.yaml:1: unknown key "target" of parity; did you mean targets?`,
		"targets:\n  a: ftp://x":               "g.yaml:2: the address of target a must begin with http",
		"targets:\n  a b: http://x":            "g.yaml:2: a target's name has letters",
		"targets: {a: 'http://u:secret@h:x/'}": "is no URL",
		"targets: {a: http://h, a: http://i}":  "a second time",
		"targets: {a: 'http://h/?q'}":          "a query or fragment has no place",
		"repeat: 0":                            "from 1 to 100",
		"timeout: 10":                          "with its unit",
		"headers: [authorization]":             "carries a secret",
		"max_json: 8":                          "a size such as 8MB",
		"isolation: some":                      "known are none, declared-per-case",
		"cases:\n  - {path: /, method: POST}":  `g.yaml:2: case "POST /": POST may change state, so it needs isolation: fresh, idempotent, shared`,
		"isolation: declared-per-case\ncases:\n- {path: /, method: PUT}": "g.yaml:3: case",
		"rules:\n  - {path: .a, do: ignore}":                             "g.yaml:2: a rule needs a reason",
		"rules: [{do: ignore, reason: x}]":                               "needs a path",
		"rules: [{path: .a, reason: x}]":                                 "needs do: ignore, match",
		"rules: [{path: .a, do: ingore, reason: x}]":                     "did you mean ignore?",
		"rules: [{path: .a, do: keyed, reason: x}]":                      "keyed(id)",
		"rules: [{path: .a, do: ignore(x), reason: x}]":                  "do is",
		"rules: [{path: .a, do: match, reason: x}]":                      "needs value with a regular expression",
		"rules: [{path: .a, do: match, value: '(', reason: x}]":          "missing closing )",
		"rules: [{path: .a, do: tolerance, value: x, reason: x}]":        "such as 0.01 or 5%",
		"rules: [{path: .a, do: set, value: x, reason: x}]":              "takes no value",
		"rules: [{path: 'a | b', do: set, reason: x}]":                   "does more than name a place",
		"rules: [{path: .a, do: set, reason: x, cases: ['[']}]":          "is no glob",
	} {
		t.Run(text, func(t *testing.T) {
			if _, err := decode(text); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, not %q", err, want)
			}
			if _, err := decode(text); err != nil && strings.Contains(err.Error(), "secret@") {
				t.Errorf("the message shows a password: %v", err)
			}
		})
	}
}

func TestWhatDoesNotFitTogetherIsAMistake(t *testing.T) {
	const two = "targets: {a: http://h, b: http://i}\n"
	for text, want := range map[string]string{
		"targets: {a: http://h}\ncases: [{path: /}]": "g.yaml:1: parity needs two targets or more",
		two:                                   "parity has no cases",
		two + "cases: [{path: /}, {path: /}]": `case "GET /" stands here a second time; the first is at g.yaml:2`,
		two + "cases: [{path: '/{{id}}'}]":    "needs {{id}}, which no case captures",
		two + "cases: [{path: /, capture: {item: .id}}, {path: '/{{itm}}'}]":                      "did you mean item?",
		two + "cases: [{path: /a, capture: {id: .id}}, {path: /b, capture: {id: .id}}]":           "capture id is taken a second time",
		two + "cases: [{path: '/a/{{y}}', capture: {x: .}}, {path: '/b/{{x}}', capture: {y: .}}]": "needs a capture that needs this case first",
		two + "cases: [{file: nowhere.yaml}]":                                                     "g.yaml:2: open nowhere.yaml",
	} {
		t.Run(want, func(t *testing.T) {
			s, err := decode(text)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Load(os.ReadFile); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, not %q", err, want)
			}
		})
	}
}

func TestStagesKeepWhatDependsAndWhatChangesApart(t *testing.T) {
	s, err := decode(`
targets: {a: http://h, b: http://i}
cases:
  - {name: r1, path: /1, capture: {x: .x}}
  - {name: r2, path: "/2/{{x}}", capture: {y: .y}}
  - {name: r3, path: "/3/{{late}}"}
  - {name: r4, path: /4}
  - {name: w1, path: /w, method: POST, isolation: fresh}
  - {name: i1, path: /i, method: POST, isolation: idempotent, capture: {late: .z}}
  - {name: r5, path: "/5/{{y}}"}
`)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Load(os.ReadFile); err != nil {
		t.Fatal(err)
	}
	stages, err := s.stages(s.Cases)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, stage := range stages {
		var names []string
		for _, i := range stage {
			names = append(names, s.Cases[i].Name)
		}
		got = append(got, strings.Join(names, " "))
	}
	if diff := cmp.Diff([]string{"r1 i1 r4", "r2 r3", "w1", "r5"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestChosenCasesBringThoseThatTheyNeed(t *testing.T) {
	s, err := decode(`
targets: {a: http://h, b: http://i}
cases:
  - {name: create, path: /1, capture: {x: .x}}
  - {name: read/one, path: "/2/{{x}}"}
  - {name: other, path: /3}
`)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Load(os.ReadFile); err != nil {
		t.Fatal(err)
	}
	got, err := choose(s.Cases, []string{"read*"})
	if err != nil || len(got) != 2 || got[0].Name != "create" || got[1].Name != "read/one" {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := choose(s.Cases, []string{"othr"}); err == nil || !strings.Contains(err.Error(), "did you mean other?") {
		t.Error(err)
	}
}
