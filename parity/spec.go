package parity

import (
	"errors"
	"fmt"
	"math/big"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"
	"go.yaml.in/yaml/v3"

	"scrum/parity/cases"
	"scrum/parity/compare"
	"scrum/parity/exchange"
	"scrum/parity/jqpath"
	"scrum/parity/node"
)

// Spec is what a run is to do.
type Spec struct {
	File        string // for messages; files that it names are beside it
	Line        int
	Targets     []exchange.Target // the first is the reference
	Isolation   string            // of cases that declare none, "" for none
	Headers     []string          // compared besides the content type
	Repeat      int               // how often the reference is asked
	Timeout     time.Duration
	Concurrency int
	MaxJSON     int64 // bytes of a body that is looked into
	Sources     []cases.Source
	Rules       compare.Rules
	Cases       []cases.Case // after Load
	Notes       []string     // after Load: what was left out on the way
}

// declaredPerCase is the isolation that leaves it to each case.
const declaredPerCase = "declared-per-case"

// DefaultMaxJSON bounds the bodies that are parsed when they differ.
const DefaultMaxJSON = 8 << 20

// Decode reads the section of a gauntlet file. Files with cases are not read yet.
func Decode(file string, n *yaml.Node) (Spec, error) {
	r := &node.Reader{File: file}
	s := Spec{File: file, Line: n.Line, Headers: []string{"location"}, Repeat: 2, Timeout: 10 * time.Second, Concurrency: 8, MaxJSON: DefaultMaxJSON}
	for _, p := range r.Pairs(n, "parity", "targets", "isolation", "headers", "repeat", "timeout", "concurrency", "max_json", "cases", "rules") {
		switch v := p.Value; p.Key {
		case "targets":
			s.Targets = readTargets(r, v)
		case "isolation":
			s.Isolation = r.OneOf(v, "isolation", append([]string{"none", declaredPerCase}, cases.Isolations()...)...)
		case "headers":
			s.Headers = readHeaders(r, v)
		case "repeat":
			s.Repeat = r.Count(v, "repeat", 1, 100)
		case "timeout":
			s.Timeout = r.Duration(v, "timeout")
		case "concurrency":
			s.Concurrency = r.Count(v, "concurrency", 1, 1024)
		case "max_json":
			s.MaxJSON = readSize(r, v)
		case "cases":
			s.Sources = cases.Sources(r, v)
		case "rules":
			s.Rules = readRules(r, v)
		}
	}
	if s.Isolation == "none" || s.Isolation == declaredPerCase {
		s.Isolation = ""
	}
	for i := range s.Sources {
		if c := s.Sources[i].Case; c != nil {
			r.Join(s.checkIsolation(c))
		}
	}
	return s, r.Err()
}

// checkIsolation holds a case that may change state to saying how that is kept apart.
func (s *Spec) checkIsolation(c *cases.Case) error {
	if !c.Mutates() || s.isolation(c) != "" {
		return nil
	}
	return c.Errorf("case %s: %s may change state, so it needs isolation: %s (idempotent: sending it again changes nothing; fresh: each target has a state of its own; shared: they share one)",
		node.Quote(c.Name), c.Method, strings.Join(cases.Isolations(), ", "))
}

func (s *Spec) isolation(c *cases.Case) string {
	if c.Isolation != "" {
		return c.Isolation
	}
	return s.Isolation
}

func readTargets(r *node.Reader, n *yaml.Node) []exchange.Target {
	var out []exchange.Target
	for _, p := range r.Pairs(n, "targets") {
		t, err := exchange.NewTarget(p.Key, r.Text(p.Value, "target "+p.Key))
		if err != nil {
			r.Errorf(p.Line, "%v", err)
			continue
		}
		out = append(out, t)
	}
	return out
}

func readHeaders(r *node.Reader, n *yaml.Node) []string {
	out := r.Texts(n, "headers")
	for _, name := range out {
		if cases.Secret(name) {
			r.Errorf(n.Line, "header %s carries a secret, which no report may show; it cannot be compared", name)
		}
	}
	return out
}

func readSize(r *node.Reader, n *yaml.Node) int64 {
	var number int64
	var unit string
	if _, err := fmt.Sscanf(n.Value, "%d%s", &number, &unit); err == nil && number > 0 && number <= 1024 {
		switch unit {
		case "KB":
			return number << 10
		case "MB":
			return number << 20
		}
	}
	r.Errorf(n.Line, "max_json is %s, but it takes a size such as 8MB, 1024MB at most", node.Found(n))
	return DefaultMaxJSON
}

func readRules(r *node.Reader, n *yaml.Node) compare.Rules {
	var out compare.Rules
	for _, item := range r.Items(n, "rules") {
		out = append(out, readRule(r, item))
	}
	return out
}

