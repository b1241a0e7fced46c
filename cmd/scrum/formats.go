package main

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"scrum/report"
)

// output is one --format: a format and the file that it goes to, "" for standard
// output.
type output struct {
	writer report.Writer
	file   string
	append bool // to a file that others write to as well
}

// formatFlags say how a review is written.
type formatFlags struct {
	names   []string
	explain bool
}

func (f *formatFlags) register(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringArrayVar(&f.names, "format", nil, "write the review as `NAME[=FILE]`, repeated for several: "+strings.Join(report.Formats(), ", "))
	fs.BoolVar(&f.explain, "explain", false, "say of each finding why its reports are taken for one problem")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(report.Formats(), cobra.ShellCompDirectiveNoSpace)) // a file may follow
}

// outputs reads the --format flags. Without any, the report for people goes to
// standard output.
func outputs(p *process, f formatFlags) ([]output, error) {
	flags := f.names
	if len(flags) == 0 {
		flags = []string{"terminal"}
	}
	var out []output
	toStdout := 0
	for _, flag := range flags {
		o, err := outputOf(p, flag, f.explain)
		if err != nil {
			return nil, err
		}
		if o.file == "" {
			toStdout++
		}
		out = append(out, o)
	}
	if toStdout > 1 {
		return nil, usageErrorf("only one format fits on standard output: give the others a file, as in --format md=review.md")
	}
	return out, nil
}

// outputOf reads one flag. GitHub's summary goes to the file that its runner names, if it
// is told no other.
func outputOf(p *process, flag string, explain bool) (output, error) {
	name, file, hasFile := strings.Cut(flag, "=")
	if hasFile && file == "" {
		return output{}, usageErrorf("--format %s names no file after the =", flag)
	}
	o := output{file: file}
	if summary := p.getenv("GITHUB_STEP_SUMMARY"); name == "github-summary" && !hasFile && summary != "" {
		o.file, o.append = summary, true
	}
	opt := report.Terminal{Width: 100}
	if o.file == "" {
		opt = terminal(p)
	}
	opt.Explain = explain
	w, err := report.For(name, opt)
	if err != nil {
		return output{}, usageErrorf("--format %s: %w", flag, err)
	}
	o.writer = w
	if _, ok := w.(report.SARIF); ok {
		o.writer = report.SARIF{Repository: repository(p)}
	}
	return o, nil
}

// repository is the address of the repository, where a CI server tells it; "" where
// none does. It must not hold a password: what is written may be published.
func repository(p *process) string {
	at := p.getenv("CI_PROJECT_URL")
	if server, name := p.getenv("GITHUB_SERVER_URL"), p.getenv("GITHUB_REPOSITORY"); server != "" && name != "" {
		at = server + "/" + name
	}
	u, err := url.Parse(at)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
		return ""
	}
	return u.String()
}

// terminal looks at where standard output goes. NO_COLOR and CI are respected.
func terminal(p *process) report.Terminal {
	t := report.Terminal{Width: 100}
	f, ok := p.stdout.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return t
	}
	if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
		t.Width = min(max(width, 60), 120)
	}
	t.Color = p.getenv("NO_COLOR") == "" && p.getenv("CI") == "" && p.getenv("TERM") != "dumb"
	return t
}

// write puts the review into every output. A file appears whole or not at all.
func write(p *process, outs []output, r *report.Review) error {
	var errs []error
	for _, o := range outs {
		if o.file == "" {
			errs = append(errs, o.writer.Write(p.stdout, r))
			continue
		}
		if o.append {
			if err := appendFile(o, r); err != nil {
				errs = append(errs, fmt.Errorf("appending to %s: %w", o.file, err))
			}
			continue
		}
		if err := writeFile(o.file, func(w io.Writer) error { return o.writer.Write(w, r) }); err != nil {
			errs = append(errs, fmt.Errorf("writing %s: %w", o.file, err))
		}
	}
	return errors.Join(errs...)
}

func appendFile(o output, r *report.Review) error {
	f, err := os.OpenFile(o.file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(o.writer.Write(f, r), f.Close())
}

func writeFile(path string, fill func(io.Writer) error) error {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return writeInto(path, fill) // a device or a pipe is written to, never replaced
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".scrum-*")
	if err != nil {
		return err
	}
	err = errors.Join(fill(tmp), tmp.Chmod(0o644), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		_ = os.Remove(tmp.Name())
	}
	return err
}

func writeInto(path string, fill func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(fill(f), f.Close())
}
