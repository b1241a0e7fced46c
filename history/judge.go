package history

import (
	"context"
	"database/sql"
	"fmt"
)

// spokenOf is what the entries of gaps.yaml say about a selection.
type spokenOf struct {
	words  []Word            // those that count by themselves
	as     map[string]string // what every entry of now says, by id
	spoken string            // the findings that entries speak of, as run/id; a JSON list
}

// spokenOf finds the words that belong to a selection: those of findings in its runs,
// and those of runs that the history does not have, when they were said since the
// selection begins.
func (s *Store) spokenOf(ctx context.Context, sel Selection, words []Word) (spokenOf, error) {
	known, err := s.digests(ctx)
	if err != nil {
		return spokenOf{}, err
	}
	in, begin, err := s.chosen(ctx, sel)
	if err != nil {
		return spokenOf{}, err
	}
	l := spokenOf{as: map[string]string{}}
	var spoken []string
	for _, w := range words {
		l.as[w.ID] = w.As
		spoken = append(spoken, w.Run+"/"+w.Finding)
		if _, have := known[w.Run]; in[w.Run] || !have && w.Accepted >= begin {
			l.words = append(l.words, w)
		}
	}
	l.spoken = list(spoken)
	return l, nil
}

// chosen gives the runs of a selection and the day on which it begins; "" when it has
// no beginning.
func (s *Store) chosen(ctx context.Context, sel Selection) (in map[string]bool, begin string, err error) {
	in = map[string]bool{}
	earliest := ""
	err = s.each(ctx, chosen+`SELECT id, started FROM chosen`, func(rows *sql.Rows) error {
		var id, started string
		if err := rows.Scan(&id, &started); err != nil {
			return err
		}
		in[id] = true
		if earliest == "" || started < earliest {
			earliest = started
		}
		return nil
	}, sel.args()...)
	switch {
	case !sel.Since.IsZero():
		begin = stamp(sel.Since)
	case sel.Limit > 0:
		begin = earliest
	}
	return in, begin[:min(len(begin), len("2006-01-02"))], err
}

// knownQuery gives each entry that findings were known by, as the latest run has it.
const knownQuery = chosen + `
SELECT CASE ?3 WHEN 'reviewer' THEN c.reviewer ELSE c.lineage END AS name, f.gap, f.known_as, max(r.started)
FROM chosen r JOIN findings f ON f.run = r.id JOIN sources c ON c.run = f.run AND c.finding = f.n
WHERE f.gap <> '' AND NOT c.retracted GROUP BY name, f.gap`

// judge counts the words. Who reported a finding that was known already gets its word
// too, as it is now, or as it was where the entry is no longer in the ledger.
func (s *Store) judge(ctx context.Context, b book, sel Selection, by group, l spokenOf) error {
	said := map[string]map[string]string{} // name → entry → as
	say := func(name, gap, as string) {
		if said[name] == nil {
			said[name] = map[string]string{}
		}
		said[name][gap] = as
	}
	err := s.each(ctx, knownQuery, func(rows *sql.Rows) error {
		var name, gap, as, latest string
		if err := rows.Scan(&name, &gap, &as, &latest); err != nil {
			return err
		}
		if now, ok := l.as[gap]; ok {
			as = now
		}
		say(name, gap, as)
		return nil
	}, append(sel.args(), string(by))...)
	if err != nil {
		return fmt.Errorf("counting the words of the ledger: %w", err)
	}
	for _, w := range l.words {
		names := w.Reviewers
		if by == byLineage {
			names = w.Lineages
		}
		for _, name := range names {
			say(name, w.ID, w.As)
		}
	}
	for name, gaps := range said {
		b.of(name).count(gaps)
	}
	return nil
}

func (r *Record) count(gaps map[string]string) {
	for _, as := range gaps {
		switch judge(as) {
		case accepted:
			r.Accepted++
		case dismissed:
			r.Dismissed++
		case unsaid:
		}
	}
}
