package jqpath

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/itchyny/gojq"
)

// Pattern stands for some places in JSON values.
type Pattern struct {
	text         string
	alternatives [][]step
}

// String is the pattern as it was written.
func (p Pattern) String() string { return p.text }

type stepKind uint8

const (
	byName  stepKind = iota // .name
	byIndex                 // .[3], also from the end
	each                    // .[]
	below                   // .., the place itself and all below
)

type step struct {
	kind  stepKind
	name  string
	index int
}

// maxAlternatives bounds what commas can multiply to.
const maxAlternatives = 64

// Parse reads a pattern.
func Parse(text string) (Pattern, error) {
	query, err := gojq.Parse(text)
	if err != nil {
		return Pattern{}, fmt.Errorf("%q is no jq path: %w", text, err)
	}
	if query.Term == nil && query.Left == nil {
		return Pattern{}, fmt.Errorf("%q is no jq path: it is empty", text)
	}
	alternatives, err := fromQuery(query)
	if err != nil {
		return Pattern{}, fmt.Errorf("%q does more than name a place: %w", text, err)
	}
	return Pattern{text, alternatives}, nil
}

func fromQuery(q *gojq.Query) ([][]step, error) {
	switch {
	case len(q.FuncDefs) > 0 || len(q.Imports) > 0 || q.Meta != nil || len(q.Patterns) > 0:
		return nil, errors.New("definitions and variables have no place here")
	case q.Term != nil:
		return fromTerm(q.Term)
	case q.Op != gojq.OpPipe && q.Op != gojq.OpComma:
		return nil, fmt.Errorf("there is an operator %s", q.Op)
	}
	left, err := fromQuery(q.Left)
	if err != nil {
		return nil, err
	}
	right, err := fromQuery(q.Right)
	if err != nil {
		return nil, err
	}
	if q.Op == gojq.OpComma {
		return bounded(append(left, right...))
	}
	return joined(left, right)
}

func bounded(list [][]step) ([][]step, error) {
	if len(list) > maxAlternatives {
		return nil, fmt.Errorf("it has more than %d alternatives", maxAlternatives)
	}
	return list, nil
}

// joined lets every path of the right follow every path of the left.
func joined(left, right [][]step) ([][]step, error) {
	var out [][]step
	for _, l := range left {
		for _, r := range right {
			out = append(out, append(append([]step{}, l...), r...))
		}
		if len(out) > maxAlternatives {
			break
		}
	}
	return bounded(out)
}

func fromTerm(t *gojq.Term) ([][]step, error) {
	var paths [][]step
	switch t.Type {
	case gojq.TermTypeIdentity:
		paths = [][]step{{}}
	case gojq.TermTypeRecurse:
		paths = [][]step{{{kind: below}}}
	case gojq.TermTypeIndex:
		s, err := fromIndex(t.Index)
		if err != nil {
			return nil, err
		}
		paths = [][]step{{s}}
	case gojq.TermTypeQuery:
		var err error
		if paths, err = fromQuery(t.Query); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("%s is no part of a path", t)
	}
	for _, suffix := range t.SuffixList {
		s, err := fromSuffix(suffix)
		if err != nil {
			return nil, err
		}
		if paths, err = joined(paths, [][]step{s}); err != nil {
			return nil, err
		}
	}
	return paths, nil
}

func fromSuffix(s *gojq.Suffix) ([]step, error) {
	switch {
	case s.Iter:
		return []step{{kind: each}}, nil
	case s.Optional: // a place that is not there matches nothing anyway
		return nil, nil
	case s.Index != nil:
		one, err := fromIndex(s.Index)
		return []step{one}, err
	}
	return nil, fmt.Errorf("%s is no part of a path", s)
}

func fromIndex(i *gojq.Index) (step, error) {
	switch {
	case i.IsSlice:
		return step{}, errors.New("a slice is no place; name an index or use []")
	case i.Str != nil && len(i.Str.Queries) > 0:
		return step{}, errors.New("a name cannot be calculated")
	case i.Str != nil:
		return step{name: i.Str.Str}, nil
	case i.Start != nil:
		return fromStart(i.Start)
	}
	return step{name: i.Name}, nil
}

// fromStart reads what stands in brackets: .["a name"] or .[-1].
func fromStart(q *gojq.Query) (step, error) {
	if q.Term != nil && q.Term.Type == gojq.TermTypeString && len(q.Term.Str.Queries) == 0 && len(q.Term.SuffixList) == 0 {
		return step{name: q.Term.Str.Str}, nil
	}
	n, err := strconv.Atoi(q.String())
	if err != nil {
		return step{}, fmt.Errorf("[%s] is neither an index nor a name in quotes", q)
	}
	return step{kind: byIndex, index: n}, nil
}
