package report

import (
	"fmt"

	"scrum/tally"
)

const examinedTitle = "Put to other lineages: reported independently, and confirmed when asked"

// opinionLines are what other lineages said of a finding when it was put to them.
func opinionLines(f tally.Finding) []string {
	out := make([]string, 0, len(f.Examined))
	for _, e := range f.Examined {
		who := inline(e.Reviewer)
		if lineage := inline(e.Lineage); lineage != who {
			who += " (" + lineage + ")"
		}
		out = append(out, fmt.Sprintf("%s %s: %s", who, opinionWords(e.Opinion), phrase(e.Reason)))
	}
	return out
}

func opinionWords(o tally.Opinion) string {
	switch o {
	case tally.Confirms:
		return "confirms it"
	case tally.Refutes:
		return "refutes it"
	case tally.Unsure:
		return "is unsure"
	}
	return "gave no opinion"
}

// examinedRow counts the voices on one finding: those that reported it by themselves
// and those that were asked stay apart.
type examinedRow struct {
	place, severity     string
	independent         int
	confirmed           int
	refuted, unsure, no int
	state               string
}

func (r *Review) examined() []examinedRow {
	var out []examinedRow
	for _, f := range inOrder(r.Findings) {
		if len(f.Examined) == 0 {
			continue
		}
		row := examinedRow{place: where(f), severity: string(f.Severity), independent: f.Convergence, confirmed: len(f.ConfirmedBy), state: stateWords(f)}
		for _, e := range f.Examined {
			switch e.Opinion {
			case tally.Confirms: // counted by lineage
			case tally.Refutes:
				row.refuted++
			case tally.Unsure:
				row.unsure++
			default:
				row.no++
			}
		}
		out = append(out, row)
	}
	return out
}

func stateWords(f tally.Finding) string {
	switch {
	case f.State == tally.Refuted:
		return "disputed"
	case len(f.ConfirmedBy) > 0:
		return "confirmed"
	case f.Unanswered():
		return "not examined"
	}
	return "open"
}

func examinedHeads() []string {
	return []string{"independent", "confirmed", "refuted", "unsure", "no opinion", ""}
}

func (r examinedRow) cells() []string {
	return []string{fmt.Sprint(r.independent), fmt.Sprint(r.confirmed), fmt.Sprint(r.refuted), fmt.Sprint(r.unsure), fmt.Sprint(r.no), r.state}
}

// examined prints the table of the cross-examination.
func (p *page) examined(s story) {
	rows := s.examined()
	if len(rows) == 0 {
		return
	}
	p.title(examinedTitle)
	heads := examinedHeads()[:5] // the state stands beside the place
	p.row(dim, "", heads)
	for _, r := range rows { // a place may be as long as a line
		p.line(plain, "    "+r.severity+" "+r.place+" · "+r.state)
		cells := r.cells()[:len(heads)]
		for i := range cells {
			cells[i] = pad(cells[i], columns(heads[i]))
		}
		p.row(plain, "", cells)
	}
}

// examined writes the table of the cross-examination.
func (p *sheet) examined(s story) {
	rows := s.examined()
	if len(rows) == 0 {
		return
	}
	p.printf("\n## %s\n\n", examinedTitle)
	p.tableRow(append([]string{"", ""}, examinedHeads()...))
	p.printf("|---|---|---:|---:|---:|---:|---:|---|\n")
	for _, r := range rows {
		p.printf("| %s | %s ", r.severity, code(r.place))
		p.tableRow(r.cells())
	}
}
