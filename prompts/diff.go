package prompts

import (
	"fmt"
	"strings"

	"scrum/bundler"
)

// numbered writes a part's hunks with a gutter of line numbers: those of the new
// side, and for deleted lines those of the old side behind a "~".
func numbered(p bundler.Part) (string, error) {
	hunks, err := p.Hunks()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, h := range hunks {
		fmt.Fprintf(&b, "@@ -%d,%d +%d,%d @@%s\n", h.OldStart, h.OldLines, h.NewStart, h.NewLines, section(h))
		for l := range h.Lines() {
			writeLine(&b, l)
		}
	}
	return b.String(), nil
}

func section(h bundler.Hunk) string {
	if h.Section == "" {
		return ""
	}
	return " " + oneLine(h.Section)
}

func writeLine(b *strings.Builder, l bundler.Line) {
	text := strings.ToValidUTF8(string(l.Text), "\uFFFD")
	if l.Kind == '-' {
		fmt.Fprintf(b, "%7s %c%s\n", fmt.Sprintf("~%d", l.Old), l.Kind, text)
	} else {
		fmt.Fprintf(b, "%7d %c%s\n", l.New, l.Kind, text)
	}
	if l.NoEOL {
		b.WriteString("        \\ no newline at the end of the file\n")
	}
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
