package smoke

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// readAll gives a form the lines of a text.
func readAll(f form, text string) (*book, error) {
	b := &book{form: f, cases: []Case{}}
	lines := &lineSplitter{each: b.line}
	_, _ = lines.Write([]byte(text))
	lines.end()
	return b, b.finish()
}

func TestGoTestEvents(t *testing.T) {
	for name, c := range map[string]struct {
		text  string
		cases []Case
		bad   int
		err   string
		out   string
	}{
		"tests, subtests and a skipped one": {
			text: `{"Action":"start","Package":"p"}
{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"=== RUN   TestA\n"}
{"Action":"run","Package":"p","Test":"TestA/x"}
{"Action":"output","Package":"p","Test":"TestA/x","Output":"a_test.go:3: wrong\n"}
{"Action":"fail","Package":"p","Test":"TestA/x","Elapsed":0.25}
{"Action":"fail","Package":"p","Test":"TestA","Elapsed":0.5}
{"Action":"run","Package":"p","Test":"TestB"}
{"Action":"skip","Package":"p","Test":"TestB"}
{"Action":"run","Package":"p","Test":"TestC"}
{"Action":"pass","Package":"p","Test":"TestC","Elapsed":1}
{"Action":"fail","Package":"p","Elapsed":2}
`,
			cases: []Case{
				{Name: "p.TestA/x", Result: Fail, MS: 250, Output: "a_test.go:3: wrong\n"}, {Name: "p.TestA", Result: Fail, MS: 500},
				{Name: "p.TestB", Result: Skip}, {Name: "p.TestC", Result: Pass, MS: 1000},
			},
			bad: 2,
			out: "a_test.go:3: wrong\n",
		},
		"a package that is not built": {
			text: `{"ImportPath":"p","Action":"build-output","Output":"p/x.go:1: syntax error\n"}
{"ImportPath":"p","Action":"build-fail"}
{"Action":"start","Package":"p"}
{"Action":"fail","Package":"p","Elapsed":0}
`,
			cases: []Case{{Name: "p", Result: Fail, Output: "p/x.go:1: syntax error\n"}}, bad: 1, out: "p/x.go:1: syntax error\n",
		},
		"a test that does not end": {
			text:  "{\"Action\":\"run\",\"Package\":\"p\",\"Test\":\"TestA\"}\n",
			cases: []Case{{Name: "p.TestA", Result: Error, Output: "it began and did not end"}}, bad: 1,
		},
		"a package without tests":       {text: `{"Action":"skip","Package":"p"}`, cases: []Case{}, err: "it ended with exit status 0, but reports no test"},
		"no events":                     {text: "ok  \tp\t0.1s\n", cases: []Case{}, err: "no events of go test -json", out: "ok  \tp\t0.1s\n"},
		"what stands between is output": {text: "{\"Action\":\"pass\",\"Package\":\"p\",\"Test\":\"T\"}\npanic!\n{\"x\":1}\n", cases: []Case{{Name: "p.T", Result: Pass}}, out: "panic!\n{\"x\":1}\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			b, err := readAll(newGoTest(&out), c.text)
			check(t, b, err, c.cases, c.bad, c.err)
			if out.String() != c.out {
				t.Errorf("output is %q, want %q", out.String(), c.out)
			}
		})
	}
}

func check(t *testing.T, b *book, err error, cases []Case, bad int, want string) {
	t.Helper()
	if diff := cmp.Diff(cases, b.cases); diff != "" {
		t.Errorf("cases (-want +got):\n%s", diff)
	}
	if b.bad != bad {
		t.Errorf("%d are bad, want %d", b.bad, bad)
	}
	if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
		t.Errorf("error is %v, want %q", err, want)
	}
}

func TestTAP(t *testing.T) {
	for name, c := range map[string]struct {
		text  string
		cases []Case
		bad   int
		err   string
	}{
		"points with a plan": {
			text:  "TAP version 14\n1..5\nok 1 - opens\nnot ok 2 closes\n# it stays open\nok 3 # SKIP no door\nnot ok 4 - locks # TODO later\nok\n",
			cases: []Case{{Name: "opens", Result: Pass}, {Name: "closes", Result: Fail, Output: "# it stays open"}, {Name: "test 3", Result: Skip, Output: "SKIP no door"}, {Name: "locks", Result: Skip, Output: "TODO later"}, {Name: "test 5", Result: Pass}},
			bad:   1,
		},
		"subtests and diagnostics": {
			text: "# Subtest: outer\n    ok 1 - fine\n    not ok 2 - inner\n      ---\n      duration_ms: 12.5\n      error: 'no'\n      ...\n    1..2\nnot ok 1 - outer\n  ---\n  type: 'suite'\n  ...\n1..1\n",
			cases: []Case{
				{Name: "subtest inner", Result: Fail, MS: 12, Output: "      duration_ms: 12.5\n      error: 'no'"}, {Name: "outer", Result: Fail, Output: "  type: 'suite'"},
			},
			bad: 2,
		},
		"a plan that says why there is nothing": {text: "1..0 # SKIP no database\n", cases: []Case{{Name: "all", Result: Skip, Output: "SKIP no database"}}},
		"fewer points than planned":             {text: "1..3\nok 1 a\n", cases: []Case{{Name: "a", Result: Pass}}, err: "planned 3 tests, but reports 1"},
		"no plan":                               {text: "ok 1 a\n", cases: []Case{{Name: "a", Result: Pass}}, err: "no plan"},
		"two plans":                             {text: "1..1\nok 1 a\n1..1\n", cases: []Case{{Name: "a", Result: Pass}}, err: "2 plans"},
		"bailing out":                           {text: "1..2\nok 1 a\nBail out! the disk is full\n", cases: []Case{{Name: "a", Result: Pass}, {Name: "Bail out!", Result: Error, Output: "the disk is full"}}, bad: 1},
		"nothing of it":                         {text: "all good\nokay then\n", cases: []Case{}, err: "no TAP"},
		"an empty plan":                         {text: "1..0\n", cases: []Case{}, err: "reports no test"},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := readAll(newTAP(), c.text)
			check(t, b, err, c.cases, c.bad, c.err)
		})
	}
}

