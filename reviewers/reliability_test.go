package reviewers_test

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the generated part of docs/reliability.md")

const reliability = "../docs/reliability.md"

// Where the table of faults stands in the document.
const (
	tableBegins = "<!-- faults: written by go test ./reviewers -run TestTheDocumentListsEveryFault -update -->\n"
	tableEnds   = "<!-- end of faults -->\n"
)

func TestTheDocumentListsEveryFault(t *testing.T) {
	text, err := os.ReadFile(reliability)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), tableBegins)
	have, after, ends := strings.Cut(rest, tableEnds)
	if !found || !ends {
		t.Fatalf("%s has no place for the table between %q and %q", reliability, tableBegins, tableEnds)
	}
	want := faultsInMarkdown()
	if *update {
		if err := os.WriteFile(reliability, []byte(before+tableBegins+want+tableEnds+after), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("the document is not that of the tests, run with -update (-want +got):\n%s", diff)
	}
}

func faultsInMarkdown() string {
	var b strings.Builder
	for _, c := range chapters() {
		fmt.Fprintf(&b, "\n### %s\n\n| fault | what scrum does | the test that shows it |\n|---|---|---|\n", c.title)
		for _, r := range c.rows {
			fmt.Fprintf(&b, "| %s | %s | `TestFaults/%s` |\n", r.name, r.does, r.name)
		}
	}
	return b.String() + "\n"
}

var namedTest = regexp.MustCompile("`((?:Test|Fuzz)\\w+)(?:/([^`]+))?`")

// Every test that the document names is in the module, and every fault in the table.
func TestTheDocumentNamesTestsThatExist(t *testing.T) {
	text, err := os.ReadFile(reliability)
	if err != nil {
		t.Fatal(err)
	}
	functions, faults := testFunctions(t), map[string]bool{}
	for _, r := range faultTable() {
		if faults[r.name] {
			t.Errorf("two faults are called %q", r.name)
		}
		faults[r.name] = true
	}
	named := namedTest.FindAllStringSubmatch(string(text), -1)
	if len(named) < len(faults) {
		t.Errorf("the document names %d tests for %d faults", len(named), len(faults))
	}
	for _, n := range named {
		if !functions[n[1]] {
			t.Errorf("the document names %s, and there is none", n[1])
		}
		if strings.HasPrefix(n[1], "TestFaults") && n[2] != "" && !faults[n[2]] {
			t.Errorf("the document names the fault %q, and there is none", n[2])
		}
	}
}

func testFunctions(t *testing.T) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil //nolint:nilerr // files under testdata may be broken on purpose
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil {
				out[f.Name.Name] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
