package prompts

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"scrum/bundler"
)

// numbered writes a part's hunks with a gutter of line numbers: those of the new
// side, and for deleted lines those of the old side behind a "~". It appends
// rather than prints: a change has millions of lines.
func numbered(p bundler.Part) (string, error) {
	hunks, err := p.Hunks()
	if err != nil {
		return "", err
	}
	out := make([]byte, 0, len(p.Patch)+len(p.Patch)/2)
	for _, h := range hunks {
		out = fmt.Appendf(out, "@@ -%d,%d +%d,%d @@%s\n", h.OldStart, h.OldLines, h.NewStart, h.NewLines, section(h))
		for l := range h.Lines() {
			out = appendLine(out, l)
		}
	}
	return string(bytes.ToValidUTF8(out, []byte("\uFFFD"))), nil
}

func section(h bundler.Hunk) string {
	if h.Section == "" {
		return ""
	}
	return " " + oneLine(h.Section)
}

// gutter is the width of the line numbers.
const gutter = 7

func appendLine(out []byte, l bundler.Line) []byte {
	var number [24]byte
	digits := number[:0]
	if l.Kind == '-' {
		digits = strconv.AppendInt(append(digits, '~'), int64(l.Old), 10)
	} else {
		digits = strconv.AppendInt(digits, int64(l.New), 10)
	}
	for range gutter - len(digits) {
		out = append(out, ' ')
	}
	out = append(out, digits...)
	out = append(out, ' ', l.Kind)
	out = append(out, l.Text...)
	out = append(out, '\n')
	if l.NoEOL {
		out = append(out, "        \\ no newline at the end of the file\n"...)
	}
	return out
}

// oneLine keeps a hunk heading, which git cuts at a byte count, on its line and
// valid.
func oneLine(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\r' {
			return ' '
		}
		return r
	}, s)
}

// note tells what happened to the file, in the few words that the list of files
// has room for.
func note(p bundler.Part) string {
	f := p.File
	var s string
	switch f.Status {
	case bundler.Added:
		s = "new file"
	case bundler.Deleted:
		s = "deleted"
	case bundler.Renamed:
		s = "renamed from " + Name(f.OldPath)
	case bundler.Copied:
		s = "copied from " + Name(f.OldPath)
	case bundler.Retyped:
		s = "type changed"
	default:
		s = "modified"
	}
	if f.OldMode != "" && f.NewMode != "" && f.OldMode != f.NewMode && f.Status != bundler.Added && f.Status != bundler.Deleted {
		s += fmt.Sprintf(", mode %s to %s", f.OldMode, f.NewMode)
	}
	s += fmt.Sprintf(", +%d −%d", f.Added, f.Deleted)
	if p.Of > 1 {
		s += fmt.Sprintf(", piece %d of %d", p.Piece, p.Of)
	}
	return s
}
