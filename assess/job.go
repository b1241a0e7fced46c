package assess

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"scrum/ledger"
	"scrum/tracker"
)

// Job is one assessment, from the files to the result.
type Job struct {
	Source      Source
	Config      Config
	Ledger      string // path
	Tracker     string // path, "" for none
	Record      bool   // write what is new
	Last        string // the directory to compare with; "" looks for it
	ToolVersion string
}

// UsageError is a mistake of the user's, not of the run.
type UsageError struct{ Err error }

func (e *UsageError) Error() string { return e.Err.Error() }

// Unwrap gives the mistake.
func (e *UsageError) Unwrap() error { return e.Err }

// Run reads, judges, compares and records. What cannot be understood is an error before
// anything is written.
func (j *Job) Run() (*Result, error) {
	in, err := j.read()
	if err != nil {
		return nil, &UsageError{err}
	}
	r := in.evidence.Judge(in.ledger, in.policy)
	r.ToolVersion = j.ToolVersion
	if err := j.compare(r); err != nil {
		return nil, err
	}
	return r, j.record(r, in)
}

// inputs are all that a job reads.
type inputs struct {
	policy   *Policy
	gaps     []byte // the text of the ledger
	ledger   *ledger.Ledger
	table    *tracker.Table // nil when there is none
	evidence *Evidence
}

func (j *Job) read() (in inputs, err error) {
	if in.policy, err = Compile(j.Config.Rules); err != nil {
		return in, err
	}
	if in.gaps, in.ledger, err = j.ledger(); err != nil {
		return in, err
	}
	if in.table, err = j.table(); err != nil {
		return in, err
	}
	in.evidence, err = Read(j.Source, j.Config)
	return in, err
}

// ledger reads the ledger; no file is an empty one.
func (j *Job) ledger() ([]byte, *ledger.Ledger, error) {
	data, err := os.ReadFile(j.Ledger)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("reading the ledger: %w", err)
	}
	l, err := ledger.Parse(j.Ledger, data)
	return data, l, err
}

// table reads the tracker; nil when there is none.
func (j *Job) table() (*tracker.Table, error) {
	if j.Tracker == "" {
		return nil, nil
	}
	data, err := os.ReadFile(j.Tracker)
	if err != nil {
		return nil, fmt.Errorf("reading the tracker: %w", err)
	}
	return tracker.Read(j.Tracker, data, j.Config.Heading)
}

// record says what is new, and writes it into the ledger and the tracker.
func (j *Job) record(r *Result, in inputs) error {
	today := in.evidence.today()
	after, gaps, err := ledger.Record(j.Ledger, in.gaps, r.standings, r.Run, today)
	if err != nil {
		return &UsageError{err}
	}
	if j.Record {
		r.recorded(gaps, today)
	}
	var page []byte
	if in.table != nil {
		r.Tracker = r.track(filepath.Base(j.Tracker), in.table)
		if page, r.Tracker.Lacks, err = in.table.Append(r.rows(today)); err != nil {
			return &UsageError{err}
		}
	}
	if !j.Record {
		return nil
	}
	if len(gaps) > 0 {
		if err := replace(j.Ledger, after); err != nil {
			return fmt.Errorf("writing the ledger: %w", err)
		}
	}
	return j.writeRows(r.Tracker, page)
}

func (j *Job) writeRows(t *Tracked, page []byte) error {
	if t == nil || len(t.Lacks) == 0 {
		return nil
	}
	if err := replace(j.Tracker, page); err != nil {
		return fmt.Errorf("writing the tracker: %w", err)
	}
	t.Added, t.Lacks = t.Lacks, []string{}
	return nil
}

// recorded puts the new entries into the result.
func (r *Result) recorded(gaps []ledger.Gap, today ledger.Day) {
	for i := range gaps {
		g := &gaps[i]
		r.Recorded = append(r.Recorded, g.ID)
		for k := range r.Gaps {
			if of := &r.Gaps[k]; of.Entry == "" && of.Phase == g.Phase && (of.Signature == g.Fingerprint || of.Signature == findingSignature(g.Finding)) {
				of.Entry, of.Since = g.ID, today
			}
		}
	}
}

// undecided are the gaps on which somebody has to decide.
func (r *Result) undecided() []Gap {
	var out []Gap
	for _, g := range r.Gaps {
		if g.State == ledger.StateNew || g.State == ledger.StateExpired {
			out = append(out, g)
		}
	}
	return out
}

func (r *Result) rows(today ledger.Day) []tracker.Entry {
	var out []tracker.Entry
	for _, g := range r.undecided() {
		what := g.Title
		if len(g.Cases) > 0 && g.Phase != ledger.Smoke {
			what += ": " + few(g.Cases)
		}
		since := g.Since
		if since == "" {
			since = today
		}
		out = append(out, tracker.Entry{Signature: g.Signature, Phase: string(g.Phase), What: what, Since: string(since), Gap: g.Entry})
	}
	return out
}

// track holds the rows of the tracker against the gaps.
func (r *Result) track(file string, table *tracker.Table) *Tracked {
	t := &Tracked{File: file, Added: []string{}, Lacks: []string{}, Closable: []string{}, Decided: []string{}}
	fresh, opened := map[string]bool{}, map[string]bool{}
	for _, g := range r.undecided() {
		fresh[g.Signature] = true
	}
	for _, row := range table.Rows {
		opened[row.Signature] = opened[row.Signature] || row.Open()
	}
	for _, row := range table.Rows {
		switch {
		case row.Open() && r.gone(row.Signature):
			t.Closable = append(t.Closable, row.Signature)
		case !row.Open() && fresh[row.Signature] && !opened[row.Signature]:
			t.Decided = append(t.Decided, row.Signature)
		}
	}
	return t
}

// gone tells that a gap does not occur any more. Of one that is not in the ledger that is
// certain when smoke and parity have run to their ends.
func (r *Result) gone(signature string) bool {
	for _, g := range r.Gaps {
		if g.Signature == signature {
			return g.State == ledger.StateFixed
		}
	}
	for i := range r.Evidence {
		if e := &r.Evidence[i]; e.Phase != Review && (e.shown == nil || !e.shown.ran.Whole) {
			return false
		}
	}
	return !strings.HasPrefix(signature, findingSignature(""))
}

// replace puts a file in the place of another, whole or not at all. A link stays one.
func replace(path string, data []byte) error {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".scrum-*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(data)
	if err = errors.Join(err, tmp.Chmod(mode), tmp.Sync(), tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		_ = os.Remove(tmp.Name())
	}
	return err
}
