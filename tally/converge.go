package tally

import (
	"cmp"
	"slices"
	"strings"
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
	c.result.Findings = make([]Finding, 0, len(c.items)) // what is joined leaves some of it free
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
	if n := cmp.Compare(a.at.line, b.at.line); n != 0 {
		return n
	}
	if n := strings.Compare(a.reviewer, b.reviewer); n != 0 {
		return n
	}
	return cmp.Or( // rarely needed, and not free
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
			if find(root, i) != find(root, j) && c.opt.sameProblem(items[i], items[j]) {
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

// link is a pair of groups that may be one finding.
type link struct {
	a, b int
	tie
}

// cluster is one finding in the making, with the links that made it.
type cluster struct {
	groups []*group
	joins  []join
}

// join says why two groups are one finding.
type join struct {
	a, b *group
	tie
}

// join clusters groups, the most alike first, and only when every pair within the
// new cluster may be joined: chains cannot swallow a file.
func (c *counter) join(groups []*group) []*cluster {
	slices.SortStableFunc(groups, compareGroups)
	var links []link
	for i, g := range groups {
		for j := i + 1; j < len(groups) && j <= i+neighbours; j++ {
			if groups[j].line-g.line > c.opt.Span {
				break
			}
			if t := c.opt.tie(g, groups[j]); t.joined {
				links = append(links, link{i, j, t})
			}
		}
	}
	slices.SortStableFunc(links, func(a, b link) int { return cmp.Compare(b.score, a.score) })
	clusters := make([]*cluster, len(groups))
	root := make([]int, len(groups))
	for i, g := range groups {
		clusters[i], root[i] = &cluster{groups: []*group{g}}, i
	}
	for _, l := range links {
		a, b := find(root, l.a), find(root, l.b)
		if a == b || !c.complete(clusters[a].groups, clusters[b].groups) {
			continue
		}
		a, b = min(a, b), max(a, b)
		clusters[a].take(clusters[b])
		clusters[a].joins = append(clusters[a].joins, join{groups[l.a], groups[l.b], l.tie})
		clusters[b], root[b] = nil, a
	}
	return slices.DeleteFunc(clusters, func(c *cluster) bool { return c == nil })
}

func (c *cluster) take(other *cluster) {
	c.groups = append(c.groups, other.groups...)
	c.joins = append(c.joins, other.joins...)
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
			if !c.opt.tie(g, h).joined {
				return false
			}
		}
	}
	return true
}

// attach gives each withdrawn group to the open finding that it fits best, and
// returns those that fit none.
func (c *counter) attach(clusters []*cluster, retired []*group) []*group {
	var left []*group
	standing := len(clusters)
	lines := make(map[int][]int, standing) // cluster by the line of its first group
	for i, cluster := range clusters {
		at := cluster.groups[0].line
		lines[at] = append(lines[at], i)
	}
	extra := make([]cluster, standing)
	for _, g := range retired {
		best, why := -1, join{tie: tie{score: -1}}
		for line := g.line - c.opt.Span; line <= g.line+c.opt.Span; line++ {
			for _, i := range lines[line][:min(len(lines[line]), neighbours)] {
				if j := c.fits(clusters[i], g); j.joined && j.score > why.score {
					best, why = i, j
				}
			}
		}
		if best < 0 {
			left = append(left, g)
		} else {
			extra[best].take(&cluster{[]*group{g}, []join{why}})
		}
	}
	for i := range extra {
		clusters[i].take(&extra[i])
	}
	return left
}

// fits tells whether a withdrawn group speaks of an open finding of somebody else,
// and by which of its reports.
func (c *counter) fits(open *cluster, g *group) join {
	var best join
	for _, h := range open.groups {
		if h.items[0].reviewer == g.items[0].reviewer {
			return join{} // its own standing report is another problem
		}
		if t := c.opt.tie(g, h); t.joined && (!best.joined || t.score > best.score) {
			best = join{h, g, t}
		}
	}
	return best
}
