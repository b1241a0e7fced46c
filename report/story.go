package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"scrum/tally"
)

// story is a review as people are told it, whatever the format.
type story struct {
	*Review
	chapters []chapter
	asides   []aside
}

// chapter is a bundle with the findings that count.
type chapter struct {
	Bundle
	row      string // the line that the nightly greps
	findings []tally.Finding
}

// aside is a group of findings that are shown and do not count.
type aside struct {
	title    string
	findings []tally.Finding
}

func tell(r *Review) story {
	s := story{Review: r}
	counted := map[string][]tally.Finding{}
	apart := make([]aside, len(asideTitles))
	for _, f := range inOrder(r.Findings) {
		if i, ok := asideOf(f); ok {
			apart[i].findings = append(apart[i].findings, f)
			continue
		}
		counted[f.Bundle] = append(counted[f.Bundle], f)
	}
	for _, b := range r.Bundles {
		s.chapters = append(s.chapters, chapter{Bundle: b, row: r.row(b), findings: counted[b.ID]})
		delete(counted, b.ID)
	}
	for _, f := range inOrder(r.Findings) { // of bundles that the review does not list
		if left, ok := counted[f.Bundle]; ok {
			b := Bundle{ID: f.Bundle}
			s.chapters = append(s.chapters, chapter{Bundle: b, row: r.row(b), findings: left})
			delete(counted, f.Bundle)
		}
	}
	for i, a := range apart {
		if len(a.findings) > 0 {
			a.title = asideTitles[i]
			s.asides = append(s.asides, a)
		}
	}
	return s
}

// asideTitles say why the findings of each group do not count.
var asideTitles = [...]string{
	"Taken back by the reviewers themselves: shown, never counted",
	"Disputed: put to other lineages, refuted by most of them and confirmed by none",
	"Known and accepted",
	"At places that the diff does not show: they cannot close the gate",
}

func asideOf(f tally.Finding) (int, bool) {
	switch {
	case f.State == tally.Retracted:
		return 0, true
	case f.State == tally.Refuted:
		return 1, true
	case f.State == tally.Known:
		return 2, true
	case f.Anchor == tally.Outside, f.Anchor == tally.Unknown:
		return 3, true
	}
	return 0, false
}

func (r *Review) row(b Bundle) string {
	for _, row := range r.Tally {
		if row.Bundle == b.ID {
			return row.String()
		}
	}
	return tally.Row{Bundle: b.ID, Component: b.Component, Bytes: b.Bytes}.String()
}

// inOrder puts what several lineages report first, then what is worse.
func inOrder(findings []tally.Finding) []tally.Finding {
	out := slices.Clone(findings)
	slices.SortStableFunc(out, func(a, b tally.Finding) int {
		return cmp.Or(
			boolFirst(convergent(a), convergent(b)),
			cmp.Compare(rank(a.Severity), rank(b.Severity)),
			cmp.Compare(b.Convergence, a.Convergence),
		)
	})
	return out
}

func boolFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

func convergent(f tally.Finding) bool { return f.Convergence >= 2 }

func rank(s tally.Severity) int {
	return slices.Index([]tally.Severity{tally.Block, tally.Warn, tally.Info}, s)
}

// leftGroup is the files that were left out for one reason.
type leftGroup struct {
	reason string
	bytes  int
	paths  []string // with their sizes when there are several sizes to tell
}

func (r *Review) leftGroups() []leftGroup {
	var out []leftGroup
	for _, l := range r.LeftOut {
		i := slices.IndexFunc(out, func(g leftGroup) bool { return g.reason == l.Reason })
		if i < 0 {
			i = len(out)
			out = append(out, leftGroup{reason: l.Reason})
		}
		out[i].bytes += l.Bytes
		out[i].paths = append(out[i].paths, fmt.Sprintf("%s  %s", inline(l.Path), bytesText(l.Bytes)))
	}
	return out
}

// summary is what came of it, in a line.
func (s story) summary() string {
	if len(s.Bundles) == 0 {
		return "nothing of the change was reviewed: there is no bundle"
	}
	return fmt.Sprintf("%s · %d convergent, %d distinct%s · %d of %s covered",
		s.severities(), s.Totals.Convergent, s.Totals.Distinct, s.confirmed()+s.known(), s.covered(), plural(len(s.Bundles), "bundle"))
}

// confirmed counts what others have confirmed when they were asked; "" when nobody was.
func (s story) confirmed() string {
	asked, n := 0, 0
	for _, f := range s.Findings {
		if len(f.Examined) == 0 {
			continue
		}
		asked++
		if f.State == tally.Open && len(f.ConfirmedBy) > 0 {
			n++
		}
	}
	if asked == 0 {
		return ""
	}
	return fmt.Sprintf(", %d of %d confirmed", n, asked)
}

// agreed are the findings of the highest severity that do not rest on one voice:
// what a closed gate is usually about.
func (s story) agreed() []tally.Finding {
	var out []tally.Finding
	for _, c := range s.chapters {
		for _, f := range c.findings {
			if f.Severity == tally.Block && (convergent(f) || len(f.ConfirmedBy) > 0) {
				out = append(out, f)
			}
		}
	}
	return out
}

// commits say what was compared; "" for a plain diff.
func (s story) commits() string {
	base, head := commit(s.Run.Base), commit(s.Run.Head)
	var out []string
	switch {
	case base != "" && head != "":
		out = append(out, base+".."+head)
	case base != "":
		out = append(out, "against "+base)
	case head != "":
		out = append(out, head)
	}
	if s.Run.Dirty {
		out = append(out, "not committed")
	}
	if len(out) == 0 {
		return ""
	}
	return " (" + strings.Join(out, ", ") + ")"
}

func commit(id string) string {
	r := []rune(inline(id))
	return string(r[:min(len(r), 10)])
}

// severities counts the findings that count: "2 BLOCK, 5 WARN".
func (s story) severities() string {
	n := map[tally.Severity]int{}
	for _, c := range s.chapters {
		for _, f := range c.findings {
			n[f.Severity]++
		}
	}
	var out []string
	for _, sev := range []tally.Severity{tally.Block, tally.Warn, tally.Info} {
		if n[sev] > 0 {
			out = append(out, fmt.Sprintf("%d %s", n[sev], sev))
		}
	}
	switch {
	case len(out) > 0:
		return strings.Join(out, ", ")
	case s.Totals.Distinct > 0:
		return "no findings that count"
	}
	return "no findings"
}

func (s story) covered() int {
	n := 0
	for _, b := range s.Bundles {
		if b.Covered {
			n++
		}
	}
	return n
}
