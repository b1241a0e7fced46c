package compare

import (
	"slices"
	"strings"

	"scrum/parity/jqpath"
	"scrum/parity/jsonvalue"
)

// A variant of an enum with data is written in one of four ways (their names are
// serde's), and a struct with fields for all variants looks like the second:
//
//	external  {"Schema": {"field": "x"}}, "Done"
//	internal  {"kind": "Schema", "field": "x"}
//	adjacent  {"kind": "Schema", "content": {"field": "x"}}
//	untagged  {"field": "x"}
//
// Two writings of one variant have nothing in common for a comparison by names. They
// are one cause, and only what differs beyond it is told apart.

// reading is one way of taking a value for a variant.
type reading struct {
	form    string
	tag     string // "" when untagged
	key     string // the name that the tag stands under, when it is a value
	under   string // the name that the content stands under, "" when beside the tag
	content []*jsonvalue.Member
	single  *jsonvalue.Value // content that has no members
}

const (
	external = "external"
	internal = "internal"
	adjacent = "adjacent"
	untagged = "untagged"
)

// tagging takes two values for one variant in two writings, when they look it. It then
// goes on with the contents, and the values are done.
func (w *walk) tagging(at *jqpath.Place, a, b *jsonvalue.Value) bool {
	if !mayBeVariants(a, b) {
		return false
	}
	if best, ok := agreeing(a, b); ok {
		w.differ(ClassTagging, at, a, b, Difference{Types: [2]string{best.a.form, best.b.form}, Within: best.within()})
		best.contents(w, at)
		return true
	}
	return w.flattened(at, a, b)
}

// flattened takes what is left of two objects without the members that both have for one
// variant: writers put it beside other fields of an answer. Only two tags that are one
// word are believed here: objects that differ in one member would else often look it.
func (w *walk) flattened(at *jqpath.Place, a, b *jsonvalue.Value) bool {
	if a.Kind != jsonvalue.Object || b.Kind != jsonvalue.Object {
		return false
	}
	same, onlyA, onlyB := pairUp(refs(a), refs(b), func(name string) string { return name })
	if len(same) == 0 || len(onlyA) == 0 || len(onlyB) == 0 {
		return false
	}
	best, ok := agreeing(without(a, onlyA), without(b, onlyB))
	if !ok || best.a.tag == "" || best.b.tag == "" || best.a.form != external && best.b.form != external {
		return false
	}
	w.differ(ClassTagging, at, a, b, Difference{Types: [2]string{best.a.form, best.b.form}, Within: best.within()})
	best.contents(w, at)
	for _, p := range same {
		w.value(p.place(at), &p.a.Value, &p.b.Value)
	}
	return true
}

// without is an object with only some of its members.
func without(object *jsonvalue.Value, left []*jsonvalue.Member) *jsonvalue.Value {
	v := *object
	v.Members = make([]jsonvalue.Member, len(left))
	for i, m := range left {
		v.Members[i] = *m
	}
	return &v
}

// agreeing finds the two readings that agree best.
func agreeing(a, b *jsonvalue.Value) (agreement, bool) {
	best := agreement{}
	for _, x := range readings(a) {
		for _, y := range readings(b) {
			if g, ok := agree(x, y, a, b); ok && (best.score == 0 || g.score > best.score) {
				best = g
			}
		}
	}
	return best, best.score > 0
}

// mayBeVariants sorts out what a comparison by names does better.
func mayBeVariants(a, b *jsonvalue.Value) bool {
	switch {
	case a.Kind == jsonvalue.String && b.Kind == jsonvalue.Object, a.Kind == jsonvalue.Object && b.Kind == jsonvalue.String:
		return true
	case a.Kind != jsonvalue.Object || b.Kind != jsonvalue.Object:
		return false
	}
	return !sameNames(a, b)
}

func sameNames(a, b *jsonvalue.Value) bool {
	if inStep(a, b) {
		return true
	}
	if len(a.Members) != len(b.Members) {
		return false
	}
	_, onlyA, _ := pairUp(refs(a), refs(b), fold)
	return len(onlyA) == 0
}

// readings are all ways of taking a value for a variant.
func readings(v *jsonvalue.Value) []reading {
	if v.Kind == jsonvalue.String {
		if !isWord(v.Text) {
			return nil
		}
		return []reading{{form: external, tag: v.Text}}
	}
	all := refs(v)
	out := []reading{{form: untagged, content: all}}
	if len(all) == 1 && isWord(all[0].Name) {
		out = append(out, inside(reading{form: external, tag: all[0].Name, under: all[0].Name}, &all[0].Value))
	}
	for i, m := range all {
		if m.Value.Kind != jsonvalue.String || !isWord(m.Value.Text) {
			continue
		}
		rest := slices.Concat(all[:i], all[i+1:])
		out = append(out, reading{form: internal, tag: m.Value.Text, key: m.Name, content: rest})
		if len(rest) == 1 && rest[0].Name != "" {
			out = append(out, inside(reading{form: adjacent, tag: m.Value.Text, key: m.Name, under: rest[0].Name}, &rest[0].Value))
		}
	}
	return out
}

func inside(r reading, content *jsonvalue.Value) reading {
	switch {
	case content.Kind == jsonvalue.Object:
		r.content = refs(content)
	case !content.Zero():
		r.single = content
	}
	return r
}

// isWord tells whether a text can be the name of a variant.
func isWord(s string) bool {
	return s != "" && len(s) <= 64 && strings.IndexFunc(s, func(r rune) bool {
		return r != '_' && r != '-' && r != '.' && (r < '0' || r > '9') && (r|0x20 < 'a' || r|0x20 > 'z')
	}) < 0
}

