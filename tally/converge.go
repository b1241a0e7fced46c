package tally

import (
	"cmp"
	"slices"
	"strings"
)

// How alike two texts must be, measured on recorded reviews. Of 211 pairs by
// different models that lie within three lines of each other, nearly all distinct
// problems, 4 % are alikeNear; of 1,306 pairs that speak of one known bug, 86 %.
// On one line the place itself is evidence and less likeness is asked for:
// alikeLine holds 96 % of the one-bug pairs together and separates 66 % of the
// distinct pairs that lie on one line.
const (
	alikeNear = 0.19
	alikeLine = 0.12
	telling   = 10 // tokens; a shorter text cannot show that it speaks of something else
)

// A hostile answer can put any number of reports on one line. These bounds keep
// the work linear; no honest panel comes near them.
const (
	neighbours = 64 // that each report is compared with
	crowd      = 64 // reports of one finding that come from different groups
)

// bucket holds what may be one finding: one path, one side, and places that may
// close the gate apart from those that may not.
type bucket struct {
	path  string
	side  Side
	gates bool
}

// group is what one reviewer says of one problem at one line.
type group struct {
	items []*item
	line  int
	end   int
}

// converge makes findings of the items. What still stands is joined first, so that
// a withdrawn report changes nothing for the others; then each withdrawn one goes
// to the finding that it speaks of, or is one of its own.
func (c *counter) converge() {
	buckets := map[bucket][]*item{}
	for _, it := range c.items {
		b := bucket{it.at.path, it.at.side, it.at.anchor.gates()}
		buckets[b] = append(buckets[b], it)
	}
	keys := make([]bucket, 0, len(buckets))
	for b := range buckets {
		keys = append(keys, b)
	}
	slices.SortFunc(keys, func(a, b bucket) int {
		return cmp.Or(strings.Compare(a.path, b.path), strings.Compare(string(a.side), string(b.side)), boolRank(b.gates)-boolRank(a.gates))
	})
	for _, key := range keys {
		var standing, retired []*item
		for _, it := range buckets[key] {
			if it.retired == "" {
				standing = append(standing, it)
			} else {
				retired = append(retired, it)
			}
		}
		clusters := c.join(c.dedupe(standing))
		left := c.attach(clusters, c.dedupe(retired))
		for _, cluster := range append(clusters, c.join(left)...) {
			c.result.Findings = append(c.result.Findings, c.finding(cluster))
		}
	}
}

func boolRank(b bool) int {
	if b {
		return 1
	}
	return 0
}

// dedupe puts reports of one reviewer at one line together, and sorts.
func (c *counter) dedupe(items []*item) []*group {
	slices.SortStableFunc(items, compareItems)
	var out []*group
	for start := 0; start < len(items); {
		end := start + 1
		for end < len(items) && items[end].at.line == items[start].at.line && items[end].reviewer == items[start].reviewer {
			end++
		}
		out = append(out, c.problems(items[start:end])...)
		start = end
	}
	return out
}

// compareItems is the order in which reports are looked at; by content only.
func compareItems(a, b *item) int {
	return cmp.Or(
		cmp.Compare(a.at.line, b.at.line),
		strings.Compare(a.reviewer, b.reviewer),
		cmp.Compare(a.report.Severity.rank(), b.report.Severity.rank()),
		cmp.Compare(a.at.end, b.at.end),
		strings.Compare(a.report.Text, b.report.Text),
		cmp.Compare(a.seat, b.seat),
		cmp.Compare(a.report.Offset, b.report.Offset),
		strings.Compare(a.place.Raw, b.place.Raw),
	)
}

// problems splits what one reviewer says of one line: texts that are alike, by
// whatever chain, are one problem.
func (c *counter) problems(items []*item) []*group {
	root := make([]int, len(items))
	for i := range items {
		root[i] = i
		for j := max(0, i-neighbours); j < i; j++ {
			if find(root, i) != find(root, j) && sameProblem(items[i], items[j]) {
				a, b := find(root, i), find(root, j)
				root[max(a, b)] = min(a, b)
			}
		}
	}
	byRoot := map[int]*group{}
	var out []*group
	for i, it := range items {
		r := find(root, i)
		g := byRoot[r]
		if g == nil {
			g = &group{line: it.at.line, end: it.at.end}
			byRoot[r] = g
			out = append(out, g)
		}
		g.items = append(g.items, it)
		g.end = max(g.end, it.at.end)
	}
	return out
}

func find(root []int, i int) int {
	for root[i] != i {
		root[i] = root[root[i]]
		i = root[i]
	}
	return i
}

// sameProblem compares two reports of one reviewer at one line. A tool repeats
// itself in the same words, so that other words are another problem.
func sameProblem(a, b *item) bool {
	switch {
	case a.report == b.report, a.report.Title == b.report.Title && a.report.Why == b.report.Why:
		return true
	case a.tool:
		return a.report.Title == b.report.Title
	case len(a.words) < 3 || len(b.words) < 3:
		return true // too short to tell
	}
	return likeness(a.words, b.words) >= alikeLine
}

