package history

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"scrum/report"
	"scrum/reviewers"
	"scrum/tally"
)

// sample is three runs of two models and a tool.
func (p place) sample() (names []string) {
	p.tb.Helper()
	first := runOf(day(1), 1)
	first.Verdict = tally.Verdict{Outcome: tally.Blocked, Rule: "convergent-block"}
	first.Totals = report.Totals{Convergent: 1, Distinct: 4, PromptTokens: 150_000, CompletionTokens: 2345, WallMS: 95_000, CostUSD: usd(1.5)}
	tool := report.Seat{Bundle: "c1", Reviewer: "go-vet", Kind: reviewers.Analyser, Lineage: "tool:go-vet", State: reviewers.Engaged, LatencyMS: 2000, CostUSD: usd(0)}
	cached := seat("c2", "kimi", "moonshot", 1)
	cached.Cached, cached.CostUSD = true, usd(0)
	first.Coverage = []report.Seat{
		seat("c1", "opus", "anthropic", 100), seat("c2", "opus", "anthropic", 300), in(seat("c3", "opus", "anthropic", 900), reviewers.Failed),
		seat("c1", "kimi", "moonshot", 50), cached, in(seat("c3", "kimi", "moonshot", 0), reviewers.Skipped), tool,
	}
	first.Findings = []finding{
		found("f1", by("opus", "anthropic"), by("kimi", "moonshot")),
		found("f2", by("opus", "anthropic")),
		found("f3", tookBack(by("opus", "anthropic"))).in(tally.Retracted),
		found("f4", by("opus", "anthropic"), tookBack(by("opus", "anthropic")), by("go-vet", "tool:go-vet")),
		found("f5", by("kimi", "moonshot")).in(tally.Refuted),
	}
	first.Anchors = []tally.AnchorCount{{Reviewer: "opus", Counts: map[tally.Anchor]int{tally.Exact: 4, tally.Unknown: 1, "none of ours": 1}}}

	second := runOf(day(2), 2)
	second.Totals = report.Totals{Convergent: 0, Distinct: 2, WallMS: 800}
	unknown := seat("c1", "opus", "anthropic", 200)
	unknown.CostUSD = nil
	second.Coverage = []report.Seat{unknown, seat("c1", "kimi", "anthropic", 70)}
	second.Findings = []finding{
		found("f1", by("opus", "anthropic"), by("kimi", "anthropic")).known("g-1", "false_positive"),
		found("f9", by("opus", "anthropic")).known("g-gone", "policy"),
	}

	third := runOf(day(3), 3)
	third.Verdict = tally.Verdict{Outcome: tally.Inconclusive, Rule: "quorum"}
	third.Run.Head, third.Run.Dirty = "", true
	third.Totals.CostUSD = usd(0)
	return []string{p.add(first), p.add(second), p.add(third)}
}

// words speak of a finding of the first run, of one that is known by now, and of a run
// that only others have.
func words(run string) []Word {
	return []Word{
		{ID: "g-1", As: "duplicate", Run: run, Finding: "f1", Accepted: "2026-11-01", Reviewers: []string{"opus", "kimi"}, Lineages: []string{"anthropic", "moonshot"}},
		{ID: "g-2", As: "accepted_risk", Run: run, Finding: "f2", Accepted: "2026-11-01", Reviewers: []string{"opus"}, Lineages: []string{"anthropic"}},
		{ID: "g-3", As: "deferred", Run: "elsewhere", Accepted: "2026-11-02", Reviewers: []string{"qwen"}, Lineages: []string{"qwen"}},
	}
}

func record(rs []Record, name string) Record {
	for _, r := range rs {
		if r.Name == name {
			return r
		}
	}
	return Record{}
}

