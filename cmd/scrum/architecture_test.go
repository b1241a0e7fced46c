package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// order is the direction in which data flows: a package imports only what stands
// before it.
func order() []string {
	return []string{
		"scrum", // the embedded configuration
		"scrum/examples/lakehouse/serde/validator", "scrum/examples/lakehouse/flat/validator", // which know nothing of the tool, nor of each other
		"scrum/examples/lakehouse/serde", "scrum/examples/lakehouse/flat", "scrum/examples/lakehouse/check",
		"scrum/procgroup", "scrum/hook",
		"scrum/bundler", "scrum/injection", "scrum/secrets", "scrum/prompts", "scrum/reviewers/lineage", "scrum/reviewers", "scrum/reviewers/analyse",
		"scrum/policy", "scrum/tally", "scrum/ledger", "scrum/report/page", "scrum/report/schematest", "scrum/report", "scrum/config", "scrum/eval", "scrum/run/scripted", "scrum/run/demo", "scrum/run", "scrum/setup", "scrum/doctor", "scrum/telemetry", "scrum/history",
		"scrum/smoke",
		"scrum/parity/jsonvalue", "scrum/parity/jqpath", "scrum/parity/node", "scrum/parity/cases", "scrum/parity/exchange", "scrum/parity/compare", "scrum/parity/mutate", "scrum/parity", "scrum/parity/selftest", "scrum/parity/record", "scrum/parity/formats",
		"scrum/tracker", "scrum/assess",
		"scrum/gauntlet/overview", "scrum/gauntlet", "scrum/serve", "scrum/agentserver", "scrum/cluster", "scrum/progress", "scrum/cmd/scrum",
	}
}

func TestPackagesImportOnlyWhatIsLeftOfThem(t *testing.T) {
	rank := map[string]int{}
	for i, p := range order() {
		rank[p] = i + 1
	}
	seen := map[string]bool{}
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && d.Name() != ".." || d.Name() == "testdata" || d.Name() == "tools" || d.Name() == "bin" || ownModule(file, root)) {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		rel, err := filepath.Rel(root, filepath.Dir(file))
		if err != nil {
			return err
		}
		pkg := path.Join("scrum", filepath.ToSlash(rel))
		seen[pkg] = true
		if rank[pkg] == 0 {
			t.Errorf("%s is in no place of the order: decide what it may know", pkg)
		}
		checkImports(t, file, pkg, rank)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for p := range rank {
		if !seen[p] {
			t.Errorf("the order names %s, which does not exist", p)
		}
	}
}

// ownModule tells that a folder is a module of its own, which cannot be imported here.
func ownModule(dir, root string) bool {
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil && dir != root
}

func checkImports(t *testing.T, file, pkg string, rank map[string]int) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	for _, imp := range f.Imports {
		name, err := strconv.Unquote(imp.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		if (name == "scrum" || strings.HasPrefix(name, "scrum/")) && rank[name] >= rank[pkg] {
			t.Errorf("%s imports %s, which is not left of it", file, name)
		}
	}
}
