package report

import (
	"fmt"
	"io"
	"strings"

	"scrum/tally"
)

// Annotations writes the workflow commands of GitHub's runner, which shows them beside
// the lines of a change. It is the only place in which commands are written on purpose.
type Annotations struct{}

// maxAnnotations is how many of a level the runner shows of a step.
const maxAnnotations = 10

// annotation is one command; path "" speaks of the whole review.
type annotation struct {
	level       string // error, warning or notice
	path        string
	first, last int
	title, text string
}

// Write implements Writer. What closes the gate comes first; what finds no room is
// counted in the last line.
func (Annotations) Write(w io.Writer, r *Review) error {
	head := annotationOfReview(r)
	room := map[string]int{"error": maxAnnotations, "warning": maxAnnotations, "notice": maxAnnotations - 1} // the last line is a notice
	room[head.level]--
	commands := []string{head.String()}
	left := 0
	for _, l := range r.open() {
		a := annotationOf(r, l)
		if room[a.level] == 0 {
			left++
			continue
		}
		room[a.level]--
		commands = append(commands, a.String())
	}
	var rest []string
	if left > 0 {
		rest = append(rest, fmt.Sprintf("%s not annotated, because GitHub shows %d of a level a step", isMore(left), maxAnnotations))
	}
	if s := r.unlisted(); s != "" {
		rest = append(rest, s)
	}
	if len(rest) > 0 {
		commands = append(commands, annotation{level: "notice", title: "scrum: not annotated", text: strings.Join(rest, ". ")}.String())
	}
	_, err := io.WriteString(w, strings.Join(commands, "\n")+"\n")
	return err
}

func isMore(n int) string {
	if n == 1 {
		return "1 more finding is"
	}
	return fmt.Sprintf("%d more findings are", n)
}

func annotationOfReview(r *Review) annotation {
	a := annotation{level: "notice", title: "scrum: " + outcomeWord(r.Verdict.Outcome), text: tell(r).summary() + "\n" + r.because()}
	if r.Verdict.Outcome != tally.Pass {
		a.level = "error"
	}
	if why := r.inconclusive(); why != "" {
		a.text = why
	}
	return a
}

func annotationOf(r *Review, l listed) annotation {
	first, last := l.lines()
	title := string(l.Severity) + ": " + titleOf(l.Finding)
	if convergent(l.Finding) {
		title = fmt.Sprintf("×%d %s", l.Convergence, title)
	}
	a := annotation{level: "warning", path: r.path(l.Finding), first: first, last: last, title: title, text: l.plain()}
	switch {
	case l.closes:
		a.level = "error"
	case l.Severity == tally.Info, !l.Gates():
		a.level = "notice"
	}
	return a
}

// String is the command on one line.
func (a annotation) String() string {
	var properties []string
	add := func(name, value string) {
		properties = append(properties, name+"="+commandProperty.Replace(inline(value)))
	}
	if a.path != "" {
		add("file", a.path)
	}
	if a.first > 0 {
		add("line", fmt.Sprint(a.first))
		add("endLine", fmt.Sprint(a.last))
	}
	add("title", a.title)
	return "::" + a.level + " " + strings.Join(properties, ",") + "::" + commandText.Replace(Sanitise(a.text))
}

// The runner's escapes.
var (
	commandText     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	commandProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)
