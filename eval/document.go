package eval

import (
	"fmt"
	"strconv"
	"strings"
)

// document is a report for people, to be written in any form.
type document struct {
	title    string
	lines    []string // below the title
	sections []section
}

// section is a table or a list with its title, and what must be known to read it.
type section struct {
	title string
	notes []string
	table
	items []item
}

// table has its first columns set to the left, and numbers to the right.
type table struct {
	head []string
	left int
	rows [][]string
}

// item of a list, with others below it.
type item struct {
	text  string
	below []string
}

func (r *Report) document() document {
	d := document{title: "Measured: " + r.Dataset}
	if r.About != "" {
		d.lines = append(d.lines, r.About)
	}
	m := r.Matching
	d.lines = append(d.lines,
		fmt.Sprintf("%s (%d clean), %s, %s of %s", plural(r.Cases, "case"), r.Clean.Cases, plural(r.Defects, "defect"), plural(r.Answers, "answer"), plural(len(r.Reviewers), "reviewer")),
		fmt.Sprintf("counted with match %s, gap %d, span %d, alike %.2f, alike-named %.2f", m.Match, m.Gap, m.Span, m.Alike, m.AlikeNamed))
	d.lines = append(d.lines, r.Notes...)
	for _, u := range r.Unmeasured {
		d.lines = append(d.lines, fmt.Sprintf("not measured: %s: %s", u.Case, u.Why))
	}
	d.sections = append(d.sections, r.reviewerSection(), levelSection("Findings of so many lineages or more", r.AtLeast), levelSection("Findings of exactly so many lineages", r.Exactly), r.matchingSection())
	for _, g := range []struct {
		kind   string
		groups []Group
	}{{"class", r.Classes}, {"language", r.Languages}, {"severity", r.Severities}} {
		d.sections = append(d.sections, groupSection(g.kind, g.groups))
	}
	for _, s := range r.Sweeps {
		d.sections = append(d.sections, s.section())
	}
	for _, e := range r.Explained {
		d.sections = append(d.sections, e.section())
	}
	return d
}

// figureHead are the columns of figures; rates are in percent with their intervals.
func figureHead() []string {
	return []string{"cases", "findings", "true", "dupl.", "false", "found", "precision %", "recall %", "F1 %", "retr.", "outs.", "unkn."}
}

func (f Figures) cells() []string {
	return []string{
		strconv.Itoa(f.Cases), strconv.Itoa(f.Findings), strconv.Itoa(f.True), strconv.Itoa(f.Duplicates), strconv.Itoa(f.False),
		fmt.Sprintf("%d/%d", f.Found, f.Expected), f.Precision.percent(), f.Recall.percent(), f.F1.percent(),
		strconv.Itoa(f.Retracted), strconv.Itoa(f.Outside), strconv.Itoa(f.Unknown),
	}
}

// percent writes the share and its interval in whole percents.
func (e *Estimate) percent() string {
	if e == nil {
		return "–"
	}
	return fmt.Sprintf("%.0f [%.0f–%.0f]", 100*e.Value, 100*e.Low, 100*e.High)
}

// share is percent without the interval, a digit finer.
func (e *Estimate) share() string {
	if e == nil {
		return "–"
	}
	return fmt.Sprintf("%.1f", 100*e.Value)
}

func (r *Report) reviewerSection() section {
	s := section{
		title: "Reviewers, each counted alone, and the panel together",
		notes: []string{
			"Precision is true / (true + false), recall found / expected; a second finding of one defect is a duplicate and neither.",
			"In brackets 95 % intervals: Wilson's for precision and recall, for F1 a bootstrap over the cases with a fixed seed.",
			"Not counted: findings taken back (retr.). Counted, and shown again: at lines (outs.) or in files (unkn.) that the diff does not have.",
		},
		table: table{head: append([]string{"reviewer", "lineage"}, figureHead()...), left: 2},
	}
	for _, v := range r.Reviewers {
		s.rows = append(s.rows, append([]string{v.Name, v.Lineage}, v.cells()...))
	}
	s.rows = append(s.rows, append([]string{"the panel", ""}, r.Panel.cells()...))
	return s
}

func levelSection(title string, levels []Level) section {
	s := section{title: title, table: table{head: append([]string{"lineages"}, figureHead()...), left: 1}}
	for _, l := range levels {
		s.rows = append(s.rows, append([]string{strconv.Itoa(l.Lineages)}, l.cells()...))
	}
	return s
}