// agreement is two readings that say the same.
type agreement struct {
	a, b  reading
	pairs []pair
	onlyA []*jsonvalue.Member
	onlyB []*jsonvalue.Member
	score int // 0 for none
}

// agree holds two readings against each other. Tags must be the same word; without one
// on either side, the contents must say it all.
func agree(x, y reading, a, b *jsonvalue.Value) (agreement, bool) {
	g := agreement{a: x, b: y}
	if x.form == y.form || !g.tagsAgree(a, b) {
		return g, false
	}
	if x.single != nil || y.single != nil {
		return g.bySingle()
	}
	g.pairs, g.onlyA, g.onlyB = pairUp(x.content, y.content, fold)
	alone := nonZero(g.onlyA) + nonZero(g.onlyB)
	tagged := x.tag != "" && y.tag != ""
	switch {
	case tagged && len(g.pairs) == 0 && alone == 0 && (x.form == external || y.form == external):
		g.score = 1
	case len(g.pairs) > 0 && (alone == 0 || tagged && alone <= len(g.pairs)):
		g.score = 1 + 2*len(g.pairs) - alone
		if tagged {
			g.score++
		}
	}
	return g, g.score > 0
}

// tagsAgree also sees to it that what one side takes for a tag is not simply a member
// of the other.
func (g *agreement) tagsAgree(a, b *jsonvalue.Value) bool {
	switch {
	case g.a.tag != "" && g.b.tag != "":
		return fold(g.a.tag) == fold(g.b.tag) && !g.a.shares(b) && !g.b.shares(a)
	case g.a.tag == "":
		return g.b.looksTagged(a)
	}
	return g.a.looksTagged(b)
}

// shares tells whether the name that the content stands under is one of the other's.
func (r *reading) shares(other *jsonvalue.Value) bool {
	return r.under != "" && slices.ContainsFunc(refs(other), func(m *jsonvalue.Member) bool { return fold(m.Name) == fold(r.under) })
}

// looksTagged tells whether a reading has a tag that the other value, which has none,
// leaves out: its name must be one that tags have, or wrap all there is.
func (r *reading) looksTagged(other *jsonvalue.Value) bool {
	switch r.form {
	case external, adjacent:
		return r.single == nil && len(r.content) > 0 && !r.shares(other)
	case internal:
		return len(r.content) > 0 && isOneOf(r.key, "kind", "type", "tag", "variant", "$type", "@type", "typename", "event", "code") &&
			!slices.ContainsFunc(refs(other), func(m *jsonvalue.Member) bool { return fold(m.Name) == fold(r.key) })
	}
	return false
}

func isOneOf(name string, known ...string) bool { return slices.Contains(known, fold(name)) }

func nonZero(members []*jsonvalue.Member) int {
	n := 0
	for _, m := range members {
		if !m.Value.Zero() {
			n++
		}
	}
	return n
}

// bySingle agrees when the content has no members: the other side then has it in one
// member, or as it is.
func (g agreement) bySingle() (agreement, bool) {
	x, okX := g.a.one()
	y, okY := g.b.one()
	if !okX || !okY || g.a.tag == "" || g.b.tag == "" || x.Value.Kind != y.Value.Kind {
		return g, false
	}
	if g.a.form == internal && g.b.form == adjacent || g.a.form == adjacent && g.b.form == internal {
		return g, false
	}
	g.pairs, g.score = []pair{{x, y}}, 2
	g.onlyA, g.onlyB = g.a.zeros(), g.b.zeros()
	if g.a.form == adjacent && isContent(g.a.under) || g.b.form == adjacent && isContent(g.b.under) {
		g.score++ // rather adjacent than a field beside the tag
	}
	return g, true
}

// isContent knows the names that content has beside a tag.
func isContent(name string) bool {
	return isOneOf(name, "content", "contents", "c", "data", "value", "payload", "body")
}

// zeros are the members that say nothing.
func (r *reading) zeros() []*jsonvalue.Member {
	var out []*jsonvalue.Member
	for _, m := range r.content {
		if m.Value.Zero() {
			out = append(out, m)
		}
	}
	return out
}

// one gives the only content of a reading.
func (r *reading) one() (*jsonvalue.Member, bool) {
	if r.single != nil {
		return &jsonvalue.Member{Name: r.under, Value: *r.single}, true
	}
	var found *jsonvalue.Member
	for _, m := range r.content {
		if m.Value.Zero() {
			continue
		}
		if found != nil {
			return nil, false
		}
		found = m
	}
	return found, found != nil
}

// within lists what else is a part of the other writing.
func (g *agreement) within() []Class {
	var out []Class
	for _, p := range g.pairs {
		if p.a.Name != p.b.Name && fold(p.a.Name) == fold(p.b.Name) {
			out = []Class{ClassKeyCase}
		}
	}
	if len(g.onlyA)+len(g.onlyB) > nonZero(g.onlyA)+nonZero(g.onlyB) {
		out = append(out, ClassZeroAbsent)
	}
	return out
}

// contents compares what the two writings say.
func (g *agreement) contents(w *walk, at *jqpath.Place) {
	inner := at
	if g.a.under != "" && g.a.single == nil {
		inner = at.Member(g.a.under)
	}
	for _, p := range g.pairs {
		w.value(p.place(inner), &p.a.Value, &p.b.Value)
	}
	for _, m := range g.onlyA {
		if !m.Value.Zero() {
			w.alone(pair{a: m}.place(inner), &m.Value, absent())
		}
	}
	for _, m := range g.onlyB {
		if !m.Value.Zero() {
			w.alone(pair{b: m}.place(inner), absent(), &m.Value)
		}
	}
}
