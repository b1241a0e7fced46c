package tally

// own are the items of one answer, by place, for its retractions to find.
type own struct {
	index  *index
	byPath map[string][]*item
}

func newOwn(x *index, items []*item) own {
	o := own{x, map[string][]*item{}}
	for _, it := range items {
		o.byPath[it.at.path] = append(o.byPath[it.at.path], it)
	}
	return o
}

// retract withdraws what the answer reported, before the retraction, at its
// places: on the same line; else on overlapping lines or within reach, when that
// is one line only. A retraction of a whole file withdraws a lone finding there.
// It reports whether every place found something to withdraw.
func (o own) retract(r Retraction, t tokenizer) bool {
	all := len(r.Where) > 0
	for _, p := range r.Where {
		path := p.Path
		if found := o.index.resolve(path); found.file != nil {
			path = found.file.path
		}
		hit := narrow(closest(o.before(path, r.Offset), p), r.Reason, t)
		for _, it := range hit {
			it.retired = withdrawnBecause(r.Reason)
		}
		all = all && len(hit) > 0
	}
	return all
}

func (o own) before(path string, offset int) []*item {
	var out []*item
	for _, it := range o.byPath[path] {
		if it.report.Offset < offset {
			out = append(out, it)
		}
	}
	return out
}

// closest picks the items that a retraction of p means, none when that is not
// certain.
func closest(items []*item, p Place) []*item {
	if p.Line == 0 {
		if len(items) == 1 {
			return items
		}
		return onLine(items, 0)
	}
	if same := sameLine(items, p); len(same) > 0 {
		return same
	}
	best, line := reach+1, 0
	for _, it := range items {
		if it.place.Line == 0 || !sidesAgree(it.place.Side, p.Side) {
			continue
		}
		d := gap(it.place.Line, it.place.EndLine, p.Line, p.EndLine)
		switch {
		case d < best:
			best, line = d, it.place.Line
		case d == best && line != it.place.Line:
			line = -1 // two lines are equally close
		}
	}
	if best > reach || line < 0 {
		return nil
	}
	return onLine(items, line)
}

func sameLine(items []*item, p Place) []*item {
	var out []*item
	for _, it := range onLine(items, p.Line) {
		if sidesAgree(it.place.Side, p.Side) {
			out = append(out, it)
		}
	}
	return out
}

func onLine(items []*item, line int) []*item {
	var out []*item
	for _, it := range items {
		if it.place.Line == line {
			out = append(out, it)
		}
	}
	return out
}

func sidesAgree(a, b Side) bool { return a == "" || b == "" || a == b }

// narrow keeps, of several problems on one line, those that the reason speaks of;
// all of them when it speaks of none: what was withdrawn is the place.
func narrow(items []*item, reason string, t tokenizer) []*item {
	if len(items) < 2 {
		return items
	}
	words := t.of(reason)
	var out []*item
	for _, it := range items {
		if shared(words.words, it.words.words) > 0 {
			out = append(out, it)
		}
	}
	if len(out) == 0 {
		return items
	}
	return out
}

// gap is the number of lines from one range to the other, 0 when they touch.
func gap(a1, a2, b1, b2 int) int {
	return max(0, max(a1, b1)-min(max(a1, a2), max(b1, b2)))
}
