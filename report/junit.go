package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"scrum/tally"
)

// JUnit writes the XML that CI servers read as test results. The verdict is a test, so
// is every bundle, and so is every finding. Only what keeps the gate closed fails;
// servers turn a build red for less than a gate would.
type JUnit struct{}

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Time     string       `xml:"time,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name      string      `xml:"name,attr"`
	Tests     int         `xml:"tests,attr"`
	Failures  int         `xml:"failures,attr"`
	Errors    int         `xml:"errors,attr"`
	Skipped   int         `xml:"skipped,attr"`
	Time      string      `xml:"time,attr"`
	Timestamp string      `xml:"timestamp,attr,omitempty"`
	Cases     []junitCase `xml:"testcase"`
	Out       string      `xml:"system-out,omitempty"`
}

type junitCase struct {
	Class   string    `xml:"classname,attr"`
	Name    string    `xml:"name,attr"`
	Time    string    `xml:"time,attr"`
	File    string    `xml:"file,attr,omitempty"`
	Line    int       `xml:"line,attr,omitempty"`
	Skipped *junitEnd `xml:"skipped"`
	Error   *junitEnd `xml:"error"`
	Failure *junitEnd `xml:"failure"`
}

type junitEnd struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

// Write implements Writer.
func (JUnit) Write(w io.Writer, r *Review) error {
	all := junitSuites{Name: "scrum", Time: seconds(r.Totals.WallMS)}
	all.add(junitReview(r))
	byBundle := map[string][]listed{}
	for _, l := range r.listed() {
		byBundle[l.Bundle] = append(byBundle[l.Bundle], l)
	}
	for _, c := range tell(r).chapters {
		all.add(junitBundle(r, c.Bundle, byBundle[c.ID]))
		delete(byBundle, c.ID)
	}
	for _, l := range r.listed() { // of bundles that the review does not list
		if left, ok := byBundle[l.Bundle]; ok {
			all.add(junitBundle(r, Bundle{ID: l.Bundle}, left))
			delete(byBundle, l.Bundle)
		}
	}
	data, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return fmt.Errorf("writing JUnit: %w", err)
	}
	_, err = io.WriteString(w, xml.Header+string(data)+"\n")
	return err
}

func (all *junitSuites) add(s junitSuite) {
	for _, c := range s.Cases {
		s.Tests++
		switch {
		case c.Error != nil:
			s.Errors++
		case c.Failure != nil:
			s.Failures++
		case c.Skipped != nil:
			s.Skipped++
		}
	}
	all.Tests, all.Failures, all.Errors = all.Tests+s.Tests, all.Failures+s.Failures, all.Errors+s.Errors
	all.Suites = append(all.Suites, s)
}

func junitReview(r *Review) junitSuite {
	c := junitCase{Class: "scrum", Name: "verdict", Time: seconds(r.Totals.WallMS)}
	switch {
	case r.inconclusive() != "":
		c.Error = &junitEnd{Message: "inconclusive: " + phrase(r.Verdict.Reason), Type: string(tally.Inconclusive), Text: r.inconclusive()}
	case r.Verdict.Outcome == tally.Blocked:
		c.Failure = &junitEnd{Message: "the gate is closed: " + phrase(r.Verdict.Reason), Type: string(tally.Blocked), Text: r.because()}
	}
	s := junitSuite{Name: "scrum", Time: seconds(r.Totals.WallMS), Cases: []junitCase{c}}
	if !r.Run.Started.IsZero() {
		s.Timestamp = r.Run.Started.UTC().Format("2006-01-02T15:04:05")
	}
	lines := []string{outcomeWord(r.Verdict.Outcome) + ": " + r.because(), tell(r).summary(), r.totals()}
	for _, b := range r.beside() {
		if b.kind != besideCoverage && withdrawn(tally.State(b.kind)) == "" { // these are tests
			lines = append(lines, b.kind+": "+b.text)
		}
	}
	s.Out = strings.Join(lines, "\n") + "\n"
	return s
}

func junitBundle(r *Review, b Bundle, findings []listed) junitSuite {
	name := strings.TrimSpace(inline(b.ID) + " " + phrase(b.Component))
	s := junitSuite{Name: "scrum " + name, Time: seconds(0)}
	if b.Files != nil || b.Why != "" || b.Covered {
		read := junitCase{Class: "scrum", Name: "bundle " + name + " is read by a quorum", Time: seconds(0)}
		switch {
		case b.Covered:
		case r.inconclusive() != "":
			read.Error = &junitEnd{Message: phrase(b.Why), Type: "not-covered", Text: notCovered(b)}
		default:
			read.Skipped = &junitEnd{Message: notCovered(b)}
		}
		s.Cases = append(s.Cases, read)
	}
	for _, l := range findings {
		s.Cases = append(s.Cases, junitFinding(r, l))
	}
	return s
}

func junitFinding(r *Review, l listed) junitCase {
	path := inline(r.path(l.Finding))
	first, _ := l.lines()
	c := junitCase{Class: path, Name: fmt.Sprintf("%s %s (%s)", l.Severity, titleOf(l.Finding), inline(l.ID)), Time: seconds(0), File: path, Line: first}
	summary := where(l.Finding) + ": " + titleOf(l.Finding)
	switch {
	case l.closes:
		c.Failure = &junitEnd{Message: summary, Type: l.rule, Text: l.plain()}
	case l.apart() != "":
		c.Skipped = &junitEnd{Message: "does not count: " + l.apart(), Text: l.plain()}
	default:
		c.Skipped = &junitEnd{Message: "does not close the gate: " + summary, Text: l.plain()}
	}
	return c
}

func seconds(ms int64) string {
	return fmt.Sprintf("%.3f", (time.Duration(ms) * time.Millisecond).Seconds())
}
