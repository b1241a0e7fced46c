package validator

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Worker is one of the roster.
type Worker struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Trade  string `json:"trade"`
	City   string `json:"city"`
	Active bool   `json:"active"`
}

// People is a roster, sorted by ids.
type People struct{ list []Worker }

// ParsePeople reads a roster: a JSON list of workers.
func ParsePeople(data []byte) (*People, error) {
	var p People
	if err := json.Unmarshal(data, &p.list); err != nil {
		return nil, fmt.Errorf("the roster cannot be read: %w", err)
	}
	slices.SortFunc(p.list, byID)
	for i, w := range p.list {
		if w.ID == "" {
			return nil, fmt.Errorf("the roster has a worker without an id: %q", w.Name)
		}
		if i > 0 && p.list[i-1].ID == w.ID {
			return nil, fmt.Errorf("the roster has two workers %s", w.ID)
		}
	}
	return &p, nil
}

func byID(a, b Worker) int { return strings.Compare(a.ID, b.ID) }

// Worker finds one by the id.
func (p *People) Worker(id string) (Worker, bool) {
	i, found := slices.BinarySearchFunc(p.list, Worker{ID: id}, byID)
	if !found {
		return Worker{}, false
	}
	return p.list[i], true
}

// Of lists the workers of a trade, or all for "".
func (p *People) Of(trade string) []Worker {
	if trade == "" {
		return p.list
	}
	return slices.DeleteFunc(slices.Clone(p.list), func(w Worker) bool { return w.Trade != trade })
}

// Trade is how many workers have a trade.
type Trade struct {
	Trade   string `json:"trade"`
	Workers int    `json:"workers"`
}

// Trades lists all trades by name.
func (p *People) Trades() []Trade {
	count := map[string]int{}
	for _, w := range p.list {
		count[w.Trade]++
	}
	out := []Trade{}
	for _, name := range slices.Sorted(maps.Keys(count)) {
		out = append(out, Trade{name, count[name]})
	}
	return out
}
