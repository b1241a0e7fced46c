package bundler

import (
	"bytes"
	"fmt"
)

// Halves cuts a bundle in two of about the same size: between its files, or
// inside a large one, at hunk borders where that is possible. The halves are
// called after the bundle ("c1.1", "c1.2"); line numbers stay true. It gives nil
// for a bundle that is a single line, which cannot be cut.
func (b *Bundle) Halves() []*Bundle {
	parts := b.Parts
	cut, larger := middle(parts)
	if 3*larger > 2*b.Bytes { // one file outweighs the rest
		parts = cutLargest(parts)
		cut, _ = middle(parts)
	}
	if cut == 0 {
		return nil
	}
	return []*Bundle{b.half(1, parts[:cut]), b.half(2, parts[cut:])}
}

func (b *Bundle) half(n int, parts []Part) *Bundle {
	h := &Bundle{ID: fmt.Sprintf("%s.%d", b.ID, n), Component: b.Component, Guard: b.Guard, Parts: parts}
	h.Bytes = size(parts)
	return h
}

// middle gives the number of parts before the cut that makes the larger side
// smallest, and the size of that side; 0 when there is nothing to cut between.
func middle(parts []Part) (cut, larger int) {
	total := size(parts)
	larger = total
	left := 0
	for i := 1; i < len(parts); i++ {
		left += len(parts[i-1].Patch)
		if side := max(left, total-left); side < larger {
			cut, larger = i, side
		}
	}
	return cut, larger
}

func size(parts []Part) int {
	n := 0
	for _, p := range parts {
		n += len(p.Patch)
	}
	return n
}

// cutLargest puts two pieces in the place of the largest part, when it can be cut.
func cutLargest(parts []Part) []Part {
	at := 0
	for i, p := range parts {
		if len(p.Patch) > len(parts[at].Patch) {
			at = i
		}
	}
	whole := parts[at]
	pieces := whole.sections()
	if len(pieces) == 1 {
		pieces = cutInTwo(whole.Patch)
	}
	out := append([]Part(nil), parts[:at]...)
	for i, patch := range pieces {
		p := Part{File: whole.File, Patch: patch, Piece: i + 1, Of: len(pieces)}
		if whole.Of > 1 { // a piece of a piece is told as what it is a piece of
			p.Piece, p.Of = whole.Piece, whole.Of
		}
		out = append(out, p)
	}
	return append(out, parts[at+1:]...)
}

// cutInTwo cuts a section near its middle: before the hunk that holds the middle, or
// within it when it is a large one. A section of one line stays whole.
func cutInTwo(patch []byte) [][]byte {
	start := hunkOffset(patch)
	header, hunks := patch[:start], hunkSlices(patch[start:])
	middle, before := (len(patch)-start)/2, 0
	i := 0
	for ; i < len(hunks)-1 && before+len(hunks[i]) <= middle; i++ {
		before += len(hunks[i])
	}
	if i == len(hunks) {
		return [][]byte{patch} // it has no hunks
	}
	first, second := [][]byte{hunks[i]}, hunks[i+1:]
	if a, b, ok := cutHunk(hunks[i], middle-before); ok && (i == 0 || 3*len(hunks[i]) > len(patch)-start) {
		first, second = [][]byte{a}, append([][]byte{b}, second...)
	} else if i > 0 {
		first, second = nil, hunks[i:]
	}
	if len(second) == 0 {
		return [][]byte{patch}
	}
	return [][]byte{
		bytes.Join(append([][]byte{header}, append(hunks[:i:i], first...)...), nil),
		bytes.Join(append([][]byte{header}, second...), nil),
	}
}

// cutHunk cuts a hunk after about so many bytes, between two of its lines.
func cutHunk(raw []byte, room int) (a, b []byte, ok bool) {
	headLine, body := cutLine(raw)
	h, ok := parseHunkHeader(headLine)
	if !ok {
		return nil, nil, false
	}
	section := bytes.TrimRight(afterSpans(headLine), "\n")
	oldLine, newLine := startLines(h)
	n, olds, news := takeLines(body, max(room-len(headLine), 1))
	if n == len(body) {
		return nil, nil, false
	}
	a = subHunk(oldLine, olds, newLine, news, section, body[:n])
	rest := body[n:]
	_, restOlds, restNews := takeLines(rest, len(rest))
	b = subHunk(oldLine+olds, restOlds, newLine+news, restNews, section, rest)
	return a, b, true
}

func (p Part) sections() [][]byte {
	if p.Piece != 0 || p.File.second == 0 {
		return [][]byte{p.Patch}
	}
	return [][]byte{p.Patch[:p.File.second], p.Patch[p.File.second:]}
}
