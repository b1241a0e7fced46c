package tally

// reach is how many lines a reported line may be away from a shown one and still
// be taken for it: models count a heading or a blank line more or less.
const reach = 3

// location is a place after it was checked against the diff.
type location struct {
	path    string
	line    int
	end     int
	side    Side
	anchor  Anchor
	bundle  int    // position of the bundle that it belongs to
	repairs []Rung // why the path or the line is not as reported
}

// Rung is a step of the ladder that repairs a place. Each is taken only when nothing
// else can be meant.
type Rung string

// The rungs: of the path, then of the line.
const (
	Prefix   Rung = "prefix"    // "a/", "./" or the folder of the work tree stood before the path
	Rename   Rung = "rename"    // the old name of a renamed file
	Suffix   Rung = "suffix"    // the last elements of one path of the change only
	Words    Rung = "words"     // other words stood before the path
	Capitals Rung = "capitals"  // the path in other capitals
	Deleted  Rung = "deleted"   // the number of a deleted line, given without its side
	Near     Rung = "near"      // the nearest shown line
	DiffLine Rung = "diff-line" // a line number of the diff's text, and not of the file
	Quote    Rung = "quote"     // the only line with the code that the finding quotes
)

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
	loc.path, loc.bundle = r.file.path, r.file.home(asked)
	if r.rung != "" {
		loc.repairs = append(loc.repairs, r.rung)
	}
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
	return loc.snapped()
}

// snapped marks a place that is not as reported. That of a deleted line is: its number
// was right.
func (l location) snapped() location {
	for _, r := range l.repairs {
		if r != Deleted && l.anchor.gates() {
			l.anchor = Snapped
		}
	}
	return l
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
			loc.repairs = append(loc.repairs, Deleted)
			loc.on(s)
			return
		}
	}
	if line, s, ok := f.nearest(loc.side, loc.line, loc.end, reach); ok {
		loc.line, loc.end, loc.repairs = line, line, append(loc.repairs, Near)
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
