package formats

import (
	"bytes"
	_ "embed" // the schema
	"encoding/json"
	"fmt"
	"io"
	"unicode"
	"unicode/utf8"

	"scrum/parity"
)

//go:embed parity.v1.schema.json
var schema string

// Schema is the JSON Schema of the document, to the byte.
func Schema() []byte { return []byte(schema) }

// JSON writes the document scrum/parity/v1.
type JSON struct{}

// Write implements Writer. Characters that a terminal would obey are escaped as JSON
// can do it: the values stay what they are.
func (JSON) Write(w io.Writer, r *parity.Result) error {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetIndent("", "  ")
	if err := enc.Encode(r); err != nil {
		return fmt.Errorf("writing the result as JSON: %w", err)
	}
	_, err := w.Write(escaped(buf.Bytes()))
	return err
}

// escaped writes control and format characters as \u escapes. Outside of strings JSON
// has none but line breaks.
func escaped(data []byte) []byte {
	out := make([]byte, 0, len(data))
	for len(data) > 0 {
		r, n := utf8.DecodeRune(data)
		switch {
		case r == 0x7f || r >= utf8.RuneSelf && r <= 0xffff && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)):
			out = fmt.Appendf(out, `\u%04x`, r)
		case r > 0xffff && unicode.Is(unicode.Cf, r):
			out = fmt.Appendf(out, `\u%04x\u%04x`, (r-0x10000)>>10+0xd800, (r-0x10000)&0x3ff+0xdc00)
		default:
			out = append(out, data[:n]...)
		}
		data = data[n:]
	}
	return out
}
