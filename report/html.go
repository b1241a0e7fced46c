package report

import (
	"cmp"
	"embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"

	frame "scrum/report/page"
	"scrum/tally"
)

// HTML writes a review as one page that needs nothing but itself: the findings beside
// their lines of the change, to be filtered, folded and walked through.
type HTML struct{}

//go:embed html
var htmlFiles embed.FS

// Write implements Writer.
func (HTML) Write(w io.Writer, r *Review) error {
	t, err := template.ParseFS(htmlFiles, "html/*.gohtml")
	if err != nil {
		return fmt.Errorf("reading the templates of the report: %w", err)
	}
	doc, err := newDocument(t, tell(r))
	if err != nil {
		return fmt.Errorf("writing the report as HTML: %w", err)
	}
	var body strings.Builder
	if err := t.ExecuteTemplate(&body, "report", doc); err != nil {
		return fmt.Errorf("writing the report as HTML: %w", err)
	}
	style, err := htmlFiles.ReadFile("html/report.css")
	if err != nil {
		return fmt.Errorf("reading the style of the report: %w", err)
	}
	script, err := htmlFiles.ReadFile("html/report.js")
	if err != nil {
		return fmt.Errorf("reading the script of the report: %w", err)
	}
	return frame.Write(w, frame.Page{
		Title:  doc.Outcome + ": " + cmp.Or(doc.Label, doc.RunID),
		Styles: []string{string(style)}, Scripts: []string{string(script)},
		Body: template.HTML(body.String()), //nolint:gosec // the template has escaped it
	})
}

// document is the page's data. Its texts are fit to be seen; the template escapes them.
type document struct {
	Outcome, Look string // of the verdict: its word and its class
	Rule, Reason  string
	ExitCode      int
	Label, RunID  string
	Commits       string
	Summary       string
	Agreed        []findingLink
	Scripted      bool
	Notes         []string
	Totals        []fact

	Matrix   findingMatrix
	Coverage coverageView
	Examined examinedView
	Diff     diffView
	Apart    []findingView // whose places the diff does not show
	Unparsed []unparsedView
	Anchors  anchorView
	LeftOut  []leftView
	LeftSize string
	Changes  []changeView
	Facts    []fact
	Total    int // findings of the page
}

type fact struct{ Name, Value string }

type findingLink struct {
	ID, Where   string
	Title       []spanView
	Convergence int
}

type unparsedView struct{ Reviewer, Bundle, Text string }

type leftView struct {
	Path, Reason, Size string
	Bytes              int
}

type changeView struct{ Kind, Text string }

func newDocument(t *template.Template, s story) (*document, error) {
	v := s.Verdict
	d := &document{
		Outcome: outcomeWord(v.Outcome), Look: outcomeLook(v.Outcome), Rule: phrase(v.Rule), Reason: phrase(v.Reason), ExitCode: v.ExitCode,
		Label: phrase(s.Run.Label), RunID: phrase(s.Run.ID), Commits: strings.Trim(s.commits(), " ()"), Summary: s.summary(), Scripted: s.Run.Scripted,
		Totals: s.totalFacts(), Facts: s.runFacts(), Total: len(s.Findings),
		Matrix: s.findingMatrix(), Coverage: s.coverageView(), Examined: s.examinedView(), Anchors: s.anchorView(),
	}
	if v.Outcome == tally.Blocked {
		for _, f := range s.agreed() {
			d.Agreed = append(d.Agreed, findingLink{elementID(f), where(f), spans(titleOf(f)), f.Convergence})
		}
	}
	for _, n := range s.Notes {
		d.Notes = append(d.Notes, phrase(n))
	}
	for _, u := range s.Unparsed {
		d.Unparsed = append(d.Unparsed, unparsedView{inline(u.Reviewer), inline(u.Bundle), strings.TrimSpace(Sanitise(u.Text))})
	}
	size := 0
	for _, l := range s.LeftOut {
		size += l.Bytes
		d.LeftOut = append(d.LeftOut, leftView{inline(l.Path), phrase(l.Reason), bytesText(l.Bytes), l.Bytes})
	}
	d.LeftSize = bytesText(size)
	for _, c := range s.Changes {
		d.Changes = append(d.Changes, changeView{phrase(string(c.Kind)), c.line()})
	}
	placed := place(s)
	for _, f := range placed.apart {
		d.Apart = append(d.Apart, newFindingView(f))
	}
	var err error
	d.Diff, err = placed.write(t)
	return d, err
}

// outcomeLook is the class of a verdict.
func outcomeLook(o tally.Outcome) string {
	switch o {
	case tally.Pass:
		return "good"
	case tally.Blocked:
		return "bad"
	}
	return "unsure"
}

// totalFacts are the numbers below the verdict.
func (s story) totalFacts() []fact {
	out := []fact{
		{"convergent", fmt.Sprint(s.Totals.Convergent)},
		{"distinct", fmt.Sprint(s.Totals.Distinct)},
		{"bundles covered", fmt.Sprintf("%d of %d", s.covered(), len(s.Bundles))},
		{"tokens in / out", short(s.Totals.PromptTokens) + " / " + short(s.Totals.CompletionTokens)},
		{"cost", USD(s.Totals.CostUSD, false).text},
		{"time", wall(s.Totals.WallMS)},
	}
	if n := len(s.LeftOut); n > 0 {
		out = append(out, fact{"left out", plural(n, "file")})
	}
	return out
}

// runFacts say what was run, and with what.
func (s story) runFacts() []fact {
	r := s.Run
	out := []fact{
		{"Run", phrase(r.ID)}, {"Change", phrase(r.Label)},
		{"Base", inline(r.Base)}, {"Head", inline(r.Head)},
		{"Started", stamp(r.Started)}, {"Finished", stamp(r.Finished)},
		{"Took", s.totals()}, {"Tool", "scrum " + phrase(r.ToolVersion)}, {"Configuration", inline(r.ConfigSHA256)},
	}
	if r.Dirty {
		out = append(out, fact{"Work tree", "not committed"})
	}
	if r.ForcedOversize {
		out = append(out, fact{"Size", "above the refuse limit, sent because it was forced"})
	}
	kept := out[:0]
	for _, f := range out {
		if f.Value != "" {
			kept = append(kept, f)
		}
	}
	return kept
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
