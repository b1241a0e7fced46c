package assess

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// ManifestID names the format of evidence.json.
const ManifestID = "scrum/evidence/v1"

// ManifestFile is its name in the directory of a run.
const ManifestFile = "evidence.json"

// Manifest is evidence.json: what a run has written about itself.
type Manifest struct {
	Schema      string    `json:"schema"`
	Run         string    `json:"run"` // its id
	Commit      string    `json:"commit"`
	Dirty       bool      `json:"dirty"`
	Started     time.Time `json:"started"`
	Finished    time.Time `json:"finished"`
	ToolVersion string    `json:"tool_version"`
	Phases      []Phase   `json:"phases"`
}

// Phase is a phase of the run: the file that it has written, or why it was skipped.
type Phase struct {
	Phase   string `json:"phase"`
	File    string `json:"file,omitempty"` // below the directory, with slashes
	SHA256  string `json:"sha256,omitempty"`
	Skipped string `json:"skipped,omitempty"` // the reason
}

// The phases that give evidence, in the order of a run.
const (
	Smoke  = "smoke"
	Parity = "parity"
	Review = "review"
)

// Phases are the phases that give evidence.
func Phases() []string { return []string{Smoke, Parity, Review} }

// files are where the evidence of a phase may be, below the directory of a run.
func files(phase string) []string {
	if phase == Review {
		return []string{"findings.json", "review/findings.json"}
	}
	return []string{phase + ".json"}
}

// Digest is the sha256 of a file of the run, as evidence.json has it.
func Digest(dir, file string) (string, error) {
	_, sum, err := readIn(dir, file)
	return sum, err
}

// WriteManifest writes evidence.json. The digests of phases that name a file and have
// none are taken from the files.
func WriteManifest(dir string, m Manifest) error {
	m.Schema = ManifestID
	m.Phases = slices.Clone(m.Phases)
	for i := range m.Phases {
		p := &m.Phases[i]
		if p.File == "" || p.SHA256 != "" {
			continue
		}
		sum, err := Digest(dir, p.File)
		if err != nil {
			return fmt.Errorf("writing %s: %w", ManifestFile, err)
		}
		p.SHA256 = sum
	}
	data, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fmt.Errorf("writing %s: %w", ManifestFile, err)
	}
	tmp := filepath.Join(dir, ManifestFile+".tmp")
	if err := os.WriteFile(tmp, append(data, '\n'), 0o600); err != nil {
		return fmt.Errorf("writing %s: %w", ManifestFile, err)
	}
	if err := os.Rename(tmp, filepath.Join(dir, ManifestFile)); err != nil {
		return fmt.Errorf("writing %s: %w", ManifestFile, err)
	}
	return nil
}

// readManifest gives the manifest, or says why there is none to rely on.
func readManifest(dir string) (*Manifest, error) {
	data, _, err := readIn(dir, ManifestFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no %s: nothing says which run the files are of", ManifestFile)
	}
	if err != nil {
		return nil, err
	}
	var m Manifest
	if err := decode(data, ManifestID, &m); err != nil {
		return nil, fmt.Errorf("%s: %w", ManifestFile, err)
	}
	return &m, m.check()
}

func (m *Manifest) check() error {
	seen := map[string]bool{}
	for _, p := range m.Phases {
		switch {
		case seen[p.Phase]:
			return fmt.Errorf("%s names the phase %s twice", ManifestFile, clip(p.Phase))
		case p.File != "" && p.Skipped != "":
			return fmt.Errorf("%s says of the phase %s that it was skipped, and names a file", ManifestFile, clip(p.Phase))
		}
		seen[p.Phase] = true
	}
	switch {
	case m.Run == "":
		return fmt.Errorf("%s names no run", ManifestFile)
	case m.Commit == "":
		return fmt.Errorf("%s names no commit", ManifestFile)
	}
	return nil
}

// of gives what the manifest says of a phase.
func (m *Manifest) of(phase string) (Phase, bool) {
	i := slices.IndexFunc(m.Phases, func(p Phase) bool { return p.Phase == phase })
	if i < 0 {
		return Phase{}, false
	}
	return m.Phases[i], true
}

// longest bounds a file of evidence: a run that shows more than this is none to read.
const longest = 256 << 20

// readIn reads a file below a directory. Neither its name nor a link leads out of it.
func readIn(dir, file string) (data []byte, sum string, err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, "", err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	name := filepath.FromSlash(file)
	info, err := root.Stat(name) // before it is opened: opening a pipe waits for somebody to write
	if err != nil {
		return nil, "", err
	}
	if !info.Mode().IsRegular() {
		return nil, "", fmt.Errorf("%s is no regular file", file)
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	data, err = io.ReadAll(io.LimitReader(f, longest+1))
	if err != nil {
		return nil, "", fmt.Errorf("reading %s: %w", file, err)
	}
	if len(data) > longest {
		return nil, "", fmt.Errorf("%s is larger than %d MiB", file, longest>>20)
	}
	h := sha256.Sum256(data)
	return data, hex.EncodeToString(h[:]), nil
}

// decode reads a document of a schema. Keys that are not known are left alone: a newer
// tool may have written them.
func decode(data []byte, schema string, into any) error {
	var is struct {
		Schema string `json:"schema"`
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(&is); err != nil {
		return fmt.Errorf("it is not readable: %w", err)
	}
	if is.Schema != schema {
		return fmt.Errorf("its schema is %q, but this program reads %q", clip(is.Schema), schema)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the document")
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("it is not readable: %w", err)
	}
	return nil
}

// clip keeps a stranger's text from filling a message.
func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
