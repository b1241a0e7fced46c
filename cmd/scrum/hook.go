package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"scrum/hook"
	"scrum/report"
)

const hookHelp = `Review what is about to be pushed or committed, in a git hook.

pre-push reviews exactly the commits that the remote does not have yet, with the
panel of the configuration. pre-commit reviews the index with the analysers alone,
so that it is quick (--panel chooses another panel).

A hook that is there already is kept beside it and runs first. husky's file gets a
block; for hooks of pre-commit and lefthook you are told what to add to them.

Anything but a pass stops the push or the commit: findings that close the gate, an
inconclusive review (unless --allow-inconclusive), and a command that is missing.
git push --no-verify, or SCRUM_SKIP=1, goes on without.`

type hookFlags struct {
	panel string
	allow bool
}

func (f *hookFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.panel, "panel", "", "the panel that reviews, by `NAME`; without it the configured one before a push, offline before a commit")
	cmd.Flags().BoolVar(&f.allow, "allow-inconclusive", false, "let pass what could not be judged, with a warning")
}

// args are the flags again, for the hook to call with.
func (f *hookFlags) args() []string {
	var out []string
	if f.panel != "" {
		out = append(out, "--panel="+f.panel)
	}
	if f.allow {
		out = append(out, "--allow-inconclusive")
	}
	return out
}

func newHook(p *process) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "hook",
		Short: "Review in git's hooks, before a push or a commit",
		Long:  hookHelp,
		Example: `  scrum hook install
  scrum hook install pre-push pre-commit
  scrum hook install pre-push --panel offline
  scrum hook status
  scrum hook uninstall`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			return cmd.Help()
		},
	}
	var f hookFlags
	install := &cobra.Command{Use: "install [pre-push|pre-commit]…", Short: "Put scrum into hooks; into pre-push when none is named", ValidArgs: hook.Names(),
		RunE: func(cmd *cobra.Command, args []string) error {
			return eachHook(args, []string{hook.PrePush}, func(name string) error { return installHook(cmd.Context(), p, name, f.args()) })
		}}
	f.register(install)
	uninstall := &cobra.Command{Use: "uninstall [pre-push|pre-commit]…", Short: "Take scrum out of hooks, and bring back what was there", ValidArgs: hook.Names(),
		RunE: func(cmd *cobra.Command, args []string) error {
			return eachHook(args, hook.Names(), func(name string) error { return uninstallHook(cmd.Context(), p, name) })
		}}
	status := &cobra.Command{Use: "status", Short: "Tell which hooks scrum is in", Args: atMost(0, "no argument"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return eachHook(nil, hook.Names(), func(name string) error { return hookStatus(cmd.Context(), p, name) })
		}}
	cmd.AddCommand(install, uninstall, status, newHookRun(p))
	return cmd
}

func eachHook(names, without []string, do func(string) error) error {
	if len(names) == 0 {
		names = without
	}
	var errs []error
	for _, n := range names {
		errs = append(errs, do(n))
	}
	return errors.Join(errs...)
}

func installHook(ctx context.Context, p *process, name string, args []string) error {
	r, err := hook.Install(ctx, ".", name, args)
	if err != nil {
		return usageErrorf("%w", err)
	}
	fmt.Fprintf(p.stdout, "%s: scrum is in %s\n", name, report.Line(r.File))
	if r.Husky {
		fmt.Fprintln(p.stdout, "  husky's file is part of the repository: commit it")
	}
	if r.Older != "" {
		fmt.Fprintf(p.stdout, "  the hook that was there runs first: %s\n", report.Line(r.Older))
	}
	return nil
}

func uninstallHook(ctx context.Context, p *process, name string) error {
	r, err := hook.Uninstall(ctx, ".", name)
	if err != nil {
		return usageErrorf("%w", err)
	}
	what := "scrum was not in it"
	if r.There {
		what = "scrum is out of it"
	}
	fmt.Fprintf(p.stdout, "%s: %s\n", name, what)
	return nil
}

func hookStatus(ctx context.Context, p *process, name string) error {
	r, err := hook.Status(ctx, ".", name)
	if err != nil {
		return usageErrorf("%w", err)
	}
	what := "not installed"
	if r.There {
		what = "installed in " + report.Line(r.File)
	}
	if r.Older != "" {
		what += ", after " + report.Line(r.Older)
	}
	fmt.Fprintf(p.stdout, "%s: %s\n", name, what)
	return nil
}

// newHookRun is what the hooks call.
func newHookRun(p *process) *cobra.Command {
	var f hookFlags
	cmd := &cobra.Command{Use: "run pre-push [REMOTE URL] | pre-commit", Short: "What the hooks call", Hidden: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) >= 2 && args[0] == hook.PrePush:
				pushes, err := hook.Pushes(cmd.Context(), ".", args[1], p.stdin)
				if err != nil {
					return err
				}
				return prePush(cmd.Context(), p, f, pushes)
			case len(args) == 1 && args[0] == hook.PrePush: // from .pre-commit-hooks.yaml
				push, err := hook.PushOfPreCommit(cmd.Context(), ".", p.getenv)
				if err != nil {
					return usageErrorf("%w", err)
				}
				return prePush(cmd.Context(), p, f, []hook.Push{push})
			case len(args) >= 1 && args[0] == hook.PreCommit:
				return preCommit(cmd.Context(), p, f)
			}
			return usageErrorf("scrum hook run is called by git's hooks: scrum hook install puts it there")
		}}
	f.register(cmd)
	return cmd
}

func preCommit(ctx context.Context, p *process, f hookFlags) error {
	r := reviewFlags{changeFlags: changeFlags{staged: true, panel: f.panel, configFrom: "base"}}
	p.said.quiet = true // a commit is made many times an hour
	if r.panel == "" {
		r.panel = "offline"
	}
	return f.judged(p, runReview(ctx, p, &r, nil))
}

func prePush(ctx context.Context, p *process, f hookFlags, pushes []hook.Push) error {
	if len(pushes) == 0 {
		fmt.Fprintln(p.stderr, "scrum: nothing is reviewed, because git names nothing that is pushed: all of it is there already, or a command before this one in the hook has read git's lines")
	}
	var worst error
	reviewed := map[string]bool{}
	for _, push := range pushes {
		if push.Range == "" {
			fmt.Fprintf(p.stderr, "scrum: %s is not reviewed: %s\n", report.Line(push.Ref), push.Why)
			continue
		}
		if reviewed[push.Range] {
			continue
		}
		reviewed[push.Range] = true
		r := reviewFlags{changeFlags: changeFlags{panel: f.panel, configFrom: "base"}}
		if err := f.judged(p, runReview(ctx, p, &r, []string{push.Range})); err != nil && (worst == nil || exitCode(err) == exitGateClosed) {
			worst = err
		}
	}
	return worst
}

// judged lets an inconclusive review pass where that was asked for.
func (f hookFlags) judged(p *process, err error) error {
	if err != nil && f.allow && exitCode(err) == exitInconclusive {
		fmt.Fprintf(p.stderr, "scrum: this could not be judged, and goes on because of --allow-inconclusive\n")
		return nil
	}
	return err
}
