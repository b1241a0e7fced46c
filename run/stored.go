package run

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"scrum/bundler"
	"scrum/report"
)

// Latest gives the newest run of a repository, by the names below .scrum/runs, which
// begin with the time. top is the top of the work tree.
func Latest(top string) (string, error) {
	home := filepath.Join(top, ".scrum", "runs")
	entries, err := os.ReadDir(home)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("looking for runs: %w", err)
	}
	slices.Reverse(entries)
	for _, e := range entries {
		path := filepath.Join(home, e.Name())
		if _, err := os.Stat(filepath.Join(path, "findings.json")); err == nil {
			return path, nil
		}
	}
	return "", &UsageError{Err: fmt.Errorf("there is no finished run below %s: start one with scrum review, or name one with --run", home)}
}

// Stored is what a run has kept: the review as it was shown, and what was reviewed.
type Stored struct {
	Review *report.Review
	Plan   *bundler.Plan
}

// ReadStored reads a run back.
func ReadStored(ctx context.Context, path string) (*Stored, error) {
	d, err := OpenDir(path)
	if err != nil {
		return nil, &UsageError{Err: err}
	}
	m, err := d.Manifest()
	if err != nil {
		return nil, &UsageError{Err: err}
	}
	data, err := d.read("findings.json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &UsageError{Err: fmt.Errorf("the run %s has no findings yet: go on with scrum review --resume %s", path, path)}
	}
	if err != nil {
		return nil, err
	}
	r, err := report.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	plan, err := d.plan(ctx, m)
	if err != nil {
		return nil, err
	}
	return &Stored{r, plan}, nil
}
