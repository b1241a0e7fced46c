package formats

import (
	"fmt"
	"html"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"scrum/parity"
	"scrum/parity/compare"
	"scrum/report"
)

// Markdown writes a result for a pull request or a file: a table of the cases, then a
// section for each divergence with the bodies of its cases.
type Markdown struct{}

// Write implements Writer.
func (Markdown) Write(w io.Writer, r *parity.Result) error {
	p := &sheet{}
	p.head(r)
	p.table(r)
	p.printf("\n%s\n", tally(r))
	shown := map[string]bool{}
	for i := range r.Divergences {
		p.divergence(r, i, shown)
	}
	p.rest(r, shown)
	p.layers(r)
	p.foot(r)
	_, err := io.WriteString(w, p.b.String())
	return err
}

type sheet struct{ b strings.Builder }

func (p *sheet) printf(format string, args ...any) { fmt.Fprintf(&p.b, format, args...) }

func (p *sheet) head(r *parity.Result) {
	p.printf("# %s\n\n", markup(headline(r)))
	for i, t := range r.Targets {
		role := ""
		if i == 0 {
			role = ", the reference"
		}
		p.printf("- %s: %s%s%s\n", code(t.Name), code(t.Address), role, markup(colon(t.Error)))
	}
	p.printf("\n")
}

func colon(s string) string {
	if s == "" {
		return ""
	}
	return ": " + s
}

func (p *sheet) row(cells ...string) { p.printf("| %s |\n", strings.Join(cells, " | ")) }

func (p *sheet) table(r *parity.Result) {
	head := []string{"case"}
	for _, t := range r.Targets {
		head = append(head, markup(t.Name))
	}
	for _, t := range others(r) {
		of := ""
		if len(r.Targets) > 2 {
			of = " " + markup(t.Name)
		}
		head = append(head, "status match"+of, "body match"+of)
	}
	p.row(head...)
	p.printf("%s|\n", strings.Repeat("|---", len(head)))
	for i := range r.Cases {
		c := &r.Cases[i]
		cells := []string{markup(c.Name)}
		for _, t := range r.Targets {
			cells = append(cells, status(answerOf(c, t.Name)))
		}
		for _, t := range others(r) {
			cmp := comparisonOf(c, t.Name)
			cells = append(cells, sign(layer(cmp, compare.Status)), body(cmp))
		}
		p.row(cells...)
	}
}

// divergence writes a cause and the answers of its cases, but of each case only once.
func (p *sheet) divergence(r *parity.Result, i int, shown map[string]bool) {
	d := &r.Divergences[i]
	p.printf("\n## DIFF %d: %s at %s: %s\n\n%s\n\n", i+1, d.Class, code(d.Path), plural(len(d.Cases), "case"), markup(about(d)))
	p.printf("In %s at %s: %s against %s%s\n", markup(d.Sample.Case), code(d.Sample.At), code(d.Sample.Reference), code(d.Sample.Other), markup(colon(d.Sample.Detail)))
	for k, name := range d.Cases {
		if shown[name] {
			p.printf("\n%s: its bodies are above.\n", markup(name))
			continue
		}
		shown[name] = true
		p.details(r, caseOf(r, name), k > 0)
	}
}

func caseOf(r *parity.Result, name string) *parity.Case {
	for i := range r.Cases {
		if r.Cases[i].Name == name {
			return &r.Cases[i]
		}
	}
	return &parity.Case{Name: name}
}

// details writes the request and all answers of a case.
func (p *sheet) details(r *parity.Result, c *parity.Case, folded bool) {
	if folded {
		p.printf("\n<details><summary>%s</summary>\n", html.EscapeString(phrase(c.Name)))
	}
	p.printf("\n### %s\n\n%s\n", markup(c.Name), code(c.Method+" "+c.Path))
	if c.Request != nil && c.Request.Body != "" {
		p.printf("\nRequest:\n\n%s", fenced("", c.Request.Body))
	}
	for _, t := range r.Targets {
		a := answerOf(c, t.Name)
		p.printf("\n%s\n\n%s", markup(answerLine(t.Name, a)), fenced(language(a), bodyText(a)))
	}
	if folded {
		p.printf("\n</details>\n")
	}
}

func language(a *parity.Answer) string {
	if a != nil && a.Body != nil && a.Body.Form == "JSON" && a.Body.Cut == 0 {
		return "json"
	}
	return ""
}

// rest writes what is neither a match nor a divergence, and the cases that are shown
// because everything is.
func (p *sheet) rest(r *parity.Result, shown map[string]bool) {
	var open []*parity.Case
	for i := range r.Cases {
		c := &r.Cases[i]
		if c.State == parity.StateNotCompared || c.State == parity.StateNotExecuted {
			open = append(open, c)
		}
	}
	if len(open) > 0 {
		p.printf("\n## Not compared\n\n")
	}
	for _, c := range open {
		p.printf("- %s: %s: %s\n", markup(c.Name), c.State, markup(c.Cause))
	}
	for i := range r.Cases {
		if c := &r.Cases[i]; c.Request != nil && !shown[c.Name] {
			p.details(r, c, false)
		}
	}
	for _, l := range lists(r) {
		p.printf("\n## %s\n\n", l.title)
		for _, line := range l.lines {
			p.printf("- %s\n", markup(line))
		}
	}
}

// layers is the table of everything that was compared.
func (p *sheet) layers(r *parity.Result) {
	p.printf("\n## Layers\n\n")
	head := []string{"case", "target"}
	for _, l := range compare.Layers() {
		head = append(head, string(l))
	}
	head = append(head, "time")
	p.row(head...)
	p.printf("%s|\n", strings.Repeat("|---", len(head)))
	for i := range r.Cases {
		for _, t := range others(r) {
			cmp := comparisonOf(&r.Cases[i], t.Name)
			cells := []string{markup(r.Cases[i].Name), markup(t.Name)}
			for _, l := range compare.Layers() {
				cells = append(cells, sign(layer(cmp, l)))
			}
			p.row(append(cells, ratio(cmp))...)
		}
	}
}

func (p *sheet) foot(r *parity.Result) {
	p.printf("\n%s same · %s differs · %s as the reference from itself · %s not compared\n\n%s\n", yes, no, noisy, unknown, markup(foot(r)))
}

// markup escapes strangers' text on one line: any punctuation may be escaped in
// Markdown. What pages link without markup is broken by an empty comment.
func markup(s string) string {
	s = phrase(s)
	var b strings.Builder
	before := ' '
	for i, r := range s {
		switch {
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '&':
			b.WriteString("&amp;")
		case r == '@':
			b.WriteString("@<!-- -->")
		case strings.ContainsRune("\\`*[]|~$#", r), r == '_' && (!isWordRune(before) || !followedByWord(s[i+1:])):
			b.WriteRune('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
		before = r
	}
	return strings.ReplaceAll(b.String(), "://", ":<!-- -->//")
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

func followedByWord(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return isWordRune(r)
}

// code is a span of code that no text can end.
func code(s string) string {
	s = strings.ReplaceAll(phrase(s), "|", "¦")
	if s == "" {
		return ""
	}
	ticks := strings.Repeat("`", longestRun(s)+1)
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		s = " " + s + " "
	}
	return ticks + s + ticks
}

// fenced is a block of code that no text can end.
func fenced(language, s string) string {
	s = report.Sanitise(s)
	fence := strings.Repeat("`", max(3, longestRun(s)+1))
	return fence + language + "\n" + s + "\n" + fence + "\n"
}

func longestRun(s string) int {
	longest, run := 0, 0
	for i := range len(s) {
		if s[i] != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}
