package bundler

import (
	"bytes"
	"fmt"
	"iter"
	"strconv"

	godiff "github.com/sourcegraph/go-diff/diff"
)

// Hunk is one hunk with true line numbers. Body is git's own bytes after the
// "@@" line.
type Hunk struct {
	OldStart, OldLines int
	NewStart, NewLines int
	Section            string // the heading behind the second "@@"
	Body               []byte
}

// Line is one line of a hunk.
type Line struct {
	Kind  byte   // ' ', '+' or '-'
	Old   int    // number on the old side; 0 for an added line
	New   int    // number on the new side; 0 for a deleted line
	Text  []byte // without the kind and the newline; a carriage return is kept
	NoEOL bool   // the file ends here without a newline
}

// Lines walks over the lines of a hunk.
func (h Hunk) Lines() iter.Seq[Line] {
	return func(yield func(Line) bool) {
		oldLine, newLine := h.OldStart, h.NewStart
		for body := h.Body; len(body) > 0; {
			raw, rest := cutLine(body)
			l := Line{Kind: raw[0], Old: oldLine, New: newLine, Text: raw[1:], NoEOL: bytes.HasPrefix(rest, []byte("\\"))}
			switch raw[0] {
			case '+':
				l.Old = 0
				newLine++
			case '-':
				l.New = 0
				oldLine++
			case ' ':
				oldLine, newLine = oldLine+1, newLine+1
			case '\\':
				body = rest
				continue
			default: // a blank context line that lost its blank
				l.Kind, l.Text = ' ', raw[:len(raw)-1]
				oldLine, newLine = oldLine+1, newLine+1
			}
			l.Text = bytes.TrimSuffix(l.Text, []byte("\n"))
			if !yield(l) {
				return
			}
			body = rest
		}
	}
}

func cutLine(b []byte) (line, rest []byte) {
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		return b[:i+1], b[i+1:]
	}
	return b, nil
}

// Hunks parses the file's hunks. They are read by go-diff, and what it found is
// held against the counts that the file was cut by.
func (f *File) Hunks() ([]Hunk, error) {
	hunks, err := parseHunks(f.Path, f.hunkBytes())
	if err != nil {
		return nil, err
	}
	added, deleted := 0, 0
	for _, h := range hunks {
		for l := range h.Lines() {
			switch l.Kind {
			case '+':
				added++
			case '-':
				deleted++
			}
		}
	}
	if added != f.Added || deleted != f.Deleted {
		return nil, &SyntaxError{Source: f.Path, Msg: fmt.Sprintf("its hunks have +%d −%d lines, it was counted as +%d −%d", added, deleted, f.Added, f.Deleted)}
	}
	return hunks, nil
}

// hunkBytes are the hunks without headers; a file whose type has changed has two
// runs of them.
func (f *File) hunkBytes() [][]byte {
	if f.second == 0 {
		return [][]byte{f.Patch[f.hunksStart:]}
	}
	second := f.Patch[f.second:]
	return [][]byte{f.Patch[min(f.hunksStart, f.second):f.second], second[hunkOffset(second):]}
}

// Hunks parses the hunks of the part.
func (p Part) Hunks() ([]Hunk, error) {
	if p.Of == 0 {
		return p.File.Hunks()
	}
	return parseHunks(p.File.Path, [][]byte{p.Patch[hunkOffset(p.Patch):]})
}

// hunkOffset finds the first "@@" line of one section, whose headers never begin
// with it.
func hunkOffset(patch []byte) int {
	if bytes.HasPrefix(patch, []byte("@@ ")) {
		return 0
	}
	if i := bytes.Index(patch, []byte("\n@@ ")); i >= 0 {
		return i + 1
	}
	return len(patch)
}

func parseHunks(source string, runs [][]byte) ([]Hunk, error) {
	var out []Hunk
	for _, run := range runs {
		c := &cutter{source: source, patch: run}
		for c.at("@@ ") {
			start := c.pos
			if _, _, err := c.hunk(); err != nil {
				return nil, err
			}
			h, err := parseHunk(c, start)
			if err != nil {
				return nil, err
			}
			out = append(out, h)
		}
	}
	return out, nil
}

// parseHunk gives one hunk, cut by counting, to go-diff. Alone, a deleted line
// "-- x" before an added "++ y" cannot be taken for the header of a next file.
func parseHunk(c *cutter, start int) (Hunk, error) {
	raw := c.patch[start:c.pos]
	headLine, body := cutLine(raw)
	own, _ := parseHunkHeader(headLine)
	parsed, err := godiff.ParseHunksOptions(raw, godiff.ParseOptions{KeepCR: true})
	if err != nil {
		return Hunk{}, c.fail(start, "reading a hunk: %v", err)
	}
	if len(parsed) != 1 {
		return Hunk{}, c.fail(start, "a hunk was read as %d hunks", len(parsed))
	}
	g := parsed[0]
	if int(g.OrigStartLine) != own.OldStart || int(g.OrigLines) != own.OldLines || int(g.NewStartLine) != own.NewStart || int(g.NewLines) != own.NewLines {
		return Hunk{}, c.fail(start, "the header of a hunk was read in two ways: %q", head(headLine))
	}
	own.Section, own.Body = g.Section, body
	return own, nil
}

// parseHunkHeader reads "@@ -a,b +c,d @@"; a missing count is 1.
func parseHunkHeader(l []byte) (Hunk, bool) {
	var h Hunk
	rest, ok := bytes.CutPrefix(l, []byte("@@ -"))
	if !ok {
		return h, false
	}
	if h.OldStart, h.OldLines, rest, ok = parseSpan(rest); !ok {
		return h, false
	}
	if rest, ok = bytes.CutPrefix(rest, []byte(" +")); !ok {
		return h, false
	}
	if h.NewStart, h.NewLines, rest, ok = parseSpan(rest); !ok {
		return h, false
	}
	return h, bytes.HasPrefix(rest, []byte(" @@"))
}

func parseSpan(b []byte) (start, lines int, rest []byte, ok bool) {
	if start, b, ok = parseInt(b); !ok {
		return 0, 0, nil, false
	}
	if !bytes.HasPrefix(b, []byte(",")) {
		return start, 1, b, true
	}
	lines, rest, ok = parseInt(b[1:])
	return start, lines, rest, ok
}

// parseInt reads decimal digits that fit a line number of go-diff.
func parseInt(b []byte) (n int, rest []byte, ok bool) {
	i := 0
	for i < len(b) && b[i] >= '0' && b[i] <= '9' {
		i++
	}
	v, err := strconv.ParseInt(string(b[:i]), 10, 32)
	return int(v), b[i:], err == nil
}
