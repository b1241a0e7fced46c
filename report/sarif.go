package report

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"scrum/tally"
)

// SARIF writes the Static Analysis Results Interchange Format 2.1.0. What closes the
// gate is an error, and nothing else is: a host that fails a change for errors fails
// none that the gate lets through.
type SARIF struct {
	Repository string // the address of the repository, if it is known
}

// sarifLimits are those of GitHub, which refuses more.
type sarifLimits struct {
	results int
	zipped  int // bytes of the file after gzip
	shown   int // results that are shown
	beside  int // notifications of one kind; no host's limit, but a readable list
}

// Write implements Writer.
func (s SARIF) Write(w io.Writer, r *Review) error {
	return s.writeWithin(w, r, sarifLimits{results: 25_000, zipped: 10_000_000, shown: 5_000, beside: 1_000})
}

// writeWithin leaves out the least important findings until the file is small enough.
func (s SARIF) writeWithin(w io.Writer, r *Review, most sarifLimits) error {
	for {
		var b bytes.Buffer
		if err := WriteJSON(&b, s.log(r, most)); err != nil {
			return err
		}
		fits, err := zipsWithin(b.Bytes(), most.zipped)
		if err != nil {
			return err
		}
		if fits || most.results == 0 {
			_, err := w.Write(b.Bytes())
			return err
		}
		most.results = min(most.results, len(r.Findings)) / 2
	}
}

func zipsWithin(data []byte, limit int) (bool, error) {
	if len(data) <= limit {
		return true, nil
	}
	var count counter
	z := gzip.NewWriter(&count)
	if _, err := z.Write(data); err != nil {
		return false, fmt.Errorf("measuring the SARIF file: %w", err)
	}
	if err := z.Close(); err != nil {
		return false, fmt.Errorf("measuring the SARIF file: %w", err)
	}
	return int(count) <= limit, nil
}

// counter counts what is written.
type counter int

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

func (s SARIF) log(r *Review, most sarifLimits) sarifLog {
	run := sarifRun{
		Tool:              sarifTool{sarifDriver(r)},
		Automation:        sarifAutomation{"scrum/" + phrase(r.Run.ID)},
		OriginalURIBaseID: map[string]sarifArtifact{srcRoot: {Description: &sarifMessage{Text: "The root of the work tree."}}},
		ColumnKind:        "unicodeCodePoints",
		Results:           []sarifResult{},
		Properties:        map[string]any{"verdict": r.Verdict, "base": r.Run.Base, "head": r.Run.Head, "label": phrase(r.Run.Label)},
	}
	if s.Repository != "" {
		run.Provenance = []sarifProvenance{{RepositoryURI: s.Repository, RevisionID: r.Run.Head, MappedTo: sarifArtifact{URIBaseID: srcRoot}}}
	}
	if why := r.inconclusive(); why != "" {
		run.Results = append(run.Results, sarifOfReview(r, why))
	}
	cut := 0
	for _, l := range r.listed() {
		switch {
		case withdrawn(l.State) != "": // a notification each
		case len(run.Results) >= most.results:
			cut++
		default:
			run.Results = append(run.Results, sarifFinding(r, l))
		}
	}
	run.Invocations = []sarifInvocation{sarifExecution(r, most, len(run.Results), cut)}
	return sarifLog{Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run}}
}

// sarifOfReview is what stands among the findings when nothing can be concluded: a list
// without any would look like a pass.
func sarifOfReview(r *Review, why string) sarifResult {
	return sarifResult{
		RuleID: ruleInconclusive, Level: "warning", Message: sarifMessage{Text: unlinked(why)},
		Locations:    []sarifLocation{{Physical: &sarifPhysical{Artifact: sarifURI(r.anyPath())}}},
		Fingerprints: map[string]string{fingerprintKey: ruleInconclusive}, Suppressions: []sarifSuppression{},
	}
}

// fingerprintKey names the way in which [identities] are made. Another way needs another
// number.
const fingerprintKey = "scrum/v1"

