package bundler

import (
	"bytes"
	"fmt"
)

// split cuts a file that is larger than the limit: at the borders of its hunks,
// and inside hunks that are larger still. Every piece carries the file's headers
// and hunks with true line numbers. A single line is never cut.
func split(f *File, limit int) []Part {
	if len(f.Patch) <= limit {
		return []Part{{File: f, Patch: f.Patch}}
	}
	var pieces [][]byte
	for _, s := range f.sections() {
		pieces = append(pieces, splitSection(s, limit)...)
	}
	if len(pieces) == 1 {
		return []Part{{File: f, Patch: f.Patch}}
	}
	parts := make([]Part, len(pieces))
	for i, p := range pieces {
		parts[i] = Part{File: f, Patch: p, Piece: i + 1, Of: len(pieces)}
	}
	return parts
}

func (f *File) sections() [][]byte {
	if f.second == 0 {
		return [][]byte{f.Patch}
	}
	return [][]byte{f.Patch[:f.second], f.Patch[f.second:]}
}

// splitSection packs hunks in their order into pieces up to the limit.
func splitSection(patch []byte, limit int) [][]byte {
	offset := hunkOffset(patch)
	header := patch[:offset]
	room := max(limit-len(header), 1)
	var pieces [][]byte
	var piece []byte
	flush := func() {
		if len(piece) > 0 {
			pieces = append(pieces, append(bytes.Clone(header), piece...))
			piece = nil
		}
	}
	for _, h := range hunkSlices(patch[offset:]) {
		for _, sub := range splitHunk(h, room) {
			if len(piece) > 0 && len(piece)+len(sub) > room {
				flush()
			}
			piece = append(piece, sub...)
		}
	}
	flush()
	if len(pieces) == 0 {
		return [][]byte{patch}
	}
	return pieces
}

// hunkSlices cuts hunks that were already cut once without an error.
func hunkSlices(run []byte) [][]byte {
	c := &cutter{patch: run}
	var out [][]byte
	for c.at("@@ ") {
		start := c.pos
		if _, _, err := c.hunk(); err != nil {
			return append(out, run[start:])
		}
		out = append(out, run[start:c.pos])
	}
	return out
}

// splitHunk cuts one hunk into hunks of at most room bytes, or of one line each
// where a line is larger.
func splitHunk(raw []byte, room int) [][]byte {
	if len(raw) <= room {
		return [][]byte{raw}
	}
	headLine, body := cutLine(raw)
	h, ok := parseHunkHeader(headLine)
	if !ok {
		return [][]byte{raw}
	}
	section := bytes.TrimRight(afterSpans(headLine), "\n")
	const longestHeader = len("@@ -2147483647,2147483647 +2147483647,2147483647 @@\n")
	room = max(room-longestHeader-len(section), 1)

	var out [][]byte
	oldLine, newLine := startLines(h)
	for len(body) > 0 {
		n, olds, news := takeLines(body, room)
		out = append(out, subHunk(oldLine, olds, newLine, news, section, body[:n]))
		oldLine, newLine, body = oldLine+olds, newLine+news, body[n:]
	}
	return out
}

// startLines gives the numbers of the first lines of a hunk. A side without
// lines names the line before it.
func startLines(h Hunk) (oldLine, newLine int) {
	oldLine, newLine = h.OldStart, h.NewStart
	if h.OldLines == 0 {
		oldLine++
	}
	if h.NewLines == 0 {
		newLine++
	}
	return oldLine, newLine
}

// takeLines takes lines from the front while they fit, one at least, and a
// "\ No newline" line always with the line that it speaks of.
func takeLines(body []byte, room int) (n, olds, news int) {
	for n < len(body) {
		line, rest := cutLine(body[n:])
		size := len(line)
		for bytes.HasPrefix(rest, []byte("\\")) {
			mark, after := cutLine(rest)
			size, rest = size+len(mark), after
		}
		if n > 0 && n+size > room {
			break
		}
		n += size
		switch line[0] {
		case '+':
			news++
		case '-':
			olds++
		default:
			olds, news = olds+1, news+1
		}
	}
	return n, olds, news
}

func subHunk(oldLine, olds, newLine, news int, section, body []byte) []byte {
	if olds == 0 {
		oldLine--
	}
	if news == 0 {
		newLine--
	}
	head := fmt.Sprintf("@@ -%d,%d +%d,%d @@", oldLine, olds, newLine, news)
	out := make([]byte, 0, len(head)+len(section)+1+len(body))
	out = append(out, head...)
	out = append(out, section...)
	out = append(out, '\n')
	return append(out, body...)
}

// afterSpans is what follows the second "@@".
func afterSpans(headLine []byte) []byte {
	if i := bytes.Index(headLine[2:], []byte("@@")); i >= 0 {
		return headLine[i+4:]
	}
	return nil
}
