package validator

import (
	"fmt"
	"math/big"
	"strings"
)

// rule is what one field must be.
type rule struct {
	name  string
	shape shape
	holds func(at string, n node) []Finding // beyond the shape; nil: nothing
}

// document is a kind of document: its fields, and what must hold between them once each
// is as it must be.
type document struct {
	kind    string
	rules   []rule
	between func(n node, people *People) []Finding
}

func documents() []document {
	operation := rule{"operation", isString, isOperation}
	target := rule{"target", isNumber, isTarget}
	return []document{
		{
			kind:    "fill",
			rules:   []rule{operation, target, {"fills", isList, each(isEntry)}},
			between: fillAgrees,
		},
		{
			kind:    "playbook",
			rules:   []rule{operation, {"fingerprint", isString, isFingerprint}, target, {"endorsed", isList, each(isName)}},
			between: playbookAgrees,
		},
	}
}

func documentOf(kind string) *document {
	for _, d := range documents() {
		if d.kind == kind {
			return &d
		}
	}
	return nil
}

// inspect gives the kind of a request and all that is wrong with it, the gravest first.
func inspect(request node, people *People) (kind string, all []Finding) {
	var d *document
	envelope := []rule{
		{"kind", isString, func(at string, n node) []Finding {
			kind, d = n.text, documentOf(n.text)
			if found := notEmpty(at, n); len(found) > 0 || d != nil {
				return found
			}
			return schema(at, "expected playbook or fill, got %q", kind)
		}},
		{"document", isObject, nil},
	}
	if all = apply(envelope, "", request); len(all) > 0 {
		return kind, all
	}
	doc, _ := request.field("document")
	if all = apply(d.rules, "", doc); len(all) > 0 {
		return kind, all
	}
	return kind, d.between(doc, people)
}

// apply holds an object against the rules of its fields.
func apply(rules []rule, at string, n node) []Finding {
	if n.shape != isObject {
		return schema(at, "expected %s, got %s", isObject, n.shape)
	}
	found := strangers(rules, at, n)
	for _, r := range rules {
		here := join(at, r.name)
		value, there := n.field(r.name)
		switch {
		case !there:
			found = append(found, schema(here, "missing")...)
		case value.shape != r.shape:
			found = append(found, schema(here, "expected %s, got %s", r.shape, value.shape)...)
		case r.holds != nil:
			found = append(found, r.holds(here, value)...)
		}
	}
	return found
}

// strangers are fields that no rule knows, and those that stand twice.
func strangers(rules []rule, at string, n node) []Finding {
	var found []Finding
	left := map[string]int{}
	for _, r := range rules {
		left[r.name] = 1
	}
	for _, name := range n.names {
		times, known := left[name]
		switch {
		case !known:
			found = append(found, schema(join(at, name), "unknown field")...)
		case times == 0:
			found = append(found, schema(join(at, name), "stands twice")...)
		}
		if known {
			left[name] = 0
		}
	}
	return found
}

func join(at, name string) string { return strings.TrimPrefix(at+"."+name, ".") }

// each holds every item of a list against a check of its own.
func each(check func(at string, n node) []Finding) func(string, node) []Finding {
	return func(at string, n node) (found []Finding) {
		for i, item := range n.items {
			found = append(found, check(fmt.Sprintf("%s[%d]", at, i), item)...)
		}
		return found
	}
}

func notEmpty(at string, n node) []Finding {
	if n.text == "" {
		return schema(at, "must not be empty")
	}
	return nil
}

func isName(at string, n node) []Finding {
	if n.shape != isString {
		return schema(at, "expected %s, got %s", isString, n.shape)
	}
	return notEmpty(at, n)
}

func isEntry(at string, n node) []Finding {
	return apply([]rule{{"worker", isString, notEmpty}, {"name", isString, notEmpty}}, at, n)
}

const operationPrefix = "fill: "

func isOperation(at string, n node) []Finding {
	switch {
	case n.text == "":
		return notEmpty(at, n)
	case !strings.HasPrefix(n.text, operationPrefix):
		return schema(at, "expected the prefix %q, got %q", operationPrefix, n.text)
	case strings.TrimSpace(n.text[len(operationPrefix):]) == "":
		return schema(at, "says nothing after the prefix %q", operationPrefix)
	}
	return nil
}

func isFingerprint(at string, n node) []Finding {
	digits := strings.Trim(n.text, "0123456789abcdef") == ""
	switch {
	case n.text == "":
		return notEmpty(at, n)
	case len(n.text) != 16 || !digits:
		return schema(at, "expected 16 hexadecimal digits in lower case, got %q", n.text)
	}
	return nil
}

const maxTarget = 500

func isTarget(at string, n node) []Finding {
	if whole(n) < 1 || whole(n) > maxTarget {
		return schema(at, "expected a whole number from %d to %d", 1, maxTarget)
	}
	return nil
}

// whole gives a number that is written in digits alone, and -1 for any other.
func whole(n node) int {
	v, ok := new(big.Int).SetString(n.text, 10)
	if !ok || !v.IsInt64() {
		return -1
	}
	return int(v.Int64())
}

func schema(field, format string, args ...any) []Finding {
	return []Finding{{Kind: SchemaKind, Field: field, Reason: fmt.Sprintf(format, args...)}}
}
