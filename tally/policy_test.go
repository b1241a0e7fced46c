package tally

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func blocking(convergence int, anchor Anchor, state State) Finding {
	return Finding{Severity: Block, State: state, Anchor: anchor, Convergence: convergence, Lineages: make([]string, convergence), Path: "a.go", ConfirmedBy: []string{}}
}

func TestTheDefaultPolicyDecides(t *testing.T) {
	p, err := Compile(DefaultPolicy())
	if err != nil {
		t.Fatal(err)
	}
	full := Env{Bundles: 2, Covered: 2}
	with := func(f ...Finding) Env { e := full; e.Findings = f; return e }
	tests := []struct {
		name string
		env  Env
		want Verdict
	}{
		{"nothing found", full, Verdict{Pass, "otherwise", "true", 0}},
		{"an empty change", Env{}, Verdict{Pass, "otherwise", "true", 0}},
		{"nothing could be read", Env{LeftOut: 3}, Verdict{Inconclusive, "nothing-read", "bundles == 0 && left_out > 0, with bundles = 0, left_out = 3", 4}},
		{"a bundle without a quorum", Env{Bundles: 2, Covered: 1, Findings: []Finding{blocking(3, Exact, Open)}}, Verdict{Inconclusive, "quorum", "covered < bundles, with covered = 1, bundles = 2", 4}},
		{"a budget that did not allow all seats", Env{Bundles: 2, Covered: 2, Unpaid: 1, Findings: []Finding{blocking(3, Exact, Open)}}, Verdict{Inconclusive, "budget", "out_of_budget > 0, with out_of_budget = 1", 4}},
		{"a convergent BLOCK", with(blocking(2, Exact, Open)), Verdict{Blocked, "convergent-block", DefaultPolicy()[3].When + ", with findings = 1 item", 1}},
		{"a BLOCK of one lineage", with(blocking(1, Exact, Open)), Verdict{Pass, "otherwise", "true", 0}},
		{"a retracted BLOCK", with(blocking(2, Exact, Retracted)), Verdict{Pass, "otherwise", "true", 0}},
		{"a convergent BLOCK on a line that the diff does not show", with(blocking(2, Outside, Open)), Verdict{Pass, "otherwise", "true", 0}},
		{"a convergent BLOCK on a path of nowhere", with(blocking(2, Unknown, Open)), Verdict{Pass, "otherwise", "true", 0}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, p.Decide(tt.env)); diff != "" {
				t.Errorf("got +, want -:\n%s", diff)
			}
		})
	}
}

func TestRulesSeeTheFieldsOfFindingsJSON(t *testing.T) {
	env := Env{
		Bundles: 1, Covered: 1, LeftOut: 2, Unparsed: 3, Convergent: 1, Distinct: 4, Forced: true,
		Findings: []Finding{{
			ID: "f1", Bundle: "c1", Severity: Warn, Path: "auth/login.go", Line: 3, EndLine: 4, Side: Old, Anchor: Exact, Title: "T", Why: "W", Fix: "F",
			State: Open, Lineages: []string{"anthropic", "openai"}, Convergence: 2, ConfirmedBy: []string{"qwen"}, Reviewers: []string{"a", "b"},
		}, {Severity: Block, State: Open, Anchor: Unknown}},
	}
	for _, when := range []string{
		`bundles == 1 && covered == 1 && left_out == 2 && unparsed == 3 && convergent == 1 && distinct == 4 && forced`,
		`any(findings, .severity == "WARN" && .path startsWith "auth/" && .line == 3 && .end_line == 4 && .side == "old")`,
		`any(findings, .anchor == "exact" && .title == "T" && .why == "W" && .fix == "F" && .state == "open" && .id == "f1" && .bundle == "c1")`,
		`any(findings, "openai" in .lineages && len(.confirmed_by) == 1 && "a" in .reviewers && .convergence + len(.confirmed_by) >= 3)`,
		`none(findings, .severity == "BLOCK") && len(unanchored) == 1 && unanchored[0].severity in ["BLOCK", "WARN"]`,
		`count(findings, .severity != "INFO") == 1`,
	} {
		p, err := Compile([]Rule{{"r", when, Blocked}})
		if err != nil {
			t.Errorf("%s: %v", when, err)
			continue
		}
		if v := p.Decide(env); v.Outcome != Blocked {
			t.Errorf("%s: got %+v", when, v)
		}
	}
}

func TestWhatCannotBeDecidedIsNeverAPass(t *testing.T) {
	tests := []struct {
		name  string
		rules []Rule
		want  Verdict
	}{
		{"a rule that fails at run time", []Rule{{"first", "findings[7].convergence > 0", Blocked}, {"otherwise", "true", Pass}},
			Verdict{Inconclusive, "first", "the rule failed: index out of range: 7 (array length is 0) (1:9)", 4}},
		{"no rule that holds", []Rule{{"never", "bundles < 0", Pass}}, Verdict{Inconclusive, "", "no rule of the policy holds", 4}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := Compile(tt.rules)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, p.Decide(Env{})); diff != "" {
				t.Errorf("got +, want -:\n%s", diff)
			}
		})
	}
}

func TestABadRuleIsRefusedByNameAndPosition(t *testing.T) {
	tests := []struct {
		name  string
		rules []Rule
		want  []string
	}{
		{"no rules", nil, []string{"no rules"}},
		{"no name", []Rule{{"", "true", Pass}}, []string{"rule 1 has no name"}},
		{"a name twice", []Rule{{"a", "true", Pass}, {"a", "true", Pass}}, []string{`"a" stands twice`}},
		{"another outcome", []Rule{{"a", "true", "ship"}}, []string{`"a"`, `"ship"`, "pass, block, inconclusive"}},
		{"no expression", []Rule{{"a", " ", Pass}}, []string{`"a"`, `"when"`}},
		{"a misspelt variable", []Rule{{"a", "covred < bundles", Pass}}, []string{`"a"`, "line 1 column 1", "covred", "variables are bundles, covered"}},
		{"a misspelt field", []Rule{{"a", "any(findings, .sevrity == 'BLOCK')", Pass}}, []string{`"a"`, "column 16", "sevrity"}},
		{"a syntax error", []Rule{{"a", "bundles <", Pass}}, []string{`"a"`, "line 1 column"}},
		{"no yes or no", []Rule{{"a", "bundles", Pass}}, []string{`"a"`, "bool"}},
		{"a text where a number is", []Rule{{"a", "any(findings, .convergence >= '2')", Pass}}, []string{`"a"`, "column"}},
		{"a severity that is none", []Rule{{"a", "any(findings, .severity == 'block')", Pass}}, []string{`"a"`, `"block"`, "BLOCK, WARN, INFO"}},
		{"a list with a state that is none", []Rule{{"a", "any(findings, .state in ['open', 'closed'])", Pass}}, []string{`"closed"`, "retracted"}},
		{"the time of the day", []Rule{{"a", "now().Hour() > 3", Pass}}, []string{`"a"`, "now"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Compile(tt.rules)
			if err == nil {
				t.Fatal("want an error")
			}
			for _, part := range tt.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("the error lacks %q: %v", part, err)
				}
			}
		})
	}
}
