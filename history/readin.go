package history

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"
)

// Taken says what a read-in has done.
type Taken struct {
	New     int      // runs that the history did not have
	Changed int      // runs that it had otherwise: they were counted again, or went on
	Same    int      // runs that it had as they are
	Left    []LeftIn // what could not be read
}

// LeftIn is something among the run directories that was not read in.
type LeftIn struct {
	Name string
	Why  string
}

// batch bounds the runs of one transaction, by number and by what their files take:
// others need not wait long, and memory stays small.
const (
	batchRuns  = 64
	batchBytes = 16 << 20
)

// ReadIn reads the runs in a folder of run directories that the history does not have
// as they are now. A run is named by its directory. It replaces what was known of it,
// all at once; one whose directory is gone stays. A folder that is not there has no
// runs.
func (s *Store) ReadIn(ctx context.Context, runs string) (Taken, error) {
	var t Taken
	root, err := os.OpenRoot(runs)
	if errors.Is(err, fs.ErrNotExist) {
		return t, nil
	}
	if err != nil {
		return t, fmt.Errorf("reading the runs: %w", err)
	}
	defer func() { _ = root.Close() }()
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return t, fmt.Errorf("reading the runs in %s: %w", runs, err)
	}
	known, err := s.digests(ctx)
	if err != nil {
		return t, err
	}
	in := &intake{store: s, folder: folder{root}, known: known, taken: &t}
	for _, e := range entries {
		if err := in.entry(ctx, e); err != nil {
			return t, err
		}
	}
	return t, in.flush(ctx)
}

