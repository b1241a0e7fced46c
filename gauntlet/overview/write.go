package overview

import (
	_ "embed" // the page and its style
	"fmt"
	"html/template"
	"io"
	"strings"

	"scrum/report"
	"scrum/report/page"
)

//go:embed overview.gohtml
var bodyTemplate string

//go:embed overview.css
var style string

// Write writes the page as one file, to lie in the directory of the run: its links are
// to the files beside it.
func Write(w io.Writer, o *Overview) error {
	t, err := template.New("overview").Parse(bodyTemplate)
	if err != nil {
		return fmt.Errorf("reading the page of gauntlets: %w", err)
	}
	v := newView(o)
	var body strings.Builder
	if err := t.Execute(&body, v); err != nil {
		return fmt.Errorf("writing the page of the gauntlet: %w", err)
	}
	return page.Write(w, page.Page{
		Title: v.Outcome + ": gauntlet " + report.Phrase(o.ID), Styles: []string{style},
		Body: template.HTML(body.String()), //nolint:gosec // the template has escaped it
	})
}
