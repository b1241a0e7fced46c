package tally

// reach is how many lines a reported line may be away from a shown one and still
// be taken for it: models count a heading or a blank line more or less.
const reach = 3

// location is a place after it was checked against the diff.
type location struct {
	path     string
	line     int
	end      int
	side     Side
	anchor   Anchor
	bundle   int  // position of the bundle that it belongs to
	repaired bool // the path or the line is not as reported
}

// gates tells that a finding here may close the gate.
func (a Anchor) gates() bool { return a != Outside && a != Unknown }

// rank orders anchors, the most certain first.
func (a Anchor) rank() int {
	switch a {
	case Exact:
		return 0
	case Context:
		return 1
	case Snapped:
		return 2
	case Whole:
		return 3
	case Outside:
		return 4
	}
	return 5
}

// anchor checks a place against the whole change, not only against the bundle
// that was asked: a reviewer with access to the repository may be right about
// another part.
func (x *index) anchor(p Place, asked int) location {
	r := x.resolve(p.Path)
	loc := location{path: p.Path, line: p.Line, end: max(p.Line, p.EndLine), side: New, anchor: Unknown, bundle: asked}
	if p.Side == Old {
		loc.side = Old
	}
	if r.file == nil {
		return loc
	}
	loc.path, loc.bundle, loc.repaired = r.file.path, r.file.home(asked), r.repaired
	if r.file.deleted && p.Side == "" {
		loc.side = Old
	}
	switch {
	case len(r.file.bundles) == 0:
		loc.anchor = Outside // of the change, but no reviewer was shown it
	case p.Line == 0:
		loc.anchor = Whole
	default:
		r.file.line(&loc, p.Side, asked)
	}
	if loc.repaired && loc.anchor.gates() {
		loc.anchor = Snapped
	}
	return loc
}

// line finds the lines of loc in the file. A number that the new side does not
// show, and that a deleted line has, is that of the deleted line.
func (f *file) line(loc *location, said Side, asked int) {
	if s, ok := f.touching(loc.side, loc.line, loc.end, asked); ok {
		loc.on(s)
		return
	}
	if said == "" && loc.side == New {
		if s, ok := f.touching(Old, loc.line, loc.end, asked); ok && s.changed {
			loc.side = Old
			loc.on(s)
			return
		}
	}
	if line, s, ok := f.nearest(loc.side, loc.line, loc.end, reach); ok {
		loc.line, loc.end, loc.repaired = line, line, true
		loc.on(s)
		return
	}
	loc.anchor = Outside
}

func (l *location) on(s segment) {
	l.bundle = s.bundle
	l.anchor = Context
	if s.changed {
		l.anchor = Exact
	}
}
