package history

import (
	"context"
	"database/sql"
)

// Share is how much one reviewer did of what it was asked in one run.
type Share struct {
	Run      string
	Reviewer string
	Lineage  string // of one of its seats: those of a stand-in may differ
	Tool     bool   // an analyser, not a model
	Asked    int    // without seats that were skipped
	Engaged  int
}

// Shares gives what each reviewer did in each run of a selection, the latest run first,
// and in a run by name. Reviewers of whom nothing was asked are not there.
func (s *Store) Shares(ctx context.Context, sel Selection) ([]Share, error) {
	const query = chosen + `SELECT s.run, s.reviewer, max(s.lineage), max(s.kind) = 'analyser', count(*), sum(s.state = 'engaged')
		FROM chosen r JOIN seats s ON s.run = r.id WHERE s.state <> 'skipped'
		GROUP BY r.started, s.run, s.reviewer ORDER BY r.started DESC, s.run DESC, s.reviewer`
	return ask(ctx, s, scanShare, query, sel.args()...)
}

func scanShare(rows *sql.Rows) (Share, error) {
	var s Share
	err := rows.Scan(&s.Run, &s.Reviewer, &s.Lineage, &s.Tool, &s.Asked, &s.Engaged)
	return s, err
}
