package run

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"scrum/bundler"
	"scrum/prompts"
	"scrum/report"
	"scrum/reviewers"
)

// ManifestID identifies the format of run.json.
const ManifestID = "scrum/run/v1"

// Manifest is run.json: what was asked of whom. It is written before the first
// request and again at the end.
type Manifest struct {
	Schema  string            `json:"schema"`
	Run     report.Run        `json:"run"`
	State   string            `json:"state"` // "running", "finished", "interrupted"
	Asked   Asked             `json:"asked"`
	Panel   []PanelEntry      `json:"panel"`
	Bundles []BundleEntry     `json:"bundles"`
	LeftOut []bundler.LeftOut `json:"left_out"`
	Notes   []string          `json:"notes"`
	Totals  report.Totals     `json:"totals"`
	Verdict string            `json:"verdict"` // "" while it runs

	Examined []Question `json:"examined,omitempty"` // findings that were put to other lineages
}

// PanelEntry is a reviewer of the run, without anything secret.
type PanelEntry struct {
	Name     string           `json:"name"`
	Kind     reviewers.Kind   `json:"kind"`
	Lineage  string           `json:"lineage"`
	Model    string           `json:"model"`
	Provider string           `json:"provider"`
	Host     string           `json:"host"`
	Price    *reviewers.Price `json:"price"`
	Own      bool             `json:"own,omitempty"` // added by the tool, for the bundles where it has an answer
}

// BundleEntry is a bundle of the run; its bytes are in bundles/<id>.diff.
type BundleEntry struct {
	ID        string        `json:"id"`
	Component string        `json:"component"`
	Bytes     int           `json:"bytes"`
	Guard     bundler.Guard `json:"guard"`
	Files     []string      `json:"files"`
}

// Answer is responses/<bundle>/<reviewer>.json: how a seat ended. The answer
// itself is beside it, to the byte, in <reviewer>.md.
type Answer struct {
	report.Seat
	Asked        string `json:"asked_lineage"` // of the model that was asked for
	Missed       bool   `json:"missed"`        // skipped although it applies: the run ended before, or the budget did
	OutOfBudget  bool   `json:"out_of_budget"` // skipped because of the budget
	Own          bool   `json:"own,omitempty"` // the tool itself has added the reviewer: it covers nothing
	FinishReason string `json:"finish_reason"`
	CachedTokens int    `json:"cached_tokens"`
	FirstTokenMS int64  `json:"first_token_ms"`
	Reasoning    string `json:"reasoning"`
	AnswerTokens int    `json:"answer_tokens"` // completion tokens of the answer that is stored, without other attempts
}

// Dir is a run directory.
type Dir struct{ path string }

// dirMode and fileMode: answers and diffs may hold what only their owner should
// read.
const (
	dirMode  fs.FileMode = 0o700
	fileMode fs.FileMode = 0o600
)

// CreateDir makes a run directory at path, or, when path is "", a new one under
// <top>/.scrum/runs, named after the time and the commit. A folder that already
// holds something is refused: a run never overwrites another.
func CreateDir(top, path string, at time.Time, head string) (*Dir, error) {
	if path == "" {
		return createNamed(top, at, head)
	}
	entries, err := os.ReadDir(path)
	if err == nil && len(entries) > 0 {
		return nil, fmt.Errorf("%s already holds files: name a new folder with --out", path)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("looking at the run directory: %w", err)
	}
	if err := os.MkdirAll(path, dirMode); err != nil {
		return nil, fmt.Errorf("making the run directory: %w", err)
	}
	return &Dir{path}, nil
}

func createNamed(top string, at time.Time, head string) (*Dir, error) {
	home := filepath.Join(top, ".scrum")
	if err := os.MkdirAll(filepath.Join(home, "runs"), dirMode); err != nil {
		return nil, fmt.Errorf("making the run directory: %w", err)
	}
	// The folder ignores itself, so that nobody's .gitignore is edited.
	ignore := filepath.Join(home, ".gitignore")
	if _, err := os.Stat(ignore); errors.Is(err, fs.ErrNotExist) {
		if err := os.WriteFile(ignore, []byte("*\n"), fileMode); err != nil {
			return nil, fmt.Errorf("making the run directory ignored by git: %w", err)
		}
	}
	name := at.UTC().Format("20060102T150405Z") + "-" + short(head)
	for n := 1; ; n++ {
		path := filepath.Join(home, "runs", name)
		if n > 1 {
			path += fmt.Sprintf("-%d", n)
		}
		err := os.Mkdir(path, dirMode)
		if err == nil {
			return &Dir{path}, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("making the run directory: %w", err)
		}
	}
}

// short is the commit as people write it; "work" when the new side is no commit.
func short(head string) string {
	if len(head) < 9 {
		return "work"
	}
	return head[:9]
}

// OpenDir opens the directory of a stored run.
func OpenDir(path string) (*Dir, error) {
	if _, err := os.Stat(filepath.Join(path, "run.json")); err != nil {
		return nil, fmt.Errorf("%s is neither a run directory nor a folder with a %s: %w", path, FolderDiff, err)
	}
	return &Dir{path}, nil
}

// ID of the run: the name of its directory.
func (d *Dir) ID() string { return filepath.Base(d.path) }

// Path of the directory.
func (d *Dir) Path() string { return d.path }

// WriteManifest writes run.json.
func (d *Dir) WriteManifest(m *Manifest) error {
	m.Schema = ManifestID
	return d.writeJSON("run.json", m)
}

