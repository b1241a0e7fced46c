package ledger

import (
	"fmt"
	"strings"

	"scrum/tally"
)

// unmatched says what a reader should know of entries that made nothing known. Of an
// entry whose file is no part of the change nothing can be said.
func (m *matcher) unmatched(taken map[*Gap]bool, known map[string]tally.Accepted) {
	var expired []string
	for i := range m.ledger.Gaps {
		g := &m.ledger.Gaps[i]
		s, looked := m.at[g]
		switch {
		case taken[g]:
		case g.Expired(m.cond.Today):
			expired = append(expired, g.ID)
		case looked:
			m.explain(g, s, known)
		}
	}
	if len(expired) > 0 {
		m.note("%s: %s expired: %s; scrum gaps check lists what has", m.ledger.Name, has(len(expired)), few(expired))
	}
}

func (m *matcher) explain(g *Gap, s search, known map[string]tally.Accepted) {
	switch s.searched {
	case found:
		m.near(g, s, known)
	case several:
		m.note("%s: its code stands at several places of this change that nothing tells apart, so it makes nothing known", m.name(g))
	case uncertain:
		if !s.home {
			m.stale(g)
		} else {
			m.note("%s: equal lines stand at %s:%d, but too much around them differs to be certain that they are the accepted ones; accept the finding anew if they are", m.name(g), s.path, s.first)
		}
	case elsewhere:
	case absent:
		m.stale(g)
	}
}

// near explains why a finding on the entry's code counts all the same.
func (m *matcher) near(g *Gap, s search, known map[string]tally.Accepted) {
	for i := range m.findings {
		f := &m.findings[i]
		if _, ok := known[f.ID]; ok || !s.covers(f) || m.lapsed[f.ID] {
			continue
		}
		if graver(f.Severity, g.Severity) {
			m.note("%s was accepted as %s; finding %s at %s is %s and counts", m.name(g), g.Severity, f.ID, placeOf(f), f.Severity)
			continue
		}
		m.note("%s is about the same code as finding %s at %s, which speaks of something else, or in quite other words, and counts", m.name(g), f.ID, placeOf(f))
	}
}

// stale tells that the code of an entry is gone. The diff shows parts of a file only:
// when the file can be read, it decides.
func (m *matcher) stale(g *Gap) {
	if !m.code.touches(g.Path) {
		return
	}
	const todo = "if it is mended, remove the entry with scrum gaps remove %s"
	fp, err := ParseFingerprint(g.Fingerprint)
	if err != nil || fp.Whole != "" || m.cond.Head == nil || g.Side == tally.Old {
		m.note("%s matches nothing in this change; "+todo, m.name(g), g.ID)
		return
	}
	path := m.code.nowAt(g.Path)
	data, exists, ok := m.cond.Head(path)
	switch {
	case !ok:
		m.note("%s matches nothing that the diff shows; "+todo, m.name(g), g.ID)
	case !exists:
		m.note("%s matches nothing any more: the file is gone; "+todo, m.name(g), g.ID)
	case !holds(string(data), fp):
		m.note("%s matches nothing any more: the code that it speaks of has changed; "+todo+", else accept the finding anew", m.name(g), g.ID)
	}
}

func (c *code) touches(path string) bool { return path != "" && c.files[path] }

// nowAt is the path after a rename.
func (c *code) nowAt(path string) string {
	for now, old := range c.renamed {
		if old == path {
			return now
		}
	}
	return path
}

// holds tells whether a text has the lines of a fingerprint anywhere.
func holds(text string, fp Fingerprint) bool {
	shown := map[int]string{}
	n := 0
	for l := range strings.Lines(text) {
		n++
		shown[n] = l
	}
	for _, s := range stretches(sideOf{}, shown) {
		for i := range s.lines {
			if s.lines[i].hash == fp.First && i+fp.Lines <= len(s.lines) && codeHash(s.lines[i:i+fp.Lines]) == fp.Code {
				return true
			}
		}
	}
	return false
}

// has counts gaps in a sentence.
func has(n int) string {
	if n == 1 {
		return "1 gap has"
	}
	return fmt.Sprintf("%d gaps have", n)
}

// few names some ids and counts the rest.
func few(ids []string) string {
	const most = 5
	if len(ids) <= most {
		return strings.Join(ids, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(ids[:most], ", "), len(ids)-most)
}
