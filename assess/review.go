package assess

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"scrum/ledger"
	"scrum/tally"
)

// reviewID is the schema of findings.json.
const reviewID = "scrum/review/v1"

// toolOfSecrets is the analyser that finds credentials.
const toolOfSecrets = "tool:secrets"

// reviewDoc is what is needed of findings.json.
type reviewDoc struct {
	Run struct {
		Head        string    `json:"head"`
		Dirty       bool      `json:"dirty"`
		Finished    time.Time `json:"finished"`
		ToolVersion string    `json:"tool_version"`
		Scripted    bool      `json:"scripted"`
	} `json:"run"`
	Verdict struct {
		Outcome string `json:"outcome"`
		Rule    string `json:"rule"`
	} `json:"verdict"`
	Findings []tally.Finding `json:"findings"`
}

func readReview(data []byte, never neverList) (*shown, error) {
	var d reviewDoc
	if err := decode(data, reviewID, &d); err != nil {
		return nil, err
	}
	if err := d.check(); err != nil {
		return nil, err
	}
	r := d.Run
	s := &shown{stamp: stamp{r.Head, r.Dirty, r.Finished, r.ToolVersion}, outcome: d.Verdict.Outcome}
	if s.outcome == string(tally.Inconclusive) {
		s.silent = "the review was inconclusive (rule " + d.Verdict.Rule + ")"
	}
	open, known := 0, 0
	for i := range d.Findings {
		switch f := &d.Findings[i]; f.State {
		case tally.Known:
			known++
			s.seen = append(s.seen, d.occurrence(f, never))
		case tally.Open:
			open++
			if counts(f) {
				s.seen = append(s.seen, d.occurrence(f, never))
			}
		}
	}
	s.headline = fmt.Sprintf("%s (%s, %d known)", d.Verdict.Outcome, plural(open, "open finding", "open findings"), known)
	return s, nil
}

// counts tells whether an open finding goes to the ledger: it blocks, or two lineages
// stand behind it. Others are the review's own matter.
func counts(f *tally.Finding) bool {
	return f.Gates() && (f.Severity == tally.Block || f.Convergence+len(f.ConfirmedBy) >= 2)
}

// writable tells whether an entry of the ledger can hold a finding.
func writable(f *tally.Finding) bool {
	return slices.Contains([]tally.Severity{tally.Block, tally.Warn, tally.Info}, f.Severity) &&
		(f.Side == tally.New || f.Side == tally.Old) && f.Line >= 0 && strings.TrimSpace(f.Path) != ""
}

func (d *reviewDoc) occurrence(f *tally.Finding, never neverList) ledger.Occurrence {
	o := ledger.Occurrence{
		Phase: ledger.Review, Signature: findingSignature(f.ID), Class: string(f.Severity), Title: f.Title, Gap: f.Gap, As: ledger.As(f.KnownAs),
		Finding: &ledger.Gap{
			Severity: f.Severity, Path: f.Path, Line: f.Line, Side: f.Side, Title: f.Title, Why: f.Why,
			Reviewers: f.Reviewers, Lineages: f.Lineages, Finding: f.ID,
		},
	}
	o.Cases = []string{o.Finding.Place()}
	o.Never = never.whyFinding(slices.Contains(f.Lineages, toolOfSecrets), o.As, o.Class)
	return o
}

// findingSignature names a finding among the gaps of other phases.
func findingSignature(id string) string { return "finding-" + id }

func (d *reviewDoc) check() error {
	switch tally.Outcome(d.Verdict.Outcome) {
	case tally.Pass, tally.Blocked, tally.Inconclusive:
	default:
		return fmt.Errorf("its verdict %q is not known", clip(d.Verdict.Outcome))
	}
	ids := map[string]bool{}
	for _, f := range d.Findings {
		switch {
		case !ledger.IsSignature(findingSignature(f.ID)):
			return fmt.Errorf("%q is no id of a finding", clip(f.ID))
		case (f.State == tally.Known || counts(&f)) && !writable(&f):
			return fmt.Errorf("the finding %s is of no severity or place that there is", f.ID)
		case ids[f.ID]:
			return contradiction("the finding %s stands there twice", f.ID)
		case f.State == tally.Known && f.Gap == "":
			return contradiction("the finding %s is known, but by no entry of the ledger", f.ID)
		case !slices.Contains([]tally.State{tally.Open, tally.Known, tally.Retracted, tally.Refuted}, f.State):
			return fmt.Errorf("the state %q of the finding %s is not known", clip(string(f.State)), f.ID)
		}
		ids[f.ID] = true
	}
	if d.Run.Scripted {
		return fmt.Errorf("its models were scripted: it is a demonstration")
	}
	return nil
}
