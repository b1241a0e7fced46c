package smoke

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
)

const (
	mostCases  = 10_000  // that are listed of a step
	caseOutput = 8 << 10 // bytes that are kept of what a test says, from its end
	nameBytes  = 512     // and of its name
)

// book collects what a step tells of its tests.
type book struct {
	form  form // nil: it tells by its exit status alone
	cases []Case
	cut   int // cases that are counted, not listed
	bad   int // cases that failed
}

// form is a way to tell of tests.
type form interface {
	// line takes a line of the standard output.
	line(b *book, line []byte)
	// finish is asked once the step has ended; an error is a report that cannot be
	// trusted.
	finish(b *book) error
}

func (r *runner) bookOf(v *Step, out io.Writer) *book {
	b := &book{cases: []Case{}}
	switch v.Format {
	case GoTest:
		b.form = newGoTest(out)
	case TAP:
		b.form = newTAP()
	case JUnit:
		b.form = newJUnit(filepath.Join(r.dir(v.Dir), v.Report))
	}
	return b
}

func (b *book) line(line []byte) {
	if b.form != nil {
		b.form.line(b, line)
	}
}

// finish holds that there was a test at all: a pattern that matches none passes in most
// test runners.
func (b *book) finish() error {
	if b.form == nil {
		return nil
	}
	err := b.form.finish(b)
	if err == nil && len(b.cases) == 0 {
		err = errors.New("it ended with exit status 0, but reports no test")
	}
	return err
}

// add keeps a case; those that fail are never cut from the list.
func (b *book) add(c Case) {
	bad := c.Result != Pass && c.Result != Skip
	if bad {
		b.bad++
	}
	if len(b.cases) >= mostCases && (!bad || len(b.cases) >= 2*mostCases) {
		b.cut++
		return
	}
	c.Name = lastBytes(plain(c.Name), nameBytes)
	c.Output = lastBytes(plain(c.Output), caseOutput)
	b.cases = append(b.cases, c)
}

func (b *book) badness() string {
	return fmt.Sprintf("%d of %s failed", b.bad, counted(len(b.cases)+b.cut, "test"))
}

// inMS takes seconds from strangers; what no test can take is 0.
func inMS(seconds float64) int64 {
	if !(seconds >= 0 && seconds < 1e9) { // as NaN is neither
		return 0
	}
	return int64(seconds * 1000)
}

// lastBytes is the end of a text, which may begin within a character that is left out.
func lastBytes(text string, most int) string {
	if len(text) <= most {
		return text
	}
	cut := len(text) - most
	for cut < len(text) && text[cut]&0xc0 == 0x80 {
		cut++
	}
	return fmt.Sprintf("[%d bytes are cut here]\n%s", cut, text[cut:])
}
