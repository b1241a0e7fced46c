package run

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"scrum/bundler"
	"scrum/config"
)

// ProjectFile is the name of a repository's own configuration, at its top.
const ProjectFile = ".scrum.yaml"

// Settings say where the configuration comes from.
type Settings struct {
	File     string         // a configuration that stands for the project's; "" for none
	Text     []byte         // the same, given directly; wins over File
	Worktree bool           // read configuration, templates and guidance from the work tree instead of the base commit
	UserFile string         // the user's own configuration; it may be missing
	Environ  []string       // SCRUM_* of it are read
	Flags    map[string]any // dotted keys
	Gaps     string         // a ledger that stands for the repository's, taken as given; "" for none

	// Committed lets no file of the repository rule that nobody has committed, because who
	// asks for the review may have written it. A configuration of that kind is an error:
	// without it the change could go where it must not.
	Committed bool
}

// settled is the configuration with the place that its files are read from.
type settled struct {
	*config.Config
	tree  tree
	notes []string
}

// load reads the configuration that rules the review of a change.
func (s Settings) load(ctx context.Context, place bundler.Place) (settled, error) {
	out := settled{tree: tree{place: place, worktree: s.Worktree, committed: s.Committed}}
	var files []config.File
	for _, read := range []func(context.Context, *settled) (*config.File, error){s.userFile, s.projectFile} {
		f, err := read(ctx, &out)
		if err != nil {
			return settled{}, err
		}
		if f != nil {
			files = append(files, *f)
		}
	}
	var err error
	out.Config, err = config.Load(config.Sources{Files: files, Env: s.Environ, Flags: s.Flags})
	if err != nil {
		return settled{}, &UsageError{Err: err}
	}
	return out, nil
}

func (s Settings) userFile(context.Context, *settled) (*config.File, error) {
	if s.UserFile == "" {
		return nil, nil
	}
	data, err := os.ReadFile(s.UserFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, &UsageError{Err: fmt.Errorf("reading your configuration: %w", err)}
	}
	return &config.File{Name: s.UserFile, Data: data}, nil
}

func (s Settings) projectFile(ctx context.Context, out *settled) (*config.File, error) {
	switch {
	case s.Text != nil:
		return &config.File{Name: "the built-in configuration", Data: s.Text}, nil
	case s.File != "":
		data, err := os.ReadFile(s.File)
		if err != nil {
			return nil, &UsageError{Err: fmt.Errorf("reading the configuration that --config names: %w", err)}
		}
		return &config.File{Name: s.File, Data: data}, nil
	}
	r, err := out.tree.read(ctx, ProjectFile)
	out.note(r.note)
	if errors.Is(err, fs.ErrNotExist) && !errors.Is(err, errUncommitted) {
		return nil, nil
	}
	if err != nil {
		return nil, &UsageError{Err: fmt.Errorf("reading %s: %w", ProjectFile, err)}
	}
	return &config.File{Name: r.name, Data: r.data}, nil
}

func (s *settled) note(text string) {
	if text != "" {
		s.notes = append(s.notes, text)
	}
}

// UsageError is a mistake in what the user asked for or configured, found before
// anything was sent.
type UsageError struct{ Err error }

func (e *UsageError) Error() string { return e.Err.Error() }
func (e *UsageError) Unwrap() error { return e.Err }
