package bundler

import (
	"fmt"
	"strings"
)

// quotePath writes a path as git does in headers under core.quotePath: as it is,
// or in double quotes with escapes.
func quotePath(prefix, path string) string {
	if !strings.ContainsFunc(path, func(r rune) bool { return r < 0x20 || r >= 0x7f || r == '"' || r == '\\' }) {
		return prefix + path
	}
	var b strings.Builder
	b.WriteByte('"')
	b.WriteString(prefix)
	for i := 0; i < len(path); i++ {
		c := path[i]
		switch j := strings.IndexByte(escaped, c); {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case j >= 0:
			b.WriteByte('\\')
			b.WriteByte(escapes[j])
		case c < 0x20 || c >= 0x7f:
			fmt.Fprintf(&b, "\\%03o", c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

const (
	escaped = "\a\b\t\n\v\f\r"
	escapes = "abtnvfr"
)

// unquotePath reads a path as it stands in a header, quoted or not, up to the end
// of the quotes; rest is what follows them.
func unquotePath(s string) (path, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		return s, "", true
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return b.String(), s[i+1:], true
		case c != '\\':
			b.WriteByte(c)
		default:
			i++
			n, decoded, ok := unescape(s[i:])
			if !ok {
				return "", "", false
			}
			b.WriteByte(decoded)
			i += n - 1
		}
	}
	return "", "", false
}

// unescape decodes what follows a backslash; n is how many bytes that took.
func unescape(s string) (n int, c byte, ok bool) {
	if s == "" {
		return 0, 0, false
	}
	if s[0] == '"' || s[0] == '\\' {
		return 1, s[0], true
	}
	if j := strings.IndexByte(escapes, s[0]); j >= 0 {
		return 1, escaped[j], true
	}
	if len(s) < 3 {
		return 0, 0, false
	}
	v := 0
	for _, d := range []byte(s[:3]) {
		if d < '0' || d > '7' {
			return 0, 0, false
		}
		v = v*8 + int(d-'0')
	}
	return 3, byte(v), v < 256
}