// digests of the runs that the history has.
func (s *Store) digests(ctx context.Context) (map[string]string, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT id, digest FROM runs`)
	if err != nil {
		return nil, s.explain(err)
	}
	defer func() { _ = rows.Close() }()
	out := map[string]string{}
	for rows.Next() {
		var id, digest string
		if err := rows.Scan(&id, &digest); err != nil {
			return nil, s.explain(err)
		}
		out[id] = digest
	}
	return out, s.explain(rows.Err())
}

// intake collects runs and writes them in batches.
type intake struct {
	store  *Store
	folder folder
	known  map[string]string
	taken  *Taken

	batch []*stored
	bytes int
}

// entry takes one thing that lies among the run directories. What begins with a dot is
// no run: file managers and the run directory itself leave such files.
func (in *intake) entry(ctx context.Context, e fs.DirEntry) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	name := e.Name()
	switch {
	case strings.HasPrefix(name, "."):
		return nil
	case e.Type().IsRegular():
		in.leave(name, errors.New("it is a file, not a run directory"))
		return nil
	}
	files, digest, err := in.folder.load(name)
	if err != nil {
		in.leave(name, err)
		return nil
	}
	if in.known[name] == digest {
		in.taken.Same++
		return nil
	}
	run, err := decode(name, digest, files)
	if err != nil {
		in.leave(name, err)
		return nil
	}
	in.batch = append(in.batch, run)
	in.bytes += len(files.manifest) + len(files.findings)
	if len(in.batch) < batchRuns && in.bytes < batchBytes {
		return nil
	}
	return in.flush(ctx)
}

func (in *intake) leave(name string, why error) {
	in.taken.Left = append(in.taken.Left, LeftIn{name, why.Error()})
}

// flush writes the batch. Another program may have been quicker: what the history has
// by now is looked at again inside of the transaction.
func (in *intake) flush(ctx context.Context) error {
	if len(in.batch) == 0 {
		return nil
	}
	var did Taken
	err := in.store.write(ctx, func(tx *sql.Tx) error {
		w, err := newWriter(ctx, tx)
		if err != nil {
			return err
		}
		defer w.close()
		for _, r := range in.batch {
			if err := w.replace(ctx, r, &did); err != nil {
				return fmt.Errorf("storing the run %s: %w", r.id, err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	in.taken.New += did.New
	in.taken.Changed += did.Changed
	in.taken.Same += did.Same
	in.batch, in.bytes = nil, 0
	return nil
}

// writer puts runs into the tables.
type writer struct {
	digest, remove                     *sql.Stmt
	run, seat, anchor, finding, source *sql.Stmt
}

func newWriter(ctx context.Context, tx *sql.Tx) (*writer, error) {
	w := &writer{}
	for _, p := range []struct {
		stmt  **sql.Stmt
		query string
	}{
		{&w.digest, `SELECT digest FROM runs WHERE id = ?`},
		{&w.remove, `DELETE FROM runs WHERE id = ?`},
		{&w.run, `INSERT INTO runs VALUES (` + marks(19) + `)`},
		{&w.seat, `INSERT INTO seats VALUES (` + marks(17) + `)`},
		{&w.anchor, `INSERT INTO anchors VALUES (` + marks(5) + `)`},
		{&w.finding, `INSERT INTO findings VALUES (` + marks(17) + `)`},
		{&w.source, `INSERT INTO sources VALUES (` + marks(7) + `)`},
	} {
		var err error
		if *p.stmt, err = tx.PrepareContext(ctx, p.query); err != nil {
			w.close()
			return nil, err
		}
	}
	return w, nil
}

func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }

func (w *writer) close() {
	for _, s := range []*sql.Stmt{w.digest, w.remove, w.run, w.seat, w.anchor, w.finding, w.source} {
		if s != nil {
			_ = s.Close()
		}
	}
}

// replace stores a run instead of what was known of it.
func (w *writer) replace(ctx context.Context, s *stored, did *Taken) error {
	var had string
	switch err := w.digest.QueryRowContext(ctx, s.id).Scan(&had); {
	case errors.Is(err, sql.ErrNoRows):
		did.New++
	case err != nil:
		return err
	case had == s.digest:
		did.Same++
		return nil
	default:
		did.Changed++
		if _, err := w.remove.ExecContext(ctx, s.id); err != nil {
			return err
		}
	}
	if err := w.head(ctx, s); err != nil || s.review == nil {
		return err
	}
	if err := w.seats(ctx, s); err != nil {
		return err
	}
	return w.findings(ctx, s)
}

func (w *writer) head(ctx context.Context, s *stored) error {
	about := s.about()
	var outcome, rule string
	totals := s.manifest.Totals
	if s.review != nil {
		outcome, rule, totals = string(s.review.Verdict.Outcome), s.review.Verdict.Rule, s.review.Totals
	}
	_, err := w.run.ExecContext(ctx, s.id, s.digest, s.manifest.State, about.Label, stamp(about.Started), stamp(about.Finished),
		about.ToolVersion, about.Base, about.Head, about.Dirty, about.Scripted, outcome, rule,
		totals.Convergent, totals.Distinct, totals.PromptTokens, totals.CompletionTokens, totals.CostUSD, totals.WallMS)
	return err
}

// stampForm is a time whose order as text is its order in time, and which SQLite's own
// functions of time understand.
const stampForm = "2006-01-02T15:04:05.000Z"

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(stampForm)
}

func (w *writer) seats(ctx context.Context, s *stored) error {
	for n, c := range s.review.Coverage {
		if _, err := w.seat.ExecContext(ctx, s.id, n, c.Bundle, c.Reviewer, string(c.Kind), c.Lineage, c.Model, c.AnsweredModel, string(c.State),
			c.PromptTokens, c.CompletionTokens, c.Estimated, c.LatencyMS, c.Attempts, c.CostUSD, c.Cached, c.Error); err != nil {
			return err
		}
	}
	for _, a := range s.review.anchors() {
		if _, err := w.anchor.ExecContext(ctx, s.id, a.reviewer, a.lineage, string(a.anchor), a.count); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) findings(ctx context.Context, s *stored) error {
	for n, f := range s.review.Findings {
		if _, err := w.finding.ExecContext(ctx, s.id, n, f.ID, f.Bundle, string(f.Severity), f.Path, f.Line, f.EndLine, string(f.Side), string(f.Anchor),
			f.Title, string(f.State), f.Convergence, list(f.Lineages), list(f.Reviewers), f.Gap, f.KnownAs); err != nil {
			return err
		}
		for i, src := range f.Sources {
			if _, err := w.source.ExecContext(ctx, s.id, n, i, src.Reviewer, src.Lineage, string(src.Severity), src.Retracted != ""); err != nil {
				return err
			}
		}
	}
	return nil
}

// list is how several names stand in one column.
func list(names []string) string {
	if len(names) == 0 {
		return "[]"
	}
	data, err := json.Marshal(names)
	if err != nil { // strings can always be written
		return "[]"
	}
	return string(data)
}
