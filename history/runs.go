package history

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Schema identifies the JSON form of what the history answers.
const Schema = "scrum/history/v1"

// Selection is the part of the history that is asked about. The zero value is all of
// it.
type Selection struct {
	Since time.Time // runs that began then or later
	Limit int       // at most so many, the latest; 0: all
}

// args are the two arguments of chosen.
func (s Selection) args() []any {
	limit := s.Limit
	if limit <= 0 {
		limit = -1
	}
	return []any{stamp(s.Since), limit}
}

// chosen is the beginning of a query about the runs of a selection.
const chosen = `WITH chosen AS (SELECT * FROM runs WHERE started >= ?1 ORDER BY started DESC, id DESC LIMIT ?2) `

// Run is one run.
type Run struct {
	ID               string    `json:"id"`
	State            string    `json:"state"` // running, interrupted or finished
	Label            string    `json:"label"`
	Started          time.Time `json:"started"`
	Finished         time.Time `json:"finished"`
	ToolVersion      string    `json:"tool_version"`
	Base             string    `json:"base"`
	Head             string    `json:"head"`
	Dirty            bool      `json:"dirty"`
	Scripted         bool      `json:"scripted"`
	Outcome          string    `json:"outcome"` // "" without a verdict
	Rule             string    `json:"rule"`
	Convergent       int       `json:"convergent"`
	Distinct         int       `json:"distinct"`
	Asked            int       `json:"seats_asked"` // without those that were skipped
	Engaged          int       `json:"seats_engaged"`
	PromptTokens     int       `json:"prompt_tokens"`
	CompletionTokens int       `json:"completion_tokens"`
	CostUSD          *float64  `json:"cost_usd"` // null: unknown, which is not zero
	WallMS           int64     `json:"wall_ms"`
}

// Seat is one reviewer on one bundle of a run.
type Seat struct {
	Bundle           string   `json:"bundle"`
	Reviewer         string   `json:"reviewer"`
	Kind             string   `json:"kind"`
	Lineage          string   `json:"lineage"`
	Model            string   `json:"model"`
	AnsweredModel    string   `json:"answered_model"`
	State            string   `json:"state"`
	PromptTokens     int      `json:"prompt_tokens"`
	CompletionTokens int      `json:"completion_tokens"`
	Estimated        bool     `json:"estimated"`
	LatencyMS        int64    `json:"latency_ms"`
	Attempts         int      `json:"attempts"`
	CostUSD          *float64 `json:"cost_usd"`
	Cached           bool     `json:"cached"`
	Error            string   `json:"error"`
}

// RunList is the latest runs, the latest first.
type RunList struct {
	Schema string `json:"schema"`
	Total  int    `json:"total"` // runs in the history
	Runs   []Run  `json:"runs"`
}

// RunPage is one run with its seats, in the order of its report.
type RunPage struct {
	Schema string `json:"schema"`
	Run    Run    `json:"run"`
	Seats  []Seat `json:"seats"`
}

// columnsOfRun are what scanRun reads.
const columnsOfRun = `r.id, r.state, r.label, r.started, r.finished, r.tool_version, r.base, r.head, r.dirty, r.scripted, r.outcome, r.rule,
	r.convergent_findings, r.distinct_findings,
	(SELECT count(*) FROM seats WHERE run = r.id AND state <> 'skipped'), (SELECT count(*) FROM seats WHERE run = r.id AND state = 'engaged'),
	r.prompt_tokens, r.completion_tokens, r.cost_usd, r.wall_ms `

// Runs gives the runs of a selection.
func (s *Store) Runs(ctx context.Context, sel Selection) (*RunList, error) {
	out := &RunList{Schema: Schema, Runs: []Run{}}
	if err := s.db.QueryRowContext(ctx, `SELECT count(*) FROM runs`).Scan(&out.Total); err != nil {
		return nil, s.explain(err)
	}
	var err error
	out.Runs, err = ask(ctx, s, scanRun, chosen+`SELECT `+columnsOfRun+`FROM chosen r ORDER BY r.started DESC, r.id DESC`, sel.args()...)
	return out, err
}

