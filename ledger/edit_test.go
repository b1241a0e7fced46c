package ledger

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"
	"go.yaml.in/yaml/v3"

	"scrum/tally"
)

var update = flag.Bool("update", false, "write golden files anew")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// odd is an entry of which every text is up to something.
func odd(t *testing.T) Gap {
	t.Helper()
	f := finding("server.go", openReturns, openReturns, "yes: # \"it\" is: [odd]", "- 'one'\n\n\tand\x1b[31m two\u2028 … "+strings.Repeat("long ", 200))
	f.Reviewers = []string{"opus, the great", "true"}
	d := decision()
	d.Reason = "because: #1\nreally"
	g, err := New(planOf(t, added("server.go", server)), &f, d)
	if err != nil {
		t.Fatal(err)
	}
	g.Run = "20261123T000000Z-abcdef012"
	return g
}

func TestANewLedgerIsWritten(t *testing.T) {
	got, err := Append(File, nil, odd(t))
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "new.yaml", got)
}

func TestEntriesAreAppendedAndTheRestStaysToTheByte(t *testing.T) {
	g := odd(t)
	for name, tt := range map[string]struct{ before, start, end string }{
		"at the end":                 {good, good, ""},
		"without a newline":          {strings.TrimSuffix(good, "\n"), good, ""},
		"after a comment":            {good + "# the end\n", good, "# the end\n"},
		"into an empty list":         {"version: 1\ngaps: [] # none\n", "version: 1\ngaps:  # none\n", ""},
		"where there is no list":     {"# a\nversion: 1\n", "# a\nversion: 1\ngaps:\n", ""},
		"before another key":         {"gaps:\n- {id: g-1, phase: smoke}\n\n# of the format\nversion: 1\n", "gaps:\n- {id: g-1, phase: smoke}\n", "\n# of the format\nversion: 1\n"},
		"before a key, list is null": {"gaps:\nversion: 1\n", "gaps:\n", "version: 1\n"},
		"with other ends of lines":   {"version: 1\r\ngaps:\r\n  - {id: g-1, phase: smoke}\r\n", "version: 1\r\ngaps:\r\n  - {id: g-1, phase: smoke}\r\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Append(File, []byte(tt.before), g)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(string(got), tt.start) || !strings.HasSuffix(string(got), tt.end) {
				t.Errorf("got\n%s\nwant it to begin with\n%s\nand to end with\n%s", got, tt.start, tt.end)
			}
			if strings.Contains(tt.before, "\r") != strings.Contains(string(got[len(tt.start):]), "\r\n") {
				t.Errorf("the ends of lines differ: %q", got)
			}
			back, err := Remove(File, got, g.ID)
			if err != nil {
				t.Fatal(err)
			}
			if want := tt.start + tt.end; string(back) != want {
				t.Errorf("after removing it again (-want +got):\n%s", cmp.Diff(want, string(back)))
			}
		})
	}
}

