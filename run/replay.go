package run

import (
	"bytes"
	"context"
	"errors"
	"io/fs"

	"scrum/bundler"
	"scrum/report"
	"scrum/reviewers"
)

// Replay parses and counts the answers of a stored run again, under the
// configuration of now. It needs no network and asks nobody.
func Replay(ctx context.Context, path string, s Settings) (*report.Review, error) {
	d, err := OpenDir(path)
	if err != nil {
		return nil, &UsageError{Err: err}
	}
	m, err := d.Manifest()
	if err != nil {
		return nil, &UsageError{Err: err}
	}
	place, err := bundler.Locate(ctx, bundler.Source{Staged: true})
	if err != nil {
		place = bundler.Place{} // outside of a repository the user's configuration rules
	}
	s.Worktree = true
	set, err := s.load(ctx, place)
	if err != nil {
		return nil, err
	}
	plan, err := d.plan(ctx, m)
	if err != nil {
		return nil, err
	}
	seats, err := d.seats(m)
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
	return Judge(plan, seats, set.Config, m, gaps)
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
