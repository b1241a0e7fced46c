package compare

import (
	"math/big"
	"regexp"
	"strings"
	"sync/atomic"

	"github.com/bmatcuk/doublestar/v4"

	"scrum/parity/jqpath"
	"scrum/parity/jsonvalue"
)

// Action is what a rule does with the values at its places.
type Action string

// The actions.
const (
	Ignore    Action = "ignore"    // not compared
	Match     Action = "match"     // both match a regular expression
	TypeOnly  Action = "type_only" // of one kind
	Set       Action = "set"       // an array: order and repetition do not count
	Multiset  Action = "multiset"  // an array: order does not count
	Keyed     Action = "keyed"     // an array: elements belong together by a key
	Tolerance Action = "tolerance" // numbers: as near as a number or a percentage says
)

// Actions are the names of the actions.
func Actions() []string {
	return []string{string(Ignore), string(Match), string(TypeOnly), string(Set), string(Multiset), "keyed(id)", string(Tolerance)}
}

// Rule changes how values at some places are compared.
type Rule struct {
	Path    jqpath.Pattern
	Do      Action
	Key     jqpath.Pattern // of keyed
	Regexp  *regexp.Regexp // of match
	Value   string         // of match and tolerance, as written
	Within  *big.Rat       // of tolerance
	Percent bool           // of tolerance: Within is a part of the reference's number
	Reason  string
	Cases   []string // globs of names of cases; none for all
	Line    int
	used    atomic.Bool
}

// Used tells whether the rule has met a value yet.
func (r *Rule) Used() bool { return r.used.Load() }

// Rules are the rules that hold for one case, in order: the first that stands for a
// place is the one that holds there.
type Rules []*Rule

// For gives the rules that hold for a case.
func (rs Rules) For(name string) Rules {
	var out Rules
	for _, r := range rs {
		if r.holdsFor(name) {
			out = append(out, r)
		}
	}
	return out
}

func (r *Rule) holdsFor(name string) bool {
	for _, glob := range r.Cases {
		if ok, err := doublestar.Match(strings.ReplaceAll(glob, "/", "\x00"), strings.ReplaceAll(name, "/", "\x00")); err == nil && ok {
			return true
		}
	}
	return len(r.Cases) == 0
}

// Unused tells whether some rule has not met a value yet.
func (rs Rules) Unused() bool {
	for _, r := range rs {
		if !r.Used() {
			return true
		}
	}
	return false
}

func (rs Rules) at(p *jqpath.Place) *Rule {
	for _, r := range rs {
		if r.Path.Match(p) {
			r.use()
			return r
		}
	}
	return nil
}

func (r *Rule) use() {
	if !r.used.Load() { // most calls find it used: no write, no contention
		r.used.Store(true)
	}
}

// Visit marks the rules that stand for a place in a value which need not be compared.
func (rs Rules) Visit(v *jsonvalue.Value) { rs.visit(nil, v) }

func (rs Rules) visit(at *jqpath.Place, v *jsonvalue.Value) {
	rs.at(at)
	for i := range v.Items {
		rs.visit(at.Element(i, len(v.Items)), &v.Items[i])
	}
	for i := range v.Members {
		rs.visit(at.Member(v.Members[i].Name), &v.Members[i].Value)
	}
}
