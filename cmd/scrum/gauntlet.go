package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"scrum/assess"
	"scrum/gauntlet"
	"scrum/procgroup"
	"scrum/report"
	"scrum/reviewers"
	"scrum/run"
)

const gauntletHelp = `Run all phases of a nightly: the smoke steps, then parity and review side by side
while the services are up, then the assessment of what they have shown.

Everything is kept in one directory, .scrum/gauntlet/<time>-<commit>: the evidence of
each phase, report.html and report.md with a headline of each, and the logs. A
run that was interrupted or killed goes on with --resume; phases that have their
evidence are not run again. Two gauntlets of one folder never overlap.`

const gauntletExits = `Exit status:
  0    ship, or ship-with-known-gap
  1    no-ship; with --fail-on gap a known gap, too; with --expect any other verdict
  2    usage or configuration error
  4    hold: evidence is missing or decides nothing; or another gauntlet is running
  130  interrupted; everything was taken down`

const gauntletExamples = `  scrum gauntlet
  scrum gauntlet --skip review='no keys on this machine'
  scrum gauntlet --resume .scrum/gauntlet/20261123T020000Z-0a1b2c3d4
  scrum gauntlet --expect no-ship --notify 'mail -s "gauntlet: $SCRUM_VERDICT" team@example.com'`

type gauntletFlags struct {
	assessFlags
	file   string
	out    string
	resume string
	skip   []string
	jobs   int
	panel  string
	notify string
	keep   int
}

func newGauntlet(p *process) *cobra.Command {
	var f gauntletFlags
	cmd := &cobra.Command{
		Use:     "gauntlet",
		Short:   "Run smoke, parity and review, and decide if it may be shipped",
		Long:    gauntletHelp + "\n\n" + gauntletExits,
		Example: gauntletExamples,
		Args:    atMost(0, "no arguments"),
		RunE:    func(cmd *cobra.Command, _ []string) error { return runGauntlet(cmd.Context(), p, &f) },
	}
	fs := cmd.Flags()
	fs.StringVar(&f.file, "file", "gauntlet.yaml", "the gauntlet `FILE`")
	fs.StringVar(&f.out, "out", "", "the directory of the run, instead of a new one below .scrum/gauntlet; a new or empty `DIR`")
	fs.StringVar(&f.resume, "resume", "", "go on with the run in `DIR`")
	fs.StringArrayVar(&f.skip, "skip", nil, "leave a phase out: `PHASE=REASON`, shown in the report; may be repeated")
	fs.IntVarP(&f.jobs, "jobs", "j", 0, "`N` smoke steps at a time")
	fs.StringVar(&f.panel, "panel", "", "the panel of the review, instead of that of the file, by `NAME`")
	fs.StringVar(&f.gaps, "gaps", "", "the ledger, when it is not the one that the file names; a `FILE`, which need not be there")
	fs.StringVar(&f.failOn, "fail-on", "", "`gap`: a known gap closes the gate")
	fs.StringVar(&f.expect, "expect", "", "exit with 0 if and only if this is the `VERDICT`: "+strings.Join(assess.Outcomes(), ", "))
	fs.StringArrayVar(&f.formats, "format", nil, "write the assessment as `NAME[=FILE]`: terminal, md or json; may be repeated")
	fs.StringVar(&f.notify, "notify", "", "when all is over, run `COMMAND` in a shell with report.md on its standard input, and SCRUM_VERDICT, SCRUM_EXIT and SCRUM_DIR set")
	fs.IntVar(&f.keep, "keep", 30, "keep the latest `N` runs, and the last that shipped; 0 keeps all")
	return cmd
}

func runGauntlet(ctx context.Context, p *process, f *gauntletFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	outs, err := assessOutputs(p, f.formats)
	if err != nil {
		return err
	}
	skip, err := f.skipped()
	if err != nil {
		return err
	}
	spec, err := gauntlet.ReadFile(f.file)
	if err != nil {
		return usageErrorf("%w", err)
	}
	top := filepath.Dir(f.file)
	home := filepath.Join(top, filepath.FromSlash(gauntlet.Home))
	unlock, err := gauntlet.Lock(home)
	if errors.Is(err, gauntlet.ErrBusy) {
		return &exitError{exitInconclusive, err}
	}
	if err != nil {
		return err
	}
	defer unlock()
	guard, err := procgroup.StartGuard()
	if err != nil {
		return err
	}
	defer func() { _ = guard.Close() }()
	if err := mark(guard); err != nil {
		return err
	}

	commit, dirty := revision(ctx, top)
	if commit == "" {
		return usageErrorf("%s is in no git repository with a commit: evidence must name the commit that it is of", top)
	}
	dir, err := f.dir(home, commit)
	if err != nil {
		return usageErrorf("%w", err)
	}
	opt := gauntlet.Options{
		Dir: top, Skip: skip, Ledger: f.gaps, Jobs: f.jobs, Env: p.env, Guard: guard, Commit: commit, Dirty: dirty, Version: version, Now: time.Now,
		Review: f.review(p),
	}
	if !p.said.quiet {
		opt.Observe = gauntletProgress(p.stderr)
	}
	out, err := gauntlet.Run(ctx, spec, dir, opt)
	if err != nil {
		if ctx.Err() != nil {
			return &exitError{exitInterrupted, fmt.Errorf("interrupted; go on with: scrum gauntlet --resume %s", dir.Path())}
		}
		return assessError(fmt.Errorf("%w; go on with: scrum gauntlet --resume %s", err, dir.Path()))
	}
	return f.finish(ctx, p, home, outs, out)
}

