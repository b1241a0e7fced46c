package serve

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"time"

	"scrum/assess"
	"scrum/history"
	"scrum/ledger"
	"scrum/report"
)

// gauntletLine is a line of the list of gauntlets.
type gauntletLine struct {
	ID      string
	Commit  string
	Started string
	Verdict word
	Phases  []string // a headline each, in the order of a run
	New     int
	Known   int
}

// gauntlets reads the gauntlets of a folder, the latest first. There are few: a gauntlet
// removes its older runs.
func gauntlets(root *os.Root) (out []gauntletLine, left []history.LeftIn) {
	if root == nil {
		return nil, nil
	}
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return nil, []history.LeftIn{{Name: ".", Why: err.Error()}}
	}
	slices.Reverse(entries)
	for _, e := range entries {
		if !e.IsDir() {
			continue // the lock
		}
		g, err := readGauntlet(root.FS(), e.Name())
		if err != nil {
			left = append(left, history.LeftIn{Name: e.Name(), Why: err.Error()})
			continue
		}
		out = append(out, g)
	}
	return out, left
}

func readGauntlet(all fs.FS, id string) (gauntletLine, error) {
	g := gauntletLine{ID: id}
	var m assess.Manifest
	if err := readJSON(all, path.Join(id, assess.ManifestFile), &m); err != nil {
		return g, err
	}
	g.Commit, g.Started = shortCommit(m.Commit, m.Dirty), when(m.Started)
	var r assess.Result
	err := readJSON(all, path.Join(id, assess.ResultFile), &r)
	if errors.Is(err, fs.ErrNotExist) {
		g.Verdict = word{"running or interrupted", "info"}
		return g, nil
	}
	if err != nil {
		return g, err
	}
	g.Verdict = outcomeWord(string(r.Verdict.Outcome))
	for i := range r.Evidence {
		g.Phases = append(g.Phases, phaseLine(&r.Evidence[i]))
	}
	for i := range r.Gaps {
		switch r.Gaps[i].State {
		case ledger.StateNew, ledger.StateExpired:
			g.New++
		case ledger.StateKnown:
			g.Known++
		case ledger.StateFixed, ledger.StateStale:
		}
	}
	return g, nil
}

func phaseLine(i *assess.Item) string {
	text := i.Headline
	if i.Quality != assess.Good {
		text = string(i.Quality)
	}
	return i.Phase + ": " + report.Phrase(text)
}

// mostJSON bounds the files that a list is made of.
const mostJSON = 64 << 20

func readJSON(all fs.FS, name string, v any) error {
	info, err := fs.Stat(all, name)
	if err != nil {
		return err
	}
	if info.Size() > mostJSON {
		return fmt.Errorf("%s has %d MB; at most %d are read", name, info.Size()>>20, mostJSON>>20)
	}
	data, err := fs.ReadFile(all, name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("%s cannot be read: %w", name, err)
	}
	return nil
}

// word is a state in a word and a colour.
type word struct {
	Text string
	Tone string // a class of the page: good, bad, unsure, warn, info
}

// outcomeWord gives verdicts of reviews and of gauntlets their colour.
func outcomeWord(outcome string) word {
	switch outcome {
	case "pass", string(assess.Ship), string(assess.KnownGap):
		return word{outcome, "good"}
	case "block", string(assess.NoShip):
		return word{outcome, "bad"}
	case "inconclusive", string(assess.Hold):
		return word{outcome, "unsure"}
	}
	return word{report.Phrase(outcome), "warn"}
}

func when(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.UTC().Format("2006-01-02 15:04")
}

func shortCommit(commit string, dirty bool) string {
	if commit == "" {
		return "work"
	}
	out := report.Phrase(commit[:min(len(commit), 9)])
	if dirty {
		out += "+"
	}
	return out
}
