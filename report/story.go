package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"scrum/reviewers"
	"scrum/tally"
)

// This file is what the formats for people have in common: the order in which a
// review is told, and the words for its numbers.

// story is a review as people are told it.
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
	"Refuted by other lineages",
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

// where is the place as editors and terminals open it. It has no spaces of its
// own but those of the path.
func where(f tally.Finding) string {
	path := inline(f.Path)
	switch {
	case f.Line <= 0:
		return path
	case f.EndLine > f.Line:
		return fmt.Sprintf("%s:%d-%d", path, f.Line, f.EndLine)
	}
	return fmt.Sprintf("%s:%d", path, f.Line)
}

// titleOf is the title on one line; a reviewer may have given none.
func titleOf(f tally.Finding) string {
	if title := phrase(f.Title); title != "" {
		return title
	}
	return "(no title)"
}

// remark says what is special about a place; "" when nothing is.
func remark(f tally.Finding) string {
	var out []string
	if f.Side == tally.Old && f.Line > 0 {
		out = append(out, "deleted line")
	}
	switch f.Anchor {
	case tally.Snapped:
		said := ""
		if len(f.Sources) > 0 {
			said = ", reported as " + phrase(f.Sources[0].Where)
		}
		out = append(out, "place repaired"+said)
	case tally.Whole:
		out = append(out, "the whole file")
	case tally.Outside:
		out = append(out, "not in the diff")
	case tally.Unknown:
		out = append(out, "no such path in the diff")
	}
	return strings.Join(out, "; ")
}

// attribution says who reports a finding, in words that tell agreement from a
// single voice.
func attribution(f tally.Finding) string {
	lineages := make([]string, len(f.Lineages))
	for i, l := range f.Lineages {
		lineages[i] = inline(l)
	}
	out := strings.Join(lineages, " + ")
	switch {
	case convergent(f):
		out += " agree"
	case len(lineages) == 1:
		out += " alone"
	}
	names := reviewerNames(f)
	switch {
	case out == "":
		out = "by " + names
	case names != "":
		out += " (" + names + ")"
	}
	if len(f.ConfirmedBy) > 0 {
		confirmed := make([]string, len(f.ConfirmedBy))
		for i, c := range f.ConfirmedBy {
			confirmed[i] = inline(c)
		}
		out += "; confirmed by " + strings.Join(confirmed, ", ")
	}
	return out
}

// reviewerNames are the reviewers, unless they are called like their lineages.
func reviewerNames(f tally.Finding) string {
	said := map[string]bool{}
	for _, l := range f.Lineages {
		said[strings.TrimPrefix(l, "tool:")] = true
	}
	var out []string
	news := false
	for _, r := range f.Reviewers {
		out = append(out, inline(r))
		news = news || !said[r]
	}
	if !news {
		return ""
	}
	return strings.Join(out, ", ")
}

// others are the reports of a finding that say something else than it does.
func others(f tally.Finding) []string {
	var out []string
	for _, s := range f.Sources {
		switch {
		case s.Retracted != "":
			out = append(out, fmt.Sprintf("%s took it back: %s", inline(s.Reviewer), phrase(s.Retracted)))
		case s.Title != f.Title || s.Severity != f.Severity:
			out = append(out, fmt.Sprintf("%s says %s: %s", inline(s.Reviewer), s.Severity, phrase(s.Title)))
		}
	}
	return out
}

// trouble is a way in which seats ended that their reviewers have in common.
type trouble struct {
	state    reviewers.State
	reviewer string
	bundles  []string
	text     string
}

// troubles are the seats that did not engage, and answers of other models than
// those that were asked.
func (r *Review) troubles() []trouble {
	var out []trouble
	add := func(s Seat, text string) {
		for i := range out {
			if out[i].reviewer == s.Reviewer && out[i].state == s.State && out[i].text == text {
				out[i].bundles = append(out[i].bundles, s.Bundle)
				return
			}
		}
		out = append(out, trouble{s.State, s.Reviewer, []string{s.Bundle}, text})
	}
	for _, s := range r.Coverage {
		if s.State != reviewers.Engaged {
			text := phrase(s.Error)
			if s.Attempts > 1 {
				text = strings.TrimSuffix(fmt.Sprintf("after %d attempts: %s", s.Attempts, text), ": ")
			}
			add(s, text)
		}
		if !asAsked(s) {
			add(s, fmt.Sprintf("asked for %s, but %s answered: it counts as %s", inline(s.Model), inline(s.AnsweredModel), inline(s.Lineage)))
		}
	}
	slices.SortStableFunc(out, func(a, b trouble) int { return cmp.Compare(stateRank(a.state), stateRank(b.state)) })
	return out
}

