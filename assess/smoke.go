package assess

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"scrum/ledger"
)

// smokeID is the schema of smoke.json.
const smokeID = "scrum/smoke/v1"

// smokeDoc is what is needed of smoke.json.
type smokeDoc struct {
	Commit      string      `json:"commit"`
	Dirty       bool        `json:"dirty"`
	Finished    time.Time   `json:"finished"`
	ToolVersion string      `json:"tool_version"`
	Verdict     string      `json:"verdict"`
	Services    []smokePart `json:"services"`
	Steps       []smokePart `json:"steps"`
	NotSelected []string    `json:"not_selected"`
}

// smokePart is a service or a step.
type smokePart struct {
	Name     string      `json:"name"`
	Result   string      `json:"result"`
	Cause    string      `json:"cause"`
	Cases    []smokePart `json:"cases"`
	CasesCut int         `json:"cases_cut"`
}

func (p smokePart) good() bool   { return p.Result == "PASS" || p.Result == "FLAKY" }
func (p smokePart) failed() bool { return !p.good() && p.Result != "SKIP" }

func smokeResults() []string {
	return []string{"PASS", "FAIL", "ERROR", "TIMEOUT", "SKIP", "FLAKY", "LEAK"}
}

func readSmoke(data []byte, never neverList) (*shown, error) {
	var d smokeDoc
	if err := decode(data, smokeID, &d); err != nil {
		return nil, err
	}
	if err := d.check(); err != nil {
		return nil, err
	}
	s := &shown{stamp: stamp{d.Commit, d.Dirty, d.Finished, d.ToolVersion}, headline: d.headline(), silent: d.silent()}
	s.ran = ledger.Ran{Whole: s.silent == "" && len(d.NotSelected) == 0, Cases: map[string]bool{}}
	for _, p := range d.Services {
		s.note("service", p, never)
	}
	for _, p := range d.Steps {
		s.note("step", p, never)
	}
	if len(d.NotSelected) > 0 {
		s.notes = append(s.notes, "smoke: not selected: "+strings.Join(d.NotSelected, ", "))
	}
	return s, nil
}

// note takes a service or a step for what it has shown.
func (s *shown) note(kind string, p smokePart, never neverList) {
	name := kind + " " + p.Name
	s.ran.Cases[name] = p.good()
	s.ran.Whole = s.ran.Whole && (p.good() || p.failed())
	if !p.failed() {
		return
	}
	title := name + ": " + p.Result
	if first, _, _ := strings.Cut(p.Cause, "\n"); first != "" {
		title += ", " + first
	}
	s.seen = append(s.seen, ledger.Occurrence{
		Phase: ledger.Smoke, Signature: p.signature(kind), Class: p.Result, Title: title, Cases: []string{name},
		Never: never.why(Smoke, p.Result),
	})
}

// signature is the same for the same failure: of a step with tests of its own for the
// same failing tests, so that another one is another failure.
func (p smokePart) signature(kind string) string {
	sig := kind + "-" + p.Name + "-" + strings.ToLower(p.Result)
	var failing []string
	for _, c := range p.Cases {
		if c.failed() {
			failing = append(failing, c.Name)
		}
	}
	if len(failing) > 0 {
		slices.Sort(failing)
		sum := sha256.Sum256([]byte(strings.Join(failing, "\x00")))
		sig += "-" + hex.EncodeToString(sum[:6])
	}
	return sig
}

func (d *smokeDoc) check() error {
	failed := 0
	names := map[string]bool{}
	for i, p := range slices.Concat(d.Services, d.Steps) {
		name := fmt.Sprint(i < len(d.Services), p.Name)
		switch {
		case !slices.Contains(smokeResults(), p.Result):
			return fmt.Errorf("the result %q of %s is not known", clip(p.Result), clip(p.Name))
		case !ledger.IsSignature(p.signature("service")):
			return fmt.Errorf("%q is no name of a step or a service", clip(p.Name))
		case names[name]:
			return contradiction("%s stands there twice", clip(p.Name))
		case p.failed():
			failed++
		}
		names[name] = true
	}
	switch d.Verdict {
	case "passed":
		if failed > 0 {
			return contradiction("its verdict is passed, and %s", plural(failed, "step or service has not", "steps and services have not"))
		}
	case "failed":
		if failed == 0 && d.silent() == "" {
			return contradiction("its verdict is failed, and everything has passed")
		}
	case "inconclusive", "interrupted":
	default:
		return fmt.Errorf("its verdict %q is not known", clip(d.Verdict))
	}
	return nil
}

// silent tells why a smoke run decides nothing. What failed has failed all the same.
func (d *smokeDoc) silent() string {
	skipped := 0
	for _, p := range d.Steps {
		if p.Result == "SKIP" {
			skipped++
		}
	}
	switch {
	case d.Verdict == "inconclusive" || d.Verdict == "interrupted":
		return "it was " + d.Verdict
	case len(d.Steps) == 0:
		return "it has no steps"
	case skipped > 0:
		return plural(skipped, "step was skipped", "steps were skipped")
	}
	return ""
}

func (d *smokeDoc) headline() string {
	counts := map[string]int{}
	good := 0
	for _, p := range d.Steps {
		counts[p.Result]++
		if p.good() {
			good++
		}
	}
	line := fmt.Sprintf("%d/%d PASS", good, len(d.Steps))
	var rest []string
	for _, r := range smokeResults()[1:] {
		if n := counts[r]; n > 0 {
			rest = append(rest, fmt.Sprintf("%d %s", n, r))
		}
	}
	for _, p := range d.Services {
		if p.failed() {
			rest = append(rest, "service "+p.Name+" "+p.Result)
		}
	}
	if len(rest) > 0 {
		line += " (" + strings.Join(rest, ", ") + ")"
	}
	return line
}