// link is a pair of groups that may be one finding.
type link struct {
	a, b  int
	score float64
}

// join clusters groups, the most alike first, and only when every pair within the
// new cluster may be joined: chains cannot swallow a file.
func (c *counter) join(groups []*group) [][]*group {
	slices.SortStableFunc(groups, compareGroups)
	var links []link
	for i, g := range groups {
		for j := i + 1; j < len(groups) && j <= i+neighbours; j++ {
			if groups[j].line-g.line > c.opt.Span {
				break
			}
			if score, ok := c.linked(g, groups[j]); ok {
				links = append(links, link{i, j, score})
			}
		}
	}
	slices.SortStableFunc(links, func(a, b link) int { return cmp.Compare(b.score, a.score) })
	members := make([][]*group, len(groups))
	root := make([]int, len(groups))
	for i, g := range groups {
		members[i], root[i] = []*group{g}, i
	}
	for _, l := range links {
		a, b := find(root, l.a), find(root, l.b)
		if a == b || !c.complete(members[a], members[b]) {
			continue
		}
		a, b = min(a, b), max(a, b)
		members[a], members[b] = append(members[a], members[b]...), nil
		root[b] = a
	}
	return slices.DeleteFunc(members, func(m []*group) bool { return m == nil })
}

func compareGroups(a, b *group) int { return compareItems(a.items[0], b.items[0]) }

// complete tells that two clusters may be joined: all pairs are linked and the
// span is kept.
func (c *counter) complete(a, b []*group) bool {
	if len(a)+len(b) > crowd {
		return false
	}
	for _, g := range a {
		for _, h := range b {
			if g.line-h.line > c.opt.Span || h.line-g.line > c.opt.Span {
				return false
			}
			if _, ok := c.linked(g, h); !ok {
				return false
			}
		}
	}
	return true
}

// linked tells whether two groups may be one finding, and how strongly.
func (c *counter) linked(a, b *group) (float64, bool) {
	alike := groupLikeness(a, b)
	own := a.items[0].reviewer == b.items[0].reviewer
	switch {
	case a.line == b.line && own:
		return 0, false // dedupe has found that they are two problems
	case a.line == 0 && b.line == 0:
		return alike, alike >= alikeNear // a file is no place
	case a.line == b.line:
		return 1 + alike, alike >= alikeLine || short(a) || short(b)
	case a.line == 0 || b.line == 0 || c.opt.Match == MatchExact:
		return 0, false
	}
	distance := gap(a.line, a.end, b.line, b.end)
	if own && a.items[0].report != b.items[0].report {
		// One reviewer's reports of different lines are different reports, unless
		// their lines overlap.
		return alike, distance == 0 && min(a.end, b.end) >= max(a.line, b.line) && alike >= alikeNear && !a.items[0].tool
	}
	return alike, distance <= c.opt.Gap && alike >= alikeNear
}

func short(g *group) bool {
	for _, it := range g.items {
		if len(it.words) >= telling {
			return false
		}
	}
	return true
}

func groupLikeness(a, b *group) float64 {
	best := 0.0
	for _, x := range a.items[:min(len(a.items), 8)] {
		for _, y := range b.items[:min(len(b.items), 8)] {
			best = max(best, likeness(x.words, y.words))
		}
	}
	return best
}

// attach gives each withdrawn group to the open finding that it fits best, and
// returns those that fit none.
func (c *counter) attach(clusters [][]*group, retired []*group) []*group {
	var left []*group
	standing := len(clusters)
	lines := make(map[int][]int, standing) // cluster by the line of its first group
	for i, cluster := range clusters {
		lines[cluster[0].line] = append(lines[cluster[0].line], i)
	}
	extra := make([][]*group, standing)
	for _, g := range retired {
		best, score := -1, -1.0
		for line := g.line - c.opt.Span; line <= g.line+c.opt.Span; line++ {
			for _, i := range lines[line][:min(len(lines[line]), neighbours)] {
				if s, ok := c.fits(clusters[i], g); ok && s > score {
					best, score = i, s
				}
			}
		}
		if best < 0 {
			left = append(left, g)
		} else {
			extra[best] = append(extra[best], g)
		}
	}
	for i := range extra {
		clusters[i] = append(clusters[i], extra[i]...)
	}
	return left
}

// fits tells that a withdrawn group speaks of an open finding of somebody else.
func (c *counter) fits(cluster []*group, g *group) (float64, bool) {
	best, ok := 0.0, false
	for _, h := range cluster {
		if h.items[0].reviewer == g.items[0].reviewer {
			return 0, false // its own standing report is another problem
		}
		if s, linked := c.linked(g, h); linked {
			best, ok = max(best, s), true
		}
	}
	return best, ok
}
