package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"scrum/eval"
	"scrum/tally"
)

func newEval(p *process) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "eval",
		Short: "Measure matching and counting on labelled data",
		Long:  "Measure matching and counting on labelled data. Nothing is sent and nobody is asked.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			return unknownCommand(cmd, args[0])
		},
		Args: cobra.ArbitraryArgs,
	}
	cmd.SuggestionsMinimumDistance = 2
	cmd.AddCommand(newEvalPairs(p))
	return cmd
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
	cmd.Flags().StringVar(&opt.Match, "match", opt.Match, "`exact` (one line only) or near")
	cmd.Flags().IntVar(&opt.Gap, "gap", opt.Gap, "`LINES` between two findings at most")
	cmd.PreRunE = func(*cobra.Command, []string) error {
		if opt.Match != tally.MatchExact && opt.Match != tally.MatchNear {
			return usageErrorf("--match is exact or near, not %q", opt.Match)
		}
		if opt.Gap < 1 {
			return usageErrorf("--gap must be at least 1")
		}
		return nil
	}
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
