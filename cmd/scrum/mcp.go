package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"scrum/agentserver"
	"scrum/bundler"
	"scrum/ledger"
	"scrum/run"
)

const mcpHelp = `Serve coding agents over the Model Context Protocol, on standard input and output,
so that they can ask for a review before they say that a change is done.

Tools: bundle (what would be sent; sends nothing), review, explain_finding, and
accept_gap, which is refused unless the server was started with --allow-accept; a
client that can ask its person does so then. Whatever is accepted counts only once
it is in the ledger of the base commit.

An agent chooses the change and one of the configured panels. The configuration is
that of the base commit, --max-cost cannot be raised, and no other repository than
this one is looked at.`

type mcpFlags struct {
	dir     string
	maxCost float64
	allow   bool
}

func newMCP(p *process) *cobra.Command {
	var f mcpFlags
	cmd := &cobra.Command{
		Use: "mcp", Short: "Serve coding agents over the Model Context Protocol",
		Long: mcpHelp,
		Example: `  scrum mcp
  scrum mcp -C /srv/product --max-cost 2.50`,
		Args: atMost(0, "no argument"),
		RunE: func(cmd *cobra.Command, _ []string) error { return runMCP(cmd.Context(), p, f) },
	}
	cmd.Flags().StringVarP(&f.dir, "repo", "C", ".", "the repository, when it is not the current `DIR`")
	cmd.Flags().Float64Var(&f.maxCost, "max-cost", 0, "what each review may cost, in `USD`")
	cmd.Flags().BoolVar(&f.allow, "allow-accept", false, "let agents accept findings; for a person who watches")
	return cmd
}

func runMCP(ctx context.Context, p *process, f mcpFlags) error {
	top, err := bundler.Top(ctx, f.dir)
	if err != nil {
		return usageErrorf("scrum mcp serves one repository: %w", err)
	}
	o := agentserver.Options{
		Dir: top, MaxCost: f.maxCost, Version: version,
		Run: run.Options{Settings: run.Settings{Environ: p.env, UserFile: userConfig(p)}, Version: version, Getenv: p.getenv, CacheDir: cacheDir(p)},
	}
	if f.allow {
		o.Accept = func(ctx context.Context, a agentserver.Acceptance) (string, error) { return acceptFor(ctx, p, top, a) }
	}
	// A client that dies is the end of a pipe. The signal would end the program while what it
	// has started still runs; it is caught rather than ignored, because programs that are
	// started inherit what is ignored.
	broken := make(chan os.Signal, 1)
	signal.Notify(broken, syscall.SIGPIPE)
	defer signal.Stop(broken)
	return agentserver.Serve(ctx, o, io.NopCloser(p.stdin), nopWriteCloser{p.stdout})
}

// acceptFor does what scrum gaps accept does; standard output belongs to the protocol.
func acceptFor(ctx context.Context, p *process, top string, a agentserver.Acceptance) (string, error) {
	if info, err := os.Lstat(filepath.Join(top, ledger.File)); err == nil && !info.Mode().IsRegular() {
		return "", usageErrorf("%s is not a plain file: nothing is written through a link for an agent", ledger.File)
	}
	var said bytes.Buffer
	quiet := *p
	quiet.stdout, quiet.stderr = &said, io.Discard
	f := acceptFlags{as: a.As, reason: a.Reason, owner: a.Owner, expires: a.Expires, run: filepath.Join(top, ".scrum", "runs", a.Run)}
	err := runAccept(ctx, &quiet, &gapsFlags{dir: top}, &f, []string{a.Finding})
	return strings.TrimSpace(said.String()), err
}

type nopWriteCloser struct{ io.Writer }

func (nopWriteCloser) Close() error { return nil }
