package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"scrum/bundler"
	"scrum/ledger"
	"scrum/report"
)

const gapsHelp = `Keep the ledger, gaps.yaml at the top of the repository: findings that somebody has
looked at and accepted, each with an owner, a reason and a last day.

An accepted finding is "known": it is shown apart, is not counted and does not close
the gate. It is known again when lines move, when the file is renamed and when a
reviewer words it differently, and no longer when the code that it speaks of changes,
when it is reported as graver than it was, or when its last day has passed.

Commit the file. scrum review takes it from the base commit, so that a change cannot
silence findings on itself; --gaps FILE names another one, and is taken as it is.
scrum tally RUN takes the one of your work tree.`

// gapsFlags are what all commands of the ledger have in common.
type gapsFlags struct {
	dir  string
	file string
}

func newGaps(p *process) *cobra.Command {
	var f gapsFlags
	cmd := &cobra.Command{
		Use:   "gaps",
		Short: "Accept findings, and keep the ledger of what is accepted",
		Long:  gapsHelp + "\n\n" + exitCodes,
		Example: `  scrum gaps                                      the entries
  scrum gaps accept 3f9a2c71d0 --as false_positive --reason "checked by every caller"
  scrum gaps remove g-3f9a2c
  scrum gaps check                                in a nightly: exit status 1 when entries have expired`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			return listGaps(cmd.Context(), p, &f, "text")
		},
	}
	cmd.SuggestionsMinimumDistance = 2
	f.register(cmd.PersistentFlags())
	cmd.AddCommand(newGapsList(p, &f), newGapsAccept(p, &f), newGapsRemove(p, &f), newGapsCheck(p, &f))
	return cmd
}

func (f *gapsFlags) register(fs *pflag.FlagSet) {
	fs.StringVarP(&f.dir, "repo", "C", "", "the repository, when it is not the current `DIR`")
	fs.StringVar(&f.file, "gaps", "", "the ledger, when it is not "+ledger.File+" of the repository; a `FILE`")
}

// path of the ledger.
func (f *gapsFlags) path(ctx context.Context) (string, error) {
	if f.file != "" {
		return f.file, nil
	}
	top, err := bundler.Top(ctx, f.dir)
	return filepath.Join(top, ledger.File), err
}

// read gives the ledger's path and text; no file is an empty ledger.
func (f *gapsFlags) read(ctx context.Context) (path string, data []byte, err error) {
	if path, err = f.path(ctx); err != nil {
		return "", nil, err
	}
	data, err = os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", nil, usageErrorf("reading the ledger: %w", err)
	}
	return path, data, nil
}

// load reads and checks the ledger.
func (f *gapsFlags) load(ctx context.Context) (*ledger.Ledger, error) {
	path, data, err := f.read(ctx)
	if err != nil {
		return nil, err
	}
	l, err := ledger.Parse(path, data)
	if err != nil {
		return nil, &exitError{exitUsage, err}
	}
	l.Name = filepath.Base(path)
	return l, nil
}

func newGapsList(p *process, f *gapsFlags) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the entries",
		Args:  atMost(0, "no arguments"),
		RunE:  func(cmd *cobra.Command, _ []string) error { return listGaps(cmd.Context(), p, f, format) },
	}
	cmd.Flags().StringVar(&format, "format", "text", "`text` or json")
	return cmd
}

func listGaps(ctx context.Context, p *process, f *gapsFlags, format string) error {
	l, err := f.load(ctx)
	if err != nil {
		return err
	}
	switch format {
	case "text":
		return report.WriteGaps(p.stdout, l, today())
	case "json":
		return report.WriteGapsJSON(p.stdout, l, today())
	}
	return usageErrorf("--format is text or json, not %q", format)
}

func today() ledger.Day { return ledger.DayOf(time.Now()) }

func newGapsRemove(p *process, f *gapsFlags) *cobra.Command {
	return &cobra.Command{
		Use:     "remove ID…",
		Short:   "Remove entries",
		Example: `  scrum gaps remove g-3f9a2c`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageErrorf("scrum gaps remove takes the ids of entries; scrum gaps lists them")
			}
			path, data, err := f.read(cmd.Context())
			if err != nil {
				return err
			}
			data, err = ledger.Remove(path, data, args...)
			if err != nil {
				return &exitError{exitUsage, err}
			}
			if err := writeLedger(path, data); err != nil {
				return err
			}
			fmt.Fprintf(p.stderr, "removed %s from %s: commit it\n", strings.Join(args, ", "), path)
			return nil
		},
	}
}

func newGapsCheck(p *process, f *gapsFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Check the file; exit status 1 when entries have expired",
		Args:  atMost(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			l, err := f.load(cmd.Context())
			if err != nil {
				return err
			}
			expired := l.Expired(today())
			if err := report.WriteExpired(p.stdout, l, expired); err != nil {
				return err
			}
			if len(expired) > 0 {
				return &exitError{code: exitGateClosed}
			}
			return nil
		},
	}
}
