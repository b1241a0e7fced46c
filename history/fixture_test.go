package history

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"scrum/report"
	"scrum/reviewers"
	"scrum/run"
	"scrum/tally"
)

// place is a folder of run directories and a database beside it.
type place struct {
	tb   testing.TB
	runs string
	db   string
}

func newPlace(tb testing.TB) place {
	tb.Helper()
	home := filepath.Join(tb.TempDir(), ".scrum")
	p := place{tb, filepath.Join(home, "runs"), filepath.Join(home, File)}
	if err := os.MkdirAll(p.runs, 0o700); err != nil {
		tb.Fatal(err)
	}
	return p
}

func (p place) open() *Store {
	p.tb.Helper()
	s, err := Open(p.tb.Context(), p.db)
	if err != nil {
		p.tb.Fatal(err)
	}
	p.tb.Cleanup(func() { _ = s.Close() })
	return s
}

// readIn reads in, and wants nothing left.
func (p place) readIn(s *Store) Taken {
	p.tb.Helper()
	t, err := s.ReadIn(p.tb.Context(), p.runs)
	if err != nil {
		p.tb.Fatal(err)
	}
	if len(t.Left) > 0 {
		p.tb.Fatalf("left: %v", t.Left)
	}
	return t
}

func (p place) write(name, file string, v any) {
	p.tb.Helper()
	data, ok := v.([]byte)
	if !ok {
		var err error
		if data, err = json.MarshalIndent(v, "", "  "); err != nil {
			p.tb.Fatal(err)
		}
	}
	dir := filepath.Join(p.runs, name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		p.tb.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, file), data, 0o600); err != nil {
		p.tb.Fatal(err)
	}
}

// add writes a run and gives its name.
func (p place) add(r review) string {
	p.tb.Helper()
	r.Schema = report.SchemaID
	p.write(r.Run.ID, "run.json", run.Manifest{Schema: run.ManifestID, Run: r.Run, State: "finished"})
	p.write(r.Run.ID, "findings.json", r)
	return r.Run.ID
}

// day is noon of a day of November.
func day(n int) time.Time { return time.Date(2026, 11, n, 12, 0, 0, 0, time.UTC) }

// runOf is a run on a day, of a commit whose id repeats a digit.
func runOf(on time.Time, digit int) review {
	head := fmt.Sprintf("%040d", digit)
	var r review
	r.Run = report.Run{ID: on.Format("20060102T150405Z") + "-" + head[31:], Label: "main...HEAD", Started: on, Finished: on.Add(time.Minute), ToolVersion: "1.0", Base: head, Head: head}
	r.Verdict = tally.Verdict{Outcome: tally.Pass, Rule: "otherwise"}
	return r
}

func usd(v float64) *float64 { return &v }

// seat is an engaged one of a model.
func seat(bundle, reviewer, lineage string, latency int64) report.Seat {
	return report.Seat{
		Bundle: bundle, Reviewer: reviewer, Kind: reviewers.OpenAI, Lineage: lineage, Model: lineage + "/" + reviewer, AnsweredModel: lineage + "/" + reviewer,
		State: reviewers.Engaged, PromptTokens: 1000, CompletionTokens: 200, LatencyMS: latency, Attempts: 1, CostUSD: usd(0.25),
	}
}

func in(s report.Seat, state reviewers.State) report.Seat { s.State = state; return s }

// found is an open finding of some reviewers, named like opus/anthropic.
func found(id string, sources ...tally.Source) finding {
	f := finding{Finding: tally.Finding{ID: id, Bundle: "c1", Severity: tally.Warn, Path: "a.go", Line: 7, EndLine: 7, Side: tally.New, Anchor: tally.Exact, Title: "t", State: tally.Open, Sources: sources}}
	seen := map[string]bool{}
	for _, s := range sources {
		f.Reviewers = append(f.Reviewers, s.Reviewer)
		if !seen[s.Lineage] && s.Retracted == "" {
			seen[s.Lineage] = true
			f.Lineages = append(f.Lineages, s.Lineage)
		}
	}
	f.Convergence = len(f.Lineages)
	return f
}

func by(reviewer, lineage string) tally.Source {
	return tally.Source{Reviewer: reviewer, Lineage: lineage, Severity: tally.Warn}
}

func tookBack(s tally.Source) tally.Source { s.Retracted = "on second look this is fine"; return s }

func (f finding) in(state tally.State) finding { f.State = state; return f }

func (f finding) known(gap, as string) finding {
	f.State, f.Gap, f.KnownAs = tally.Known, gap, as
	return f
}
