package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"scrum/bundler"
	"scrum/doctor"
	"scrum/report"
	"scrum/reviewers"
	"scrum/run"
	"scrum/setup"
)

const initHelp = `Write a commented .scrum.yaml for what is there: keys in the environment, model
servers on this machine, agents on PATH. Nothing is sent to other machines, and no
key is read or written, only the name of its variable.

On a terminal it shows what it would write and asks; elsewhere, and with --yes, it
asks nothing. A file that is there already is left alone, unless --force, which keeps
it beside the new one as .scrum.yaml.old.`

type initFlags struct{ yes, force, stdout bool }

func newInit(p *process) *cobra.Command {
	var f initFlags
	cmd := &cobra.Command{
		Use: "init", Short: "Write a first configuration for the keys and servers that are there",
		Long: initHelp,
		Example: `  scrum init
  scrum init --stdout
  scrum init --yes --force`,
		Args: atMost(0, "no argument"),
		RunE: func(cmd *cobra.Command, _ []string) error { return runInit(cmd.Context(), p, f) },
	}
	cmd.Flags().BoolVarP(&f.yes, "yes", "y", false, "ask nothing")
	cmd.Flags().BoolVar(&f.force, "force", false, "replace a file that is there; it is kept as "+run.ProjectFile+".old")
	cmd.Flags().BoolVar(&f.stdout, "stdout", false, "print the configuration and write nothing")
	return cmd
}

func runInit(ctx context.Context, p *process, f initFlags) error {
	found := setup.Look(ctx, p.getenv, lookPath(p), reviewers.DiscoverOptions{})
	text := found.Config()
	if f.stdout {
		_, err := p.stdout.Write(text)
		return err
	}
	file := run.ProjectFile
	if top, err := bundler.Top(ctx, "."); err == nil {
		file = filepath.Join(top, run.ProjectFile)
	}
	if _, err := os.Lstat(file); err == nil && !f.force {
		return usageErrorf("%s is there already; scrum init --force replaces it and keeps it as %s.old, scrum init --stdout prints what it would write", file, run.ProjectFile)
	}
	tellFound(p, found)
	if !f.yes && interactive(p) {
		fmt.Fprintf(p.stderr, "\n%s\n", report.Sanitise(string(text)))
		if !agrees(p, "Write this to "+file+"?") {
			fmt.Fprintln(p.stderr, "nothing was written")
			return nil
		}
	}
	if err := os.Rename(file, file+".old"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("keeping the configuration that is there: %w", err)
	}
	if err := os.WriteFile(file, text, 0o644); err != nil { //nolint:gosec // it is meant to be committed
		return fmt.Errorf("writing the configuration: %w", err)
	}
	fmt.Fprintf(p.stdout, "wrote %s\n", file)
	fmt.Fprint(p.stderr, `
Next:
  scrum doctor         does it work?
  scrum bundle         what would be sent, to whom
  scrum review --config-from worktree
  git add .scrum.yaml  it counts once it is committed on the base branch
  scrum hook install   review before every push
`)
	return nil
}

func tellFound(p *process, found setup.Found) {
	for _, m := range found.Models {
		fmt.Fprintf(p.stderr, "found %s (%s, lineage %s): %s\n", report.Line(m.Name), report.Line(m.Model), m.Lineage, report.Line(m.Why))
	}
	for _, a := range found.Agents {
		fmt.Fprintf(p.stderr, "found the agent %s on PATH; it is in the file as a comment, because it spends your account with it\n", a)
	}
	if len(found.Models) == 0 {
		fmt.Fprintln(p.stderr, "no key is set and no local server answers: the analysers will review alone")
	}
	if len(found.Models) < 2 {
		for _, m := range found.Missing {
			fmt.Fprintf(p.stderr, "  not there: %s; %s\n", report.Line(m.Name), report.Line(m.How))
		}
	}
}

// interactive tells that a person is there to be asked.
func interactive(p *process) bool {
	in, ok := p.stdin.(*os.File)
	out, ok2 := p.stderr.(*os.File)
	return ok && ok2 && term.IsTerminal(int(in.Fd())) && term.IsTerminal(int(out.Fd())) && p.getenv("CI") == ""
}

func agrees(p *process, question string) bool {
	fmt.Fprintf(p.stderr, "%s [Y/n] ", question)
	line, err := bufio.NewReader(p.stdin).ReadString('\n')
	answer := strings.ToLower(strings.TrimSpace(line))
	return err == nil && (answer == "" || answer == "y" || answer == "yes")
}

// lookPath finds programs on the PATH of the process as it was given.
func lookPath(p *process) func(string) (string, error) {
	return func(name string) (string, error) {
		if strings.ContainsRune(name, filepath.Separator) {
			return exec.LookPath(name)
		}
		for _, dir := range filepath.SplitList(p.getenv("PATH")) {
			if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
				return path, nil
			}
		}
		return "", fmt.Errorf("%s: %w", name, exec.ErrNotFound)
	}
}

const doctorHelp = `Look at everything that a review needs, and say of each what is wrong and what to
do: git, the repository, the configuration and whether the base commit has it, the
ledger, keys, endpoints, models, lineages, agents, clocks.

Nothing of the repository is sent. Every provider of the panel is asked for its list
of models, which costs nothing. With --ask every model gets one question of some
fifty tokens, which shows whether it streams, keeps to the form, and is the model
that was asked for.

Exit status: 0 a review works, 2 something here is to be corrected, 4 something that
is needed cannot be reached.`

type doctorFlags struct {
	config     string
	configFrom string
	panel      string
	format     string
	ask        bool
}

func newDoctor(p *process) *cobra.Command {
	var f doctorFlags
	cmd := &cobra.Command{
		Use: "doctor", Short: "Check keys, endpoints, models and configuration, each with its fix",
		Long: doctorHelp,
		Example: `  scrum doctor
  scrum doctor --ask
  scrum doctor --config-from worktree --format json`,
		Args: atMost(0, "no argument"),
		RunE: func(cmd *cobra.Command, _ []string) error { return runDoctor(cmd.Context(), p, f) },
	}
	cmd.Flags().StringVar(&f.config, "config", "", "look at this configuration `FILE` instead of the repository's "+run.ProjectFile)
	cmd.Flags().StringVar(&f.configFrom, "config-from", "base", "take "+run.ProjectFile+" from the `base` commit or the worktree")
	cmd.Flags().StringVar(&f.panel, "panel", "", "look at this panel, by `NAME`")
	cmd.Flags().StringVar(&f.format, "format", "terminal", "terminal or json")
	cmd.Flags().BoolVar(&f.ask, "ask", false, "ask every model one small question, which costs a little")
	return cmd
}

func runDoctor(ctx context.Context, p *process, f doctorFlags) error {
	if f.format != "terminal" && f.format != "json" {
		return usageErrorf("--format %s: scrum doctor writes terminal or json", f.format)
	}
	c := changeFlags{config: f.config, configFrom: f.configFrom, panel: f.panel}
	settings, err := c.settings(p)
	if err != nil {
		return err
	}
	checks := doctor.Examine(ctx, doctor.Options{
		Run:  run.Options{Settings: settings, Panel: f.panel, Version: version, Getenv: p.getenv},
		Home: cacheDir(p), Ask: f.ask, LookPath: lookPath(p),
	})
	if err := ctx.Err(); err != nil {
		return err
	}
	write := doctor.Write
	if f.format == "json" {
		write = doctor.WriteJSON
	}
	if err := write(p.stdout, checks); err != nil {
		return err
	}
	if code := doctor.ExitCode(checks); code != exitPassed {
		return &exitError{code: code}
	}
	return nil
}
