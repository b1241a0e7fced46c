package analyse

import (
	"cmp"
	"fmt"
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
}

// result is what a tool has to say about all files of the change.
type result struct {
	diagnostics []diagnostic
	covered     map[string]bool   // paths that were really analysed
	skipped     map[string]string // paths that were not, and why
}

// answer writes a result in the answer contract, for the paths of one request.
// Text of tools is put on one line each, so that none of it can be read as a line
// of the contract.
func (w *Workspace) answer(tool string, r result, req prompts.Request) (string, error) {
	lines, err := w.lines()
	if err != nil {
		return "", err
	}
	named := w.named()
	var b strings.Builder
	found, elsewhere := 0, 0
	for _, name := range req.Paths {
		path := named[name]
		for _, d := range sorted(r.diagnostics, path) {
			if d.first > 0 && !lines.touches(path, d.first, d.last) {
				elsewhere++
				continue
			}
			found++
			d.write(&b, tool, name)
		}
	}
	if found == 0 {
		b.WriteString("NO FINDINGS\n\n")
	}
	for _, name := range req.Paths {
		switch path := named[name]; {
		case r.covered[path]:
			fmt.Fprintf(&b, "COVERED: %s\n", name)
		case r.skipped[path] != "":
			fmt.Fprintf(&b, "%s did not look at %s: %s\n", tool, name, oneLine(r.skipped[path]))
		}
	}
	if elsewhere > 0 {
		fmt.Fprintf(&b, "\n%s: %d on unchanged lines not shown.\n", tool, elsewhere)
	}
	return b.String(), nil
}

func sorted(all []diagnostic, path string) []diagnostic {
	var out []diagnostic
	for _, d := range all {
		if d.path == path {
			out = append(out, d)
		}
	}
	slices.SortFunc(out, func(a, b diagnostic) int {
		return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(a.check, b.check), cmp.Compare(a.message, b.message))
	})
	return slices.Compact(out)
}

func (d diagnostic) write(b *strings.Builder, tool, name string) {
	title := oneLine(d.message)
	if d.check != "" {
		title += " (" + oneLine(d.check) + ")"
	}
	fmt.Fprintf(b, "### %s: %s\nWHERE: %s%s\nWHY: reported by %s: %s\n", d.severity, title, name, d.where(), tool, oneLine(d.message))
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

// oneLine takes line breaks and control characters out of a tool's text, and
// bounds it.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) {
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
