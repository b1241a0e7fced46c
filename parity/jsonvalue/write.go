package jsonvalue

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// String gives the value as JSON on one line, numbers as they were written.
func (v *Value) String() string {
	w := writer{}
	w.value(v, 0)
	return string(w.out)
}

// Indent gives the value as JSON over several lines, for people to read.
func (v *Value) Indent() string {
	w := writer{indent: true}
	w.value(v, 0)
	return string(w.out)
}

// Brief is String, given up soon after that many bytes.
func (v *Value) Brief(most int) string {
	w := writer{most: most}
	w.value(v, 0)
	return string(w.out)
}

// writer writes values. With a most, it stops soon after that many bytes.
type writer struct {
	out    []byte
	indent bool
	most   int
}

func (w *writer) full() bool { return w.most > 0 && len(w.out) > w.most }

func (w *writer) value(v *Value, depth int) {
	switch v.Kind {
	case Null:
		w.out = append(w.out, "null"...)
	case Bool, Number:
		w.out = append(w.out, v.Text...)
	case String:
		w.quoted(v.Text)
	case Array:
		w.list("[]", len(v.Items), depth, func(i int) { w.value(&v.Items[i], depth+1) })
	case Object:
		w.list("{}", len(v.Members), depth, func(i int) {
			w.quoted(v.Members[i].Name)
			w.out = append(w.out, ':')
			if w.indent {
				w.out = append(w.out, ' ')
			}
			w.value(&v.Members[i].Value, depth+1)
		})
	case Absent:
	}
}

func (w *writer) quoted(s string) {
	if cut := w.most - len(w.out); w.most > 0 && cut >= 0 && len(s) > cut+utf8.UTFMax {
		s = s[:cut+utf8.UTFMax]
	}
	w.out = AppendQuoted(w.out, s)
}

func (w *writer) list(brackets string, n, depth int, element func(int)) {
	w.out = append(w.out, brackets[0])
	for i := 0; i < n && !w.full(); i++ {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		w.br(depth + 1)
		element(i)
	}
	if n > 0 {
		w.br(depth)
	}
	w.out = append(w.out, brackets[1])
}

// br breaks the line. The indentation is bounded: a value of many levels would
// otherwise become the square of its size.
func (w *writer) br(depth int) {
	const most = 32
	if w.indent {
		w.out = append(append(w.out, '\n'), strings.Repeat("  ", min(depth, most))...)
	}
}

// AppendQuoted writes a string of Value.Text as JSON.
func AppendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			dst = appendASCII(dst, c)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r != utf8.RuneError || n > 1:
			dst = append(dst, s[i:i+n]...)
		case i+2 < len(s) && c == 0xed: // a lone surrogate
			dst = fmt.Appendf(dst, `\u%04x`, 0xd000|int(s[i+1]&0x3f)<<6|int(s[i+2]&0x3f))
			n = 3
		default:
			dst = append(dst, `\ufffd`...)
		}
		i += n
	}
	return append(dst, '"')
}

func appendASCII(dst []byte, c byte) []byte {
	if c >= 0x20 && c != '"' && c != '\\' {
		return append(dst, c)
	}
	if i := strings.IndexByte("\"\\\b\f\n\r\t", c); i >= 0 {
		return append(dst, '\\', `"\bfnrt`[i])
	}
	return fmt.Appendf(dst, `\u%04x`, c)
}
