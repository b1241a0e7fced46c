package formats

import (
	_ "embed" // the page and its style
	"fmt"
	"html/template"
	"io"
	"strings"

	"scrum/parity"
	"scrum/parity/compare"
	"scrum/report"
	frame "scrum/report/page"
)

//go:embed page.gohtml
var pageTemplate string

//go:embed page.css
var pageStyle string

// HTML writes a result as one page that needs nothing but itself.
type HTML struct{}

// page is what the template shows. Everything in it is text; the template escapes it.
type page struct {
	R       *parity.Result
	Outcome string
	Reason  string
	Tone    string
	Totals  []pageTotal
	Tally   string
	Causes  string
	Others  []parity.Target
	Layers  []compare.Layer
	Rows    []pageRow
	Diffs   []pageDiff
	Open    []string
	Rest    []pageCase
	Lists   []pageList
	Foot    string
}

type pageTotal struct {
	Name  string
	Value int
}

type pageRow struct {
	State       string
	Tone        string
	Name        string
	Statuses    []string
	Comparisons []pageComparison
}

type pageComparison struct {
	Target string
	Signs  []string
	Ratio  string
}

type pageDiff struct {
	Number                                                        int
	Class, Path, Count, About, Case, At, Reference, Other, Detail string
	Cases                                                         []pageCase
	Above                                                         []string
}

type pageCase struct {
	Name, Request, RequestBody string
	RequestHeaders             []string
	Open                       bool
	Sides                      []pageSide
}

type pageSide struct {
	Line, Body string
	Headers    []string
}

type pageList struct {
	Title string
	Lines []string
}

// Write implements Writer.
func (HTML) Write(w io.Writer, r *parity.Result) error {
	t, err := template.New("page").Funcs(template.FuncMap{"text": phrase, "tone": tone}).Parse(pageTemplate)
	if err != nil {
		return fmt.Errorf("reading the page: %w", err)
	}
	var body strings.Builder
	if err := t.Execute(&body, newPage(r)); err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	return frame.Write(w, frame.Page{
		Title: phrase(headline(r)), Styles: []string{pageStyle},
		Body: template.HTML(body.String()), //nolint:gosec // the template has escaped it
	})
}

func newPage(r *parity.Result) *page {
	p := &page{
		R: r, Outcome: phrase(r.Verdict.Outcome), Reason: phrase(r.Verdict.Reason), Tone: "bad", Totals: totals(r),
		Tally: tally(r), Causes: causes(r), Others: others(r), Layers: compare.Layers(), Foot: phrase(foot(r)),
	}
	if r.Verdict.ExitCode == 0 {
		p.Tone = "good"
	}
	for i := range r.Cases {
		p.Rows = append(p.Rows, row(r, &r.Cases[i]))
	}
	shown := map[string]bool{}
	for i := range r.Divergences {
		p.Diffs = append(p.Diffs, diff(r, i, shown))
	}
	p.rest(r, shown)
	for _, l := range lists(r) {
		p.Lists = append(p.Lists, pageList{l.title, l.phrases()})
	}
	return p
}

func totals(r *parity.Result) []pageTotal {
	t := r.Totals
	return []pageTotal{
		{"cases", t.Cases}, {"match", t.Match}, {"diff", t.Diff}, {"not compared", t.NotCompared}, {"not executed", t.NotExecuted},
		{"divergence classes", t.Divergences}, {"requests", t.Requests},
	}
}

// tone is the class of a sign.
func tone(sign string) string {
	return map[string]string{yes: "good", no: "bad", noisy: "warn"}[sign]
}

// stateTone is the class of a case's state.
func stateTone(state string) string {
	switch state {
	case parity.StateMatch:
		return "good"
	case parity.StateDiff:
		return "bad"
	}
	return "unsure"
}

func row(r *parity.Result, c *parity.Case) pageRow {
	out := pageRow{Name: phrase(c.Name), State: phrase(c.State), Tone: stateTone(c.State)}
	for _, t := range r.Targets {
		out.Statuses = append(out.Statuses, status(answerOf(c, t.Name)))
	}
	for _, t := range others(r) {
		cmp := comparisonOf(c, t.Name)
		one := pageComparison{Target: t.Name, Ratio: ratio(cmp)}
		for _, l := range compare.Layers() {
			one.Signs = append(one.Signs, sign(layer(cmp, l)))
		}
		out.Comparisons = append(out.Comparisons, one)
	}
	return out
}

func diff(r *parity.Result, i int, shown map[string]bool) pageDiff {
	d := &r.Divergences[i]
	out := pageDiff{
		Number: i + 1, Class: string(d.Class), Path: phrase(d.Path), Count: plural(len(d.Cases), "case"), About: phrase(about(d)),
		Case: phrase(d.Sample.Case), At: phrase(d.Sample.At), Reference: phrase(d.Sample.Reference), Other: phrase(d.Sample.Other), Detail: phrase(colon(d.Sample.Detail)),
	}
	for _, name := range d.Cases {
		if shown[name] {
			out.Above = append(out.Above, phrase(name))
			continue
		}
		shown[name] = true
		out.Cases = append(out.Cases, sides(r, caseOf(r, name), len(out.Cases) == 0))
	}
	return out
}

func sides(r *parity.Result, c *parity.Case, open bool) pageCase {
	out := pageCase{Name: phrase(c.Name), Request: phrase(c.Method + " " + c.Path), Open: open}
	if c.Request != nil {
		out.Request = phrase(c.Method + " " + c.Request.Path)
		out.RequestBody = report.Sanitise(c.Request.Body)
		out.RequestHeaders = fields(c.Request.Header)
	}
	for _, t := range r.Targets {
		a := answerOf(c, t.Name)
		side := pageSide{Line: phrase(answerLine(t.Name, a)), Body: report.Sanitise(bodyText(a))}
		if a != nil {
			side.Headers = fields(a.Header)
		}
		out.Sides = append(out.Sides, side)
	}
	return out
}

func fields(list []parity.Field) []string {
	var out []string
	for _, f := range list {
		out = append(out, phrase(f.Name+": "+f.Value))
	}
	return out
}

// rest is what is neither a match nor a divergence.
func (p *page) rest(r *parity.Result, shown map[string]bool) {
	for i := range r.Cases {
		c := &r.Cases[i]
		if c.State == parity.StateNotCompared || c.State == parity.StateNotExecuted {
			p.Open = append(p.Open, phrase(strings.Join([]string{c.Name, c.State, c.Cause}, ": ")))
		}
		if c.Request != nil && !shown[c.Name] {
			p.Rest = append(p.Rest, sides(r, c, false))
		}
	}
}
