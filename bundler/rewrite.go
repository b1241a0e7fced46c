package bundler

import "bytes"

// Rewrite gives the part with other texts in its lines: each line of the hunks,
// without its kind and line end, and the heading of each hunk go through edit, which
// must not make a line break. Headers, kinds and line numbers stay. The part itself is
// not touched.
func (p Part) Rewrite(edit func(text []byte) []byte) Part {
	if p.Of > 0 {
		start := hunkOffset(p.Patch)
		p.Patch = append(bytes.Clone(p.Patch[:start]), rewriteHunks(p.Patch[start:], edit)...)
		return p
	}
	f := *p.File
	var out []byte
	second := 0
	for i, section := range p.sections() {
		if i > 0 {
			second = len(out)
		}
		start := hunkOffset(section)
		out = append(out, section[:start]...)
		if i == 0 {
			f.hunksStart = len(out)
		}
		out = append(out, rewriteHunks(section[start:], edit)...)
	}
	f.Patch, f.second = out, second
	return Part{File: &f, Patch: out}
}

// rewriteHunks edits lines. In hunks a line that begins with "@@ " is a header:
// all others begin with their kind.
func rewriteHunks(hunks []byte, edit func([]byte) []byte) []byte {
	out := make([]byte, 0, len(hunks)+len(hunks)/16)
	for len(hunks) > 0 {
		var line []byte
		line, hunks = cutLine(hunks)
		text := bytes.TrimSuffix(line, []byte("\n"))
		kept := 1
		switch {
		case bytes.HasPrefix(text, []byte("@@ ")):
			kept = len(text) - len(bytes.TrimSuffix(afterSpans(line), []byte("\n")))
		case len(text) == 0 || text[0] == '\\':
			out = append(out, line...)
			continue
		}
		out = append(out, text[:kept]...)
		out = append(out, edit(text[kept:])...)
		out = append(out, line[len(text):]...)
	}
	return out
}
