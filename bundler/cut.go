package bundler

import (
	"bytes"
	"fmt"
)

// cutter walks over a patch and cuts it into sections, one a "diff --git" line.
//
// Invariant: it moves only forward, and every byte of the patch ends in exactly
// one section or in an error.
type cutter struct {
	source string
	patch  []byte
	pos    int
	base   int64 // offset of patch in what was read, for messages
}

// section is one "diff --git" part of a patch.
type section struct {
	start, end int
	hunks      int // offset of the first "@@", end when there is none
	header     []byte
	added      int
	deleted    int
	binary     bool
	deletes    bool // "deleted file mode"
	creates    bool // "new file mode"
	oldMode    string
	newMode    string
}

func (c *cutter) fail(pos int, format string, args ...any) error {
	return &SyntaxError{Source: c.source, Offset: c.base + int64(pos), Msg: fmt.Sprintf(format, args...)}
}

// line gives the line at the position with its newline, and goes past it.
func (c *cutter) line() []byte {
	l := c.peek()
	c.pos += len(l)
	return l
}

func (c *cutter) peek() []byte {
	rest := c.patch[c.pos:]
	if i := bytes.IndexByte(rest, '\n'); i >= 0 {
		return rest[:i+1]
	}
	return rest
}

func (c *cutter) more() bool { return c.pos < len(c.patch) }

func (c *cutter) at(prefix string) bool { return bytes.HasPrefix(c.patch[c.pos:], []byte(prefix)) }

// cutGit cuts git's patch along its raw records: they give names, status and the
// number of files, and each section must open with the very header that its
// record makes.
func cutGit(records []record, patch []byte, base int64) ([]*File, error) {
	c := &cutter{source: gitDiff, patch: patch, base: base}
	files := make([]*File, 0, len(records))
	for _, r := range records {
		f, err := c.file(r)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	if c.more() {
		return nil, c.fail(c.pos, "the patch goes on after its last file: %q", head(c.patch[c.pos:]))
	}
	return files, nil
}

// file reads the section of a record; a change of type has two, a deletion and a
// creation.
func (c *cutter) file(r record) (*File, error) {
	s, err := c.expect(r)
	if err != nil {
		return nil, err
	}
	f := &File{Path: r.path, OldPath: r.oldPath, Status: r.status, OldMode: r.oldMode, NewMode: r.newMode, OldID: r.oldID, NewID: r.newID}
	f.take(c.patch, s)
	if r.status == Retyped && s.deletes && c.at(string(s.header)) {
		second, err := c.section()
		if err != nil {
			return nil, err
		}
		f.retype(c.patch, s, second)
	}
	return f, nil
}

func (c *cutter) expect(r record) (section, error) {
	old := r.oldPath
	if old == "" {
		old = r.path
	}
	want := "diff --git " + quotePath("a/", old) + " " + quotePath("b/", r.path) + "\n"
	if !c.at(want) {
		return section{}, c.fail(c.pos, "the patch of %q was expected, found %q", r.path, head(c.patch[c.pos:]))
	}
	return c.section()
}

func (f *File) take(patch []byte, s section) {
	f.Patch, f.hunksStart = patch[s.start:s.end], s.hunks-s.start
	f.Added, f.Deleted, f.Binary = s.added, s.deleted, s.binary
}

// retype joins the two sections of a change of type. They are neighbours, so the
// slice stays git's own bytes.
func (f *File) retype(patch []byte, first, second section) {
	f.Patch = patch[first.start:second.end]
	f.Added, f.Deleted = first.added+second.added, first.deleted+second.deleted
	f.Binary = first.binary || second.binary
	f.second = second.start - first.start
}

// section reads one section from its "diff --git" line to the next one.
func (c *cutter) section() (section, error) {
	s := section{start: c.pos}
	s.header = c.line()
	if err := c.headers(&s); err != nil {
		return s, err
	}
	s.hunks = c.pos
	for c.at("@@ ") {
		added, deleted, err := c.hunk()
		if err != nil {
			return s, err
		}
		s.added, s.deleted = s.added+added, s.deleted+deleted
	}
	s.end = c.pos
	if s.hunks == s.end {
		s.hunks = s.end
	}
	return s, nil
}

// headers reads the extended header lines. What is none of them ends them.
func (c *cutter) headers(s *section) error {
	for c.more() {
		l := c.peek()
		switch {
		case bytes.HasPrefix(l, []byte("old mode ")):
			s.oldMode = word(l, 2)
		case bytes.HasPrefix(l, []byte("new mode ")):
			s.newMode = word(l, 2)
		case bytes.HasPrefix(l, []byte("deleted file mode ")):
			s.deletes, s.oldMode = true, word(l, 3)
		case bytes.HasPrefix(l, []byte("new file mode ")):
			s.creates, s.newMode = true, word(l, 3)
		case bytes.HasPrefix(l, []byte("Binary files ")):
			s.binary = true
		case bytes.HasPrefix(l, []byte("GIT binary patch")):
			s.binary = true
			c.binaryPatch()
			return nil
		case extended(l):
		default:
			return nil
		}
		if l[len(l)-1] != '\n' {
			return c.fail(c.pos, "the header is cut off: %q", head(l))
		}
		c.pos += len(l)
	}
	return nil
}

func extended(l []byte) bool {
	for _, p := range []string{"index ", "--- ", "+++ ", "similarity index ", "dissimilarity index ", "rename from ", "rename to ", "copy from ", "copy to "} {
		if bytes.HasPrefix(l, []byte(p)) {
			return true
		}
	}
	return false
}

func word(l []byte, n int) string {
	f := bytes.Fields(l)
	if n >= len(f) {
		return ""
	}
	return string(f[n])
}

// binaryPatch skips the encoded blocks of a plain diff made with --binary: lines
// that begin with a length letter, "literal", "delta" or nothing.
func (c *cutter) binaryPatch() {
	for c.more() && !c.at("diff --git ") && !c.at("-- \n") {
		c.line()
	}
}

// hunk reads one hunk by counting its lines against its "@@" line.
func (c *cutter) hunk() (added, deleted int, err error) {
	start := c.pos
	h, ok := parseHunkHeader(c.line())
	if !ok {
		return 0, 0, c.fail(start, "a hunk has an unreadable header: %q", head(c.patch[start:]))
	}
	oldLeft, newLeft := h.OldLines, h.NewLines
	for oldLeft > 0 || newLeft > 0 {
		if !c.more() {
			return 0, 0, c.fail(c.pos, "the diff ends inside a hunk that promised %d more old and %d more new lines: it is cut off", oldLeft, newLeft)
		}
		l := c.line()
		switch l[0] {
		case ' ':
			oldLeft, newLeft = oldLeft-1, newLeft-1
		case '\n', '\r': // a blank context line whose blank an editor has removed
			oldLeft, newLeft = oldLeft-1, newLeft-1
		case '-':
			oldLeft, deleted = oldLeft-1, deleted+1
		case '+':
			newLeft, added = newLeft-1, added+1
		case '\\':
		default:
			return 0, 0, c.fail(c.pos-len(l), "a hunk has a line that begins with none of \" +-\\\": %q", head(l))
		}
		if oldLeft < 0 || newLeft < 0 {
			return 0, 0, c.fail(c.pos-len(l), "a hunk has more lines than its header promised")
		}
		if l[len(l)-1] != '\n' {
			if oldLeft > 0 || newLeft > 0 {
				continue // the next round says where it is cut off
			}
			return 0, 0, c.fail(c.pos, "the last line of the diff is cut off: it has no newline")
		}
	}
	for c.at("\\") {
		c.line()
	}
	return added, deleted, nil
}