// NoSuchRunError is a name that stands for no run, or for several.
type NoSuchRunError struct {
	Name string
	Near []string // the runs that it could be, the latest first
}

func (e *NoSuchRunError) Error() string {
	if len(e.Near) == 0 {
		return fmt.Sprintf("the history has no run %q: a run is named by its id or the beginning of it, or by the commit that it reviewed", e.Name)
	}
	const most = 5
	names := strings.Join(e.Near[:min(len(e.Near), most)], ", ")
	if n := len(e.Near); n > most {
		names += fmt.Sprintf(" and %d more", n-most)
	}
	return fmt.Sprintf("%q stands for several runs: %s", e.Name, names)
}

// Seats gives one run with its seats. It is named by its id, by its directory, by the
// beginning of its id, or by that of the commit that it reviewed.
func (s *Store) Seats(ctx context.Context, name string) (*RunPage, error) {
	run, err := s.find(ctx, filepath.Base(name))
	if err != nil {
		return nil, err
	}
	const query = `SELECT bundle, reviewer, kind, lineage, model, answered_model, state, prompt_tokens, completion_tokens,
		estimated, latency_ms, attempts, cost_usd, cached, error FROM seats WHERE run = ? ORDER BY n`
	seats, err := ask(ctx, s, scanSeat, query, run.ID)
	return &RunPage{Schema: Schema, Run: run, Seats: seats}, err
}

// shortestName is how much of an id or a commit names a run.
const shortestName = 4

func (s *Store) find(ctx context.Context, name string) (Run, error) {
	const query = `SELECT ` + columnsOfRun + `FROM runs r WHERE r.id = ?1
		OR length(?1) >= ?2 AND (substr(r.id, 1, length(?1)) = ?1 OR substr(r.head, 1, length(?1)) = ?1) ORDER BY r.started DESC, r.id DESC`
	runs, err := ask(ctx, s, scanRun, query, name, shortestName)
	if err != nil {
		return Run{}, err
	}
	if i := slices.IndexFunc(runs, func(r Run) bool { return r.ID == name }); i >= 0 {
		return runs[i], nil
	}
	if len(runs) == 1 {
		return runs[0], nil
	}
	missing := &NoSuchRunError{Name: name}
	for _, r := range runs {
		missing.Near = append(missing.Near, r.ID)
	}
	return Run{}, missing
}

// ask reads all rows of a query; none is an empty list.
func ask[T any](ctx context.Context, s *Store, scan func(*sql.Rows) (T, error), query string, args ...any) ([]T, error) {
	rows, err := s.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, s.explain(err)
	}
	defer func() { _ = rows.Close() }()
	out := []T{}
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, s.explain(err)
		}
		out = append(out, one)
	}
	return out, s.explain(rows.Err())
}

func scanRun(rows *sql.Rows) (Run, error) {
	var r Run
	var started, finished string
	err := rows.Scan(&r.ID, &r.State, &r.Label, &started, &finished, &r.ToolVersion, &r.Base, &r.Head, &r.Dirty, &r.Scripted, &r.Outcome, &r.Rule,
		&r.Convergent, &r.Distinct, &r.Asked, &r.Engaged, &r.PromptTokens, &r.CompletionTokens, &r.CostUSD, &r.WallMS)
	r.Started, r.Finished = moment(started), moment(finished)
	return r, err
}

// moment reads a stamp; what is none is no time.
func moment(s string) time.Time {
	t, err := time.Parse(stampForm, s)
	if err != nil {
		return time.Time{}
	}
	return t
}

func scanSeat(rows *sql.Rows) (Seat, error) {
	var s Seat
	err := rows.Scan(&s.Bundle, &s.Reviewer, &s.Kind, &s.Lineage, &s.Model, &s.AnsweredModel, &s.State, &s.PromptTokens, &s.CompletionTokens,
		&s.Estimated, &s.LatencyMS, &s.Attempts, &s.CostUSD, &s.Cached, &s.Error)
	return s, err
}
