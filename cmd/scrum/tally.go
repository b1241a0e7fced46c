package main

import (
	"context"

	"github.com/spf13/cobra"

	"scrum/ledger"
	"scrum/run"
)

const tallyHelp = `Parse and count the stored answers of a run again, without a network: after a
change of the policy or the matching, or to get another format.

The configuration is that of now: --config, else .scrum.yaml of the work tree.
Accepted findings are those of now too: --gaps, else gaps.yaml of the work tree; but
whether an entry has expired is asked of the day of the run.
The run directory itself is not changed.`

type tallyFlags struct {
	config  string
	gaps    string
	formats formatFlags
}

func newTally(p *process) *cobra.Command {
	var f tallyFlags
	cmd := &cobra.Command{
		Use:   "tally RUN",
		Short: "Count the stored answers of a run again; no network",
		Long:  tallyHelp + "\n\n" + exitCodes,
		Example: `  scrum tally .scrum/runs/20260502T085917Z-e8cf113af
  scrum tally RUN --config strict.yaml --format json`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageErrorf("scrum tally takes one run directory; they are below .scrum/runs")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return runTally(cmd.Context(), p, &f, args[0]) },
	}
	cmd.Flags().StringVar(&f.config, "config", "", "use this configuration `FILE`")
	cmd.Flags().StringVar(&f.gaps, "gaps", "", "use this ledger `FILE` instead of the work tree's "+ledger.File)
	f.formats.register(cmd.Flags())
	return cmd
}

func runTally(ctx context.Context, p *process, f *tallyFlags, path string) error {
	outs, err := outputs(p, f.formats)
	if err != nil {
		return err
	}
	r, err := run.Replay(ctx, path, run.Settings{File: f.config, Gaps: f.gaps, Environ: p.env, UserFile: userConfig(p)})
	if err != nil {
		return err
	}
	if err := write(p, outs, r); err != nil {
		return err
	}
	return verdictExit(r.Verdict)
}
