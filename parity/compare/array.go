package compare

import (
	"cmp"
	"slices"

	"scrum/parity/jqpath"
	"scrum/parity/jsonvalue"
)

// couple is an element of one array with that of the other which it is compared with;
// -1 stands for none.
type couple struct{ a, b int }

// array compares arrays whose order counts. Elements that are alike belong together,
// so that one that is missing does not shift all that follow.
func (w *walk) array(at *jqpath.Place, a, b *jsonvalue.Value) {
	head, tail := w.sameEnds(at, a, b)
	x, y := w.likeness(at, a, head, tail), w.likeness(at, b, head, tail)
	if !slices.Equal(x, y) && slices.Equal(slices.Sorted(slices.Values(x)), slices.Sorted(slices.Values(y))) {
		w.differ(ClassOrder, at, a, b, Difference{})
		w.couples(at, a, b, moved(byLikeness(x, y), head))
		return
	}
	w.couples(at, a, b, moved(align(x, y), head))
}

// sameEnds counts the elements that two arrays begin and end with alike, to the letter.
// Most of a large body is of that kind, and needs no further look.
func (w *walk) sameEnds(at *jqpath.Place, a, b *jsonvalue.Value) (head, tail int) {
	n := min(len(a.Items), len(b.Items))
	for head < n && jsonvalue.Identical(&a.Items[head], &b.Items[head]) {
		head++
	}
	for tail < n-head && jsonvalue.Identical(&a.Items[len(a.Items)-1-tail], &b.Items[len(b.Items)-1-tail]) {
		tail++
	}
	if w.rules.Unused() {
		for i := range a.Items {
			if i < head || i >= len(a.Items)-tail {
				w.rules.visit(at.Element(i, len(a.Items)), &a.Items[i])
			}
		}
	}
	return head, tail
}

// moved lets couples of what is behind the head be those of the whole.
func moved(list []couple, head int) []couple {
	for i := range list {
		if list[i].a >= 0 {
			list[i].a += head
		}
		if list[i].b >= 0 {
			list[i].b += head
		}
	}
	return list
}

// unordered compares arrays whose order does not count.
func (w *walk) unordered(r *Rule, at *jqpath.Place, a, b *jsonvalue.Value) {
	x, y := w.likeness(at, a, 0, 0), w.likeness(at, b, 0, 0)
	if r.Do == Keyed {
		x, y = w.keys(r, at, a), w.keys(r, at, b)
	}
	if r.Do == Set {
		w.couples(at, a, b, onceEach(x, y))
		return
	}
	w.couples(at, a, b, byLikeness(x, y))
}

// onceEach couples the first of all that are alike.
func onceEach(x, y []uint64) []couple {
	firstA, firstB := firsts(x), firsts(y)
	pick := func(all []uint64, at []int) []uint64 {
		out := make([]uint64, len(at))
		for i, k := range at {
			out[i] = all[k]
		}
		return out
	}
	list := byLikeness(pick(x, firstA), pick(y, firstB))
	for i, c := range list {
		if c.a >= 0 {
			list[i].a = firstA[c.a]
		}
		if c.b >= 0 {
			list[i].b = firstB[c.b]
		}
	}
	return list
}

func firsts(x []uint64) []int {
	seen := map[uint64]bool{}
	var out []int
	for i, h := range x {
		if !seen[h] {
			out = append(out, i)
		}
		seen[h] = true
	}
	return out
}

// likeness of the elements but for some at the beginning and at the end.
func (w *walk) likeness(at *jqpath.Place, v *jsonvalue.Value, head, tail int) []uint64 {
	out := make([]uint64, len(v.Items)-head-tail)
	for i := range out {
		out[i] = w.hash(at.Element(i+head, len(v.Items)), &v.Items[i+head])
	}
	return out
}

// keys are what elements belong together by. One without a key is alone with its like.
func (w *walk) keys(r *Rule, at *jqpath.Place, v *jsonvalue.Value) []uint64 {
	out := make([]uint64, len(v.Items))
	for i := range v.Items {
		if key, ok := r.Key.Find(&v.Items[i]); ok {
			out[i] = w.hash(at, key)
		}
	}
	return out
}

