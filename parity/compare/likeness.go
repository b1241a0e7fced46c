package compare

import (
	"hash/maphash"
	"slices"

	"scrum/parity/jqpath"
	"scrum/parity/jsonvalue"
)

// hash is the same for values that are alike: spelling of numbers, case of names,
// members with zero values and whatever a rule lets go do not count. It only decides
// which elements are compared with each other, never that they are the same.
func (w *walk) hash(at *jqpath.Place, v *jsonvalue.Value) uint64 {
	kind := uint64(v.Kind)
	r := w.rules.at(at)
	switch {
	case r != nil && r.Do == Ignore:
		return 0
	case r != nil && (r.Do == TypeOnly || r.Do == Match || r.Do == Tolerance && v.Kind == jsonvalue.Number):
		return kind
	}
	switch v.Kind {
	case jsonvalue.Object:
		return w.hashMembers(at, v)
	case jsonvalue.Array:
		return w.hashItems(r, at, v)
	case jsonvalue.Number:
		return mix(kind, w.word(jsonvalue.Normal(v.Text)))
	}
	return mix(kind, w.word(v.Text))
}

func (w *walk) word(s string) uint64 { return maphash.String(w.seed, s) }

func mix(h, x uint64) uint64 {
	h = (h ^ x) * 0x9e3779b97f4a7c15
	return h ^ h>>29
}

func (w *walk) hashMembers(at *jqpath.Place, v *jsonvalue.Value) uint64 {
	h := uint64(jsonvalue.Object)
	for i := range v.Members {
		m := &v.Members[i]
		if !m.Value.Zero() {
			h += mix(w.word(fold(m.Name)), w.hash(at.Member(m.Name), &m.Value))
		}
	}
	return h
}

func (w *walk) hashItems(r *Rule, at *jqpath.Place, v *jsonvalue.Value) uint64 {
	items := w.likeness(at, v, 0, 0)
	if r != nil && (r.Do == Set || r.Do == Multiset || r.Do == Keyed) {
		slices.Sort(items)
	}
	if r != nil && r.Do == Set {
		items = slices.Compact(items)
	}
	h := uint64(jsonvalue.Array)
	for _, x := range items {
		h = mix(h, x)
	}
	return h
}
