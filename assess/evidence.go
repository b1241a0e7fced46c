package assess

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"scrum/ledger"
)

// Quality is what evidence is worth.
type Quality string

// The qualities. Only Good evidence says anything; Skipped and NotNeeded are no evidence
// and have a reason to be none.
const (
	Good       Quality = "good"
	Absent     Quality = "missing"
	Stale      Quality = "stale"      // older than it may be
	Foreign    Quality = "foreign"    // of another commit
	Dirty      Quality = "dirty"      // of files that are in no commit
	Altered    Quality = "altered"    // not to the byte what the run has written
	Unreadable Quality = "unreadable" // no document of its schema, or one that contradicts itself
	Skipped    Quality = "skipped"    // left out by somebody, who says why
	NotNeeded  Quality = "not needed" // not there, and not asked for
)

// Item is the evidence of one phase.
type Item struct {
	Phase       string    `json:"phase"`
	Needed      bool      `json:"needed"`
	Quality     Quality   `json:"quality"`
	Reason      string    `json:"reason"` // why it is not good, or why it decides nothing
	File        string    `json:"file"`
	SHA256      string    `json:"sha256"`
	Commit      string    `json:"commit"`
	Dirty       bool      `json:"dirty"`
	Finished    time.Time `json:"finished,omitzero"`
	ToolVersion string    `json:"tool_version"`
	Decides     bool      `json:"decides"` // it is good, and its phase came to a result
	Headline    string    `json:"headline"`

	shown *shown
}

// missing tells that a pass is out of reach because of the item.
func (i *Item) missing() bool {
	switch i.Quality {
	case Good, NotNeeded, Skipped:
		return false
	case Absent:
		return i.Needed || i.File != ""
	}
	return true
}

// Evidence is what a run has left, looked at.
type Evidence struct {
	Dir      string
	Manifest *Manifest // nil when there is none to rely on
	Items    []Item    // one a phase
	Notes    []string
	config   Config
	now      time.Time
}

// Source says where evidence is, and what it must be of.
type Source struct {
	Dir    string
	Commit string // that the evidence must be of; "" takes what evidence.json says
	Now    time.Time
}

// Read looks at the evidence of a run. The error says that there is no such directory;
// all else that is wrong is in the items.
func Read(src Source, c Config) (*Evidence, error) {
	if info, err := os.Stat(src.Dir); err != nil {
		return nil, fmt.Errorf("reading the evidence: %w", err)
	} else if !info.IsDir() {
		return nil, fmt.Errorf("reading the evidence: %s is no directory", src.Dir)
	}
	e := &Evidence{Dir: src.Dir, config: c, now: src.Now}
	m, err := readManifest(src.Dir)
	if err == nil {
		e.Manifest = m
	}
	for _, phase := range Phases() {
		e.Items = append(e.Items, e.item(src, phase, err))
	}
	e.strangers()
	return e, nil
}

// item looks at one phase. broken is why there is no manifest.
func (e *Evidence) item(src Source, phase string, broken error) Item {
	i := Item{Phase: phase, Needed: slices.Contains(e.config.Phases, phase)}
	if broken != nil {
		return i.worth(Absent, broken.Error())
	}
	p, listed := e.Manifest.of(phase)
	i.File = p.File
	switch {
	case p.Skipped != "":
		return i.worth(Skipped, p.Skipped)
	case listed && p.File == "":
		return i.worth(Absent, ManifestFile+" names no file for it")
	case !listed && i.unlisted(src.Dir):
		return i.worth(Absent, ManifestFile+" does not name it, so that nothing says where "+i.File+" comes from")
	case !listed && i.Needed:
		return i.worth(Absent, "the run has none")
	case !listed:
		return i.worth(NotNeeded, "")
	}
	return e.listed(src, i, p)
}

// unlisted finds a file that lies where evidence of the phase would be.
func (i *Item) unlisted(dir string) bool {
	for _, f := range files(i.Phase) {
		if _, _, err := readIn(dir, f); !errors.Is(err, fs.ErrNotExist) {
			i.File = f
			return true
		}
	}
	return false
}

func (i Item) worth(q Quality, reason string) Item {
	i.Quality, i.Reason = q, reason
	return i
}

// listed reads a file that the manifest names.
func (e *Evidence) listed(src Source, i Item, p Phase) Item {
	data, sum, err := readIn(src.Dir, p.File)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return i.worth(Absent, "the file is gone")
	case err != nil:
		return i.worth(Unreadable, err.Error())
	}
	i.SHA256 = sum
	if sum != p.SHA256 {
		return i.worth(Altered, fmt.Sprintf("its sha256 is %s…, and not %s… as %s says", sum[:12], clip(p.SHA256)[:min(12, len(clip(p.SHA256)))], ManifestFile))
	}
	s, err := read(i.Phase, data, e.config.Never)
	if err != nil {
		return i.worth(Unreadable, err.Error())
	}
	i.Commit, i.Dirty, i.Finished, i.ToolVersion = s.Commit, s.Dirty, s.Finished, s.ToolVersion
	i.Headline = s.headline
	if q, why := e.distrust(src, s.stamp); q != Good {
		return i.worth(q, why)
	}
	i.shown, i.Decides = s, s.silent == ""
	e.Notes = append(e.Notes, s.notes...)
	return i.worth(Good, s.silent)
}

// skew is how far two clocks may be apart.
const skew = 5 * time.Minute

// distrust says why evidence says nothing of this commit now.
func (e *Evidence) distrust(src Source, s stamp) (Quality, string) {
	m := e.Manifest
	age := e.now.Sub(s.Finished)
	switch {
	case src.Commit != "" && m.Commit != src.Commit:
		return Foreign, fmt.Sprintf("the run is of the commit %s, not of %s", short(m.Commit), short(src.Commit))
	case s.Commit == "":
		return Foreign, "it does not say which commit it is of"
	case s.Commit != m.Commit:
		return Foreign, fmt.Sprintf("it is of the commit %s, the run of %s", short(s.Commit), short(m.Commit))
	case s.Finished.IsZero():
		return Stale, "it does not say when it was made"
	case age > e.config.MaxAge:
		return Stale, fmt.Sprintf("it is %s old; assess.max_age is %s", round(age), round(e.config.MaxAge))
	case age < -skew:
		return Stale, fmt.Sprintf("it is from the future: %s", s.Finished.UTC().Format(time.RFC3339))
	case (s.Dirty || m.Dirty) && !e.config.AllowDirty:
		return Dirty, "it is of files that are in no commit; assess.allow_dirty is false"
	}
	return Good, ""
}

// strangers notes what the manifest names and this program does not know.
func (e *Evidence) strangers() {
	if e.Manifest == nil {
		return
	}
	for _, p := range e.Manifest.Phases {
		if !slices.Contains(Phases(), p.Phase) {
			e.Notes = append(e.Notes, fmt.Sprintf("%s names the phase %s, which this program does not know", ManifestFile, clip(p.Phase)))
		}
	}
}

// today is the day of the assessment.
func (e *Evidence) today() ledger.Day { return ledger.DayOf(e.now) }

func short(commit string) string {
	if len(commit) > 12 {
		return commit[:12]
	}
	return commit
}

// round is a time as people say it.
func round(d time.Duration) string {
	switch {
	case d < time.Minute:
		return d.Round(time.Second).String()
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}
