package tally

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestOpinionsAreReadAsTheyAreMeant(t *testing.T) {
	tests := []struct {
		name, text string
		want       Opinion
		reason     string
	}{
		{"the contract", "VERDICT: CONFIRM\nREASON: n is 0 on the first call.\n", Confirms, "n is 0 on the first call."},
		{"bold labels", "**Verdict:** REFUTE\n\n**Reason:** line 12 checks it\n", Refutes, "line 12 checks it"},
		{"on one line", "UNSURE — I would have to see the caller", Unsure, "I would have to see the caller"},
		{"a heading", "## Refuted\n", None, "Refuted"},
		{"a heading with a label", "## Verdict: Refuted\nThe lock is held by run().\n", Refutes, "The lock is held by run()."},
		{"after thinking", "<think>CONFIRM? No.\nVERDICT: CONFIRM\n</think>\nVERDICT: REFUTE\nREASON: r\n", Refutes, "r"},
		{"JSON", "```json\n{\"verdict\": \"confirm\", \"reason\": \"r\"}\n```", Confirms, "r"},
		{"two verdicts", "VERDICT: CONFIRM\nREASON: a\nVERDICT: REFUTE\nREASON: b\n", Unsure, "the answer contradicts itself: a b"},
		{"the same verdict twice", "CONFIRM\nREASON: a\nVERDICT: CONFIRM\n", Confirms, "a"},
		{"no reason", "VERDICT: CONFIRM\n", Unsure, "the answer gives no reason"},
		{"a quoted verdict is somebody else's", "> VERDICT: CONFIRM\nI cannot say.\n", None, "I cannot say."},
		{"a verdict in a fence is the code's", "```\nVERDICT: CONFIRM\n```\nHm.\n", None, "Hm."},
		{"a sentence is no verdict", "Confirm that the lock is held.\n", None, "Confirm that the lock is held."},
		{"nothing", "", None, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o, reason := ParseOpinion(tt.text)
			if o != tt.want || reason != tt.reason {
				t.Errorf("got %q because %q, want %q because %q", o, reason, tt.want, tt.reason)
			}
		})
	}
}

func FuzzParseOpinion(f *testing.F) {
	f.Add("VERDICT: CONFIRM\nREASON: r\n")
	f.Add("{\"verdict\": \"REFUTE\"")
	f.Fuzz(func(t *testing.T, text string) {
		o, reason := ParseOpinion(text)
		if (o == Confirms || o == Refutes) && strings.TrimSpace(reason) == "" {
			t.Errorf("%q without a reason", o)
		}
	})
}

func TestAFindingIsConfirmedOrDisputedByOthers(t *testing.T) {
	say := func(lineage string, o Opinion) Examined {
		return Examined{Reviewer: lineage, Lineage: lineage, Opinion: o, Reason: "r"}
	}
	tests := []struct {
		name      string
		opinions  []Examined
		state     State
		confirmed []string
	}{
		{"nobody was asked", nil, Open, []string{}},
		{"one confirms", []Examined{say("google", Confirms), say("qwen", Refutes)}, Open, []string{"google"}},
		{"all refute", []Examined{say("google", Refutes), say("qwen", Refutes)}, Refuted, []string{}},
		{"half refute", []Examined{say("google", Refutes), say("qwen", Unsure)}, Open, []string{}},
		{"the one who answered refutes", []Examined{say("google", Refutes), say("qwen", None)}, Refuted, []string{}},
		{"nobody answered", []Examined{say("google", None)}, Open, []string{}},
		{"the author's own lineage has no say", []Examined{say("l", Refutes)}, Open, []string{}},
		{"nor to confirm", []Examined{say("l", Confirms)}, Open, []string{}},
		{"a lineage has one voice, and its refusal weighs more", []Examined{say("google", Confirms), say("google", Refutes)}, Refuted, []string{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := Count(sample(), []Seat{seat("c1", "m", "l", "BLOCK pkg/a.go:13|T|w")}, Options{})
			r.Examine(map[string][]Examined{r.Findings[0].ID: tt.opinions})
			f := r.Findings[0]
			if f.State != tt.state || f.Convergence != 1 {
				t.Errorf("state %s, convergence %d; want %s and 1", f.State, f.Convergence, tt.state)
			}
			if diff := cmp.Diff(tt.confirmed, f.ConfirmedBy); diff != "" {
				t.Errorf("confirmed: got +, want -:\n%s", diff)
			}
			if want := map[State]int{Open: 1}[tt.state]; r.Distinct != want || r.Rows[0].Distinct != want {
				t.Errorf("%d and %d distinct, want %d", r.Distinct, r.Rows[0].Distinct, want)
			}
		})
	}
}

func TestWhatSeveralLineagesReportIsNotPutToAnybody(t *testing.T) {
	r := Count(sample(), []Seat{seat("c1", "m", "l", "BLOCK pkg/a.go:13|T|"+overflow), seat("c1", "n", "k", "BLOCK pkg/a.go:13|T|"+overflow2)}, Options{})
	r.Examine(map[string][]Examined{r.Findings[0].ID: {{Reviewer: "x", Lineage: "x", Opinion: Refutes, Reason: "r"}}})
	if f := r.Findings[0]; f.State != Open || len(f.Examined) > 0 || r.Convergent != 1 {
		t.Errorf("%+v", f)
	}
}

// Opinions never change what was counted independently, and their order changes nothing.
func TestOpinionsInAnyOrderGiveTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Examined {
			return Examined{
				Reviewer: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "reviewer"), Lineage: rapid.SampledFrom([]string{"x", "y", "z", "l"}).Draw(t, "lineage"),
				Opinion: rapid.SampledFrom([]Opinion{Confirms, Refutes, Unsure, None}).Draw(t, "opinion"), Reason: "r",
			}
		}), 0, 6).Draw(t, "opinions")
		examine := func(opinions []Examined) (State, []string, int) {
			r := Count(sample(), []Seat{seat("c1", "m", "l", "BLOCK pkg/a.go:13|T|w")}, Options{})
			r.Examine(map[string][]Examined{r.Findings[0].ID: opinions})
			return r.Findings[0].State, r.Findings[0].ConfirmedBy, r.Findings[0].Convergence
		}
		s1, c1, n1 := examine(all)
		s2, c2, n2 := examine(rapid.Permutation(all).Draw(t, "order"))
		if s1 != s2 || !cmp.Equal(c1, c2) || n1 != 1 || n2 != 1 {
			t.Fatalf("%s %v %d against %s %v %d", s1, c1, n1, s2, c2, n2)
		}
	})
}
