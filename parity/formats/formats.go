package formats

import (
	"fmt"
	"io"
	"strings"

	"scrum/parity"
)

// Writer writes a result in one format. The same result gives the same bytes.
type Writer interface {
	Write(w io.Writer, r *parity.Result) error
}

// Names are the formats that For knows.
func Names() []string { return []string{"terminal", "md", "json", "junit", "html"} }

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
	case "junit":
		return JUnit{}, nil
	case "html":
		return HTML{}, nil
	}
	return nil, fmt.Errorf("there is no format %q; there are %s", name, strings.Join(Names(), ", "))
}

// Files are the formats that go into a folder, with the names of their files.
func Files() map[string]string {
	return map[string]string{"md": "parity.md", "json": "parity.json", "junit": "parity.xml", "html": "parity.html"}
}
