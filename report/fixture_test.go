package report

import (
	"fmt"
	"time"

	"scrum/bundler"
	"scrum/reviewers"
	"scrum/tally"
)

// fixture is a review with something of everything, and with strangers' text that
// is up to no good.
func fixture() *Review {
	started := time.Date(2026, 3, 2, 2, 30, 0, 0, time.UTC)
	usd := func(f float64) *float64 { return &f }
	r := &Review{
		Schema: SchemaID,
		Run: Run{ID: "20260302T023000Z-5d6e7f8", Label: "main...HEAD", Started: started, Finished: started.Add(72500 * time.Millisecond), ToolVersion: "v0.1.0",
			Base: "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d", Head: "5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f80", ConfigSHA256: "ae0b", Dir: ".scrum/runs/20260302T023000Z-5d6e7f8"},
		Verdict: tally.Verdict{Outcome: tally.Blocked, Rule: "convergent-block", ExitCode: 1,
			Reason: "any(findings, .severity == 'BLOCK' && .state == 'open' && .convergence >= 2), with findings = 5 items"},
		Bundles: []Bundle{
			{ID: "c1", Component: "validatord", Bytes: 47_104, Guard: bundler.GuardOK, Files: []string{"internal/validator/quorum.go", "internal/validator/set.go", "cmd/validatord/main.go"}, Covered: true, Why: "anthropic, moonshot, qwen engaged"},
			{ID: "c2", Component: "web client", Bytes: 71_800, Guard: bundler.GuardWarn, Files: []string{"web/app.ts"}, Covered: false, Why: "only anthropic engaged, 2 lineages are needed"},
			{ID: "c3", Component: "docs", Bytes: 812, Guard: bundler.GuardOK, Files: []string{"README.md"}, Covered: true, Why: "anthropic, moonshot, qwen engaged"},
		},
		LeftOut: []bundler.LeftOut{
			{Path: "go.sum", Reason: "lock file", Bytes: 11_264}, {Path: "web/package-lock.json", Reason: "lock file", Bytes: 184_320},
			{Path: "docs/logo.png", Reason: "binary", Bytes: 120},
			{Path: "api/\u202egp.go", Reason: "generated: the header says so", Bytes: 9000},
		},
		Tally:    []tally.Row{{Bundle: "c1", Component: "validatord", Bytes: 47_104, Convergent: 1, Distinct: 4}, {Bundle: "c2", Component: "web client", Bytes: 71_800, Convergent: 0, Distinct: 2}, {Bundle: "c3", Component: "docs", Bytes: 812}},
		Unparsed: []tally.Unparsed{{Bundle: "c2", Reviewer: "kimi", Text: "BLOCK - the token is logged\nsomewhere in the login code\n::error file=web/app.ts::owned\n"}},
		Anchors: []tally.AnchorCount{
			{Reviewer: "kimi", Counts: map[tally.Anchor]int{tally.Exact: 2, tally.Unknown: 1}},
			{Reviewer: "opus", Counts: map[tally.Anchor]int{tally.Exact: 299, tally.Snapped: 1}},
			{Reviewer: "qwen", Counts: map[tally.Anchor]int{}},
		},
		Totals: Totals{Convergent: 1, Distinct: 6, PromptTokens: 123_456, CompletionTokens: 9_870, WallMS: 72_500},
		Notes:  []string{"this change edits .scrum.yaml; the copy of the base commit 1a2b3c4d5e rules this review"},
	}
	r.Coverage = fixtureSeats(usd)
	r.Findings = fixtureFindings()
	return r
}

func fixtureSeats(usd func(float64) *float64) []Seat {
	var out []Seat
	for i, b := range []string{"c1", "c2", "c3"} {
		for _, m := range []struct{ name, lineage, model string }{
			{"opus", "anthropic", "anthropic/claude-opus-4.7"}, {"kimi", "moonshot", "moonshotai/kimi-k2.6"}, {"qwen", "qwen", "qwen/qwen3-coder"},
		} {
			out = append(out, Seat{Bundle: b, Reviewer: m.name, Kind: reviewers.OpenAI, Lineage: m.lineage, Model: m.model, AnsweredModel: m.model, State: reviewers.Engaged,
				PromptTokens: 12_000 + i, CompletionTokens: 870 + 400*i, LatencyMS: 30_000, Attempts: 1, CostUSD: usd(0.01), Estimated: m.name == "qwen"})
		}
		for _, tool := range []string{"go-vet", "staticcheck", "secrets", "actionlint"} {
			s := Seat{Bundle: b, Reviewer: tool, Kind: reviewers.Analyser, Lineage: "tool:" + tool, State: reviewers.Engaged, Attempts: 1, CostUSD: usd(0)}
			if tool == "actionlint" {
				s.State, s.Error, s.Attempts = reviewers.Skipped, "no workflow files", 0
			}
			out = append(out, s)
		}
	}
	kimi, qwen := &out[8], &out[9]
	kimi.State, kimi.Error = reviewers.Disengaged, "COVERED lines name 0 of 1 files; 1 are needed"
	qwen.State, qwen.Error, qwen.Attempts, qwen.CompletionTokens, qwen.CostUSD = reviewers.Failed, "503 Service Unavailable:\x1b[2J upstream overloaded", 3, 0, nil
	out[1].AnsweredModel, out[1].Lineage = "qwen/qwen3-mini", "qwen"
	return out
}

