package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"scrum/config"
	"scrum/eval"
	"scrum/tally"
)

const evalHelp = `Measure recorded answers against the defects that they should have found.

DATASET is a folder with a folder for each case: change.diff, expected.yaml (the
defects) and the answers of reviewers, <reviewer>.md or <reviewer>.json. Every case
goes through packing, reading, placing and counting as a review does. What comes
out is precision, recall and F1 of each reviewer, of the panel and of each number of
lineages, with 95 % intervals, and what was joined rightly and wrongly.

Nothing is sent and nobody is asked. A dataset that has a mistake is refused, with
every mistake listed. docs/eval.md describes the format and the measures.

A folder called pairs is ./pairs.`

const evalExit = `Exit status:
  0    measured, whatever the figures are
  2    usage error, or a mistake in the dataset
  4    no case could be measured
  130  interrupted`

type evalFlags struct {
	format  string
	svg     string
	sweep   bool
	explain bool
	tally   tally.Options
}

func newEval(p *process) *cobra.Command {
	f := evalFlags{tally: tally.DefaultOptions()}
	cmd := &cobra.Command{
		Use:   "eval DATASET",
		Short: "Measure reviewing and counting on labelled data",
		Long:  evalHelp + "\n\n" + evalExit,
		Example: `  scrum eval eval/cases
  scrum eval eval/cases --sweep --svg calibration.svg
  scrum eval eval/cases --explain --format markdown
  scrum eval pairs labelled.jsonl`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) == 0:
				return cmd.Help()
			case len(args) > 1:
				return usageErrorf("scrum eval takes one dataset; it does not know what to do with %q", args[1])
			}
			if info, err := os.Stat(args[0]); err != nil || !info.IsDir() {
				return noDataset(cmd, args[0])
			}
			return runEval(cmd, &f, args[0])
		},
	}
	fs := cmd.Flags()
	fs.StringVar(&f.format, "format", "terminal", "terminal, json or markdown, as `NAME`")
	fs.StringVar(&f.svg, "svg", "", "draw the calibration into `FILE`: precision by number of lineages, and the sweep of --alike")
	fs.BoolVar(&f.sweep, "sweep", false, "count under other values of --gap, --span and --alike too")
	fs.BoolVar(&f.explain, "explain", false, "tell of each case what was found by whom, and what was joined rightly and wrongly")
	matchingFlags(fs, &f.tally)
	cmd.SuggestionsMinimumDistance = 2
	cmd.AddCommand(newEvalPairs(p))
	return cmd
}

func noDataset(cmd *cobra.Command, name string) error {
	meant := ""
	if near := cmd.SuggestionsFor(name); len(near) > 0 {
		meant = "; did you mean " + strings.Join(near, " or ") + "?"
	}
	return usageErrorf("there is no dataset %q: it is a folder with a folder for each case%s", name, meant)
}

// matchingFlags say when two reports are of one problem.
func matchingFlags(fs *pflag.FlagSet, opt *tally.Options) {
	fs.StringVar(&opt.Match, "match", opt.Match, "`exact` (one line only) or near")
	fs.IntVar(&opt.Gap, "gap", opt.Gap, "`LINES` between two findings at most")
	fs.IntVar(&opt.Span, "span", opt.Span, "`LINES` from the first to the last report of a finding at most")
	fs.Float64Var(&opt.Alike, "alike", opt.Alike, "texts that share this much of their words are alike, `0…1`")
	fs.Float64Var(&opt.AlikeNamed, "alike-named", opt.AlikeNamed, "the same for texts that share half of their names, `0…1`")
}

func checkMatching(o tally.Options) error {
	switch {
	case o.Match != tally.MatchExact && o.Match != tally.MatchNear:
		return usageErrorf("--match is exact or near, not %q", o.Match)
	case o.Gap < 0:
		return usageErrorf("--gap must be at least 0")
	case o.Span < 1:
		return usageErrorf("--span must be at least 1")
	case !(o.Alike > 0 && o.Alike <= 1):
		return usageErrorf("--alike must be above 0 and at most 1")
	case !(o.AlikeNamed > 0 && o.AlikeNamed <= 1):
		return usageErrorf("--alike-named must be above 0 and at most 1")
	}
	return nil
}

func runEval(cmd *cobra.Command, f *evalFlags, name string) error {
	if err := checkMatching(f.tally); err != nil {
		return err
	}
	writers := map[string]func(*eval.Report, io.Writer) error{
		"terminal": (*eval.Report).WriteText, "json": (*eval.Report).WriteJSON,
		"markdown": (*eval.Report).WriteMarkdown, "md": (*eval.Report).WriteMarkdown,
	}
	write := writers[f.format]
	if write == nil {
		return usageErrorf("--format of eval is terminal, json or markdown, not %q", f.format)
	}
	r, err := measure(cmd.Context(), f, name)
	if err != nil {
		return err
	}
	if f.svg != "" {
		if err := writeFile(f.svg, r.WriteSVG); err != nil {
			return fmt.Errorf("writing %s: %w", f.svg, err)
		}
	}
	return write(r, cmd.OutOrStdout())
}

// measure packs the changes as a review does that nobody has configured.
func measure(ctx context.Context, f *evalFlags, name string) (*eval.Report, error) {
	c, err := config.Load(config.Sources{})
	if err != nil {
		return nil, err
	}
	d, err := eval.Open(ctx, os.DirFS(name), filepath.Base(filepath.Clean(name)), c.BundlerOptions())
	if problems := (eval.Problems)(nil); errors.As(err, &problems) {
		return nil, usageErrorf("%s: %w", name, problems)
	}
	if err != nil {
		return nil, err
	}
	return eval.Measure(ctx, d, eval.Options{Tally: f.tally, Sweep: f.sweep, Curve: f.svg != "", Explain: f.explain})
}

const evalPairsHelp = `Tell of each pair of findings whether the tally would call them one problem.

FILE has a JSON object a line; - is standard input:
  {"a": {"path", "side", "line", "end_line", "text"}, "b": {…}}
The findings are taken to be of two different reviewers. Each line is printed again
with the fields joined (true or false), score (likeness of the texts, 0…1) and rule
(why); other fields stay as they are.`

func newEvalPairs(p *process) *cobra.Command {
	opt := tally.DefaultOptions()
	cmd := &cobra.Command{
		Use:   "pairs FILE",
		Short: "Tell of each pair of findings whether they would be joined",
		Long:  evalPairsHelp,
		Example: `  scrum eval pairs labelled.jsonl
  scrum eval pairs labelled.jsonl | jq -s 'map(select(.joined)) | length'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageErrorf("scrum eval pairs takes one file of JSON lines; - is standard input")
			}
			in, closing, err := input(p, args[0])
			if err != nil {
				return err
			}
			defer closing()
			if err := eval.Pairs(in, cmd.OutOrStdout(), opt); err != nil {
				return usageErrorf("%s: %w", args[0], err)
			}
			return nil
		},
	}
	matchingFlags(cmd.Flags(), &opt)
	cmd.PreRunE = func(*cobra.Command, []string) error { return checkMatching(opt) }
	return cmd
}

// input opens a file, or standard input for "-".
func input(p *process, name string) (io.Reader, func(), error) {
	if name == "-" {
		return p.stdin, func() {}, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, usageErrorf("%w", err)
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s is a folder", name)
	}
	if err != nil {
		_ = f.Close()
		return nil, nil, usageErrorf("%w", err)
	}
	return f, func() { _ = f.Close() }, nil
}
