package tally

import "bytes"

// numbering is what the line numbers of an answer count.
type numbering int

const (
	ofFile   numbering = iota // lines of the file, as asked
	ofHunks                   // lines of the file's part of the diff, from its first "@@" on
	ofPatch                   // lines of the file's part of the diff, with its header
	ofBundle                  // lines of the whole text of the bundle
)

// fewestMisfits is how many places must fit nothing before an answer is suspected of
// counting other lines: one or two may simply be wrong.
const fewestMisfits = 3

// numbering tells what the lines of an answer count. Another numbering than the file's
// is believed only when it is certain: no place of the answer hits a shown line, and
// in exactly one numbering every place hits a changed one.
func (x *index) numbering(claims []claim, asked int) numbering {
	var places []Place
	for _, c := range claims {
		if c.place.Line == 0 || c.place.Side != "" {
			continue
		}
		f := x.resolve(c.place.Path).file
		if f == nil || len(f.parts) == 0 {
			continue
		}
		if f.shows(c.place, asked) {
			return ofFile
		}
		places = append(places, c.place)
	}
	if len(places) < fewestMisfits {
		return ofFile
	}
	found := ofFile
	for _, n := range []numbering{ofHunks, ofPatch, ofBundle} {
		if !x.fits(places, n, asked) {
			continue
		}
		if found != ofFile {
			return ofFile // two fit: neither is certain
		}
		found = n
	}
	return found
}

func (f *file) shows(p Place, asked int) bool {
	for _, side := range []Side{New, Old} {
		if _, ok := f.touching(side, p.Line, p.EndLine, asked); ok {
			return true
		}
	}
	return false
}

func (x *index) fits(places []Place, n numbering, asked int) bool {
	for _, p := range places {
		at, ok := x.inFile(p, n, asked)
		if !ok {
			return false
		}
		if s, ok := x.resolve(p.Path).file.touching(at.Side, at.Line, at.Line, asked); !ok || !s.changed {
			return false
		}
	}
	return true
}

// inFile puts a place right that counts lines of the diff's text. A place that this
// does not fit stays as it is.
func (x *index) inFile(p Place, n numbering, asked int) (Place, bool) {
	f := x.resolve(p.Path).file
	if f == nil || p.Line == 0 || p.Side != "" {
		return p, false
	}
	line, side, ok := f.diffLine(p.Line, n, asked)
	if !ok {
		return p, false
	}
	end, endSide, ok := f.diffLine(p.EndLine, n, asked)
	if !ok || endSide != side || end < line {
		end = line
	}
	p.Line, p.EndLine, p.Side = line, end, side
	return p, true
}

// diffLine gives the line of the file that stands in a line of the diff's text.
func (f *file) diffLine(number int, n numbering, asked int) (line int, side Side, ok bool) {
	for _, p := range f.parts {
		if p.bundle != asked {
			continue
		}
		hunks, err := p.Hunks()
		if err != nil {
			return 0, "", false
		}
		at := 0 // the line of the first "@@"
		switch n {
		case ofPatch, ofBundle:
			if at = headerLines(p.Patch) + 1; n == ofBundle {
				at += p.before
			}
		}
		for _, h := range hunks {
			for l := range h.Lines() {
				if at++; at == number {
					if l.Kind == '-' {
						return l.Old, Old, true
					}
					return l.New, New, true
				}
				if l.NoEOL {
					at++ // "\\ No newline at end of file" is a line of the text
				}
			}
			at++ // the next "@@"
		}
		if n != ofBundle {
			break
		}
	}
	return 0, "", false
}

// headerLines counts the lines of a patch before its first hunk.
func headerLines(patch []byte) int {
	i := bytes.Index(patch, []byte("\n@@ "))
	if i < 0 {
		return 0
	}
	return bytes.Count(patch[:i+1], []byte("\n"))
}
