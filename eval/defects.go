package eval

import (
	"fmt"
	"path"

	"scrum/bundler"
	"scrum/config"
	"scrum/tally"
)

// checkDefects holds that a review could have found each defect: its lines are in
// what reviewers are shown. A label beside the change would count as missed by all.
func (o *opener) checkDefects(c *Case) {
	file := path.Join(c.Name, expectedFile)
	for _, d := range c.Defects {
		if text := c.unshown(d); text != "" {
			o.problems = append(o.problems, Problem{file, d.at, text})
		}
	}
}

// unshown tells why no reviewer is shown the lines of a defect, "" when one is.
func (c *Case) unshown(d Defect) string {
	for _, l := range c.plan.LeftOut {
		if l.Path == d.Path {
			return fmt.Sprintf("no reviewer is shown %s: it is left out (%s)", d.Path, l.Reason)
		}
	}
	found := false
	for _, b := range c.plan.Bundles {
		for _, p := range b.Parts {
			if p.File.Path != d.Path {
				continue
			}
			if found = true; shows(p, d) {
				return ""
			}
		}
	}
	if found {
		return fmt.Sprintf("the diff does not show line %d of the %s side of %s", d.Line, d.Side, d.Path)
	}
	if near := config.Nearest(d.Path, c.paths()); near != "" {
		return fmt.Sprintf("the change has no file %s; did you mean %s?", d.Path, near)
	}
	return fmt.Sprintf("the change has no file %s", d.Path)
}

func (c *Case) paths() []string {
	var out []string
	for _, f := range c.plan.Change.Files {
		out = append(out, f.Path)
	}
	return out
}

// shows tells that a part has a line of the defect.
func shows(p bundler.Part, d Defect) bool {
	hunks, err := p.Hunks()
	if err != nil {
		return false // the tally lists it among the problems
	}
	for _, h := range hunks {
		for l := range h.Lines() {
			line := l.New
			if d.Side == tally.Old {
				line = l.Old
			}
			if line >= d.Line && line <= d.EndLine {
				return true
			}
		}
	}
	return false
}
