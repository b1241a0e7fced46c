package report

import (
	"fmt"
	"io"
	"strings"
)

// Writer writes a review in one format. The same review gives the same bytes.
type Writer interface {
	Write(w io.Writer, r *Review) error
}

// Formats are the names that For knows.
func Formats() []string { return []string{"terminal", "md", "json", "html"} }

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
	case "html":
		return HTML{}, nil
	}
	return nil, fmt.Errorf("there is no format %q; there are %s", name, strings.Join(Formats(), ", "))
}
