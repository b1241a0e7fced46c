package policy

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

// Rule is one line of a policy: when the expression holds, this is the outcome.
type Rule struct {
	Name    string
	When    string
	Outcome string
}

// Language is what the rules of a policy can say beside the names of its variables.
type Language struct {
	Outcomes []string
	// Values lists the words that a variable, or the field of an item, can be; nil when
	// it can be any. It may be nil itself.
	Values func(name string) []string
}

// Policy is a list of rules that have been checked, over variables that are the fields
// of E: their names are in its expr tags, their types plain ones.
type Policy[E any] struct {
	rules []compiled
}

type compiled struct {
	Rule
	program *vm.Program
	names   []string // the variables that the rule uses
}

// Decision is what came of the rules.
type Decision struct {
	Outcome string // "" when nothing could be decided
	Rule    string // the name of the rule that has decided, or that has failed
	Reason  string // its expression with the values that it was decided on
}

// Compile checks the rules. An error names the rule, the place in it and the known
// variables.
func Compile[E any](rules []Rule, l Language) (*Policy[E], error) {
	if len(rules) == 0 {
		return nil, fmt.Errorf("the policy has no rules: at least one, such as {name: otherwise, when: \"true\", outcome: %s}, is needed", l.Outcomes[0])
	}
	var env E
	p := &Policy[E]{}
	names := map[string]bool{}
	for i, r := range rules {
		if r.Name == "" {
			return nil, fmt.Errorf("policy rule %d has no name", i+1)
		}
		if names[r.Name] {
			return nil, fmt.Errorf("policy rule %q stands twice", r.Name)
		}
		names[r.Name] = true
		c, err := l.compile(r, env, variables(env))
		if err != nil {
			return nil, err
		}
		p.rules = append(p.rules, c)
	}
	return p, nil
}

func (l Language) compile(r Rule, env any, known []string) (compiled, error) {
	if !slices.Contains(l.Outcomes, r.Outcome) {
		return compiled{}, fmt.Errorf("policy rule %q: outcome %q is none of %s", r.Name, r.Outcome, strings.Join(l.Outcomes, ", "))
	}
	if strings.TrimSpace(r.When) == "" {
		return compiled{}, fmt.Errorf("policy rule %q has no expression in \"when\"; one that always holds is \"true\"", r.Name)
	}
	// The same input gives the same verdict, at any time of the day.
	program, err := expr.Compile(r.When, expr.Env(env), expr.AsBool(), expr.DisableBuiltin("now"))
	if err != nil {
		return compiled{}, ruleError(r, err, known)
	}
	see := &inspector{language: l, known: known}
	root := program.Node()
	ast.Walk(&root, see)
	if see.err != "" {
		return compiled{}, fmt.Errorf("policy rule %q: %s", r.Name, see.err)
	}
	return compiled{Rule: r, program: program, names: see.names}, nil
}

func ruleError(r Rule, err error, known []string) error {
	list := strings.Join(known, ", ")
	var at *exprfile.Error
	if errors.As(err, &at) {
		return fmt.Errorf("policy rule %q, line %d column %d: %s in %q; the variables are %s", r.Name, at.Line, at.Column+1, at.Message, r.When, list)
	}
	return fmt.Errorf("policy rule %q: %w in %q; the variables are %s", r.Name, err, r.When, list)
}

// Decide gives the outcome of the first rule that holds.
func (p *Policy[E]) Decide(env E) Decision {
	for _, r := range p.rules {
		out, err := expr.Run(r.program, env)
		if err != nil {
			return Decision{"", r.Name, "the rule failed: " + firstLine(err)}
		}
		if holds, ok := out.(bool); ok && holds {
			return Decision{r.Outcome, r.Name, r.reason(env)}
		}
	}
	return Decision{"", "", "no rule of the policy holds"}
}

// Holding names all rules that hold, whatever their order. One that fails is in the list.
func (p *Policy[E]) Holding(env E) []string {
	var out []string
	for _, r := range p.rules {
		if holds, err := expr.Run(r.program, env); err != nil || holds == true {
			out = append(out, r.Name)
		}
	}
	return out
}

func firstLine(err error) string {
	s, _, _ := strings.Cut(err.Error(), "\n")
	return s
}

func (c compiled) reason(env any) string {
	var values []string
	for _, n := range c.names {
		values = append(values, n+" = "+show(env, n))
	}
	if len(values) == 0 {
		return c.When
	}
	return c.When + ", with " + strings.Join(values, ", ")
}
