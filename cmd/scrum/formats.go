package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"
	"golang.org/x/term"

	"scrum/report"
)

// output is one --format: a format and the file that it goes to, "" for standard
// output.
type output struct {
	writer report.Writer
	file   string
}

// formatFlags say how a review is written.
type formatFlags struct {
	names   []string
	explain bool
}

func (f *formatFlags) register(fs *pflag.FlagSet) {
	fs.StringArrayVar(&f.names, "format", nil, "write the review as `NAME[=FILE]`: terminal, md, json or html; may be repeated")
	fs.BoolVar(&f.explain, "explain", false, "say of each finding why its reports are taken for one problem")
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
		name, file, hasFile := strings.Cut(flag, "=")
		if hasFile && file == "" {
			return nil, usageErrorf("--format %s names no file after the =", flag)
		}
		opt := report.Terminal{Width: 100}
		if !hasFile {
			toStdout++
			opt = terminal(p)
		}
		opt.Explain = f.explain
		w, err := report.For(name, opt)
		if err != nil {
			return nil, usageErrorf("--format %s: %w", flag, err)
		}
		out = append(out, output{w, file})
	}
	if toStdout > 1 {
		return nil, usageErrorf("only one format fits on standard output: give the others a file, as in --format md=review.md")
	}
	return out, nil
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
		if err := writeFile(o.file, func(w io.Writer) error { return o.writer.Write(w, r) }); err != nil {
			errs = append(errs, fmt.Errorf("writing %s: %w", o.file, err))
		}
	}
	return errors.Join(errs...)
}

func writeFile(path string, fill func(io.Writer) error) error {
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
