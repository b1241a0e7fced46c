package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"scrum/assess"
	"scrum/gauntlet"
)

const assessHelp = `Decide whether what a run has shown may be shipped, from the evidence that it has left
in DIR: evidence.json, and the files that it names. Nothing is run and nothing is asked
over a network.

Evidence that is stale, of another commit, of files in no commit, altered since, not
readable or not there is never a pass: it is named with its reason. What occurs is
held against the ledger, gaps.yaml, and ordered rules decide. The sections ledger and
assess of gauntlet.yaml configure it.`

const assessExits = `Exit status:
  0    ship, or ship-with-known-gap
  1    no-ship; with --fail-on gap a known gap, too; with --expect any other verdict
  2    usage or configuration error
  4    hold: evidence is missing or decides nothing`

const assessExamples = `  scrum assess nightly/2026-11-23
  scrum assess run --record --save
  scrum assess run --expect no-ship          proves that the gate closes
  scrum assess run --format md=assess.md --format json=assess.json`

type assessFlags struct {
	config  string
	gaps    string
	commit  string
	last    string
	failOn  string
	expect  string
	record  bool
	save    bool
	formats []string
}

func newAssess(p *process) *cobra.Command {
	var f assessFlags
	cmd := &cobra.Command{
		Use:     "assess DIR",
		Short:   "Decide whether a run may be shipped, from its evidence",
		Long:    assessHelp + "\n\n" + assessExits,
		Example: assessExamples,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageErrorf("scrum assess takes the directory of one run")
			}
			return runAssess(p, &f, args[0])
		},
	}
	fs := cmd.Flags()
	fs.StringVar(&f.config, "config", "", "the gauntlet `FILE` (default gauntlet.yaml, when it is there)")
	fs.StringVar(&f.gaps, "gaps", "", "the ledger, when it is not the one that the configuration names; a `FILE`")
	fs.StringVar(&f.commit, "commit", "", "take only evidence of this full `COMMIT`")
	fs.StringVar(&f.last, "last", "", "compare with this `DIR`, when it is not the newest one beside that has passed")
	fs.StringVar(&f.failOn, "fail-on", "", "`gap`: a known gap closes the gate")
	fs.StringVar(&f.expect, "expect", "", "exit with 0 if and only if this is the `VERDICT`: "+strings.Join(assess.Outcomes(), ", "))
	fs.BoolVar(&f.record, "record", false, "write what is new into the ledger and the tracker")
	fs.BoolVar(&f.save, "save", false, "keep the result in DIR, as "+assess.ResultFile)
	fs.StringArrayVar(&f.formats, "format", nil, "write the result as `NAME[=FILE]`: terminal, md or json; may be repeated")
	return cmd
}

func (f *assessFlags) check() error {
	if f.failOn != "" && f.failOn != "gap" {
		return usageErrorf("--fail-on takes gap, not %q", f.failOn)
	}
	if f.expect != "" && !slices.Contains(assess.Outcomes(), f.expect) {
		return usageErrorf("--expect %q is no verdict; there are %s", f.expect, strings.Join(assess.Outcomes(), ", "))
	}
	return nil
}

func runAssess(p *process, f *assessFlags, dir string) error {
	if err := f.check(); err != nil {
		return err
	}
	outs, err := assessOutputs(p, f.formats)
	if err != nil {
		return err
	}
	job, err := f.job(dir)
	if err != nil {
		return err
	}
	r, err := job.Run()
	if err != nil {
		return assessError(err)
	}
	if f.expect != "" {
		r.Expect(assess.Outcome(f.expect))
	}
	if f.save {
		outs = append(outs, assessOutput{assess.JSON{}, filepath.Join(dir, assess.ResultFile)})
	}
	if err := writeAssess(p, outs, r); err != nil {
		return err
	}
	return f.end(r)
}

// job is the assessment that the flags and the configuration ask for.
func (f *assessFlags) job(dir string) (*assess.Job, error) {
	c, home, err := f.configured()
	if err != nil {
		return nil, err
	}
	job := &assess.Job{
		Source: assess.Source{Dir: dir, Commit: f.commit, Now: time.Now()}, Config: c, Last: f.last, ToolVersion: version,
	}
	job.Ledger, job.Tracker = beside(home, c.Ledger), beside(home, c.Tracker)
	if f.gaps != "" {
		job.Ledger = f.gaps
	}
	job.Record = f.record || c.Record
	return job, nil
}

// beside is a path of a file in a folder; no path stays none.
func beside(home, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(home, filepath.FromSlash(path))
}

// configured reads the gauntlet file, and tells the folder that its paths are of.
func (f *assessFlags) configured() (c assess.Config, home string, err error) {
	name := f.config
	if name == "" {
		name = "gauntlet.yaml"
	}
	data, err := os.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && f.config == "":
		return assess.DefaultConfig(), ".", nil
	case err != nil:
		return c, "", usageErrorf("%w", err)
	}
	file, err := gauntlet.Parse(name, data)
	if err != nil {
		return c, "", usageErrorf("%w", err)
	}
	c, err = assess.Decode(name, file.Section("ledger"), file.Section("assess"))
	if err != nil {
		return c, "", &exitError{exitUsage, err}
	}
	return c, filepath.Dir(name), nil
}

func assessError(err error) error {
	var usage *assess.UsageError
	if errors.As(err, &usage) {
		return &exitError{exitUsage, err}
	}
	return err
}

func (f *assessFlags) end(r *assess.Result) error {
	code := r.Verdict.ExitCode
	switch {
	case f.expect != "" && r.Matches:
		code = exitPassed
	case f.expect != "":
		code = exitGateClosed
	case f.failOn == "gap" && r.Verdict.Outcome == assess.KnownGap:
		code = exitGateClosed
	}
	if code == exitPassed {
		return nil
	}
	return &exitError{code: code}
}

// assessOutput is one --format.
type assessOutput struct {
	writer assess.Writer
	file   string // "" is standard output
}

func assessOutputs(p *process, flags []string) ([]assessOutput, error) {
	if len(flags) == 0 {
		flags = []string{"terminal"}
	}
	var out []assessOutput
	toStdout := 0
	for _, flag := range flags {
		name, file, hasFile := strings.Cut(flag, "=")
		if hasFile && file == "" {
			return nil, usageErrorf("--format %s names no file after the =", flag)
		}
		opt := assess.Terminal{}
		if !hasFile {
			toStdout++
			opt.Color = terminal(p).Color
		}
		w, err := assess.For(name, opt)
		if err != nil {
			return nil, usageErrorf("--format %s: %w", flag, err)
		}
		out = append(out, assessOutput{w, file})
	}
	if toStdout > 1 {
		return nil, usageErrorf("only one format fits on standard output: give the others a file, as in --format md=assess.md")
	}
	return out, nil
}

func writeAssess(p *process, outs []assessOutput, r *assess.Result) error {
	var errs []error
	for _, o := range outs {
		if o.file == "" {
			errs = append(errs, o.writer.Write(p.stdout, r))
			continue
		}
		if err := writeFile(o.file, func(w io.Writer) error { return o.writer.Write(w, r) }); err != nil {
			errs = append(errs, fmt.Errorf("writing %s: %w", o.file, err))
		}
	}
	return errors.Join(errs...)
}
