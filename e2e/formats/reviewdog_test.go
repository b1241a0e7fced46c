//go:build reviewdog

// Package formats_test gives what scrum writes to the programs that it is written for.
package formats_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xeipuuv/gojsonschema"
)

const (
	module = "../../tools/reviewdog/go.mod"
	golden = "../../report/testdata/"
)

// diff adds the lines of two of the findings of the golden file, and of nothing else.
const diff = `diff --git a/internal/validator/quorum.go b/internal/validator/quorum.go
--- a/internal/validator/quorum.go
+++ b/internal/validator/quorum.go
@@ -119,2 +119,4 @@
 	before()
+	s.add(weight)
+	defer s.remove(old)
 	after()
diff --git a/internal/validator/set.go b/internal/validator/set.go
--- a/internal/validator/set.go
+++ b/internal/validator/set.go
@@ -39,2 +39,3 @@
 	before()
+	f.Close()
 	after()
`

// reviewdog runs the real one, and gives its standard output and its exit status.
func reviewdog(t *testing.T, input, level string, args ...string) (string, int) {
	t.Helper()
	work := t.TempDir()
	if out, err := exec.Command("git", "-C", work, "init", "-q").CombinedOutput(); err != nil {
		t.Fatalf("git init: %v: %s", err, out)
	}
	patch := filepath.Join(work, "change.diff")
	if err := os.WriteFile(patch, []byte(diff), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program(t), append([]string{"-reporter=local", "-diff=cat change.diff", "-fail-level=" + level}, args...)...)
	cmd.Dir, cmd.Stdin = work, strings.NewReader(input)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() > 1 {
		t.Fatalf("reviewdog: %v: %s", err, errs.String())
	}
	return out.String(), cmd.ProcessState.ExitCode()
}

func program(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "tool", "-modfile="+module, "-n", "reviewdog").Output()
	if err != nil {
		t.Fatalf("building reviewdog: %v", err)
	}
	return strings.TrimSpace(string(out))
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(golden + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

var reported = regexp.MustCompile(`path:"([^"]*)"(?: +range:\{start:\{line:(\d+)\})?.*severity:(\w+)`)

// places are what a real reviewdog says of a file: the place and the severity of each.
// It prints lines of rdjsonl as it has read them.
func places(out string) []string {
	var list []string
	for line := range strings.Lines(out) {
		var d struct {
			Severity string
			Location struct {
				Path  string
				Range struct{ Start struct{ Line int } }
			}
		}
		if json.Unmarshal([]byte(line), &d) == nil {
			at := strings.TrimPrefix(fmt.Sprint(d.Location.Range.Start.Line), "0")
			list = append(list, d.Location.Path+":"+at+" "+d.Severity)
		}
	}
	for _, m := range reported.FindAllStringSubmatch(out, -1) {
		list = append(list, m[1]+":"+m[2]+" "+m[3])
	}
	return list
}

func TestReviewdogReportsTheFindings(t *testing.T) {
	all := []string{
		"internal/validator/quorum.go:120 ERROR", "cmd/validatord/main.go: ERROR", "internal/validator/set.go:40 WARNING", "web/app.ts: WARNING",
		"internal/validator/quorum.go:9 INFO", "web/missing\u200b.ts:3 INFO", "web/app.ts: INFO",
	}
	for _, f := range []string{"rdjson", "rdjsonl"} {
		out, code := reviewdog(t, read(t, "rich."+f), "error", "-f="+f, "-filter-mode=nofilter")
		if diff := cmp.Diff(all, places(out)); diff != "" || code != 1 {
			t.Errorf("%s, all: exit status %d (-want +got):\n%s\n%s", f, code, diff, out)
		}
		out, _ = reviewdog(t, read(t, "rich."+f), "error", "-f="+f, "-filter-mode=added")
		if diff := cmp.Diff([]string{all[0], all[2]}, places(out)); diff != "" {
			t.Errorf("%s, of the diff: (-want +got):\n%s\n%s", f, diff, out)
		}
	}
}

func TestAnInconclusiveReviewFailsReviewdog(t *testing.T) {
	out, code := reviewdog(t, read(t, "inconclusive.rdjson"), "error", "-f=rdjson", "-filter-mode=nofilter")
	if code != 1 || !strings.Contains(out, "inconclusive, which is not a pass") {
		t.Errorf("exit status %d:\n%s", code, out)
	}
}

func TestReviewdogReadsSARIFToo(t *testing.T) {
	out, _ := reviewdog(t, read(t, "rich.sarif"), "none", "-f=sarif", "-filter-mode=nofilter")
	for _, want := range []string{"internal/validator/quorum.go", "cmd/validatord/main.go", "web/app.ts"} {
		if !strings.Contains(out, want) {
			t.Errorf("%s is missing in\n%s", want, out)
		}
	}
}

func TestRDJSONIsValidByReviewdogsSchema(t *testing.T) {
	out, err := exec.Command("go", "list", "-modfile="+module, "-m", "-f", "{{.Dir}}", "github.com/reviewdog/reviewdog").Output()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(strings.TrimSpace(string(out)), "proto", "rdf", "jsonschema")
	validate := func(schema, document string) {
		s, err := os.ReadFile(filepath.Join(dir, schema))
		if err != nil {
			t.Fatal(err)
		}
		result, err := gojsonschema.Validate(gojsonschema.NewBytesLoader(s), gojsonschema.NewStringLoader(document))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range result.Errors() {
			t.Errorf("%s: %s", schema, e)
		}
	}
	validate("DiagnosticResult.json", read(t, "rich.rdjson"))
	validate("DiagnosticResult.json", read(t, "inconclusive.rdjson"))
	for line := range strings.Lines(read(t, "rich.rdjsonl")) {
		if !json.Valid([]byte(line)) {
			t.Errorf("%q is not JSON", line)
		}
		validate("Diagnostic.json", line)
	}
}
