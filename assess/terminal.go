package assess

import (
	"fmt"
	"io"
	"strings"
	"time"

	"scrum/ledger"
	"scrum/report"
)

// Terminal writes a result for people.
type Terminal struct {
	Color bool
}

// Write implements Writer.
func (t Terminal) Write(w io.Writer, r *Result) error {
	var b strings.Builder
	t.evidence(&b, r)
	t.gaps(&b, r)
	if r.Last != nil {
		fmt.Fprintf(&b, "\n%s\n", r.Last.sentence())
	}
	if lines := r.written(); len(lines) > 0 {
		fmt.Fprintf(&b, "\n%s\n", strings.Join(lines, "\n"))
	}
	if len(r.Notes) > 0 {
		b.WriteString("\nNotes\n")
		for _, n := range r.Notes {
			fmt.Fprintf(&b, "  %s\n", report.Phrase(n))
		}
	}
	t.verdict(&b, r)
	_, err := io.WriteString(w, b.String())
	return err
}

func (t Terminal) evidence(b *strings.Builder, r *Result) {
	b.WriteString("Evidence")
	if r.Run != "" {
		fmt.Fprintf(b, " of the run %s, commit %s", report.Phrase(r.Run), report.Phrase(short(r.Commit)))
	}
	b.WriteString("\n")
	for i := range r.Evidence {
		e := &r.Evidence[i]
		fmt.Fprintf(b, "  %-7s %s\n", e.Phase, t.paint(e.color(), e.state())+e.details(r.Assessed))
	}
}

// state is the quality of an item; of good evidence that decides nothing it says so.
func (i *Item) state() string {
	if i.Quality == Good && !i.Decides {
		return "undecided"
	}
	return string(i.Quality)
}

func (i *Item) color() color {
	switch {
	case i.Quality == Good && i.Decides:
		return green
	case i.Quality == NotNeeded:
		return plain
	}
	return yellow
}

// details are what stands behind the state of an item.
func (i *Item) details(now time.Time) string {
	var parts []string
	if i.Headline != "" {
		parts = append(parts, report.Phrase(i.Headline))
	}
	if i.Reason != "" {
		parts = append(parts, report.Phrase(i.Reason))
	}
	if !i.Finished.IsZero() {
		parts = append(parts, i.origin(now))
	}
	if len(parts) == 0 {
		return ""
	}
	return ": " + strings.Join(parts, "; ")
}

// origin tells how old an item is, and what has written it.
func (i *Item) origin(now time.Time) string {
	text := "just now"
	if age := now.Sub(i.Finished); age >= time.Second {
		text = round(age) + " ago"
	}
	if i.ToolVersion != "" {
		text += ", by " + report.Phrase(i.ToolVersion)
	}
	if i.Dirty {
		text += ", of files that are in no commit"
	}
	return text
}

// states are the states of gaps in the order in which they are shown, with headings.
func states() []struct {
	State   ledger.State
	Heading string
} {
	return []struct {
		State   ledger.State
		Heading string
	}{
		{ledger.StateNew, "New gaps"}, {ledger.StateExpired, "Expired: accepted until a day that has passed"}, {ledger.StateKnown, "Known and accepted"},
		{ledger.StateFixed, "Fixed: in the ledger, and do not occur any more"}, {ledger.StateStale, "Stale: in the ledger, and this run says nothing of them"},
	}
}

// in lists the gaps of a state.
func (r *Result) in(s ledger.State) []Gap {
	var out []Gap
	for _, g := range r.Gaps {
		if g.State == s {
			out = append(out, g)
		}
	}
	return out
}

func (t Terminal) gaps(b *strings.Builder, r *Result) {
	for _, s := range states() {
		list := r.in(s.State)
		if len(list) == 0 {
			continue
		}
		fmt.Fprintf(b, "\n%s\n", t.paint(bold, s.Heading))
		for _, g := range list {
			fmt.Fprintf(b, "  %s  %s\n", g.Phase, report.Phrase(g.Title))
			fmt.Fprintf(b, "      %s\n", report.Phrase(strings.Join(g.facts(), " · ")))
			if g.Note != "" {
				fmt.Fprintf(b, "      %s\n", report.Phrase(g.Note))
			}
		}
	}
}

// facts are what there is to know of a gap beside its title.
func (g *Gap) facts() []string {
	var out []string
	if g.Signature != "" {
		out = append(out, g.Signature)
	}
	if g.Entry != "" {
		out = append(out, g.Entry)
	}
	if g.As != "" {
		out = append(out, strings.ReplaceAll(string(g.As), "_", " "))
	}
	if g.Expires != "" {
		out = append(out, g.until())
	}
	if g.Since != "" {
		out = append(out, plural(g.Days, "day", "days")+" old")
	}
	if len(g.Cases) > 0 && g.Phase != ledger.Smoke {
		out = append(out, few(g.Cases))
	}
	if g.Owner != "" {
		out = append(out, g.Owner+": "+g.Reason)
	}
	return out
}

// until is how long a gap is accepted.
func (g *Gap) until() string {
	if g.Expires == ledger.Never {
		return "for good"
	}
	return "until " + string(g.Expires)
}

// few names some and counts the rest.
func few(names []string) string {
	const most = 6
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

func (t Terminal) verdict(b *strings.Builder, r *Result) {
	v := r.Verdict
	c := map[Outcome]color{Ship: green, KnownGap: green, Hold: yellow, NoShip: red}[v.Outcome]
	fmt.Fprintf(b, "\nverdict: %s\n", t.paint(c, string(v.Outcome)))
	fmt.Fprintf(b, "%s\n", decidedBy(v))
	fmt.Fprintf(b, "matches expectations: %s (%s)\n", yes(r.Matches), report.Phrase(r.Expectations))
	fmt.Fprintf(b, "releasable: %s\n", yes(r.Releasable))
}

func decidedBy(v Verdict) string {
	if v.Rule == "" {
		return "decided by no rule: " + report.Phrase(v.Reason)
	}
	return "decided by the rule " + report.Phrase(v.Rule) + ": " + report.Phrase(v.Reason)
}

type color string

const (
	plain  color = ""
	bold   color = "1"
	red    color = "31"
	green  color = "32"
	yellow color = "33"
)

func (t Terminal) paint(c color, s string) string {
	if !t.Color || c == plain {
		return s
	}
	return "\x1b[" + string(c) + "m" + s + "\x1b[0m"
}
