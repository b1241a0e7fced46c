package report

import (
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/chroma/v2"

	"scrum/bundler"
	"scrum/tally"
)

// diffView is the change as it stands on the page.
type diffView struct {
	None  bool
	With  []fileView // files with findings, open
	Quiet []fileView // the others, folded
	Notes []string   // what is cut, and where it is
}

// fileView is a file of the diff.
type fileView struct {
	ID             string
	Path, OldPath  string
	Status         string
	Added, Deleted int
	Bundles        string
	Findings       int
	Counts         []severityCount
	Problem        string
	Body           template.HTML
}

type severityCount struct {
	N              int
	Severity, Look string
}

// diffWriter writes the files of the diff, as far as the budget goes.
type diffWriter struct {
	t      *template.Template
	b      strings.Builder
	left   budget
	err    error
	large  bool
	grey   int // files with lines that have no colours because there are too many
	absent int // lines that are not on the page
}

func newDiffWriter(t *template.Template) *diffWriter {
	return &diffWriter{t: t, left: budget{colour: colourAll, plain: plainAll, until: time.Now().Add(colourTime), lexers: map[string]chroma.Lexer{}}}
}

// write gives the files: those with findings first, so that they get the colours.
func (p placement) write(t *template.Template) (diffView, error) {
	w := newDiffWriter(t)
	bytes := 0
	for _, f := range p.files {
		bytes += f.bytes
	}
	w.large = bytes > largeDiff
	v := diffView{None: p.none}
	for _, quiet := range []bool{false, true} {
		for i, f := range p.files {
			if (f.findings == 0) != quiet {
				continue
			}
			fv := w.file(fmt.Sprintf("file-%d", i+1), f)
			if quiet {
				v.Quiet = append(v.Quiet, fv)
			} else {
				v.With = append(v.With, fv)
			}
		}
	}
	v.Notes = w.notes()
	return v, w.err
}

// notes say what the page does not show as it could.
func (w *diffWriter) notes() []string {
	var out []string
	if w.grey > 0 {
		out = append(out, fmt.Sprintf("%s without colours, in part or as a whole: at most %s of a file and %s of a page are coloured.",
			plural(w.grey, "file"), bytesText(colourFile), bytesText(colourAll)))
	}
	if w.large {
		out = append(out, fmt.Sprintf("The change is larger than %s: lines that are folded stand as plain text, without numbers and colours.", bytesText(largeDiff)))
	}
	if w.absent > 0 {
		out = append(out, fmt.Sprintf("%s not on this page, which holds at most %s of a change: they are in change.diff of the run directory.",
			plural(w.absent, "line"), bytesText(plainAll)))
	}
	return out
}

func (w *diffWriter) file(id string, f *placedFile) fileView {
	v := fileView{
		ID: id, Path: inline(f.Path), OldPath: inline(f.OldPath), Status: statusWord(f.Status), Added: f.added, Deleted: f.deleted,
		Bundles: inline(strings.Join(f.Bundles, ", ")), Findings: f.findings, Counts: f.counts(), Problem: phrase(f.Problem),
	}
	w.b.Reset()
	for _, finding := range f.whole {
		w.finding(finding)
	}
	p := &painter{file: f.Path, left: colourFile, all: &w.left}
	for i := range f.hunks {
		w.hunk(p, f, &f.hunks[i])
	}
	if p.short {
		w.grey++
	}
	v.Body = template.HTML(w.b.String()) //nolint:gosec // all of it is escaped where it is written
	return v
}

func statusWord(s bundler.Status) string {
	switch s {
	case bundler.Added:
		return "added"
	case bundler.Copied:
		return "copied"
	case bundler.Deleted:
		return "deleted"
	case bundler.Renamed:
		return "renamed"
	case bundler.Retyped:
		return "type changed"
	}
	return "changed"
}

func (f *placedFile) counts() []severityCount {
	n := map[tally.Severity]int{}
	for _, finding := range f.whole {
		n[finding.Severity]++
	}
	for i := range f.hunks {
		for _, list := range f.hunks[i].under {
			for _, finding := range list {
				n[finding.Severity]++
			}
		}
	}
	var out []severityCount
	for _, s := range []tally.Severity{tally.Block, tally.Warn, tally.Info} {
		if n[s] > 0 {
			out = append(out, severityCount{n[s], string(s), severityLook(s)})
		}
	}
	return out
}

