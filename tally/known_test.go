package tally

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWhatIsAcceptedIsKnownAndCountedNowhere(t *testing.T) {
	finding := func(id, bundle string, convergence int, state State) Finding {
		return Finding{ID: id, Bundle: bundle, Convergence: convergence, State: state, Anchor: Exact}
	}
	r := Result{
		Findings: []Finding{finding("a", "c1", 2, Open), finding("b", "c1", 1, Open), finding("c", "c2", 2, Open), finding("d", "c2", 0, Retracted)},
		Rows:     []Row{{Bundle: "c1", Distinct: 2, Convergent: 1}, {Bundle: "c2", Distinct: 1, Convergent: 1}},
		Distinct: 3, Convergent: 2,
	}
	got := r.Accept(map[string]Accepted{"a": {"g-1", "policy"}, "d": {"g-2", "policy"}, "none": {"g-3", "policy"}})

	if diff := cmp.Diff([]Row{{Bundle: "c1", Distinct: 1}, {Bundle: "c2", Distinct: 1, Convergent: 1}}, got.Rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if got.Distinct != 2 || got.Convergent != 1 {
		t.Errorf("%d distinct, %d convergent; want 2 and 1", got.Distinct, got.Convergent)
	}
	if a := got.Findings[0]; a.State != Known || a.Gap != "g-1" || a.KnownAs != "policy" || a.Gates() || a.Convergent() {
		t.Errorf("the accepted finding is %+v", a)
	}
	if d := got.Findings[3]; d.State != Retracted || d.Gap != "" {
		t.Errorf("a retracted finding became %s by %q", d.State, d.Gap)
	}
	if r.Findings[0].State != Open || r.Rows[0].Distinct != 2 {
		t.Error("the result that was given has changed")
	}
	if diff := cmp.Diff(r, r.Accept(nil)); diff != "" {
		t.Errorf("accepting nothing changes something (-before +after):\n%s", diff)
	}
}
