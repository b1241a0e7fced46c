package run

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"scrum/bundler"
	"scrum/config"
	"scrum/report"
	"scrum/reviewers"
	"scrum/reviewers/lineage"
)

// FolderDiff is the name of the change in a plain folder of answers.
const FolderDiff = "change.diff"

// maxFolderFile bounds a file of a plain folder.
const maxFolderFile = 256 << 20

// folder is a plain folder of answers beside the diff that they are about: answers from
// anywhere. Who has answered is told by the names of the files.
type folder struct {
	path    string
	plan    *bundler.Plan
	answers []folderAnswer
	notes   []string
}

type folderAnswer struct {
	reviewer string
	text     string
}

// isFolder tells a plain folder of answers from a run directory.
func isFolder(path string) bool {
	_, noRun := os.Stat(filepath.Join(path, "run.json"))
	_, noDiff := os.Stat(filepath.Join(path, FolderDiff))
	return errors.Is(noRun, fs.ErrNotExist) && noDiff == nil
}

// openFolder reads all of a folder. What is no answer is named in the notes.
func openFolder(ctx context.Context, path string, c *config.Config) (*folder, error) {
	f := &folder{path: path}
	diff, err := os.Open(filepath.Join(path, FolderDiff))
	if err != nil {
		return nil, err
	}
	defer func() { _ = diff.Close() }()
	change, err := bundler.Read(ctx, bundler.Source{Diff: diff, DiffName: filepath.Join(path, FolderDiff)}, bundler.ReadOptions{})
	if err != nil {
		return nil, err
	}
	f.plan = whole(change, c.BundlerOptions().Guards)
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if e.Name() == FolderDiff {
			continue
		}
		if why := noAnswer(e); why != "" {
			f.notes = append(f.notes, fmt.Sprintf("%s of the folder was not read: %s", e.Name(), why))
			continue
		}
		text, err := os.ReadFile(filepath.Join(path, e.Name()))
		if err != nil {
			return nil, err
		}
		f.answers = append(f.answers, folderAnswer{strings.TrimSuffix(e.Name(), filepath.Ext(e.Name())), string(text)})
	}
	if len(f.answers) == 0 {
		return nil, fmt.Errorf("%s has no answers beside its %s: they are files such as opus.md, named after their reviewers", path, FolderDiff)
	}
	return f, nil
}

// noAnswer says why a file is none.
func noAnswer(e fs.DirEntry) string {
	info, err := e.Info()
	switch ext := strings.ToLower(filepath.Ext(e.Name())); {
	case err != nil:
		return err.Error()
	case !info.Mode().IsRegular():
		return "it is not a plain file"
	case ext != ".md" && ext != ".json":
		return "answers are .md or .json files"
	case strings.EqualFold(e.Name(), "README.md"):
		return "it is about the folder"
	case info.Size() > maxFolderFile:
		return fmt.Sprintf("it is larger than %d bytes", maxFolderFile)
	}
	return ""
}

// whole is the change as one bundle: whoever has answered has seen all of it, as far as
// anybody knows.
func whole(change *bundler.Change, guards bundler.Guards) *bundler.Plan {
	b := &bundler.Bundle{ID: "c1", Component: "all"}
	for _, f := range change.Files {
		b.Parts = append(b.Parts, bundler.Part{File: f, Patch: f.Patch})
		b.Bytes += len(f.Patch)
	}
	b.Guard = guards.Of(b.Bytes)
	if b.Guard == bundler.GuardRefused {
		b.Guard = bundler.GuardForced
	}
	return &bundler.Plan{Change: change, Bundles: []*bundler.Bundle{b}}
}

// seats are the answers as they are counted. What nobody has told, such as tokens and
// costs, is not known.
func (f *folder) seats(c *config.Config) []StoredSeat {
	b := f.plan.Bundles[0]
	var out []StoredSeat
	for _, a := range f.answers {
		m := f.reviewer(a.reviewer, c)
		state, why := c.Engagement.Judge(b.Paths(), reviewers.Response{Text: a.text}, m.Kind)
		m.Bundle, m.State, m.Error = b.ID, state, why
		out = append(out, StoredSeat{Answer: Answer{Seat: m, Asked: m.Lineage}, Text: a.text})
	}
	return out
}

// reviewer is whom a file's name stands for: one of the configuration, else a model of
// the family that the name tells.
func (f *folder) reviewer(name string, c *config.Config) report.Seat {
	s := report.Seat{Reviewer: name, Kind: reviewers.OpenAI}
	i := slices.IndexFunc(c.Reviewers, func(r config.Reviewer) bool { return r.Name == name })
	if i >= 0 {
		r := c.Reviewers[i]
		s.Model, s.Lineage = r.Model, r.Lineage
		if r.Kind != "" {
			s.Kind = r.Kind
		}
	}
	known := s.Lineage != ""
	if !known && s.Model != "" {
		s.Lineage, known = lineage.Of(s.Model)
	}
	if !known {
		s.Lineage, known = lineage.OfName(name)
	}
	if !known {
		f.notes = append(f.notes, fmt.Sprintf("the lineage of %s is not known; all unknown ones count as one: name the file after the model, or set lineage for a reviewer of this name", name))
	}
	return s
}

// judge counts the folder's answers. The run that it makes of them is of now: when the
// answers were given is not known.
func (f *folder) judge(set *settled, gaps Gaps, now time.Time) (*report.Review, error) {
	seats := f.seats(set.Config)
	guard := f.plan.Bundles[0].Guard
	m := &Manifest{Run: report.Run{ID: filepath.Base(f.path), Label: filepath.Join(f.path, FolderDiff), Dirty: true, Started: now, Finished: now,
		ConfigSHA256: set.Digest(), ForcedOversize: guard == bundler.GuardForced}}
	m.Notes = slices.Concat([]string{"these answers were obtained elsewhere: when, by whom and on which text of the change is not known"}, f.notes, set.notes)
	return Judge(f.plan, Answers{Seats: seats}, set.Config, m, gaps)
}