// hunk writes the lines of a hunk, or those around its findings, and folds the rest.
func (w *diffWriter) hunk(p *painter, f *placedFile, h *placedHunk) {
	for i, s := range h.spans(f.findings == 0, w.large) {
		if s.folded {
			label := plural(s.to-s.from, "line") + " without findings"
			if len(h.under) == 0 {
				label = hunkTitle(h.Hunk) + ": " + label
			}
			w.b.WriteString(`<details class="fold"><summary>` + template.HTMLEscapeString(label) + `</summary>`)
			w.part(p, h, s, partFolded)
			w.b.WriteString("</details>\n")
			continue
		}
		w.part(p, h, s, kind(f, i))
	}
}

func hunkTitle(h bundler.Hunk) string {
	return fmt.Sprintf("@@ -%d,%d +%d,%d @@ %s", h.OldStart, h.OldLines, h.NewStart, h.NewLines, inline(h.Section))
}

// partKind is how a part of a hunk stands on the page.
type partKind int

const (
	partTitled partKind = iota // open, below the hunk's title
	partNext                   // open, after another part of the hunk
	partFolded
	partQuiet // in a file without findings, which is folded itself
)

func kind(f *placedFile, i int) partKind {
	switch {
	case f.findings == 0:
		return partQuiet
	case i == 0:
		return partTitled
	}
	return partNext
}

// part writes a span: as a table, as plain text, or, when the page is full, as what is
// missing. The findings below its lines are always there.
func (w *diffWriter) part(p *painter, h *placedHunk, s span, k partKind) {
	size := 0
	for i := s.from; i < s.to; i++ {
		size += len(h.lines[i].Text) + 1
	}
	switch {
	case size > w.left.plain:
		w.missing(h, s)
	case w.large && (k == partFolded || k == partQuiet):
		w.left.plain -= size
		w.plain(h, s)
	default:
		w.left.plain -= size
		w.table(p, h, s, k == partTitled || k == partQuiet)
	}
}

func (w *diffWriter) missing(h *placedHunk, s span) {
	w.absent += s.to - s.from
	fmt.Fprintf(&w.b, "<p class=\"cut\">%s not on this page: see change.diff of the run directory</p>\n", plural(s.to-s.from, "line"))
	for i := s.from; i < s.to; i++ {
		for _, f := range h.under[i] {
			w.finding(f)
		}
	}
}

func (w *diffWriter) plain(h *placedHunk, s span) {
	w.b.WriteString("<pre class=\"patch\">\n" + template.HTMLEscapeString(hunkTitle(h.Hunk)) + "\n")
	for i := s.from; i < s.to; i++ {
		w.b.WriteByte(h.lines[i].Kind)
		w.b.WriteString(escapeLine(h.text(i)))
		w.b.WriteByte('\n')
	}
	w.b.WriteString("</pre>\n")
}

// table writes lines with their numbers, each finding in a row below its line. The rows
// are most of a large page: their end tags are left out, as HTML allows.
func (w *diffWriter) table(p *painter, h *placedHunk, s span, titled bool) {
	w.b.WriteString("<table class=code><colgroup><col><col><col></colgroup><thead class=hush><tr><th scope=col>old line<th scope=col>new line<th scope=col>text</thead><tbody>\n")
	if titled {
		w.b.WriteString(`<tr class=h><td colspan=3>` + template.HTMLEscapeString(hunkTitle(h.Hunk)) + "\n")
	}
	texts := p.lines(h, s.from, s.to)
	for i := s.from; i < s.to; i++ {
		w.row(h.lines[i], texts[i-s.from], h.marked[i])
		for _, f := range h.under[i] {
			w.b.WriteString("<tr class=at><td colspan=3>")
			w.finding(f)
		}
	}
	w.b.WriteString("</table>\n")
}

func (w *diffWriter) row(l bundler.Line, text string, marked bool) {
	var classes []string
	switch l.Kind {
	case '+':
		classes = append(classes, "a")
	case '-':
		classes = append(classes, "d")
	}
	if marked {
		classes = append(classes, "m")
	}
	w.b.WriteString("<tr")
	if len(classes) > 0 {
		w.b.WriteString(` class="` + strings.Join(classes, " ") + `"`)
	}
	w.b.WriteString("><td>" + lineNumber(l.Old) + "<td>" + lineNumber(l.New) + "<td>" + text)
	if l.NoEOL {
		w.b.WriteString(" <em>no newline at the end of the file</em>")
	}
	w.b.WriteByte('\n')
}

func lineNumber(n int) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprint(n)
}

func (w *diffWriter) finding(f tally.Finding) {
	if err := w.t.ExecuteTemplate(&w.b, "finding", newFindingView(f)); err != nil && w.err == nil {
		w.err = err
	}
}

// Wordy tells that there is more than one bundle to name.
func (v fileView) Wordy() bool { return strings.Contains(v.Bundles, ",") }

// Files counts all files of the diff.
func (v diffView) Files() int { return len(slices.Concat(v.With, v.Quiet)) }
