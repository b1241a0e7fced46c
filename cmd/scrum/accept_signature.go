package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"scrum/ledger"
	"scrum/report"
)

// isEntry tells the id of an entry from that of a finding.
func isEntry(arg string) bool { return strings.HasPrefix(arg, "g-") }

func all(list []string, is func(string) bool) bool {
	return !slices.ContainsFunc(list, func(s string) bool { return !is(s) })
}

// runAcceptSignatures accepts what smoke and parity have shown.
func runAcceptSignatures(ctx context.Context, p *process, g *gapsFlags, f *acceptFlags, names []string) error {
	switch {
	case f.phase != "" && f.phase != string(ledger.Smoke) && f.phase != string(ledger.Parity):
		return usageErrorf("--phase is smoke or parity, not %q; findings of a review are accepted by their ids", f.phase)
	case f.run != "":
		return usageErrorf("--run is of findings; a signature is the same in every run")
	}
	decision, err := f.decision(ctx, g)
	if err != nil {
		return err
	}
	path, data, err := g.read(ctx)
	if err != nil {
		return err
	}
	data, gaps, bare, err := ledger.AcceptSignatures(path, data, ledger.SignatureRequest{Phase: ledger.Phase(f.phase), Names: names, Decision: decision})
	if err != nil {
		return &exitError{exitUsage, err}
	}
	if err := writeLedger(path, data); err != nil {
		return err
	}
	for _, name := range bare {
		fmt.Fprintf(p.stderr, "no run has recorded %s in %s: see that it is spelt as scrum assess shows it\n", report.Sanitise(name), path)
	}
	return tellAccepted(p, path, gaps)
}
