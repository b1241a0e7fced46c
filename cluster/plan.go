package cluster

import (
	"encoding/json"
	"fmt"

	"scrum/reviewers"
	"scrum/run"
)

// planID is the format of a plan; another one makes another workflow.
const planID = "scrum/plan/v1"

// plan is all that the workers must know of a review: a blob, whose digest is the
// identity of the work.
type plan struct {
	Format string    `json:"format"`
	Rules  run.Rules `json:"rules"`
	Seats  []seat    `json:"seats"`
}

// seat is one model on one bundle, or on the half of one.
type seat struct {
	Bundle  string      `json:"bundle"`
	Request string      `json:"request"` // the blob of a prompts.Request
	Key     string      `json:"key"`     // of the answer, for other reviews; "" when it depends on more
	Models  []run.Model `json:"models"`  // the member's and its fallbacks'
	Halves  []seat      `json:"halves,omitempty"`
}

// shape is as much of a seat as the workflow needs: it decides on numbers only, and its
// history stays small.
type shape struct {
	Queue  int     `json:"q"` // index of the task queue
	Models int     `json:"m"`
	Halves []shape `json:"h,omitempty"`
}

func (s seat) shape(queues *names) shape {
	out := shape{Queue: queues.index(queue(s.Models[0].Provider.Name)), Models: len(s.Models)}
	for _, h := range s.Halves {
		out.Halves = append(out.Halves, h.shape(queues))
	}
	return out
}

// names gives each different name a number.
type names struct{ list []string }

func (n *names) index(name string) int {
	for i, have := range n.list {
		if have == name {
			return i
		}
	}
	n.list = append(n.list, name)
	return len(n.list) - 1
}

// at finds a seat, or the half of one.
func (p *plan) at(path []int) (*seat, error) {
	list := p.Seats
	var found *seat
	for _, i := range path {
		if i < 0 || i >= len(list) {
			return nil, fmt.Errorf("the plan has no seat %v", path)
		}
		found = &list[i]
		list = found.Halves
	}
	if found == nil {
		return nil, fmt.Errorf("the plan has no seat %v", path)
	}
	return found, nil
}

// Queue names. Seats go to the queue of their provider, so that the server can hold all
// workers together to that provider's limit.
const orchestration = "scrum"

func queue(provider string) string { return orchestration + "-" + provider }

// The names of blobs that are not named by what they hold.
func answerName(key string) string { return "answers/" + key }

func resultName(plan string, path []int, model int) string {
	name := "results/" + plan + "/"
	for _, i := range path {
		name += fmt.Sprintf("%d.", i)
	}
	return fmt.Sprintf("%sm%d", name, model)
}

// remembered is what is kept of the attempts at a seat before the one at hand: the server
// hands it to the next one, wherever that runs.
type remembered struct {
	Attempts int             `json:"attempts"`
	Spent    reviewers.Usage `json:"spent"`
	Tokens   int             `json:"tokens"` // of the answer that is coming
}

func encode(v any) ([]byte, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encoding for the cluster: %w", err)
	}
	return data, nil
}

func decode[T any](data []byte) (T, error) {
	var v T
	if err := json.Unmarshal(data, &v); err != nil {
		return v, fmt.Errorf("decoding what the cluster has stored: %w", err)
	}
	return v, nil
}
