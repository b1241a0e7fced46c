package smoke

import (
	"fmt"
	"strings"
	"time"
)

// SchemaID names the format of a result as JSON.
const SchemaID = "scrum/smoke/v1"

// Outcome is how a step, a service or a case has ended.
type Outcome string

// The outcomes. Pass and Flaky are good; a service has Pass, Error, Leak or Skip, a case
// Pass, Fail, Error or Skip.
const (
	Pass    Outcome = "PASS"
	Fail    Outcome = "FAIL"    // it ran, and says that something is wrong
	Error   Outcome = "ERROR"   // it could not run, or does not say how it went
	Timeout Outcome = "TIMEOUT" // it was ended for taking too long
	Skip    Outcome = "SKIP"    // something that it needs has not passed
	Flaky   Outcome = "FLAKY"   // it failed first and passed then
	Leak    Outcome = "LEAK"    // it passed and left processes behind
)

// good tells that what needs it can go on. Who leaks has done its work.
func (o Outcome) good() bool { return o == Pass || o == Flaky || o == Leak }

// Verdict is how a whole run has ended.
type Verdict string

// The verdicts.
const (
	Passed       Verdict = "passed"
	Failed       Verdict = "failed"
	Inconclusive Verdict = "inconclusive" // no step ran, because of the machine
	Interrupted  Verdict = "interrupted"
)

// Result is what a run has shown: the document scrum/smoke/v1.
type Result struct {
	Schema      string          `json:"schema"`
	ToolVersion string          `json:"tool_version"`
	Commit      string          `json:"commit"` // what was checked out; "" outside of a repository
	Dirty       bool            `json:"dirty"`  // something was changed since
	File        string          `json:"file"`
	Started     time.Time       `json:"started"`
	Finished    time.Time       `json:"finished"`
	Jobs        int             `json:"jobs"`
	Verdict     Verdict         `json:"verdict"`
	Services    []ServiceResult `json:"services"`
	Steps       []StepResult    `json:"steps"`
	NotSelected []string        `json:"not_selected"` // steps that were not asked for, and services that nothing needs then
	Totals      Totals          `json:"totals"`
}

// ServiceResult tells of a service.
type ServiceResult struct {
	Name     string         `json:"name"`
	Result   Outcome        `json:"result"`
	Cause    string         `json:"cause,omitempty"`
	Reused   bool           `json:"reused"`              // it was up already
	ReadyMS  int64          `json:"ready_ms"`            // from its start until it was ready
	MS       int64          `json:"ms"`                  // from its start until it was gone
	Ports    map[string]int `json:"ports,omitempty"`     // those it has named
	Stopped  string         `json:"stopped,omitempty"`   // the signal that has ended it; "" when it has ended by itself
	Output   string         `json:"output,omitempty"`    // when it has not passed
	Log      string         `json:"log,omitempty"`       // the file with all of its output
	LeftOver []string       `json:"left_over,omitempty"` // processes
}

// StepResult tells of a step.
type StepResult struct {
	Name         string   `json:"name"`
	Result       Outcome  `json:"result"`
	Cause        string   `json:"cause,omitempty"`
	MS           int64    `json:"ms"`
	Attempts     int      `json:"attempts"`
	Output       string   `json:"output,omitempty"` // of the last attempt, when it has not passed
	Log          string   `json:"log,omitempty"`    // the file with the output of all attempts
	Tags         []string `json:"tags,omitempty"`
	Cases        []Case   `json:"cases"`
	CasesCut     int      `json:"cases_cut,omitempty"` // cases that are not listed, since there are too many; they count all the same
	FirstFailure *Failure `json:"first_failure,omitempty"`
	LeftOver     []string `json:"left_over,omitempty"` // processes
}

// Failure is an attempt that did not pass, though a later one did or might have.
type Failure struct {
	Result Outcome `json:"result"`
	Cause  string  `json:"cause,omitempty"`
	MS     int64   `json:"ms"`
	Output string  `json:"output,omitempty"`
}

// Case is a test within a step.
type Case struct {
	Name   string  `json:"name"`
	Result Outcome `json:"result"`
	MS     int64   `json:"ms"`
	Output string  `json:"output,omitempty"` // why it has not passed
}

// Totals count the steps by their outcome.
type Totals struct {
	Steps    int   `json:"steps"`
	Pass     int   `json:"pass"`
	Fail     int   `json:"fail"`
	Error    int   `json:"error"`
	Timeout  int   `json:"timeout"`
	Skip     int   `json:"skip"`
	Flaky    int   `json:"flaky"`
	Leak     int   `json:"leak"`
	Cases    int   `json:"cases"`
	Services int   `json:"services"` // that were started or used
	MS       int64 `json:"ms"`
}

func (t *Totals) of(o Outcome) *int {
	return map[Outcome]*int{
		Pass: &t.Pass, Fail: &t.Fail, Error: &t.Error, Timeout: &t.Timeout, Skip: &t.Skip, Flaky: &t.Flaky, Leak: &t.Leak,
	}[o]
}

// count fills the totals and the verdict. interrupted and machine tell what no step can:
// that somebody stopped the run, and that nothing but the machine has kept it from
// running.
func (r *Result) count(interrupted, machine bool) {
	t := Totals{Steps: len(r.Steps), MS: r.Finished.Sub(r.Started).Milliseconds()}
	bad := false
	for _, s := range r.Steps {
		*t.of(s.Result)++
		t.Cases += len(s.Cases) + s.CasesCut
		bad = bad || s.Result != Pass && s.Result != Flaky
	}
	for _, s := range r.Services {
		if s.Result != Skip {
			t.Services++
		}
		bad = bad || s.Result != Pass
	}
	r.Totals = t
	switch {
	case interrupted:
		r.Verdict = Interrupted
	case machine && t.Skip == t.Steps:
		r.Verdict = Inconclusive
	case bad:
		r.Verdict = Failed
	default:
		r.Verdict = Passed
	}
}

// Summary is the run in a line, as in 21/21 PASS in 58.3s. What did not pass, or not at
// once, stands behind it in brackets.
func (r *Result) Summary() string {
	t := r.Totals
	line := fmt.Sprintf("%d/%d PASS in %s", t.Pass+t.Flaky, t.Steps, seconds(t.MS))
	var rest []string
	for _, o := range []Outcome{Fail, Error, Timeout, Leak, Skip, Flaky} {
		if n := *t.of(o); n > 0 {
			rest = append(rest, fmt.Sprintf("%d %s", n, o))
		}
	}
	for _, s := range r.Services {
		if s.Result != Pass && s.Result != Skip {
			rest = append(rest, fmt.Sprintf("service %s %s", s.Name, s.Result))
		}
	}
	if r.Verdict == Interrupted || r.Verdict == Inconclusive {
		rest = append(rest, string(r.Verdict))
	}
	if len(rest) > 0 {
		line += " (" + strings.Join(rest, ", ") + ")"
	}
	return line
}

func seconds(ms int64) string { return fmt.Sprintf("%.1fs", float64(ms)/1000) }
