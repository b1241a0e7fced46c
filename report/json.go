package report

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode"
	"unicode/utf8"

	"scrum/bundler"
	"scrum/tally"
)

//go:embed review.v1.schema.json
var schema string

// Schema is the JSON Schema of the format, to the byte.
func Schema() []byte { return []byte(schema) }

// JSON writes the document scrum/review/v1.
type JSON struct{}

// Write implements Writer. Lists are never null, text is valid UTF-8, and what a
// terminal or a CI runner would take for a command is escaped as JSON can do it:
// the values stay what they are.
func (JSON) Write(w io.Writer, r *Review) error { return WriteJSON(w, complete(r)) }

// WriteJSON writes a document as JSON does a review: hidden characters and workflow
// commands are escaped.
func WriteJSON(w io.Writer, document any) error {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(document); err != nil {
		return fmt.Errorf("writing JSON: %w", err)
	}
	_, err := w.Write(escaped(buf.Bytes()))
	return err
}

// Decode reads a review that JSON has written.
func Decode(r io.Reader) (*Review, error) {
	dec := json.NewDecoder(r)
	var out Review
	if err := dec.Decode(&out); err != nil {
		return nil, fmt.Errorf("reading a review: %w", err)
	}
	if out.Schema != SchemaID {
		return nil, fmt.Errorf("reading a review: its schema is %q, but this program reads %q", out.Schema, SchemaID)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("reading a review: something follows the document")
	}
	return &out, nil
}

// complete is the review with its schema's name and without null lists.
func complete(r *Review) Review {
	c := *r
	c.Schema = SchemaID
	c.Bundles = append([]Bundle{}, r.Bundles...)
	for i := range c.Bundles {
		c.Bundles[i].Files = orEmpty(c.Bundles[i].Files)
	}
	c.LeftOut = append([]bundler.LeftOut{}, r.LeftOut...)
	c.Coverage = orEmpty(r.Coverage)
	c.Tally = orEmpty(r.Tally)
	c.Findings = append([]tally.Finding{}, r.Findings...)
	for i := range c.Findings {
		f := &c.Findings[i]
		f.Lineages, f.ConfirmedBy = orEmpty(f.Lineages), orEmpty(f.ConfirmedBy)
		f.Reviewers, f.Sources = orEmpty(f.Reviewers), orEmpty(f.Sources)
	}
	c.Unparsed = orEmpty(r.Unparsed)
	c.Notes = orEmpty(r.Notes)
	c.Anchors = orEmpty(r.Anchors)
	return c
}

func orEmpty[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// escaped writes hidden characters and the signs of workflow commands as \u
// escapes. Outside of strings JSON has neither.
func escaped(data []byte) []byte {
	data = commandMarks.ReplaceAll(data, []byte(`#\u0023$1`))
	out := make([]byte, 0, len(data))
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		switch {
		case r >= utf8.RuneSelf && (unicode.IsControl(r) || hidden(r)):
			out = appendEscape(out, r)
		case r == 0x7f:
			out = appendEscape(out, r)
		default:
			out = append(out, data[i:i+n]...)
		}
		i += n
	}
	return out
}

func appendEscape(out []byte, r rune) []byte {
	quoted := strconv.QuoteToASCII(string(r)) // "\u202e", "\x7f" or "\U000e0001"
	if r <= 0xff {
		return fmt.Appendf(out, `\u%04x`, r)
	}
	if r <= 0xffff {
		return append(out, quoted[1:len(quoted)-1]...)
	}
	hi, lo := (r-0x10000)>>10+0xd800, (r-0x10000)&0x3ff+0xdc00
	return fmt.Appendf(out, `\u%04x\u%04x`, hi, lo)
}
