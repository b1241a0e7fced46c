package policy

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// variables are the names that a rule may begin with, in the order of the fields.
func variables(env any) []string {
	t := reflect.TypeOf(env)
	out := make([]string, t.NumField())
	for i := range out {
		out[i] = t.Field(i).Tag.Get("expr")
	}
	return out
}

// show is the value of a variable in a sentence.
func show(env any, name string) string {
	v := reflect.ValueOf(env)
	f := v.Field(slices.Index(variables(env), name))
	switch f.Kind() {
	case reflect.Slice:
		if f.Len() == 1 {
			return "1 item"
		}
		return fmt.Sprintf("%d items", f.Len())
	case reflect.String:
		return fmt.Sprintf("%q", f)
	}
	return fmt.Sprint(f)
}

// inspector collects the variables of an expression, and finds comparisons that can
// never hold: a rule with a misspelt severity would let everything pass.
type inspector struct {
	language Language
	known    []string
	names    []string
	err      string
}

// Visit implements ast.Visitor.
func (v *inspector) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		if slices.Contains(v.known, n.Value) && !slices.Contains(v.names, n.Value) {
			v.names = append(v.names, n.Value)
		}
	case *ast.BinaryNode:
		v.compare(n.Left, n.Right)
		v.compare(n.Right, n.Left)
	}
}

func (v *inspector) compare(what, with ast.Node) {
	name := nameOf(what)
	if name == "" || v.language.Values == nil {
		return
	}
	known := v.language.Values(name)
	if known == nil {
		return
	}
	for _, s := range literals(with) {
		if !slices.Contains(known, s) {
			v.err = fmt.Sprintf("%s is never %q; it is one of %s", name, s, strings.Join(known, ", "))
		}
	}
}

// nameOf is the name of a variable or of a field; "" for anything else.
func nameOf(n ast.Node) string {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		return n.Value
	case *ast.MemberNode:
		if name, ok := n.Property.(*ast.StringNode); ok {
			return name.Value
		}
	}
	return ""
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
		return constants(n)
	}
	return nil
}

// constants are the words of a list that the compiler has folded.
func constants(n *ast.ConstantNode) []string {
	switch values := n.Value.(type) {
	case map[string]struct{}:
		var out []string
		for s := range values {
			out = append(out, s)
		}
		slices.Sort(out)
		return out
	case []string:
		return values
	}
	return nil
}
