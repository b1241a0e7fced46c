package eval

import (
	"cmp"
	"slices"

	"scrum/tally"
)

// Joins are how reports were put together, beside the labels.
type Joins struct {
	Shared    int `json:"shared"`    // defects that two lineages or more report
	Converged int `json:"converged"` // of them: in one finding, by two lineages

	// Under counts, over the defects, findings of one that bring a lineage which its
	// other findings lack: reports of one defect that stayed apart.
	Under int `json:"under"`
	// Over counts findings whose reports are not all of one defect: of two defects,
	// or of a defect and something that is not expected.
	Over        int `json:"over"`
	TwoDefects  int `json:"two_defects"`      // of Over
	DefectOther int `json:"defect_and_other"` // of Over

	Right  int `json:"right"`  // joins of two reports of one defect
	Wrong  int `json:"wrong"`  // joins of reports that are not of one thing
	Untold int `json:"untold"` // joins of two reports of nothing expected: no label tells
}

func (j *Joins) add(o Joins) {
	j.Shared += o.Shared
	j.Converged += o.Converged
	j.Under += o.Under
	j.Over += o.Over
	j.TwoDefects += o.TwoDefects
	j.DefectOther += o.DefectOther
	j.Right += o.Right
	j.Wrong += o.Wrong
	j.Untold += o.Untold
}

// joins holds what was joined, and what was not, against the labels of a case.
func joins(findings []judged, defects int) Joins {
	var out Joins
	for d := range defects {
		out.defect(findings, d)
	}
	for _, f := range findings {
		if f.State != tally.Open {
			continue
		}
		out.finding(f)
		for _, j := range f.Joins {
			switch f.join(j) {
			case rightJoin:
				out.Right++
			case wrongJoin:
				out.Wrong++
			case untoldJoin:
				out.Untold++
			}
		}
	}
	return out
}

// defect looks for the reports of one defect in different findings. The finding with
// the most lineages is the one that the others should have joined.
func (j *Joins) defect(findings []judged, d int) {
	var by [][]string
	for _, f := range findings {
		if lineages, _ := f.by(d); f.State == tally.Open && len(lineages) > 0 {
			by = append(by, lineages)
		}
	}
	if len(by) == 0 {
		return
	}
	slices.SortStableFunc(by, func(a, b []string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), slices.Compare(a, b))
	})
	all := slices.Clone(by[0])
	for _, lineages := range by[1:] {
		if more := distinct(append(slices.Clone(all), lineages...)); len(more) > len(all) {
			all = more
			j.Under++
		}
	}
	if len(all) >= 2 {
		j.Shared++
	}
	if len(by[0]) >= 2 {
		j.Converged++
	}
}

func (j *Joins) finding(f judged) {
	twoDefects, withOther := f.mixed()
	switch {
	case twoDefects:
		j.Over++
		j.TwoDefects++
	case withOther:
		j.Over++
		j.DefectOther++
	}
}

// mixed tells that the reports of a finding are of two defects, or some of a defect
// and some of nothing expected.
func (f judged) mixed() (twoDefects, withOther bool) {
	defects := f.defects()
	other := slices.ContainsFunc(f.of, func(m meant) bool { return m.defect == none })
	return len(defects) > 1, len(defects) == 1 && other
}

// verdict on a join, by the labels.
type verdict string

const (
	rightJoin  verdict = "right"
	wrongJoin  verdict = "wrong"
	untoldJoin verdict = "untold"
	noJoin     verdict = "" // one of the two was taken back
)

// join holds one join of a finding against the labels.
func (f judged) join(j tally.Join) verdict {
	standing := len(f.of) // what stands is before what was taken back
	if j.A >= standing || j.B >= standing {
		return noJoin
	}
	a, b := f.of[j.A].defect, f.of[j.B].defect
	switch {
	case a != b:
		return wrongJoin
	case a == none:
		return untoldJoin
	}
	return rightJoin
}
