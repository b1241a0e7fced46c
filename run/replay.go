package run

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"scrum/bundler"
	"scrum/report"
	"scrum/reviewers"
)

// Replay parses and counts the answers of a stored run again, or those of a plain folder
// beside a change.diff, under the configuration of now. It needs no network and asks
// nobody. What came out differently than in the run is in the review's changes.
func Replay(ctx context.Context, path string, s Settings) (*report.Review, error) {
	set, err := s.ofNow(ctx)
	if err != nil {
		return nil, err
	}
	if isFolder(path) {
		f, err := openFolder(ctx, path, set.Config)
		if err != nil {
			return nil, &UsageError{Err: err}
		}
		gaps, err := s.gaps(ctx, set.tree, true)
		if err != nil {
			return nil, err
		}
		r, err := f.judge(&set, gaps, time.Now())
		if err != nil {
			return nil, err
		}
		r.Diff, err = storedDiff(ctx, f.plan)
		return r, err
	}
	d, err := OpenDir(path)
	if err != nil {
		return nil, &UsageError{Err: err}
	}
	m, err := d.Manifest()
	if err != nil {
		return nil, &UsageError{Err: err}
	}
	plan, err := d.plan(ctx, m)
	if err != nil {
		return nil, err
	}
	seats, err := d.seats(m)
	if err != nil {
		return nil, err
	}
	exams, err := d.exams(m)
	if err != nil {
		return nil, err
	}
	set.tree.place.Head = m.Run.Head
	gaps, err := s.gaps(ctx, set.tree, m.Asked.Diff)
	if err != nil {
		return nil, err
	}
	m.Run.Dir = d.Path()
	m.Run.ConfigSHA256 = set.Digest()
	r, err := Judge(plan, Answers{seats, exams}, set.Config, m, gaps)
	if err != nil {
		return nil, err
	}
	if r.Diff, err = storedDiff(ctx, plan); err != nil {
		return nil, err
	}
	return r, d.compare(r)
}

// ofNow is the configuration of the work tree.
func (s Settings) ofNow(ctx context.Context) (settled, error) {
	place, err := bundler.Locate(ctx, bundler.Source{Staged: true})
	if err != nil {
		place = bundler.Place{} // outside of a repository the user's configuration rules
	}
	s.Worktree = true
	return s.load(ctx, place)
}

// compare tells in a review what is different from the one that the run has kept. A run
// that was killed has kept none.
func (d *Dir) compare(r *report.Review) error {
	data, err := d.read("findings.json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	before, err := report.Decode(bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("%s: %w", d.path, err)
	}
	r.Changes = report.Compare(before, r)
	return nil
}

// plan reads the bundles back from their bytes.
func (d *Dir) plan(ctx context.Context, m *Manifest) (*bundler.Plan, error) {
	change, err := d.diff(ctx, "change.diff")
	if err != nil {
		return nil, err
	}
	change.Label, change.Base, change.Head, change.Dirty = m.Run.Label, m.Run.Base, m.Run.Head, m.Run.Dirty
	plan := &bundler.Plan{Change: change, LeftOut: m.LeftOut}
	for _, e := range m.Bundles {
		c, err := d.diff(ctx, bundleFile(e.ID))
		if err != nil {
			return nil, err
		}
		b := &bundler.Bundle{ID: e.ID, Component: e.Component, Bytes: e.Bytes, Guard: e.Guard}
		for _, f := range c.Files {
			b.Parts = append(b.Parts, bundler.Part{File: f, Patch: f.Patch})
		}
		plan.Bundles = append(plan.Bundles, b)
	}
	return plan, nil
}

// diff reads a stored diff.
func (d *Dir) diff(ctx context.Context, name string) (*bundler.Change, error) {
	data, err := d.read(name)
	if err != nil {
		return nil, err
	}
	return bundler.Read(ctx, bundler.Source{Diff: bytes.NewReader(data), DiffName: name + " of the run"}, bundler.ReadOptions{})
}

// seats reads every answer of the matrix; one that is not there was never asked
// for.
func (d *Dir) seats(m *Manifest) ([]StoredSeat, error) {
	var seats []StoredSeat
	for _, b := range m.Bundles {
		for _, r := range m.Panel {
			s, err := d.ReadAnswer(b.ID, r.Name)
			if errors.Is(err, fs.ErrNotExist) && r.Own {
				continue
			}
			if errors.Is(err, fs.ErrNotExist) {
				s = StoredSeat{Answer: Answer{Seat: unasked(b.ID, r), Missed: true}}
			} else if err != nil {
				return nil, err
			}
			seats = append(seats, s)
		}
	}
	return seats, nil
}

// unasked is the seat of an answer that was never stored.
func unasked(bundle string, r PanelEntry) report.Seat {
	free := 0.0
	return report.Seat{Bundle: bundle, Reviewer: r.Name, Kind: r.Kind, Lineage: r.Lineage, Model: r.Model,
		State: reviewers.Skipped, CostUSD: &free, Error: "the run has no answer of it"}
}
