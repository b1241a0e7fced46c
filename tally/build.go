package tally

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Convergent tells that at least two lineages report the finding independently,
// at a place that the diff has.
func (f Finding) Convergent() bool {
	return f.State == Open && f.Convergence >= 2 && f.Anchor.gates()
}

// Gates tells that the finding may close the gate: it is open, and its place is
// one of the diff.
func (f Finding) Gates() bool { return f.State == Open && f.Anchor.gates() }

// finding builds one from its reports. Everything is counted from the sources that
// still stand; when none does, the finding is retracted.
func (c *counter) finding(from *cluster) Finding {
	var items, standing []*item
	for _, g := range from.groups {
		items = append(items, g.items...)
	}
	for _, it := range items {
		if it.retired == "" {
			standing = append(standing, it)
		}
	}
	f := Finding{State: Open, ConfirmedBy: []string{}}
	speaking := standing
	if len(standing) == 0 {
		f.State, speaking = Retracted, items
	}
	c.locate(&f, speaking)
	c.voice(&f, speaking)
	for _, it := range speaking {
		f.Lineages = append(f.Lineages, it.lineage)
		f.Reviewers = append(f.Reviewers, it.reviewer)
	}
	f.Lineages = distinct(f.Lineages)
	f.Reviewers = distinct(f.Reviewers)
	f.Convergence = len(f.Lineages)
	if f.State == Retracted {
		f.Convergence, f.Lineages = 0, []string{}
	}
	sorted := sortSources(items)
	f.Sources = sources(sorted)
	f.Joins = from.explained(sorted)
	return f
}

// explained says by which rules the sources came together.
func (c *cluster) explained(sorted []*item) []Join {
	if len(sorted) < 2 {
		return nil
	}
	at := make(map[*item]int, len(sorted))
	for i, it := range sorted {
		at[it] = i
	}
	var out []Join
	for _, g := range c.groups {
		for _, it := range g.items[1:] {
			out = append(out, newJoin(at[g.items[0]], at[it], tie{rule: Repeated}))
		}
	}
	for _, j := range c.joins {
		out = append(out, newJoin(at[j.a.items[0]], at[j.b.items[0]], j.tie))
	}
	slices.SortStableFunc(out, func(a, b Join) int {
		return cmp.Or(cmp.Compare(a.A, b.A), cmp.Compare(a.B, b.B), strings.Compare(string(a.Rule), string(b.Rule)))
	})
	return out
}

func newJoin(a, b int, t tie) Join {
	return Join{A: min(a, b), B: max(a, b), Rule: t.rule, Score: math.Round(100*t.likeness()) / 100}
}

// locate takes the place of the report that fits the diff best.
func (c *counter) locate(f *Finding, items []*item) {
	best := slices.MinFunc(items, func(a, b *item) int {
		return cmp.Or(
			cmp.Compare(a.at.anchor.rank(), b.at.anchor.rank()),
			cmp.Compare(a.at.line, b.at.line),
			cmp.Compare(a.at.end, b.at.end),
			cmp.Compare(a.at.bundle, b.at.bundle),
		)
	})
	f.Path, f.Line, f.EndLine, f.Side, f.Anchor = best.at.path, best.at.line, best.at.end, best.at.side, best.at.anchor
	f.Bundle = c.index.bundles[best.at.bundle]
}

// voice takes severity and words of the gravest report.
func (c *counter) voice(f *Finding, items []*item) {
	best := slices.MinFunc(items, compareVoices)
	f.Severity, f.Title, f.Why, f.Fix = best.report.Severity, best.report.Title, best.report.Why, best.report.Fix
}

func compareVoices(a, b *item) int {
	return cmp.Or(
		cmp.Compare(a.report.Severity.rank(), b.report.Severity.rank()),
		boolRank(a.tool)-boolRank(b.tool),
		strings.Compare(a.reviewer, b.reviewer),
		strings.Compare(a.lineage, b.lineage),
		compareItems(a, b),
	)
}

// sortSources puts those that stand first, the gravest of them at the top.
func sortSources(items []*item) []*item {
	sorted := slices.Clone(items)
	slices.SortStableFunc(sorted, func(a, b *item) int {
		return cmp.Or(boolRank(a.retired != "")-boolRank(b.retired != ""), compareVoices(a, b))
	})
	return sorted
}

func sources(sorted []*item) []Source {
	out := make([]Source, 0, len(sorted))
	for _, it := range sorted {
		out = append(out, Source{
			Reviewer: it.reviewer, Lineage: it.lineage, Severity: it.report.Severity,
			Title: it.report.Title, Where: it.place.Raw, Text: it.report.Text, Retracted: it.retired,
			Anchor: it.at.anchor, Repairs: it.at.repairs, Quoted: it.quoted, Mended: it.report.Repaired,
		})
	}
	return out
}

func distinct(s []string) []string {
	slices.Sort(s)
	return slices.Compact(s)
}

// sortFindings sorts by way of pointers: a finding is too large to be moved often.
func sortFindings(findings []Finding, order map[string]int) []Finding {
	type placed struct {
		bundle int
		*Finding
	}
	sorted := make([]placed, len(findings))
	for i := range findings {
		sorted[i] = placed{order[findings[i].Bundle], &findings[i]}
	}
	slices.SortFunc(sorted, func(a, b placed) int {
		return cmp.Or(cmp.Compare(a.bundle, b.bundle), compareFindings(a.Finding, b.Finding))
	})
	out := make([]Finding, len(findings))
	for i, f := range sorted {
		out[i] = *f.Finding
	}
	return out
}

// compareFindings is the order of a report within a bundle: the gravest first, of
// these what most lineages report, then by place.
func compareFindings(a, b *Finding) int {
	if n := cmp.Or(
		cmp.Compare(a.Severity.rank(), b.Severity.rank()),
		cmp.Compare(b.Convergence, a.Convergence),
		strings.Compare(a.Path, b.Path),
		cmp.Compare(a.Line, b.Line),
	); n != 0 {
		return n
	}
	return cmp.Or( // rarely needed, and not free
		cmp.Compare(a.EndLine, b.EndLine),
		strings.Compare(string(a.Side), string(b.Side)),
		strings.Compare(string(a.State), string(b.State)),
		strings.Compare(string(a.Anchor), string(b.Anchor)),
		strings.Compare(a.Title, b.Title),
		slices.CompareFunc(a.Sources, b.Sources, compareSources),
	)
}

func compareSources(a, b Source) int {
	return cmp.Or(
		strings.Compare(a.Reviewer, b.Reviewer),
		strings.Compare(a.Lineage, b.Lineage),
		strings.Compare(a.Text, b.Text),
		strings.Compare(a.Where, b.Where),
		strings.Compare(a.Title, b.Title),
		strings.Compare(a.Retracted, b.Retracted),
	)
}

// identify names findings by their place and title, so that a name does not hang
// on what else was found. Two of one place and title are numbered in their order.
func identify(findings []Finding) {
	seen := make(map[string]int, len(findings))
	taken := make(map[string]bool, len(findings))
	for i := range findings {
		f := &findings[i]
		title := strings.Join(strings.Fields(strings.ToLower(f.Title)), " ")
		key := strings.Join([]string{strconv.Itoa(len(f.Path)), f.Path, string(f.Side), strconv.Itoa(f.Line), title}, "\x00")
		for f.ID = ""; f.ID == ""; seen[key]++ {
			sum := sha256.Sum256([]byte(key + "\x00" + strconv.Itoa(seen[key])))
			if id := hex.EncodeToString(sum[:5]); !taken[id] {
				taken[id], f.ID = true, id
			}
		}
	}
}
