package assess

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write golden files anew")

// meant is what the default rules are to say, in other words than theirs.
func meant(r TruthRow) (Outcome, string) {
	all := []Condition{r.Smoke, r.Parity, r.Review}
	has := func(c Condition) bool { return all[0] == c || all[1] == c || all[2] == c }
	switch {
	case r.Smoke == IsNew:
		return NoShip, "smoke-failed"
	case r.Parity == IsNew:
		return NoShip, "new-divergence"
	case r.Review == IsNew:
		return NoShip, "review-blocks"
	case has(IsMissing):
		return Hold, "evidence-missing"
	case has(IsSkipped):
		return Hold, "phase-skipped"
	case has(IsUndecided):
		return Hold, "undecided"
	case has(IsKnown):
		return KnownGap, "known-gap"
	}
	return Ship, "clean"
}

func TestEveryRowOfTheTruthTableIsDecidedByOneRule(t *testing.T) {
	rows, err := TruthTable()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 6*6*6 {
		t.Fatalf("the table has %d rows", len(rows))
	}
	for _, r := range rows {
		outcome, rule := meant(r)
		if r.Verdict.Outcome != outcome || r.Verdict.Rule != rule || r.Verdict.ExitCode != outcome.ExitCode() {
			t.Errorf("smoke %s, parity %s, review %s: got %+v, want %s by %s", r.Smoke, r.Parity, r.Review, r.Verdict, outcome, rule)
		}
		if diff := cmp.Diff([]string{rule}, r.Holding); diff != "" {
			t.Errorf("smoke %s, parity %s, review %s: the rules that hold, got +, want -:\n%s", r.Smoke, r.Parity, r.Review, diff)
		}
	}
}

// The table has a row for each state; this is for the numbers in between.
func TestOneDefaultRuleHoldsWhateverTheNumbers(t *testing.T) {
	p, err := Compile(DefaultRules())
	if err != nil {
		t.Fatal(err)
	}
	n := rapid.IntRange(0, 3)
	rapid.Check(t, func(rt *rapid.T) {
		e := Env{
			SmokeRan: rapid.Bool().Draw(rt, "smoke_ran"), ParityRan: rapid.Bool().Draw(rt, "parity_ran"), Dirty: rapid.Bool().Draw(rt, "dirty"),
			SmokeFailed: n.Draw(rt, "smoke_failed"), ParityNew: n.Draw(rt, "parity_new"), FindingsNew: n.Draw(rt, "findings_new"), FindingsRefused: n.Draw(rt, "refused"),
			ReviewOutcome:   rapid.SampledFrom(values("review_outcome")).Draw(rt, "outcome"),
			EvidenceMissing: n.Draw(rt, "missing"), Skipped: n.Draw(rt, "skipped"), Undecided: n.Draw(rt, "undecided"), Known: n.Draw(rt, "known"), Expired: n.Draw(rt, "expired"),
		}
		holding := p.rules.Holding(e)
		if len(holding) != 1 || holding[0] != p.Decide(e).Rule {
			rt.Fatalf("%+v: %q hold", e, holding)
		}
		if p.Decide(e).Outcome.Releasable() && (e.EvidenceMissing > 0 || e.SmokeFailed > 0 || e.ParityNew > 0 || e.ReviewOutcome == "block" || e.Skipped > 0 || e.Undecided > 0 || e.FindingsRefused > 0) {
			rt.Fatalf("%+v is shipped", e)
		}
	})
}

const (
	tableBegins = "<!-- the truth table: go test ./assess -update writes it -->\n"
	tableEnds   = "<!-- the end of the truth table -->\n"
)

func TestTheGuideHasTheTruthTable(t *testing.T) {
	path := filepath.Join("..", "docs", "assess.md")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(data), tableBegins)
	_, after, also := strings.Cut(rest, tableEnds)
	if !ok || !also {
		t.Fatalf("%s has no place for the table", path)
	}
	var table bytes.Buffer
	if err := WriteTruthTable(&table); err != nil {
		t.Fatal(err)
	}
	want := before + tableBegins + "\n" + table.String() + "\n" + tableEnds + after
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(data)); diff != "" {
		t.Errorf("%s is not up to date, go test ./assess -update (-want +got):\n%s", path, diff)
	}
}
