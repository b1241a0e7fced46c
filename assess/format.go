package assess

import (
	_ "embed" // the schema
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

// Formats are the names that For knows.
func Formats() []string { return []string{"terminal", "md", "json"} }

// For gives the writer of a format. The options are for the one that is called
// "terminal".
func For(name string, opt Terminal) (Writer, error) {
	switch name {
	case "terminal":
		return opt, nil
	case "md":
		return Markdown{}, nil
	case "json":
		return JSON{}, nil
	}
	return nil, fmt.Errorf("there is no format %q; there are %s", name, strings.Join(Formats(), ", "))
}

//go:embed assess.v1.schema.json
var schema string

// Schema is the JSON Schema of the document, to the byte.
func Schema() []byte { return []byte(schema) }

// JSON writes the document scrum/assess/v1.
type JSON struct{}

// Write implements Writer. Lists are never null.
func (JSON) Write(w io.Writer, r *Result) error {
	c := *r
	c.Evidence, c.Gaps = orEmpty(c.Evidence), slices.Clone(orEmpty(c.Gaps))
	for i := range c.Gaps {
		c.Gaps[i].Cases = orEmpty(c.Gaps[i].Cases)
	}
	c.Recorded, c.Notes = orEmpty(c.Recorded), orEmpty(c.Notes)
	if c.Last != nil {
		last := *c.Last
		last.New, last.Fixed, last.Aged = orEmpty(last.New), orEmpty(last.Fixed), orEmpty(last.Aged)
		c.Last = &last
	}
	if c.Tracker != nil {
		t := *c.Tracker
		t.Added, t.Lacks, t.Closable, t.Decided = orEmpty(t.Added), orEmpty(t.Lacks), orEmpty(t.Closable), orEmpty(t.Decided)
		c.Tracker = &t
	}
	return report.WriteJSON(w, &c)
}

func orEmpty[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// yes is an answer.
func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
