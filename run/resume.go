package run

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"

	"scrum/bundler"
	"scrum/reviewers"
)

// Asked is what a run was asked to do, so that it can be gone on with.
type Asked struct {
	Range      string `json:"range,omitempty"` // exact commits, when both sides are commits
	Staged     bool   `json:"staged,omitempty"`
	Worktree   bool   `json:"worktree,omitempty"`
	Diff       bool   `json:"diff,omitempty"` // the change is change.diff of the run
	Panel      string `json:"panel,omitempty"`
	Config     string `json:"config,omitempty"`
	ConfigFrom string `json:"config_from,omitempty"`
	Force      bool   `json:"force_oversize,omitempty"`
}

func (o Options) asked(c *bundler.Change) Asked {
	a := Asked{Staged: o.Source.Staged, Worktree: o.Source.Worktree, Diff: o.Source.Diff != nil,
		Panel: o.Panel, Config: o.Settings.File, Force: o.Force}
	if o.Settings.Worktree {
		a.ConfigFrom = "worktree"
	}
	if !a.Staged && !a.Worktree && !a.Diff {
		a.Range = c.Base + ".." + c.Head
	}
	return a
}

// Continue fills options with what the stored run at path was asked to do.
func Continue(path string, o Options) (Options, error) {
	d, err := OpenDir(path)
	if err != nil {
		return o, &UsageError{Err: err}
	}
	m, err := d.Manifest()
	if err != nil {
		return o, &UsageError{Err: err}
	}
	a := m.Asked
	o.Source.Range, o.Source.Staged, o.Source.Worktree = a.Range, a.Staged, a.Worktree
	if a.Diff {
		data, err := d.read("change.diff")
		if err != nil {
			return o, err
		}
		o.Source.Diff, o.Source.DiffName = bytes.NewReader(data), "change.diff of the run"
	}
	if o.Panel == "" {
		o.Panel = a.Panel
	}
	if o.Settings.File == "" {
		o.Settings.File = a.Config
	}
	o.Settings.Worktree = o.Settings.Worktree || a.ConfigFrom == "worktree"
	o.Force = o.Force || a.Force
	return o, nil
}

// Resume opens the directory of a run and takes over the answers that it has, as
// long as they answer the very bundles of this preparation.
func (p *Prepared) Resume(path string) (*Dir, error) {
	d, err := OpenDir(path)
	if err != nil {
		return nil, &UsageError{Err: err}
	}
	m, err := d.Manifest()
	if err != nil {
		return nil, &UsageError{Err: err}
	}
	for _, b := range p.Plan.Bundles {
		stored, err := d.Bundle(b.ID)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if err != nil || !bytes.Equal(stored, b.Payload()) {
			return nil, &UsageError{Err: fmt.Errorf("bundle %s is not the one of the run %s: the change or the configuration differs; start a new review", b.ID, path)}
		}
	}
	p.started = m.Run.Started
	return d, p.takeOver(d)
}

// takeOver reads the answers that need not be asked for again: those that ended
// well. Failed, cut and skipped seats are tried again.
func (p *Prepared) takeOver(d *Dir) error {
	p.stored = map[seatKey]StoredSeat{}
	for _, b := range p.Plan.Bundles {
		for _, member := range p.Panel {
			a, text, err := d.ReadAnswer(b.ID, member.Name)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return err
			}
			if a.Model != member.Model || (a.State != reviewers.Engaged && a.State != reviewers.Disengaged) {
				continue
			}
			p.stored[seatKey{b.ID, member.Name}] = StoredSeat{Answer: a, Text: text}
		}
	}
	return nil
}

type seatKey struct{ bundle, reviewer string }
