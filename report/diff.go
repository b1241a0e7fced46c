package report

import (
	"fmt"
	"slices"

	"scrum/bundler"
)

// DiffFile is a file of the change as a page shows it: what the reviewers were sent.
type DiffFile struct {
	Path, OldPath string
	Status        bundler.Status
	Bundles       []string // that carry it, or pieces of it
	Hunks         []bundler.Hunk
	Problem       string // why there are no hunks, or not all
}

// DiffOf gives the files of bundles, pieces of one file put together. Give it bundles
// without credentials: what it gives is shown.
func DiffOf(bundles []*bundler.Bundle) []DiffFile {
	var out []DiffFile
	at := map[string]int{}
	for _, b := range bundles {
		for _, p := range b.Parts {
			i, ok := at[p.File.Path]
			if !ok {
				i = len(out)
				at[p.File.Path] = i
				out = append(out, DiffFile{Path: p.File.Path, OldPath: p.File.OldPath, Status: p.File.Status})
			}
			out[i].add(b.ID, p)
		}
	}
	return out
}

func (f *DiffFile) add(bundle string, p bundler.Part) {
	if !slices.Contains(f.Bundles, bundle) {
		f.Bundles = append(f.Bundles, bundle)
	}
	hunks, err := p.Hunks()
	if err != nil {
		f.Problem = fmt.Sprintf("its lines cannot be shown: %v", err)
		return
	}
	f.Hunks = append(f.Hunks, hunks...)
}
