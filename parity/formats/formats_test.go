package formats

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"scrum/parity"
	"scrum/parity/compare"
	"scrum/parity/exchange"
)

var update = flag.Bool("update", false, "write the golden files")

// hostile is text that wants to be obeyed by whatever shows it.
const hostile = "\x1b[31m<script>alert(1)</script> | `x` @me ::error::y ]]> \u202e \"q\" 'z' &amp; [a](http://evil)"

func layers(state compare.State, except ...compare.Layer) map[compare.Layer]compare.State {
	out := map[compare.Layer]compare.State{}
	for _, l := range compare.Layers() {
		out[l] = compare.Same
	}
	for _, l := range except {
		out[l] = state
	}
	return out
}

// fixture has one case of each state, and hostile text wherever a stranger writes.
func fixture() *parity.Result {
	at := time.Date(2026, 5, 2, 8, 59, 17, 0, time.UTC)
	d := compare.Difference{Layer: compare.Shape, Class: compare.ClassTagging, Path: `.errors[]["` + hostile + `"]`, Types: [2]string{"external", "internal"},
		At: ".errors[0]", Reference: `{"Schema":{}}`, Other: hostile, Detail: hostile, Within: []compare.Class{compare.ClassKeyCase}, Count: 2}
	sig := d.Signature()
	answer := func(target string, status int, body string) parity.Answer {
		return parity.Answer{Target: target, Status: status, TookUS: 1500, Bytes: int64(len(body)), Header: []parity.Field{{Name: "Content-Type", Value: "application/json"}},
			Body: &parity.Body{Form: "JSON", Text: body}}
	}
	gone := answer("go", 0, "")
	gone.Failure = &exchange.Failure{Kind: exchange.Reset, Msg: hostile}
	r := &parity.Result{
		Schema: parity.SchemaID, Started: at, Finished: at.Add(1200 * time.Millisecond), ToolVersion: "v1", Commit: "abc", Dirty: true,
		Verdict: parity.Verdict{Outcome: parity.OutcomeDiverged, Reason: "1 divergence class, 2 cases", ExitCode: 1},
		Totals:  parity.Totals{Cases: 5, Executed: 4, Match: 1, Diff: 2, NotCompared: 1, NotExecuted: 1, Requests: 8, Divergences: 1, WallMS: 1200},
		Targets: []parity.Target{{Name: "rust", Address: "http://127.0.0.1:8081"}, {Name: "go", Address: "http://127.0.0.1:8082"}},
		Cases: []parity.Case{
			{Name: "happy", File: "g.yaml", Line: 3, Method: "GET", Path: "/", State: parity.StateMatch, Answers: []parity.Answer{{Target: "rust", Status: 200}, {Target: "go", Status: 200}},
				Comparisons: []parity.Comparison{{Target: "go", Match: true, Layers: layers(compare.Noisy, compare.Value), TimeRatio: 1.26}}},
			{Name: hostile, File: "g.yaml", Line: 4, Method: "POST", Path: "/" + hostile, State: parity.StateDiff, Request: &parity.Request{Path: "/x", Body: hostile, Header: []parity.Field{{Name: "Accept", Value: hostile}}},
				Answers:     []parity.Answer{answer("rust", 422, "{\n  \"a\": \""+hostile+"\"\n}"), answer("go", 422, "````\n"+hostile)},
				Comparisons: []parity.Comparison{{Target: "go", Layers: layers(compare.Differs, compare.Shape, compare.Bytes), TimeRatio: 0.5, Divergences: []string{sig}, Differences: []compare.Difference{d}}}, Divergences: []string{sig}},
			{Name: "second_case", File: "g.yaml", Line: 5, Method: "GET", Path: "/2", State: parity.StateDiff, Request: &parity.Request{Path: "/2"},
				Answers:     []parity.Answer{answer("rust", 422, "{}"), answer("go", 422, "[]")},
				Comparisons: []parity.Comparison{{Target: "go", Layers: layers(compare.Differs, compare.Shape), Divergences: []string{sig}, Differences: []compare.Difference{d}}}, Divergences: []string{sig}},
			{Name: "broken", Method: "GET", Path: "/3", State: parity.StateNotCompared, Cause: "no target gave a whole answer", Request: &parity.Request{Path: "/3"}, Answers: []parity.Answer{gone}},
			{Name: "late", Method: "GET", Path: "/{{id}}", State: parity.StateNotExecuted, Cause: hostile},
		},
		Divergences: []parity.Divergence{{Signature: sig, Class: d.Class, Layer: d.Layer, Path: d.Path, Types: d.Types, Within: d.Within, Targets: []string{"go"}, Cases: []string{hostile, "second_case"}, Places: 4,
			Sample: parity.Sample{Case: hostile, Target: "go", At: d.At, Reference: d.Reference, Other: d.Other, Detail: d.Detail}}},
		Noise:       []parity.Noise{{Case: "happy", Class: compare.ClassNumber, Path: ".elapsed_ms", Types: [2]string{"number", "number"}, Reference: "1", Again: "2", Targets: []string{"go"}}},
		Rules:       []parity.Rule{{Path: ".a", Do: "ignore", Reason: hostile, Line: 9}},
		UnusedRules: []parity.Rule{{Path: ".a", Do: "ignore", Reason: hostile, Line: 9}},
		Notes:       []string{hostile},
	}
	r.Complete()
	return r
}

