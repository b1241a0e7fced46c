package history

import (
	"cmp"
	"context"
	"database/sql"
	"maps"
	"slices"

	"scrum/tally"
)

// Records are how the reviewers and the lineages have done.
type Records struct {
	Schema    string   `json:"schema"`
	Total     int      `json:"total"` // runs in the history
	Runs      int      `json:"runs"`  // runs of the selection
	Reviewers []Record `json:"reviewers"`
	Lineages  []Record `json:"lineages"`
}

// Record is how a reviewer or a lineage has done.
type Record struct {
	Name             string   `json:"name"`
	Tool             bool     `json:"tool"` // an analyser, not a model
	Runs             int      `json:"runs"`
	Asked            int      `json:"seats_asked"` // without those that were skipped
	Engaged          int      `json:"seats_engaged"`
	Cached           int      `json:"seats_cached"`      // answered from the cache: no tokens, no cost
	LatencyMS        *int64   `json:"median_latency_ms"` // of engaged seats, not from the cache; null: of none
	PromptTokens     int      `json:"prompt_tokens"`
	CompletionTokens int      `json:"completion_tokens"`
	CostUSD          *float64 `json:"cost_usd"`            // of the seats whose cost is known; null: of none
	CostUnknown      int      `json:"seats_cost_unknown"`  // seats whose cost is not
	Places           Places   `json:"places"`              // how the places of all reports stand in the diff
	Findings         int      `json:"findings"`            // reported and not taken back
	Convergent       int      `json:"convergent_findings"` // reported by another lineage too
	Open             int      `json:"open_findings"`       // nobody has said anything of them yet
	Refuted          int      `json:"refuted_findings"`    // by other lineages
	Retracted        int      `json:"retracted_findings"`  // taken back by the reviewer; not among the findings
	Accepted         int      `json:"accepted"`            // entries of the ledger: the problem is there
	Dismissed        int      `json:"dismissed"`           // entries of the ledger: it is none, or none of its own
}

// Places are counts of anchors.
type Places struct {
	Exact   int `json:"exact"`
	Context int `json:"context"`
	Snapped int `json:"snapped"`
	File    int `json:"file"`
	Outside int `json:"outside"`
	Unknown int `json:"unknown"`
}

// Total is all of them.
func (p Places) Total() int {
	return p.Exact + p.Context + p.Snapped + p.File + p.Outside + p.Unknown
}

// group is what records are kept by.
type group string

const (
	byReviewer group = "reviewer"
	byLineage  group = "lineage"
)

// Records gives the record of each reviewer and each lineage over the runs of a
// selection. Words are the entries of the ledger. An entry counts once for each
// reviewer, however many runs have met the finding, and whether or not the history
// has the run in which it was found.
func (s *Store) Records(ctx context.Context, sel Selection, words []Word) (*Records, error) {
	out := &Records{Schema: Schema}
	counts := chosen + `SELECT (SELECT count(*) FROM runs), (SELECT count(*) FROM chosen)`
	if err := s.db.QueryRowContext(ctx, counts, sel.args()...).Scan(&out.Total, &out.Runs); err != nil {
		return nil, s.explain(err)
	}
	l, err := s.spokenOf(ctx, sel, words)
	if err != nil {
		return nil, err
	}
	if out.Reviewers, err = s.records(ctx, sel, byReviewer, l); err != nil {
		return nil, err
	}
	out.Lineages, err = s.records(ctx, sel, byLineage, l)
	return out, err
}

// book collects the records of a group, by name.
type book map[string]*Record

func (b book) of(name string) *Record {
	if b[name] == nil {
		b[name] = &Record{Name: name}
	}
	return b[name]
}

func (s *Store) records(ctx context.Context, sel Selection, by group, l spokenOf) ([]Record, error) {
	b := book{}
	args := append(sel.args(), string(by))
	for _, part := range []struct {
		query string
		scan  func(*sql.Rows) error
		args  []any
	}{
		{seatsQuery, b.seats, args}, {latencyQuery, b.latency, args}, {anchorsQuery, b.anchors, args}, {findingsQuery, b.findings, append(args[:len(args):len(args)], l.spoken)},
	} {
		if err := s.each(ctx, part.query, part.scan, part.args...); err != nil {
			return nil, err
		}
	}
	if err := s.judge(ctx, b, sel, by, l); err != nil {
		return nil, err
	}
	out := []Record{}
	for _, r := range slices.SortedFunc(maps.Values(b), compareRecords) {
		out = append(out, *r)
	}
	return out, nil
}

