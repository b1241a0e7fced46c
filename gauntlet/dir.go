package gauntlet

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"scrum/assess"
	"scrum/parity"
	"scrum/parity/formats"
	"scrum/report"
)

// Home is where runs are kept, below the folder of the gauntlet file.
const Home = ".scrum/gauntlet"

// ErrBusy is returned while another gauntlet is running in the same folder.
var ErrBusy = errors.New("another gauntlet is running here")

// Lock keeps a second gauntlet out of a folder, until it is unlocked or the process is
// gone.
func Lock(home string) (unlock func(), err error) {
	if err := os.MkdirAll(home, 0o700); err != nil {
		return nil, err
	}
	if err := ignored(home); err != nil {
		return nil, err
	}
	l := flock.New(filepath.Join(home, "lock"))
	ok, err := l.TryLock()
	if err != nil {
		return nil, fmt.Errorf("locking %s: %w", l.Path(), err)
	}
	if !ok {
		return nil, fmt.Errorf("%w: it holds %s", ErrBusy, l.Path())
	}
	return func() { _ = l.Unlock() }, nil
}

// Dir is the directory of a run.
type Dir struct{ path string }

// CreateDir makes the directory of a new run: at path, or below home.
func CreateDir(home, path string, now time.Time, commit string) (*Dir, error) {
	if path != "" {
		if entries, err := os.ReadDir(path); err == nil && len(entries) > 0 {
			return nil, fmt.Errorf("%s is not empty; --resume goes on with a run", path)
		}
		return &Dir{path}, os.MkdirAll(path, 0o700)
	}
	if err := os.MkdirAll(home, 0o700); err != nil {
		return nil, err
	}
	name := now.UTC().Format("20060102T150405Z") + "-" + commit[:min(len(commit), 9)]
	for i := 1; ; i++ {
		path := filepath.Join(home, strings.TrimSuffix(name, "-"))
		if i > 1 {
			path = fmt.Sprintf("%s.%d", path, i)
		}
		err := os.Mkdir(path, 0o700)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		return &Dir{path}, err
	}
}

// ignored keeps runs out of git, as those of reviews are.
func ignored(home string) error {
	file := filepath.Join(filepath.Dir(home), ".gitignore")
	if _, err := os.Stat(file); err == nil {
		return nil
	}
	return os.WriteFile(file, []byte("*\n"), 0o600)
}

// OpenDir opens the directory of a run to go on with it.
func OpenDir(path string) (*Dir, error) {
	if _, err := os.Stat(filepath.Join(path, assess.ManifestFile)); err != nil {
		return nil, fmt.Errorf("%s is not the directory of a gauntlet: %w", path, err)
	}
	return &Dir{path}, nil
}

// ID of the run.
func (d *Dir) ID() string { return filepath.Base(d.path) }

// Path of the directory.
func (d *Dir) Path() string { return d.path }

