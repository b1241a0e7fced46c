package history

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"scrum/report"
	"scrum/reviewers"
	"scrum/run"
	"scrum/tally"
)

// dump is every row of every table.
func dump(t testing.TB, s *Store) string {
	t.Helper()
	var b strings.Builder
	for _, query := range []string{
		"SELECT * FROM runs ORDER BY id", "SELECT * FROM seats ORDER BY run, n", "SELECT * FROM anchors ORDER BY run, reviewer, anchor",
		"SELECT * FROM findings ORDER BY run, n", "SELECT * FROM sources ORDER BY run, finding, n",
	} {
		err := s.each(t.Context(), query, func(rows *sql.Rows) error {
			names, err := rows.Columns()
			if err != nil {
				return err
			}
			values := make([]any, len(names))
			for i := range values {
				values[i] = new(sql.NullString)
			}
			if err := rows.Scan(values...); err != nil {
				return err
			}
			for i, v := range values {
				value := v.(*sql.NullString)
				fmt.Fprintf(&b, "%s=%q %t ", names[i], value.String, value.Valid)
			}
			b.WriteByte('\n')
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// speaks holds that every document can be made and written in every format.
func speaks(t testing.TB, s *Store) {
	t.Helper()
	list, err := s.Runs(t.Context(), Selection{})
	if err != nil {
		t.Fatal(err)
	}
	records, err := s.Records(t.Context(), Selection{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	page, err := s.Seats(t.Context(), list.Runs[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []Document{list, records, page} {
		for _, f := range Formats() {
			if err := Write(io.Discard, d, f, 80); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestReadingInTwiceChangesNothing(t *testing.T) {
	s, again := inMemory(t), inMemory(t) // to make the tables takes longer than all the rest
	defer s.Close()
	defer again.Close()
	rapid.Check(t, func(rt *rapid.T) {
		p := newPlace(t)
		for _, used := range []*Store{s, again} {
			_, err := used.db.ExecContext(t.Context(), "DELETE FROM runs")
			must(t, err)
		}
		n := rapid.IntRange(1, 4).Draw(rt, "runs")
		for i := range n {
			p.add(drawRun(rt, i))
		}
		if got, want := p.readIn(s), (Taken{New: n}); !cmp.Equal(got, want) {
			rt.Fatalf("first: %+v, want %+v", got, want)
		}
		before := dump(t, s)
		if got, want := p.readIn(s), (Taken{Same: n}); !cmp.Equal(got, want) {
			rt.Fatalf("second: %+v, want %+v", got, want)
		}
		if diff := cmp.Diff(before, dump(t, s)); diff != "" {
			rt.Fatalf("reading in again changed the history:\n%s", diff)
		}

		// A history that is made anew from the same directories says the same.
		p.readIn(again)
		if diff := cmp.Diff(before, dump(t, again)); diff != "" {
			rt.Fatalf("a new history says something else:\n%s", diff)
		}
		speaks(t, again)
	})
}

func inMemory(t *testing.T) *Store {
	t.Helper()
	s, err := OpenEmpty(t.Context())
	must(t, err)
	return s
}

// drawRun is a run with anything in it, hostile names and repeated ids among it.
func drawRun(rt *rapid.T, i int) review {
	name := rapid.OneOf(rapid.SampledFrom([]string{"opus", "kimi", "", "=1+1", "\x1b[31mred", "::error::x", "a\nb", "\u202e", "'; DROP TABLE runs; --", "a\x00b"}), rapid.String())
	r := runOf(day(1+i), i)
	r.Run.Label = name.Draw(rt, "label")
	r.Verdict.Rule = name.Draw(rt, "rule")
	states := rapid.SampledFrom([]reviewers.State{reviewers.Engaged, reviewers.Failed, reviewers.Skipped, "new"})
	for range rapid.IntRange(0, 4).Draw(rt, "seats") {
		s := in(seat("c1", name.Draw(rt, "reviewer"), name.Draw(rt, "lineage"), rapid.Int64Range(0, 1e6).Draw(rt, "latency")), states.Draw(rt, "state"))
		if rapid.Bool().Draw(rt, "unknown cost") {
			s.CostUSD = nil
		}
		r.Coverage = append(r.Coverage, s)
	}
	for range rapid.IntRange(0, 4).Draw(rt, "findings") {
		f := found(name.Draw(rt, "id"), by(name.Draw(rt, "reviewer"), name.Draw(rt, "lineage")), by(name.Draw(rt, "reviewer"), "openai"))
		if rapid.Bool().Draw(rt, "known") {
			f = f.known(name.Draw(rt, "gap"), "duplicate")
		}
		r.Findings = append(r.Findings, f)
	}
	if rapid.Bool().Draw(rt, "anchors") {
		r.Anchors = []tally.AnchorCount{{Reviewer: "opus", Counts: map[tally.Anchor]int{tally.Exact: 3, "new": 1}}, {Reviewer: "opus", Counts: map[tally.Anchor]int{tally.Exact: 5}}}
	}
	return r
}

func TestARunThatIsCountedAgainReplacesWhatWasKnown(t *testing.T) {
	p := newPlace(t)
	s := p.open()
	r := runOf(day(1), 1)
	r.Coverage = []report.Seat{seat("c1", "opus", "anthropic", 10), seat("c2", "opus", "anthropic", 10)}
	r.Findings = []finding{found("f1", by("opus", "anthropic")), found("f2", by("opus", "anthropic"))}
	name := p.add(r)
	p.readIn(s)
	r.Coverage, r.Findings, r.Verdict.Outcome = r.Coverage[:1], r.Findings[:1], tally.Blocked
	p.add(r)
	if got, want := p.readIn(s), (Taken{Changed: 1}); !cmp.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	page, err := s.Seats(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	if page.Run.Outcome != "block" || len(page.Seats) != 1 {
		t.Errorf("outcome %s, %d seats; want block, 1", page.Run.Outcome, len(page.Seats))
	}
	records, err := s.Records(t.Context(), Selection{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := records.Reviewers[0].Findings; got != 1 {
		t.Errorf("%d findings, want 1", got)
	}
}

func TestARunWhoseDirectoryIsRemovedStays(t *testing.T) {
	p := newPlace(t)
	s := p.open()
	name := p.add(runOf(day(1), 1))
	p.readIn(s)
	before := dump(t, s)
	if err := os.RemoveAll(filepath.Join(p.runs, name)); err != nil {
		t.Fatal(err)
	}
	if got := p.readIn(s); !cmp.Equal(got, Taken{}) {
		t.Errorf("got %+v, want nothing taken", got)
	}
	if diff := cmp.Diff(before, dump(t, s)); diff != "" {
		t.Error(diff)
	}
}

func TestARunThatGoesOnIsReadAgain(t *testing.T) {
	p := newPlace(t)
	s := p.open()
	r := runOf(day(1), 1)
	p.write(r.Run.ID, "run.json", run.Manifest{Schema: run.ManifestID, Run: r.Run, State: "running"})
	p.readIn(s)
	list, err := s.Runs(t.Context(), Selection{})
	if err != nil {
		t.Fatal(err)
	}
	if got := list.Runs[0]; got.State != "running" || got.Outcome != "" {
		t.Errorf("got %q %q, want running without an outcome", got.State, got.Outcome)
	}
	p.add(r)
	if got, want := p.readIn(s), (Taken{Changed: 1}); !cmp.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if list, err = s.Runs(t.Context(), Selection{}); err != nil || list.Runs[0].Outcome != "pass" {
		t.Errorf("got %+v, %v; want a run that passed", list.Runs, err)
	}
}

func TestWhatCannotBeReadIsListedAndStopsNothing(t *testing.T) {
	good := runOf(day(1), 1)
	manifest := run.Manifest{Schema: run.ManifestID, Run: good.Run}
	cases := map[string]struct {
		lay  func(p place)
		want string
	}{
		"an empty folder":              {func(p place) { must(t, os.Mkdir(filepath.Join(p.runs, "x"), 0o700)) }, "it has no run.json"},
		"a file":                       {func(p place) { must(t, os.WriteFile(filepath.Join(p.runs, "x"), nil, 0o600)) }, "it is a file, not a run directory"},
		"a run.json that was cut":      {func(p place) { p.write("x", "run.json", []byte(`{"schema":`)) }, "run.json cannot be read: unexpected end"},
		"an empty run.json":            {func(p place) { p.write("x", "run.json", []byte("\n")) }, "run.json is empty"},
		"a run.json of another format": {func(p place) { p.write("x", "run.json", []byte(`{"schema":"scrum/run/v9"}`)) }, `has the format "scrum/run/v9"`},
		"a findings.json of another format": {func(p place) {
			p.write("x", "run.json", manifest)
			p.write("x", "findings.json", []byte(`{"schema":"sarif"}`))
		}, `has the format "sarif"`},
		"a findings.json with another type": {func(p place) {
			p.write("x", "run.json", manifest)
			p.write("x", "findings.json", []byte(`{"findings":7}`))
		}, "findings.json cannot be read"},
		"a findings.json that is a folder": {func(p place) {
			p.write("x", "run.json", manifest)
			must(t, os.Mkdir(filepath.Join(p.runs, "x", "findings.json"), 0o700))
		}, "findings.json is not a file"},
		"a number of tokens that no run has": {func(p place) {
			p.write("x", "run.json", manifest)
			p.write("x", "findings.json", []byte(`{"schema":"scrum/review/v1","totals":{"prompt_tokens":9223372036854775807}}`))
		}, "has the count 9223372036854775807"},
		"a negative cost": {func(p place) {
			p.write("x", "run.json", manifest)
			p.write("x", "findings.json", []byte(`{"schema":"scrum/review/v1","totals":{"cost_usd":-1}}`))
		}, "has the cost -1"},
		"a link to a folder outside": {func(p place) { link(t, t.TempDir(), filepath.Join(p.runs, "x")) }, "run.json"},
		"a link from a run to a file outside": {func(p place) {
			must(t, os.Mkdir(filepath.Join(p.runs, "x"), 0o700))
			link(t, p.db, filepath.Join(p.runs, "x", "run.json"))
		}, "escapes"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t)
			s := p.open()
			p.add(good)
			c.lay(p)
			got, err := s.ReadIn(t.Context(), p.runs)
			if err != nil {
				t.Fatal(err)
			}
			if got.New != 1 || len(got.Left) != 1 || got.Left[0].Name != "x" || !strings.Contains(got.Left[0].Why, c.want) {
				t.Errorf("got %+v, want the good run and x because of %q", got, c.want)
			}
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, to, from string) {
	t.Helper()
	if err := os.Symlink(to, from); err != nil {
		t.Skipf("this system makes no links: %v", err)
	}
}

func TestHiddenFilesAreNoRuns(t *testing.T) {
	p := newPlace(t)
	must(t, os.WriteFile(filepath.Join(p.runs, ".DS_Store"), []byte("x"), 0o600))
	if got := p.readIn(p.open()); !cmp.Equal(got, Taken{}) {
		t.Errorf("got %+v", got)
	}
}

func TestAFolderThatIsNotThereHasNoRuns(t *testing.T) {
	p := newPlace(t)
	got, err := p.open().ReadIn(t.Context(), filepath.Join(p.runs, "none"))
	if err != nil || !cmp.Equal(got, Taken{}) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestAnInterruptedReadInKeepsWholeRuns(t *testing.T) {
	p := newPlace(t)
	s := p.open()
	p.add(runOf(day(1), 1))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.ReadIn(ctx, p.runs); err == nil {
		t.Error("a read-in that was cancelled has no error")
	}
	if got, want := p.readIn(s), (Taken{New: 1}); !cmp.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// many runs, in more than one batch.
func (p place) many(n int) {
	p.tb.Helper()
	for i := range n {
		r := runOf(day(1+i%28), i)
		r.Coverage = []report.Seat{seat("c1", "opus", "anthropic", 10), seat("c1", "kimi", "moonshot", 20)}
		r.Findings = []finding{found("f1", by("opus", "anthropic"), by("kimi", "moonshot"))}
		p.add(r)
	}
}

func TestSeveralReadInAtOnce(t *testing.T) {
	p := newPlace(t)
	const runs, readers = batchRuns + 9, 6
	p.many(runs)
	var wg sync.WaitGroup
	taken := make([]Taken, readers)
	errs := make([]error, readers)
	for i := range readers {
		wg.Go(func() {
			s, err := Open(t.Context(), p.db)
			if err != nil {
				errs[i] = err
				return
			}
			defer s.Close()
			taken[i], errs[i] = s.ReadIn(t.Context(), p.runs)
		})
	}
	wg.Wait()
	total := 0
	for i, got := range taken {
		if errs[i] != nil {
			t.Errorf("reader %d: %v", i, errs[i])
		}
		if got.New+got.Same != runs || got.Changed != 0 {
			t.Errorf("reader %d took %+v of %d runs", i, got, runs)
		}
		total += got.New
	}
	if total != runs {
		t.Errorf("together they took %d runs in, want %d", total, runs)
	}
	p.wants(runs)
}

// wants holds what many leaves behind.
func (p place) wants(runs int) {
	p.tb.Helper()
	got, err := p.open().Records(p.tb.Context(), Selection{}, nil)
	if err != nil {
		p.tb.Fatal(err)
	}
	for _, r := range got.Reviewers {
		if r.Runs != runs || r.Asked != runs || r.Findings != runs || r.Convergent != runs || r.Places.Exact != runs {
			p.tb.Errorf("the record is not that of %d runs: %+v", runs, r)
		}
	}
}

// readerOf makes this test program read in the runs of a folder, and end.
const readerOf = "SCRUM_TEST_HISTORY"

func TestMain(m *testing.M) {
	home := os.Getenv(readerOf)
	if home == "" {
		// A database is slow under the race detector. The command line can ask for more.
		if err := flag.Set("rapid.checks", "30"); err != nil {
			panic(err)
		}
		os.Exit(m.Run())
	}
	ctx := context.Background()
	s, err := Open(ctx, filepath.Join(home, File))
	if err == nil {
		_, err = s.ReadIn(ctx, filepath.Join(home, "runs"))
		_ = s.Close()
	}
	if err != nil {
		os.Stderr.WriteString(err.Error())
		os.Exit(1)
	}
}

func TestSeveralProgramsReadInAtOnce(t *testing.T) {
	p := newPlace(t)
	const runs, programs = batchRuns + 9, 4
	p.many(runs)
	self, err := os.Executable()
	must(t, err)
	var wg sync.WaitGroup
	for range programs {
		wg.Go(func() {
			cmd := exec.CommandContext(t.Context(), self)
			cmd.Env = append(os.Environ(), readerOf+"="+filepath.Dir(p.db))
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	wg.Wait()
	p.wants(runs)
}
