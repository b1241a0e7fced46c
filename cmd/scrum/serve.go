package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"scrum/serve"
)

const serveHelp = `Show the runs of the repository in a browser: their list with trends, each run's
report, and what else it has kept. Every page is made from the files as they are.

Reports show source code, so only this machine can connect: the address is one of
the loopback, 127.0.0.1, [::1] or localhost. Nothing can be changed through it. The
address is printed on standard output; Ctrl-C ends it.`

const serveExits = `Exit status:
  0    ended with Ctrl-C
  2    usage error, such as an address that others can reach`

const serveExamples = `  scrum serve --open
  scrum serve --addr :8080`

type serveFlags struct {
	dir  string
	addr string
	open bool
}

func newServe(p *process) *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:     "serve",
		Short:   "Show the runs of the repository in a browser, on this machine only",
		Long:    serveHelp + "\n\n" + serveExits,
		Example: serveExamples,
		Args:    atMost(0, "no arguments"),
		RunE:    func(cmd *cobra.Command, _ []string) error { return runServe(cmd.Context(), p, &f) },
	}
	cmd.Flags().StringVarP(&f.dir, "repo", "C", "", "the repository, when it is not the current `DIR`")
	cmd.Flags().StringVar(&f.addr, "addr", "127.0.0.1:0", "listen on `HOST:PORT` of the loopback; port 0 is any that is free")
	cmd.Flags().BoolVar(&f.open, "open", false, "open the list in the browser")
	return cmd
}

func runServe(ctx context.Context, p *process, f *serveFlags) (err error) {
	folder, err := runsOf(ctx, f.dir)
	if err != nil {
		return err
	}
	listener, err := serve.Listen(ctx, f.addr)
	if err != nil {
		return serveError(err)
	}
	server, err := serve.New(ctx, serve.Options{
		Folder: folder, Name: filepath.Base(filepath.Dir(folder.Path)),
		Warn: func(s string) { fmt.Fprintf(p.stderr, "scrum: %s\n", oneLine(errors.New(s))) },
	})
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	address := "http://" + listener.Addr().String() + "/"
	fmt.Fprintln(p.stdout, address)
	if f.open {
		if err := openBrowser(ctx, p, address); err != nil {
			fmt.Fprintf(p.stderr, "scrum: not opened: %s\n", oneLine(err))
		}
	}
	return server.Serve(ctx, listener)
}
