package serve

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"scrum/history"
	"scrum/report"
)

// trendRuns are how many runs the pictures show, and fewest how few still are a trend.
const (
	trendRuns = 60
	fewest    = 2
)

// trends are the pictures above the list, with what they show as a table.
type trends struct {
	Runs      []review // the earliest first, as time goes from left to right
	From, To  string
	Verdicts  picture
	Findings  picture
	Cost      picture
	Reviewers []track
	Perfect   int // analysers without a picture, which engaged everywhere
	More      int // reviewers that are only in the table
	Names     []string
}

// titled is a picture with the time that it spans.
type titled struct {
	P picture
	T *trends
}

// Pictures are those that show runs as a whole.
func (t *trends) Pictures() []titled {
	return []titled{{t.Verdicts, t}, {t.Findings, t}, {t.Cost, t}}
}

// track is one reviewer's engagement over the runs.
type track struct {
	Name    string
	Lineage string
	Share   string
	Picture picture
}

// newTrends draws the latest runs that have a verdict; nil when they are too few.
func newTrends(all []review) *trends {
	var runs []review // all is the latest first
	for _, r := range all {
		if r.Readable && len(runs) < trendRuns {
			runs = append(runs, r)
		}
	}
	if len(runs) < fewest {
		return nil
	}
	slices.Reverse(runs)
	t := &trends{Runs: runs, From: runs[0].Started[:len("2006-01-02")], To: runs[len(runs)-1].Started[:len("2006-01-02")]}
	t.Verdicts, t.Findings, t.Cost = verdictStrip(runs), findingBars(runs), costBars(runs)
	t.tracks(runs)
	return t
}

// verdictStrip has a bar for each run. Its height says what its colour says.
func verdictStrip(runs []review) picture {
	p := picture{ID: "verdicts", Title: "Verdicts"}
	n := map[string]int{}
	for i, r := range runs {
		height := map[string]float64{"good": 0.34, "unsure": 0.67, "bad": 1}[r.Verdict.Tone]
		p.bar(i, len(runs), mark{from: 0, to: height, tone: r.Verdict.Tone, title: caption(r, r.Verdict.Text+" by "+r.Rule)})
		n[r.Verdict.Text]++
	}
	var parts []string
	for _, outcome := range slices.Sorted(maps.Keys(n)) {
		parts = append(parts, fmt.Sprintf("%d %s", n[outcome], outcome))
	}
	p.Text = strings.Join(parts, ", ")
	return p
}

// findingBars stacks the findings of one lineage upon those of several.
func findingBars(runs []review) picture {
	p := picture{ID: "findings", Title: "Findings"}
	most := 1
	convergent, distinct := 0, 0
	for _, r := range runs {
		most = max(most, r.numbers.Distinct)
		convergent, distinct = convergent+r.numbers.Convergent, distinct+r.numbers.Distinct
	}
	for i, r := range runs {
		low, high := float64(r.numbers.Convergent)/float64(most), float64(r.numbers.Distinct)/float64(most)
		text := caption(r, fmt.Sprintf("%d convergent of %d", r.numbers.Convergent, r.numbers.Distinct))
		p.bar(i, len(runs), mark{from: low, to: high, tone: "pale", title: text})
		p.bar(i, len(runs), mark{from: 0, to: low, tone: "accent", title: text})
	}
	p.Top = fmt.Sprint(most)
	p.Text = fmt.Sprintf("%d convergent of %d in all; at most %d in a run", convergent, distinct, most)
	return p
}

// costBars leaves a line at the foot where a cost is not known.
func costBars(runs []review) picture {
	p := picture{ID: "cost", Title: "Cost"}
	most, sum, unknown := 0.0, 0.0, 0
	for _, r := range runs {
		if usd := r.numbers.CostUSD; usd != nil {
			most, sum = max(most, *usd), sum+*usd
		} else {
			unknown++
		}
	}
	for i, r := range runs {
		m := mark{tone: "accent", title: caption(r, r.Cost)}
		switch usd := r.numbers.CostUSD; {
		case usd == nil:
			m.to, m.tone = 0.06, "faint"
			m.title = caption(r, "cost unknown")
		case most > 0:
			m.to = *usd / most
		}
		p.bar(i, len(runs), m)
	}
	p.Top = report.USD(&most, false).String()
	p.Text = report.USD(&sum, unknown > 0).String() + " in all"
	if unknown > 0 {
		p.Text += fmt.Sprintf("; unknown of %d", unknown)
	}
	return p
}

// mostTracks are how many reviewers have a picture.
const mostTracks = 10

// record is what one reviewer did over the runs.
type record struct {
	latest         history.Share
	asked, engaged int
	by             map[int]history.Share // its share of a run, by the run's place
}

// tracks draws the engagement of the reviewers. Analysers that never fail have nothing
// to show.
func (t *trends) tracks(runs []review) {
	all := records(runs)
	t.Names = slices.SortedFunc(maps.Keys(all), func(a, b string) int { return all[a].compare(all[b], a, b) })
	for _, name := range t.Names {
		of := all[name]
		switch {
		case of.latest.Tool && of.engaged == of.asked:
			t.Perfect++
		case len(t.Reviewers) == mostTracks:
			t.More++
		default:
			t.Reviewers = append(t.Reviewers, of.track(runs, name, len(t.Reviewers)))
		}
	}
}

func records(runs []review) map[string]*record {
	all := map[string]*record{}
	for i, r := range runs {
		for _, s := range r.reviewers {
			of := all[s.Reviewer]
			if of == nil {
				of = &record{by: map[int]history.Share{}}
				all[s.Reviewer] = of
			}
			of.latest, of.by[i] = s, s
			of.asked, of.engaged = of.asked+s.Asked, of.engaged+s.Engaged
		}
	}
	return all
}

// compare puts models before analysers, and those who were asked in more runs first.
func (r *record) compare(o *record, name, other string) int {
	if r.latest.Tool != o.latest.Tool {
		if o.latest.Tool {
			return -1
		}
		return 1
	}
	return cmp.Or(cmp.Compare(len(o.by), len(r.by)), cmp.Compare(name, other))
}

func (r *record) track(runs []review, name string, n int) track {
	one := track{Name: report.Phrase(name), Lineage: report.Phrase(r.latest.Lineage), Share: report.Share(r.engaged, r.asked).String()}
	one.Picture = picture{ID: fmt.Sprintf("track-%d", n), Title: "Engagement of " + one.Name, Text: fmt.Sprintf("%s of seats in %d of %d runs", one.Share, len(r.by), len(runs))}
	for i, in := range runs {
		if s, ok := r.by[i]; ok {
			one.Picture.bar(i, len(runs), engagement(in, s))
		}
	}
	return one
}

// engagement is a bar as high as the share; none at all has a red foot.
func engagement(r review, s history.Share) mark {
	m := mark{to: float64(s.Engaged) / float64(s.Asked), tone: "calm", title: caption(r, fmt.Sprintf("%d of %d seats", s.Engaged, s.Asked))}
	switch {
	case s.Engaged == 0:
		m.to, m.tone = 0.16, "bad"
	case s.Engaged < s.Asked:
		m.tone = "warn"
	}
	return m
}

func caption(r review, what string) string { return r.Started + ", " + r.Label + ": " + what }

// Of gives the engagement of a reviewer in a run, for the table.
func (r review) Of(name string) string {
	for _, s := range r.reviewers {
		if s.Reviewer == name {
			return report.Ratio(s.Engaged, s.Asked).String()
		}
	}
	return "–"
}
