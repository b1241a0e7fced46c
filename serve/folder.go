package serve

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"scrum/assess"
)

// Kind tells what a run is of.
type Kind string

// The kinds of runs.
const (
	Review   Kind = "review"
	Gauntlet Kind = "gauntlet"
)

// folder is where runs of a kind are, below the folder .scrum.
func (k Kind) folder() string {
	if k == Gauntlet {
		return "gauntlet"
	}
	return "runs"
}

// manifest is the file that every run of the kind has.
func (k Kind) manifest() string {
	if k == Gauntlet {
		return assess.ManifestFile
	}
	return "run.json"
}

// result is the file that a run of the kind has when it has come to an end.
func (k Kind) result() string {
	if k == Gauntlet {
		return assess.ResultFile
	}
	return "findings.json"
}

func kinds() []Kind { return []Kind{Review, Gauntlet} }

// Folder is where a repository keeps its runs: the folder .scrum at its top.
type Folder struct {
	Path string
}

// Run is the directory of a run.
type Run struct {
	Kind Kind
	ID   string
	Dir  string
}

// NoSuchRunError is a name that stands for no run, or for several.
type NoSuchRunError struct {
	Name   string
	Folder string
	Near   []string // what it could be, or what there is; the latest first
	Many   bool     // it stands for all of Near
}

func (e *NoSuchRunError) Error() string {
	const most = 10
	list := strings.Join(e.Near[:min(len(e.Near), most)], "\n  ")
	if n := len(e.Near); n > most {
		list += fmt.Sprintf("\n  and %d more", n-most)
	}
	switch {
	case e.Many:
		return fmt.Sprintf("%q stands for several runs:\n  %s", e.Name, list)
	case len(e.Near) == 0:
		return fmt.Sprintf("there is no run below %s: start one with scrum review, or name the directory of one", e.Folder)
	case e.Name == "":
		return fmt.Sprintf("no run below %s has come to a result yet; there are:\n  %s", e.Folder, list)
	}
	return fmt.Sprintf("there is no run %q; there are:\n  %s", e.Name, list)
}

// shortest is how much of an id names a run.
const shortest = 4

// Find gives the run that a name stands for: a directory, an id or the beginning of
// one. No name is the latest run that has come to a result.
func (f Folder) Find(name string) (Run, error) {
	if run, ok := directory(name); ok {
		return run, nil
	}
	all, err := f.all()
	if err != nil {
		return Run{}, err
	}
	missing := &NoSuchRunError{Name: name, Folder: f.Path}
	var found []Run
	for _, r := range all {
		missing.Near = append(missing.Near, r.ID)
		switch {
		case name == "" && r.finished(), r.ID == name:
			return r, nil
		case len(name) >= shortest && strings.HasPrefix(r.ID, name):
			found = append(found, r)
		}
	}
	if len(found) == 1 {
		return found[0], nil
	}
	if len(found) > 1 {
		missing.Many, missing.Near = true, nil
		for _, r := range found {
			missing.Near = append(missing.Near, r.ID)
		}
	}
	return Run{}, missing
}

// directory tells that a path is the directory of a run.
func directory(path string) (Run, bool) {
	if path == "" {
		return Run{}, false
	}
	for _, k := range kinds() {
		if _, err := os.Stat(filepath.Join(path, k.manifest())); err == nil {
			abs, err := filepath.Abs(path)
			return Run{k, filepath.Base(abs), abs}, err == nil
		}
	}
	return Run{}, false
}

func (r Run) finished() bool {
	_, err := os.Stat(filepath.Join(r.Dir, r.Kind.result()))
	return err == nil
}

// all are the runs of the folder, the latest first: their names begin with the time.
func (f Folder) all() ([]Run, error) {
	var out []Run
	for _, k := range kinds() {
		home := filepath.Join(f.Path, k.folder())
		entries, err := os.ReadDir(home)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("looking for runs: %w", err)
		}
		for _, e := range entries {
			if run, ok := directory(filepath.Join(home, e.Name())); ok {
				out = append(out, run)
			}
		}
	}
	slices.SortFunc(out, func(a, b Run) int { return strings.Compare(b.ID, a.ID) })
	return out, nil
}
