package history

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"scrum/report"
	"scrum/run"
	"scrum/tally"
)

// stored is a run as its directory has it.
type stored struct {
	id       string
	digest   string
	manifest run.Manifest
	review   *review // nil while there is no verdict
}

// review is findings.json with what the history wants of it. Fields that an earlier
// version did not write are empty.
type review struct {
	report.Review
	Findings []finding           `json:"findings"`
	Anchors  []tally.AnchorCount `json:"anchors"`
}

type finding struct {
	tally.Finding
	Gap     string `json:"gap"`
	KnownAs string `json:"known_as"`
}

// folder is the place of the run directories. Nothing outside of it is read, whatever
// links lie in it.
type folder struct{ root *os.Root }

// readerVersion is part of every digest: when more is read of a run than before, it
// goes up, and the runs whose directories are there are read again.
const readerVersion = "1"

// mostBytes bounds a file that is read.
const mostBytes = 256 << 20

// raw are the files of a run, to the byte.
type raw struct{ manifest, findings []byte }

// load reads the files of a run and their digest, without looking into them.
func (f folder) load(name string) (raw, string, error) {
	var files raw
	var err error
	if files.manifest, err = f.file(name, "run.json"); err != nil {
		return raw{}, "", err
	}
	if files.findings, err = f.file(name, "findings.json"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return raw{}, "", err
	}
	sum := sha256.New()
	for _, part := range [][]byte{files.manifest, files.findings} {
		one := sha256.Sum256(part)
		sum.Write(one[:])
	}
	return files, readerVersion + ":" + hex.EncodeToString(sum.Sum(nil)), nil
}

func (f folder) file(name, file string) ([]byte, error) {
	path := filepath.Join(name, file)
	info, err := f.root.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("it has no %s: %w", file, fs.ErrNotExist)
	case err != nil:
		return nil, fmt.Errorf("reading %s: %w", file, err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a file", file)
	case info.Size() > mostBytes:
		return nil, fmt.Errorf("%s has %d MB; at most %d are read", file, info.Size()>>20, mostBytes>>20)
	}
	in, err := f.root.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", file, err)
	}
	defer func() { _ = in.Close() }()
	data, err := io.ReadAll(io.LimitReader(in, mostBytes))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", file, err)
	}
	return data, nil
}

// decode reads a run from its files. A run without findings.json has no verdict yet.
func decode(id, digest string, files raw) (*stored, error) {
	s := &stored{id: id, digest: digest}
	if err := decodeJSON("run.json", files.manifest, &s.manifest); err != nil {
		return nil, err
	}
	if got := s.manifest.Schema; got != run.ManifestID {
		return nil, fmt.Errorf("run.json has the format %q; this version of scrum reads %q", got, run.ManifestID)
	}
	if files.findings == nil {
		return s, nil
	}
	s.review = &review{}
	if err := decodeJSON("findings.json", files.findings, s.review); err != nil {
		return nil, err
	}
	if got := s.review.Schema; got != report.SchemaID {
		return nil, fmt.Errorf("findings.json has the format %q; this version of scrum reads %q", got, report.SchemaID)
	}
	return s, s.review.plausible()
}

func decodeJSON(name string, data []byte, v any) error {
	if len(bytes.TrimSpace(data)) == 0 {
		return fmt.Errorf("%s is empty", name)
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("%s cannot be read: %w", name, err)
	}
	return nil
}

// The bounds of what is believed: no sum over the history goes beyond what numbers can
// hold, whatever one file says.
const (
	mostCount = 1 << 40
	mostCost  = 1e9
)

// plausible refuses counts that no run has.
func (r *review) plausible() error {
	t := r.Totals
	counts := []int{t.Convergent, t.Distinct, t.PromptTokens, t.CompletionTokens, int(t.WallMS)}
	costs := []*float64{t.CostUSD}
	for _, s := range r.Coverage {
		counts = append(counts, s.PromptTokens, s.CompletionTokens, int(s.LatencyMS), s.Attempts)
		costs = append(costs, s.CostUSD)
	}
	for _, f := range r.Findings {
		counts = append(counts, f.Line, f.EndLine, f.Convergence)
	}
	for _, a := range r.Anchors {
		counts = slices.AppendSeq(counts, maps.Values(a.Counts))
	}
	for _, n := range counts {
		if n < 0 || n > mostCount {
			return fmt.Errorf("findings.json has the count %d, which no run has", n)
		}
	}
	for _, usd := range costs {
		if usd != nil && (*usd < 0 || *usd > mostCost) {
			return fmt.Errorf("findings.json has the cost %g, which no run has", *usd)
		}
	}
	return nil
}

// about is what the run is about: as the review says, which ends later than the
// manifest begins, or else as the manifest does.
func (s *stored) about() report.Run {
	if s.review != nil {
		return s.review.Run
	}
	return s.manifest.Run
}

// anchorRow is how many places of a reviewer stand in the diff in one way.
type anchorRow struct {
	reviewer string
	lineage  string
	anchor   tally.Anchor
	count    int
}

// anchors are the places of each reviewer, in a fixed order.
func (r *review) anchors() []anchorRow {
	counts := r.Anchors
	if counts == nil {
		counts = r.guessedAnchors()
	}
	lineages := r.lineages()
	seen := map[string]bool{}
	var out []anchorRow
	for _, c := range counts {
		if seen[c.Reviewer] {
			continue
		}
		seen[c.Reviewer] = true
		for _, a := range slices.Sorted(maps.Keys(c.Counts)) {
			if n := c.Counts[a]; n != 0 {
				out = append(out, anchorRow{c.Reviewer, lineages[c.Reviewer], a, n})
			}
		}
	}
	return out
}

// guessedAnchors is for reviews that do not say: each source is taken to stand where
// its finding does.
func (r *review) guessedAnchors() []tally.AnchorCount {
	at := map[string]int{}
	var out []tally.AnchorCount
	for _, f := range r.Findings {
		for _, s := range f.Sources {
			i, ok := at[s.Reviewer]
			if !ok {
				i = len(out)
				at[s.Reviewer] = i
				out = append(out, tally.AnchorCount{Reviewer: s.Reviewer, Counts: map[tally.Anchor]int{}})
			}
			out[i].Counts[f.Anchor]++
		}
	}
	return out
}

// lineages gives each reviewer the lineage of most of its seats: one model may have
// stood in for another on some.
func (r *review) lineages() map[string]string {
	counts := map[string]map[string]int{}
	for _, s := range r.Coverage {
		if counts[s.Reviewer] == nil {
			counts[s.Reviewer] = map[string]int{}
		}
		counts[s.Reviewer][s.Lineage]++
	}
	out := map[string]string{}
	for reviewer, n := range counts {
		out[reviewer] = slices.MinFunc(slices.Collect(maps.Keys(n)), func(a, b string) int {
			return cmp.Or(cmp.Compare(n[b], n[a]), cmp.Compare(a, b))
		})
	}
	return out
}
