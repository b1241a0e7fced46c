package doctor

import (
	"context"
	_ "embed" // the schema
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"scrum/report"
	"scrum/reviewers"
	"scrum/run"
)

// State of a check.
type State string

// The states.
const (
	OK      State = "ok"
	Warn    State = "warn"    // a review works, with less than it could
	Fail    State = "fail"    // a review cannot work
	Skipped State = "skipped" // there was nothing to look at
)

// Check is one thing that was looked at.
type Check struct {
	Group string `json:"group"` // here, configuration, panel, or the name of a provider
	Name  string `json:"name"`
	State State  `json:"state"`
	Saw   string `json:"saw"`
	Fix   string `json:"fix"` // what to do; "" when there is nothing
	// Elsewhere tells that the fault is not in the configuration: something needed cannot be
	// reached.
	Elsewhere bool `json:"elsewhere"`
}

// Options say what to look at.
type Options struct {
	Run      run.Options
	Home     string // where answers are cached; "" has no such place
	Ask      bool   // ask every model one small question
	Client   *http.Client
	LookPath func(string) (string, error)
}

// Examine makes all checks. The order is fixed; providers are looked at together.
func Examine(ctx context.Context, o Options) []Check {
	checks := here(ctx, o)
	c, err := run.Configure(ctx, o.Run)
	if err != nil {
		return append(checks, Check{Group: "configuration", Name: "loads", State: Fail, Saw: err.Error(), Fix: "correct it; scrum help config tells the keys, scrum init writes a first one"})
	}
	checks = append(checks, configuration(ctx, o, c)...)
	checks = append(checks, panel(o, c)...)
	return append(checks, providers(ctx, o, c)...)
}

// ExitCode is 0 when nothing has failed, 2 for what is to be corrected here, 4 for what
// cannot be reached.
func ExitCode(checks []Check) int {
	code := 0
	for _, c := range checks {
		switch {
		case c.State == Fail && !c.Elsewhere:
			return 2
		case c.State == Fail:
			code = 4
		}
	}
	return code
}

// SchemaID names the format of the document.
const SchemaID = "scrum/doctor/v1"

//go:embed doctor.v1.schema.json
var schema string

// Schema is the JSON Schema of the document, to the byte.
func Schema() []byte { return []byte(schema) }

// document is what --format json prints.
type document struct {
	Schema string  `json:"schema"`
	Checks []Check `json:"checks"`
	Code   int     `json:"exit_code"`
}

// WriteJSON writes the checks as the document scrum/doctor/v1.
func WriteJSON(w io.Writer, checks []Check) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(document{SchemaID, checks, ExitCode(checks)})
}

// signs of the states; the words beside them say the same without colour.
func sign(s State) string {
	return map[State]string{OK: "✓", Warn: "!", Fail: "✗", Skipped: "–"}[s]
}

// Write writes the checks for people: a line each, and below those that need it what to do.
func Write(w io.Writer, checks []Check) error {
	var b strings.Builder
	group := ""
	for _, c := range checks {
		if c.Group != group {
			group = c.Group
			fmt.Fprintf(&b, "\n%s\n", report.Line(group))
		}
		fmt.Fprintf(&b, "  %s %-20s %s\n", sign(c.State), report.Line(c.Name), report.Phrase(c.Saw))
		if c.Fix != "" && c.State != OK {
			fmt.Fprintf(&b, "      to do: %s\n", report.Phrase(c.Fix))
		}
	}
	fmt.Fprintf(&b, "\n%s\n", summary(checks))
	_, err := io.WriteString(w, strings.TrimPrefix(b.String(), "\n"))
	return err
}

func summary(checks []Check) string {
	n := map[State]int{}
	for _, c := range checks {
		n[c.State]++
	}
	switch {
	case n[Fail] > 0:
		return fmt.Sprintf("%d of %d checks failed: a review would not work", n[Fail], len(checks))
	case n[Warn] > 0:
		return fmt.Sprintf("nothing has failed; %s", counted(n[Warn]))
	}
	return "all is well"
}

func counted(warnings int) string {
	if warnings == 1 {
		return "1 thing could be better"
	}
	return fmt.Sprintf("%d things could be better", warnings)
}

// member names a reviewer with its model.
func member(m *reviewers.Member) string {
	if m.Model == "" {
		return m.Name
	}
	return m.Name + " (" + m.Model + ")"
}
