package bundler

import "fmt"

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

// cutLargest puts pieces in the place of the largest part.
func cutLargest(parts []Part) []Part {
	at := 0
	for i, p := range parts {
		if len(p.Patch) > len(parts[at].Patch) {
			at = i
		}
	}
	whole := parts[at]
	var pieces [][]byte
	for _, s := range whole.sections() {
		pieces = append(pieces, splitSection(s, len(whole.Patch)/2+len(s[:hunkOffset(s)]))...)
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

func (p Part) sections() [][]byte {
	if p.Piece != 0 || p.File.second == 0 {
		return [][]byte{p.Patch}
	}
	return [][]byte{p.Patch[:p.File.second], p.Patch[p.File.second:]}
}
