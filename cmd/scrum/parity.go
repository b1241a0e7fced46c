package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"scrum/gauntlet"
	"scrum/parity"
	"scrum/parity/exchange"
	"scrum/parity/formats"
	"scrum/parity/node"
)

const parityHelp = `Send the same HTTP requests to two or more targets and compare the answers. The first
target is the reference.

Targets, cases and rules are the section parity of gauntlet.yaml. --target replaces the
address of a target or adds one. Redirects are compared, not followed.`

const parityExits = `Exit status:
  0    every case matches
  1    there are divergences
  2    usage or configuration error, or no case was executed
  4    a target cannot be reached, or something could not be compared
  130  interrupted`

// parityFlags choose what is sent where, and how the result is written.
type parityFlags struct {
	file    string
	targets []string
	cases   []string
	formats []string
	out     string
}

func (f *parityFlags) register(fs *pflag.FlagSet) {
	fs.StringVar(&f.file, "file", "gauntlet.yaml", "read the section parity of this `FILE`")
	fs.StringArrayVar(&f.targets, "target", nil, "take `NAME=URL` as a target; may be repeated")
	fs.StringArrayVar(&f.formats, "format", nil, "write the result as `NAME[=FILE]`: "+strings.Join(formats.Names(), ", ")+"; may be repeated")
	fs.StringVar(&f.out, "out", "", "write the result in every format into this `FOLDER`: parity.json, parity.md, …")
}

func newParity(p *process) *cobra.Command {
	var f parityFlags
	cmd := &cobra.Command{
		Use:   "parity",
		Short: "Send the same HTTP requests to several targets and compare the answers",
		Long:  parityHelp + "\n\n" + parityExits,
		Example: `  scrum parity
  scrum parity --target old=http://127.0.0.1:8081 --target new=http://127.0.0.1:8082
  scrum parity --case 'list*' --format md=parity.md --format json=parity.json`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return runParity(cmd.Context(), p, &f, false) },
	}
	cmd.SuggestionsMinimumDistance = 2
	cmd.AddCommand(newParityReplay(p), newParitySelftest(p), newParityRecord(p))
	f.register(cmd.Flags())
	cmd.Flags().StringArrayVar(&f.cases, "case", nil, "only cases whose name matches this `GLOB`, and those that they need; may be repeated")
	return cmd
}

// runParity runs the chosen cases. With everything, the result has the requests and
// all of the answers, also where nothing differs.
func runParity(ctx context.Context, p *process, f *parityFlags, everything bool) error {
	outs, err := parityOutputs(p, f.formats, everything)
	if err != nil {
		return err
	}
	spec, err := readParity(f)
	if err != nil {
		return err
	}
	opt := f.options(ctx, p)
	opt.KeepAll = everything
	result, err := parity.Run(ctx, spec, opt)
	if err != nil {
		return parityError(err)
	}
	if err := writeParity(p, outs, f.out, result); err != nil {
		return err
	}
	return parityExit(p, result)
}

// readParity reads the section and the files that it names, and puts in the targets of
// the flags.
func readParity(f *parityFlags) (*parity.Spec, error) {
	data, err := os.ReadFile(f.file)
	if err != nil {
		return nil, usageErrorf("%w", err)
	}
	file, err := gauntlet.Parse(f.file, data)
	if err != nil {
		return nil, usageErrorf("%w", err)
	}
	section := file.Section("parity")
	if section == nil {
		return nil, usageErrorf("%s has no section parity", f.file)
	}
	spec, err := parity.Decode(f.file, section)
	if err != nil {
		return nil, usageErrorf("%w", err)
	}
	for _, flag := range f.targets {
		name, address, _ := strings.Cut(flag, "=")
		t, err := exchange.NewTarget(name, address)
		if err != nil {
			return nil, usageErrorf("--target: %w", err)
		}
		spec.SetTarget(t)
	}
	if err := spec.Load(os.ReadFile); err != nil {
		return nil, usageErrorf("%w", err)
	}
	return &spec, nil
}

func (f *parityFlags) options(ctx context.Context, p *process) parity.Options {
	commit, dirty := revision(ctx, filepath.Dir(f.file))
	opt := parity.Options{Cases: f.cases, ToolVersion: version, Commit: commit, Dirty: dirty, Now: time.Now}
	if !p.said.quiet {
		opt.Observe = func(done, total int, c *parity.Case) {
			if c.State != parity.StateMatch || done == total {
				fmt.Fprintf(p.stderr, "  [%d/%d] %s: %s\n", done, total, oneLine(errors.New(c.Name)), c.State)
			}
		}
	}
	return opt
}

// parityError gives mistakes of the user their exit code.
func parityError(err error) error {
	var mistake *node.Error
	if errors.As(err, &mistake) {
		return usageErrorf("%w", err)
	}
	return err
}

// parityExit turns the verdict into the end of the program. What a rule is for nobody
// needs is said in any format.
func parityExit(p *process, r *parity.Result) error {
	for _, rule := range r.UnusedRules {
		fmt.Fprintf(p.stderr, "scrum: warning: the rule of line %d met no value: %s\n", rule.Line, oneLine(errors.New(rule.Path)))
	}
	if r.Verdict.ExitCode == exitPassed {
		return nil
	}
	if r.Verdict.Outcome == parity.OutcomeDiverged {
		return &exitError{code: r.Verdict.ExitCode}
	}
	return &exitError{r.Verdict.ExitCode, errors.New(r.Verdict.Reason)}
}

// parityOutput is one --format of a parity result.
type parityOutput struct {
	writer formats.Writer
	file   string
}

func parityOutputs(p *process, flags []string, bodies bool) ([]parityOutput, error) {
	if len(flags) == 0 {
		flags = []string{"terminal"}
	}
	var out []parityOutput
	toStdout := 0
	for _, flag := range flags {
		name, file, hasFile := strings.Cut(flag, "=")
		if hasFile && file == "" {
			return nil, usageErrorf("--format %s names no file after the =", flag)
		}
		if !hasFile {
			toStdout++
		}
		w, err := formats.For(name, formats.Terminal{Color: !hasFile && terminal(p).Color, Bodies: bodies})
		if err != nil {
			return nil, usageErrorf("--format %s: %w", flag, err)
		}
		out = append(out, parityOutput{w, file})
	}
	if toStdout > 1 {
		return nil, usageErrorf("only one format fits on standard output: give the others a file, as in --format md=parity.md")
	}
	return out, nil
}

func writeParity(p *process, outs []parityOutput, folder string, r *parity.Result) error {
	if folder != "" {
		if err := os.MkdirAll(folder, 0o750); err != nil {
			return fmt.Errorf("making the folder of the result: %w", err)
		}
		for name, file := range formats.Files() {
			w, err := formats.For(name, formats.Terminal{})
			if err != nil {
				return err
			}
			outs = append(outs, parityOutput{w, filepath.Join(folder, file)})
		}
	}
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
