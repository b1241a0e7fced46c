package parity

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"scrum/parity/compare"
	"scrum/parity/exchange"
)

// SchemaID names the format of a Result as JSON.
const SchemaID = "scrum/parity/v1"

// Result is all that a run found: the document scrum/parity/v1.
type Result struct {
	Schema      string       `json:"schema"`
	Started     time.Time    `json:"started"`
	Finished    time.Time    `json:"finished"`
	ToolVersion string       `json:"tool_version"`
	Commit      string       `json:"commit"`
	Dirty       bool         `json:"dirty"`
	Verdict     Verdict      `json:"verdict"`
	Totals      Totals       `json:"totals"`
	Targets     []Target     `json:"targets"` // the first is the reference
	Cases       []Case       `json:"cases"`
	Divergences []Divergence `json:"divergences"`
	Noise       []Noise      `json:"noise"`
	Rules       []Rule       `json:"rules"`
	UnusedRules []Rule       `json:"unused_rules"`
	Notes       []string     `json:"notes"`
}

// The outcomes of a run.
const (
	OutcomeMatch        = "match"
	OutcomeDiverged     = "diverged"
	OutcomeInconclusive = "inconclusive"
	OutcomeNothing      = "nothing executed"
)

// Verdict is what the run comes to.
type Verdict struct {
	Outcome  string `json:"outcome"`
	Reason   string `json:"reason"`
	ExitCode int    `json:"exit_code"`
}

// Totals count.
type Totals struct {
	Cases       int   `json:"cases"`
	Executed    int   `json:"executed"`
	Match       int   `json:"match"`
	Diff        int   `json:"diff"`
	NotCompared int   `json:"not_compared"` // executed, but something could not be compared
	NotExecuted int   `json:"not_executed"`
	Requests    int   `json:"requests"`
	Divergences int   `json:"divergences"` // causes
	WallMS      int64 `json:"wall_ms"`
}

// Target is one of the servers.
type Target struct {
	Name    string `json:"name"`
	Address string `json:"address"` // without user and password
	Error   string `json:"error,omitempty"`
}

// The states of a case.
const (
	StateMatch       = "match"
	StateDiff        = "diff"
	StateNotCompared = "not compared"
	StateNotExecuted = "not executed"
)

// Case is what came of one case.
type Case struct {
	Name        string       `json:"name"`
	File        string       `json:"file"`
	Line        int          `json:"line"`
	Method      string       `json:"method"`
	Path        string       `json:"path"` // secrets masked
	State       string       `json:"state"`
	Cause       string       `json:"cause,omitempty"`
	Request     *Request     `json:"request,omitempty"` // of a case that is no match
	Answers     []Answer     `json:"answers"`
	Comparisons []Comparison `json:"comparisons"`
	Divergences []string     `json:"divergences"` // signatures
}

// Request is what was sent to the reference.
type Request struct {
	Path      string  `json:"path"`
	Header    []Field `json:"headers"`
	Body      string  `json:"body,omitempty"`
	BodyBytes int     `json:"body_bytes"`
}

// Field is a header field; secrets are masked.
type Field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Answer is what one target answered.
type Answer struct {
	Target  string            `json:"target"`
	Status  int               `json:"status"`
	TookUS  int64             `json:"took_us"`
	Bytes   int64             `json:"bytes"`
	SHA256  string            `json:"sha256,omitempty"`
	Header  []Field           `json:"headers,omitempty"`
	Failure *exchange.Failure `json:"failure,omitempty"`
	Body    *Body             `json:"body,omitempty"` // of a case that is no match
}

// Body is what is shown of a body.
type Body struct {
	Form string `json:"form"` // JSON, text or bytes
	Text string `json:"text"` // JSON is indented, nothing else is changed; bytes are in base64
	Cut  int64  `json:"cut"`  // bytes of the text that are left out
}

// Comparison is how one target's answer compares with the reference's.
type Comparison struct {
	Target      string                          `json:"target"`
	Match       bool                            `json:"match"`
	Layers      map[compare.Layer]compare.State `json:"layers"`
	TimeRatio   float64                         `json:"time_ratio"` // of this target's time to the reference's
	Divergences []string                        `json:"divergences"`
	Differences []compare.Difference            `json:"differences"`
}

// Divergence is one cause, with all cases in which it shows.
type Divergence struct {
	Signature string          `json:"signature"`
	Class     compare.Class   `json:"class"`
	Layer     compare.Layer   `json:"layer"`
	Path      string          `json:"path"`
	Types     [2]string       `json:"types"`
	Within    []compare.Class `json:"within"`
	Targets   []string        `json:"targets"`
	Cases     []string        `json:"cases"`
	Places    int             `json:"places"`
	Sample    Sample          `json:"sample"`
}

// Sample is where a cause was first seen.
type Sample struct {
	Case      string `json:"case"`
	Target    string `json:"target"`
	At        string `json:"at"`
	Reference string `json:"reference"`
	Other     string `json:"other"`
	Detail    string `json:"detail,omitempty"`
}

// Noise is what the reference does not answer twice alike.
type Noise struct {
	Case      string        `json:"case"`
	Class     compare.Class `json:"class"`
	Path      string        `json:"path"`
	Types     [2]string     `json:"types"`
	Reference string        `json:"reference"`
	Again     string        `json:"again"`
	Targets   []string      `json:"targets"` // where the same difference was found and not counted
}

// Rule is a rule of the run.
type Rule struct {
	Path   string   `json:"path"`
	Do     string   `json:"do"`
	Value  string   `json:"value,omitempty"`
	Reason string   `json:"reason"`
	Cases  []string `json:"cases"`
	Line   int      `json:"line"`
	Used   bool     `json:"used"`
}

// DecodeResult reads a result that was written as JSON.
func DecodeResult(from io.Reader) (*Result, error) {
	dec := json.NewDecoder(from)
	var r Result
	if err := dec.Decode(&r); err != nil {
		return nil, fmt.Errorf("reading a parity result: %w", err)
	}
	if r.Schema != SchemaID {
		return nil, fmt.Errorf("reading a parity result: its schema is %q, but this program reads %q", r.Schema, SchemaID)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("reading a parity result: something follows the document")
	}
	return &r, nil
}
