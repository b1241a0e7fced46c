package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"scrum/bundler"
	"scrum/serve"
)

const openHelp = `Open the report of a run in the browser. RUN is its directory, its id or the
beginning of it, of a review or a gauntlet; without one it is the latest.

The report is the file report.html in the directory of the run. A run of an older
version has none: it is written then. The command in BROWSER is used when it is
set. Without a display the path is printed, and that is no error.`

const openExamples = `  scrum open
  scrum open 20261123T1805
  scrum open --print .scrum/runs/20261123T180552Z-f1a857176`

type openFlags struct {
	dir   string
	print bool
}

func newOpen(p *process) *cobra.Command {
	var f openFlags
	cmd := &cobra.Command{
		Use:     "open [RUN]",
		Short:   "Open the report of a run in the browser",
		Long:    openHelp + "\n\n" + exitCodes,
		Example: openExamples,
		Args:    atMost(1, "one run"),
		RunE: func(cmd *cobra.Command, args []string) error {
			name := ""
			if len(args) > 0 {
				name = args[0]
			}
			return runOpen(cmd.Context(), p, &f, name)
		},
	}
	cmd.Flags().StringVarP(&f.dir, "repo", "C", "", "the repository, when it is not the current `DIR`")
	cmd.Flags().BoolVar(&f.print, "print", false, "only print the path of the report")
	return cmd
}

func runOpen(ctx context.Context, p *process, f *openFlags, name string) error {
	folder, err := runsOf(ctx, f.dir)
	if err != nil {
		return err
	}
	run, err := folder.Find(name)
	if err != nil {
		return serveError(err)
	}
	path, err := run.Page(ctx)
	if err != nil {
		return serveError(err)
	}
	fmt.Fprintln(p.stdout, path)
	if f.print {
		return nil
	}
	err = openBrowser(ctx, p, fileURL(path))
	if errors.Is(err, errNoDisplay) {
		fmt.Fprintf(p.stderr, "scrum: not opened: %s; open the file above in a browser\n", err)
		return nil
	}
	return err
}

// runsOf is the folder of the runs: .scrum of the folder itself, where a gauntlet file
// may have put it, or else at the top of the repository.
func runsOf(ctx context.Context, dir string) (serve.Folder, error) {
	if info, err := os.Stat(dir); dir != "" && (err != nil || !info.IsDir()) {
		return serve.Folder{}, usageErrorf("there is no folder %q", dir)
	}
	top := dir
	if _, err := os.Stat(filepath.Join(dir, ".scrum")); err != nil {
		place, err := bundler.Locate(ctx, bundler.Source{Dir: dir, Staged: true})
		if err != nil && ctx.Err() != nil {
			return serve.Folder{}, ctx.Err()
		}
		if place.Dir != "" {
			top = place.Dir // else reviews of plain diffs keep their runs where they are called
		}
	}
	path, err := filepath.Abs(filepath.Join(top, ".scrum"))
	return serve.Folder{Path: path}, err
}

// serveError tells what the user can mend from what is nobody's mistake.
func serveError(err error) error {
	var missing *serve.NoSuchRunError
	var address *serve.AddressError
	var unfinished *serve.UnfinishedError
	if errors.As(err, &missing) || errors.As(err, &address) || errors.As(err, &unfinished) {
		return usageErrorf("%w", err)
	}
	return err
}
