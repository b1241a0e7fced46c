package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"scrum/tally"
)

// Change is something that a second count of the same answers has made of them.
type Change struct {
	Kind   ChangeKind `json:"kind"`
	Path   string     `json:"path,omitempty"`
	Line   int        `json:"line,omitempty"`
	Title  string     `json:"title,omitempty"`
	Detail string     `json:"detail"` // what was, and what is
}

// ChangeKind is what has happened to a finding, or to the review.
type ChangeKind string

// The kinds of changes.
const (
	VerdictChanged ChangeKind = "verdict"
	NewFinding     ChangeKind = "new"     // of reports that were not read before
	GoneFinding    ChangeKind = "gone"    // its reports are not read any more
	JoinedFindings ChangeKind = "joined"  // several findings are one now
	SplitFinding   ChangeKind = "split"   // one finding is several now
	OtherFinding   ChangeKind = "changed" // its severity, its place, its state or its count
)

// Compare tells what is different after a second count: the verdict first, then the
// findings. Findings are the same when they have a report in common; texts that
// cannot be read any more, or now can, are seen by that.
func Compare(before, after *Review) []Change {
	var out []Change
	if b, a := verdictText(before.Verdict), verdictText(after.Verdict); b != a {
		out = append(out, Change{Kind: VerdictChanged, Detail: b + " → " + a})
	}
	was, is := bySource(before.Findings), bySource(after.Findings)
	split := map[int]bool{}
	for i := range after.Findings {
		f := &after.Findings[i]
		from := sharing(f, was)
		switch {
		case len(from) == 0:
			out = append(out, changeOf(NewFinding, f, summaryOf(f)))
		case len(from) > 1:
			out = append(out, changeOf(JoinedFindings, f, fmt.Sprintf("%d findings are one now: %s", len(from), summaryOf(f))))
		default:
			b := &before.Findings[from[0]]
			if into := sharing(b, is); len(into) > 1 {
				if !split[from[0]] {
					out = append(out, changeOf(SplitFinding, b, fmt.Sprintf("it is %d findings now: %s", len(into), titles(after.Findings, into))))
				}
				split[from[0]] = true
			} else if d := different(b, f); d != "" {
				out = append(out, changeOf(OtherFinding, f, d))
			}
		}
	}
	for i := range before.Findings {
		if b := &before.Findings[i]; len(sharing(b, is)) == 0 {
			out = append(out, changeOf(GoneFinding, b, summaryOf(b)))
		}
	}
	if b, a := len(before.Unparsed), len(after.Unparsed); b != a {
		out = append(out, Change{Kind: OtherFinding, Detail: fmt.Sprintf("texts that could not be read: %d → %d", b, a)})
	}
	return out
}

func verdictText(v tally.Verdict) string {
	return fmt.Sprintf("%s by rule %s (exit status %d)", v.Outcome, v.Rule, v.ExitCode)
}

// said is a report of one reviewer, wherever it was counted.
type said struct{ reviewer, where, text string }

func bySource(findings []tally.Finding) map[said][]int {
	out := map[said][]int{}
	for i, f := range findings {
		for _, s := range f.Sources {
			key := said{s.Reviewer, s.Where, s.Text}
			if list := out[key]; len(list) == 0 || list[len(list)-1] != i {
				out[key] = append(list, i)
			}
		}
	}
	return out
}

// sharing are the findings of another count that have a report in common with f. A
// report that names one place several times is in several: then the one at the same
// place is meant, if there is one.
func sharing(f *tally.Finding, by map[said][]int) []int {
	var out []int
	for _, s := range f.Sources {
		out = append(out, by[said{s.Reviewer, s.Where, s.Text}]...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func changeOf(kind ChangeKind, f *tally.Finding, detail string) Change {
	return Change{Kind: kind, Path: f.Path, Line: f.Line, Title: f.Title, Detail: detail}
}

func summaryOf(f *tally.Finding) string {
	return fmt.Sprintf("%s, %s, %d independent (%s)", f.Severity, f.State, f.Convergence, strings.Join(f.Reviewers, ", "))
}

func titles(findings []tally.Finding, at []int) string {
	var out []string
	for _, i := range at {
		out = append(out, fmt.Sprintf("%s:%d %s", findings[i].Path, findings[i].Line, findings[i].Title))
	}
	return strings.Join(out, "; ")
}

// different says what one finding has become.
func different(b, a *tally.Finding) string {
	var out []string
	for _, d := range []struct{ name, before, after string }{
		{"severity", string(b.Severity), string(a.Severity)},
		{"state", string(b.State), string(a.State)},
		{"independent", fmt.Sprint(b.Convergence), fmt.Sprint(a.Convergence)},
		{"confirmed", fmt.Sprint(len(b.ConfirmedBy)), fmt.Sprint(len(a.ConfirmedBy))},
		{"place", placeText(b), placeText(a)},
		{"anchor", string(b.Anchor), string(a.Anchor)},
		{"reports", fmt.Sprint(len(b.Sources)), fmt.Sprint(len(a.Sources))},
	} {
		if d.before != d.after {
			out = append(out, fmt.Sprintf("%s %s → %s", d.name, cmp.Or(d.before, "–"), cmp.Or(d.after, "–")))
		}
	}
	return strings.Join(out, ", ")
}

func placeText(f *tally.Finding) string {
	return fmt.Sprintf("%s:%d-%d %s", f.Path, f.Line, f.EndLine, f.Side)
}

const changesTitle = "Different from the run"

// line is a change in words.
func (c Change) line() string {
	if c.Path == "" {
		return phrase(c.Detail)
	}
	return fmt.Sprintf("%s:%d %s: %s", inline(c.Path), c.Line, phrase(c.Title), phrase(c.Detail))
}

// changes prints what a second count has made of the same answers.
func (p *page) changes(s story) {
	if len(s.Changes) == 0 {
		return
	}
	p.title(fmt.Sprintf("%s: %s", changesTitle, plural(len(s.Changes), "change")))
	for _, c := range s.Changes {
		p.words(plain, "    "+pad(string(c.Kind), 9), c.line())
	}
}

// changes writes what a second count has made of the same answers.
func (p *sheet) changes(s story) {
	if len(s.Changes) == 0 {
		return
	}
	p.printf("\n## %s\n\n", changesTitle)
	for _, c := range s.Changes {
		p.printf("- %s: %s\n", c.Kind, markup(c.line()))
	}
}
