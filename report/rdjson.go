package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"scrum/tally"
)

// RDJSON writes the Reviewdog Diagnostic Format. Reviewdog posts its messages as Markdown,
// in the name of its user: they are escaped for that.
type RDJSON struct {
	Lines bool // a diagnostic a line: rdjsonl
}

type rdResult struct {
	Source      rdSource       `json:"source"`
	Severity    string         `json:"severity,omitempty"` // the worst of them
	Diagnostics []rdDiagnostic `json:"diagnostics"`
}

type rdSource struct {
	Name string `json:"name"`
}

type rdDiagnostic struct {
	Message  string     `json:"message"`
	Location rdLocation `json:"location"`
	Severity string     `json:"severity"`
	Source   *rdSource  `json:"source,omitempty"`
	Code     rdCode     `json:"code"`
}

type rdLocation struct {
	Path  string   `json:"path"`
	Range *rdRange `json:"range,omitempty"`
}

type rdRange struct {
	Start rdPosition `json:"start"`
	End   rdPosition `json:"end"`
}

type rdPosition struct {
	Line int `json:"line"`
}

type rdCode struct {
	Value string `json:"value"`
}

// Write implements Writer.
func (f RDJSON) Write(w io.Writer, r *Review) error {
	list := rdDiagnostics(r)
	if !f.Lines {
		return WriteJSON(w, rdResult{rdSource{"scrum"}, worst(list), list})
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	for _, d := range list {
		d.Source = &rdSource{"scrum"}
		if err := enc.Encode(d); err != nil {
			return fmt.Errorf("writing rdjsonl: %w", err)
		}
	}
	_, err := w.Write(escaped(b.Bytes()))
	return err
}

func rdDiagnostics(r *Review) []rdDiagnostic {
	out := []rdDiagnostic{}
	ofReview := func(severity, rule, text string) {
		if text != "" {
			out = append(out, rdDiagnostic{Message: markup(text), Location: rdLocation{Path: r.anyPath()}, Severity: severity, Code: rdCode{rule}})
		}
	}
	ofReview("ERROR", ruleInconclusive, r.inconclusive())
	for _, l := range r.open() {
		out = append(out, rdFinding(r, l))
	}
	ofReview("INFO", ruleUnlisted, r.unlisted())
	return out
}

func rdFinding(r *Review, l listed) rdDiagnostic {
	var md sheet
	md.body(l.Finding)
	head := string(l.Severity)
	if convergent(l.Finding) {
		head = fmt.Sprintf("×%d %s", l.Convergence, head)
	}
	if at := l.place(); at != "" {
		head += " " + markup(at)
	}
	d := rdDiagnostic{
		Message:  head + ": " + strings.TrimSpace(md.String()),
		Location: rdLocation{Path: r.path(l.Finding)}, Severity: rdSeverity(l), Code: rdCode{l.rule},
	}
	if first, last := l.lines(); first > 0 {
		d.Location.Range = &rdRange{rdPosition{first}, rdPosition{last}}
	}
	return d
}

func rdSeverity(l listed) string {
	switch {
	case l.closes:
		return "ERROR"
	case l.Severity == tally.Info, !l.Gates():
		return "INFO"
	}
	return "WARNING"
}

func worst(list []rdDiagnostic) string {
	for _, s := range []string{"ERROR", "WARNING", "INFO"} {
		for _, d := range list {
			if d.Severity == s {
				return s
			}
		}
	}
	return ""
}