func TestTheRecordsOfReviewersAndLineages(t *testing.T) {
	p := newPlace(t)
	s := inMemory(t)
	defer s.Close()
	names := p.sample()
	p.readIn(s)
	got, err := s.Records(t.Context(), Selection{}, words(names[0]))
	must(t, err)
	ms := func(n int64) *int64 { return &n }
	want := []Record{
		{Name: "kimi", Runs: 2, Asked: 3, Engaged: 3, Cached: 1, LatencyMS: ms(60), PromptTokens: 3000, CompletionTokens: 600, CostUSD: usd(0.75),
			Places: Places{Exact: 3}, Findings: 3, Convergent: 1, Refuted: 1, Dismissed: 1},
		{Name: "opus", Runs: 2, Asked: 4, Engaged: 3, LatencyMS: ms(200), PromptTokens: 4000, CompletionTokens: 800, CostUSD: usd(0.75), CostUnknown: 1,
			Places: Places{Exact: 6, Unknown: 2}, Findings: 5, Convergent: 2, Open: 1, Retracted: 1, Accepted: 2, Dismissed: 1},
		{Name: "qwen", Accepted: 1},
		{Name: "go-vet", Tool: true, Runs: 1, Asked: 1, Engaged: 1, LatencyMS: ms(2000), CostUSD: usd(0), Findings: 1, Convergent: 1, Open: 1},
	}
	// The first run says where places stand, but only of opus; the second does not say.
	want[0].Places.Exact = 1
	if diff := cmp.Diff(want, got.Reviewers); diff != "" {
		t.Error(diff)
	}

	anthropic := record(got.Lineages, "anthropic")
	if anthropic.Asked != 5 || anthropic.Findings != 5 || anthropic.Dismissed != 1 || anthropic.Accepted != 2 {
		t.Errorf("a model that answered for another counts with its own lineage: got %+v", anthropic)
	}
	if moonshot := record(got.Lineages, "moonshot"); moonshot.Findings != 2 || moonshot.Dismissed != 1 {
		t.Errorf("got %+v", moonshot)
	}
}

func TestWordsBelongToTheRunsThatAreChosen(t *testing.T) {
	p := newPlace(t)
	s := inMemory(t)
	defer s.Close()
	names := p.sample()
	p.readIn(s)
	cases := map[string]struct {
		sel                 Selection
		accepted, dismissed int // of opus
		elsewhere           int // of qwen, whose run the history does not have
	}{
		"all":                            {Selection{}, 2, 1, 1},
		"since before everything":        {Selection{Since: day(1).AddDate(0, 0, -9)}, 2, 1, 1},
		"since the second, as known":     {Selection{Since: day(2)}, 1, 1, 1},
		"since the third":                {Selection{Since: day(3)}, 0, 0, 0},
		"the last run":                   {Selection{Limit: 1}, 0, 0, 0},
		"the last two":                   {Selection{Limit: 2}, 1, 1, 1},
		"more runs than there are":       {Selection{Limit: 9}, 2, 1, 1},
		"since a day without later runs": {Selection{Since: day(9)}, 0, 0, 0},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := s.Records(t.Context(), c.sel, words(names[0]))
			must(t, err)
			opus, qwen := record(got.Reviewers, "opus"), record(got.Reviewers, "qwen")
			if opus.Accepted != c.accepted || opus.Dismissed != c.dismissed || qwen.Accepted != c.elsewhere {
				t.Errorf("opus %d accepted, %d dismissed; qwen %d accepted; want %d, %d, %d", opus.Accepted, opus.Dismissed, qwen.Accepted, c.accepted, c.dismissed, c.elsewhere)
			}
		})
	}
}

func TestARunIsFoundByItsNames(t *testing.T) {
	p := newPlace(t)
	s := inMemory(t)
	defer s.Close()
	names := p.sample()
	p.readIn(s)
	for name, want := range map[string]string{
		names[1]:                  names[1],
		".scrum/runs/" + names[1]: names[1],
		"20261102":                names[1],
		runOf(day(1), 1).Run.Head: names[0],
		"20261103T120000Z-":       names[2],
	} {
		page, err := s.Seats(t.Context(), name)
		if err != nil || page.Run.ID != want {
			t.Errorf("%s: got %v, want %s", name, err, want)
		}
	}
	for name, want := range map[string]string{
		"2026":   `"2026" stands for several runs: ` + names[2] + ", " + names[1] + ", " + names[0],
		"202":    `the history has no run "202"`,
		"0000":   `"0000" stands for several runs`,
		"%":      `the history has no run "%"`,
		"' OR 1": `the history has no run "' OR 1"`,
	} {
		_, err := s.Seats(t.Context(), name)
		if err == nil || !cmp.Equal(err.Error()[:min(len(want), len(err.Error()))], want) {
			t.Errorf("%s: got %v, want %s", name, err, want)
		}
	}
}
