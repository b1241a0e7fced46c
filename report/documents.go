package report

import (
	"bytes"
	"encoding/json"
	"io"
)

// What the other documents of the tool are written with. Their text comes from strangers
// just as a review's does.

// EncodeJSON writes a document as JSON does a review: what a terminal or a CI runner
// would take for a command is escaped, and the values stay what they are.
func EncodeJSON(w io.Writer, document any) error {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(document); err != nil {
		return err
	}
	_, err := w.Write(escaped(buf.Bytes()))
	return err
}

// Phrase is Sanitise for words on one line, where breaks are only spaces.
func Phrase(s string) string { return phrase(s) }

// Markup makes a text plain words on a line of Markdown.
func Markup(s string) string { return markup(phrase(s)) }

// Fenced is a block of code in Markdown that no text can end.
func Fenced(s string) string { return fenced("", Sanitise(s)) }
