package report

import (
	"fmt"
	"strings"

	"scrum/tally"
)

// where is the place as editors and terminals open it. It has no spaces of its
// own but those of the path.
func where(f tally.Finding) string {
	path := inline(f.Path)
	switch {
	case f.Line <= 0:
		return path
	case f.EndLine > f.Line:
		return fmt.Sprintf("%s:%d-%d", path, f.Line, f.EndLine)
	}
	return fmt.Sprintf("%s:%d", path, f.Line)
}

// titleOf is the title on one line; a reviewer may have given none.
func titleOf(f tally.Finding) string {
	if title := phrase(f.Title); title != "" {
		return title
	}
	return "(no title)"
}

// remark says what is special about a place; "" when nothing is.
func remark(f tally.Finding) string {
	var out []string
	if f.Side == tally.Old && f.Line > 0 {
		out = append(out, "deleted line")
	}
	switch f.Anchor {
	case tally.Snapped:
		said := ""
		if len(f.Sources) > 0 {
			said = ", reported as " + phrase(f.Sources[0].Where)
		}
		out = append(out, "place repaired"+said)
	case tally.Whole:
		out = append(out, "the whole file")
	case tally.Outside:
		out = append(out, "not in the diff")
	case tally.Unknown:
		out = append(out, "no such path in the diff")
	}
	if k := knownAs(f); k != "" {
		out = append(out, k)
	}
	return strings.Join(out, "; ")
}

// attribution says who reports a finding, in words that tell agreement from a
// single voice.
func attribution(f tally.Finding) string {
	lineages := make([]string, len(f.Lineages))
	for i, l := range f.Lineages {
		lineages[i] = inline(l)
	}
	out := strings.Join(lineages, " + ")
	switch {
	case convergent(f):
		out += " agree"
	case len(lineages) == 1:
		out += " alone"
	}
	names := reviewerNames(f)
	switch {
	case out == "":
		out = "by " + names
	case names != "":
		out += " (" + names + ")"
	}
	if len(f.ConfirmedBy) > 0 {
		confirmed := make([]string, len(f.ConfirmedBy))
		for i, c := range f.ConfirmedBy {
			confirmed[i] = inline(c)
		}
		out += "; confirmed by " + strings.Join(confirmed, ", ")
	}
	return out
}

// reviewerNames are the reviewers, unless they are called like their lineages.
func reviewerNames(f tally.Finding) string {
	said := map[string]bool{}
	for _, l := range f.Lineages {
		said[strings.TrimPrefix(l, "tool:")] = true
	}
	var out []string
	news := false
	for _, r := range f.Reviewers {
		out = append(out, inline(r))
		news = news || !said[r]
	}
	if !news {
		return ""
	}
	return strings.Join(out, ", ")
}

// explained says why the reports of a finding are taken for one problem.
func explained(f tally.Finding) []string {
	var out []string
	for _, j := range f.Joins {
		if j.A >= len(f.Sources) || j.B >= len(f.Sources) {
			continue
		}
		a, b := f.Sources[j.A], f.Sources[j.B]
		text := fmt.Sprintf("%s (%s) and %s (%s): %s", inline(a.Reviewer), phrase(a.Where), inline(b.Reviewer), phrase(b.Where), joinWords(j.Rule))
		if j.Rule != tally.Repeated {
			text += fmt.Sprintf(", likeness %.2f", j.Score)
		}
		out = append(out, text)
	}
	return out
}

func joinWords(r tally.JoinRule) string {
	switch r {
	case tally.SameLine:
		return "one line, and the texts are alike"
	case tally.TooShort:
		return "one line, and one text is too short to speak of something else"
	case tally.Nearby:
		return "lines close by, and the texts are alike"
	case tally.SameFile:
		return "the whole file, and the texts are alike"
	case tally.Overlap:
		return "lines that overlap, and the texts are alike"
	case tally.Repeated:
		return "one reviewer says it twice"
	}
	return string(r)
}

// others are the reports of a finding that say something else than it does.
func others(f tally.Finding) []string {
	var out []string
	for _, s := range f.Sources {
		switch {
		case s.Retracted != "":
			out = append(out, fmt.Sprintf("%s took it back: %s", inline(s.Reviewer), phrase(s.Retracted)))
		case s.Title != f.Title || s.Severity != f.Severity:
			out = append(out, fmt.Sprintf("%s says %s: %s", inline(s.Reviewer), s.Severity, phrase(s.Title)))
		}
	}
	return out
}
