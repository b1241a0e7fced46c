package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"scrum/bundler"
	"scrum/history"
	"scrum/ledger"
)

const historyHelp = `Show past runs: what came of them, who read, what they cost. RUN shows the seats
of one; it is named by its id, by the beginning of it, or by the commit.

The runs are remembered in .scrum/history.db, an SQLite database. Each call reads
in the run directories below .scrum/runs that it does not have yet, or not as
they are now. Runs whose directories are removed later stay in the history.`

const historyExamples = `  scrum history
  scrum history f1a857176
  scrum history --since 30d --format csv
  scrum history reviewers --since 30d`

type historyFlags struct {
	dir    string
	db     string
	since  string
	limit  int
	format string
}

// latestRuns are how many runs are shown unless --limit says otherwise.
const latestRuns = 20

func newHistory(p *process) *cobra.Command {
	f := historyFlags{limit: latestRuns}
	cmd := &cobra.Command{
		Use:     "history [RUN]",
		Short:   "Show past runs, and the record of each reviewer",
		Long:    historyHelp + "\n\n" + exitCodes,
		Example: historyExamples,
		Args:    atMost(1, "one run, or reviewers"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return runHistory(cmd.Context(), p, &f, listRuns)
			}
			if cmd.Flags().Changed("since") || cmd.Flags().Changed("limit") {
				return usageErrorf("--since and --limit choose among runs: leave them away where one is named")
			}
			return runHistory(cmd.Context(), p, &f, func(ctx context.Context, s *history.Store, _ historyQuery) (history.Document, error) {
				return s.Seats(ctx, args[0])
			})
		},
	}
	cmd.PersistentFlags().StringVarP(&f.dir, "repo", "C", "", "the repository, when it is not the current `DIR`")
	cmd.PersistentFlags().StringVar(&f.db, "db", "", "remember the runs in this `FILE` instead of .scrum/history.db")
	cmd.PersistentFlags().StringVar(&f.since, "since", "", "only runs of the last `TIME`, such as 30d, 2w or 12h")
	cmd.PersistentFlags().StringVar(&f.format, "format", string(history.Terminal), "write the history as `NAME[=FILE]`: terminal, json or csv")
	cmd.Flags().IntVar(&f.limit, "limit", f.limit, "only the latest `N` runs; 0: all")
	cmd.AddCommand(newHistoryReviewers(p, &f))
	return cmd
}

const reviewersHelp = `Show how each reviewer and each lineage has done: seats and cost, where the places
that it reports stand in the diff, how many of its findings another lineage has
reported too, and what people have said of them in gaps.yaml.

Accepted are entries as accepted_risk, policy or deferred: the problem is there.
Dismissed are those as false_positive or duplicate. An entry counts once, however
many runs have met its finding.`

func newHistoryReviewers(p *process, shared *historyFlags) *cobra.Command {
	limit := 0
	cmd := &cobra.Command{
		Use:   "reviewers",
		Short: "Show the record of each reviewer and each lineage",
		Long:  reviewersHelp + "\n\n" + exitCodes,
		Example: `  scrum history reviewers
  scrum history reviewers --since 30d --format csv=reviewers.csv`,
		Args: atMost(0, "no argument"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			f := *shared
			f.limit = limit
			return runHistory(cmd.Context(), p, &f, func(ctx context.Context, s *history.Store, q historyQuery) (history.Document, error) {
				return records(ctx, p, s, q)
			})
		},
	}
	cmd.Flags().IntVar(&limit, "limit", 0, "only the latest `N` runs; 0: all")
	return cmd
}

// records go without the words of a ledger that cannot be read.
func records(ctx context.Context, p *process, s *history.Store, q historyQuery) (history.Document, error) {
	words, err := wordsOf(filepath.Join(q.top, ledger.File))
	if err != nil {
		fmt.Fprintf(p.stderr, "scrum: accepted and dismissed are only those of stored runs: %s\n", oneLine(err))
	}
	return s.Records(ctx, q.selection, words)
}

// wordsOf are what a ledger says of findings; one that is not there says nothing.
func wordsOf(path string) ([]history.Word, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the ledger: %w", err)
	}
	l, err := ledger.Parse(path, data)
	if err != nil {
		return nil, fmt.Errorf("reading the ledger: %w", err)
	}
	return history.WordsOf(l), nil
}

// historyQuery is what is asked, and what else the answer needs.
type historyQuery struct {
	selection history.Selection
	top       string // of the work tree
}

type historyAnswer func(context.Context, *history.Store, historyQuery) (history.Document, error)

