package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"scrum/bundler"
	"scrum/config"
	"scrum/run"
)

// changeFlags say which change, under which configuration, by which panel: what
// review and bundle have in common.
type changeFlags struct {
	staged     bool
	worktree   bool
	commit     string
	since      time.Duration
	diff       string
	dir        string
	config     string
	configFrom string
	panel      string
	packing    string
	maxCost    float64
	verify     string
	force      bool
}

func (f *changeFlags) register(fs *pflag.FlagSet) {
	fs.BoolVar(&f.staged, "staged", false, "review the index: what would be committed")
	fs.BoolVar(&f.worktree, "worktree", false, "review the work tree, untracked files included")
	fs.StringVar(&f.commit, "commit", "", "review one commit, `SHA`")
	fs.DurationVar(&f.since, "since", 0, "review the commits of the last `DURATION`, such as 24h")
	fs.StringVar(&f.diff, "diff", "", "review a diff `FILE`; - is standard input")
	fs.StringVarP(&f.dir, "repo", "C", "", "the repository, when it is not the current `DIR`")
	fs.StringVar(&f.config, "config", "", "use this configuration `FILE` instead of the repository's "+run.ProjectFile)
	fs.StringVar(&f.configFrom, "config-from", "base", "take "+run.ProjectFile+", templates and guidance from the `base` commit or the worktree")
	fs.StringVar(&f.panel, "panel", "", "the panel of reviewers, by `NAME`: a configured one, auto or offline")
	fs.StringVar(&f.packing, "packing", "", "how files are packed: `ffd` (fewest bundles) or stable (fewest changed bundles)")
	fs.Float64Var(&f.maxCost, "max-cost", 0, "send nothing whose answer could make the run cost more than this many `USD`")
	fs.BoolVar(&f.force, "force-oversize", false, "send bundles above the refuse limit too (also SCRUM_FORCE_OVERSIZE=1); the run records it")
}

// options of the job, and a function that closes what was opened.
func (f *changeFlags) options(p *process, args []string) (run.Options, func(), error) {
	closing := func() {}
	src, err := f.source(args)
	if err != nil {
		return run.Options{}, closing, err
	}
	if f.diff == "-" {
		src.Diff, src.DiffName = p.stdin, "standard input"
	} else if f.diff != "" {
		file, err := os.Open(f.diff)
		if err != nil {
			return run.Options{}, closing, usageErrorf("opening the diff: %w", err)
		}
		src.Diff, src.DiffName = file, f.diff
		closing = func() { _ = file.Close() }
	}
	settings, err := f.settings(p)
	if err != nil {
		return run.Options{}, closing, err
	}
	return run.Options{
		Source: src, Settings: settings, Panel: f.panel, Version: version, Getenv: p.getenv,
		Force: f.force || truthy(p.getenv("SCRUM_FORCE_OVERSIZE")),
	}, closing, nil
}

// source holds that at most one way of naming the change was used.
func (f *changeFlags) source(args []string) (bundler.Source, error) {
	src := bundler.Source{Dir: f.dir, Staged: f.staged, Worktree: f.worktree, Commit: f.commit, Since: f.since}
	var named []string
	for _, n := range []struct {
		flag string
		set  bool
	}{
		{"--staged", f.staged}, {"--worktree", f.worktree}, {"--commit", f.commit != ""},
		{"--since", f.since != 0}, {"--diff", f.diff != ""}, {"a range", len(args) > 0},
	} {
		if n.set {
			named = append(named, n.flag)
		}
	}
	if len(named) > 1 {
		return src, usageErrorf("%s each name the change: use one of them", strings.Join(named, " and "))
	}
	if f.since < 0 {
		return src, usageErrorf("--since takes a time that has passed, such as 24h; got %s", f.since)
	}
	if len(args) > 0 {
		src.Range = args[0]
		if src.Range == "" {
			return src, usageErrorf("the range is empty; leave it out to review against the default branch")
		}
	}
	return src, nil
}

func (f *changeFlags) settings(p *process) (run.Settings, error) {
	s := run.Settings{File: f.config, Environ: p.env, UserFile: userConfig(p), Flags: map[string]any{}}
	switch f.configFrom {
	case "base":
	case "worktree":
		s.Worktree = true
	default:
		return s, usageErrorf("--config-from is base or worktree, not %q", f.configFrom)
	}
	if f.packing != "" {
		s.Flags["packing"] = f.packing
	}
	if f.maxCost < 0 || math.IsNaN(f.maxCost) {
		return s, usageErrorf("--max-cost takes a sum in USD, such as 0.50; got %g", f.maxCost)
	}
	if f.maxCost > 0 {
		s.Flags["budget.usd"] = f.maxCost
	}
	if f.verify != "" {
		if f.verify != config.VerifyBlock && f.verify != config.VerifyAll && f.verify != "false" {
			return s, usageErrorf("--verify is block, all or false, not %q; write it with an equals sign: --verify=all", f.verify)
		}
		s.Flags["tally.verify"] = f.verify
	}
	return s, nil
}

// cacheDir is where answers are kept; "" when this user has no such place.
func cacheDir(p *process) string {
	if dir := p.getenv("XDG_CACHE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "scrum")
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "scrum")
}

// userConfig is the user's own configuration file; it need not exist.
func userConfig(p *process) string {
	for _, home := range []struct {
		variable string
		below    string
	}{{"XDG_CONFIG_HOME", ""}, {"HOME", ".config"}, {"AppData", ""}} {
		if dir := p.getenv(home.variable); dir != "" {
			return filepath.Join(dir, home.below, "scrum", "config.yaml")
		}
	}
	return ""
}

func truthy(s string) bool {
	switch strings.ToLower(s) {
	case "", "0", "false", "no", "off":
		return false
	}
	return true
}

// rangeArgument names the optional argument of review and bundle.
func rangeArgument(cmd *cobra.Command) {
	cmd.Use += " [RANGE]"
	cmd.Args = atMost(1, fmt.Sprintf("one range, such as %q", "main...HEAD"))
}
