package main

import (
	"context"

	"github.com/spf13/cobra"

	"scrum/ledger"
	"scrum/run"
)

const tallyHelp = `Parse and count the stored answers of a run again, without a network: after a
change of the policy or the matching, with a newer version of scrum, or to get
another format. What came out differently than in the run is listed.

RUN may also be a plain folder with a change.diff and answers from anywhere,
<reviewer>.md or <reviewer>.json; the names of the files tell the lineages, as
in opus.md, gpt-5.md, gemini.md. A reviewer of that name in the configuration
has its lineage.

The configuration is that of now: --config, else .scrum.yaml of the work tree.
Accepted findings are those of now too: --gaps, else gaps.yaml of the work tree; but
whether an entry has expired is asked of the day of the run.
The run directory itself is not changed.`

type tallyFlags struct {
	config  string
	match   string
	gap     int
	span    int
	gaps    string
	formats formatFlags
}

// settings are those of now, with the matching that the flags set.
func (f *tallyFlags) settings(p *process, set func(flag string) bool) run.Settings {
	s := run.Settings{File: f.config, Gaps: f.gaps, Environ: p.env, UserFile: userConfig(p), Flags: map[string]any{}}
	for flag, value := range map[string]any{"match": f.match, "gap": f.gap, "span": f.span} {
		if set(flag) {
			s.Flags["tally."+flag] = value
		}
	}
	return s
}

func newTally(p *process) *cobra.Command {
	var f tallyFlags
	cmd := &cobra.Command{
		Use:   "tally RUN|DIR",
		Short: "Count the stored answers of a run again; no network",
		Long:  tallyHelp + "\n\n" + exitCodes,
		Example: `  scrum tally .scrum/runs/20260502T085917Z-e8cf113af
  scrum tally RUN --config strict.yaml --format json
  scrum tally RUN --match exact
  scrum tally answers/          change.diff, opus.md, gpt-5.md, …`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageErrorf("scrum tally takes one run directory (they are below .scrum/runs), or one folder of answers beside a change.diff")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return runTally(cmd.Context(), p, &f, f.settings(p, cmd.Flags().Changed), args[0])
		},
	}
	cmd.Flags().StringVar(&f.config, "config", "", "use this configuration `FILE`")
	cmd.Flags().StringVar(&f.match, "match", "", "`exact` (one line only) or near, instead of the configuration's")
	cmd.Flags().IntVar(&f.gap, "gap", 0, "`LINES` between two reports at most, instead of the configuration's")
	cmd.Flags().IntVar(&f.span, "span", 0, "`LINES` that a finding spans at most, instead of the configuration's")
	cmd.Flags().StringVar(&f.gaps, "gaps", "", "use this ledger `FILE` instead of the work tree's "+ledger.File)
	f.formats.register(cmd)
	return cmd
}

func runTally(ctx context.Context, p *process, f *tallyFlags, s run.Settings, path string) error {
	outs, err := outputs(p, f.formats)
	if err != nil {
		return err
	}
	r, err := run.Replay(ctx, path, s)
	if err != nil {
		return err
	}
	if err := write(p, outs, r); err != nil {
		return err
	}
	return verdictExit(r.Verdict)
}
