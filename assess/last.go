package assess

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"scrum/ledger"
)

// Comparison is the run against the last one that passed.
type Comparison struct {
	Run     string   `json:"run"`
	Outcome Outcome  `json:"outcome"`
	New     []string `json:"new"`   // signatures that did not occur then
	Fixed   []string `json:"fixed"` // that do not occur any more, although what showed them has run
	Aged    []Aged   `json:"aged"`  // that occur still
}

// Aged is a gap that was there already.
type Aged struct {
	Signature string `json:"signature"`
	Days      int    `json:"days"` // since it came into the ledger; 0 when it is not there
}

// compare holds the result against the last run that passed, when there is one.
func (j *Job) compare(r *Result) error {
	last, err := j.last(r)
	if err != nil || last == nil {
		return err
	}
	c := &Comparison{Run: last.Run, Outcome: last.Verdict.Outcome, New: []string{}, Fixed: []string{}, Aged: []Aged{}}
	before := map[string]bool{}
	for _, g := range last.Gaps {
		before[g.Signature] = before[g.Signature] || g.Occurs()
	}
	now := map[string]bool{}
	for _, g := range r.Gaps {
		switch {
		case !g.Occurs():
		case before[g.Signature]:
			c.Aged = append(c.Aged, Aged{g.Signature, g.Days})
		default:
			c.New = append(c.New, g.Signature)
		}
		now[g.Signature] = now[g.Signature] || g.Occurs()
	}
	for _, g := range last.Gaps {
		if g.Occurs() && !now[g.Signature] && r.ranFor(&g) {
			c.Fixed = append(c.Fixed, g.Signature)
		}
	}
	slices.SortStableFunc(c.Aged, func(a, b Aged) int { return cmp.Compare(b.Days, a.Days) })
	r.Last = c
	return nil
}

// ranFor tells that the run would have shown a gap of another run. Of a finding that
// cannot be told: a review is of one change.
func (r *Result) ranFor(g *Gap) bool {
	for i := range r.Evidence {
		e := &r.Evidence[i]
		if e.shown != nil && e.Phase == string(g.Phase) && g.Phase != ledger.Review {
			return e.shown.ran.Covers(g.Cases)
		}
	}
	return false
}

// last reads the result to compare with; nil when there is none.
func (j *Job) last(r *Result) (*Result, error) {
	if j.Last != "" {
		out, err := readResult(j.Last)
		if err != nil {
			return nil, &UsageError{fmt.Errorf("reading the run to compare with: %w", err)}
		}
		if !out.Verdict.Outcome.Releasable() {
			r.Notes = append(r.Notes, fmt.Sprintf("%s has not passed: it was %s", out.Run, out.Verdict.Outcome))
		}
		return out, nil
	}
	return j.newest(r)
}

// newest finds the newest run beside this one that has passed.
func (j *Job) newest(r *Result) (*Result, error) {
	own, err := filepath.Abs(j.Source.Dir)
	if err != nil {
		return nil, fmt.Errorf("looking for earlier runs: %w", err)
	}
	entries, err := os.ReadDir(filepath.Dir(own))
	if err != nil {
		return nil, fmt.Errorf("looking for earlier runs: %w", err)
	}
	var best *Result
	for _, e := range entries {
		if !e.IsDir() || e.Name() == filepath.Base(own) {
			continue
		}
		found, err := readResult(filepath.Join(filepath.Dir(own), e.Name()))
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			r.Notes = append(r.Notes, fmt.Sprintf("the run %s beside this one is not compared with: %v", e.Name(), err))
		case !found.Verdict.Outcome.Releasable() || found.Assessed.After(r.Assessed) || found.Run == r.Run:
		case best == nil || found.Assessed.After(best.Assessed):
			best = found
		}
	}
	return best, nil
}

func readResult(dir string) (*Result, error) {
	data, _, err := readIn(dir, ResultFile)
	if err != nil {
		return nil, err
	}
	var out Result
	if err := decode(data, ResultID, &out); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(filepath.Base(dir), ResultFile), err)
	}
	return &out, nil
}
