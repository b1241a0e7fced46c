package tally

import "slices"

// Accepted says by which entry of the ledger a finding is known, and as what.
type Accepted struct {
	Gap string // the entry's id
	As  string // such as false_positive
}

// Accept gives the result with these findings known, by id: they stay in the list, are
// counted nowhere and close no gate. Only what is open can become known.
func (r Result) Accept(known map[string]Accepted) Result {
	r.Findings = slices.Clone(r.Findings)
	for i := range r.Findings {
		f := &r.Findings[i]
		if a, ok := known[f.ID]; ok && f.State == Open {
			f.State, f.Gap, f.KnownAs = Known, a.Gap, a.As
		}
	}
	return r.recounted()
}

// recounted counts the open findings anew, by bundle and in all.
func (r Result) recounted() Result {
	r.Rows = slices.Clone(r.Rows)
	at := make(map[string]int, len(r.Rows))
	for i := range r.Rows {
		at[r.Rows[i].Bundle] = i
		r.Rows[i].Distinct, r.Rows[i].Convergent = 0, 0
	}
	r.Distinct, r.Convergent = 0, 0
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.State != Open {
			continue
		}
		convergent := boolRank(f.Convergent())
		r.Distinct, r.Convergent = r.Distinct+1, r.Convergent+convergent
		if row, ok := at[f.Bundle]; ok {
			r.Rows[row].Distinct++
			r.Rows[row].Convergent += convergent
		}
	}
	return r
}
