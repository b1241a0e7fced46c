package smoke

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
)

// junit reads a JUnit file that a step writes.
type junit struct {
	path   string
	before fs.FileInfo // what was there before; nil: nothing
}

const junitBytes = 64 << 20 // that are read of a file

func newJUnit(path string) *junit {
	j := &junit{path: path}
	j.before, _ = os.Stat(path)
	return j
}

func (j *junit) line(*book, []byte) {}

// finish reads the file, unless it is that of an earlier run.
func (j *junit) finish(b *book) error {
	f, err := os.Open(j.path)
	if err != nil {
		return fmt.Errorf("its report cannot be read: %w", err)
	}
	defer func() { _ = f.Close() }()
	now, err := f.Stat()
	switch {
	case err != nil:
		return fmt.Errorf("its report cannot be read: %w", err)
	case !now.Mode().IsRegular():
		return fmt.Errorf("its report %s is no file", j.path)
	case j.before != nil && os.SameFile(now, j.before) && now.ModTime().Equal(j.before.ModTime()) && now.Size() == j.before.Size():
		return fmt.Errorf("it has not written its report: %s is as it was before", j.path)
	}
	if err := readJUnit(b, io.LimitReader(f, junitBytes)); err != nil {
		return fmt.Errorf("its report %s: %w", j.path, err)
	}
	return nil
}

// junitCase is a test in a JUnit file, whose dialects agree on this much.
type junitCase struct {
	Name    string       `xml:"name,attr"`
	Class   string       `xml:"classname,attr"`
	Time    string       `xml:"time,attr"`
	Failure []junitFault `xml:"failure"`
	Error   []junitFault `xml:"error"`
	Skipped *junitFault  `xml:"skipped"`
}

type junitFault struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// readJUnit takes the tests of a file, at whatever depth of suites they stand.
func readJUnit(b *book, r io.Reader) error {
	dec := xml.NewDecoder(r)
	dec.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // names are for people only
	suites := 0
	for {
		token, err := dec.Token()
		switch {
		case errors.Is(err, io.EOF) && suites == 0:
			return errors.New("it has no <testsuite>")
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		begin, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if strings.HasPrefix(begin.Name.Local, "testsuite") {
			suites++
		}
		if suites == 0 {
			return fmt.Errorf("it begins with <%s>, not with <testsuites> or <testsuite>", begin.Name.Local)
		}
		if err := readElement(b, dec, &begin); err != nil {
			return err
		}
	}
}

func readElement(b *book, dec *xml.Decoder, begin *xml.StartElement) error {
	switch begin.Name.Local {
	case "testcase":
		var c junitCase
		if err := dec.DecodeElement(&c, begin); err != nil {
			return err
		}
		b.add(c.read())
	case "error", "failure": // of a suite as a whole
		var f junitFault
		if err := dec.DecodeElement(&f, begin); err != nil {
			return err
		}
		b.add(Case{Name: "suite", Result: Error, Output: f.words()})
	}
	return nil
}

func (c *junitCase) read() Case {
	out := Case{Name: c.Name, Result: Pass, MS: milliseconds(c.Time)}
	if c.Class != "" {
		out.Name = c.Class + "." + c.Name
	}
	switch {
	case len(c.Error) > 0:
		out.Result, out.Output = Error, c.Error[0].words()
	case len(c.Failure) > 0:
		out.Result, out.Output = Fail, c.Failure[0].words()
	case c.Skipped != nil:
		out.Result, out.Output = Skip, c.Skipped.words()
	}
	return out
}

func (f junitFault) words() string {
	text := strings.TrimSpace(f.Text)
	if strings.Contains(text, f.Message) {
		return text
	}
	return strings.TrimSpace(f.Message + "\n" + text)
}

// milliseconds reads seconds, which some write with commas between the thousands.
func milliseconds(text string) int64 {
	s, err := strconv.ParseFloat(strings.ReplaceAll(text, ",", ""), 64)
	if err != nil {
		return 0
	}
	return inMS(s)
}
