package smoke

import (
	_ "embed" // the schema
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"scrum/report"
)

// Writer writes a result in one format. The same result gives the same bytes.
type Writer interface {
	Write(w io.Writer, r *Result) error
}

// Formats are the names that For knows. One may be written md as well.
func Formats() []string { return []string{"terminal", "json", "junit", "markdown"} }

// For gives the writer of a format. The options are for the one that is called
// "terminal".
func For(name string, opt Terminal) (Writer, error) {
	switch name {
	case "terminal":
		return opt, nil
	case "json":
		return JSON{}, nil
	case "junit":
		return JUnitFile{}, nil
	case "markdown", "md":
		return Markdown{}, nil
	}
	return nil, fmt.Errorf("there is no format %q; there are %s", name, strings.Join(Formats(), ", "))
}

//go:embed smoke.v1.schema.json
var schema string

// Schema is the JSON Schema of the document, to the byte.
func Schema() []byte { return []byte(schema) }

// JSON writes the document scrum/smoke/v1.
type JSON struct{}

// Write implements Writer. Lists are never null.
func (JSON) Write(w io.Writer, r *Result) error {
	c := *r
	c.Services, c.Steps, c.NotSelected = orEmpty(c.Services), slices.Clone(orEmpty(c.Steps)), orEmpty(c.NotSelected)
	for i := range c.Steps {
		c.Steps[i].Cases = orEmpty(c.Steps[i].Cases)
	}
	if err := report.WriteJSON(w, &c); err != nil {
		return fmt.Errorf("writing the result of the smoke steps as JSON: %w", err)
	}
	return nil
}

func orEmpty[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// DecodeResult reads a result that JSON has written.
func DecodeResult(r io.Reader) (*Result, error) {
	dec := json.NewDecoder(r)
	var out Result
	if err := dec.Decode(&out); err != nil {
		return nil, fmt.Errorf("reading a result of smoke steps: %w", err)
	}
	if out.Schema != SchemaID {
		return nil, fmt.Errorf("reading a result of smoke steps: its schema is %q, but this program reads %q", out.Schema, SchemaID)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("reading a result of smoke steps: something follows the document")
	}
	return &out, nil
}
