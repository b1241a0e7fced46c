package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"scrum/bundler"
	"scrum/tally"
)

// Decision is what a person says of a finding.
type Decision struct {
	As      As
	Reason  string
	Owner   string
	Today   Day
	Expires Day
}

// Check tells what a decision lacks.
func (d Decision) Check() error {
	switch {
	case strings.TrimSpace(d.Reason) == "":
		return errors.New("say why with --reason: it is what the next reader needs")
	case d.Expires == Never && !d.As.forGood():
		return fmt.Errorf("what is accepted as %s must expire, so that it is looked at again: give --expires a date, or a time such as 90d", d.As)
	case d.Expires != Never && d.Expires < d.Today:
		return fmt.Errorf("--expires %s has passed already; today is %s", d.Expires, d.Today)
	}
	return nil
}

// New makes an entry of a finding, so that the finding is known by it in the review
// that it is of. The error says why there can be none.
func New(plan *bundler.Plan, f *tally.Finding, d Decision) (Gap, error) {
	fp, err := newCode(plan).fingerprint(f)
	if err != nil {
		return Gap{}, fmt.Errorf("finding %s at %s cannot be accepted: %w", f.ID, placeOf(f), err)
	}
	g := Gap{
		Phase: Review, As: d.As, Reason: strings.TrimSpace(d.Reason), Owner: d.Owner, Accepted: d.Today, Expires: d.Expires,
		Severity: f.Severity, Path: f.Path, Line: f.Line, Side: f.Side, Title: oneLine(f.Title), Why: oneLine(f.Why),
		Fingerprint: fp.String(), Reviewers: f.Reviewers, Lineages: f.Lineages, Finding: f.ID,
	}
	if g.Title == "" {
		g.Title = "(no title)"
	}
	g.ID = idOf(g)
	m := (&Ledger{Name: File, Gaps: []Gap{g}}).Match(plan, []tally.Finding{*f}, Conditions{Today: d.Today})
	if _, known := m.Known[f.ID]; !known {
		return Gap{}, fmt.Errorf("finding %s at %s cannot be accepted: %s", f.ID, placeOf(f), tooCommon(m))
	}
	return g, nil
}

func tooCommon(m Matches) string {
	if len(m.Notes) > 0 {
		return m.Notes[0]
	}
	return "its code and the few lines shown around it are too common to be known again; more context (context.lines) shows more of them"
}

// idOf names an entry after what it is about.
func idOf(g Gap) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{g.Fingerprint, g.Title, g.Why}, "\x00")))
	return "g-" + hex.EncodeToString(sum[:3])
}

// oneLine bounds a text: enough to compare it, and to read it in the file.
func oneLine(text string) string {
	const longest = 600
	text = printable(text)
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "") + " …"
	}
	return text
}

// printable has one blank for white space and for all that does not show.
func printable(text string) string {
	return normal(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd")))
}