func TestALedgerThatCannotBeEditedIsLeftAlone(t *testing.T) {
	for text, want := range map[string]string{
		"{version: 1, gaps: []}\n":                           "not written as keys on lines of their own",
		"version: 1\ngaps: [{id: g-1, phase: smoke}]\n":      "gaps.yaml:2: gaps is written in one line",
		"version: 1\ngaps:\n  - {id: g-1, phase: smokey}\n":  "phase",
		"version: 1\ngaps:\n  - {id: g-1, phase: smoke}\n ]": "not YAML",
	} {
		if _, err := Append(File, []byte(text), odd(t)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestAnEntryIsRemovedWithItsOwnComments(t *testing.T) {
	text := `version: 1
# all of them

gaps:
  # the first
  - id: g-1
    phase: smoke
    # inside
    title: |
      two
      lines

  # about the second,
  # at length
  - id: g-2
    phase: smoke

  # about the third
  - id: g-3
    phase: smoke
  # the end
`
	for _, tt := range []struct {
		ids  []string
		want string
	}{
		{[]string{"g-2"}, strings.Replace(text, "  # about the second,\n  # at length\n  - id: g-2\n    phase: smoke\n", "", 1)},
		{[]string{"g-3"}, strings.Replace(text, "  # about the third\n  - id: g-3\n    phase: smoke\n", "", 1)},
		{[]string{"g-1", "g-3"}, "version: 1\n# all of them\n\ngaps:\n  # the first\n\n  # about the second,\n  # at length\n  - id: g-2\n    phase: smoke\n\n  # the end\n"},
		{[]string{"g-1", "g-2", "g-3"}, "version: 1\n# all of them\n\ngaps:\n  # the first\n\n\n  # the end\n"},
	} {
		got, err := Remove(File, []byte(text), tt.ids...)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, string(got)); diff != "" {
			t.Errorf("without %v (-want +got):\n%s", tt.ids, diff)
		}
	}
	if _, err := Remove(File, []byte(text), "g-9"); err == nil || !strings.Contains(err.Error(), `there is no gap "g-9" in gaps.yaml; it has g-1, g-2, g-3`) {
		t.Errorf("an id that is not there: %v", err)
	}
}

func TestFindingsAreAcceptedAllOrNone(t *testing.T) {
	plan := planOf(t, added("server.go", server))
	one := finding("server.go", openReturns, openReturns, bare, bareWhy)
	two := finding("server.go", filesSet, filesSet, "Data race", "files is written without the lock.")
	one.ID, two.ID = "ab12345678", "ab98765432"
	req := func(ids ...string) Request {
		return Request{Plan: plan, Findings: []tally.Finding{one, two}, Run: "r1", IDs: ids, Decision: decision()}
	}
	data, gaps, err := Accept(File, []byte(good), req("ab1", "ab98765432"))
	if err != nil || len(gaps) != 2 {
		t.Fatal(gaps, err)
	}
	l, err := Parse(File, data)
	if err != nil {
		t.Fatal(err)
	}
	if m := l.Match(plan, req().Findings, Conditions{Today: today}); len(m.Known) != 2 {
		t.Errorf("of what was accepted, known are %v", m.Known)
	}
	for _, tt := range []struct {
		text string
		req  Request
		want string
	}{
		{good, req("ab1", "zz"), `there is no finding "zz" in the run; it has:` + "\n  ab12345678  WARN server.go:6  " + bare},
		{good, req("ab"), `"ab" begins the ids of 2 findings`},
		{good, req(""), "there is no finding"},
		{good, req("ab1", "ab12345678"), "is named twice"},
		{string(data), req("ab9"), "is accepted already, as false_positive until 2027-02-21"},
		{good, Request{IDs: []string{"x"}}, "the run has none"},
	} {
		if _, _, err := Accept(File, []byte(tt.text), tt.req); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: %v, want %q", tt.req.IDs, err, tt.want)
		}
	}

	later := req("ab9")
	later.Decision.Today, later.Decision.Expires = "2027-03-01", "2027-04-01"
	data, _, err = Accept(File, data, later)
	if err != nil {
		t.Fatal(err)
	}
	if l, err = Parse(File, data); err != nil || len(l.Gaps) != 5 || l.Gaps[4].Expires != "2027-04-01" {
		t.Errorf("an expired entry was not renewed: %v %+v", err, l.Gaps)
	}
}

func TestTheLastDay(t *testing.T) {
	for text, want := range map[string]Day{"": "2027-02-21", "90d": "2027-02-21", "2w": "2026-12-07", "2026-12-01": "2026-12-01", "never": Never} {
		if got, err := ParseExpiry(text, today); err != nil || got != want {
			t.Errorf("%q: %s, %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"0d", "-1d", "90", "2026-13-01", "tomorrow", "2h"} {
		if got, err := ParseExpiry(text, today); err == nil {
			t.Errorf("%q was read as %s", text, got)
		}
	}
	d := decision()
	d.Expires = "2026-11-22"
	if err := d.Check(); err == nil || !strings.Contains(err.Error(), "has passed already; today is 2026-11-23") {
		t.Errorf("a day that has passed: %v", err)
	}
}

func TestTheSchemaTakesWhatIsWrittenAndNothingUnknown(t *testing.T) {
	data, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "schema.json", data)
	var s jsonschema.Schema
	if err := json.Unmarshal(data, &s); err != nil {
		t.Fatal(err)
	}
	resolved, err := s.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	written, err := Append(File, []byte(good), odd(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{string(written), good, "version: 1\n", "version: 1\ngaps:\n", header} {
		if err := resolved.Validate(asJSON(t, text)); err != nil {
			t.Errorf("%v in\n%s", err, text)
		}
	}
	for _, edit := range [][2]string{
		{"reason: checked", "reasn: checked"}, {"version: 1", "version: 2"}, {"version: 1", "versions: 1"}, {"as: false_positive", "as: wontfix"},
		{"    title: nil pointer\n", ""}, {"    reason: checked by every caller\n", ""}, {"line: 12", "line: twelve"}, {"severity: BLOCK", "severity: block"},
		{"expires: 2027-02-21", "expires: soon"}, {"g-3f9a2c", "F3"}, {`    fingerprint: "step api: TIMEOUT"` + "\n", ""},
	} {
		text := strings.Replace(good, edit[0], edit[1], 1)
		if err := resolved.Validate(asJSON(t, text)); err == nil {
			t.Errorf("the schema takes %q for %q", edit[1], edit[0])
		}
		if _, err := Parse(File, []byte(text)); err == nil {
			t.Errorf("the reader takes %q for %q", edit[1], edit[0])
		}
	}
}

// asJSON is YAML as editors hold it against a schema: dates are strings there.
func asJSON(t *testing.T, text string) any {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	var plain func(n *yaml.Node)
	plain = func(n *yaml.Node) {
		if n.ShortTag() == "!!timestamp" {
			n.Tag = "!!str"
		}
		for _, c := range n.Content {
			plain(c)
		}
	}
	plain(&doc)
	var v any
	if err := doc.Decode(&v); err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}
