package eval

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"scrum/tally"
)

// Version names the form of a Report in JSON.
const Version = "scrum/eval/v1"

// Options say how to count, and what to measure beside it.
type Options struct {
	Tally   tally.Options
	Sweep   bool // count under other options too
	Curve   bool // the sweep of alike alone, which WriteSVG draws
	Explain bool // tell of each case what was found and joined
}

// Report is what a dataset comes to.
type Report struct {
	Version  string   `json:"schema"`
	Dataset  string   `json:"dataset"`
	About    string   `json:"about,omitempty"`
	Matching Matching `json:"matching"`
	Cases    int      `json:"cases"` // measured ones
	Defects  int      `json:"defects"`
	Answers  int      `json:"answers"`

	Unmeasured []Unmeasured `json:"unmeasured"`
	Notes      []string     `json:"notes"`

	Reviewers []Reviewer `json:"reviewers"` // by name, each by itself
	Panel     Figures    `json:"panel"`     // all together: what any of them reports
	AtLeast   []Level    `json:"at_least"`  // findings of so many lineages or more
	Exactly   []Level    `json:"exactly"`
	Joins     Joins      `json:"joins"`
	Single    Single     `json:"single"`
	Clean     CleanCases `json:"clean"`

	Classes    []Group `json:"classes"` // what the panel finds of each class
	Languages  []Group `json:"languages"`
	Severities []Group `json:"severities"`

	Sweeps    []Sweep     `json:"sweeps,omitempty"`
	Explained []Explained `json:"explained,omitempty"`

	curve Sweep // of alike, for WriteSVG
}

// Matching is the options under which was counted.
type Matching struct {
	Match      string  `json:"match"`
	Gap        int     `json:"gap"`
	Span       int     `json:"span"`
	Alike      float64 `json:"alike"`
	AlikeNamed float64 `json:"alike_named"`
}

// Unmeasured is a case without an answer.
type Unmeasured struct {
	Case string `json:"case"`
	Why  string `json:"why"`
}

// Reviewer is what one reviewer comes to, counted alone, over the cases that it has
// answered.
type Reviewer struct {
	Name    string `json:"name"`
	Lineage string `json:"lineage"`
	Figures
}

// Level is what the findings of so many lineages come to.
type Level struct {
	Lineages int `json:"lineages"`
	Figures
}

// Single counts the defects that the panel would lose with one seat.
type Single struct {
	Found      int `json:"found"`       // defects found by the panel
	OneSeat    int `json:"one_seat"`    // of them, by one reviewer alone
	OneLineage int `json:"one_lineage"` // of them, by one lineage alone
}

// CleanCases are the changes without a defect: each finding is a false one.
type CleanCases struct {
	Cases      int `json:"cases"`
	Findings   int `json:"findings"`
	Convergent int `json:"convergent"` // findings of two lineages or more
	Silent     int `json:"silent"`     // cases without any finding
}

// Group is what the panel finds of the defects of one kind.
type Group struct {
	Name     string    `json:"name"`
	Cases    int       `json:"cases"` // that have such a defect
	Expected int       `json:"expected"`
	Found    int       `json:"found"`
	Recall   *Estimate `json:"recall"`
}

// ErrNothing is given for a dataset in which no case has an answer.
var ErrNothing = errors.New("no case can be measured")

// Measure counts the answers of every case, as a review would, and holds what comes
// out against the defects that were expected.
func Measure(ctx context.Context, d *Dataset, opt Options) (*Report, error) {
	r := &Report{Version: Version, Dataset: d.Name, About: d.About, Notes: d.notes(), Unmeasured: []Unmeasured{}}
	var cases []*Case
	for _, c := range d.Cases {
		if len(c.Answers) == 0 {
			r.Unmeasured = append(r.Unmeasured, Unmeasured{c.Name, "it has no answer: no <reviewer>.md or <reviewer>.json"})
			continue
		}
		cases = append(cases, c)
		r.Defects += len(c.Defects)
		r.Answers += len(c.Answers)
	}
	if r.Cases = len(cases); r.Cases == 0 {
		return nil, fmt.Errorf("%w: none of the %s of %s has an answer, <reviewer>.md or <reviewer>.json", ErrNothing, plural(len(d.Cases), "case"), d.Name)
	}
	trials, err := each(ctx, cases, (*Case).trial)
	if err != nil {
		return nil, err
	}
	full := opt.Tally
	if full.Match == "" {
		full = tally.DefaultOptions()
	}
	r.Matching = Matching{full.Match, full.Gap, full.Span, full.Alike, full.AlikeNamed}
	outcomes, err := each(ctx, trials, func(t *trial) *outcome { return t.outcome(full) })
	if err != nil {
		return nil, err
	}
	r.fill(d, outcomes)
	if opt.Explain {
		r.explain(outcomes)
	}
	return r, r.sweep(ctx, trials, full, opt)
}

// each works on all cases, as many at a time as there are processors; the order stays.
func each[In, Out any](ctx context.Context, in []In, work func(In) Out) ([]Out, error) {
	out := make([]Out, len(in))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i := range in {
		if ctx.Err() != nil {
			break
		}
		g.Go(func() error { out[i] = work(in[i]); return nil })
	}
	return out, errors.Join(g.Wait(), ctx.Err())
}