func sarifFinding(r *Review, l listed) sarifResult {
	physical := &sarifPhysical{Artifact: sarifURI(r.path(l.Finding))}
	if first, last := l.lines(); first > 0 {
		physical.Region = &sarifRegion{StartLine: first, EndLine: last}
	}
	var md sheet
	md.body(l.Finding)
	out := sarifResult{
		RuleID: l.rule, Level: sarifLevel(l), Message: sarifMessage{Text: unlinked(l.plain()), Markdown: strings.TrimSpace(md.String())},
		Locations:    []sarifLocation{{Physical: physical}},
		Fingerprints: map[string]string{fingerprintKey: l.identity}, Suppressions: []sarifSuppression{},
		Properties: map[string]any{
			"id": l.ID, "bundle": l.Bundle, "severity": l.Severity, "state": l.State, "closesGate": l.closes, "side": l.Side, "anchor": l.Anchor,
			"line": l.Line, "endLine": l.EndLine, "lineages": orEmpty(l.Lineages), "convergence": l.Convergence, "confirmedBy": orEmpty(l.ConfirmedBy), "reviewers": orEmpty(l.Reviewers),
		},
	}
	if l.State == tally.Known {
		out.Suppressions = append(out.Suppressions, sarifSuppression{Kind: "external", Status: "accepted", Justification: l.apart()})
	}
	return out
}

// sarifLevel never makes more of a finding than the gate does.
func sarifLevel(l listed) string {
	switch {
	case l.closes:
		return "error"
	case l.State != tally.Open, l.Severity == tally.Info, !l.Gates():
		return "note"
	}
	return "warning"
}

const srcRoot = "%SRCROOT%"

// sarifURI is a relative reference. A colon in its first part would make a scheme of it.
func sarifURI(path string) sarifArtifact {
	return sarifArtifact{URI: (&url.URL{Path: path}).String(), URIBaseID: srcRoot}
}

// unlinked takes the form of a link from a plain text: readers of SARIF follow it.
func unlinked(text string) string { return strings.ReplaceAll(text, "](", "] (") }

// sarifExecution tells how the review went, and all that is no result.
func sarifExecution(r *Review, most sarifLimits, results, cut int) sarifInvocation {
	grave := "note"
	if r.inconclusive() != "" {
		grave = "error"
	}
	notes := []sarifNotification{{Descriptor: sarifReference{"scrum/verdict"}, Level: grave, Message: sarifMessage{Text: unlinked(outcomeWord(r.Verdict.Outcome) + ": " + r.because())}}}
	dropped := map[string]int{}
	listed := map[string]int{}
	for _, b := range r.beside() {
		if listed[b.kind] == most.beside {
			dropped[b.kind]++
			continue
		}
		listed[b.kind]++
		notes = append(notes, sarifBeside(b))
	}
	limit := func(format string, args ...any) {
		notes = append(notes, sarifNotification{Descriptor: sarifReference{"scrum/limit"}, Level: "warning", Message: sarifMessage{Text: fmt.Sprintf(format, args...)}})
	}
	for _, k := range besideKinds() {
		if n := dropped[k.id]; n > 0 {
			limit("%d more notifications scrum/%s are only in findings.json", n, k.id)
		}
	}
	if cut > 0 {
		limit("%d more findings are only in findings.json: GitHub takes files of %d results and %d bytes at most", cut, most.results, most.zipped)
	}
	if results > most.shown {
		limit("GitHub shows %d of these %d results", most.shown, results)
	}
	return sarifInvocation{
		Successful: r.inconclusive() == "", ExitCode: r.Verdict.ExitCode, ExitDescription: string(r.Verdict.Outcome),
		Start: sarifTime(r.Run.Started), End: sarifTime(r.Run.Finished), Notifications: notes,
	}
}

func sarifBeside(b beside) sarifNotification {
	n := sarifNotification{Descriptor: sarifReference{"scrum/" + b.kind}, Level: "note", Message: sarifMessage{Text: unlinked(b.text)}}
	if b.bad {
		n.Level = "warning"
	}
	if p := relative(b.path); p != "" {
		n.Locations = []sarifLocation{{Physical: &sarifPhysical{Artifact: sarifURI(p)}}}
	}
	return n
}

func sarifTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}
