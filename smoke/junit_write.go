package smoke

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"scrum/report"
)

// JUnitFile writes a result as a JUnit file: a suite of the services, one of the steps,
// and one for each step that tells of its tests.
type JUnitFile struct{}

type xmlSuites struct {
	XMLName xml.Name `xml:"testsuites"`
	Name    string   `xml:"name,attr"`
	xmlCounts
	Suites []xmlSuite `xml:"testsuite"`
}

type xmlSuite struct {
	Name string `xml:"name,attr"`
	xmlCounts
	Timestamp string    `xml:"timestamp,attr,omitempty"`
	Cases     []xmlCase `xml:"testcase"`
}

type xmlCounts struct {
	Tests    int    `xml:"tests,attr"`
	Failures int    `xml:"failures,attr"`
	Errors   int    `xml:"errors,attr"`
	Skipped  int    `xml:"skipped,attr"`
	Time     string `xml:"time,attr"`
}

type xmlCase struct {
	Name    string    `xml:"name,attr"`
	Class   string    `xml:"classname,attr"`
	Time    string    `xml:"time,attr"`
	Failure *xmlFault `xml:"failure"`
	Error   *xmlFault `xml:"error"`
	Skipped *xmlFault `xml:"skipped"`
	Out     string    `xml:"system-out,omitempty"`
}

type xmlFault struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

// Write implements Writer.
func (JUnitFile) Write(w io.Writer, r *Result) error {
	doc := xmlSuites{Name: "smoke"}
	doc.add(servicesSuite(r), r)
	doc.add(stepsSuite(r), r)
	for _, s := range r.Steps {
		if len(s.Cases) > 0 {
			doc.add(casesSuite(s), r)
		}
	}
	doc.Time = xmlTime(r.Totals.MS)
	data, err := xml.MarshalIndent(doc, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the result of the smoke steps as JUnit: %w", err)
	}
	_, err = fmt.Fprintf(w, "%s%s\n", xml.Header, data)
	return err
}

func (d *xmlSuites) add(s xmlSuite, r *Result) {
	if len(s.Cases) == 0 {
		return
	}
	s.Timestamp = r.Started.UTC().Format(time.RFC3339)
	for _, c := range s.Cases {
		s.Tests++
		switch {
		case c.Failure != nil:
			s.Failures++
		case c.Error != nil:
			s.Errors++
		case c.Skipped != nil:
			s.Skipped++
		}
	}
	d.Tests, d.Failures, d.Errors, d.Skipped = d.Tests+s.Tests, d.Failures+s.Failures, d.Errors+s.Errors, d.Skipped+s.Skipped
	d.Suites = append(d.Suites, s)
}

func servicesSuite(r *Result) xmlSuite {
	s := xmlSuite{Name: "services"}
	var ms int64
	for _, v := range r.Services {
		s.Cases = append(s.Cases, xmlOf("services", v.Name, v.MS, v.Result, v.Cause, v.Output))
		ms = max(ms, v.MS)
	}
	s.Time = xmlTime(ms)
	return s
}

func stepsSuite(r *Result) xmlSuite {
	s := xmlSuite{Name: "steps"}
	var ms int64
	for _, v := range r.Steps {
		c := xmlOf("steps", v.Name, v.MS, v.Result, v.Cause, v.Output)
		if v.Result == Flaky {
			c.Out = xmlText(v.Cause + "\n" + v.FirstFailure.Output)
		}
		s.Cases = append(s.Cases, c)
		ms += v.MS
	}
	s.Time = xmlTime(ms)
	return s
}

func casesSuite(v StepResult) xmlSuite {
	s := xmlSuite{Name: "steps." + v.Name}
	for _, c := range v.Cases {
		message, _, _ := strings.Cut(c.Output, "\n")
		s.Cases = append(s.Cases, xmlOf("steps."+v.Name, c.Name, c.MS, c.Result, message, c.Output))
	}
	s.Time = xmlTime(v.MS)
	return s
}

func xmlOf(class, name string, ms int64, o Outcome, cause, output string) xmlCase {
	c := xmlCase{Class: xmlText(class), Name: xmlText(name), Time: xmlTime(ms)}
	fault := &xmlFault{Message: xmlText(cause), Type: string(o), Text: xmlText(output)}
	switch o {
	case Pass, Flaky:
	case Skip:
		fault.Type = ""
		c.Skipped = fault
	case Fail, Leak:
		c.Failure = fault
	default:
		c.Error = fault
	}
	return c
}

func xmlTime(ms int64) string { return fmt.Sprintf("%.3f", float64(ms)/1000) }

// xmlText is a text without what XML has no way to write.
func xmlText(text string) string { return report.Sanitise(text) }
