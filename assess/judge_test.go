package assess

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// accepted is an entry for a signature.
func accepted(phase, signature, as, expires, more string) string {
	return "  - {id: g-" + strings.ToLower(strings.ReplaceAll(signature, ".", "-")) + ", phase: " + phase + ", as: " + as + ", reason: r, owner: o, accepted: 2026-11-01, expires: " + expires + ", fingerprint: " + signature + more + "}\n"
}

func TestGapsStandAgainstTheLedger(t *testing.T) {
	const tagging = "enum-tagging-0123456789ab"
	oneDiff := func() evidence {
		e := clean()
		e.parity = parityOf(divergence(tagging, "enum tagging", "a", "b"))
		return e
	}
	failing := func(result string, cases ...string) evidence {
		e := clean()
		e.smoke = smokeOf("failed", step("up", "PASS"), step("order", result, cases...))
		return e
	}
	found := func(outcome string, more object) evidence {
		e := clean()
		f := finding("da75e1846b", "BLOCK", "open")
		for k, v := range more {
			f[k] = v
		}
		e.review = reviewOf(outcome, f)
		return e
	}
	tests := []struct {
		name    string
		run     evidence
		ledger  string
		config  func(c *Config)
		outcome Outcome
		rule    string
		gaps    []string
		matches bool
	}{
		{name: "nothing occurs", run: clean(), outcome: Ship, rule: "clean", matches: true},
		{name: "a new divergence", run: oneDiff(), outcome: NoShip, rule: "new-divergence", gaps: []string{"new " + tagging}},
		{name: "one that is recorded only", run: oneDiff(), ledger: "  - {id: g-1, phase: parity, fingerprint: " + tagging + "}\n", outcome: NoShip, rule: "new-divergence", gaps: []string{"new " + tagging}},
		{name: "one of another phase", run: oneDiff(), ledger: accepted("smoke", tagging, "deferred", "2027-01-01", ""), outcome: NoShip, rule: "new-divergence", gaps: []string{"new " + tagging, "fixed " + tagging}},
		{name: "a known divergence", run: oneDiff(), ledger: accepted("parity", tagging, "accepted_risk", "2026-11-23", ""), outcome: KnownGap, rule: "known-gap", gaps: []string{"known " + tagging}, matches: true},
		{name: "one that is recorded and accepted", run: oneDiff(), ledger: "  - {id: g-1, phase: parity, fingerprint: " + tagging + "}\n" + accepted("parity", tagging, "accepted_risk", "2026-11-23", ""), outcome: KnownGap, rule: "known-gap", gaps: []string{"known " + tagging}, matches: true},
		{name: "an expired acceptance", run: oneDiff(), ledger: accepted("parity", tagging, "accepted_risk", "2026-11-22", ""), outcome: NoShip, rule: "new-divergence", gaps: []string{"expired " + tagging}},
		{name: "a fixed divergence", run: clean(), ledger: accepted("parity", tagging, "accepted_risk", "2027-01-01", ", cases: [a]"), outcome: Ship, rule: "clean", gaps: []string{"fixed " + tagging}},
		{name: "one whose case is no more", run: clean(), ledger: accepted("parity", tagging, "accepted_risk", "2027-01-01", ", cases: [a, gone]"), outcome: Ship, rule: "clean", gaps: []string{"stale " + tagging}, matches: true},
		{name: "one whose phase did not run", run: evidence{smoke: clean().smoke, review: clean().review}, ledger: accepted("parity", tagging, "accepted_risk", "2027-01-01", ""), outcome: Hold, rule: "evidence-missing", gaps: []string{"stale " + tagging}},
		{name: "a transport divergence, accepted", run: with2(clean(), parityOf(divergence("transport-1", "transport", "a"))), ledger: accepted("parity", "transport-1", "policy", "never", ""), outcome: NoShip, rule: "new-divergence", gaps: []string{"new transport-1"}, matches: true},
		{name: "a status divergence, accepted", run: with2(clean(), parityOf(divergence("status-1", "status", "a"))), ledger: accepted("parity", "status-1", "policy", "never", ""), outcome: NoShip, rule: "new-divergence", gaps: []string{"new status-1"}, matches: true},
		{name: "a class that the configuration refuses", run: oneDiff(), ledger: accepted("parity", tagging, "policy", "never", ""), config: func(c *Config) { c.Never = []string{"Enum Tagging"} }, outcome: NoShip, rule: "new-divergence", gaps: []string{"new " + tagging}, matches: true},
		{name: "a failed step", run: failing("FAIL"), outcome: NoShip, rule: "smoke-failed", gaps: []string{"new step-order-fail"}},
		{name: "a failed step, accepted", run: failing("FAIL"), ledger: accepted("smoke", "step-order-fail", "deferred", "2027-01-01", ""), outcome: KnownGap, rule: "known-gap", gaps: []string{"known step-order-fail"}, matches: true},
		{name: "a step that times out, accepted to fail", run: failing("TIMEOUT"), ledger: accepted("smoke", "step-order-fail", "deferred", "2027-01-01", ", cases: [step order]"), outcome: NoShip, rule: "smoke-failed", gaps: []string{"new step-order-timeout", "stale step-order-fail"}},
		{name: "a leak, accepted", run: failing("LEAK"), ledger: accepted("smoke", "step-order-leak", "deferred", "2027-01-01", ""), outcome: NoShip, rule: "smoke-failed", gaps: []string{"new step-order-leak"}, matches: true},
		{name: "a failing test", run: failing("FAIL", "TestB"), outcome: NoShip, rule: "smoke-failed", gaps: []string{"new step-order-fail-cc291487a8f4"}},
		{name: "a failing test, accepted", run: failing("FAIL", "TestB"), ledger: accepted("smoke", "step-order-fail-cc291487a8f4", "deferred", "2027-01-01", ""), outcome: KnownGap, rule: "known-gap", gaps: []string{"known step-order-fail-cc291487a8f4"}, matches: true},
		{name: "another one beside it", run: failing("FAIL", "TestB", "TestC"), ledger: accepted("smoke", "step-order-fail-cc291487a8f4", "deferred", "2027-01-01", ", cases: [step order]"), outcome: NoShip, rule: "smoke-failed", gaps: []string{"new step-order-fail-566da2f0a52f", "stale step-order-fail-cc291487a8f4"}},
		{name: "a review that blocks", run: found("block", nil), outcome: NoShip, rule: "review-blocks", gaps: []string{"new finding-da75e1846b"}},
		{name: "a review that passes with a finding of two", run: found("pass", object{"severity": "WARN"}), outcome: Ship, rule: "clean", gaps: []string{"new finding-da75e1846b"}},
		{name: "a finding of one lineage", run: found("pass", object{"severity": "WARN", "convergence": 1}), outcome: Ship, rule: "clean", matches: true},
		{name: "a finding of one lineage that another confirms", run: found("pass", object{"severity": "WARN", "convergence": 1, "confirmed_by": []string{"qwen"}}), outcome: Ship, rule: "clean", gaps: []string{"new finding-da75e1846b"}},
		{name: "a finding of no place", run: found("pass", object{"anchor": "unknown"}), outcome: Ship, rule: "clean", matches: true},
		{name: "a known finding", run: found("pass", object{"state": "known", "gap": "g-5", "known_as": "deferred"}), outcome: KnownGap, rule: "known-gap", gaps: []string{"known finding-da75e1846b"}, matches: true},
		{name: "a false positive", run: found("pass", object{"state": "known", "gap": "g-5", "known_as": "false_positive"}), outcome: Ship, rule: "clean", gaps: []string{"known finding-da75e1846b"}, matches: true},
		{name: "an accepted secret", run: found("pass", object{"state": "known", "gap": "g-5", "known_as": "accepted_risk", "lineages": []string{"tool:secrets"}}), outcome: NoShip, rule: "review-blocks", gaps: []string{"new finding-da75e1846b"}, matches: true},
		{name: "a secret that is none", run: found("pass", object{"state": "known", "gap": "g-5", "known_as": "false_positive", "lineages": []string{"tool:secrets"}}), outcome: Ship, rule: "clean", gaps: []string{"known finding-da75e1846b"}, matches: true},
		{name: "a failure and missing evidence", run: evidence{smoke: failing("FAIL").smoke}, outcome: NoShip, rule: "smoke-failed", gaps: []string{"new step-order-fail"}},
		{name: "a known gap and missing evidence", run: evidence{parity: oneDiff().parity, review: reviewOf("pass")}, ledger: accepted("parity", tagging, "policy", "never", ""), outcome: Hold, rule: "evidence-missing", gaps: []string{"known " + tagging}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := DefaultConfig()
			if tt.config != nil {
				tt.config(&c)
			}
			r := tt.run.judge(t, tt.ledger, c)
			if r.Verdict.Outcome != tt.outcome || r.Verdict.Rule != tt.rule || r.Releasable != tt.outcome.Releasable() {
				t.Errorf("got %+v, want %s by %s", r.Verdict, tt.outcome, tt.rule)
			}
			var gaps []string
			for _, g := range r.Gaps {
				gaps = append(gaps, string(g.State)+" "+g.Signature)
			}
			if diff := cmp.Diff(tt.gaps, gaps); diff != "" {
				t.Errorf("gaps: got +, want -:\n%s", diff)
			}
			if r.Matches != tt.matches {
				t.Errorf("matches expectations: %t (%s)", r.Matches, r.Expectations)
			}
		})
	}
}

