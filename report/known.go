package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"scrum/ledger"
	"scrum/tally"
)

// knownAs says by which entry of the ledger a finding is known; "" when it is not.
func knownAs(f tally.Finding) string {
	if f.State != tally.Known || f.Gap == "" {
		return ""
	}
	return "accepted as " + words(f.KnownAs) + ": " + inline(f.Gap)
}

// signed is who reports a finding, and the id by which it can be accepted.
func signed(f tally.Finding) string { return attribution(f) + " · " + inline(f.ID) }

// known counts the findings that were accepted.
func (r *Review) known() string {
	n := 0
	for _, f := range r.Findings {
		if f.State == tally.Known {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(", %d known", n)
}

// words is a name with blanks: "false positive".
func words(name string) string { return strings.ReplaceAll(inline(name), "_", " ") }

// WriteGaps lists the entries of a ledger for people.
func WriteGaps(w io.Writer, l *ledger.Ledger, today ledger.Day) error {
	var b strings.Builder
	if len(l.Gaps) == 0 {
		fmt.Fprintf(&b, "%s has no entries\n", inline(l.Name))
	}
	for i := range l.Gaps {
		writeGap(&b, &l.Gaps[i], today)
	}
	_, err := io.WriteString(w, defuse(b.String()))
	return err
}

func writeGap(b *strings.Builder, g *ledger.Gap, today ledger.Day) {
	what := "not accepted"
	switch {
	case g.Expired(today):
		what = words(string(g.As)) + ", EXPIRED on " + inline(string(g.Expires))
	case g.Expires == ledger.Never:
		what = words(string(g.As)) + ", for good"
	case g.As != "":
		what = words(string(g.As)) + " until " + inline(string(g.Expires))
	}
	fmt.Fprintf(b, "%s  %s  %s\n", inline(g.ID), inline(string(g.Phase)), what)
	if about := strings.TrimSpace(strings.Join([]string{string(g.Severity), gapPlace(g), phrase(g.Title)}, " ")); about != "" {
		fmt.Fprintf(b, "    %s\n", about)
	}
	if g.Reason != "" {
		fmt.Fprintf(b, "    %s: %s\n", phrase(g.Owner), phrase(g.Reason))
	}
}

// gapPlace is where a gap is: a line, or what names it in every run.
func gapPlace(g *ledger.Gap) string {
	if g.Phase == ledger.Review {
		return inline(g.Place())
	}
	return inline(g.Fingerprint)
}

// WriteExpired lists the entries whose last day has passed, or says that there are
// none.
func WriteExpired(w io.Writer, l *ledger.Ledger, expired []*ledger.Gap) error {
	var b strings.Builder
	for _, g := range expired {
		fmt.Fprintf(&b, "%s:%d: %s expired on %s: %s %s (%s)\n", inline(l.Name), g.At, inline(g.ID), inline(string(g.Expires)), gapPlace(g), phrase(g.Title), phrase(g.Owner))
	}
	fmt.Fprintf(&b, "%s: %s, %d expired\n", inline(l.Name), plural(len(l.Gaps), "gap"), len(expired))
	_, err := io.WriteString(w, defuse(b.String()))
	return err
}

// gapLine is an entry as JSON has it.
type gapLine struct {
	ID          string   `json:"id"`
	Phase       string   `json:"phase"`
	As          string   `json:"as"`
	Reason      string   `json:"reason"`
	Owner       string   `json:"owner"`
	Seen        string   `json:"seen"`
	Accepted    string   `json:"accepted"`
	Expires     string   `json:"expires"`
	Expired     bool     `json:"expired"`
	Severity    string   `json:"severity"`
	Path        string   `json:"path"`
	Line        int      `json:"line"`
	Side        string   `json:"side"`
	Title       string   `json:"title"`
	Why         string   `json:"why"`
	Cases       []string `json:"cases"`
	Fingerprint string   `json:"fingerprint"`
	Reviewers   []string `json:"reviewers"`
	Lineages    []string `json:"lineages"`
	Run         string   `json:"run"`
	Finding     string   `json:"finding"`
}

// WriteGapsJSON lists the entries of a ledger as a JSON array.
func WriteGapsJSON(w io.Writer, l *ledger.Ledger, today ledger.Day) error {
	out := make([]gapLine, len(l.Gaps))
	for i := range l.Gaps {
		g := &l.Gaps[i]
		out[i] = gapLine{
			g.ID, string(g.Phase), string(g.As), g.Reason, g.Owner, string(g.Seen), string(g.Accepted), string(g.Expires), g.Expired(today),
			string(g.Severity), g.Path, g.Line, string(g.Side), g.Title, g.Why, orEmpty(g.Cases), g.Fingerprint, orEmpty(g.Reviewers), orEmpty(g.Lineages), g.Run, g.Finding,
		}
	}
	data, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the ledger as JSON: %w", err)
	}
	_, err = w.Write(escaped(append(data, '\n')))
	return err
}
