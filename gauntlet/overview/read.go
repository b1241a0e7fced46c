package overview

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"scrum/assess"
	"scrum/parity"
	"scrum/report"
	"scrum/smoke"
)

// Overview is what a gauntlet has left behind. Phases of which there is nothing are nil.
type Overview struct {
	ID         string
	Manifest   assess.Manifest
	Assessment assess.Result
	Smoke      *smoke.Result
	Parity     *parity.Result
	Review     *report.Review
	Links      map[string]string // the file of a phase that has more of it
	Notes      []string          // what could not be read
}

// Read reads the directory of a run that was assessed. A phase whose evidence cannot be
// read is noted, and stops nothing.
func Read(dir string) (*Overview, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("reading the gauntlet: %w", err)
	}
	defer func() { _ = root.Close() }()
	o := &Overview{ID: filepath.Base(dir), Links: map[string]string{}}
	if err := decoded(root, assess.ResultFile, jsonInto(&o.Assessment)); err != nil {
		return nil, fmt.Errorf("reading the gauntlet: %w", err)
	}
	if err := decoded(root, assess.ManifestFile, jsonInto(&o.Manifest)); err != nil {
		return nil, fmt.Errorf("reading the gauntlet: %w", err)
	}
	o.phases(root)
	o.links(root)
	return o, nil
}

func (o *Overview) phases(root *os.Root) {
	for _, p := range []struct {
		file   string
		decode func(io.Reader) error
	}{
		{"smoke.json", func(r io.Reader) (err error) { o.Smoke, err = smoke.DecodeResult(r); return err }},
		{"parity.json", func(r io.Reader) (err error) { o.Parity, err = parity.DecodeResult(r); return err }},
		{"review/findings.json", func(r io.Reader) (err error) { o.Review, err = report.Decode(r); return err }},
	} {
		if err := decoded(root, p.file, p.decode); err != nil && !errors.Is(err, fs.ErrNotExist) {
			o.Notes = append(o.Notes, fmt.Sprintf("Not shown: %v", err))
		}
	}
}

// links are where more of each phase stands; pages before texts.
func (o *Overview) links(root *os.Root) {
	for _, l := range [][2]string{
		{assess.Smoke, "smoke.md"}, {assess.Parity, "parity.md"}, {assess.Parity, "parity.html"},
		{assess.Review, "review/report.md"}, {assess.Review, "review/report.html"},
	} {
		if info, err := root.Stat(filepath.FromSlash(l[1])); err == nil && info.Mode().IsRegular() {
			o.Links[l[0]] = l[1]
		}
	}
}

// mostBytes bounds a file of evidence.
const mostBytes = 256 << 20

func decoded(root *os.Root, name string, decode func(io.Reader) error) error {
	f, err := root.Open(filepath.FromSlash(name))
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	if err := decode(io.LimitReader(f, mostBytes)); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func jsonInto(v any) func(io.Reader) error {
	return func(r io.Reader) error { return json.NewDecoder(r).Decode(v) }
}
