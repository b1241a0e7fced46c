package gauntlet

import (
	"os"

	"scrum/gauntlet/overview"
)

// PageFile is the report of all phases for a browser.
const PageFile = "report.html"

// WritePage writes the page of a run that was assessed.
func (d *Dir) WritePage() error {
	o, err := overview.Read(d.path)
	if err != nil {
		return err
	}
	return d.format(PageFile, func(w *os.File) error { return overview.Write(w, o) })
}