// byLikeness couples what is alike wherever it stands, then what is left in its order.
func byLikeness(x, y []uint64) []couple {
	waiting := map[uint64][]int{}
	for j, h := range y {
		waiting[h] = append(waiting[h], j)
	}
	var out []couple
	var restA, restB []int
	taken := make([]bool, len(y))
	for i, h := range x {
		if list := waiting[h]; len(list) > 0 {
			out = append(out, couple{i, list[0]})
			waiting[h], taken[list[0]] = list[1:], true
			continue
		}
		restA = append(restA, i)
	}
	for j := range y {
		if !taken[j] {
			restB = append(restB, j)
		}
	}
	return append(out, inOrder(restA, restB)...)
}

// inOrder couples the first with the first; the longer list's end stays alone.
func inOrder(a, b []int) []couple {
	var out []couple
	for k := range max(len(a), len(b)) {
		c := couple{-1, -1}
		if k < len(a) {
			c.a = a[k]
		}
		if k < len(b) {
			c.b = b[k]
		}
		out = append(out, c)
	}
	return out
}

// maxCells bounds the table of the longest common subsequence; longer arrays that
// differ in length are compared index by index.
const maxCells = 1 << 20

// align couples along the longest common subsequence, and what stands between two of
// its elements in order.
func align(x, y []uint64) []couple {
	var out []couple
	start := 0
	for start < min(len(x), len(y)) && x[start] == y[start] {
		out = append(out, couple{start, start})
		start++
	}
	end := 0
	for end < min(len(x), len(y))-start && x[len(x)-1-end] == y[len(y)-1-end] {
		end++
	}
	i, j := start, start
	for _, c := range append(common(x[start:len(x)-end], y[start:len(y)-end]), couple{len(x) - end - start, len(y) - end - start}) {
		out = append(out, inOrder(span(i, c.a+start), span(j, c.b+start))...)
		if c.a+start < len(x)-end {
			out = append(out, couple{c.a + start, c.b + start})
		}
		i, j = c.a+start+1, c.b+start+1
	}
	for k := end; k > 0; k-- {
		out = append(out, couple{len(x) - k, len(y) - k})
	}
	return out
}

func span(from, to int) []int {
	var out []int
	for ; from < to; from++ {
		out = append(out, from)
	}
	return out
}

// common gives a longest common subsequence as couples.
func common(x, y []uint64) []couple {
	if len(x) == 0 || len(y) == 0 || len(x) > maxCells/len(y) {
		return nil
	}
	wide := len(y) + 1
	length := make([]int32, (len(x)+1)*wide)
	for i := len(x) - 1; i >= 0; i-- {
		for j := len(y) - 1; j >= 0; j-- {
			if x[i] == y[j] {
				length[i*wide+j] = length[(i+1)*wide+j+1] + 1
			} else {
				length[i*wide+j] = max(length[(i+1)*wide+j], length[i*wide+j+1])
			}
		}
	}
	var out []couple
	for i, j := 0, 0; i < len(x) && j < len(y); {
		switch {
		case x[i] == y[j]:
			out = append(out, couple{i, j})
			i, j = i+1, j+1
		case length[(i+1)*wide+j] >= length[i*wide+j+1]:
			i++
		default:
			j++
		}
	}
	return out
}

// couples compares element by element, in the order of the reference.
func (w *walk) couples(at *jqpath.Place, a, b *jsonvalue.Value, list []couple) {
	slices.SortStableFunc(list, func(x, y couple) int { return cmp.Compare(max(x.a, x.b), max(y.a, y.b)) })
	for _, c := range list {
		switch {
		case c.b < 0:
			w.lone(ClassMissing, at.Element(c.a, len(a.Items)), &a.Items[c.a], absent())
		case c.a < 0:
			w.lone(ClassExtra, at.Element(c.b, len(b.Items)), absent(), &b.Items[c.b])
		default:
			w.value(at.Element(c.a, len(a.Items)), &a.Items[c.a], &b.Items[c.b])
		}
	}
}

// lone names an element that only one side has. A zero is an element like any other.
func (w *walk) lone(class Class, at *jqpath.Place, a, b *jsonvalue.Value) {
	if r := w.rules.at(at); r == nil || r.Do != Ignore {
		w.differ(class, at, a, b, Difference{})
	}
}
