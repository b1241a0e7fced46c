package ledger

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"scrum/tally"
)

const recordedLedger = `version: 1
gaps:
  # a comment
  - {id: g-1, phase: parity, seen: 2026-11-01, title: text at .a, cases: [a, b], fingerprint: text-1, run: r1}
  - {id: g-2, phase: smoke, as: deferred, reason: r, owner: o, accepted: 2026-10-01, expires: 2026-10-31, fingerprint: step-up-fail}
  - {id: g-3, phase: parity, as: policy, reason: r, owner: o, accepted: 2026-10-01, expires: never, fingerprint: order-1}
  - {id: g-4, phase: review, severity: BLOCK, path: a.go, title: t, finding: da75e1846b}
  - {id: g-5, phase: parity, title: by hand}
`

func request(phase Phase, names ...string) SignatureRequest {
	return SignatureRequest{Phase: phase, Names: names, Decision: Decision{As: AcceptedRisk, Reason: " lived with ", Owner: "a", Today: "2026-11-23", Expires: "2027-02-21"}}
}

func TestASignatureIsAccepted(t *testing.T) {
	tests := []struct {
		name    string
		request SignatureRequest
		want    Gap
		bare    []string
		left    int
	}{
		{"by the id of what was recorded", request("", "g-1"), Gap{ID: "g-1", Phase: Parity, Seen: "2026-11-01", Title: "text at .a", Cases: []string{"a", "b"}, Fingerprint: "text-1", Run: "r1", Side: "new"}, nil, 5},
		{"by its signature", request(Parity, "text-1"), Gap{ID: "g-1", Phase: Parity, Seen: "2026-11-01", Title: "text at .a", Cases: []string{"a", "b"}, Fingerprint: "text-1", Run: "r1", Side: "new"}, nil, 5},
		{"anew, after it has expired", request(Smoke, "step-up-fail"), Gap{ID: "g-2", Phase: Smoke, Fingerprint: "step-up-fail", Side: "new"}, nil, 5},
		{"that no run has recorded", request(Smoke, "text-1"), Gap{ID: signatureID(Smoke, "text-1"), Phase: Smoke, Fingerprint: "text-1", Side: "new"}, []string{"text-1"}, 6},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data, gaps, bare, err := AcceptSignatures(File, []byte(recordedLedger), tt.request)
			if err != nil {
				t.Fatal(err)
			}
			tt.want.As, tt.want.Reason, tt.want.Owner, tt.want.Accepted, tt.want.Expires = AcceptedRisk, "lived with", "a", "2026-11-23", "2027-02-21"
			if len(gaps) != 1 || !gaps[0].Same(&tt.want) || !cmp.Equal(bare, tt.bare) {
				t.Errorf("got %+v, bare %q", gaps, bare)
			}
			l, err := Parse(File, data)
			if err != nil || len(l.Gaps) != tt.left || !l.Find(tt.want.ID).Same(&tt.want) {
				t.Errorf("the ledger has become %v\n%s", err, data)
			}
			if !strings.Contains(string(data), "# a comment") && tt.want.ID != "g-1" {
				t.Errorf("a comment is gone:\n%s", data)
			}
		})
	}
}

func TestASignatureThatCannotBeAcceptedIsRefused(t *testing.T) {
	for want, r := range map[string]SignatureRequest{
		"order-1 (g-3) is accepted already, as policy until never":   request(Parity, "order-1"),
		`there is no gap "g-9" in gaps.yaml; it has g-1`:             request("", "g-9"),
		`"a b" is no signature`:                                      request(Parity, "a b"),
		"g-1 is of the phase parity, not smoke":                      request(Smoke, "g-1"),
		"accept it with scrum gaps accept da75e1846b":                request("", "g-4"),
		"g-5 has no fingerprint":                                     request("", "g-5"),
		"text-1 is named twice":                                      request(Parity, "g-1", "text-1"),
		"to change that, remove it first with scrum gaps remove g-3": request(Parity, "text-1", "g-3"),
	} {
		data, _, _, err := AcceptSignatures(File, []byte(recordedLedger), r)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
		if data != nil {
			t.Errorf("%q: something was written", want)
		}
	}
}

func TestARecordedFindingMakesWayForItsAcceptance(t *testing.T) {
	f := finding("server.go", openReturns, openReturns, "a title", "why it is one")
	recorded := Occurrence{Phase: Review, Signature: "finding-" + f.ID, Finding: &Gap{Severity: f.Severity, Path: f.Path, Line: f.Line, Side: f.Side, Title: f.Title, Finding: f.ID}}
	l := &Ledger{Name: File}
	data, gaps, err := Record(File, nil, l.Standings([]Occurrence{recorded}, nil, "2026-11-23"), "r1", "2026-11-23")
	if err != nil || len(gaps) != 1 {
		t.Fatal(err, gaps)
	}
	after, taken, err := Accept(File, data, Request{Plan: planOf(t, added("server.go", server)), Findings: []tally.Finding{f}, Run: "r1", IDs: []string{f.ID}, Decision: decision()})
	if err != nil {
		t.Fatal(err)
	}
	if l, err := Parse(File, after); err != nil || len(l.Gaps) != 1 || l.Gaps[0].ID != taken[0].ID || l.Gaps[0].As == "" {
		t.Errorf("the ledger has become %v\n%s", err, after)
	}
}

// What is recorded is known to be recorded, and what is accepted of it to be known.
func TestEveryRecordedGapCanBeAccepted(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		seen := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) Occurrence {
			return Occurrence{
				Phase:     rapid.SampledFrom([]Phase{Smoke, Parity}).Draw(rt, "phase"),
				Signature: rapid.StringMatching(`[A-Za-z0-9][A-Za-z0-9._-]{0,8}`).Draw(rt, "signature"),
				Title:     rapid.String().Draw(rt, "title"), Cases: rapid.SliceOfN(rapid.StringMatching(`[ -~]{0,5}x`), 0, 3).Draw(rt, "cases"),
			}
		}), 1, 5).Draw(rt, "seen")
		empty := &Ledger{Name: File}
		data, gaps, err := Record(File, nil, empty.Standings(seen, nil, "2026-11-23"), "r1", "2026-11-23")
		if err != nil {
			rt.Fatal(err)
		}
		again, more, err := Record(File, data, parsed(rt, data).Standings(seen, nil, "2026-11-24"), "r2", "2026-11-24")
		if err != nil || len(more) > 0 || string(again) != string(data) {
			rt.Fatalf("a second run records %v, %v", more, err)
		}
		var ids []string
		for _, g := range gaps {
			ids = append(ids, g.ID)
		}
		data, _, bare, err := AcceptSignatures(File, data, request("", ids...))
		if err != nil || len(bare) > 0 {
			rt.Fatal(err, bare)
		}
		for _, s := range parsed(rt, data).Standings(seen, nil, "2026-11-24") {
			if s.State != StateKnown {
				rt.Fatalf("%s is %s", s.Seen.Signature, s.State)
			}
		}
	})
}

func parsed(t *rapid.T, data []byte) *Ledger {
	l, err := Parse(File, data)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestDaysAreCounted(t *testing.T) {
	for _, tt := range []struct {
		from, to Day
		want     int
	}{{"2026-11-01", "2026-11-23", 22}, {"2026-11-23", "2026-11-23", 0}, {"2024-02-28", "2024-03-01", 2}, {"", "2026-11-23", 0}, {Never, "2026-11-23", 0}} {
		if got := tt.from.DaysTo(tt.to); got != tt.want {
			t.Errorf("from %s to %s: %d", tt.from, tt.to, got)
		}
	}
}