func fixtureFindings() []tally.Finding {
	source := func(reviewer, lineage string, sev tally.Severity, title, where string) tally.Source {
		return tally.Source{Reviewer: reviewer, Lineage: lineage, Severity: sev, Title: title, Where: where, Text: "### " + string(sev) + ": " + title}
	}
	return []tally.Finding{
		{ID: "f1", Bundle: "c1", Severity: tally.Warn, Path: "internal/validator/set.go", Line: 40, EndLine: 40, Side: tally.New, Anchor: tally.Exact, State: tally.Open,
			Title: "The error of Close is dropped", Why: "A full disk is noticed only by Close.", Fix: "Return it.", Lineages: []string{"qwen"}, Convergence: 1, Reviewers: []string{"qwen"},
			Sources: []tally.Source{source("qwen", "qwen", tally.Warn, "The error of Close is dropped", "set.go:40")}},
		{ID: "f2", Bundle: "c1", Severity: tally.Block, Path: "internal/validator/quorum.go", Line: 120, EndLine: 124, Side: tally.New, Anchor: tally.Exact, State: tally.Open,
			Title: "A validator that rejoins is counted twice towards the quorum, so that two of three nodes can decide alone",
			Why:   "rejoin() adds the weight before it removes the entry of the earlier session. Between the two, Quorum() sees both.\n\n- `add` at line 120 runs first\n- `remove` runs in the deferred function, which is after Quorum() has been asked by the caller, and nothing locks between them\n\n```go\ndefer s.remove(old)   // too late, and a line that is longer than eighty columns must not be broken\n```",
			Fix:   "Remove the earlier entry first, under the same lock.", Lineages: []string{"anthropic", "moonshot"}, Convergence: 2, Reviewers: []string{"kimi", "opus"},
			Sources: []tally.Source{source("kimi", "moonshot", tally.Warn, "Double counting on rejoin", "internal/validator/quorum.go:121"), source("opus", "anthropic", tally.Block, "A validator that rejoins is counted twice towards the quorum, so that two of three nodes can decide alone", "internal/validator/quorum.go:120-124")}},
		{ID: "f3", Bundle: "c1", Severity: tally.Block, Path: "cmd/validatord/main.go", Line: 12, EndLine: 12, Side: tally.Old, Anchor: tally.Snapped, State: tally.Open,
			Title: "The signal handler is gone\x1b[31m", Why: "Nothing stops the server on SIGTERM any more. ::error file=x::pwned ##vso[task.setvariable variable=PATH]/tmp", Lineages: []string{"anthropic"}, Convergence: 1, Reviewers: []string{"opus"},
			ConfirmedBy: []string{"moonshot"}, Examined: []tally.Examined{
				{Reviewer: "kimi", Lineage: "moonshot", Opinion: tally.Confirms, Reason: "Notify is called nowhere\x1b[0m any more."},
				{Reviewer: "qwen", Lineage: "qwen", Opinion: tally.None, Reason: "429 Too Many Requests"},
			},
			Sources: []tally.Source{source("opus", "anthropic", tally.Block, "The signal handler is gone\x1b[31m", "`main.go` line 13")}},
		{ID: "f4", Bundle: "c1", Severity: tally.Info, Path: "internal/validator/quorum.go", Line: 9, EndLine: 9, Side: tally.New, Anchor: tally.Exact, State: tally.Open,
			Title: "SA4006: this value of err is never used", Lineages: []string{"tool:staticcheck"}, Convergence: 1, Reviewers: []string{"staticcheck"}},
		{ID: "f5", Bundle: "c2", Severity: tally.Warn, Path: "web/app.ts", Side: tally.New, Anchor: tally.Whole, State: tally.Open,
			Title: "<img src=x onerror=alert(1)> @octocat fixes #12 | see [here](https://evil.example/) `code`", Why: "日本語の説明は幅が二倍になるので、折り返しの計算では気をつけなければなりません。 A mixed line goes on in English until it is wrapped.\n# not a heading\n1. not a list\n<script>alert(1)</script> www.evil.example user@evil.example GH-7 $x$\n```html\n</details><b>in a fence</b> ```` more\n```",
			Fix: strings40("Do it step by step."), Lineages: []string{"anthropic"}, Convergence: 1, ConfirmedBy: []string{"moonshot"}, Reviewers: []string{"opus"}},
		{ID: "f6", Bundle: "c1", Severity: tally.Block, Path: "internal/validator/set.go", Line: 77, EndLine: 77, Side: tally.New, Anchor: tally.Exact, State: tally.Retracted,
			Title: "Data race on the map", Why: "No lock is held.", Lineages: []string{}, Reviewers: []string{"kimi"},
			Sources: []tally.Source{{Reviewer: "kimi", Lineage: "moonshot", Severity: tally.Block, Title: "Data race on the map", Where: "internal/validator/set.go:77", Text: "…", Retracted: "the caller holds the lock"}}},
		{ID: "f7", Bundle: "c2", Severity: tally.Warn, Path: "web/missing\u200b.ts", Line: 3, EndLine: 3, Side: tally.New, Anchor: tally.Unknown, State: tally.Open,
			Title: "Unused import", Why: "It is never read.", Lineages: []string{"qwen"}, Convergence: 1, Reviewers: []string{"qwen"}},
		{ID: "f8", Bundle: "c1", Severity: tally.Block, Path: "internal/validator/quorum.go", Line: 30, EndLine: 30, Side: tally.New, Anchor: tally.Exact, State: tally.Known, Gap: "g-3f9a2c", KnownAs: "false_positive",
			Title: "Integer overflow in the weight", Why: "The sum of all weights may not fit.", Lineages: []string{"anthropic", "qwen"}, Convergence: 2, Reviewers: []string{"opus", "qwen"}},
	}
}

func strings40(s string) (out string) {
	for i := range 40 {
		out += fmt.Sprintf("%d. %s\n", i+1, s)
	}
	return out
}