// compareRecords puts models before tools.
func compareRecords(a, b *Record) int {
	return cmp.Or(cmp.Compare(rank(a.Tool), rank(b.Tool)), cmp.Compare(a.Name, b.Name))
}

func rank(tool bool) int {
	if tool {
		return 1
	}
	return 0
}

// each calls a function for every row of a query.
func (s *Store) each(ctx context.Context, query string, scan func(*sql.Rows) error, args ...any) error {
	_, err := ask(ctx, s, func(r *sql.Rows) (struct{}, error) { return struct{}{}, scan(r) }, query, args...)
	return err
}

// name is the group of a row: ?3 says by what records are kept.
const (
	seatsQuery = chosen + `
SELECT CASE ?3 WHEN 'reviewer' THEN s.reviewer ELSE s.lineage END AS name, count(DISTINCT s.run),
  min(s.kind = 'analyser'), sum(s.state <> 'skipped'), sum(s.state = 'engaged'), sum(s.cached),
  sum(s.prompt_tokens * NOT s.cached), sum(s.completion_tokens * NOT s.cached), sum(s.cost_usd), sum(s.cost_usd IS NULL)
FROM chosen r JOIN seats s ON s.run = r.id GROUP BY name`

	latencyQuery = chosen + `
SELECT name, avg(latency_ms) FROM (
  SELECT name, latency_ms, row_number() OVER (PARTITION BY name ORDER BY latency_ms) AS nth, count(*) OVER (PARTITION BY name) AS seats
  FROM (SELECT CASE ?3 WHEN 'reviewer' THEN s.reviewer ELSE s.lineage END AS name, s.latency_ms
        FROM chosen r JOIN seats s ON s.run = r.id WHERE s.state = 'engaged' AND NOT s.cached))
WHERE nth IN ((seats + 1) / 2, (seats + 2) / 2) GROUP BY name`

	anchorsQuery = chosen + `
SELECT CASE ?3 WHEN 'reviewer' THEN a.reviewer ELSE a.lineage END AS name, a.anchor, sum(a.count)
FROM chosen r JOIN anchors a ON a.run = r.id GROUP BY name, a.anchor`

	// One row of the inner query is one finding of one reviewer or lineage. It took it
	// back when it took back all that it had said of it. ?4 is the findings that the
	// ledger speaks of.
	findingsQuery = chosen + `
SELECT name, sum(NOT back), sum(NOT back AND convergence > 1), sum(NOT back AND state = 'open' AND NOT spoken), sum(NOT back AND state = 'refuted'), sum(back)
FROM (SELECT CASE ?3 WHEN 'reviewer' THEN c.reviewer ELSE c.lineage END AS name, min(c.retracted) AS back, f.convergence, f.state,
        f.gap <> '' OR f.run || '/' || f.id IN (SELECT value FROM json_each(?4)) AS spoken
      FROM chosen r JOIN findings f ON f.run = r.id JOIN sources c ON c.run = f.run AND c.finding = f.n
      GROUP BY name, f.run, f.n)
GROUP BY name`
)

func (b book) seats(rows *sql.Rows) error {
	var r Record
	if err := rows.Scan(&r.Name, &r.Runs, &r.Tool, &r.Asked, &r.Engaged, &r.Cached, &r.PromptTokens, &r.CompletionTokens, &r.CostUSD, &r.CostUnknown); err != nil {
		return err
	}
	b[r.Name] = &r
	return nil
}

func (b book) latency(rows *sql.Rows) error {
	var name string
	var median float64
	if err := rows.Scan(&name, &median); err != nil {
		return err
	}
	ms := int64(median)
	b.of(name).LatencyMS = &ms
	return nil
}

func (b book) anchors(rows *sql.Rows) error {
	var name, anchor string
	var n int
	if err := rows.Scan(&name, &anchor, &n); err != nil {
		return err
	}
	p := &b.of(name).Places
	switch tally.Anchor(anchor) {
	case tally.Exact:
		p.Exact = n
	case tally.Context:
		p.Context = n
	case tally.Snapped:
		p.Snapped = n
	case tally.Whole:
		p.File = n
	case tally.Outside:
		p.Outside = n
	default:
		p.Unknown += n
	}
	return nil
}

func (b book) findings(rows *sql.Rows) error {
	var name string
	var all, convergent, open, refuted, back int
	if err := rows.Scan(&name, &all, &convergent, &open, &refuted, &back); err != nil {
		return err
	}
	r := b.of(name)
	r.Findings, r.Convergent, r.Open, r.Refuted, r.Retracted = all, convergent, open, refuted, back
	return nil
}
