package formats

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"scrum/parity"
	"scrum/parity/compare"
	"scrum/report"
)

// The signs of the tables.
const (
	yes     = "✓"
	no      = "✗"
	unknown = "–"
	noisy   = "~"
)

func sign(s compare.State) string {
	switch s {
	case compare.Same:
		return yes
	case compare.Differs:
		return no
	case compare.Noisy:
		return noisy
	case compare.NotCompared:
	}
	return unknown
}

// status is what a cell of a target's answer shows.
func status(a *parity.Answer) string {
	switch {
	case a == nil:
		return unknown
	case a.Failure != nil && a.Status == 0:
		return string(a.Failure.Kind)
	case a.Failure != nil:
		return strconv.Itoa(a.Status) + " " + string(a.Failure.Kind)
	}
	return strconv.Itoa(a.Status)
}

func answerOf(c *parity.Case, target string) *parity.Answer {
	for i := range c.Answers {
		if c.Answers[i].Target == target {
			return &c.Answers[i]
		}
	}
	return nil
}

// comparisonOf gives how a target compares; the reference has one only when it did not
// answer as the case expects.
func comparisonOf(c *parity.Case, target string) *parity.Comparison {
	for i := range c.Comparisons {
		if c.Comparisons[i].Target == target {
			return &c.Comparisons[i]
		}
	}
	return nil
}

func layer(cmp *parity.Comparison, l compare.Layer) compare.State {
	if cmp == nil || cmp.Layers[l] == "" {
		return compare.NotCompared
	}
	return cmp.Layers[l]
}

// body is the sign of shape and value together. Noise does not count.
func body(cmp *parity.Comparison) string {
	shape, value := layer(cmp, compare.Shape), layer(cmp, compare.Value)
	for _, worst := range []compare.State{compare.Differs, compare.NotCompared} {
		if shape == worst || value == worst {
			return sign(worst)
		}
	}
	return yes
}

func ratio(cmp *parity.Comparison) string {
	if cmp == nil || cmp.TimeRatio == 0 {
		return unknown
	}
	return strconv.FormatFloat(cmp.TimeRatio, 'f', 1, 64) + "×"
}

// others are the targets that are compared with the first.
func others(r *parity.Result) []parity.Target {
	if len(r.Targets) == 0 {
		return nil
	}
	return r.Targets[1:]
}

// tally is the line of counts.
func tally(r *parity.Result) string {
	t := r.Totals
	parts := []string{fmt.Sprintf("%d match", t.Match), fmt.Sprintf("%d diff", t.Diff)}
	if t.NotCompared > 0 {
		parts = append(parts, fmt.Sprintf("%d not compared", t.NotCompared))
	}
	if t.NotExecuted > 0 {
		parts = append(parts, fmt.Sprintf("%d not executed", t.NotExecuted))
	}
	return fmt.Sprintf("%s (out of %s)", strings.Join(parts, " · "), plural(t.Cases, "case"))
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return strconv.Itoa(n) + " " + word + "s"
}

// causes counts the divergences: 1 divergence class, 5 cases.
func causes(r *parity.Result) string {
	classes := "1 divergence class"
	if n := r.Totals.Divergences; n != 1 {
		classes = strconv.Itoa(n) + " divergence classes"
	}
	return classes + ", " + plural(r.Totals.Diff, "case")
}

func headline(r *parity.Result) string {
	return "Parity: " + r.Verdict.Outcome + ": " + r.Verdict.Reason
}

// title of a divergence.
func title(d *parity.Divergence) string {
	return fmt.Sprintf("%s at %s: %s", d.Class, d.Path, plural(len(d.Cases), "case"))
}

// about says of a divergence what its title does not.
func about(d *parity.Divergence) string {
	s := fmt.Sprintf("%s against %s", d.Types[0], d.Types[1])
	if len(d.Within) > 0 {
		var list []string
		for _, w := range d.Within {
			list = append(list, string(w))
		}
		s += "; within it " + strings.Join(list, " and ")
	}
	return s + fmt.Sprintf("; %s; target %s; signature %s", plural(d.Places, "place"), strings.Join(d.Targets, ", "), d.Signature)
}

func sampleLine(d *parity.Divergence) string {
	s := fmt.Sprintf("%s: %s against %s", d.Sample.At, d.Sample.Reference, d.Sample.Other)
	if d.Sample.Detail != "" {
		s += " (" + d.Sample.Detail + ")"
	}
	return s
}

func noiseLine(n *parity.Noise) string {
	s := fmt.Sprintf("%s: %s at %s: %s, then %s", n.Case, n.Class, n.Path, n.Reference, n.Again)
	if len(n.Targets) > 0 {
		s += "; so also " + strings.Join(n.Targets, ", ") + ", not counted"
	}
	return s
}

func ruleLine(rule *parity.Rule) string {
	s := fmt.Sprintf("line %d: %s %s", rule.Line, rule.Path, rule.Do)
	if rule.Value != "" {
		s += " " + rule.Value
	}
	return s + ": " + rule.Reason
}

// list is a title with its lines.
type list struct {
	title string
	lines []string
}

func (l list) phrases() []string {
	out := make([]string, len(l.lines))
	for i, s := range l.lines {
		out[i] = phrase(s)
	}
	return out
}

// lists are what every format has besides the cases. Empty ones are left out.
func lists(r *parity.Result) []list {
	all := []list{
		{"Noise: what the reference does not answer twice alike", nil}, {"Rules", nil}, {"Rules that met no value", nil}, {"Notes", r.Notes},
	}
	for i := range r.Noise {
		all[0].lines = append(all[0].lines, noiseLine(&r.Noise[i]))
	}
	for i := range r.Rules {
		all[1].lines = append(all[1].lines, ruleLine(&r.Rules[i]))
	}
	for i := range r.UnusedRules {
		all[2].lines = append(all[2].lines, ruleLine(&r.UnusedRules[i]))
	}
	return slices.DeleteFunc(all, func(l list) bool { return len(l.lines) == 0 })
}

// foot says what the result is of.
func foot(r *parity.Result) string {
	commit := r.Commit
	if commit == "" {
		commit = "unknown"
	}
	if r.Dirty {
		commit += " with uncommitted changes"
	}
	return fmt.Sprintf("%s in %.1f s · commit %s · scrum %s · %s", plural(r.Totals.Requests, "request"), float64(r.Totals.WallMS)/1000, commit, r.ToolVersion, r.Started.UTC().Format(time.RFC3339))
}

// bodyText is what a body shows, with what is left out of it.
func bodyText(a *parity.Answer) string {
	switch {
	case a == nil || a.Body == nil:
		return "(no body kept)"
	case a.Body.Text == "" && a.Body.Cut == 0:
		return "(empty)"
	case a.Body.Cut > 0:
		return a.Body.Text + fmt.Sprintf("\n… %d more bytes", a.Body.Cut)
	}
	return a.Body.Text
}

// answerLine says how a target answered.
func answerLine(target string, a *parity.Answer) string {
	s := target + ": "
	if a == nil {
		return s + "no answer"
	}
	s += status(a)
	if a.Failure != nil {
		s += ": " + a.Failure.Msg
	}
	return s + fmt.Sprintf(", %d bytes", a.Bytes)
}

// phrase is text on one line.
func phrase(s string) string { return strings.Join(strings.Fields(report.Sanitise(s)), " ") }
