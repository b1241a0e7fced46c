package bundler

import (
	"bytes"
	"strings"
)

// cutPlain cuts a diff that came without raw records: git's own, with or without
// the mail or log around it, or a plain unified one. What cannot be read with
// certainty is an error and never "no changes".
func cutPlain(source string, patch []byte) ([]*File, error) {
	c := &cutter{source: source, patch: patch}
	var files []*File
	for {
		if err := c.skipText(len(files) == 0); err != nil {
			return nil, err
		}
		if !c.more() {
			break
		}
		f, err := c.plainFile()
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	if len(files) == 0 && len(bytes.TrimSpace(patch)) > 0 {
		return nil, c.fail(0, "this is no diff: it has no \"diff --git\" line and no \"---\" and \"+++\" lines")
	}
	return files, nil
}

// skipText goes to the next file. Before the first one any text may stand (a
// mail, a log); behind a file only what tools are known to put there, which may
// then go on as text.
func (c *cutter) skipText(text bool) error {
	for c.more() {
		l := c.peek()
		switch {
		case c.at("diff --git "), c.startsUnified():
			return nil
		case l[0] == 0x1b:
			return c.fail(c.pos, "the diff is coloured: make it with --no-color")
		case c.at("diff --cc "), c.at("diff --combined "), c.at("@@@ "):
			return c.fail(c.pos, "this is a combined diff of a merge, which does not say what changed against one side: review the merge as a range, such as main...HEAD")
		case c.at("@@ -"):
			return c.fail(c.pos, "a hunk stands without the header of its file")
		case !text && !opensText(l):
			return c.fail(c.pos, "a file's diff goes on with something that is no part of one: %q", head(l))
		}
		text = text || len(bytes.TrimSpace(l)) > 0
		c.pos += len(l)
	}
	return nil
}

// opensText tells whether a line behind a file is known to come from a tool.
func opensText(l []byte) bool {
	if len(bytes.TrimSpace(l)) == 0 {
		return true
	}
	for _, p := range []string{"-- ", "--\n", "commit ", "From ", "Index: ", "Only in ", "diff ", "=====", "Property changes on: "} {
		if bytes.HasPrefix(l, []byte(p)) {
			return true
		}
	}
	return false
}

// startsUnified tells whether "---", "+++" and a hunk follow each other.
func (c *cutter) startsUnified() bool {
	if !c.at("--- ") {
		return false
	}
	rest := c.patch[c.pos+len(c.peek()):]
	if !bytes.HasPrefix(rest, []byte("+++ ")) {
		return false
	}
	_, rest = cutLine(rest)
	return bytes.HasPrefix(rest, []byte("@@ -"))
}

func (c *cutter) plainFile() (*File, error) {
	start := c.pos
	s, err := c.section()
	if err != nil {
		return nil, err
	}
	f := &File{Status: Modified, OldMode: s.oldMode, NewMode: s.newMode}
	f.take(c.patch, s)
	if s.creates {
		f.Status = Added
	}
	if s.deletes {
		f.Status = Deleted
	}
	if !f.name(c.patch[s.start:s.hunks]) {
		return nil, c.fail(start, "the header does not say which file this is: %q", head(s.header))
	}
	if f.hunksStart == len(f.Patch) && !f.explained(s) {
		return nil, c.fail(s.end, "%q has a header and nothing behind it: the diff is cut off", f.Path)
	}
	return f, nil
}

// explained tells whether a file without hunks is whole: there was nothing to
// show, or it cannot be shown.
func (f *File) explained(s section) bool {
	return f.Binary || f.Status != Modified || s.oldMode != s.newMode
}

// name reads the paths from the header lines.
func (f *File) name(header []byte) bool {
	var old, now string
	var haveOld, haveNow bool
	first := ""
	for l := range bytes.Lines(header) {
		line := strings.TrimRight(string(l), "\r\n")
		switch {
		case strings.HasPrefix(line, "diff --git "):
			first = strings.TrimPrefix(line, "diff --git ")
		case strings.HasPrefix(line, "rename from "), strings.HasPrefix(line, "copy from "):
			f.Status = Renamed
			if line[0] == 'c' {
				f.Status = Copied
			}
			_, rest, _ := strings.Cut(line, " from ")
			f.OldPath, _, _ = unquotePath(rest)
		case strings.HasPrefix(line, "rename to "), strings.HasPrefix(line, "copy to "):
			_, rest, _ := strings.Cut(line, " to ")
			f.Path, _, _ = unquotePath(rest)
		case strings.HasPrefix(line, "--- "):
			old, haveOld = sidePath(line[4:])
		case strings.HasPrefix(line, "+++ "):
			now, haveNow = sidePath(line[4:])
		}
	}
	switch {
	case f.Path != "":
	case haveOld || haveNow:
		f.nameSides(old, now, first == "")
	default:
		f.Path = headerPath(first)
	}
	return f.Path != ""
}

// nameSides takes the paths of the "---" and "+++" lines; "" is /dev/null.
func (f *File) nameSides(old, now string, plain bool) {
	if prefixed(old, "a/") && prefixed(now, "b/") {
		old, now = strings.TrimPrefix(old, "a/"), strings.TrimPrefix(now, "b/")
	}
	switch {
	case old == "":
		f.Path, f.Status = now, Added
	case now == "":
		f.Path, f.Status = old, Deleted
	case plain && strings.TrimSuffix(old, ".orig") == now:
		f.Path = now
	default:
		f.Path = now
		if old != now && f.OldPath == "" && !plain {
			f.OldPath, f.Status = old, Renamed
		}
	}
}

// prefixed is true of an absent side too.
func prefixed(path, prefix string) bool { return path == "" || strings.HasPrefix(path, prefix) }

// sidePath reads what follows "--- " or "+++ ": a path, perhaps quoted, perhaps
// with a tab and a date behind it.
func sidePath(s string) (path string, ok bool) {
	if strings.HasPrefix(s, `"`) {
		path, _, ok = unquotePath(s)
		return path, ok
	}
	path, _, _ = strings.Cut(s, "\t")
	if path == "/dev/null" {
		return "", true
	}
	return path, path != ""
}

// headerPath reads "a/x b/x", the only names of a file without hunks. They are
// equal, so the middle is known.
func headerPath(s string) string {
	if strings.HasPrefix(s, `"`) {
		path, rest, ok := unquotePath(s)
		if !ok || rest == "" {
			return ""
		}
		return strings.TrimPrefix(path, "a/")
	}
	mid := len(s) / 2
	if len(s)%2 == 0 || s[mid] != ' ' {
		return ""
	}
	left, right := s[:mid], s[mid+1:]
	if left == right {
		return left
	}
	left, right = strings.TrimPrefix(left, "a/"), strings.TrimPrefix(right, "b/")
	if left != right {
		return ""
	}
	return left
}