// mark puts the guard's mark into the environment of all that this process starts: what
// the review starts is not the stack's, and is to end with it all the same.
func mark(guard *procgroup.Guard) error {
	name, value, _ := strings.Cut(string(guard.Mark()), "=")
	return os.Setenv(name, value)
}

// finish writes the assessment, tells who wants to know, and tidies up.
func (f *gauntletFlags) finish(ctx context.Context, p *process, home string, outs []assessOutput, out *gauntlet.Outcome) error {
	if f.expect != "" {
		out.Result.Expect(assess.Outcome(f.expect))
	}
	if err := writeAssess(p, outs, out.Result); err != nil {
		return err
	}
	end := f.end(out.Result)
	fmt.Fprintf(p.stderr, "kept in %s\n", out.Dir)
	if f.notify != "" {
		if err := notify(ctx, p, f.notify, out, end); err != nil {
			fmt.Fprintf(p.stderr, "scrum: --notify: %s\n", oneLine(err))
		}
	}
	removed, err := gauntlet.Prune(home, f.keep)
	if len(removed) > 0 {
		fmt.Fprintf(p.stderr, "removed %s above --keep %d\n", counted(len(removed), "older run"), f.keep)
	}
	return errors.Join(end, err)
}

func (f *gauntletFlags) skipped() (map[string]string, error) {
	out := map[string]string{}
	for _, s := range f.skip {
		phase, reason, _ := strings.Cut(s, "=")
		if strings.TrimSpace(reason) == "" {
			return nil, usageErrorf("--skip %s gives no reason; write it as --skip %s='the reason'", s, phase)
		}
		known := false
		for _, name := range assess.Phases() {
			known = known || name == phase
		}
		if !known {
			return nil, usageErrorf("--skip: there is no phase %q to skip; there are %s", phase, strings.Join(assess.Phases(), ", "))
		}
		out[phase] = reason
	}
	return out, nil
}

func (f *gauntletFlags) dir(home, commit string) (*gauntlet.Dir, error) {
	if f.resume == "" {
		return gauntlet.CreateDir(home, f.out, time.Now(), commit)
	}
	if f.out != "" {
		return nil, errors.New("--resume goes on in the directory of the run: leave --out away")
	}
	return gauntlet.OpenDir(f.resume)
}

func (f *gauntletFlags) review(p *process) run.Options {
	return run.Options{
		Settings: run.Settings{Environ: p.env, UserFile: userConfig(p)}, Panel: f.panel, Version: version, Getenv: p.getenv,
		Force: truthy(p.getenv("SCRUM_FORCE_OVERSIZE")), CacheDir: cacheDir(p), Log: p.log(),
	}
}

// gauntletProgress tells of phases, steps and seats as they end. Phases run side by side.
func gauntletProgress(w io.Writer) gauntlet.Observer {
	var mu sync.Mutex
	line := func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintf(w, format, args...)
	}
	steps := smokeProgress(lineWriter(func(s string) { line("  smoke: %s", s) }))
	return gauntlet.Observer{
		Phase: func(phase, headline string) {
			if headline == "" {
				line("%s …\n", phase)
			} else {
				line("%s: %s\n", phase, report.Phrase(headline))
			}
		},
		Smoke: steps,
		Review: func(e reviewers.Event) {
			if e.Phase == reviewers.Done {
				line("  review: %s %s: %s%s\n", e.Bundle, e.Reviewer, e.State, because(e.Err))
			}
		},
	}
}

type lineWriter func(string)

func (l lineWriter) Write(b []byte) (int, error) {
	l(string(b))
	return len(b), nil
}

// notifyTime is how long a notification may take: a nightly must not hang on it.
const notifyTime = time.Minute

// notify runs the command of the user's, with the report.
func notify(ctx context.Context, p *process, command string, out *gauntlet.Outcome, end error) error {
	ctx, cancel := context.WithTimeout(ctx, notifyTime)
	defer cancel()
	data, err := os.ReadFile(filepath.Join(out.Dir, gauntlet.ReportFile))
	if err != nil {
		return err
	}
	code := 0
	var exit *exitError
	if errors.As(end, &exit) {
		code = exit.code
	}
	cmd := exec.CommandContext(ctx, "sh", "-c", command)
	cmd.Env = append(slices.Clone(p.env), "SCRUM_VERDICT="+string(out.Result.Verdict.Outcome), fmt.Sprintf("SCRUM_EXIT=%d", code), "SCRUM_DIR="+out.Dir)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(string(data)), p.stderr, p.stderr
	cmd.WaitDelay = time.Second
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("running %q: %w", command, err)
	}
	return nil
}
