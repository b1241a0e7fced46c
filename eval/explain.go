package eval

import (
	"fmt"
	"strings"

	"scrum/tally"
)

// Explained tells of one case what was found and what was joined.
type Explained struct {
	Case    string         `json:"case"`
	Title   string         `json:"title,omitempty"`
	Class   string         `json:"class,omitempty"`
	Defects []Outcome      `json:"defects"`
	False   []FalseFinding `json:"false"` // findings of nothing expected, the convergent ones among them
	Joins   []Joined       `json:"joins"`
	Over    []OverJoin     `json:"over"`
	Apart   []Apart        `json:"apart"` // defects whose reports stayed apart
}

// Outcome tells who has found a defect.
type Outcome struct {
	Where    string         `json:"where"`
	Severity tally.Severity `json:"severity"`
	What     string         `json:"what"`
	Found    bool           `json:"found"`
	By       []string       `json:"by"`       // reviewers
	Lineages int            `json:"lineages"` // of the finding with the most
}

// FalseFinding is of nothing expected.
type FalseFinding struct {
	ID        string       `json:"id"`
	Where     string       `json:"where"`
	Anchor    tally.Anchor `json:"anchor"`
	Title     string       `json:"title"`
	Reviewers []string     `json:"reviewers"`
	Lineages  int          `json:"lineages"`
}

// Joined is one join, held against the labels.
type Joined struct {
	Finding string         `json:"finding"`
	A       string         `json:"a"` // reviewer and place
	B       string         `json:"b"`
	Rule    tally.JoinRule `json:"rule"`
	Score   float64        `json:"score"`
	Verdict verdict        `json:"verdict"` // right, wrong, or untold: of nothing expected
}

// OverJoin is a finding whose reports are not all of one defect.
type OverJoin struct {
	Finding string   `json:"finding"`
	Where   string   `json:"where"`
	Of      []string `json:"of"` // what each report is of
}

// Apart is a defect whose reports by several lineages are several findings.
type Apart struct {
	Where    string   `json:"where"`
	Findings []string `json:"findings"` // place and reviewers of each
}

func (r *Report) explain(outcomes []*outcome) {
	r.Explained = make([]Explained, 0, len(outcomes))
	for _, o := range outcomes {
		r.Explained = append(r.Explained, o.explain())
	}
}

func (o *outcome) explain() Explained {
	e := Explained{
		Case: o.Name, Title: o.Title, Class: o.Class,
		Defects: []Outcome{}, False: []FalseFinding{}, Joins: []Joined{}, Over: []OverJoin{}, Apart: []Apart{},
	}
	for i, d := range o.Defects {
		e.Defects = append(e.Defects, o.found(i, d))
		if a, apart := o.apart(i, d); apart {
			e.Apart = append(e.Apart, a)
		}
	}
	for _, f := range o.findings {
		if f.State != tally.Open {
			continue
		}
		if len(f.defects()) == 0 {
			e.False = append(e.False, FalseFinding{f.ID, f.where(), f.Anchor, f.Title, f.Reviewers, f.level})
		}
		e.Joins = append(e.Joins, f.joined()...)
		if twoDefects, withOther := f.mixed(); twoDefects || withOther {
			e.Over = append(e.Over, OverJoin{f.ID, f.where(), o.reportsOf(f)})
		}
	}
	return e
}

func (o *outcome) found(i int, d Defect) Outcome {
	out := Outcome{Where: d.where(), Severity: d.Severity, What: d.What, By: []string{}}
	for _, f := range o.findings {
		if f.State == tally.Open && f.finds(i) {
			_, reviewers := f.by(i)
			out.Found, out.By, out.Lineages = true, append(out.By, reviewers...), max(out.Lineages, f.level)
		}
	}
	out.By = distinct(out.By)
	return out
}

// apart tells that reports of the defect stayed apart, and in which findings.
func (o *outcome) apart(i int, d Defect) (Apart, bool) {
	var j Joins
	if j.defect(o.findings, i); j.Under == 0 {
		return Apart{}, false
	}
	out := Apart{Where: d.where()}
	for _, f := range o.findings {
		if _, reviewers := f.by(i); f.State == tally.Open && len(reviewers) > 0 {
			out.Findings = append(out.Findings, fmt.Sprintf("%s by %s", f.where(), strings.Join(reviewers, ", ")))
		}
	}
	return out, true
}

func (f judged) joined() []Joined {
	var out []Joined
	for _, j := range f.Joins {
		v := f.join(j)
		if v == noJoin {
			continue
		}
		a, b := f.Sources[j.A], f.Sources[j.B]
		out = append(out, Joined{f.ID, a.Reviewer + " at " + a.Where, b.Reviewer + " at " + b.Where, j.Rule, j.Score, v})
	}
	return out
}

// reportsOf says of each report of a finding what it is of.
func (o *outcome) reportsOf(f judged) []string {
	var out []string
	for i, s := range f.standing() {
		what := "nothing expected"
		if d := f.of[i].defect; d != none {
			what = o.Defects[d].where()
		}
		out = append(out, fmt.Sprintf("%s at %s: of %s", s.Reviewer, s.Where, what))
	}
	return out
}

func (d Defect) where() string { return place(d.Path, d.Side, d.Line, d.EndLine) }

func (f judged) where() string { return place(f.Path, f.Side, f.Line, f.EndLine) }

func place(path string, side tally.Side, line, end int) string {
	s := path
	if line > 0 {
		s += fmt.Sprintf(":%d", line)
	}
	if end > line {
		s += fmt.Sprintf("-%d", end)
	}
	if side == tally.Old {
		s += " (old)"
	}
	return s
}
