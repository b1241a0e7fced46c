package compare

import (
	"strings"

	"scrum/parity/jqpath"
	"scrum/parity/jsonvalue"
)

// absent stands for a member that is not there.
func absent() *jsonvalue.Value { return &jsonvalue.Value{} }

// pair is a member of one object with the one that it belongs to.
type pair struct{ a, b *jsonvalue.Member }

func (p pair) place(at *jqpath.Place) *jqpath.Place {
	switch {
	case p.a == nil:
		return at.Member(p.b.Name)
	case p.b == nil || p.a.Name == p.b.Name:
		return at.Member(p.a.Name)
	}
	return at.Renamed(p.a.Name, p.b.Name)
}

// object compares members by name, then by what is left of a name without its case,
// then names what stands alone.
func (w *walk) object(at *jqpath.Place, a, b *jsonvalue.Value) {
	if inStep(a, b) {
		for i := range a.Members {
			w.value(at.Member(a.Members[i].Name), &a.Members[i].Value, &b.Members[i].Value)
		}
		return
	}
	same, onlyA, onlyB := pairUp(refs(a), refs(b), func(name string) string { return name })
	if len(onlyA)+len(onlyB) > 0 {
		onlyA, onlyB = w.duplicates(at, a, b, onlyA), w.duplicates(at, a, b, onlyB)
	}
	for _, p := range same {
		w.value(p.place(at), &p.a.Value, &p.b.Value)
	}
	if len(onlyA)+len(onlyB) == 0 {
		return
	}
	renamed, onlyA, onlyB := pairUp(onlyA, onlyB, fold)
	if len(renamed) > 0 {
		w.keyCase(at, a, b, renamed)
	}
	for _, p := range renamed {
		w.value(p.place(at), &p.a.Value, &p.b.Value)
	}
	for _, m := range onlyA {
		w.alone(pair{a: m}.place(at), &m.Value, absent())
	}
	for _, m := range onlyB {
		w.alone(pair{b: m}.place(at), absent(), &m.Value)
	}
}

// inStep tells whether two objects have the same names in the same order.
func inStep(a, b *jsonvalue.Value) bool {
	if len(a.Members) != len(b.Members) {
		return false
	}
	for i := range a.Members {
		if a.Members[i].Name != b.Members[i].Name {
			return false
		}
	}
	return true
}

func refs(object *jsonvalue.Value) []*jsonvalue.Member {
	out := make([]*jsonvalue.Member, len(object.Members))
	for i := range object.Members {
		out[i] = &object.Members[i]
	}
	return out
}

// pairUp pairs members whose names are one under norm: the first with the first, the
// second with the second. The rest keeps its order.
func pairUp(a, b []*jsonvalue.Member, norm func(string) string) (pairs []pair, onlyA, onlyB []*jsonvalue.Member) {
	waiting := make(map[string][]*jsonvalue.Member, len(b))
	for _, m := range b {
		name := norm(m.Name)
		waiting[name] = append(waiting[name], m)
	}
	taken := make(map[*jsonvalue.Member]bool, len(b))
	for _, m := range a {
		name := norm(m.Name)
		if list := waiting[name]; len(list) > 0 {
			pairs = append(pairs, pair{m, list[0]})
			waiting[name], taken[list[0]] = list[1:], true
			continue
		}
		onlyA = append(onlyA, m)
	}
	for _, m := range b {
		if !taken[m] {
			onlyB = append(onlyB, m)
		}
	}
	return pairs, onlyA, onlyB
}

// fold is what is left of a name when its case and its separators do not count.
func fold(name string) string {
	return separators.Replace(strings.ToLower(name))
}

// duplicates notes the names that one object has more often than the other, which has
// them too, and gives the members that are left.
func (w *walk) duplicates(at *jqpath.Place, a, b *jsonvalue.Value, alone []*jsonvalue.Member) []*jsonvalue.Member {
	var left []*jsonvalue.Member
	for _, m := range alone {
		_, inA := a.Get(m.Name)
		_, inB := b.Get(m.Name)
		if !inA || !inB {
			left = append(left, m)
			continue
		}
		w.differ(ClassDuplicate, at.Member(m.Name), a, b, Difference{Types: [2]string{times(a, m.Name), times(b, m.Name)}})
	}
	return left
}

func times(object *jsonvalue.Value, name string) string {
	n := 0
	for i := range object.Members {
		if object.Members[i].Name == name {
			n++
		}
	}
	if n == 1 {
		return "once"
	}
	return "more than once"
}

var separators = strings.NewReplacer("_", "", "-", "", " ", "")

// keyCase notes once for an object that its members are called in two ways.
func (w *walk) keyCase(at *jqpath.Place, a, b *jsonvalue.Value, renamed []pair) {
	var names []string
	for _, p := range renamed {
		names = append(names, p.a.Name+" is "+p.b.Name)
	}
	w.differ(ClassKeyCase, at, a, b, Difference{Detail: sample(strings.Join(names, ", "))})
}

// alone names a value that only one side has.
func (w *walk) alone(at *jqpath.Place, a, b *jsonvalue.Value) {
	if r := w.rules.at(at); r != nil && r.Do == Ignore {
		return
	}
	switch {
	case a.Kind == jsonvalue.Absent && b.Zero(), b.Kind == jsonvalue.Absent && a.Zero():
		w.differ(ClassZeroAbsent, at, a, b, Difference{})
	case b.Kind == jsonvalue.Absent:
		w.differ(ClassMissing, at, a, b, Difference{})
	default:
		w.differ(ClassExtra, at, a, b, Difference{})
	}
}
