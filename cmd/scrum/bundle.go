package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"scrum/report"
	"scrum/run"
)

const bundleHelp = `Show what a review would send, to whom, how many bytes and tokens, and what
that costs. Nothing is sent.

The table lists the bundles, the files of each, what is left out and why, and
the panel. With --out the bundles are written as NAME.diff, byte for byte what
git said; with --prompts the full requests, exactly as they would be sent.`

const bundleExamples = `  scrum bundle
  scrum bundle --staged --format json
  scrum bundle main...HEAD --out /tmp/bundles
  scrum bundle --prompts | less`

type bundleFlags struct {
	changeFlags
	out     string
	prompts bool
	format  string
}

func newBundle(p *process) *cobra.Command {
	var f bundleFlags
	cmd := &cobra.Command{
		Use:     "bundle",
		Short:   "Show what would be sent, to whom, how much; send nothing",
		Long:    bundleHelp + "\n\n" + exitCodes,
		Example: bundleExamples,
		RunE:    func(cmd *cobra.Command, args []string) error { return runBundle(cmd.Context(), p, &f, args) },
	}
	rangeArgument(cmd)
	f.register(cmd.Flags())
	cmd.Flags().StringVar(&f.out, "out", "", "write the bundles into this new or empty `DIR`")
	cmd.Flags().BoolVar(&f.prompts, "prompts", false, "show the full requests, or write them below --out")
	cmd.Flags().StringVar(&f.format, "format", "table", "table or json, as `NAME`")
	return cmd
}

func runBundle(ctx context.Context, p *process, f *bundleFlags, args []string) error {
	if f.format != "table" && f.format != "json" {
		return usageErrorf("--format of bundle is table or json, not %q", f.format)
	}
	opt, closing, err := f.options(p, args)
	defer closing()
	if err != nil {
		return err
	}
	prepared, err := run.Prepare(ctx, opt)
	if err != nil {
		return err
	}
	defer func() { _ = prepared.Close() }()
	for _, line := range prepared.Warnings() {
		fmt.Fprintf(p.stderr, "scrum: %s\n", line)
	}
	if err := showBundles(p, f, prepared); err != nil {
		return err
	}
	return prepared.Plan.CheckGuards()
}

func showBundles(p *process, f *bundleFlags, prepared *run.Prepared) error {
	if f.out != "" {
		written, err := prepared.Export(f.out, f.prompts)
		if err != nil {
			return err
		}
		fmt.Fprintf(p.stderr, "wrote %d files to %s\n", written, f.out)
	}
	if f.prompts && f.out == "" {
		return showRequests(p, prepared)
	}
	offer, err := prepared.Offer()
	if err != nil {
		return err
	}
	if f.format == "json" {
		return offer.WriteJSON(p.stdout)
	}
	return offer.WriteTable(p.stdout)
}

func showRequests(p *process, prepared *run.Prepared) error {
	for _, b := range prepared.Plan.Bundles {
		r, err := prepared.Request(b)
		if err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, "===== request of %s =====\n%s\n", r.Bundle, report.Sanitise(run.RequestText(r)))
	}
	return nil
}

// oneLine fits an error into a line of progress.
func oneLine(err error) string {
	return report.Sanitise(strings.Join(strings.Fields(err.Error()), " "))
}
