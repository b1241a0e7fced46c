package eval

import (
	"cmp"

	"go.yaml.in/yaml/v3"

	"scrum/tally"
)

// Defect is a problem that a change has, and that a review should report.
type Defect struct {
	Path     string
	Side     tally.Side
	Line     int
	EndLine  int
	Window   int // a report within so many lines is of this defect
	Severity tally.Severity
	What     string
	Is       []string // words of which a report of it must have one; none: any report will do

	at int // line of expected.yaml
}

// Clean is the class of a change that has no defect.
const Clean = "clean"

// defaultWindow is that of a defect that does not say: models count a line more or
// less, and report the line above or below.
const defaultWindow = 3

// expected reads an expected.yaml into the case: a mapping, or the list of defects
// alone.
func (p *page) expected(data []byte, c *Case) {
	top := p.top(data)
	if top == nil {
		return
	}
	if top.Kind == yaml.SequenceNode {
		c.Defects = p.defects(top)
	} else {
		p.described(top, c)
	}
	if len(c.Defects) == 0 {
		c.Class = cmp.Or(c.Class, Clean)
	}
}

func (p *page) described(top *yaml.Node, c *Case) {
	m := p.mapping(top, "title", "language", "class", "expected")
	if m == nil {
		return
	}
	c.Title, c.Language, c.Class = p.text(m["title"], "title"), p.text(m["language"], "language"), p.text(m["class"], "class")
	list := m["expected"]
	switch {
	case list == nil:
		p.wrong(top.Line, "it has no key expected, the list of defects; for a clean change it is []")
		return
	case list.Kind != yaml.SequenceNode:
		p.wrong(list.Line, "expected must be a list of defects; for a clean change it is []")
		return
	}
	c.Defects = p.defects(list)
	switch n := len(list.Content); {
	case n > 0 && c.Class == Clean:
		p.wrong(m["class"].Line, "the class is clean, and %s expected", map[bool]string{true: "a defect is", false: "defects are"}[n == 1])
	case n == 0 && c.Class != "" && c.Class != Clean:
		p.wrong(m["class"].Line, "the class is %.60q, and no defect is expected; that of a clean change is clean", c.Class)
	}
}

func (p *page) defects(list *yaml.Node) []Defect {
	var out []Defect
	for _, n := range list.Content {
		m := p.mapping(n, "path", "side", "line", "end_line", "window", "severity", "what", "is")
		if m == nil {
			continue
		}
		for _, key := range []string{"path", "line", "severity"} {
			if m[key] == nil {
				p.wrong(n.Line, "the defect has no %s", key)
			}
		}
		d := Defect{
			Path: p.text(m["path"], "path"),
			Side: tally.Side(cmp.Or(p.one(m["side"], "side", string(tally.New), string(tally.Old)), string(tally.New))),
			Line: p.number(m["line"], "line", 1, 1), Window: p.number(m["window"], "window", 0, defaultWindow),
			Severity: tally.Severity(p.one(m["severity"], "severity", string(tally.Block), string(tally.Warn), string(tally.Info))),
			What:     p.text(m["what"], "what"), Is: p.texts(m["is"], "is"), at: n.Line,
		}
		d.EndLine = p.number(m["end_line"], "end_line", d.Line, d.Line)
		out = append(out, d)
	}
	return out
}
