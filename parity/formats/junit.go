package formats

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"scrum/parity"
	"scrum/report"
)

// JUnit writes a result for CI servers: a test case a case. What could not be compared
// or executed is an error there: skipped tests pass.
type JUnit struct{}

type junitSuite struct {
	XMLName    xml.Name        `xml:"testsuite"`
	Name       string          `xml:"name,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Errors     int             `xml:"errors,attr"`
	Time       string          `xml:"time,attr"`
	Timestamp  string          `xml:"timestamp,attr"`
	Properties []junitProperty `xml:"properties>property"`
	Cases      []junitCase     `xml:"testcase"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Name    string      `xml:"name,attr"`
	Class   string      `xml:"classname,attr"`
	File    string      `xml:"file,attr,omitempty"`
	Line    int         `xml:"line,attr,omitempty"`
	Time    string      `xml:"time,attr"`
	Failure *junitCause `xml:"failure,omitempty"`
	Error   *junitCause `xml:"error,omitempty"`
	Out     string      `xml:"system-out,omitempty"`
}

type junitCause struct {
	Type    string `xml:"type,attr"`
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// Write implements Writer.
func (JUnit) Write(w io.Writer, r *parity.Result) error {
	t := r.Totals
	suite := junitSuite{
		Name: "parity", Tests: t.Cases, Failures: t.Diff, Errors: t.NotCompared + t.NotExecuted,
		Time: seconds(t.WallMS * 1000), Timestamp: r.Started.UTC().Format(time.RFC3339), Properties: properties(r),
	}
	classes := map[string]*parity.Divergence{}
	for i := range r.Divergences {
		classes[r.Divergences[i].Signature] = &r.Divergences[i]
	}
	for i := range r.Cases {
		suite.Cases = append(suite.Cases, junit(r, &r.Cases[i], classes))
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(suite); err != nil {
		return fmt.Errorf("writing the result as JUnit: %w", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func seconds(us int64) string { return fmt.Sprintf("%.6f", float64(us)/1e6) }

func properties(r *parity.Result) []junitProperty {
	var out []junitProperty
	add := func(name, value string) { out = append(out, junitProperty{name, phrase(value)}) }
	add("verdict", headline(r))
	add("commit", r.Commit)
	add("dirty", fmt.Sprint(r.Dirty))
	add("tool_version", r.ToolVersion)
	for i, t := range r.Targets {
		add(fmt.Sprintf("target.%d", i), t.Name+" "+t.Address+colon(t.Error))
	}
	for i := range r.Divergences {
		add("divergence", title(&r.Divergences[i])+"; "+about(&r.Divergences[i]))
	}
	for i := range r.Noise {
		add("noise", noiseLine(&r.Noise[i]))
	}
	for i := range r.Rules {
		add("rule", ruleLine(&r.Rules[i]))
	}
	for i := range r.UnusedRules {
		add("unused rule", ruleLine(&r.UnusedRules[i]))
	}
	for _, n := range r.Notes {
		add("note", n)
	}
	return out
}

func junit(r *parity.Result, c *parity.Case, classes map[string]*parity.Divergence) junitCase {
	var took int64
	for _, a := range c.Answers {
		took += a.TookUS
	}
	out := junitCase{Name: phrase(c.Name), Class: "parity", File: phrase(c.File), Line: c.Line, Time: seconds(took)}
	text := report.Sanitise(plain(r, c))
	switch c.State {
	case parity.StateMatch:
		out.Out = text
	case parity.StateDiff:
		var titles []string
		for _, sig := range c.Divergences {
			if d := classes[sig]; d != nil {
				titles = append(titles, string(d.Class)+" at "+d.Path)
			}
		}
		out.Failure = &junitCause{c.State, phrase(strings.Join(titles, "; ")), text}
	default:
		out.Error = &junitCause{c.State, phrase(c.Cause), text}
	}
	return out
}

// plain is all that is known of a case as text.
func plain(r *parity.Result, c *parity.Case) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", c.Method, c.Path)
	for i := range c.Comparisons {
		for k := range c.Comparisons[i].Differences {
			d := &c.Comparisons[i].Differences[k]
			fmt.Fprintf(&b, "%s: %s at %s: %s against %s%s\n", c.Comparisons[i].Target, d.Class, d.At, d.Reference, d.Other, colon(d.Detail))
		}
	}
	if c.Request != nil && c.Request.Body != "" {
		fmt.Fprintf(&b, "request:\n%s\n", c.Request.Body)
	}
	for _, t := range r.Targets {
		a := answerOf(c, t.Name)
		fmt.Fprintf(&b, "%s\n", answerLine(t.Name, a))
		if a != nil && a.Body != nil {
			fmt.Fprintf(&b, "%s\n", bodyText(a))
		}
	}
	return b.String()
}
