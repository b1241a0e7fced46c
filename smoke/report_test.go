package smoke_test

import (
	"bytes"
	"encoding/xml"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"scrum/smoke"
)

var update = flag.Bool("update", false, "write the golden files anew")

// rich is a result with one of everything, and with text from strangers who mean harm.
func rich() *smoke.Result {
	return &smoke.Result{
		Schema: smoke.SchemaID, ToolVersion: "1.2.3", Commit: "0123abc", Dirty: true, File: "gauntlet.yaml",
		Started: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC), Finished: time.Date(2026, 3, 4, 5, 7, 5, 300_000_000, time.UTC), Jobs: 2,
		Verdict: smoke.Failed,
		Services: []smoke.ServiceResult{
			{Name: "db", Result: smoke.Pass, Reused: true, Ports: map[string]int{"db": 5432}},
			{Name: "api", Result: smoke.Pass, ReadyMS: 1234, MS: 50_000, Stopped: "KILL", Log: "api.log"},
			{
				Name: "worker", Result: smoke.Error, Cause: "it ended before it was ready: exit status 3; its log ends with:\nno disk", MS: 20,
				Output: "starting\nno disk\n",
			},
		},
		Steps: []smoke.StepResult{
			{Name: "migrate", Result: smoke.Pass, MS: 800, Attempts: 1, Cases: []smoke.Case{}},
			{
				Name: "unit", Result: smoke.Fail, Cause: "exit status 1, 1 of 3 tests failed", MS: 9000, Attempts: 1,
				Output: "\x1b[31m--- FAIL\x9b: TestB\n::error::taken for a command\n",
				Cases: []smoke.Case{
					{Name: "p.TestA", Result: smoke.Pass, MS: 10}, {Name: "p.Test<B>|`x`", Result: smoke.Fail, MS: 20, Output: "want 1\n```\n# got 2\x00\n"},
					{Name: "p.TestC", Result: smoke.Skip},
				},
			},
			{
				Name: "order", Result: smoke.Flaky, Cause: "the first attempt was TIMEOUT: it had not ended after 1s", MS: 1500, Attempts: 2, Cases: []smoke.Case{},
				FirstFailure: &smoke.Failure{Result: smoke.Timeout, Cause: "it had not ended after 1s", MS: 1000, Output: "waiting\n"},
			},
			{Name: "daemon", Result: smoke.Leak, Cause: "it ended and left running: sleep (12)", MS: 600, Attempts: 1, Cases: []smoke.Case{}, LeftOver: []string{"sleep (12)"}},
			{Name: "jobs", Result: smoke.Skip, Cause: "service worker ERROR: it ended before it was ready: exit status 3", Cases: []smoke.Case{}},
			{Name: "gone", Result: smoke.Error, Cause: "./gone was not found; a path is taken from the folder that it runs in, /srv", MS: 1, Attempts: 1, Cases: []smoke.Case{}},
			{Name: "slow", Result: smoke.Timeout, Cause: "it had not ended after 1s", MS: 1005, Attempts: 1, Cases: []smoke.Case{}, Tags: []string{"slow"}},
		},
		NotSelected: []string{"cache", "soak"},
		Totals:      smoke.Totals{Steps: 7, Pass: 1, Fail: 1, Error: 1, Timeout: 1, Skip: 1, Flaky: 1, Leak: 1, Cases: 3, Services: 3, MS: 58_300},
	}
}

func TestEveryFormat(t *testing.T) {
	for file, format := range map[string]string{"rich.txt": "terminal", "rich.json": "json", "rich.xml": "junit", "rich.md": "markdown"} {
		t.Run(format, func(t *testing.T) {
			w, err := smoke.For(format, smoke.Terminal{})
			if err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			if err := w.Write(&b, rich()); err != nil {
				t.Fatal(err)
			}
			golden(t, file, b.Bytes())
			for _, r := range b.String() {
				if r < 0x20 && r != '\n' && r != '\t' || r == 0x7f || r == 0x9b {
					t.Errorf("there is a control character %U", r)
				}
			}
			if strings.Contains(b.String(), "\n::") {
				t.Error("there is a workflow command")
			}
		})
	}
	if _, err := smoke.For("html", smoke.Terminal{}); err == nil {
		t.Error("an unknown format is taken")
	}
}

func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", file)
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func TestTheJSONIsReadBackAsItWas(t *testing.T) {
	var b bytes.Buffer
	want := rich()
	if err := (smoke.JSON{}).Write(&b, want); err != nil {
		t.Fatal(err)
	}
	got, err := smoke.DecodeResult(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	want.Steps[1].Output = strings.ToValidUTF8(want.Steps[1].Output, "\uFFFD")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for text, want := range map[string]string{
		`{"schema":"scrum/smoke/v2"}`: "its schema is",
		`{`:                           "reading a result",
		b.String() + "{}":             "something follows",
	} {
		if _, err := smoke.DecodeResult(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestTheJUnitFileCountsWhatItHolds(t *testing.T) {
	var b bytes.Buffer
	if err := (smoke.JUnitFile{}).Write(&b, rich()); err != nil {
		t.Fatal(err)
	}
	type counts struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Errors   int `xml:"errors,attr"`
		Skipped  int `xml:"skipped,attr"`
	}
	var doc struct {
		counts
		Suites []struct {
			counts
			Cases []struct {
				Failure, Error, Skipped *struct{}
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	_ = doc.counts
	if err := xml.Unmarshal(b.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	cases := 0
	for _, s := range doc.Suites {
		if len(s.Cases) == 0 {
			t.Error("an empty suite")
		}
		cases += len(s.Cases)
	}
	if cases != 3+7+3 {
		t.Errorf("%d cases", cases)
	}
	holds(t, b.String(), `<testsuites name="smoke" tests="13" failures="3" errors="3" skipped="2" time="58.300">`)
}

func TestTheSummarySaysOnlyWhatIsNotPlain(t *testing.T) {
	for want, r := range map[string]*smoke.Result{
		"21/21 PASS in 58.3s":                                           {Verdict: smoke.Passed, Totals: smoke.Totals{Steps: 21, Pass: 21, MS: 58_312}},
		"21/21 PASS in 58.3s (2 FLAKY)":                                 {Verdict: smoke.Passed, Totals: smoke.Totals{Steps: 21, Pass: 19, Flaky: 2, MS: 58_300}},
		"0/1 PASS in 0.0s (1 SKIP, interrupted)":                        {Verdict: smoke.Interrupted, Totals: smoke.Totals{Steps: 1, Skip: 1}},
		"1/1 PASS in 0.1s (service db LEAK)":                            {Verdict: smoke.Failed, Services: []smoke.ServiceResult{{Name: "db", Result: smoke.Leak}}, Totals: smoke.Totals{Steps: 1, Pass: 1, MS: 100}},
		"1/7 PASS in 1.0s (2 FAIL, 1 ERROR, 1 TIMEOUT, 1 LEAK, 1 SKIP)": {Verdict: smoke.Failed, Totals: smoke.Totals{Steps: 7, Pass: 1, Fail: 2, Error: 1, Timeout: 1, Leak: 1, Skip: 1, MS: 1000}},
	} {
		if got := r.Summary(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
