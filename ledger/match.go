package ledger

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"scrum/bundler"
	"scrum/tally"
)

// Head reads a file as the change leaves it. Not ok: that cannot be told, as for a
// diff without a repository. A nil Head can never tell.
type Head func(path string) (data []byte, exists, ok bool)

func (h Head) has(path string) bool {
	if h == nil || path == "" {
		return false
	}
	_, exists, ok := h(path)
	return ok && exists
}

// Conditions are what matching hangs on beside the ledger and the change.
type Conditions struct {
	Today Day // of the review: a replay comes to what the run came to
	Head  Head
}

// Matches is what a ledger says of the findings of a review.
type Matches struct {
	Known map[string]tally.Accepted // by the finding's id
	Notes []string                  // entries that a reader must look at, and what to do
}

// Match says which open findings are accepted ones.
//
// An entry makes at most one finding known: the code that it speaks of is found in the
// diff, by its own lines and those around; the finding's lines overlap it; the finding
// is no graver than what was accepted; and its text speaks of the same problem, by the
// rule that joins reports of one line. Of several, the most alike is taken. All others
// count.
func (l *Ledger) Match(plan *bundler.Plan, findings []tally.Finding, c Conditions) Matches {
	out := Matches{Known: map[string]tally.Accepted{}}
	if l == nil || len(l.Gaps) == 0 {
		return out
	}
	m := &matcher{ledger: l, code: newCode(plan), findings: findings, cond: c, at: map[*Gap]search{}}
	pairs := m.pairs()
	taken := map[*Gap]bool{}
	for _, p := range pairs {
		f := &findings[p.finding]
		if taken[p.gap] || m.lapsed[f.ID] || out.Known[f.ID] != (tally.Accepted{}) {
			continue
		}
		taken[p.gap] = true
		if p.gap.Expired(c.Today) {
			m.lapse(p.gap, f)
			continue
		}
		out.Known[f.ID] = tally.Accepted{Gap: p.gap.ID, As: string(p.gap.As)}
	}
	m.unmatched(taken, out.Known)
	out.Notes = m.notes
	return out
}

type matcher struct {
	ledger   *Ledger
	code     *code
	findings []tally.Finding
	cond     Conditions
	at       map[*Gap]search
	lapsed   map[string]bool // findings of entries that have expired
	notes    []string
}

type search struct {
	place
	searched
	whole bool // the entry is about the file
}

// pair is an entry and a finding that it accepts.
type pair struct {
	gap     *Gap
	finding int
	score   float64
}

// pairs lists all that fit, the most alike first; entries that hold before those that
// have expired.
func (m *matcher) pairs() []pair {
	var out []pair
	for i := range m.ledger.Gaps {
		g := &m.ledger.Gaps[i]
		if g.Phase != Review || g.As == "" {
			continue
		}
		s := m.search(g)
		m.at[g] = s
		if s.searched != found {
			continue
		}
		for j := range m.findings {
			f := &m.findings[j]
			if !s.covers(f) || graver(f.Severity, g.Severity) {
				continue
			}
			if score, alike := likeness(g, s, f); alike {
				out = append(out, pair{g, j, score})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b pair) int {
		return cmp.Or(boolRank(a.gap.Expired(m.cond.Today))-boolRank(b.gap.Expired(m.cond.Today)), cmp.Compare(b.score, a.score))
	})
	return out
}

func boolRank(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (m *matcher) search(g *Gap) search {
	fp, err := ParseFingerprint(g.Fingerprint)
	if err != nil { // Parse has refused it before
		return search{searched: absent}
	}
	if fp.Whole != "" {
		return m.whole(g, fp)
	}
	p, s := m.code.find(g, fp, m.cond.Head)
	return search{place: p, searched: s}
}

// whole finds the file to which the change does what it did when the entry was made.
func (m *matcher) whole(g *Gap, fp Fingerprint) search {
	var same []string
	for _, path := range slices.Sorted(maps.Keys(m.code.wholes)) {
		if m.code.wholes[path] == fp.Whole {
			if m.code.home(g, path) {
				return search{place{sideOf: sideOf{path, g.Side}, home: true}, found, true}
			}
			same = append(same, path)
		}
	}
	switch {
	case len(same) == 0:
		return search{searched: absent, whole: true}
	case len(same) > 1:
		return search{searched: several, whole: true}
	case m.cond.Head.has(g.Path):
		return search{searched: elsewhere, whole: true}
	}
	return search{place{sideOf: sideOf{same[0], g.Side}}, found, true}
}

// covers tells whether a finding speaks of the code of the entry: it may name fewer
// lines of it, or a few more, as reviewers do from one time to the next.
func (s search) covers(f *tally.Finding) bool {
	const more = 3
	switch {
	case !f.Gates() || f.Path != s.path || s.whole != (f.Line == 0):
		return false
	case s.whole:
		return true
	case f.Side != s.side || f.Line > s.last || f.EndLine < s.first:
		return false
	}
	return f.Line >= s.first-more && f.EndLine <= s.last+more
}

// graver tells that a is worse than b.
func graver(a, b tally.Severity) bool { return rank(a) < rank(b) }

func rank(s tally.Severity) int {
	return slices.Index([]tally.Severity{tally.Block, tally.Warn, tally.Info}, s)
}

// likeness compares the entry with the finding's own words and with those of each of
// its reports, by the rule of the tally, and takes the best.
func likeness(g *Gap, s search, f *tally.Finding) (score float64, alike bool) {
	entry := tally.Single{Path: f.Path, Side: f.Side, Line: s.first, EndLine: s.last, Text: g.Title + "\n" + g.Why}
	texts := []string{f.Title + "\n" + f.Why}
	for _, src := range f.Sources {
		if src.Retracted == "" {
			texts = append(texts, src.Text)
		}
	}
	for _, text := range texts {
		n, yes := compare(entry, tally.Single{Path: f.Path, Side: f.Side, Line: f.Line, EndLine: f.EndLine, Text: text})
		score, alike = max(score, n), alike || yes
	}
	return score, alike
}

// compare is stricter than the tally in one thing: a text that is too short to tell is
// no reason to silence a finding.
func compare(a, b tally.Single) (score float64, alike bool) {
	const shared = 0.2
	if normal(strings.ToLower(a.Text)) == normal(strings.ToLower(b.Text)) {
		return 2, true // to the word, which the likeness does not see
	}
	m := tally.DefaultOptions().Compare(a, b)
	return m.Score, m.Joined && (m.Rule != tally.TooShort || m.Score >= shared)
}

func (m *matcher) lapse(g *Gap, f *tally.Finding) {
	if m.lapsed == nil {
		m.lapsed = map[string]bool{}
	}
	m.lapsed[f.ID] = true
	m.note("%s has expired on %s: finding %s at %s counts again; mend it, or accept it anew with scrum gaps accept %s", m.name(g), g.Expires, f.ID, placeOf(f), f.ID)
}

func (m *matcher) note(format string, args ...any) {
	m.notes = append(m.notes, fmt.Sprintf(format, args...))
}

// name of an entry in a note.
func (m *matcher) name(g *Gap) string {
	if g.Line == 0 {
		return fmt.Sprintf("%s %s (%s)", m.ledger.Name, g.ID, g.Path)
	}
	return fmt.Sprintf("%s %s (%s:%d)", m.ledger.Name, g.ID, g.Path, g.Line)
}

func placeOf(f *tally.Finding) string {
	if f.Line == 0 {
		return f.Path
	}
	return fmt.Sprintf("%s:%d", f.Path, f.Line)
}
