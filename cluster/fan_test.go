package cluster

import (
	"context"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scrum/prompts"
	"scrum/reviewers"
	"scrum/run"
)

// brief is a reviewer that has nothing to say.
type brief struct{}

func (brief) Review(context.Context, prompts.Request, func(int)) (reviewers.Response, error) {
	return reviewers.Response{Text: "x", FinishReason: "stop"}, nil
}

// TestSeatsOfHereAndThereAreToldOneAtATime holds the fan to the panel's promise; the maps
// have no lock, so that the race detector sees a second one at the same time.
func TestSeatsOfHereAndThereAreToldOneAtATime(t *testing.T) {
	done, stored := map[int]int{}, map[string]int{}
	panel := &reviewers.Panel{
		Observe: func(e reviewers.Event) {
			if e.Phase == reviewers.Done {
				done[e.Seat]++
			}
		},
		Store: func(s reviewers.Seat) error { stored[s.Bundle]++; return nil },
	}
	member := &reviewers.Member{Name: "vet", Kind: reviewers.Analyser, Lineage: "tool:vet", Reviewer: brief{}}
	seats := []reviewers.Seat{{Bundle: "c1"}, {Bundle: "c2", Member: member}, {Bundle: "c3"}, {Bundle: "c4", Member: member}}
	f := &Fan{ground: run.Ground{Panel: panel}}
	restore := f.share([]int{1, 3})
	var wg sync.WaitGroup
	wg.Go(func() { panel.Run(t.Context(), []reviewers.Seat{seats[1], seats[3]}) })
	for _, i := range []int{0, 2} {
		wg.Go(func() {
			if err := f.store(seats[i]); err != nil {
				t.Error(err)
			}
			f.observe(reviewers.Event{Seat: i, Phase: reviewers.Done})
		})
	}
	wg.Wait()
	if diff := cmp.Diff(map[int]int{0: 1, 1: 1, 2: 1, 3: 1}, done); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]int{"c1": 1, "c2": 1, "c3": 1, "c4": 1}, stored); diff != "" {
		t.Error(diff)
	}
	restore()
	panel.Observe(reviewers.Event{Seat: 0, Phase: reviewers.Done})
	if done[0] != 2 {
		t.Error("the panel does not hear its own numbers again")
	}
}

func TestAPanelThatHearsNothingNeedsNoEars(t *testing.T) {
	panel := &reviewers.Panel{}
	f := &Fan{ground: run.Ground{Panel: panel}}
	defer f.share(nil)()
	f.observe(reviewers.Event{})
	if err := f.store(reviewers.Seat{}); err != nil {
		t.Error(err)
	}
}