func (r *Report) matchingSection() section {
	j, n, c := r.Joins, r.Single, r.Clean
	s := section{title: "Convergence beside the labels", table: table{head: []string{"measure", "count", "of"}, left: 1}}
	row := func(measure string, count, of int) {
		total := ""
		if of >= 0 {
			total = strconv.Itoa(of)
		}
		s.rows = append(s.rows, []string{measure, strconv.Itoa(count), total})
	}
	row("defects found by one reviewer alone, of those found", n.OneSeat, n.Found)
	row("defects found by one lineage alone, of those found", n.OneLineage, n.Found)
	row("defects that several lineages report and that converge", j.Converged, j.Shared)
	row("under-joined: further findings of a defect by another lineage", j.Under, -1)
	row("over-joined: findings of two defects, or of one and something else", j.Over, r.Panel.Findings)
	row("- of two defects", j.TwoDefects, j.Over)
	row("- of a defect and something that is not expected", j.DefectOther, j.Over)
	row("joins of reports of one defect (right)", j.Right, j.Right+j.Wrong+j.Untold)
	row("joins of reports that are not of one thing (wrong)", j.Wrong, j.Right+j.Wrong+j.Untold)
	row("joins of reports of nothing expected (no label tells)", j.Untold, j.Right+j.Wrong+j.Untold)
	row("clean changes with no finding at all", c.Silent, c.Cases)
	row("findings on clean changes", c.Findings, -1)
	row("- that converge", c.Convergent, c.Findings)
	if c.Cases > 0 {
		s.notes = append(s.notes, fmt.Sprintf("%.2f findings for each clean change", float64(c.Findings)/float64(c.Cases)))
	}
	return s
}

func groupSection(kind string, groups []Group) section {
	s := section{title: "What the panel finds, by " + kind, table: table{head: []string{kind, "cases", "found", "recall %"}, left: 1}}
	for _, g := range groups {
		name := g.Name
		if name == "" {
			name = "(not said)"
		}
		s.rows = append(s.rows, []string{name, strconv.Itoa(g.Cases), fmt.Sprintf("%d/%d", g.Found, g.Expected), g.Recall.percent()})
	}
	return s
}

func (s Sweep) section() section {
	out := section{
		title: "Convergent findings by " + s.Option,
		table: table{head: []string{s.Option, "findings", "precision %", "recall %", "F1 %", "converged", "under-joined", "over-joined", ""}, left: 1},
	}
	if s.Option == alikeDial {
		out.notes = append(out.notes, "alike-named is 0.05 lower in each row.")
	}
	for _, p := range s.Points {
		mark := ""
		if p.Current {
			mark = "◀ now"
		}
		out.rows = append(out.rows, []string{
			p.label(s.Option), strconv.Itoa(p.Findings), p.Precision.share(), p.Recall.share(), p.F1.share(),
			fmt.Sprintf("%d/%d", p.Joins.Converged, p.Joins.Shared), strconv.Itoa(p.Joins.Under), strconv.Itoa(p.Joins.Over), mark,
		})
	}
	return out
}

func (p Point) label(option string) string {
	if option == alikeDial {
		return fmt.Sprintf("%.2f", p.Value)
	}
	return fmt.Sprintf("%.0f", p.Value)
}

func (e Explained) section() section {
	s := section{title: "Case " + e.Case}
	if e.Title != "" {
		s.title += ": " + e.Title
	}
	if len(e.Defects) == 0 {
		s.items = append(s.items, item{text: "clean: nothing is expected"})
	}
	for _, d := range e.Defects {
		verdict := "missed"
		if d.Found {
			verdict = fmt.Sprintf("found by %s, %s together", strings.Join(d.By, ", "), plural(d.Lineages, "lineage"))
		}
		s.items = append(s.items, item{text: fmt.Sprintf("%s at %s: %s: %s", d.Severity, d.Where, d.What, verdict)})
	}
	for _, f := range e.False {
		s.items = append(s.items, item{text: fmt.Sprintf("false: %s by %s, %s, anchor %s: %s", f.Where, strings.Join(f.Reviewers, ", "), plural(f.Lineages, "lineage"), f.Anchor, f.Title)})
	}
	for _, o := range e.Over {
		s.items = append(s.items, item{"over-joined: " + o.Where, o.Of})
	}
	for _, a := range e.Apart {
		s.items = append(s.items, item{"under-joined: " + a.Where, a.Findings})
	}
	for _, j := range e.Joins {
		s.items = append(s.items, item{text: fmt.Sprintf("join %s: %s with %s (%s, %.2f)", j.Verdict, j.A, j.B, j.Rule, j.Score)})
	}
	return s
}
