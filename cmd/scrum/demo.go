package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"scrum/bundler"
	"scrum/cluster"
	"scrum/run"
	"scrum/run/demo"
	"scrum/run/scripted"
)

const demoHelp = `Review a built-in sample change with planted defects: the whole job, without
keys and without a network.

The three models are scripted: a server on this machine answers for them, over
real HTTP, from texts that came with this program. Everything else is real: the
diff, the bundles, the analysers, the count and the verdict.

The demo ends like the real command would: its change must not merge, so it
ends with exit status 1.`

type demoFlags struct {
	out     string
	formats formatFlags
	cluster bool
	clusterFlags
}

func newDemo(p *process) *cobra.Command {
	var f demoFlags
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Review a built-in sample change with scripted models",
		Long:  demoHelp + "\n\n" + exitCodes,
		Example: `  scrum demo
  scrum demo --out demo-run --format terminal --format json=demo.json`,
		Args: atMost(0, "no argument"),
		RunE: func(cmd *cobra.Command, _ []string) error { return runDemo(cmd.Context(), p, &f) },
	}
	cmd.Flags().StringVar(&f.out, "out", "", "keep the sample repository and the run in this new or empty `DIR` (default: a new temporary folder)")
	f.formats.register(cmd)
	cmd.Flags().BoolVar(&f.cluster, "cluster", false, "let workers of a Temporal cluster ask the scripted models (docs/scale.md)")
	f.register(cmd.Flags())
	f.registerBlobs(cmd.Flags())
	return cmd
}

func runDemo(ctx context.Context, p *process, f *demoFlags) error {
	outs, err := outputs(p, f.formats)
	if err != nil {
		return err
	}
	dir, err := demoDir(f.out)
	if err != nil {
		return err
	}
	url, stop, err := serveScript(ctx)
	if err != nil {
		return err
	}
	defer stop()
	fmt.Fprintf(p.stderr, "The models of this demo are scripted: %s answers for all of them from built-in texts.\nThe diff, the bundles, the analysers, the count and the verdict are real.\n\n", url)
	err = reviewSample(ctx, p, dir, url, reviewJob{outs: outs}, f)
	explainDemo(p, dir, err)
	return err
}

func demoDir(out string) (string, error) {
	if out == "" {
		return os.MkdirTemp("", "scrum-demo-")
	}
	entries, err := os.ReadDir(out)
	if err == nil && len(entries) > 0 {
		return "", usageErrorf("%s already holds files: name a new folder with --out", out)
	}
	if err := os.MkdirAll(out, 0o700); err != nil {
		return "", fmt.Errorf("making the demo's folder: %w", err)
	}
	return filepath.Abs(out)
}

func reviewSample(ctx context.Context, p *process, dir, url string, j reviewJob, f *demoFlags) error {
	repo := filepath.Join(dir, "sample")
	if err := os.MkdirAll(repo, 0o700); err != nil {
		return fmt.Errorf("making the sample's folder: %w", err)
	}
	rng, err := demo.WriteSample(ctx, repo)
	if err != nil {
		return err
	}
	config, err := demo.Config(url)
	if err != nil {
		return err
	}
	j.options = run.Options{
		Source: bundler.Source{Dir: repo, Range: rng}, Settings: run.Settings{Text: config},
		Version: version, Getenv: p.getenv, Scripted: true,
	}
	if !f.cluster {
		return review(ctx, p, j)
	}
	providers := filepath.Join(dir, "demo.yaml")
	if err := os.WriteFile(providers, config, 0o600); err != nil {
		return fmt.Errorf("writing the demo's configuration: %w", err)
	}
	fmt.Fprintf(p.stderr, "waiting for workers; start one with: scrum worker --config %s\n", providers)
	return f.submitted(ctx, p, func(fan cluster.Fan) error {
		j.options.Fan = fan.On
		return review(ctx, p, j)
	})
}

// serveScript plays the models on a free port of this machine.
func serveScript(ctx context.Context) (url string, stop func(), err error) {
	script, err := demo.Script()
	if err != nil {
		return "", nil, err
	}
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("serving the scripted models: %w", err)
	}
	server := &http.Server{Handler: scripted.New(script), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }()
	return "http://" + listener.Addr().String() + "/v1", func() { _ = server.Close() }, nil
}

// explainDemo says where the files are and why the demo ends as it does.
func explainDemo(p *process, dir string, err error) {
	fmt.Fprintf(p.stderr, "\nThe sample repository and the run are in %s\n", dir)
	var exit *exitError
	if errors.As(err, &exit) && exit.code == exitGateClosed {
		fmt.Fprintf(p.stderr, "The demo ends with exit status 1, as scrum review would: the sample has defects that\ntwo lineages found independently at the same place, and such a change must not merge.\n")
	}
}