func TestJUnitFiles(t *testing.T) {
	for name, c := range map[string]struct {
		text  string
		cases []Case
		bad   int
		err   string
	}{
		"suites within suites": {
			text: `<?xml version="1.0"?><testsuites><testsuite name="a"><properties><property name="x"/></properties>
<testcase name="t1" classname="C" time="1,000.5"/>
<testsuite><testcase name="t2" time="0.01"><failure message="no">at line 3</failure><system-out>x</system-out></testcase></testsuite>
<testcase name="t3"><error message="boom"/></testcase><testcase name="t4"><skipped/></testcase></testsuite></testsuites>`,
			cases: []Case{
				{Name: "C.t1", Result: Pass, MS: 1000500}, {Name: "t2", Result: Fail, MS: 10, Output: "no\nat line 3"},
				{Name: "t3", Result: Error, Output: "boom"}, {Name: "t4", Result: Skip},
			},
			bad: 2,
		},
		"an error of a suite": {text: `<testsuite><error message="cannot set up"/></testsuite>`, cases: []Case{{Name: "suite", Result: Error, Output: "cannot set up"}}, bad: 1},
		"no tests":            {text: `<testsuites/>`, cases: []Case{}, err: "reports no test"},
		"something else":      {text: `<html/>`, cases: []Case{}, err: "it begins with <html>"},
		"cut off":             {text: `<testsuite><testcase name="a"/>`, cases: []Case{{Name: "a", Result: Pass}}, err: "EOF"},
		"empty":               {text: ``, cases: []Case{}, err: "no <testsuite>"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "report.xml")
			j := newJUnit(path)
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			b, err := readAll(j, "")
			check(t, b, err, c.cases, c.bad, c.err)
		})
	}
}

func TestAReportOfAnEarlierRunIsNotTaken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "report.xml")
	if _, err := readAll(newJUnit(path), ""); err == nil || !strings.Contains(err.Error(), "cannot be read") {
		t.Errorf("no report: %v", err)
	}
	if err := os.WriteFile(path, []byte(`<testsuite><testcase name="a"/></testsuite>`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readAll(newJUnit(path), ""); err == nil || !strings.Contains(err.Error(), "is as it was before") {
		t.Errorf("an old report: %v", err)
	}
	j := newJUnit(path)
	if err := os.Chtimes(path, time.Time{}, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if b, err := readAll(j, ""); err != nil || len(b.cases) != 1 {
		t.Errorf("a new report: %v", err)
	}
}

func TestALongListOfTestsIsCutButCounted(t *testing.T) {
	b := &book{form: newTAP()}
	for range mostCases + 5 {
		b.add(Case{Name: "fine", Result: Pass})
	}
	b.add(Case{Name: "bad", Result: Fail})
	if len(b.cases) != mostCases+1 || b.cut != 5 || b.bad != 1 || b.badness() != "1 of 10006 tests failed" {
		t.Errorf("%d listed, %d cut, %s", len(b.cases), b.cut, b.badness())
	}
}

func TestLongTextIsCutWithinBounds(t *testing.T) {
	if got := lastBytes("aääää", 5); got != "[5 bytes are cut here]\nää" {
		t.Errorf("%q", got)
	}
	if got := plain("\x1b[1;31mred\x1b[0m \x1b]0;title\x07x\r\ny"); got != "red x\ny" {
		t.Errorf("%q", got)
	}
	var lines []string
	l := &lineSplitter{each: func(line []byte) { lines = append(lines, string(line)) }}
	for _, p := range []string{"a", "b\r\n\nc", strings.Repeat("x", 2*lineBytes), "\nend"} {
		_, _ = io.WriteString(l, p)
	}
	l.end()
	if len(lines) != 4 || lines[0] != "ab" || lines[1] != "" || len(lines[2]) != lineBytes || lines[3] != "end" {
		t.Errorf("%d lines", len(lines))
	}
}

// FuzzForms looks for output that makes a form fail, or that counts a failed test as
// none.
func FuzzForms(f *testing.F) {
	f.Add("1..1\nok 1 - a\n  ---\n  x: y\n  ...\n")
	f.Add("1..2\nnot ok 1\n    not ok 1 - sub\nBail out!\n")
	f.Add(`{"Action":"run","Package":"p","Test":"T"}` + "\n" + `{"Action":"fail","Package":"p","Test":"T","Elapsed":1e300}`)
	f.Add("<testsuite><testcase name=\"a\"><failure/></testcase></testsuite>")
	f.Fuzz(func(t *testing.T, text string) {
		for _, form := range []form{newTAP(), newGoTest(io.Discard)} {
			b, _ := readAll(form, text)
			conserved(t, b)
		}
		b := &book{}
		_ = readJUnit(b, strings.NewReader(text))
		conserved(t, b)
	})
}

func conserved(t *testing.T, b *book) {
	t.Helper()
	bad := 0
	for _, c := range b.cases {
		if c.Result == "" || c.MS < 0 {
			t.Errorf("a case without a result: %+v", c)
		}
		if c.Result != Pass && c.Result != Skip {
			bad++
		}
	}
	if b.cut == 0 && bad != b.bad {
		t.Errorf("%d bad cases, but %d are counted", bad, b.bad)
	}
}
