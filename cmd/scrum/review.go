package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"scrum/ledger"
	"scrum/reviewers"
	"scrum/run"
)

const reviewHelp = `Review a change and decide if it may merge.

RANGE is a...b (b since it left a), a..b (exactly from a to b) or one revision
(HEAD since it left that). Without it: HEAD since it left the default branch,
which is found by itself.

The change is split into bundles under the size guard, every reviewer of the
panel reads every bundle, and their findings are counted by lineage and place.
Everything is kept in a run directory, .scrum/runs/<time>-<commit>.`

const reviewExamples = `  scrum review
  scrum review main...feature
  scrum review --staged --panel offline
  scrum review --commit HEAD~3
  scrum review --verify
  scrum review --since 24h --format md=nightly.md --max-cost 2.50
  git diff | scrum review --diff - --format json`

type reviewFlags struct {
	changeFlags
	out     string
	resume  string
	formats formatFlags
	noCache bool
	gaps    string
}

func newReview(p *process) *cobra.Command {
	var f reviewFlags
	cmd := &cobra.Command{
		Use:     "review",
		Short:   "Review a change and decide if it may merge",
		Long:    reviewHelp + "\n\n" + exitCodes,
		Example: reviewExamples,
		RunE:    func(cmd *cobra.Command, args []string) error { return runReview(cmd.Context(), p, &f, args) },
	}
	rangeArgument(cmd)
	f.registerAll(cmd)
	return cmd
}

// registerAll has the flags of a review, which a submission to a cluster takes too.
func (f *reviewFlags) registerAll(cmd *cobra.Command) {
	f.register(cmd.Flags())
	cmd.Flags().StringVar(&f.out, "out", "", "the run directory, instead of a new one below .scrum/runs; a new or empty `DIR`")
	cmd.Flags().StringVar(&f.resume, "resume", "", "go on with an interrupted run: only what is missing in the `RUN` directory is sent")
	f.formats.register(cmd)
	cmd.Flags().StringVar(&f.gaps, "gaps", "", "use this ledger `FILE` as it is, instead of the base commit's "+ledger.File)
	cmd.Flags().StringVar(&f.verify, "verify", "", "put findings of one lineage only to the others, which confirm or refute them; `WHICH` is block (BLOCKs only) or all")
	cmd.Flags().Lookup("verify").NoOptDefVal = "block"
	cmd.Flags().BoolVar(&f.noCache, "no-cache", false, "ask every reviewer, also where the same question has been answered before, and keep no answers for later")
}

func runReview(ctx context.Context, p *process, f *reviewFlags, args []string) error {
	return runReviewWith(ctx, p, f, args, review)
}

// runReviewWith hands the job that the flags describe to do.
func runReviewWith(ctx context.Context, p *process, f *reviewFlags, args []string, do func(context.Context, *process, reviewJob) error) error {
	outs, err := outputs(p, f.formats)
	if err != nil {
		return err
	}
	opt, closing, err := f.options(p, args)
	defer closing()
	if err != nil {
		return err
	}
	opt.Settings.Gaps = f.gaps
	if !f.noCache {
		opt.CacheDir = cacheDir(p)
	}
	if f.resume != "" {
		if opt, err = resumed(f, args, opt); err != nil {
			return err
		}
	}
	return do(ctx, p, reviewJob{options: opt, out: f.out, resume: f.resume, outs: outs})
}

// resumed takes what to review from the run that is gone on with.
func resumed(f *reviewFlags, args []string, opt run.Options) (run.Options, error) {
	if f.out != "" {
		return opt, usageErrorf("--resume goes on in the directory of the run: leave --out away")
	}
	if len(args) > 0 || f.staged || f.worktree || f.commit != "" || f.since != 0 || f.diff != "" {
		return opt, usageErrorf("--resume knows which change the run is about: leave the range away")
	}
	return run.Continue(f.resume, opt)
}

// reviewJob is what review and demo do alike.
type reviewJob struct {
	options run.Options
	out     string
	resume  string
	outs    []output
}

// command is the name under which the job is done.
func (j reviewJob) command() string {
	if j.options.Scripted {
		return "demo"
	}
	return "review"
}

func review(ctx context.Context, p *process, j reviewJob) (err error) {
	ctx, session := watched(ctx, p, j.command(), j.options)
	defer func() { session.End(ctx, failure(err)) }()
	j.options.Log = p.log()
	prepared, err := run.Prepare(ctx, j.options)
	if err != nil {
		return err
	}
	defer func() { _ = prepared.Close() }()
	for _, line := range prepared.Warnings() {
		fmt.Fprintf(p.stderr, "scrum: %s\n", line)
	}
	if err := prepared.Plan.CheckGuards(); err != nil {
		return err
	}
	dir, err := openDir(prepared, j)
	if err != nil {
		return err
	}
	announce(p, prepared)
	display, closing := p.show(ctx, prepared.Seats(), prepared.Known())
	defer closing()
	prepared.OnExamining(display.Examining)
	r, err := prepared.Review(ctx, dir, display.Observe)
	session.Judged(r)
	closing()
	if r != nil {
		err = errors.Join(err, write(p, j.outs, r))
		kept(p, dir)
	}
	if err != nil {
		if errors.Is(err, reviewers.ErrInterrupted) {
			err = fmt.Errorf("%w; go on with: scrum review --resume %s", err, dir.Path())
		}
		return err
	}
	return verdictExit(r.Verdict)
}

// openDir opens the directory of the run that is gone on with, or makes a new one.
func openDir(prepared *run.Prepared, j reviewJob) (*run.Dir, error) {
	if j.resume != "" {
		return prepared.Resume(j.resume)
	}
	return prepared.CreateDir(j.out)
}
