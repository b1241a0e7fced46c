package report

import (
	"fmt"
	"strings"

	"scrum/reviewers"
	"scrum/tally"
)

// beside is what a reader must know beside the findings.
type beside struct {
	kind string // one of besideKinds
	bad  bool   // it lessens what the review is worth
	text string
	path string // of a file of which it speaks; ""
}

// The kinds of what stands beside the findings.
const (
	besideNote      = "note"
	besideCoverage  = "not-covered"
	besideReviewer  = "reviewer"
	besideUnparsed  = "unparsed"
	besideLeftOut   = "left-out"
	besideRetracted = "retracted"
	besideRefuted   = "refuted"
)

// beside lists the notes, bundles without a quorum, troubles of reviewers, texts that
// could not be read, files that were left out, and findings that were withdrawn.
func (r *Review) beside() []beside {
	var out []beside
	for _, n := range r.Notes {
		out = append(out, beside{besideNote, true, phrase(n), ""})
	}
	for _, b := range r.Bundles {
		if !b.Covered {
			out = append(out, beside{besideCoverage, true, notCovered(b), ""})
		}
	}
	for _, t := range r.troubles() {
		out = append(out, beside{besideReviewer, t.state != reviewers.Skipped, t.String(), ""})
	}
	for _, u := range r.Unparsed {
		text := fmt.Sprintf("%s on %s: this looks like a finding, could not be read, and is not counted: %s", inline(u.Reviewer), inline(u.Bundle), bounded(u.Text))
		out = append(out, beside{besideUnparsed, true, text, ""})
	}
	for _, l := range r.LeftOut {
		out = append(out, beside{besideLeftOut, false, fmt.Sprintf("%s was left out: %s (%s)", inline(l.Path), phrase(l.Reason), bytesText(l.Bytes)), l.Path})
	}
	for _, l := range r.setAside() {
		if kind := withdrawn(l.State); kind != "" {
			out = append(out, beside{kind, false, fmt.Sprintf("%s %s: %s: not counted: %s", l.Severity, where(l.Finding), titleOf(l.Finding), l.apart()), l.Path})
		}
	}
	return out
}

func withdrawn(s tally.State) string {
	switch s {
	case tally.Retracted:
		return besideRetracted
	case tally.Refuted:
		return besideRefuted
	}
	return ""
}

func notCovered(b Bundle) string {
	return fmt.Sprintf("bundle %s %s was not read by a quorum: %s", inline(b.ID), phrase(b.Component), phrase(b.Why))
}

// inconclusive says why nothing can be concluded; "" when something can.
func (r *Review) inconclusive() string {
	if r.Verdict.Outcome == tally.Pass || r.Verdict.Outcome == tally.Blocked {
		return ""
	}
	return "The review is inconclusive, which is not a pass: " + r.because() + r.gapsInCover()
}

// because is the rule that decided, with its reason and the exit status.
func (r *Review) because() string {
	v, rule := r.Verdict, ""
	if v.Rule != "" {
		rule = "rule " + phrase(v.Rule) + ": "
	}
	return fmt.Sprintf("%s%s (exit status %d)", rule, phrase(v.Reason), v.ExitCode)
}

func (r *Review) gapsInCover() string {
	var out []string
	for _, b := range r.Bundles {
		if !b.Covered {
			out = append(out, notCovered(b))
		}
	}
	const most = 10
	if n := len(out) - most; n > 0 {
		out = append(out[:most], fmt.Sprintf("and %d more bundles", n))
	}
	if len(out) == 0 {
		return ""
	}
	return ". " + strings.Join(out, "; ")
}

// unlisted says what a format that has only a list of findings does not hold; "" when
// it holds all.
func (r *Review) unlisted() string {
	n := map[tally.State]int{}
	for _, f := range r.Findings {
		n[f.State]++
	}
	var out []string
	for _, state := range []tally.State{tally.Known, tally.Retracted, tally.Refuted} {
		if n[state] > 0 {
			out = append(out, fmt.Sprintf("%d %s", n[state], state))
		}
	}
	if k := len(r.Unparsed); k > 0 {
		out = append(out, plural(k, "text")+" that could not be read")
	}
	uncovered := 0
	for _, b := range r.Bundles {
		if !b.Covered {
			uncovered++
		}
	}
	if uncovered > 0 {
		out = append(out, plural(uncovered, "bundle")+" without a quorum")
	}
	if len(out) == 0 {
		return ""
	}
	if k := len(r.LeftOut); k > 0 {
		out = append(out, plural(k, "file")+" left out of the review")
	}
	return "Not listed here, and in findings.json: " + strings.Join(out, ", ")
}
