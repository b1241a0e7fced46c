package report

import (
	"fmt"

	"scrum/tally"
)

// places are how the places of a reviewer fit the diff, in words.
type places struct {
	reviewer string
	total    int
	rates    []string // one for each of anchorHeads
}

const anchorTitle = "Where the reported places stand in the diff"

// anchorHeads are the kinds of places, the best first.
func anchorHeads() []string {
	return []string{"changed line", "shown line", "repaired", "whole file", "not shown", "no such path"}
}

func anchorKinds() []tally.Anchor {
	return []tally.Anchor{tally.Exact, tally.Context, tally.Snapped, tally.Whole, tally.Outside, tally.Unknown}
}

// placesOf gives the reviewers that have reported places. One that invents paths or
// lines should be seen.
func (r *Review) placesOf() []places {
	var out []places
	for _, a := range r.Anchors {
		p := places{reviewer: inline(a.Reviewer)}
		for _, n := range a.Counts {
			p.total += n
		}
		if p.total == 0 {
			continue
		}
		for _, k := range anchorKinds() {
			p.rates = append(p.rates, rate(a.Counts[k], p.total))
		}
		out = append(out, p)
	}
	return out
}

// rate is a share in whole percent; what is there is never 0 %, and what is not all
// is never 100 %.
func rate(n, of int) string {
	if n == 0 {
		return "–"
	}
	percent := (200*n + of) / (2 * of)
	if n < of {
		percent = min(max(percent, 1), 99)
	}
	return fmt.Sprintf("%d %%", percent)
}

// anchors prints the table of places.
func (p *page) anchors(s story) {
	list := s.placesOf()
	if len(list) == 0 {
		return
	}
	p.title(anchorTitle)
	left := columns("places")
	for _, a := range list {
		left = max(left, min(columns(a.reviewer), maxColumn))
	}
	heads := []string{"places"}
	for i, h := range anchorHeads() {
		if used(list, i) {
			heads = append(heads, h)
		}
	}
	p.row(dim, pad("", left), heads)
	for _, a := range list {
		cells := []string{pad(fmt.Sprint(a.total), columns("places"))}
		for i, h := range anchorHeads() {
			if used(list, i) {
				cells = append(cells, pad(a.rates[i], columns(h)))
			}
		}
		p.row(plain, pad(shorten(a.reviewer, left), left), cells)
	}
}

// used tells that some reviewer has places of the kind.
func used(list []places, kind int) bool {
	for _, a := range list {
		if a.rates[kind] != "–" {
			return true
		}
	}
	return false
}

// anchors writes the table of places.
func (p *sheet) anchors(s story) {
	list := s.placesOf()
	if len(list) == 0 {
		return
	}
	p.printf("\n## %s\n\n", anchorTitle)
	heads, rule := []string{"", "places"}, "|---|---:"
	for i, h := range anchorHeads() {
		if used(list, i) {
			heads, rule = append(heads, h), rule+"|---:"
		}
	}
	p.tableRow(heads)
	p.printf("%s|\n", rule)
	for _, a := range list {
		cells := []string{a.reviewer, fmt.Sprint(a.total)}
		for i := range anchorHeads() {
			if used(list, i) {
				cells = append(cells, a.rates[i])
			}
		}
		p.tableRow(cells)
	}
}
