package tally

import (
	"fmt"
	"strings"
	"unicode"
)

// Severity is a reviewer's judgement of a problem.
type Severity string

// The severities, highest first.
const (
	Block Severity = "BLOCK"
	Warn  Severity = "WARN"
	Info  Severity = "INFO"
)

// Side tells which side of the diff a line number counts on.
type Side string

// The sides: new, or old for deleted lines.
const (
	New Side = "new"
	Old Side = "old"
)

// Anchor is how a reported location relates to the diff.
type Anchor string

// The anchors. Outside and Unknown cannot close the gate.
const (
	Exact   Anchor = "exact"   // a changed line
	Context Anchor = "context" // an unchanged line shown in a hunk
	Snapped Anchor = "snapped" // moved to the nearest shown line, or its path repaired
	Whole   Anchor = "file"    // the file without a line
	Outside Anchor = "outside" // a line of a changed file that the diff does not show
	Unknown Anchor = "unknown" // a path that the diff does not have
)

// State is what became of a finding.
type State string

// The states. Only open findings gate.
const (
	Open      State = "open"
	Retracted State = "retracted"
	Refuted   State = "refuted"
	Known     State = "known"
)

// Finding is one problem at one location, with everybody who reported it.
type Finding struct {
	ID          string   `json:"id"`       // the same for the same place and words in the same change
	Bundle      string   `json:"bundle"`   // the bundle in which it was reported
	Severity    Severity `json:"severity"` // the gravest of its sources
	Path        string   `json:"path"`     // as the diff has it
	Line        int      `json:"line"`     // 0: the whole file
	EndLine     int      `json:"end_line"` // ≥ line
	Side        Side     `json:"side"`     // old: of a line that the change deletes
	Anchor      Anchor   `json:"anchor"`   // how the place relates to the diff; outside and unknown never close the gate
	Title       string   `json:"title"`
	Why         string   `json:"why"`
	Fix         string   `json:"fix"`
	State       State    `json:"state"`              // only open ones count
	Gap         string   `json:"gap,omitempty"`      // of a known finding: the entry of the ledger
	KnownAs     string   `json:"known_as,omitempty"` // and what it was accepted as
	Lineages    []string `json:"lineages"`           // distinct, sorted
	Convergence int      `json:"convergence"`        // len(Lineages)
	ConfirmedBy []string `json:"confirmed_by"`       // lineages that confirmed it when it was put to them; no part of convergence
	Reviewers   []string `json:"reviewers"`          // distinct, sorted
	Sources     []Source `json:"sources"`
	Joins       []Join   `json:"joins,omitempty"` // why the sources are one finding

	// Fingerprint names the code that the finding speaks of, as the ledger knows it; "" where
	// the diff shows none.
	Fingerprint string `json:"fingerprint,omitempty"`

	// Examined is what other lineages said of the finding when it was put to them.
	Examined []Examined `json:"examined,omitempty"`
}

// Join tells why two sources are one finding.
type Join struct {
	A     int      `json:"a"` // index in the sources, as is B
	B     int      `json:"b"`
	Rule  JoinRule `json:"rule"`
	Score float64  `json:"score"` // likeness of the texts, 0…1; two decimals
}

// Source is one reviewer's own report of a finding.
type Source struct {
	Reviewer string   `json:"reviewer"`
	Lineage  string   `json:"lineage"`
	Severity Severity `json:"severity"`
	Title    string   `json:"title"`
	Where    string   `json:"where"` // as the reviewer wrote it
	Text     string   `json:"text"`  // the reviewer's own words

	// Anchor is how the reported place relates to the diff, and Repairs why it is not
	// as reported.
	Anchor  Anchor `json:"anchor,omitempty"`
	Repairs []Rung `json:"repairs,omitempty"`
	// Quoted tells whether code that the reviewer quotes stands at the place: "here",
	// "elsewhere" in the file's shown lines, or "" when nothing can be said.
	Quoted string `json:"quoted,omitempty"`
	// Mended tells that it was read from JSON that was broken.
	Mended bool `json:"mended,omitempty"`

	// Retracted is why the reviewer took it back; "" while it stands. A source that
	// was taken back counts for nothing.
	Retracted string `json:"retracted,omitempty"`
}

// Unparsed is text of an answer that looks like a finding and could not be read.
type Unparsed struct {
	Bundle   string `json:"bundle"`
	Reviewer string `json:"reviewer"`
	Text     string `json:"text"`
}

// Row is the count of a bundle: the line that the nightly greps.
type Row struct {
	Bundle     string `json:"bundle"`
	Component  string `json:"component"`
	Bytes      int    `json:"bytes"`
	Convergent int    `json:"convergent"` // open findings of two lineages or more
	Distinct   int    `json:"distinct"`   // open findings
}

// String is the line that the nightly greps:
//
//	c1 validatord (46KB) → 0 convergent / 11 distinct
func (r Row) String() string {
	component := strings.Map(func(c rune) rune {
		if unicode.IsSpace(c) || !unicode.IsPrint(c) {
			return '_'
		}
		return c
	}, r.Component)
	if component != "" {
		component += " "
	}
	return fmt.Sprintf("%s %s(%dKB) → %d convergent / %d distinct", r.Bundle, component, (r.Bytes+512)/1024, r.Convergent, r.Distinct)
}

// Outcome of a review.
type Outcome string

// The outcomes.
const (
	Pass         Outcome = "pass"
	Blocked      Outcome = "block"
	Inconclusive Outcome = "inconclusive"
)

// Verdict is the outcome with the rule that decided it.
type Verdict struct {
	Outcome  Outcome `json:"outcome"`
	Rule     string  `json:"rule"`      // the first rule of the policy that held
	Reason   string  `json:"reason"`    // the values on which it was decided
	ExitCode int     `json:"exit_code"` // 0 pass, 1 block, 4 inconclusive
}