// Manifest reads run.json.
func (d *Dir) Manifest() (*Manifest, error) {
	var m Manifest
	if err := d.readJSON("run.json", &m); err != nil {
		return nil, err
	}
	if m.Schema != ManifestID {
		return nil, fmt.Errorf("%s has the format %q; this version of scrum reads %q", filepath.Join(d.path, "run.json"), m.Schema, ManifestID)
	}
	return &m, nil
}

// WritePlan writes the change, its bundles and the requests that they become.
func (d *Dir) WritePlan(plan *bundler.Plan, requests []prompts.Request) error {
	if err := d.write("change.diff", plan.Change.Patch, cached); err != nil {
		return err
	}
	for i, b := range plan.Bundles {
		if err := d.WriteBundle(b, requests[i]); err != nil {
			return err
		}
	}
	return nil
}

// WriteBundle writes a bundle and the request that carries it.
func (d *Dir) WriteBundle(b *bundler.Bundle, r prompts.Request) error {
	if err := d.write(bundleFile(b.ID), b.Payload(), cached); err != nil {
		return err
	}
	return d.WriteRequest(r)
}

// WriteRequest writes a request as it is sent.
func (d *Dir) WriteRequest(r prompts.Request) error {
	return d.write(filepath.Join("requests", r.Bundle+".md"), []byte(RequestText(r)), cached)
}

// RequestText shows a request as one text: the system message, a line, the
// user's message. The line is not sent.
func RequestText(r prompts.Request) string {
	return r.System + "\n----- the system message ends here, the request begins -----\n" + r.User
}

// Bundle reads the bytes of a stored bundle.
func (d *Dir) Bundle(id string) ([]byte, error) {
	return d.read(bundleFile(id))
}

func bundleFile(id string) string { return filepath.Join("bundles", id+".diff") }

// WriteAnswer stores an answer: the text first, so that a .json never speaks of
// a text that is not there.
func (d *Dir) WriteAnswer(a Answer, text string) error {
	base := filepath.Join("responses", a.Bundle, a.Reviewer)
	if err := d.write(base+".md", []byte(text), synced); err != nil {
		return err
	}
	return d.writeJSON(base+".json", a)
}

// ReadAnswer reads an answer back, with those on the halves of its bundle;
// errors.Is(err, fs.ErrNotExist) when the seat has none.
func (d *Dir) ReadAnswer(bundle, reviewer string) (StoredSeat, error) {
	base := filepath.Join("responses", bundle, reviewer)
	var s StoredSeat
	if err := d.readJSON(base+".json", &s.Answer); err != nil {
		return StoredSeat{}, err
	}
	text, err := d.read(base + ".md")
	if err != nil {
		return StoredSeat{}, err
	}
	s.Text = string(text)
	for _, h := range s.Halves {
		if filepath.Base(h.Bundle) != h.Bundle {
			return StoredSeat{}, fmt.Errorf("reading the run: %s names %q as a half", base+".json", h.Bundle)
		}
		part, err := d.ReadAnswer(h.Bundle, reviewer)
		if err != nil {
			return StoredSeat{}, err
		}
		s.Parts = append(s.Parts, part)
	}
	return s, nil
}

// WriteReview writes the result in the formats that every run keeps.
func (d *Dir) WriteReview(r *report.Review) error {
	for _, f := range []struct {
		name   string
		writer report.Writer
	}{
		{"findings.json", report.JSON{}},
		{"report.md", report.Markdown{}},
		{"report.html", report.HTML{}},
	} {
		var b strings.Builder
		if err := f.writer.Write(&b, r); err != nil {
			return fmt.Errorf("writing %s: %w", f.name, err)
		}
		if err := d.write(f.name, []byte(b.String()), synced); err != nil {
			return err
		}
	}
	return nil
}

func (d *Dir) writeJSON(name string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding %s: %w", name, err)
	}
	return d.write(name, append(data, '\n'), synced)
}

// durability tells whether a file must survive a power cut. Answers are paid for;
// the plan can be made again.
type durability bool

const (
	synced durability = true
	cached durability = false
)

// halfWritten is how the names of files begin that are being written.
const halfWritten = ".tmp-"

// sweep removes what a killed process was writing.
func (d *Dir) sweep() error {
	root, err := os.OpenRoot(d.path)
	if err != nil {
		return fmt.Errorf("tidying the run directory: %w", err)
	}
	defer func() { _ = root.Close() }()
	err = fs.WalkDir(root.FS(), ".", func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && strings.HasPrefix(e.Name(), halfWritten) {
			return root.Remove(path)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("tidying the run directory: %w", err)
	}
	return nil
}

// write makes a file appear whole or not at all: a killed run leaves no half
// answer behind.
func (d *Dir) write(name string, data []byte, keep durability) error {
	path := filepath.Join(d.path, name)
	if err := os.MkdirAll(filepath.Dir(path), dirMode); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), halfWritten+"*")
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	_, err = tmp.Write(data)
	if err == nil && keep == synced {
		err = tmp.Sync()
	}
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		_ = os.Remove(tmp.Name())
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}

func (d *Dir) readJSON(name string, v any) error {
	data, err := d.read(name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("reading %s: %w", filepath.Join(d.path, name), err)
	}
	return nil
}

func (d *Dir) read(name string) ([]byte, error) {
	data, err := os.ReadFile(filepath.Join(d.path, name))
	if err != nil {
		return nil, fmt.Errorf("reading the run: %w", err)
	}
	return data, nil
}
