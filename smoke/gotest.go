package smoke

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// goTest reads the events of go test -json (go doc test2json).
type goTest struct {
	out    io.Writer                   // what the tests print, for people
	output map[string]*strings.Builder // by test, until it has ended
	open   []string                    // tests that have begun and not ended, in order
	events int
	failed []string // packages
}

func newGoTest(out io.Writer) *goTest {
	return &goTest{out: out, output: map[string]*strings.Builder{}}
}

// goEvent is one event of test2json, and one of go build -json.
type goEvent struct {
	Action     string
	Package    string
	ImportPath string
	Test       string
	Elapsed    float64 // seconds
	Output     string
}

func (g *goTest) line(b *book, line []byte) {
	var e goEvent
	if json.Unmarshal(line, &e) != nil || e.Action == "" {
		fmt.Fprintf(g.out, "%s\n", line) // printed past the framework
		return
	}
	if strings.HasPrefix(e.Output, "=== ") { // which tells that a test begins
		e.Output = ""
	}
	_, _ = io.WriteString(g.out, e.Output)
	g.events++
	name := e.name()
	switch e.Action {
	case "run":
		if len(g.open) < mostCases {
			g.open = append(g.open, name)
		}
	case "output", "build-output":
		g.add(name, e.Output)
	case "pass", "fail", "skip":
		g.end(b, e, name)
	}
}

// name is the package for what concerns all of it.
func (e *goEvent) name() string {
	switch {
	case e.ImportPath != "":
		return e.ImportPath
	case e.Test == "":
		return e.Package
	}
	return lastBytes(e.Package+"."+e.Test, nameBytes)
}

func (g *goTest) add(name, output string) {
	b := g.output[name]
	if b == nil {
		if len(g.output) >= mostCases {
			return
		}
		b = &strings.Builder{}
		g.output[name] = b
	}
	b.WriteString(output)
	if b.Len() > 4*caseOutput {
		kept := lastBytes(b.String(), caseOutput)
		b.Reset()
		b.WriteString(kept)
	}
}

func (g *goTest) end(b *book, e goEvent, name string) {
	c := Case{Name: name, MS: inMS(e.Elapsed), Result: map[string]Outcome{"pass": Pass, "fail": Fail, "skip": Skip}[e.Action]}
	if said := g.output[name]; said != nil && c.Result != Pass {
		c.Output = said.String()
	}
	delete(g.output, name)
	if e.Test != "" {
		g.close(name)
		b.add(c)
		return
	}
	// A package has failed by its tests, which are told already; one without any of them
	// has not been built, or ended early.
	if c.Result == Fail {
		g.failed = append(g.failed, name)
		if !b.failedIn(name + ".") {
			b.add(c)
		}
	}
}

func (g *goTest) close(name string) {
	for i, n := range g.open {
		if n == name {
			g.open = append(g.open[:i], g.open[i+1:]...)
			return
		}
	}
}

func (g *goTest) finish(b *book) error {
	if g.events == 0 {
		return errors.New("its standard output has no events of go test -json")
	}
	for _, name := range g.open {
		c := Case{Name: name, Result: Error, Output: "it began and did not end"}
		if said := g.output[name]; said != nil {
			c.Output += "\n" + said.String()
		}
		b.add(c)
	}
	if len(g.failed) > 0 && b.bad == 0 {
		return fmt.Errorf("the package %s failed", g.failed[0])
	}
	return nil
}

// failedIn tells whether a case that begins with a prefix has failed.
func (b *book) failedIn(prefix string) bool {
	for _, c := range b.cases {
		if strings.HasPrefix(c.Name, prefix) && c.Result != Pass && c.Result != Skip {
			return true
		}
	}
	return false
}