func readRule(r *node.Reader, n *yaml.Node) *compare.Rule {
	rule := &compare.Rule{Line: n.Line}
	var path, do bool
	for _, p := range r.Pairs(n, "a rule", "path", "do", "value", "reason", "cases") {
		switch v := p.Value; p.Key {
		case "path":
			path = true
			rule.Path = readPath(r, v)
		case "do":
			do = true
			readAction(r, rule, v)
		case "value":
			rule.Value = r.Text(v, "value")
		case "reason":
			rule.Reason = strings.TrimSpace(r.Text(v, "reason"))
		case "cases":
			rule.Cases = readGlobs(r, v)
		}
	}
	switch {
	case !path:
		r.Errorf(n.Line, "a rule needs a path, such as .items[].updated_at")
	case !do:
		r.Errorf(n.Line, "a rule needs do: %s", strings.Join(compare.Actions(), ", "))
	case rule.Reason == "":
		r.Errorf(n.Line, "a rule needs a reason, which the report shows")
	}
	readRuleValue(r, rule, n.Line)
	return rule
}

func readPath(r *node.Reader, n *yaml.Node) jqpath.Pattern {
	p, err := jqpath.Parse(r.Text(n, "path"))
	if err != nil {
		r.Errorf(n.Line, "%v", err)
	}
	return p
}

func readGlobs(r *node.Reader, n *yaml.Node) []string {
	globs := r.Texts(n, "cases")
	for _, g := range globs {
		if !doublestar.ValidatePattern(g) {
			r.Errorf(n.Line, "cases: %s is no glob", node.Quote(g))
		}
	}
	return globs
}

// readAction reads do. keyed has what elements belong together by in parentheses:
// keyed(id), keyed(.meta.id).
func readAction(r *node.Reader, rule *compare.Rule, n *yaml.Node) {
	text := r.Text(n, "do")
	name, key, hasKey := strings.Cut(text, "(")
	rule.Do = compare.Action(name)
	switch {
	case name == string(compare.Keyed) && hasKey && strings.HasSuffix(key, ")"):
		key = strings.TrimSuffix(key, ")")
		if !strings.HasPrefix(key, ".") {
			key = "." + key
		}
		var err error
		if rule.Key, err = jqpath.Parse(key); err != nil {
			r.Errorf(n.Line, "do: %v", err)
		}
	case name == string(compare.Keyed):
		r.Errorf(n.Line, "do: keyed names what elements belong together by, as in keyed(id)")
	case hasKey, !slices.Contains(compare.Actions(), name):
		r.Errorf(n.Line, "do is %s; %s", node.Quote(text), node.Hint(text, compare.Actions()))
	}
}

// readRuleValue reads the value, which some actions need.
func readRuleValue(r *node.Reader, rule *compare.Rule, line int) {
	switch rule.Do {
	case compare.Match:
		var err error
		if rule.Regexp, err = regexp.Compile(rule.Value); err != nil || rule.Value == "" {
			r.Errorf(line, "do: match needs value with a regular expression: %v", errors.Join(err))
		}
	case compare.Tolerance:
		number, percent := strings.CutSuffix(strings.TrimSpace(rule.Value), "%")
		within, ok := new(big.Rat).SetString(number)
		if !ok || within.Sign() < 0 || len(number) > 40 {
			r.Errorf(line, "do: tolerance needs value with how far numbers may be apart, such as 0.01 or 5%%")
			within = new(big.Rat)
		}
		if percent {
			within.Quo(within, big.NewRat(100, 1))
		}
		rule.Within, rule.Percent = within, percent
	default:
		if rule.Value != "" {
			r.Errorf(line, "do: %s takes no value", rule.Do)
		}
	}
}

// Load reads the files with cases that the section names, and checks that all of it
// fits together.
func (s *Spec) Load(read cases.ReadFile) error {
	r := &node.Reader{File: s.File}
	loaded, err := cases.Load(s.Sources, filepath.Dir(s.File), read)
	if err != nil {
		return err
	}
	s.Cases, s.Notes = loaded.Cases, loaded.Notes
	for i := range s.Cases {
		r.Join(s.checkIsolation(&s.Cases[i]))
	}
	if len(s.Targets) < 2 {
		r.Errorf(s.Line, "parity needs two targets or more, such as targets: {old: http://127.0.0.1:8081, new: http://127.0.0.1:8082}")
	}
	if len(s.Cases) == 0 {
		r.Errorf(s.Line, "parity has no cases")
	}
	r.Join(checkNames(s.Cases))
	r.Join(checkCaptures(s.Cases))
	return r.Err()
}

// SetTarget gives a target another address, or adds one.
func (s *Spec) SetTarget(t exchange.Target) {
	for i := range s.Targets {
		if s.Targets[i].Name == t.Name {
			s.Targets[i] = t
			return
		}
	}
	s.Targets = append(s.Targets, t)
}
