package tally

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scrum/reviewers"
)

func TestSilenceCountsOnlyWhenTheBundleWasRead(t *testing.T) {
	five := []string{"a.go", "b.go", "c.go", "d.go", "dir/e f.go"}
	all := "COVERED: a.go\nCOVERED: `b.go`\n- COVERED: ./c.go (read to the end)\nCOVERED: d.go:1-90\nCOVERED: dir/e f.go\n"
	tests := []struct {
		name  string
		paths []string
		r     reviewers.Response
		kind  reviewers.Kind
		want  reviewers.State
		why   string
	}{
		{"enough tokens and all files", five, reviewers.Response{Text: "NO FINDINGS\n" + all, CompletionTokens: 100}, reviewers.OpenAI, reviewers.Engaged, ""},
		{"four files of five", five, reviewers.Response{Text: "NO FINDINGS\n" + strings.Replace(all, "COVERED: a.go\n", "", 1), CompletionTokens: 100}, reviewers.OpenAI, reviewers.Engaged, ""},
		{"three files of five", five, reviewers.Response{Text: "NO FINDINGS\nCOVERED: a.go, b.go, c.go\n", CompletionTokens: 100}, reviewers.OpenAI, reviewers.Disengaged, "COVERED lines name 3 of 5 files; 4 are needed"},
		{"a file named five times", five, reviewers.Response{Text: "NO FINDINGS\n" + strings.Repeat("COVERED: a.go\n", 5), CompletionTokens: 100}, reviewers.OpenAI, reviewers.Disengaged, "COVERED lines name 1 of 5 files; 4 are needed"},
		{"too few tokens", five, reviewers.Response{Text: "NO FINDINGS\n" + all, CompletionTokens: 99}, reviewers.OpenAI, reviewers.Disengaged, "no finding, and only 99 of the 100 completion tokens that silence needs"},
		{"few tokens and a finding", []string{"a.go"}, reviewers.Response{Text: "### WARN: T\nWHERE: a.go:1\nCOVERED: a.go", CompletionTokens: 20}, reviewers.OpenAI, reviewers.Engaged, ""},
		{"a finding without COVERED lines", []string{"a.go"}, reviewers.Response{Text: "### WARN: T\nWHERE: a.go:1\n", CompletionTokens: 500}, reviewers.OpenAI, reviewers.Disengaged, "COVERED lines name 0 of 1 files; 1 are needed"},
		{"tokens that nobody counted are estimated", []string{"a.go"}, reviewers.Response{Text: strings.Repeat("I read it. ", 40) + "\nNO FINDINGS\nCOVERED: a.go"}, reviewers.Command, reviewers.Engaged, ""},
		{"praise alone", five, reviewers.Response{Text: "Looks good to me!", CompletionTokens: 300}, reviewers.OpenAI, reviewers.Disengaged, "COVERED lines name 0 of 5 files; 4 are needed"},
		{"an empty answer", five, reviewers.Response{Text: " \n", CompletionTokens: 300}, reviewers.OpenAI, reviewers.Disengaged, "the answer is empty"},
		{"an answer cut off", []string{"a.go"}, reviewers.Response{Text: "NO FINDINGS\nCOVERED: a.go", CompletionTokens: 300, FinishReason: "length"}, reviewers.OpenAI, reviewers.Truncated, "the answer was cut off at the token limit (finish reason length)"},
		{"JSON cut off", []string{"a.go"}, reviewers.Response{Text: `{"covered":["a.go"],"findings":[{"sever`, CompletionTokens: 300, FinishReason: "stop"}, reviewers.OpenAI, reviewers.Truncated, "the answer is cut off or broken in the middle of its own structure"},
		{"an analyser", five, reviewers.Response{Text: "NO FINDINGS"}, reviewers.Analyser, reviewers.Engaged, ""},
		{"an analyser that found files broken", five, reviewers.Response{}, reviewers.Analyser, reviewers.Engaged, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			state, why := Engagement{}.Judge(tt.paths, tt.r, tt.kind)
			if state != tt.want || why != tt.why {
				t.Errorf("got %s (%s), want %s (%s)", state, why, tt.want, tt.why)
			}
		})
	}
}