// outcome is a case counted under one set of options.
type outcome struct {
	*trial
	findings []judged // of the panel
	alone    []Counts // of each answer
}

func (t *trial) outcome(opt tally.Options) *outcome {
	o := &outcome{trial: t, findings: t.judge(t.panel, opt)}
	for _, r := range t.alone {
		o.alone = append(o.alone, counts(t.judge(r, opt), len(t.Defects)))
	}
	return o
}

func (r *Report) fill(d *Dataset, outcomes []*outcome) {
	r.Reviewers = reviewersOf(d, outcomes)
	r.Panel = figures(rows(outcomes, func(f []judged) []judged { return f }))
	for k := range max(2, lineages(outcomes)) {
		r.AtLeast = append(r.AtLeast, Level{k + 1, figures(rows(outcomes, func(f []judged) []judged { return atLeast(f, k+1) }))})
		r.Exactly = append(r.Exactly, Level{k + 1, figures(rows(outcomes, func(f []judged) []judged { return exactly(f, k+1) }))})
	}
	for _, o := range outcomes {
		r.Joins.add(joins(o.findings, len(o.Defects)))
		r.Single.add(o)
		r.Clean.add(o)
	}
	r.Classes = groups(outcomes, func(c *Case, _ Defect) string { return c.Class })
	r.Languages = groups(outcomes, func(c *Case, _ Defect) string { return c.Language })
	r.Severities = groups(outcomes, func(_ *Case, d Defect) string { return string(d.Severity) })
}

// rows counts some findings of each case.
func rows(outcomes []*outcome, some func([]judged) []judged) []Counts {
	out := make([]Counts, 0, len(outcomes))
	for _, o := range outcomes {
		out = append(out, counts(some(o.findings), len(o.Defects)))
	}
	return out
}

// lineages is how many there are at most in one case.
func lineages(outcomes []*outcome) int {
	most := 0
	for _, o := range outcomes {
		var all []string
		for _, a := range o.Answers {
			all = append(all, a.Lineage)
		}
		most = max(most, len(distinct(all)))
	}
	return most
}

func reviewersOf(d *Dataset, outcomes []*outcome) []Reviewer {
	byName := map[string][]Counts{}
	for _, o := range outcomes {
		for i, a := range o.Answers {
			byName[a.Reviewer] = append(byName[a.Reviewer], o.alone[i])
		}
	}
	out := make([]Reviewer, 0, len(byName))
	for name, counted := range byName {
		out = append(out, Reviewer{name, d.lineage(name), figures(counted)})
	}
	slices.SortFunc(out, func(a, b Reviewer) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func (s *Single) add(o *outcome) {
	for d := range o.Defects {
		var lineages, reviewers []string
		for _, f := range o.findings {
			if f.State == tally.Open {
				l, r := f.by(d)
				lineages, reviewers = append(lineages, l...), append(reviewers, r...)
			}
		}
		if len(reviewers) == 0 {
			continue
		}
		s.Found++
		if len(distinct(reviewers)) == 1 {
			s.OneSeat++
		}
		if len(distinct(lineages)) == 1 {
			s.OneLineage++
		}
	}
}

func (c *CleanCases) add(o *outcome) {
	if len(o.Defects) > 0 {
		return
	}
	c.Cases++
	n := len(atLeast(o.findings, 0))
	c.Findings += n
	c.Convergent += len(atLeast(o.findings, 2))
	if n == 0 {
		c.Silent++
	}
}

// groups sorts the defects by what they are of.
func groups(outcomes []*outcome, kind func(*Case, Defect) string) []Group {
	byName := map[string]*Group{}
	for _, o := range outcomes {
		in := map[string]bool{}
		for i, d := range o.Defects {
			name := kind(o.Case, d)
			g := byName[name]
			if g == nil {
				g = &Group{Name: name}
				byName[name] = g
			}
			if !in[name] {
				in[name] = true
				g.Cases++
			}
			g.Expected++
			if slices.ContainsFunc(o.findings, func(f judged) bool { return f.State == tally.Open && f.finds(i) }) {
				g.Found++
			}
		}
	}
	out := make([]Group, 0, len(byName))
	for _, g := range byName {
		g.Recall = Wilson(g.Found, g.Expected)
		out = append(out, *g)
	}
	slices.SortFunc(out, func(a, b Group) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// notes are what a reader of the figures must know.
func (d *Dataset) notes() []string {
	answered, empty := map[string]bool{}, 0
	var unread []string
	for _, c := range d.Cases {
		for _, a := range c.Answers {
			answered[a.Reviewer] = true
			if strings.TrimSpace(a.Text) == "" {
				empty++
			}
		}
	}
	out := []string{}
	if empty > 0 {
		out = append(out, plural(empty, "answer")+" without text: counted as an answer that finds nothing")
	}
	for reviewer := range d.Lineages {
		if !answered[reviewer] {
			unread = append(unread, reviewer)
		}
	}
	for _, reviewer := range distinct(unread) {
		out = append(out, fmt.Sprintf("%s names the lineage of %s, who has no answer in any case", datasetFile, reviewer))
	}
	return out
}
