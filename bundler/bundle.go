package bundler

import "io"

// Guard says how a bundle stands to the size limits.
type Guard string

// The guards. A refused bundle never leaves the machine unless forced.
const (
	GuardOK      Guard = "ok"
	GuardWarn    Guard = "warn"
	GuardRefused Guard = "refused"
	GuardForced  Guard = "forced"
)

// Plan is what would be reviewed: every file of the change is in at least one
// bundle or is left out with a reason.
type Plan struct {
	Change  *Change
	Bundles []*Bundle
	LeftOut []LeftOut

	guards Guards
}

// Bundle is what one request carries.
type Bundle struct {
	ID        string // "c1", "c2", …
	Component string
	Bytes     int // of the payload: git's own bytes
	Guard     Guard
	Parts     []Part
}

// Part is a file, or a piece of a file that had to be cut. Its hunks keep true
// line numbers.
type Part struct {
	File  *File
	Patch []byte // headers and hunks; File.Patch itself when the file is whole
	Piece int    // 1-based; 0 when the file is whole
	Of    int    // number of pieces; 0 when the file is whole
}

// LeftOut is a file, or a part of one, that no model sees.
type LeftOut struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
	Bytes  int    `json:"bytes"` // of its patch
}

// WriteTo writes the payload without putting it together in memory.
func (b *Bundle) WriteTo(w io.Writer) (int64, error) {
	var n int64
	for _, p := range b.Parts {
		m, err := w.Write(p.Patch)
		n += int64(m)
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// Payload is git's own bytes: the patches of the parts, one after the other.
func (b *Bundle) Payload() []byte {
	out := make([]byte, 0, b.Bytes)
	for _, p := range b.Parts {
		out = append(out, p.Patch...)
	}
	return out
}

// Paths are the distinct paths of the parts, in order.
func (b *Bundle) Paths() []string {
	var out []string
	for i, p := range b.Parts {
		if i == 0 || b.Parts[i-1].File != p.File {
			out = append(out, p.File.Path)
		}
	}
	return out
}
