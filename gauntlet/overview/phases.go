package overview

import (
	"fmt"
	"slices"
	"strings"

	"scrum/parity"
	"scrum/report"
	"scrum/smoke"
	"scrum/tally"
)

// smokeView are the services and steps, those that have not simply passed apart.
type smokeView struct {
	Summary string
	Trouble []smokeLine
	Passed  []smokeLine
	Left    []string // not selected
}

type smokeLine struct {
	Kind, Name, Outcome, Tone string
	Time, Attempts            string
	Cause, Output             string
}

func smokeOf(o *Overview) *smokeView {
	if o.Smoke == nil {
		return nil
	}
	v := &smokeView{Summary: report.Phrase(o.Smoke.Summary()), Left: phrases(o.Smoke.NotSelected)}
	for i := range o.Smoke.Services {
		s := &o.Smoke.Services[i]
		v.add(newLine("service", s.Name, s.Result, s.ReadyMS, s.Cause, s.Output))
	}
	for i := range o.Smoke.Steps {
		s := &o.Smoke.Steps[i]
		l := newLine("step", s.Name, s.Result, s.MS, s.Cause, s.Output)
		if s.Attempts > 1 {
			l.Attempts = plural(s.Attempts, "attempt")
		}
		if s.FirstFailure != nil && l.Cause == "" {
			l.Cause, l.Output = report.Phrase("at first: "+s.FirstFailure.Cause), report.Sanitise(s.FirstFailure.Output)
		}
		v.add(l)
	}
	return v
}

func (v *smokeView) add(l smokeLine) {
	if l.Tone == "good" {
		v.Passed = append(v.Passed, l)
	} else {
		v.Trouble = append(v.Trouble, l)
	}
}

func newLine(kind, name string, result smoke.Outcome, ms int64, cause, output string) smokeLine {
	l := smokeLine{
		Kind: kind, Name: report.Phrase(name), Outcome: report.Phrase(string(result)), Tone: "bad", Time: report.Wall(ms).String(),
		Cause: report.Phrase(cause), Output: report.Sanitise(output),
	}
	switch result {
	case smoke.Pass:
		l.Tone = "good"
	case smoke.Skip:
		l.Tone = ""
	case smoke.Flaky:
		l.Tone = "warn"
	default:
	}
	return l
}

// parityView are the causes of divergence and the cases by their state.
type parityView struct {
	Verdict, Reason, Tone string
	Targets               []fact
	Counts                []fact
	Causes                []cause
	Cases                 []parityCase // that are no match
	Matches               string
	Link                  string
}

type cause struct {
	Class, Path, Cases, Against, Sample string
}

type parityCase struct {
	Name, Request, State, Tone, Why string
}

func parityOf(o *Overview) *parityView {
	r := o.Parity
	if r == nil {
		return nil
	}
	v := &parityView{Verdict: report.Phrase(r.Verdict.Outcome), Reason: report.Phrase(r.Verdict.Reason), Tone: "bad", Link: o.Links["parity"]}
	if r.Verdict.ExitCode == 0 {
		v.Tone = "good"
	}
	if n := r.Totals.Match; n > 0 {
		v.Matches = plural(n, "more case") + " without a difference"
	}
	for i, t := range r.Targets {
		f := fact{report.Phrase(t.Name), report.Phrase(t.Address)}
		if i == 0 {
			f.Value += ", the reference"
		}
		v.Targets = append(v.Targets, f)
	}
	t := r.Totals
	v.Counts = []fact{{"cases", fmt.Sprint(t.Cases)}, {"match", fmt.Sprint(t.Match)}, {"diff", fmt.Sprint(t.Diff)}, {"not compared", fmt.Sprint(t.NotCompared)}, {"not executed", fmt.Sprint(t.NotExecuted)}}
	classes := map[string]string{}
	for i := range r.Divergences {
		d := &r.Divergences[i]
		classes[d.Signature] = string(d.Class)
		v.Causes = append(v.Causes, causeOf(d))
	}
	for i := range r.Cases {
		if c := &r.Cases[i]; c.State != parity.StateMatch {
			v.Cases = append(v.Cases, caseOf(c, classes))
		}
	}
	return v
}

func causeOf(d *parity.Divergence) cause {
	return cause{
		Class: report.Phrase(string(d.Class)), Path: report.Phrase(d.Path), Cases: fmt.Sprint(len(d.Cases)),
		Against: report.Phrase(d.Types[0] + " against " + d.Types[1]),
		Sample:  report.Phrase(fmt.Sprintf("%s: %s against %s", d.Sample.At, d.Sample.Reference, d.Sample.Other)),
	}
}

// caseOf names the classes of a case's divergences.
func caseOf(c *parity.Case, classes map[string]string) parityCase {
	out := parityCase{Name: report.Phrase(c.Name), Request: report.Phrase(c.Method + " " + c.Path), State: report.Phrase(c.State), Tone: "unsure", Why: report.Phrase(c.Cause)}
	if c.State == parity.StateDiff {
		out.Tone = "bad"
	}
	var list []string
	for _, s := range c.Divergences {
		if class := classes[s]; class != "" && !slices.Contains(list, class) {
			list = append(list, class)
		}
	}
	if len(list) > 0 {
		out.Why = report.Phrase(strings.Join(list, ", "))
	}
	return out
}

// reviewView are the findings that count, those of several lineages first.
type reviewView struct {
	Outcome, Tone, Rule, Reason string
	Counts                      []fact
	Findings                    []finding
	More                        int // findings that are not shown
	Link                        string
}

type finding struct {
	Severity, Tone, Where, Title, Lineages string
	Convergence                            int
}

// mostFindings are shown here; all of them are in the review's own report.
const mostFindings = 20

func reviewOf(o *Overview) *reviewView {
	r := o.Review
	if r == nil {
		return nil
	}
	v := &reviewView{Outcome: report.Phrase(string(r.Verdict.Outcome)), Tone: "unsure", Rule: report.Phrase(r.Verdict.Rule), Reason: report.Phrase(r.Verdict.Reason), Link: o.Links["review"]}
	switch r.Verdict.Outcome {
	case tally.Pass:
		v.Tone = "good"
	case tally.Blocked:
		v.Tone = "bad"
	case tally.Inconclusive:
	}
	v.Counts = []fact{
		{"convergent", fmt.Sprint(r.Totals.Convergent)}, {"distinct", fmt.Sprint(r.Totals.Distinct)}, {"bundles", fmt.Sprint(len(r.Bundles))},
		{"cost", report.USD(r.Totals.CostUSD, false).String()},
	}
	open := slices.DeleteFunc(slices.Clone(r.Findings), func(f tally.Finding) bool { return f.State != tally.Open })
	slices.SortStableFunc(open, func(a, b tally.Finding) int { return b.Convergence - a.Convergence })
	v.More = max(0, len(open)-mostFindings)
	for i := range open[:len(open)-v.More] {
		v.Findings = append(v.Findings, newFinding(&open[i]))
	}
	return v
}

func newFinding(f *tally.Finding) finding {
	out := finding{Severity: report.Phrase(string(f.Severity)), Tone: "info", Where: report.Phrase(f.Path), Title: report.Phrase(f.Title), Lineages: report.Phrase(strings.Join(f.Lineages, ", ")), Convergence: f.Convergence}
	if f.Line > 0 {
		out.Where += fmt.Sprintf(":%d", f.Line)
	}
	switch f.Severity {
	case tally.Block:
		out.Tone = "bad"
	case tally.Warn:
		out.Tone = "warn"
	case tally.Info:
	}
	return out
}