func TestABundleIsCoveredByAQuorumOfLineages(t *testing.T) {
	model := func(name, lineage string, state reviewers.State) Seat {
		return Seat{Bundle: "c1", Reviewer: name, Kind: reviewers.OpenAI, Lineage: lineage, State: state}
	}
	tool := func(name string, state reviewers.State) Seat {
		return Seat{Bundle: "c1", Reviewer: name, Kind: reviewers.Analyser, Lineage: "tool:" + name, State: state}
	}
	substituted := model("b", "anthropic", reviewers.Engaged)
	substituted.Asked = "openai"
	interrupted := tool("secrets", reviewers.Skipped)
	interrupted.Missed = true
	tests := []struct {
		name   string
		seats  []Seat
		quorum int
		want   Cover
	}{
		{"two lineages", []Seat{model("a", "anthropic", reviewers.Engaged), model("b", "openai", reviewers.Engaged)}, 2,
			Cover{"c1", true, []string{"anthropic", "openai"}, 2, "2 lineages engaged (anthropic, openai), 2 needed"}},
		{"one lineage twice", []Seat{model("a", "anthropic", reviewers.Engaged), model("b", "anthropic", reviewers.Engaged), model("c", "openai", reviewers.Failed)}, 2,
			Cover{"c1", false, []string{"anthropic"}, 2, "1 lineage engaged (anthropic), 2 needed"}},
		{"unknown lineages are one", []Seat{model("a", "", reviewers.Engaged), model("b", "unknown", reviewers.Engaged), model("c", "openai", reviewers.Disengaged)}, 2,
			Cover{"c1", false, []string{"unknown"}, 2, "1 lineage engaged (unknown), 2 needed"}},
		{"a panel smaller than the quorum", []Seat{model("a", "anthropic", reviewers.Engaged)}, 2,
			Cover{"c1", true, []string{"anthropic"}, 1, "1 lineage engaged (anthropic), 1 needed; the quorum is 2, but the panel has only 1 lineage"}},
		{"a substituted model lowers no quorum", []Seat{model("a", "anthropic", reviewers.Engaged), substituted}, 2,
			Cover{"c1", false, []string{"anthropic"}, 2, "1 lineage engaged (anthropic), 2 needed"}},
		{"analysers do not count beside models", []Seat{model("a", "anthropic", reviewers.Failed), tool("vet", reviewers.Engaged), tool("lint", reviewers.Engaged)}, 2,
			Cover{"c1", false, []string{}, 1, "no lineage engaged, 1 needed; the quorum is 2, but the panel has only 1 lineage"}},
		{"analysers alone", []Seat{tool("vet", reviewers.Engaged), tool("lint", reviewers.Skipped)}, 2,
			Cover{"c1", true, []string{}, 0, "analysers ran (vet); no model has read it"}},
		{"an analyser that failed", []Seat{tool("vet", reviewers.Failed), tool("lint", reviewers.Engaged)}, 2,
			Cover{"c1", false, []string{}, 0, "did not run: vet"}},
		{"an analyser that was interrupted", []Seat{tool("lint", reviewers.Engaged), interrupted}, 2,
			Cover{"c1", false, []string{}, 0, "did not run: secrets"}},
		{"no analyser applies", []Seat{tool("vet", reviewers.Skipped)}, 2,
			Cover{"c1", false, []string{}, 0, "no analyser applies to it, so nobody has read it"}},
		{"nobody at all", nil, 2,
			Cover{"c1", false, []string{}, 0, "no analyser applies to it, so nobody has read it"}},
		{"a quorum of nothing is one", []Seat{model("a", "anthropic", reviewers.Failed)}, 0,
			Cover{"c1", false, []string{}, 1, "no lineage engaged, 1 needed"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Coverage([]string{"c1"}, tt.seats, tt.quorum)
			if diff := cmp.Diff([]Cover{tt.want}, got); diff != "" {
				t.Errorf("got +, want -:\n%s", diff)
			}
		})
	}
}

func TestThePanelIsThatOfTheRunAndNotOfTheBundle(t *testing.T) {
	seats := []Seat{
		{Bundle: "c1", Reviewer: "a", Lineage: "anthropic", State: reviewers.Engaged},
		{Bundle: "c1", Reviewer: "b", Lineage: "openai", State: reviewers.Engaged},
		{Bundle: "c2", Reviewer: "a", Lineage: "anthropic", State: reviewers.Engaged},
	}
	covers := Coverage([]string{"c1", "c2", "c3"}, seats, 2)
	if got := []bool{covers[0].Covered, covers[1].Covered, covers[2].Covered}; !cmp.Equal(got, []bool{true, false, false}) {
		t.Errorf("covered: got %v", got)
	}
	if Covered(covers) != 1 {
		t.Errorf("got %d covered bundles, want 1", Covered(covers))
	}
}
