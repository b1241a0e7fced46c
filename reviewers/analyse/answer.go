package analyse

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"scrum/prompts"
)

// Severities of the answer contract.
const (
	block = "BLOCK"
	warn  = "WARN"
	info  = "INFO"
)

// diagnostic is what a tool reports.
type diagnostic struct {
	path        string // of the change
	first, last int    // lines of the new side; 0 for the whole file
	severity    string
	check       string // the rule, such as SA4006
	message     string
	fix         string
	whole       bool // it is about the whole file, whatever its line: it cannot even be read
}

// result is what a tool has to say about all files of the change.
type result struct {
	diagnostics []diagnostic
	covered     map[string]bool   // paths that were really analysed
	skipped     map[string]string // paths that were not, and why
	notes       []string          // what else is to be known: output that was not understood
}

func newResult() result { return result{covered: map[string]bool{}, skipped: map[string]string{}} }

// answer writes a result in the answer contract, for the paths of one request.
// Text of tools is put on one line each, so that none of it can be read as a line
// of the contract.
func (w *Workspace) answer(tool string, r result, req prompts.Request) (string, error) {
	lines, err := w.lines()
	if err != nil {
		return "", err
	}
	named := w.named()
	byPath := r.byPath()
	var b, read, missed strings.Builder
	found, elsewhere := 0, 0
	for _, name := range req.Paths {
		path := named[name]
		for _, d := range byPath[path] {
			if !d.whole && d.first > 0 && !lines.touches(path, d.first, d.last) {
				elsewhere++
				continue
			}
			found++
			d.write(&b, tool, name)
		}
		if r.covered[path] {
			fmt.Fprintf(&read, "COVERED: %s\n", name)
		} else if why := r.skipped[path]; why != "" {
			fmt.Fprintf(&missed, "\n%s did not look at %s: %s\n", tool, name, oneLine(why))
		}
	}
	if found == 0 && missed.Len() == 0 {
		b.WriteString("NO FINDINGS\n\n")
	}
	b.WriteString(read.String() + missed.String())
	if elsewhere > 0 {
		fmt.Fprintf(&b, "\n%s: %d on unchanged lines not shown.\n", tool, elsewhere)
	}
	for _, n := range append(r.notes, w.outside(r)...) {
		fmt.Fprintf(&b, "\n%s: %s\n", tool, oneLine(n))
	}
	return b.String(), nil
}

// outside counts what was found in files that the change does not touch.
func (w *Workspace) outside(r result) []string {
	changed := map[string]bool{}
	for _, f := range w.change.Files {
		changed[f.Path] = true
	}
	n := 0
	for path, all := range r.byPath() {
		if !changed[path] {
			n += len(all)
		}
	}
	if n == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%d in files that the change does not touch not shown.", n)}
}

// byPath sorts the diagnostics; packages are analysed again with their tests, so
// the same one can come twice.
func (r result) byPath() map[string][]diagnostic {
	out := map[string][]diagnostic{}
	for _, d := range r.diagnostics {
		out[d.path] = append(out[d.path], d)
	}
	for path, all := range out {
		slices.SortFunc(all, func(a, b diagnostic) int {
			return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(a.last, b.last), cmp.Compare(a.check, b.check), cmp.Compare(a.message, b.message))
		})
		out[path] = slices.Compact(all)
	}
	return out
}

func (d diagnostic) write(b *strings.Builder, tool, name string) {
	title := cmp.Or(oneLine(d.message), "a problem without a message")
	if d.check != "" {
		title += " (" + oneLine(d.check) + ")"
	}
	fmt.Fprintf(b, "### %s: %s\nWHERE: %s%s\nWHY: reported by %s\n", d.severity, title, name, d.where(), tool)
	if d.fix != "" {
		fmt.Fprintf(b, "FIX: %s\n", oneLine(d.fix))
	}
	b.WriteString("\n")
}

func (d diagnostic) where() string {
	switch {
	case d.first <= 0:
		return ""
	case d.last > d.first:
		return fmt.Sprintf(":%d-%d", d.first, d.last)
	default:
		return fmt.Sprintf(":%d", d.first)
	}
}

// sortedKeys gives the keys of a map in order, so that the same input gives the
// same words.
func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }

// oneLine takes line breaks and control characters out of a tool's text, and
// bounds it.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	s = strings.Join(strings.Fields(s), " ")
	const longest = 600
	if r := []rune(s); len(r) > longest {
		return string(r[:longest]) + " …"
	}
	return s
}