func listRuns(ctx context.Context, s *history.Store, q historyQuery) (history.Document, error) {
	return s.Runs(ctx, q.selection)
}

// runHistory reads in what is new, and writes one answer.
func runHistory(ctx context.Context, p *process, f *historyFlags, answer historyAnswer) error {
	write, err := f.output(p)
	if err != nil {
		return err
	}
	q, err := f.query(ctx)
	if err != nil {
		return err
	}
	store, err := f.open(ctx, p, q.top)
	if err != nil {
		return historyError(err)
	}
	defer func() { _ = store.Close() }()
	doc, err := answer(ctx, store, q)
	if err != nil {
		return historyError(err)
	}
	return write(doc)
}

// historyError tells what the user can mend from what is nobody's mistake.
func historyError(err error) error {
	var file *history.FileError
	var missing *history.NoSuchRunError
	if errors.As(err, &file) || errors.As(err, &missing) {
		return usageErrorf("%w", err)
	}
	return err
}

func (f *historyFlags) query(ctx context.Context) (historyQuery, error) {
	var q historyQuery
	if f.limit < 0 {
		return q, usageErrorf("--limit takes how many runs to show, 0 for all; got %d", f.limit)
	}
	q.selection.Limit = f.limit
	if f.since != "" {
		ago, err := parseAgo(f.since)
		if err != nil {
			return q, err
		}
		q.selection.Since = time.Now().Add(-ago)
	}
	place, err := bundler.Locate(ctx, bundler.Source{Dir: f.dir, Staged: true})
	if err != nil && ctx.Err() != nil {
		return q, ctx.Err()
	}
	if info, statErr := os.Stat(f.dir); f.dir != "" && (statErr != nil || !info.IsDir()) {
		return q, usageErrorf("there is no folder %q", f.dir)
	}
	if q.top = place.Dir; q.top == "" {
		q.top = f.dir // reviews of plain diffs keep their runs where they are called
	}
	return q, nil
}

// agoForm is a time that has passed: 30d, 2w, 12h.
var agoForm = regexp.MustCompile(`^(\d{1,4})([hdw])$`)

func parseAgo(s string) (time.Duration, error) {
	m := agoForm.FindStringSubmatch(s)
	if m == nil {
		return 0, usageErrorf("--since takes a number of hours, days or weeks, such as 12h, 30d or 2w; got %q", s)
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		return 0, usageErrorf("--since %s: %w", s, err)
	}
	hours := map[string]int{"h": 1, "d": 24, "w": 7 * 24}[m[2]]
	return time.Duration(n*hours) * time.Hour, nil
}

// open opens the history and reads in what is new. A folder without runs gets no
// database: a history in memory answers for it.
func (f *historyFlags) open(ctx context.Context, p *process, top string) (*history.Store, error) {
	home := filepath.Join(top, ".scrum")
	file := f.db
	if file == "" {
		if _, err := os.Stat(home); err != nil {
			return history.OpenEmpty(ctx)
		}
		file = filepath.Join(home, history.File)
	}
	store, err := history.Open(ctx, file)
	if err != nil {
		return nil, err
	}
	taken, err := store.ReadIn(ctx, filepath.Join(home, "runs"))
	for _, l := range taken.Left {
		fmt.Fprintf(p.stderr, "scrum: the run directory %s was not read in: %s\n", oneLine(errors.New(l.Name)), oneLine(errors.New(l.Why)))
	}
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return store, nil
}

// output reads --format, and gives the function that writes the answer.
func (f *historyFlags) output(p *process) (func(history.Document) error, error) {
	name, file, hasFile := strings.Cut(f.format, "=")
	format := history.Format(name)
	known := false
	for _, k := range history.Formats() {
		known = known || k == format
	}
	switch {
	case !known:
		return nil, usageErrorf("--format of history is terminal, json or csv, not %q", name)
	case hasFile && file == "":
		return nil, usageErrorf("--format %s names no file after the =", f.format)
	case hasFile:
		return func(d history.Document) error {
			err := writeFile(file, func(w io.Writer) error { return history.Write(w, d, format, 0) })
			if err != nil {
				return fmt.Errorf("writing %s: %w", file, err)
			}
			return nil
		}, nil
	}
	return func(d history.Document) error { return history.Write(p.stdout, d, format, tableWidth(p)) }, nil
}

// tableWidth is the width of the terminal. 0, what is no terminal, does not cut tables.
func tableWidth(p *process) int {
	f, ok := p.stdout.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return max(width, 60)
}
