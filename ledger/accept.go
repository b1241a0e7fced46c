package ledger

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"scrum/bundler"
	"scrum/tally"
)

// Request asks for findings of a run to be accepted.
type Request struct {
	Plan     *bundler.Plan
	Findings []tally.Finding
	Run      string   // its id
	IDs      []string // of findings, or beginnings of them that are unique
	Decision Decision
}

// Accept writes entries for findings into a ledger's text: for all or for none. What
// was accepted before and has expired is renewed in place of the old entry.
func Accept(name string, data []byte, r Request) ([]byte, []Gap, error) {
	l, err := Parse(name, data)
	if err != nil {
		return nil, nil, err
	}
	var gaps []Gap
	var renewed []string
	for _, id := range r.IDs {
		f, err := pick(r.Findings, id)
		if err != nil {
			return nil, nil, err
		}
		g, err := New(r.Plan, f, r.Decision)
		if err != nil {
			return nil, nil, err
		}
		g.Run = r.Run
		if old := l.Find(g.ID); old != nil {
			if old.As != "" && !old.Expired(r.Decision.Today) {
				return nil, nil, fmt.Errorf("finding %s at %s is accepted already, as %s until %s: %s; to change that, remove it first with scrum gaps remove %s", f.ID, g.Place(), old.As, old.Expires, g.ID, g.ID)
			}
			renewed = append(renewed, g.ID)
		}
		if slices.ContainsFunc(gaps, func(other Gap) bool { return other.ID == g.ID }) {
			return nil, nil, fmt.Errorf("finding %s is named twice", f.ID)
		}
		gaps = append(gaps, g)
		renewed = append(renewed, l.recorded(f.ID)...)
	}
	if len(renewed) > 0 {
		if data, err = Remove(name, data, renewed...); err != nil {
			return nil, nil, err
		}
	}
	data, err = Append(name, data, gaps...)
	return data, gaps, err
}

// recorded are the entries of a finding that say nothing but that it was seen.
func (l *Ledger) recorded(finding string) []string {
	var out []string
	for i := range l.Gaps {
		if g := &l.Gaps[i]; g.Phase == Review && g.As == "" && g.Finding == finding && g.Fingerprint == "" {
			out = append(out, g.ID)
		}
	}
	return out
}

// pick finds a finding by its id or by the beginning of it.
func pick(findings []tally.Finding, id string) (*tally.Finding, error) {
	var hits []*tally.Finding
	for i := range findings {
		f := &findings[i]
		if f.ID == id {
			return f, nil
		}
		if id != "" && strings.HasPrefix(f.ID, id) {
			hits = append(hits, f)
		}
	}
	switch {
	case len(hits) == 1:
		return hits[0], nil
	case len(findings) == 0:
		return nil, fmt.Errorf("there is no finding %q: the run has none", clip(id))
	case len(hits) > 1:
		return nil, fmt.Errorf("%q begins the ids of %d findings:\n%s", clip(id), len(hits), menu(hits))
	}
	all := make([]*tally.Finding, len(findings))
	for i := range findings {
		all[i] = &findings[i]
	}
	return nil, fmt.Errorf("there is no finding %q in the run; it has:\n%s", clip(id), menu(all))
}

// menu lists findings to choose from.
func menu(findings []*tally.Finding) string {
	const most = 30
	var out []string
	for i, f := range findings {
		if i == most {
			out = append(out, fmt.Sprintf("  and %d more", len(findings)-most))
			break
		}
		out = append(out, fmt.Sprintf("  %s  %s %s  %s", f.ID, f.Severity, placeOf(f), clip(oneLine(f.Title))))
	}
	return strings.Join(out, "\n")
}

// Place is where a gap was, as editors open it.
func (g *Gap) Place() string {
	if g.Line == 0 {
		return g.Path
	}
	return fmt.Sprintf("%s:%d", g.Path, g.Line)
}

// ParseAs reads what a gap is accepted as; a dash does for an underscore.
func ParseAs(s string) (As, error) {
	list := strings.Join(Ways(), ", ")
	word := strings.ReplaceAll(s, "-", "_")
	switch {
	case s == "":
		return "", fmt.Errorf("say with --as what it is: %s", list)
	case slices.Contains(Ways(), word):
		return As(word), nil
	}
	if near := nearest(word, Ways()); near != "" {
		return "", fmt.Errorf("--as %q is not known; did you mean %s?", clip(s), near)
	}
	return "", fmt.Errorf("--as %q is not known; it is one of %s", clip(s), list)
}

// standard is how long an entry holds when nothing is said.
const standard = 90 // days

var daysForm = regexp.MustCompile(`^([1-9][0-9]{0,4})([dw])$`)

// ParseExpiry reads a last day: a date, a time from today such as 90d or 6w, or never.
func ParseExpiry(s string, today Day) (Day, error) {
	start, err := time.Parse(time.DateOnly, string(today))
	if err != nil {
		return "", fmt.Errorf("reading the day of today: %w", err)
	}
	if s == "" {
		return DayOf(start.AddDate(0, 0, standard)), nil
	}
	if Day(s) == Never {
		return Never, nil
	}
	if m := daysForm.FindStringSubmatch(s); m != nil {
		n, err := strconv.Atoi(m[1])
		if m[2] == "w" {
			n *= 7
		}
		return DayOf(start.AddDate(0, 0, n)), err
	}
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return DayOf(t), nil
	}
	return "", errors.New("--expires takes a date such as 2026-11-23, a time such as 90d, or never; it got " + strconv.Quote(clip(s)))
}