func with2(e evidence, parity object) evidence { e.parity = parity; return e }

func TestWhatNobodyCanAcceptSaysWhy(t *testing.T) {
	e := with2(clean(), parityOf(divergence("status-1", "status", "a")))
	r := e.judge(t, accepted("parity", "status-1", "policy", "never", ""), DefaultConfig())
	if want := "it is accepted, and counts as new all the same: " + neverStatus; r.Gaps[0].Note != want {
		t.Errorf("the note is %q", r.Gaps[0].Note)
	}
}

func TestAGapKnowsItsAge(t *testing.T) {
	e := with2(clean(), parityOf(divergence("text-1", "text", "a")))
	for entry, want := range map[string]int{
		accepted("parity", "text-1", "policy", "never", ""):                   22,
		accepted("parity", "text-1", "policy", "never", ", seen: 2026-10-23"): 31,
	} {
		if r := e.judge(t, entry, DefaultConfig()); r.Gaps[0].Days != want {
			t.Errorf("%s: %d days", entry, r.Gaps[0].Days)
		}
	}
}

// crowded is a result with everything in it, some of it up to something.
func crowded(t *testing.T) *Result {
	t.Helper()
	e := clean()
	e.smoke = smokeOf("failed", step("up", "FAIL"), step("order", "TIMEOUT"))
	e.smoke["not_selected"] = []string{"slow\x1b[31m | x"}
	e.parity = parityOf(divergence("enum-tagging-0123456789ab", "enum tagging", "a", "b"), divergence("text-1", "text | <b>::error::", "c"))
	e.parity["divergences"].([]object)[0]["within"] = []string{"zero against absent"}
	e.review = with(reviewOf("pass", finding("f2", "BLOCK", "known")), "verdict", object{"outcome": "pass", "rule": "otherwise"})
	f := e.review["findings"].([]object)[0]
	f["gap"], f["known_as"], f["title"] = "g-5", "false_positive", "a\nb | c `d` \u202e"
	r := e.judge(t, accepted("parity", "enum-tagging-0123456789ab", "accepted_risk", "2027-01-01", "")+
		accepted("smoke", "step-order-timeout", "deferred", "2026-11-22", "")+
		accepted("parity", "order-1", "policy", "never", ", title: the order of errors")+
		accepted("smoke", "step-gone-fail", "deferred", "2027-01-01", ", cases: [step gone]"), DefaultConfig())
	r.Evidence[2].Reason = "it is\x1b[31m odd | so"
	r.Last = &Comparison{Run: "nightly-1", Outcome: KnownGap, New: []string{"text-1"}, Fixed: []string{"order-1"}, Aged: []Aged{{"enum-tagging-0123456789ab", 22}}}
	r.Recorded = []string{"g-1", "g-2"}
	r.Tracker = &Tracked{File: "parity.md", Added: []string{"text-1"}, Lacks: []string{}, Closable: []string{"order-1"}, Decided: []string{"step-up-fail"}}
	r.ToolVersion = "1.2.3"
	return r
}

func TestResultsAreWritten(t *testing.T) {
	for _, name := range Formats() {
		t.Run(name, func(t *testing.T) {
			w, err := For(name, Terminal{})
			if err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			if err := w.Write(&got, crowded(t)); err != nil {
				t.Fatal(err)
			}
			if strings.ContainsAny(got.String(), "\x1b\u202e") {
				t.Error("a control character went through")
			}
			golden(t, "crowded."+name, got.Bytes())
		})
	}
	if _, err := For("xml", Terminal{}); err == nil {
		t.Error("there is a format xml")
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}
