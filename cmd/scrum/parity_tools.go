package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"scrum/parity"
	"scrum/parity/cases"
	"scrum/parity/exchange"
	"scrum/parity/record"
	"scrum/parity/selftest"
)

func newParityReplay(p *process) *cobra.Command {
	var f parityFlags
	cmd := &cobra.Command{
		Use:   "replay CASE",
		Short: "Run one case again and show everything about it",
		Long:  "Run one case again, with those whose captures it needs, and show its request and every\nanswer with all headers. Secrets are masked.\n\n" + parityExits,
		Example: `  scrum parity replay playbook_overfull
  scrum parity replay 'GET /v1/items' --format html=case.html`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageErrorf("scrum parity replay takes the name of one case")
			}
			f.cases, p.said.quiet = args, true
			return runParity(cmd.Context(), p, &f, true)
		},
	}
	f.register(cmd.Flags())
	return cmd
}

const paritySelftestHelp = `Prove that a run would see what it is for: the reference against itself must give no
difference, and every kind of divergence that is put into its real answers must be
found and called by its name.`

func newParitySelftest(p *process) *cobra.Command {
	var f parityFlags
	cmd := &cobra.Command{
		Use:     "selftest",
		Short:   "Hold the comparison to finding what is put into real answers",
		Long:    paritySelftestHelp + "\n\n" + strings.Replace(parityExits, "there are divergences", "something was found that is not there, or not found", 1),
		Example: "  scrum parity selftest --target a=http://127.0.0.1:8081",
		Args:    atMost(0, "no arguments"),
		RunE:    func(cmd *cobra.Command, _ []string) error { return runParitySelftest(cmd.Context(), p, &f) },
	}
	cmd.Flags().StringVar(&f.file, "file", "gauntlet.yaml", "read the section parity of this `FILE`")
	cmd.Flags().StringArrayVar(&f.targets, "target", nil, "take `NAME=URL` as a target; may be repeated")
	cmd.Flags().StringArrayVar(&f.cases, "case", nil, "only cases whose name matches this `GLOB`; may be repeated")
	return cmd
}

func runParitySelftest(ctx context.Context, p *process, f *parityFlags) error {
	p.said.quiet = true
	spec, err := readParity(f)
	if err != nil {
		return err
	}
	r, err := selftest.Run(ctx, spec, f.options(ctx, p))
	if err != nil {
		return parityError(err)
	}
	fmt.Fprintf(p.stdout, "the reference against itself: %s\n", oneLine(errors.New(r.Run.Verdict.Reason)))
	for _, m := range r.Mutations {
		fmt.Fprintf(p.stdout, "  %-42s %4d of %d\n", m.Name, m.Found, m.Applied)
	}
	applied, found := r.Totals()
	fmt.Fprintf(p.stdout, "%d divergences put in, %d found and named rightly\n", applied, found)
	for _, problem := range r.Problems {
		fmt.Fprintf(p.stdout, "- %s\n", oneLine(errors.New(problem)))
	}
	switch {
	case r.Run.Verdict.Outcome != parity.OutcomeDiverged && r.Run.Verdict.ExitCode != exitPassed:
		return &exitError{code: r.Run.Verdict.ExitCode}
	case !r.Passed():
		return &exitError{code: exitGateClosed}
	}
	return nil
}

const parityRecordHelp = `Stand before a target as a proxy on loopback, pass every request on, and write it as a
case. Ctrl-C ends it.

Headers and query parameters that carry secrets by their names are not written; a
comment says which. A file that exists is not overwritten.`

// recordFlags say what is recorded.
type recordFlags struct {
	listen    string
	out       string
	isolation string
}

func newParityRecord(p *process) *cobra.Command {
	var f recordFlags
	cmd := &cobra.Command{
		Use:     "record URL",
		Short:   "Write the requests that pass a proxy as cases",
		Long:    parityRecordHelp + "\n\n" + parityExits,
		Example: "  scrum parity record http://127.0.0.1:8081 --out cases.yaml --listen 127.0.0.1:9000",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageErrorf("scrum parity record takes the address of one target")
			}
			return runParityRecord(cmd.Context(), p, &f, args[0])
		},
	}
	cmd.Flags().StringVar(&f.listen, "listen", "127.0.0.1:0", "listen at this `ADDRESS`, which must be a loopback one")
	cmd.Flags().StringVar(&f.out, "out", "cases.yaml", "write the cases to this new `FILE`")
	cmd.Flags().StringVar(&f.isolation, "isolation", "", "declare `HOW` state is kept apart for cases that change it: "+strings.Join(cases.Isolations(), ", "))
	return cmd
}

// maxRecorded bounds the body of a case.
const maxRecorded = 1 << 20

func runParityRecord(ctx context.Context, p *process, f *recordFlags, address string) error {
	target, err := exchange.NewTarget("target", address)
	if err != nil {
		return usageErrorf("%w", err)
	}
	if !knownIsolation(f.isolation) {
		return usageErrorf("--isolation is %s, not %q", strings.Join(cases.Isolations(), ", "), f.isolation)
	}
	listener, err := listenOnLoopback(ctx, f.listen)
	if err != nil {
		return err
	}
	out, err := os.OpenFile(f.out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		_ = listener.Close()
		return usageErrorf("%w", err)
	}
	r := record.New(target, out, record.Options{Isolation: f.isolation, MaxBody: maxRecorded})
	defer r.Close()
	fmt.Fprintf(p.stderr, "recording what goes to %s by way of http://%s; Ctrl-C ends it\n", target.Address(), listener.Addr())
	err = serveUntilDone(ctx, listener, r)
	n, lost, wrote := r.Recorded()
	for _, l := range lost {
		fmt.Fprintf(p.stderr, "not recorded: %s\n", oneLine(errors.New(l)))
	}
	fmt.Fprintf(p.stderr, "recorded in %s: %d\n", f.out, n)
	return errors.Join(err, wrote, out.Close())
}

func knownIsolation(s string) bool {
	for _, known := range append(cases.Isolations(), "") {
		if s == known {
			return true
		}
	}
	return false
}

// listenOnLoopback refuses what other machines could reach: the proxy lets anyone in.
func listenOnLoopback(ctx context.Context, address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, usageErrorf("--listen: %w", err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, usageErrorf("--listen must be a loopback address, such as 127.0.0.1:9000, not %q", address)
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, usageErrorf("--listen: %w", err)
	}
	return l, nil
}

// serveUntilDone serves until the context ends, and lets requests that are on their way
// come to their end.
func serveUntilDone(ctx context.Context, l net.Listener, h http.Handler) error {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	select {
	case err := <-served:
		return fmt.Errorf("serving at %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(last); err != nil {
		_ = server.Close()
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving at %s: %w", l.Addr(), err)
	}
	return nil
}
