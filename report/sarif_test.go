package report

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"net/url"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
	"github.com/xeipuuv/gojsonschema"

	"scrum/tally"
)

// sarifSchema is that of the standard. The library holds it, and checks only what it has
// understood itself by it; here every byte is to be checked.
func sarifSchema(t *testing.T) *gojsonschema.Schema {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/owenrumney/go-sarif/v3").Output()
	if err != nil {
		t.Fatalf("where is the schema: %v", err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(strings.TrimSpace(string(dir)), "pkg/report/v210/sarif/schema.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	ast.Inspect(file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			text, err = strconv.Unquote(lit.Value)
		}
		return true
	})
	if err != nil || !strings.Contains(text, "sarif-schema-2.1.0.json") {
		t.Fatalf("this is not the schema of SARIF 2.1.0: %.200s (%v)", text, err)
	}
	schema, err := gojsonschema.NewSchema(gojsonschema.NewStringLoader(text))
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func sarifOf(t *testing.T, r *Review) sarifRun {
	t.Helper()
	var log sarifLog
	if err := json.Unmarshal([]byte(written(t, SARIF{}, r)), &log); err != nil {
		t.Fatal(err)
	}
	return log.Runs[0]
}

func TestSARIFIsValidByTheSchemaOfTheStandard(t *testing.T) {
	schema := sarifSchema(t)
	for name, r := range reviews() {
		out := written(t, SARIF{Repository: "https://git.example/a/b"}, r)
		result, err := schema.Validate(gojsonschema.NewStringLoader(out))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, e := range result.Errors() {
			t.Errorf("%s: %s", name, e)
		}
		read, err := sarif.FromString(out, sarif.WithStrictValidation())
		if err != nil || len(read.Runs[0].Results) != len(sarifOf(t, r).Results) {
			t.Errorf("%s: another reader does not see the same results (%v)", name, err)
		}
	}
	bad, err := schema.Validate(gojsonschema.NewStringLoader(strings.Replace(written(t, SARIF{}, fixture()), `"level": "error"`, `"level": "grave"`, 1)))
	if err != nil || bad.Valid() {
		t.Errorf("the schema takes anything (%v)", err)
	}
}

func TestSARIFHoldsWhatHostsNeed(t *testing.T) {
	for name, r := range reviews() {
		run := sarifOf(t, r)
		rules := map[string]bool{}
		for _, d := range run.Tool.Driver.Rules {
			if len(d.Full.Text) > 1024 || d.Help.Text == "" {
				t.Errorf("%s: rule %s has no help, or too long a description", name, d.ID)
			}
			rules[d.ID] = true
		}
		seen := map[string]bool{}
		for _, res := range run.Results {
			if !rules[res.RuleID] || len(res.Locations) != 1 || res.Suppressions == nil || seen[res.Fingerprints[fingerprintKey]] || res.Message.Text == "" {
				t.Errorf("%s: %+v", name, res)
			}
			seen[res.Fingerprints[fingerprintKey]] = true
			at := res.Locations[0].Physical.Artifact
			u, err := url.Parse(at.URI)
			if err != nil || u.IsAbs() || u.Host != "" || strings.HasPrefix(u.Path, "/") || u.RawQuery != "" || u.Fragment != "" || at.URI == "" {
				t.Errorf("%s: %q is no relative reference (%v)", name, at.URI, err)
			}
		}
		if strings.Contains(written(t, SARIF{}, r), `security-severity`) {
			t.Errorf("%s: it claims a severity of security", name)
		}
	}
}

func TestSARIFPlacesDeletedLinesOnTheFileAlone(t *testing.T) {
	for _, res := range sarifOf(t, fixture()).Results {
		if deleted := res.Properties["id"] == "f3"; deleted && (res.Locations[0].Physical.Region != nil || !strings.Contains(res.Message.Text, "cmd/validatord/main.go:12; deleted line")) {
			t.Errorf("%+v", res)
		}
		if res.Properties["id"] == "f2" {
			if diff := cmp.Diff(&sarifRegion{120, 124}, res.Locations[0].Physical.Region); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		}
	}
}

func TestSARIFPathsAreEscaped(t *testing.T) {
	for path, want := range map[string]string{
		"a b/c%d#e?f.go": "a%20b/c%25d%23e%3Ff.go",
		"c:/x.go":        "./c:/x.go",
		"日本.go":          "%E6%97%A5%E6%9C%AC.go",
		"../../etc/x":    "etc/x",
		"/etc/x":         "etc/x",
	} {
		if got := sarifURI(relative(path)).URI; got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

func TestSARIFSuppressesWhatIsKnownAndTellsOfWhatIsWithdrawn(t *testing.T) {
	run := sarifOf(t, fixture())
	suppressed := map[any]string{}
	for _, res := range run.Results {
		for _, s := range res.Suppressions {
			suppressed[res.Properties["id"]] = s.Justification
		}
	}
	if diff := cmp.Diff(map[any]string{"f8": "accepted as false positive: g-3f9a2c"}, suppressed); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	told := map[string]int{}
	for _, n := range run.Invocations[0].Notifications {
		told[n.Descriptor.ID]++
	}
	want := map[string]int{"scrum/verdict": 1, "scrum/note": 1, "scrum/not-covered": 1, "scrum/reviewer": 4, "scrum/unparsed": 1, "scrum/left-out": 4, "scrum/retracted": 1}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSARIFLeavesOutWhatNoHostTakesAndSaysSo(t *testing.T) {
	r := many(400)
	for name, most := range map[string]sarifLimits{
		"results": {results: 25, zipped: 1 << 30, shown: 10, beside: 2},
		"size":    {results: 1000, zipped: 8_000, shown: 1000, beside: 1000},
	} {
		var b bytes.Buffer
		if err := (SARIF{}).writeWithin(&b, r, most); err != nil {
			t.Fatal(err)
		}
		out := b.String()
		if n := strings.Count(out, `"ruleId"`); n == 0 || n > 200 || !strings.Contains(out, "more findings are only in findings.json") {
			t.Errorf("%s: %d results, and nothing is said of it", name, n)
		}
		if fits, err := zipsWithin(b.Bytes(), most.zipped); err != nil || !fits {
			t.Errorf("%s: it is too large (%v)", name, err)
		}
		if name == "results" && (!strings.Contains(out, "GitHub shows 10 of these 25 results") || !strings.Contains(out, "2 more notifications scrum/left-out")) {
			t.Errorf("limits are not told:\n%s", out[:6000])
		}
	}
}

func TestIdentitiesAreThoseOfTheCode(t *testing.T) {
	code := func(s string) string { return "code1-1-abcdef-" + strings.Repeat(s, 32) + "--" }
	f := func(path, fp string, line int, title string) tally.Finding {
		return tally.Finding{Path: path, Fingerprint: fp, Line: line, Title: title, Severity: tally.Warn, Lineages: []string{"qwen"}}
	}
	before := identities([]tally.Finding{f("a.go", code("1"), 10, "x"), f("a.go", code("2"), 20, "y"), f("b.go", code("1"), 10, "x"), f("a.go", code("1"), 30, "z")})
	moved := identities([]tally.Finding{f("a.go", code("1"), 110, "other words"), f("a.go", code("3"), 120, "y"), f("b.go", code("1"), 1, "x"), f("a.go", code("1"), 130, "z")})
	for i, same := range []bool{true, false, true, true} {
		if (before[i] == moved[i]) != same {
			t.Errorf("finding %d: %s, then %s", i, before[i], moved[i])
		}
	}
	if before[0] == before[3] || before[0] == before[2] {
		t.Errorf("findings at two places have one name: %q", before)
	}
}
