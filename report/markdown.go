package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"scrum/tally"
)

// Markdown writes a review for a pull request or a file: the same contents as on a
// terminal, with nothing left to another file but the texts that are too long for
// a comment.
type Markdown struct{}

// Write implements Writer.
func (Markdown) Write(w io.Writer, r *Review) error {
	p := &sheet{}
	s := tell(r)
	p.head(s)
	for _, c := range s.chapters {
		p.chapter(c)
	}
	for _, a := range s.asides {
		p.aside(a)
	}
	p.unparsed(s)
	p.examined(s)
	p.coverage(s)
	p.anchors(s)
	p.leftOut(s)
	p.changes(s)
	p.foot(s)
	_, err := io.WriteString(w, p.String())
	return err
}

// sheet collects the document.
type sheet struct{ b strings.Builder }

func (p *sheet) String() string { return defuse(p.b.String()) }

func (p *sheet) printf(format string, args ...any) { fmt.Fprintf(&p.b, format, args...) }

func (p *sheet) head(s story) {
	v := s.Verdict
	p.printf("# %s\n\n", markup(strings.TrimRight(outcomeWord(v.Outcome)+": "+phrase(s.Run.Label)+s.commits(), ": ")))
	if v.Rule != "" {
		p.printf("Rule %s: ", code(phrase(v.Rule)))
	}
	p.printf("%s (exit status %d)\n\n", code(phrase(v.Reason)), v.ExitCode)
	p.printf("%s\n", markup(s.summary()))
	if list := s.agreed(); v.Outcome == tally.Blocked && len(list) > 0 {
		p.printf("\n")
		for _, f := range list {
			p.printf("- ×%d %s %s\n", f.Convergence, code(where(f)), markup(titleOf(f)))
		}
	}
	if s.Run.Scripted {
		p.printf("\n> The models of this run are scripted: their answers were written beforehand.\n")
	}
	for _, n := range s.Notes {
		p.printf("\n> %s\n", markup(phrase(n)))
	}
	if len(s.chapters) == 0 {
		return
	}
	var rows []string
	for _, c := range s.chapters {
		rows = append(rows, c.row)
	}
	p.printf("\n%s", fenced("text", strings.Join(rows, "\n")))
}

func (p *sheet) chapter(c chapter) {
	p.printf("\n## %s %s\n\n%s\n", markup(inline(c.ID)), markup(phrase(c.Component)), markup(aboutBundle(c.Bundle)))
	if !c.Covered {
		p.printf("\n**Not covered:** %s\n", markup(phrase(c.Why)))
	}
	if len(c.findings) == 0 {
		p.printf("\nNo findings.\n")
	}
	for _, f := range c.findings {
		p.finding("", f)
	}
}

// finding begins with what stands before its severity: the bundle where that is
// not the chapter.
func (p *sheet) finding(before string, f tally.Finding) {
	if convergent(f) {
		before += fmt.Sprintf("×%d ", f.Convergence)
	}
	p.printf("\n### %s%s %s\n\n", markup(before), f.Severity, code(where(f)))
	p.body(f)
}

// body is all of a finding but its place and its severity.
func (p *sheet) body(f tally.Finding) {
	p.printf("**%s**\n\n", markup(titleOf(f)))
	p.printf("%s\n", markup(signed(f)))
	if r := remark(f); r != "" {
		p.printf("\n*%s*\n", markup(r))
	}
	p.text("", f.Why)
	p.text("**Fix.** ", f.Fix)
	if lines := append(others(f), opinionLines(f)...); len(lines) > 0 {
		p.printf("\n")
		for _, o := range lines {
			p.printf("- %s\n", markup(o))
		}
	}
}

// maxText bounds a text: pages that show Markdown refuse what is too long, and then
// show nothing at all.
const maxText = 4 << 10

// text writes a paragraph or several of a reviewer's words.
func (p *sheet) text(label, words string) {
	words = strings.TrimSpace(Sanitise(words))
	if words == "" {
		return
	}
	cut := ""
	if len(words) > maxText {
		kept := strings.ToValidUTF8(words[:maxText], "")
		cut = fmt.Sprintf("\n*%d more bytes in findings.json*\n", len(words)-len(kept))
		words = kept
	}
	p.printf("\n%s%s", prose(label, words), cut)
}

func (p *sheet) aside(a aside) {
	p.printf("\n## %s\n", a.title)
	for _, f := range a.findings {
		p.finding(inline(f.Bundle)+": ", f)
	}
}

func (p *sheet) unparsed(s story) {
	if len(s.Unparsed) == 0 {
		return
	}
	p.printf("\n## Looks like a finding, but could not be read: not counted\n")
	for _, u := range s.Unparsed {
		p.printf("\n%s on %s:\n", markup(inline(u.Reviewer)), markup(inline(u.Bundle)))
		text := strings.TrimSpace(Sanitise(u.Text))
		p.printf("\n%s", fenced("text", text))
	}
}

func (p *sheet) coverage(s story) {
	m := s.matrix()
	if len(m.reviewers) == 0 {
		return
	}
	p.printf("\n## Who read what\n\n")
	head, lineages := []string{"", "quorum"}, []string{"", ""}
	for _, c := range m.reviewers {
		head = append(head, c.name)
		lineages = append(lineages, c.lineage)
	}
	p.tableRow(head)
	p.printf("%s|\n", strings.Repeat("|---", len(head)))
	p.tableRow(lineages)
	for _, b := range m.bundles {
		quorum := "yes"
		if !m.covered[b] {
			quorum = "NO"
		}
		cells := []string{b, quorum}
		for _, c := range m.reviewers {
			cells = append(cells, c.cell(b))
		}
		p.tableRow(cells)
	}
	p.printf("\n%s\n", markup(m.legend()))
	if list := s.troubles(); len(list) > 0 {
		p.printf("\n")
		for _, t := range list {
			p.printf("- %s %s\n", sign(t.state), markup(t.String()))
		}
	}
}

func (p *sheet) tableRow(cells []string) {
	for _, c := range cells {
		p.printf("| %s ", markup(c))
	}
	p.printf("|\n")
}

func (p *sheet) leftOut(s story) {
	if len(s.LeftOut) == 0 {
		return
	}
	p.printf("\n## Left out: %s\n\n| file | reason | bytes |\n|---|---|---:|\n", plural(len(s.LeftOut), "file"))
	for _, l := range s.LeftOut {
		p.printf("| %s | %s | %d |\n", markup(inline(l.Path)), markup(phrase(l.Reason)), l.Bytes)
	}
}

func (p *sheet) foot(s story) {
	p.printf("\n---\n\n%s\n\nscrum %s · run %s · %s\n", markup(s.totals()), markup(phrase(s.Run.ToolVersion)), markup(phrase(s.Run.ID)), s.Run.Started.UTC().Format(time.RFC3339))
}
