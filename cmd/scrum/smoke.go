package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"scrum/gauntlet"
	"scrum/procgroup"
	"scrum/report"
	"scrum/smoke"
)

const smokeHelp = `Start the services of gauntlet.yaml, run its smoke steps against them, and take
everything down again, in reverse order, whatever happens.

Services and steps are one graph by what they need. A step runs when all that it
needs is ready or has passed; as many run at a time as there are jobs. Only the
services that a selected step needs are started, and a selected step brings along
the steps that it needs.

The last line on standard output is the summary, as in 21/21 PASS in 58.3s.`

const smokeExit = `Exit status:
  0    all steps passed (FLAKY is a pass, and is shown)
  1    something failed: FAIL, ERROR, TIMEOUT or LEAK
  2    usage or configuration error; nothing was started
  4    no step could run because of the machine: a port that is taken, a
       service that others are to start and have not
  130  interrupted; everything was taken down`

const smokeExamples = `  scrum smoke
  scrum smoke --tag fast -j 4
  scrum smoke --only create_order --out smoke-run
  scrum smoke --format terminal --format junit=smoke.xml --format markdown=smoke.md`

type smokeFlags struct {
	file    string
	jobs    int
	tags    []string
	only    []string
	formats []string
	out     string
}

func newSmoke(p *process) *cobra.Command {
	var f smokeFlags
	cmd := &cobra.Command{
		Use:     "smoke",
		Short:   "Start the services, run the smoke steps, take everything down",
		Long:    smokeHelp + "\n\n" + smokeExit,
		Example: smokeExamples,
		Args:    atMost(0, "no arguments"),
		RunE:    func(cmd *cobra.Command, _ []string) error { return runSmoke(cmd.Context(), p, &f) },
	}
	fs := cmd.Flags()
	fs.StringVar(&f.file, "file", "gauntlet.yaml", "the `FILE` with the sections services and smoke")
	fs.IntVarP(&f.jobs, "jobs", "j", 0, "`N` steps at a time, instead of smoke.jobs or the number of processors")
	fs.StringArrayVar(&f.tags, "tag", nil, "only steps with this `TAG`, and what they need; may be repeated")
	fs.StringArrayVar(&f.only, "only", nil, "only the step `NAME`, and what it needs; may be repeated")
	fs.StringArrayVar(&f.formats, "format", nil, "write the result as `NAME[=FILE]`: terminal, json, junit or markdown; may be repeated")
	fs.StringVar(&f.out, "out", "", "keep smoke.json and the logs in `DIR`, a new or empty one; else the logs are kept only when something fails, in a temporary one")
	return cmd
}

func runSmoke(ctx context.Context, p *process, f *smokeFlags) error {
	if f.jobs < 0 {
		return usageErrorf("--jobs must be at least 1")
	}
	spec, err := readSmoke(f.file)
	if err != nil {
		return err
	}
	outs, err := smokeOutputs(p, f.formats)
	if err != nil {
		return err
	}
	if _, err := spec.Select(f.tags, f.only); err != nil {
		return usageErrorf("%w", err)
	}
	logs, err := openSmokeLogs(f.out)
	if err != nil {
		return err
	}
	r, err := guardedSmoke(ctx, p, f, spec, logs.dir)
	if err != nil {
		return errors.Join(err, logs.remove())
	}
	if err := errors.Join(writeSmoke(p, outs, r), logs.finish(p.stderr, r)); err != nil {
		return err
	}
	return smokeEnd(r)
}

// guardedSmoke runs the steps with somebody beside who ends them all if this process
// cannot.
func guardedSmoke(ctx context.Context, p *process, f *smokeFlags, spec smoke.Spec, logs string) (*smoke.Result, error) {
	guard, err := procgroup.StartGuard()
	if err != nil {
		return nil, err
	}
	defer func() { _ = guard.Close() }()
	opt := smoke.Options{
		Dir: filepath.Dir(f.file), Env: p.env, Jobs: f.jobs, Tags: f.tags, Only: f.only,
		Logs: logs, Guard: guard, ToolVersion: version,
	}
	if !p.said.quiet {
		opt.Observe = smokeProgress(p.stderr)
	}
	opt.Commit, opt.Dirty = revision(ctx, opt.Dir)
	return smoke.Run(ctx, spec, opt)
}

func readSmoke(file string) (smoke.Spec, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return smoke.Spec{}, usageErrorf("%w; --file names another one", err)
	}
	f, err := gauntlet.Parse(file, data)
	if err != nil {
		return smoke.Spec{}, usageErrorf("%w", err)
	}
	spec, err := smoke.Decode(file, f.Section("services"), f.Section("smoke"))
	if err != nil {
		return smoke.Spec{}, usageErrorf("%w", err)
	}
	return spec, nil
}

func smokeEnd(r *smoke.Result) error {
	code := map[smoke.Verdict]int{
		smoke.Passed: exitPassed, smoke.Failed: exitGateClosed,
		smoke.Inconclusive: exitInconclusive, smoke.Interrupted: exitInterrupted,
	}[r.Verdict]
	if code == exitPassed {
		return nil
	}
	return &exitError{code: code}
}

// smokeOutput is one --format.
type smokeOutput struct {
	writer smoke.Writer
	file   string // "" is standard output
}

func smokeOutputs(p *process, flags []string) ([]smokeOutput, error) {
	if len(flags) == 0 {
		flags = []string{"terminal"}
	}
	var out []smokeOutput
	toStdout := 0
	for _, flag := range flags {
		name, file, hasFile := strings.Cut(flag, "=")
		if hasFile && file == "" {
			return nil, usageErrorf("--format %s names no file after the =", flag)
		}
		opt := smoke.Terminal{}
		if !hasFile {
			toStdout++
			opt.Color = terminal(p).Color
		}
		w, err := smoke.For(name, opt)
		if err != nil {
			return nil, usageErrorf("--format %s: %w", flag, err)
		}
		out = append(out, smokeOutput{w, file})
	}
	if toStdout > 1 {
		return nil, usageErrorf("only one format fits on standard output: give the others a file, as in --format junit=smoke.xml")
	}
	return out, nil
}

// writeSmoke puts the result into every output. When none of them is standard output, the
// summary goes there alone.
func writeSmoke(p *process, outs []smokeOutput, r *smoke.Result) error {
	var errs []error
	silent := true
	for _, o := range outs {
		if o.file == "" {
			silent = false
			errs = append(errs, o.writer.Write(p.stdout, r))
			continue
		}
		if err := writeFile(o.file, func(w io.Writer) error { return o.writer.Write(w, r) }); err != nil {
			errs = append(errs, fmt.Errorf("writing %s: %w", o.file, err))
		}
	}
	if silent {
		fmt.Fprintln(p.stdout, r.Summary())
	}
	return errors.Join(errs...)
}

func smokeProgress(w io.Writer) func(smoke.Event) {
	return func(e smoke.Event) {
		if e.Began || e.Result == "" {
			return
		}
		word := string(e.Result)
		if e.Service && e.Result == smoke.Pass {
			word = "ready"
		}
		fmt.Fprintf(w, "%-7s %s %.1fs\n", word, report.Phrase(e.Name), e.Elapsed.Seconds())
	}
}
