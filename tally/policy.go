package tally

import (
	"cmp"
	"reflect"

	"scrum/policy"
)

// Exit codes of the outcomes.
const (
	ExitPass         = 0
	ExitBlock        = 1
	ExitInconclusive = 4
)

// ExitCode is the code that a command ends with; of anything but a pass or a block
// it is that of inconclusive.
func (o Outcome) ExitCode() int {
	switch o {
	case Pass:
		return ExitPass
	case Blocked:
		return ExitBlock
	}
	return ExitInconclusive
}

// Rule is one line of a policy: when the expression holds, this is the outcome.
type Rule struct {
	Name    string  `yaml:"name" mapstructure:"name"`
	When    string  `yaml:"when" mapstructure:"when"` // expr-lang/expr over Env
	Outcome Outcome `yaml:"outcome" mapstructure:"outcome"`
}

// DefaultPolicy is what decides when nothing is configured. A change of which
// nothing could be reviewed is not a pass.
func DefaultPolicy() []Rule {
	return []Rule{
		{"nothing-read", "bundles == 0 && left_out > 0", Inconclusive},
		{"quorum", "covered < bundles", Inconclusive},
		{"budget", "out_of_budget > 0", Inconclusive},
		{"convergent-block", "any(findings, .severity == 'BLOCK' && .state == 'open' && .convergence >= 2)", Blocked},
		{"confirmed-block", "any(findings, .severity == 'BLOCK' && .state == 'open' && len(.confirmed_by) > 0)", Blocked},
		{"examination", "unexamined > 0", Inconclusive},
		{"otherwise", "true", Pass},
	}
}

// Env is what rules decide on. In rules the names are those of findings.json:
// bundles, covered, left_out, unparsed, convergent, distinct, forced, unexamined; out_of_budget;
// and the lists findings and unanchored.
//
// A rule's findings are those at places that the diff has. Findings whose path or
// line the diff lacks cannot close the gate by accident: they stand in a list of
// their own, unanchored.
type Env struct {
	Bundles    int // that were to be reviewed
	Covered    int // of them, by a quorum
	LeftOut    int // files that no model sees
	Unparsed   int // texts that look like findings and could not be read
	Convergent int
	Distinct   int
	Forced     bool // the size guard was overridden
	Unexamined int  // findings that were put to other lineages, none of which gave an opinion
	Unpaid     int  // seats that were not asked because the budget did not allow it
	Findings   []Finding
}

// policyEnv is Env as expressions see it. Severities and the like are plain
// strings there: a named string type never equals a literal in a rule.
type policyEnv struct {
	Bundles    int             `expr:"bundles"`
	Covered    int             `expr:"covered"`
	LeftOut    int             `expr:"left_out"`
	Unparsed   int             `expr:"unparsed"`
	Convergent int             `expr:"convergent"`
	Distinct   int             `expr:"distinct"`
	Forced     bool            `expr:"forced"`
	Unpaid     int             `expr:"out_of_budget"`
	Unexamined int             `expr:"unexamined"`
	Findings   []policyFinding `expr:"findings"`
	Unanchored []policyFinding `expr:"unanchored"`
}

type policyFinding struct {
	ID          string   `expr:"id"`
	Bundle      string   `expr:"bundle"`
	Severity    string   `expr:"severity"`
	Path        string   `expr:"path"`
	Line        int      `expr:"line"`
	EndLine     int      `expr:"end_line"`
	Side        string   `expr:"side"`
	Anchor      string   `expr:"anchor"`
	Title       string   `expr:"title"`
	Why         string   `expr:"why"`
	Fix         string   `expr:"fix"`
	State       string   `expr:"state"`
	Lineages    []string `expr:"lineages"`
	Convergence int      `expr:"convergence"`
	ConfirmedBy []string `expr:"confirmed_by"`
	Reviewers   []string `expr:"reviewers"`
}

// Policy is a list of rules that have been checked.
type Policy struct {
	rules *policy.Policy[policyEnv]
}

// Compile checks the rules: names, outcomes, and the types of every expression. An
// error names the rule, the place in it and the known variables.
func Compile(rules []Rule) (*Policy, error) {
	plain := make([]policy.Rule, len(rules))
	for i, r := range rules {
		plain[i] = policy.Rule{Name: r.Name, When: r.When, Outcome: string(r.Outcome)}
	}
	p, err := policy.Compile[policyEnv](plain, policy.Language{
		Outcomes: []string{string(Pass), string(Blocked), string(Inconclusive)}, Values: fieldValues,
	})
	if err != nil {
		return nil, err
	}
	return &Policy{p}, nil
}

func fieldValues(field string) []string {
	switch field {
	case "severity", "Severity":
		return []string{string(Block), string(Warn), string(Info)}
	case "state", "State":
		return []string{string(Open), string(Retracted), string(Refuted), string(Known)}
	case "anchor", "Anchor":
		return []string{string(Exact), string(Context), string(Snapped), string(Whole), string(Outside), string(Unknown)}
	case "side", "Side":
		return []string{string(New), string(Old)}
	}
	return nil
}

// Decide gives the outcome of the first rule that holds. A rule that fails while
// it runs, and a policy of which no rule holds, are never a pass.
func (p *Policy) Decide(env Env) Verdict {
	d := p.rules.Decide(env.forRules())
	o := cmp.Or(Outcome(d.Outcome), Inconclusive)
	return Verdict{Outcome: o, Rule: d.Rule, Reason: d.Reason, ExitCode: o.ExitCode()}
}

func (env Env) forRules() policyEnv {
	e := policyEnv{
		Bundles: env.Bundles, Covered: env.Covered, LeftOut: env.LeftOut, Unparsed: env.Unparsed,
		Convergent: env.Convergent, Distinct: env.Distinct, Forced: env.Forced, Unpaid: env.Unpaid, Unexamined: env.Unexamined,
	}
	for _, f := range env.Findings {
		p := policyFinding{
			ID: f.ID, Bundle: f.Bundle, Severity: string(f.Severity), Path: f.Path, Line: f.Line, EndLine: f.EndLine,
			Side: string(f.Side), Anchor: string(f.Anchor), Title: f.Title, Why: f.Why, Fix: f.Fix, State: string(f.State),
			Lineages: f.Lineages, Convergence: f.Convergence, ConfirmedBy: f.ConfirmedBy, Reviewers: f.Reviewers,
		}
		if f.Anchor.gates() {
			e.Findings = append(e.Findings, p)
		} else {
			e.Unanchored = append(e.Unanchored, p)
		}
	}
	return e
}

// Name is what a rule can ask for.
type Name struct{ Name, Type string }

// Names are what rules can ask for: of the review, and of each of its findings.
func Names() (review, finding []Name) {
	return namesOf(reflect.TypeFor[policyEnv]()), namesOf(reflect.TypeFor[policyFinding]())
}

func namesOf(t reflect.Type) []Name {
	var out []Name
	for i := range t.NumField() {
		f := t.Field(i)
		kind := f.Type.Kind().String()
		if f.Type.Kind() == reflect.Slice {
			kind = "list"
		}
		if name := f.Tag.Get("expr"); name != "" {
			out = append(out, Name{name, kind})
		}
	}
	return out
}
