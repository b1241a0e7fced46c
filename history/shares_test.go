package history

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"scrum/report"
	"scrum/reviewers"
)

func TestSharesCountWhatEachReviewerDidInEachRun(t *testing.T) {
	p := newPlace(t)
	one, two := runOf(day(1), 1), runOf(day(2), 2)
	tool := seat("c1", "vet", "tool:vet", 5)
	tool.Kind = reviewers.Analyser
	one.Coverage = []report.Seat{seat("c1", "b", "qwen", 1), in(seat("c2", "b", "qwen", 1), reviewers.Failed), in(seat("c3", "b", "qwen", 1), reviewers.Skipped), tool}
	two.Coverage = []report.Seat{seat("c1", "b", "qwen", 1), seat("c1", "a", "glm", 1), in(seat("c1", "c", "glm", 1), reviewers.Skipped)}
	first, second := p.add(one), p.add(two)
	s := p.open()
	p.readIn(s)

	got, err := s.Shares(t.Context(), Selection{})
	if err != nil {
		t.Fatal(err)
	}
	want := []Share{
		{Run: second, Reviewer: "a", Lineage: "glm", Asked: 1, Engaged: 1},
		{Run: second, Reviewer: "b", Lineage: "qwen", Asked: 1, Engaged: 1},
		{Run: first, Reviewer: "b", Lineage: "qwen", Asked: 2, Engaged: 1},
		{Run: first, Reviewer: "vet", Lineage: "tool:vet", Tool: true, Asked: 1, Engaged: 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	latest, err := s.Shares(t.Context(), Selection{Limit: 1})
	if err != nil || len(latest) != 2 {
		t.Errorf("of the latest run: %v, %v", latest, err)
	}
}
