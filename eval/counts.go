package eval

import "scrum/tally"

// Counts are what a set of findings comes to beside the defects expected.
type Counts struct {
	Findings   int `json:"findings"`   // open ones: true, false and duplicates
	True       int `json:"true"`       // of a defect that no finding before it is of
	Duplicates int `json:"duplicates"` // of a defect that another finding is of already
	False      int `json:"false"`      // of no expected defect
	Expected   int `json:"expected"`   // defects
	Found      int `json:"found"`      // of them
	Retracted  int `json:"retracted"`  // findings taken back, in none of the above
	Outside    int `json:"outside"`    // of the open ones: at lines that the diff does not show
	Unknown    int `json:"unknown"`    // of the open ones: in files that the change does not have
}

func (c *Counts) add(o Counts) {
	c.Findings += o.Findings
	c.True += o.True
	c.Duplicates += o.Duplicates
	c.False += o.False
	c.Expected += o.Expected
	c.Found += o.Found
	c.Retracted += o.Retracted
	c.Outside += o.Outside
	c.Unknown += o.Unknown
}

// counts holds the findings against so many expected defects.
func counts(findings []judged, expected int) Counts {
	c := Counts{Expected: expected}
	found := make([]bool, expected)
	for _, f := range findings {
		if f.State != tally.Open {
			c.Retracted++
			continue
		}
		c.Findings++
		switch f.Anchor {
		case tally.Outside:
			c.Outside++
		case tally.Unknown:
			c.Unknown++
		}
		c.judge(f, found)
	}
	return c
}

func (c *Counts) judge(f judged, found []bool) {
	before := c.Found
	for _, d := range f.defects() {
		if f.finds(d) && !found[d] {
			found[d] = true
			c.Found++
		}
	}
	switch {
	case c.Found > before:
		c.True++
	case len(f.defects()) > 0:
		c.Duplicates++
	default:
		c.False++
	}
}

// atLeast keeps the findings that so many lineages report.
func atLeast(findings []judged, level int) []judged {
	return filter(findings, func(f judged) bool { return f.level >= level })
}

// exactly keeps the findings that exactly so many lineages report.
func exactly(findings []judged, level int) []judged {
	return filter(findings, func(f judged) bool { return f.level == level })
}

func filter(findings []judged, keep func(judged) bool) []judged {
	var out []judged
	for _, f := range findings {
		if f.State == tally.Open && keep(f) {
			out = append(out, f)
		}
	}
	return out
}
