package assess

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Condition is what a phase can come to, as far as the default rules can tell.
type Condition string

// The conditions, the gravest first.
const (
	IsNew       Condition = "new"       // a failure, divergence or block that nobody has accepted
	IsMissing   Condition = "missing"   // there is no good evidence
	IsSkipped   Condition = "skipped"   // it is needed, and was skipped
	IsUndecided Condition = "undecided" // it ran, and decides nothing
	IsKnown     Condition = "known"     // only what is accepted
	IsClean     Condition = "clean"
)

// Conditions are all conditions.
func Conditions() []Condition {
	return []Condition{IsNew, IsMissing, IsSkipped, IsUndecided, IsKnown, IsClean}
}

// TruthRow is a state of all phases, and what the default rules make of it.
type TruthRow struct {
	Smoke, Parity, Review Condition
	Verdict               Verdict
	Holding               []string // the rules that hold: one
}

// TruthTable is the default rules in all states that they can tell apart.
func TruthTable() ([]TruthRow, error) {
	p, err := Compile(DefaultRules())
	if err != nil {
		return nil, err
	}
	var out []TruthRow
	for _, s := range Conditions() {
		for _, c := range Conditions() {
			for _, r := range Conditions() {
				e := EnvOf(s, c, r)
				out = append(out, TruthRow{s, c, r, p.Decide(e), p.rules.Holding(e)})
			}
		}
	}
	return out, nil
}

// EnvOf are the variables of a state.
func EnvOf(smoke, parity, review Condition) Env {
	var e Env
	e.SmokeRan = e.phase(smoke, &e.SmokeFailed, &e.SmokeKnown)
	e.ParityRan = e.phase(parity, &e.ParityNew, &e.ParityKnown)
	if e.ReviewRan = e.phase(review, &e.FindingsNew, &e.FindingsKnown); e.ReviewRan {
		e.ReviewOutcome = map[Condition]string{IsNew: "block", IsUndecided: "inconclusive", IsKnown: "pass", IsClean: "pass"}[review]
	}
	e.Known = e.SmokeKnown + e.ParityKnown + e.FindingsKnown
	return e
}

func (e *Env) phase(c Condition, fresh, known *int) (ran bool) {
	switch c {
	case IsNew:
		*fresh = 1
	case IsMissing:
		e.EvidenceMissing++
		return false
	case IsSkipped:
		e.Skipped++
		return false
	case IsUndecided:
		e.Undecided++
	case IsKnown:
		*known = 1
	case IsClean:
	}
	return true
}

// WriteTruthTable writes the default rules and their truth table as Markdown.
func WriteTruthTable(w io.Writer) error {
	rows, err := TruthTable()
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString("| | rule | verdict | when |\n|--:|---|---|---|\n")
	var names []string
	for i, r := range DefaultRules() {
		names = append(names, r.Name)
		fmt.Fprintf(&b, "| %d | %s | %s | `%s` |\n", i+1, r.Name, r.Outcome, strings.ReplaceAll(r.When, "|", `\|`))
	}
	b.WriteString("\nThe verdict, with the number of the rule, for every state of smoke and parity (rows) and review (columns):\n\n| smoke | parity |")
	for _, c := range Conditions() {
		fmt.Fprintf(&b, " review %s |", c)
	}
	b.WriteString("\n|---|---|" + strings.Repeat("---|", len(Conditions())) + "\n")
	for i := 0; i < len(rows); i += len(Conditions()) {
		fmt.Fprintf(&b, "| %s | %s |", rows[i].Smoke, rows[i].Parity)
		for _, r := range rows[i : i+len(Conditions())] {
			fmt.Fprintf(&b, " %s %d |", r.Verdict.Outcome, 1+slices.Index(names, r.Verdict.Rule))
		}
		b.WriteString("\n")
	}
	_, err = io.WriteString(w, b.String())
	return err
}
