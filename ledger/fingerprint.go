package ledger

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"scrum/bundler"
	"scrum/tally"
)

// around is how many lines on either side go into a fingerprint.
const around = 5

// Fingerprint names the code that a finding speaks of. Hashes only: the ledger may be
// public where the code is not.
type Fingerprint struct {
	Whole  string   // of a finding on a whole file: the hash of all that the change does to it
	Lines  int      // of code; blank ones do not count
	First  string   // hash of the first of them
	Code   string   // hash of all of them
	Before []string // hashes of the lines above, the nearest first
	After  []string // hashes of the lines below, the nearest first
}

// String is how a fingerprint is written into the ledger.
func (f Fingerprint) String() string {
	if f.Whole != "" {
		return "file1-" + f.Whole
	}
	return fmt.Sprintf("code1-%d-%s-%s-%s-%s", f.Lines, f.First, f.Code, strings.Join(f.Before, "."), strings.Join(f.After, "."))
}

var (
	wholeForm = regexp.MustCompile(`^file1-([0-9a-f]{32})$`)
	codeForm  = regexp.MustCompile(`^code1-([1-9][0-9]{0,5})-([0-9a-f]{6})-([0-9a-f]{32})-((?:[0-9a-f]{6}\.){0,4}[0-9a-f]{6})?-((?:[0-9a-f]{6}\.){0,4}[0-9a-f]{6})?$`)
)

// ParseFingerprint reads what String writes.
func ParseFingerprint(s string) (Fingerprint, error) {
	if m := wholeForm.FindStringSubmatch(s); m != nil {
		return Fingerprint{Whole: m[1]}, nil
	}
	m := codeForm.FindStringSubmatch(s)
	if m == nil {
		return Fingerprint{}, errors.New("it is not as scrum gaps accept writes it")
	}
	n, err := strconv.Atoi(m[1])
	return Fingerprint{Lines: n, First: m[2], Code: m[3], Before: hashes(m[4]), After: hashes(m[5])}, err
}

func hashes(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ".")
}

// Fingerprints give each finding the name of the code that it speaks of, whatever has
// become of it. Where the diff shows no code at its place, there is none.
func Fingerprints(plan *bundler.Plan, findings []tally.Finding) []tally.Finding {
	c := newCode(plan)
	out := slices.Clone(findings)
	for i := range out {
		if fp, err := c.at(&out[i]); err == nil {
			out[i].Fingerprint = fp.String()
		}
	}
	return out
}

// fingerprint of a finding that can be accepted; an error says what keeps it from having
// one.
func (c *code) fingerprint(f *tally.Finding) (Fingerprint, error) {
	if !f.Gates() && f.State != tally.Open {
		return Fingerprint{}, fmt.Errorf("it is %s, and closes no gate", f.State)
	}
	return c.at(f)
}

// at is the fingerprint of the code at the place of a finding.
func (c *code) at(f *tally.Finding) (Fingerprint, error) {
	switch {
	case f.Anchor == tally.Outside, f.Anchor == tally.Unknown:
		return Fingerprint{}, errors.New("its place is not in the diff: it cannot close the gate, and there is no code to know it by")
	case f.Line == 0 && c.wholes[f.Path] == "":
		return Fingerprint{}, fmt.Errorf("it speaks of the whole file %s, of which the diff shows no changed line", f.Path)
	case f.Line == 0:
		return Fingerprint{Whole: c.wholes[f.Path]}, nil
	}
	s, from, to := c.window(sideOf{f.Path, f.Side}, f.Line, f.EndLine)
	switch {
	case s == nil:
		return Fingerprint{}, fmt.Errorf("the diff does not show all of its lines %d-%d, so that a change of them would go unseen; more context (context.lines) shows them", f.Line, f.EndLine)
	case from == to:
		return Fingerprint{}, errors.New("it points at a blank line: there is no code to know it by")
	}
	return s.fingerprint(from, to), nil
}

func (s *stretch) fingerprint(from, to int) Fingerprint {
	f := Fingerprint{Lines: to - from, First: s.lines[from].hash, Code: codeHash(s.lines[from:to])}
	for i := from - 1; i >= max(0, from-around); i-- {
		f.Before = append(f.Before, s.lines[i].hash)
	}
	for i := to; i < min(len(s.lines), to+around); i++ {
		f.After = append(f.After, s.lines[i].hash)
	}
	return f
}
