package history

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"scrum/ledger"
)

func TestOnlyAcceptedEntriesSaySomethingOfFindings(t *testing.T) {
	got := WordsOf(&ledger.Ledger{Gaps: []ledger.Gap{
		{ID: "g-1", As: ledger.As("false_positive"), Run: "r1", Finding: "f1", Accepted: "2026-11-02", Reviewers: []string{"opus"}, Lineages: []string{"anthropic"}},
		{ID: "g-2", Reviewers: []string{"kimi"}},
	}})
	want := []Word{{ID: "g-1", As: "false_positive", Run: "r1", Finding: "f1", Accepted: "2026-11-02", Reviewers: []string{"opus"}, Lineages: []string{"anthropic"}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
