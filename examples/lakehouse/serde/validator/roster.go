package validator

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
)

// worker is somebody who can be sent to a place.
type worker struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Trade  string `json:"trade"`
	City   string `json:"city"`
	Active bool   `json:"active"`
}

// roster is all workers, by their ids.
type roster struct {
	all  []*worker
	byID map[string]*worker
}

func readRoster(data []byte) (roster, error) {
	r := roster{byID: map[string]*worker{}}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&r.all); err != nil {
		return roster{}, fmt.Errorf("reading the roster: %w", err)
	}
	for i, w := range r.all {
		switch {
		case w == nil || w.ID == "":
			return roster{}, fmt.Errorf("reading the roster: entry %d has no id", i)
		case r.byID[w.ID] != nil:
			return roster{}, fmt.Errorf("reading the roster: %s stands there twice", w.ID)
		}
		r.byID[w.ID] = w
	}
	slices.SortFunc(r.all, func(a, b *worker) int { return cmp.Compare(a.ID, b.ID) })
	return r, nil
}

// of gives the workers of a trade, "" for all.
func (r roster) of(trade string) []*worker {
	out := []*worker{}
	for _, w := range r.all {
		if trade == "" || w.Trade == trade {
			out = append(out, w)
		}
	}
	return out
}

// tally is how many workers a trade has.
type tally struct {
	Trade   string `json:"trade"`
	Workers int    `json:"workers"`
}

func (r roster) trades() []tally {
	count := map[string]int{}
	for _, w := range r.all {
		count[w.Trade]++
	}
	out := []tally{}
	for trade, n := range count {
		out = append(out, tally{trade, n})
	}
	slices.SortFunc(out, func(a, b tally) int { return cmp.Compare(a.Trade, b.Trade) })
	return out
}
