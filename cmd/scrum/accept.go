package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"scrum/bundler"
	"scrum/ledger"
	"scrum/report"
	"scrum/run"
)

const acceptHelp = `Accept findings of a run: write them into the ledger, so that they are known.

ID is the id of a finding as the reports show it, or the beginning of one that no other
finding has. --as says what it is:
  false_positive  there is no problem
  accepted_risk   there is one, and it is lived with
  duplicate       it is tracked elsewhere
  policy          a rule of the house allows it
  deferred        it is going to be mended later

What scrum assess shows of the phases smoke and parity is accepted by its signature, with
--phase, or by the id of the entry that scrum assess --record has written (g-…).

--expires is a date or a number of days, and 90d when it is not given; never is for
false_positive, duplicate and policy only.

What cannot be known again cannot be accepted: findings whose place is not in the diff,
and code that stands at several places which nothing tells apart.`

type acceptFlags struct {
	as      string
	reason  string
	owner   string
	expires string
	run     string
	phase   string
}

func newGapsAccept(p *process, g *gapsFlags) *cobra.Command {
	var f acceptFlags
	cmd := &cobra.Command{
		Use:   "accept ID…",
		Short: "Accept findings of a run",
		Long:  acceptHelp,
		Example: `  scrum gaps accept 3f9a2c71d0 --as false_positive --reason "checked by every caller"
  scrum gaps accept enum-tagging-3f9a2c71d0b1 --phase parity --as accepted_risk --reason "#77"
  scrum gaps accept 3f9 b01 --as deferred --reason "#412" --expires 30d
  scrum gaps accept 3f9 --as policy --reason "generated" --expires never --run .scrum/runs/20260502T085917Z-e8cf113af`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageErrorf("scrum gaps accept takes the ids of findings; the report of the run shows them")
			}
			if f.phase != "" || all(args, isEntry) {
				return runAcceptSignatures(cmd.Context(), p, g, &f, args)
			}
			return runAccept(cmd.Context(), p, g, &f, args)
		},
	}
	cmd.Flags().StringVar(&f.as, "as", "", "what it is: `WORD` is one of "+strings.Join(ledger.Ways(), ", "))
	cmd.Flags().StringVar(&f.reason, "reason", "", "why; a `TEXT` for those who read it later")
	cmd.Flags().StringVar(&f.owner, "owner", "", "who answers for it, when it is not you: `NAME`")
	cmd.Flags().StringVar(&f.expires, "expires", "", "the last `DAY`: a date, a time such as 90d, or never (default 90d)")
	cmd.Flags().StringVar(&f.phase, "phase", "", "accept signatures of this `PHASE`: smoke or parity")
	cmd.Flags().StringVar(&f.run, "run", "", "the `RUN` directory, when it is not the latest")
	return cmd
}

func runAccept(ctx context.Context, p *process, g *gapsFlags, f *acceptFlags, ids []string) error {
	decision, err := f.decision(ctx, g)
	if err != nil {
		return err
	}
	stored, err := f.stored(ctx, g)
	if err != nil {
		return err
	}
	path, data, err := g.read(ctx)
	if err != nil {
		return err
	}
	data, gaps, err := ledger.Accept(path, data, ledger.Request{
		Plan: stored.Plan, Findings: stored.Review.Findings, Run: stored.Review.Run.ID, IDs: ids, Decision: decision,
	})
	if err != nil {
		return &exitError{exitUsage, err}
	}
	if err := writeLedger(path, data); err != nil {
		return err
	}
	return tellAccepted(p, path, gaps)
}

func tellAccepted(p *process, path string, gaps []ledger.Gap) error {
	for _, gap := range gaps {
		about := gap.Place()
		if gap.Phase != ledger.Review {
			about = gap.Fingerprint
		}
		line := fmt.Sprintf("%s %s as %s, expires %s: %s", gap.ID, about, gap.As, gap.Expires, cmp.Or(gap.Title, "(no title)"))
		if _, err := fmt.Fprintln(p.stdout, report.Sanitise(line)); err != nil {
			return err
		}
	}
	fmt.Fprintf(p.stderr, "written to %s: commit it\n", path)
	return nil
}

func (f *acceptFlags) decision(ctx context.Context, g *gapsFlags) (ledger.Decision, error) {
	now := today()
	d := ledger.Decision{Reason: f.reason, Owner: f.owner, Today: now}
	var err error
	if d.As, err = ledger.ParseAs(f.as); err == nil {
		d.Expires, err = ledger.ParseExpiry(f.expires, now)
	}
	if err == nil {
		err = d.Check()
	}
	if err != nil {
		return d, &exitError{exitUsage, err}
	}
	if d.Owner == "" {
		if d.Owner, err = bundler.Author(ctx, g.dir); err != nil {
			return d, usageErrorf("who accepts it? %w, or give --owner", err)
		}
	}
	return d, nil
}

// stored is the run that the findings are of.
func (f *acceptFlags) stored(ctx context.Context, g *gapsFlags) (*run.Stored, error) {
	path := f.run
	if path == "" {
		top, err := bundler.Top(ctx, g.dir)
		if err == nil {
			path, err = run.Latest(top)
		}
		if err != nil {
			return nil, err
		}
	}
	return run.ReadStored(ctx, path)
}

// writeLedger puts the file in its place whole or not at all; a link stays one.
func writeLedger(path string, data []byte) error {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	mode := os.FileMode(0o644)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".scrum-*")
	if err != nil {
		return usageErrorf("writing the ledger: %w", err)
	}
	_, err = tmp.Write(data)
	if err = errors.Join(err, tmp.Chmod(mode), tmp.Sync(), tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		_ = os.Remove(tmp.Name())
		return fmt.Errorf("writing the ledger: %w", err)
	}
	return nil
}