func (t trouble) String() string {
	on := strings.Join(t.bundles, ", ")
	const most = 8
	if n := len(t.bundles); n > most {
		on = strings.Join(t.bundles[:most], ", ") + fmt.Sprintf(" and %d more", n-most)
	}
	out := fmt.Sprintf("%s on %s", inline(t.reviewer), on)
	if t.state != reviewers.Engaged {
		out += " " + string(t.state)
	}
	if t.text != "" {
		out += ": " + t.text
	}
	return out
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
	return fmt.Sprintf("%s · %d convergent, %d distinct · %d of %s covered",
		s.severities(), s.Totals.Convergent, s.Totals.Distinct, s.covered(), plural(len(s.Bundles), "bundle"))
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
	if len(out) == 0 {
		return "no findings"
	}
	return strings.Join(out, ", ")
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

// totals is the line of what the review took.
func (r *Review) totals() string {
	t := r.Totals
	estimated := ""
	cached := 0
	for _, s := range r.Coverage {
		if s.Estimated {
			estimated = "~"
		}
		if s.Cached {
			cached++
		}
	}
	out := fmt.Sprintf("%s%s tokens in, %s%s out · %s · %s", estimated, short(t.PromptTokens), estimated, short(t.CompletionTokens), cost(t.CostUSD), wall(t.WallMS))
	if cached > 0 {
		out += fmt.Sprintf(" · %s from the cache", plural(cached, "answer"))
	}
	return out
}

func cost(usd *float64) string {
	switch {
	case usd == nil:
		return "cost unknown"
	case *usd == 0:
		return "no cost"
	case *usd < 0.01:
		return fmt.Sprintf("%.4f USD", *usd)
	}
	return fmt.Sprintf("%.2f USD", *usd)
}

func wall(ms int64) string {
	d := time.Duration(ms) * time.Millisecond
	if d < time.Minute {
		return fmt.Sprintf("%.1fs", d.Seconds())
	}
	return strings.TrimSuffix(d.Round(time.Second).String(), "0s")
}

// short writes a count of tokens in few columns.
func short(n int) string {
	switch {
	case n < 1000:
		return fmt.Sprint(n)
	case n < 99_950:
		return fmt.Sprintf("%.1fk", float64(n)/1000)
	case n < 999_500:
		return fmt.Sprintf("%.0fk", float64(n)/1000)
	}
	return fmt.Sprintf("%.1fM", float64(n)/1e6)
}

// bytesText writes a size; 1 KB is 1,024 bytes, as for the guards.
func bytesText(n int) string {
	switch {
	case n < 1<<10:
		return fmt.Sprintf("%d B", n)
	case n < 1<<20:
		return fmt.Sprintf("%.1f KB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// stateRank orders the ways in which seats end, the most telling first.
func stateRank(s reviewers.State) int {
	return slices.Index([]reviewers.State{reviewers.Failed, reviewers.Truncated, reviewers.Disengaged, reviewers.Engaged, reviewers.Skipped}, s)
}

// sign is the mark of a state in the coverage matrix.
func sign(s reviewers.State) string {
	switch s {
	case reviewers.Engaged:
		return "✓"
	case reviewers.Disengaged:
		return "?"
	case reviewers.Truncated:
		return "…"
	case reviewers.Failed:
		return "✗"
	}
	return "–"
}

// meaning is the legend's word for a state.
func meaning(s reviewers.State) string {
	switch s {
	case reviewers.Engaged:
		return "read"
	case reviewers.Disengaged:
		return "answered, but not as if read"
	case reviewers.Truncated:
		return "answer cut off"
	case reviewers.Failed:
		return "no answer"
	}
	return "not asked"
}