// manifest is what the run has written about itself; nil when it has not yet.
func (d *Dir) manifest() (*assess.Manifest, error) {
	data, err := os.ReadFile(filepath.Join(d.path, assess.ManifestFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var m assess.Manifest
	if err := json.Unmarshal(data, &m); err != nil || m.Schema != assess.ManifestID {
		return nil, fmt.Errorf("%s of %s cannot be read: start a new run", assess.ManifestFile, d.path)
	}
	return &m, nil
}

func (d *Dir) write(m assess.Manifest) error { return assess.WriteManifest(d.path, m) }

// intact tells that the file of a phase is what was written.
func (d *Dir) intact(p assess.Phase) bool {
	sum, err := assess.Digest(d.path, p.File)
	return err == nil && sum == p.SHA256
}

// headline is that of evidence that is there already.
func (d *Dir) headline(p assess.Phase) string {
	return "evidence of an earlier part of this run, " + p.File
}

func (d *Dir) writeJSON(name string, v any) error {
	return d.format(name, func(w *os.File) error { return report.WriteJSON(w, v) })
}

// format makes a file appear whole or not at all.
func (d *Dir) format(name string, write func(*os.File) error) error {
	tmp, err := os.CreateTemp(d.path, ".tmp-*")
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	err = errors.Join(write(tmp), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), filepath.Join(d.path, name))
	}
	if err != nil {
		_ = os.Remove(tmp.Name())
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}

// parity writes a comparison for those who assess it and for those who read it.
func (d *Dir) parity(r *parity.Result) error {
	var errs []error
	for name, file := range map[string]string{"json": "parity.json", "md": "parity.md", "html": "parity.html"} {
		w, err := formats.For(name, formats.Terminal{})
		if err == nil {
			err = d.format(file, func(f *os.File) error { return w.Write(f, r) })
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// ReportFile is the report of all phases.
const ReportFile = "report.md"

// writeReport writes a headline for each phase, and where more stands.
func (d *Dir) writeReport(spec *Spec, out *Outcome) error {
	r := out.Result
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s: %s\n\n", report.Markup(string(r.Verdict.Outcome)), report.Markup(d.ID()))
	fmt.Fprintf(&b, "Commit `%.12s`, rule `%s`: %s\n\n", r.Commit, r.Verdict.Rule, report.Markup(r.Verdict.Reason))
	fmt.Fprintf(&b, "- matches expectations: %s\n- releasable: %s\n\n", yes(r.Matches), yes(r.Releasable))
	b.WriteString("| phase | came to | more |\n|---|---|---|\n")
	files := map[string]string{Smoke: "smoke.md", Parity: "parity.md", ReviewPhase: "review/report.md", Assess: "assess.md"}
	for _, h := range inOrder(out.Headlines) {
		more := ""
		if _, err := os.Stat(filepath.Join(d.path, files[h.Phase])); err == nil {
			more = "[" + files[h.Phase] + "](" + files[h.Phase] + ")"
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", h.Phase, report.Markup(h.Text), more)
	}
	fmt.Fprintf(&b, "\n%s, scrum %s\n", report.Markup(spec.File), report.Markup(r.ToolVersion))
	return d.format(ReportFile, func(w *os.File) error {
		_, err := io.Copy(w, &b)
		return err
	})
}

func inOrder(all []Headline) []Headline {
	out := slices.Clone(all)
	slices.SortStableFunc(out, func(a, b Headline) int { return rank(a.Phase) - rank(b.Phase) })
	return out
}

func rank(phase string) int { return slices.Index([]string{Smoke, Parity, ReviewPhase, Assess}, phase) }

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// Prune removes the oldest runs of home above a number. The newest run that shipped stays:
// the next one is compared with it.
func Prune(home string, keep int) (removed []string, err error) {
	if keep <= 0 {
		return nil, nil
	}
	entries, err := os.ReadDir(home)
	if err != nil {
		return nil, err
	}
	var runs []string // the names begin with their time
	for _, e := range entries {
		if _, err := os.Stat(filepath.Join(home, e.Name(), assess.ManifestFile)); err == nil && e.IsDir() {
			runs = append(runs, e.Name())
		}
	}
	slices.Sort(runs)
	slices.Reverse(runs)
	shipped := slices.IndexFunc(runs, func(name string) bool { return ships(filepath.Join(home, name)) })
	var errs []error
	for i, name := range runs {
		if i < keep || i == shipped {
			continue
		}
		if err := os.RemoveAll(filepath.Join(home, name)); err != nil {
			errs = append(errs, err)
			continue
		}
		removed = append(removed, name)
	}
	return removed, errors.Join(errs...)
}

func ships(dir string) bool {
	data, err := os.ReadFile(filepath.Join(dir, assess.ResultFile))
	var r struct {
		Releasable bool `json:"releasable"`
	}
	return err == nil && json.Unmarshal(data, &r) == nil && r.Releasable
}
