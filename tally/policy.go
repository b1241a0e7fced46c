package tally

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	exprfile "github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"
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

// variables are the names that a rule may begin with.
const variables = "bundles, covered, left_out, unparsed, convergent, distinct, forced, out_of_budget, unexamined, findings, unanchored"

// Policy is a list of rules that have been checked.
type Policy struct {
	rules []compiled
}

type compiled struct {
	Rule
	program *vm.Program
	names   []string // the variables that the rule uses
}

// Compile checks the rules: names, outcomes, and the types of every expression. An
// error names the rule, the place in it and the known variables.
func Compile(rules []Rule) (*Policy, error) {
	if len(rules) == 0 {
		return nil, errors.New("the policy has no rules: at least one, such as {name: otherwise, when: \"true\", outcome: pass}, is needed")
	}
	p := &Policy{}
	names := map[string]bool{}
	for i, r := range rules {
		if r.Name == "" {
			return nil, fmt.Errorf("policy rule %d has no name", i+1)
		}
		if names[r.Name] {
			return nil, fmt.Errorf("policy rule %q stands twice", r.Name)
		}
		names[r.Name] = true
		c, err := compile(r)
		if err != nil {
			return nil, err
		}
		p.rules = append(p.rules, c)
	}
	return p, nil
}

func compile(r Rule) (compiled, error) {
	if !slices.Contains([]Outcome{Pass, Blocked, Inconclusive}, r.Outcome) {
		return compiled{}, fmt.Errorf("policy rule %q: outcome %q is none of pass, block, inconclusive", r.Name, r.Outcome)
	}
	if strings.TrimSpace(r.When) == "" {
		return compiled{}, fmt.Errorf("policy rule %q has no expression in \"when\"; one that always holds is \"true\"", r.Name)
	}
	// The same input gives the same verdict, at any time of the day.
	program, err := expr.Compile(r.When, expr.Env(policyEnv{}), expr.AsBool(), expr.DisableBuiltin("now"))
	if err != nil {
		return compiled{}, ruleError(r, err)
	}
	see := &inspector{}
	root := program.Node()
	ast.Walk(&root, see)
	if see.err != "" {
		return compiled{}, fmt.Errorf("policy rule %q: %s", r.Name, see.err)
	}
	return compiled{Rule: r, program: program, names: see.names}, nil
}

func ruleError(r Rule, err error) error {
	var at *exprfile.Error
	if errors.As(err, &at) {
		return fmt.Errorf("policy rule %q, line %d column %d: %s in %q; the variables are %s", r.Name, at.Line, at.Column+1, at.Message, r.When, variables)
	}
	return fmt.Errorf("policy rule %q: %w in %q; the variables are %s", r.Name, err, r.When, variables)
}

// inspector collects the variables of an expression, and finds comparisons that
// can never hold: a rule with a misspelt severity would let everything pass.
type inspector struct {
	names []string
	err   string
}

func (v *inspector) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		if slices.Contains(strings.Split(variables, ", "), n.Value) && !slices.Contains(v.names, n.Value) {
			v.names = append(v.names, n.Value)
		}
	case *ast.BinaryNode:
		v.compare(n.Left, n.Right)
		v.compare(n.Right, n.Left)
	}
}

func (v *inspector) compare(field, with ast.Node) {
	member, ok := field.(*ast.MemberNode)
	if !ok {
		return
	}
	name, ok := member.Property.(*ast.StringNode)
	if !ok {
		return
	}
	known := fieldValues(name.Value)
	if known == nil {
		return
	}
	for _, s := range literals(with) {
		if !slices.Contains(known, s) {
			v.err = fmt.Sprintf("%s is never %q; it is one of %s", name.Value, s, strings.Join(known, ", "))
		}
	}
}

func literals(n ast.Node) []string {
	switch n := n.(type) {
	case *ast.StringNode:
		return []string{n.Value}
	case *ast.ArrayNode:
		var out []string
		for _, e := range n.Nodes {
			out = append(out, literals(e)...)
		}
		return out
	case *ast.ConstantNode:
		var out []string
		switch values := n.Value.(type) {
		case map[string]struct{}:
			for s := range values {
				out = append(out, s)
			}
			slices.Sort(out)
		case []string:
			out = values
		}
		return out
	}
	return nil
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
	e := env.forRules()
	for _, r := range p.rules {
		out, err := expr.Run(r.program, e)
		if err != nil {
			return verdict(Inconclusive, r.Name, "the rule failed: "+firstLine(err))
		}
		if holds, ok := out.(bool); ok && holds {
			return verdict(r.Outcome, r.Name, r.reason(e))
		}
	}
	return verdict(Inconclusive, "", "no rule of the policy holds")
}

func verdict(o Outcome, rule, reason string) Verdict {
	return Verdict{Outcome: o, Rule: rule, Reason: reason, ExitCode: o.ExitCode()}
}

func firstLine(err error) string {
	s, _, _ := strings.Cut(err.Error(), "\n")
	return s
}

// reason is the expression with the values that it was decided on.
func (c compiled) reason(e policyEnv) string {
	var values []string
	for _, n := range c.names {
		values = append(values, n+" = "+e.show(n))
	}
	if len(values) == 0 {
		return c.When
	}
	return c.When + ", with " + strings.Join(values, ", ")
}

func (e policyEnv) show(name string) string {
	switch name {
	case "bundles":
		return fmt.Sprint(e.Bundles)
	case "covered":
		return fmt.Sprint(e.Covered)
	case "left_out":
		return fmt.Sprint(e.LeftOut)
	case "unparsed":
		return fmt.Sprint(e.Unparsed)
	case "convergent":
		return fmt.Sprint(e.Convergent)
	case "distinct":
		return fmt.Sprint(e.Distinct)
	case "forced":
		return fmt.Sprint(e.Forced)
	case "out_of_budget":
		return fmt.Sprint(e.Unpaid)
	case "unexamined":
		return fmt.Sprint(e.Unexamined)
	case "findings":
		return count(len(e.Findings), "item")
	}
	return count(len(e.Unanchored), "item")
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
