package report

import (
	"fmt"
	"slices"
	"strings"

	"scrum/tally"
)

// findingView is a finding as the page shows it in full, once.
type findingView struct {
	ID          string // of the element; links end with it
	Name        string // of the finding, by which it can be accepted
	Severity    string
	Look        string // class of the severity
	Heading     []spanView
	Where       string
	Bundle      string
	Lineages    string // separated by "|", for the filter
	Convergence int
	State       string // open, retracted, refuted, known
	StateWord   string // when it is not just open
	Attribution string
	Remark      string
	Why, Fix    proseView
	Opinions    []string
	Joins       []string
	Sources     []sourceView
	Reports     string // how many they are
}

// sourceView is one reviewer's own words.
type sourceView struct {
	Reviewer, Lineage, Severity, Look string
	Title, Where, Text                string
	Cut                               int // bytes that are not on the page
	Remarks                           []string
}

// proseView is a reviewer's text in paragraphs.
type proseView struct {
	Blocks []blockView
	Cut    int
}

type blockView struct {
	Code  string // a fence, when there are no spans
	Spans []spanView
}

type spanView struct {
	Text string
	Code bool
}

func newFindingView(f tally.Finding) findingView {
	v := findingView{
		ID: elementID(f), Name: inline(f.ID), Severity: severityWord(f.Severity), Look: severityLook(f.Severity),
		Heading: spans(titleOf(f)), Where: where(f), Bundle: inline(f.Bundle), Lineages: lineageData(f), Convergence: f.Convergence,
		State: inline(string(f.State)), StateWord: shownState(f), Attribution: attribution(f), Remark: remark(f),
		Why: newProse(f.Why), Fix: newProse(f.Fix), Opinions: opinionLines(f), Joins: explained(f), Reports: plural(len(f.Sources), "report"),
	}
	for _, s := range f.Sources {
		v.Sources = append(v.Sources, newSourceView(s))
	}
	return v
}

// elementID names the finding in the page and in links to it.
func elementID(f tally.Finding) string {
	return "finding-" + strings.Join(strings.Fields(inline(f.ID)), "_")
}

func severityWord(s tally.Severity) string {
	if s == "" {
		return "–"
	}
	return inline(string(s))
}

func severityLook(s tally.Severity) string {
	switch s {
	case tally.Block:
		return "bad"
	case tally.Warn:
		return "warn"
	}
	return "info"
}

// lineageData lists the lineages for the filter: those that report it, and those that
// did and took it back.
func lineageData(f tally.Finding) string {
	var out []string
	add := func(l string) {
		if l = inline(l); l != "" && !slices.Contains(out, l) {
			out = append(out, strings.ReplaceAll(l, "|", "/"))
		}
	}
	for _, l := range f.Lineages {
		add(l)
	}
	for _, s := range f.Sources {
		add(s.Lineage)
	}
	return strings.Join(out, "|")
}

// shownState says what became of a finding; "" when it simply stands.
func shownState(f tally.Finding) string {
	switch {
	case f.State == tally.Retracted:
		return "taken back"
	case f.State == tally.Refuted:
		return "refuted"
	case f.State == tally.Known:
		return "known"
	case len(f.ConfirmedBy) > 0:
		return "confirmed"
	}
	return ""
}

func newSourceView(s tally.Source) sourceView {
	v := sourceView{
		Reviewer: inline(s.Reviewer), Lineage: inline(s.Lineage), Severity: severityWord(s.Severity), Look: severityLook(s.Severity),
		Title: phrase(s.Title), Where: phrase(s.Where),
	}
	v.Text, v.Cut = shortened(s.Text)
	if s.Retracted != "" {
		v.Remarks = append(v.Remarks, "taken back: "+phrase(s.Retracted))
	}
	if s.Anchor != "" && s.Anchor != tally.Exact {
		v.Remarks = append(v.Remarks, "its place: "+anchorWord(s.Anchor))
	}
	switch s.Quoted {
	case "here":
		v.Remarks = append(v.Remarks, "the code that it quotes stands there")
	case "elsewhere":
		v.Remarks = append(v.Remarks, "the code that it quotes stands elsewhere in the file")
	}
	if s.Mended {
		v.Remarks = append(v.Remarks, "read from JSON that was broken")
	}
	return v
}

func anchorWord(a tally.Anchor) string {
	if i := slices.Index(anchorKinds(), a); i >= 0 {
		return anchorHeads()[i]
	}
	return inline(string(a))
}

// maxWords bounds one text of one reviewer on the page.
const maxWords = 8 << 10

func shortened(words string) (text string, cut int) {
	text = strings.TrimSpace(Sanitise(words))
	if len(text) <= maxWords {
		return text, 0
	}
	kept := strings.ToValidUTF8(text[:maxWords], "")
	return kept, len(text) - len(kept)
}

// newProse cuts a text into paragraphs and fences. Nothing else of Markdown is read,
// and nothing becomes a link.
func newProse(words string) proseView {
	text, cut := shortened(words)
	p := proseView{Cut: cut}
	var paragraph []string
	end := func() {
		if joined := strings.TrimSpace(strings.Join(paragraph, "\n")); joined != "" {
			p.Blocks = append(p.Blocks, blockView{Spans: spans(joined)})
		}
		paragraph = nil
	}
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		switch n := fenceEnd(lines, i); {
		case n > i:
			end()
			if code := strings.Join(lines[i+1:n], "\n"); code != "" {
				p.Blocks = append(p.Blocks, blockView{Code: code})
			}
			i = n
		case strings.TrimSpace(lines[i]) == "":
			end()
		default:
			paragraph = append(paragraph, lines[i])
		}
	}
	end()
	return p
}

// spans finds `code` in a paragraph. A backtick without its partner is a backtick.
func spans(s string) []spanView {
	parts := strings.Split(s, "`")
	if len(parts)%2 == 0 {
		return []spanView{{Text: s}}
	}
	var out []spanView
	for i, part := range parts {
		if part != "" {
			out = append(out, spanView{Text: part, Code: i%2 == 1})
		}
	}
	return out
}

func (c blockView) IsCode() bool { return len(c.Spans) == 0 }

// Several tells that more than one lineage reports it.
func (v findingView) Several() bool { return v.Convergence >= 2 }

// WordsLabel names the fold of the reviewers' own words.
func (v findingView) WordsLabel() string {
	names := make([]string, 0, len(v.Sources))
	for _, s := range v.Sources {
		names = append(names, s.Reviewer)
	}
	return fmt.Sprintf("Own words: %s", strings.Join(names, ", "))
}