func write(t *testing.T, name string) string {
	t.Helper()
	w, err := For(name, Terminal{Bodies: true})
	if err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	if err := w.Write(&buf, fixture()); err != nil {
		t.Fatal(err)
	}
	return buf.String()
}

func TestFormatsLookAsTheyDid(t *testing.T) {
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			got, file := write(t, name), filepath.Join("testdata", "parity."+name)
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("go test ./parity/formats -update writes it anew\n%s", diff)
			}
		})
	}
}

func TestEveryFormatKeepsAllInformation(t *testing.T) {
	for _, name := range Names() {
		text := write(t, name)
		for _, want := range []string{"happy", "second_case", "late", "broken", "elapsed_ms", "alert(1)", "external", "422", "reset", "v1", "abc"} {
			if name == "terminal" && (want == "v1" || want == "abc") {
				continue
			}
			if !strings.Contains(text, want) {
				t.Errorf("%s does not say %q", name, want)
			}
		}
	}
}

func TestFormatsAreHarmless(t *testing.T) {
	for _, name := range Names() {
		text := write(t, name)
		for _, bad := range []string{"\x1b", "\u202e", "\n::error"} {
			if strings.Contains(text, bad) {
				t.Errorf("%s holds %q", name, bad)
			}
		}
	}
	_, body, _ := strings.Cut(write(t, "html"), "<main")
	body, _, _ = strings.Cut(body, "</main>")
	if strings.Contains(body, "<script") || strings.Contains(body, "<img") || strings.Contains(body, "href") {
		t.Error("the page holds markup of a stranger")
	}
}

func TestThePageNeedsNothingElse(t *testing.T) {
	page := write(t, "html")
	for _, loads := range []string{"src=", "http-equiv=\"refresh", "url(", "@import", "style="} {
		if strings.Contains(page, loads) {
			t.Errorf("the page has %s", loads)
		}
	}
	for _, link := range regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if link[1] != "#main" && link[1] != "data:," {
			t.Errorf("the page leads to %s", link[1])
		}
	}
}

func TestJUnitIsXMLWhoseCountsAreThoseOfTheCases(t *testing.T) {
	var suite junitSuite
	dec := xml.NewDecoder(strings.NewReader(write(t, "junit")))
	if err := dec.Decode(&suite); err != nil {
		t.Fatal(err)
	}
	failures, errs := 0, 0
	for _, c := range suite.Cases {
		if c.Failure != nil {
			failures++
		}
		if c.Error != nil {
			errs++
		}
	}
	if suite.Tests != 5 || failures != suite.Failures || errs != suite.Errors || failures != 2 || errs != 2 {
		t.Errorf("%d tests, %d failures of %d, %d errors of %d", suite.Tests, failures, suite.Failures, errs, suite.Errors)
	}
}

var unescapedPipe = regexp.MustCompile(`(^|[^\\])\|`)

func TestTheTableOfCasesHasItsColumns(t *testing.T) {
	rows := 0
	for line := range strings.Lines(write(t, "md")) {
		if !strings.HasPrefix(line, "|") {
			continue
		}
		rows++
		if n := len(unescapedPipe.FindAllString(line, -1)); n != 6 && n != 11 {
			t.Errorf("%d columns: %s", n-1, line)
		}
	}
	if rows != 2*(2+5) {
		t.Errorf("%d rows", rows)
	}
}

func TestAResultComesBackFromJSONAsItWas(t *testing.T) {
	got, err := parity.DecodeResult(strings.NewReader(write(t, "json")))
	if err != nil {
		t.Fatal(err)
	}
	want := fixture()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestForKnowsItsFormats(t *testing.T) {
	if _, err := For("pdf", Terminal{}); err == nil || !strings.Contains(err.Error(), "terminal, md, json, junit, html") {
		t.Errorf("%v", err)
	}
	failing := errors.New("full")
	for _, name := range Names() {
		w, err := For(name, Terminal{Color: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(brokenWriter{failing}, fixture()); !errors.Is(err, failing) {
			t.Errorf("%s does not say that it could not be written: %v", name, err)
		}
	}
	for name := range Files() {
		if _, err := For(name, Terminal{}); err != nil {
			t.Error(err)
		}
	}
}

type brokenWriter struct{ err error }

func (b brokenWriter) Write([]byte) (int, error) { return 0, b.err }

var _ io.Writer = brokenWriter{}
