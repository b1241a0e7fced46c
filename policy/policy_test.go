package policy

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type item struct {
	Color string `expr:"color"`
}

type env struct {
	Count int    `expr:"count_of_it"`
	Sure  bool   `expr:"sure"`
	Word  string `expr:"word"`
	Items []item `expr:"items"`
}

func language() Language {
	return Language{Outcomes: []string{"go", "stop"}, Values: func(name string) []string {
		switch name {
		case "color":
			return []string{"red", "green"}
		case "word":
			return []string{"yes", "no"}
		}
		return nil
	}}
}

func compiledRules(t *testing.T, rules ...Rule) *Policy[env] {
	t.Helper()
	p, err := Compile[env](rules, language())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTheFirstRuleThatHoldsDecides(t *testing.T) {
	p := compiledRules(t,
		Rule{"many", "count_of_it > 2 && len(items) > 0", "stop"},
		Rule{"word", "word == 'yes' || sure", "stop"},
		Rule{"fails", "items[count_of_it].color == 'red'", "stop"},
		Rule{"otherwise", "true", "go"})
	tests := []struct {
		name    string
		env     env
		want    Decision
		holding []string
	}{
		{"the first of several", env{Count: 3, Sure: true, Items: make([]item, 5)}, Decision{"stop", "many", "count_of_it > 2 && len(items) > 0, with count_of_it = 3, items = 5 items"}, []string{"many", "word", "otherwise"}},
		{"the second", env{Word: "yes", Items: make([]item, 1)}, Decision{"stop", "word", `word == 'yes' || sure, with word = "yes", sure = false`}, []string{"word", "otherwise"}},
		{"the last", env{Items: make([]item, 1)}, Decision{"go", "otherwise", "true"}, []string{"otherwise"}},
		{"one that fails", env{}, Decision{"", "fails", "the rule failed: index out of range: 0 (array length is 0) (1:6)"}, []string{"fails", "otherwise"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, p.Decide(tt.env)); diff != "" {
				t.Errorf("got +, want -:\n%s", diff)
			}
			if diff := cmp.Diff(tt.holding, p.Holding(tt.env)); diff != "" {
				t.Errorf("holding: got +, want -:\n%s", diff)
			}
		})
	}
	if d := compiledRules(t, Rule{"never", "count_of_it > 9", "go"}).Decide(env{}); d.Outcome != "" || d.Reason != "no rule of the policy holds" {
		t.Errorf("where no rule holds: %+v", d)
	}
}

func TestARuleThatCannotBeMeantIsRefused(t *testing.T) {
	tests := []struct {
		rules []Rule
		want  string
	}{
		{nil, "the policy has no rules: at least one, such as {name: otherwise, when: \"true\", outcome: go}"},
		{[]Rule{{"", "true", "go"}}, "policy rule 1 has no name"},
		{[]Rule{{"a", "true", "go"}, {"a", "true", "go"}}, `policy rule "a" stands twice`},
		{[]Rule{{"a", "true", "wait"}}, `policy rule "a": outcome "wait" is none of go, stop`},
		{[]Rule{{"a", " ", "go"}}, "has no expression"},
		{[]Rule{{"a", "count > 1", "go"}}, "the variables are count_of_it, sure, word, items"},
		{[]Rule{{"a", "sure &&\n cont > 1", "go"}}, "line 2 column 2: unknown name cont"},
		{[]Rule{{"a", "count_of_it", "go"}}, "expected bool"},
		{[]Rule{{"a", "now().Year() > 1", "go"}}, "unknown name now"},
		{[]Rule{{"a", "word == 'yess'", "go"}}, `word is never "yess"; it is one of yes, no`},
		{[]Rule{{"a", "'yess' == word", "go"}}, `word is never "yess"`},
		{[]Rule{{"a", "word in ['yes', 'yess']", "go"}}, `word is never "yess"`},
		{[]Rule{{"a", "any(items, .color == 'blue')", "go"}}, `color is never "blue"`},
		{[]Rule{{"a", "any(items, .colour == 'red')", "go"}}, "has no field colour"},
	}
	for _, tt := range tests {
		if _, err := Compile[env](tt.rules, language()); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: got %v, want %q", tt.rules, err, tt.want)
		}
	}
}

func FuzzCompile(f *testing.F) {
	f.Add("count_of_it > 1 && any(items, .color in ['red'])", 1)
	f.Add("items[count_of_it].color == word", 3)
	f.Fuzz(func(t *testing.T, when string, n int) {
		p, err := Compile[env]([]Rule{{"a", when, "go"}}, language())
		if err != nil {
			return
		}
		d := p.Decide(env{Count: n, Items: make([]item, 2)})
		if (d.Outcome == "go") != (d.Rule == "a" && !strings.HasPrefix(d.Reason, "the rule failed")) {
			t.Errorf("%q: %+v", when, d)
		}
	})
}
