package analyse

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const goMod = "module example.com/m\n\ngo 1.24\n"

// old has a mistake of each kind that a change may leave as it is.
const old = `package a

import "fmt"

func Old() {
	fmt.Printf("%d\n", "old")
}
`

func TestGoAnalysersReportOnlyChangedLines(t *testing.T) {
	w := workspace(t, changed(t,
		map[string]string{"go.mod": goMod, "a/a.go": old},
		map[string]string{"a/a.go": old + `
func New(m map[string]int) {
	var n map[string]int
	n["a"] = 1
	fmt.Printf("%s\n", 1)
}
`, "a/a_test.go": "package a\n\nimport \"testing\"\n\nfunc TestNew(t *testing.T) {\n\tgo func() { t.Fatal(1) }()\n}\n",
			"b/clean.go": "package b\n"}))

	vet, err := builtIn(t, w, "go-vet")
	if err != nil {
		t.Fatal(err)
	}
	want := `WARN a/a.go:12 (printf)
WARN a/a_test.go:6 (testinggoroutine)
covered a/a.go
covered a/a_test.go
covered b/clean.go
`
	if diff := cmp.Diff(want, summary(t, vet)); diff != "" {
		t.Errorf("go-vet (-want +got):\n%s\n%s", diff, vet)
	}
	if !strings.Contains(vet, "go-vet: 1 on unchanged lines not shown") {
		t.Errorf("the old mistake is not counted:\n%s", vet)
	}

	static, err := builtIn(t, w, "staticcheck")
	if err != nil {
		t.Fatal(err)
	}
	want = `BLOCK a/a.go:11 (SA5000)
WARN a/a.go:12 (SA5009)
WARN a/a_test.go:6 (SA2002)
covered a/a.go
covered a/a_test.go
covered b/clean.go
`
	if diff := cmp.Diff(want, summary(t, static)); diff != "" {
		t.Errorf("staticcheck (-want +got):\n%s\n%s", diff, static)
	}
}

func TestGoFilesThatCannotBeAnalysedAreNeverClean(t *testing.T) {
	const bad = "package bad\n\nfunc F() int { return \"x\" }\n"
	tests := []struct {
		name       string
		base, next map[string]string
		covered    string   // summary of the answer; "" when the seat fails
		says       []string // in the answer or in the error
	}{
		{"a type error fails the seat", map[string]string{"go.mod": goMod}, map[string]string{"bad/bad.go": bad},
			"", []string{"bad/bad.go:3:23", "cannot use"}},
		{"a syntax error fails the seat", map[string]string{"go.mod": goMod}, map[string]string{"bad/bad.go": "package bad\n\nfunc {\n"},
			"", []string{"bad.go:3:6", "expected"}},
		{"beside a good package the bad one is named", map[string]string{"go.mod": goMod}, map[string]string{"bad/bad.go": bad, "good/good.go": "package good\n"},
			"covered good/good.go\n", []string{"did not look at bad/bad.go: bad/bad.go:3:23"}},
		{"a package that imports a bad one is named", map[string]string{"go.mod": goMod, "bad/bad.go": bad}, map[string]string{"user/user.go": "package user\n\nimport \"example.com/m/bad\"\n\nvar F = bad.F\n"},
			"", []string{"what it needs does not build", "bad/bad.go:3:23"}},
		{"a type error in a test leaves the whole package unread", map[string]string{"go.mod": goMod}, map[string]string{"p/p.go": "package p\n", "p/p_test.go": "package p\n\nvar x = y\n", "q/q.go": "package q\n"},
			"covered q/q.go\n", []string{"did not look at p/p.go", "did not look at p/p_test.go", "undefined: y"}},
		{"a type error in an outer test leaves that file unread", map[string]string{"go.mod": goMod}, map[string]string{"p/p.go": "package p\n", "p/p_test.go": "package p\n", "p/x_test.go": "package p_test\n\nvar x = y\n"},
			"covered p/p.go\ncovered p/p_test.go\n", []string{"did not look at p/x_test.go", "undefined: y"}},
		{"a module that is not in the cache says what to do", map[string]string{"go.mod": goMod + "\nrequire example.com/no/where v1.0.0\n"}, map[string]string{"p/p.go": "package p\n\nimport \"example.com/no/where\"\n\nvar X = where.X\n"},
			"", []string{"example.com/no/where", "go mod download"}},
		{"a module that is in go.sum alone says so as well", map[string]string{"go.mod": goMod + "\nrequire example.com/no/where v1.0.0\n",
			"go.sum": "example.com/no/where v1.0.0 h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nexample.com/no/where v1.0.0/go.mod h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"},
			map[string]string{"p/p.go": "package p\n\nimport \"example.com/no/where\"\n\nvar X = where.X\n"}, "", []string{"p/p.go:3:8", "go mod download"}},
		{"a module that go.mod does not name", map[string]string{"go.mod": goMod}, map[string]string{"p/p.go": "package p\n\nimport _ \"example.com/no/where\"\n", "q/q.go": "package q\n"},
			"covered q/q.go\n", []string{"did not look at p/p.go", "go mod tidy"}},
		{"a module that only a test needs", map[string]string{"go.mod": goMod}, map[string]string{"p/p_test.go": "package p\n\nimport _ \"example.com/no/where\"\n", "q/q.go": "package q\n"},
			"covered q/q.go\n", []string{"did not look at p/p_test.go", "example.com/no/where"}},
		{"no module at all", nil, map[string]string{"p/p.go": "package p\n"},
			"", []string{"no go.mod above it"}},
		{"a Go that is too new", map[string]string{"go.mod": "module example.com/m\n\ngo 1.999\n"}, map[string]string{"p.go": "package p\n"},
			"", []string{"go >= 1.999"}},
		{"build constraints exclude one file of a package", map[string]string{"go.mod": goMod}, map[string]string{"p/p.go": "package p\n", "p/other.go": "//go:build never\n\npackage p\n"},
			"covered p/p.go\n", []string{"did not look at p/other.go: build constraints"}},
		{"build constraints exclude all", map[string]string{"go.mod": goMod}, map[string]string{"p/other.go": "//go:build never\n\npackage p\n"},
			"", []string{"build constraints exclude all Go files"}},
		{"what a deletion breaks", map[string]string{"go.mod": goMod, "p/p.go": "package p\n\nvar X = y\n", "p/y.go": "package p\n\nvar y = 1\n"}, map[string]string{"p/y.go": gone},
			"", []string{"undefined: y"}},
		{"a deletion that breaks nothing", map[string]string{"go.mod": goMod, "p/p.go": "package p\n", "p/y.go": "package p\n"}, map[string]string{"p/y.go": gone},
			"covered p/y.go\n", nil},
		{"a package that is deleted", map[string]string{"go.mod": goMod, "p/p.go": "package p\n"}, map[string]string{"p/p.go": gone},
			"covered p/p.go\n", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := workspace(t, changed(t, tt.base, tt.next))
			answer, err := builtIn(t, w, "go-vet")
			said := answer
			if tt.covered == "" {
				if err == nil {
					t.Fatalf("no error, but the answer\n%s", answer)
				}
				said = err.Error()
			} else {
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tt.covered, summary(t, answer)); diff != "" {
					t.Errorf("(-want +got):\n%s\n%s", diff, answer)
				}
				if strings.Contains(answer, "did not look at") && strings.Contains(answer, "NO FINDINGS") {
					t.Errorf("it did not look at all and says that there are no findings:\n%s", answer)
				}
			}
			for _, s := range tt.says {
				if !strings.Contains(said, s) {
					t.Errorf("it does not say %q:\n%s", s, said)
				}
			}
			if w.dir != "" && strings.Contains(said, w.dir) {
				t.Errorf("the name of the throw-away folder is in the answer:\n%s", said)
			}
		})
	}
}

func TestGoModulesAreFoundAsTheyLie(t *testing.T) {
	const wrong = "package p\n\nimport \"fmt\"\n\nfunc F() { fmt.Printf(\"%d\", \"x\") }\n"
	nested := func(name string) string { return "module example.com/" + name + "\n\ngo 1.24\n" }
	tests := []struct {
		name       string
		base, next map[string]string
		want       string
	}{
		{"a module in a module", map[string]string{"go.mod": goMod, "sub/go.mod": nested("sub")},
			map[string]string{"p.go": wrong, "sub/p.go": wrong, "sub/deep/p.go": wrong},
			"WARN p.go:5 (printf)\nWARN sub/deep/p.go:5 (printf)\nWARN sub/p.go:5 (printf)\ncovered p.go\ncovered sub/deep/p.go\ncovered sub/p.go\n"},
		{"a workspace", map[string]string{"go.work": "go 1.24\n\nuse ./a\nuse ./b\n", "a/go.mod": nested("a"), "b/go.mod": nested("b"), "b/b.go": "package b\n\nvar X = 1\n"},
			map[string]string{"a/a.go": "package a\n\nimport \"example.com/b\"\n\nvar Y = b.X\n"}, "covered a/a.go\n"},
		{"a module that the workspace does not name", map[string]string{"go.work": "go 1.24\n\nuse ./a\n", "a/go.mod": nested("a"), "b/go.mod": nested("b")},
			map[string]string{"b/p.go": wrong}, "WARN b/p.go:5 (printf)\ncovered b/p.go\n"},
		{"a vendor folder", map[string]string{"go.mod": goMod + "\nrequire example.com/dep v1.0.0\n", "vendor/modules.txt": "# example.com/dep v1.0.0\n## explicit; go 1.24\nexample.com/dep\n", "vendor/example.com/dep/dep.go": "package dep\n\nvar X = 1\n"},
			map[string]string{"p/p.go": "package p\n\nimport \"example.com/dep\"\n\nvar X = dep.X\n"}, "covered p/p.go\n"},
		{"a //line comment hides nothing", map[string]string{"go.mod": goMod},
			map[string]string{"p.go": "package p\n\nimport \"fmt\"\n\n//line elsewhere.y:99\nfunc F() { fmt.Printf(\"%d\", \"x\") }\n"}, "WARN p.go:6 (printf)\ncovered p.go\n"},
		{"a name that is shown in quotes", map[string]string{"go.mod": goMod},
			map[string]string{"p\u00a0q.go": wrong}, "WARN \"p\u00a0q.go\":5 (printf)\ncovered \"p\u00a0q.go\"\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			answer, err := builtIn(t, workspace(t, changed(t, tt.base, tt.next)), "go-vet")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, summary(t, answer)); diff != "" {
				t.Errorf("(-want +got):\n%s\n%s", diff, answer)
			}
		})
	}
}

func TestAPlainDiffHasNoPackages(t *testing.T) {
	c := plainDiff(t, changed(t, map[string]string{"go.mod": goMod}, map[string]string{"p.go": "package p\n"}))
	for _, name := range []string{"go-vet", "staticcheck"} {
		if _, err := builtIn(t, workspace(t, c), name); err == nil || !strings.Contains(err.Error(), "review a range") {
			t.Errorf("%s: the error gives no advice: %v", name, err)
		}
	}
}

func TestWithoutGoOnThePathTheErrorSaysSo(t *testing.T) {
	c := changed(t, map[string]string{"go.mod": goMod}, map[string]string{"p.go": "package p\n"})
	t.Setenv("PATH", t.TempDir())
	if _, err := builtIn(t, workspace(t, c), "go-vet"); err == nil || !strings.Contains(err.Error(), "install Go") {
		t.Errorf("the error gives no advice: %v", err)
	}
}

// What the user has set for their own builds must not reach the loading of a
// stranger's code.
func TestTheUsersGoSettingsDoNotMatter(t *testing.T) {
	c := changed(t, map[string]string{"go.mod": goMod}, map[string]string{"p.go": "package p\n"})
	t.Setenv("GOFLAGS", "-mod=mod -tags=never")
	t.Setenv("GOWORK", "/nowhere/go.work")
	t.Setenv("GOOS", "plan9")
	answer, err := builtIn(t, workspace(t, c), "go-vet")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("covered p.go\n", summary(t, answer)); diff != "" {
		t.Errorf("(-want +got):\n%s\n%s", diff, answer)
	}
}

func TestACheckThatFailsSpoilsItsAnalyserOnly(t *testing.T) {
	g := &goRun{dir: "/tree", out: goResult{read: map[string]bool{}, broken: map[string]map[string]string{}}}
	units, rest := splitJSON([]byte("# p\n" + `{"p": {"scrumread": [{"message": "{\"File\":\"/tree/p/p.go\",\"First\":1,\"Text\":\"read\"}"}], "SA4006": {"error": "boom"}}}` + "\n"))
	if rest != "# p\n" || len(units) != 1 {
		t.Fatalf("%d units, beside them %q", len(units), rest)
	}
	g.take(units[0])
	w := &Workspace{golang: once(func(context.Context) (goResult, error) { return g.out, nil })}
	vet, err := w.goFindings(t.Context(), "go-vet")
	if err != nil || !vet.covered["p/p.go"] {
		t.Errorf("go-vet: %v, %v", vet, err)
	}
	static, err := w.goFindings(t.Context(), "staticcheck")
	if err != nil || static.covered["p/p.go"] || !strings.Contains(static.skipped["p/p.go"], "SA4006 failed") {
		t.Errorf("staticcheck: %v, %v", static, err)
	}
}

func FuzzSplitJSON(f *testing.F) {
	f.Add([]byte("# p\n{\"p\": {\"printf\": [{\"posn\": \"a.go:1:2\", \"message\": \"x\"}]}}\n{}\nwords\n"))
	f.Add([]byte("{\"p\": {\"printf\": {\"error\": \"x\"}}"))
	f.Fuzz(func(t *testing.T, out []byte) {
		units, rest := splitJSON(out)
		g := &goRun{dir: "/tree", out: goResult{read: map[string]bool{}, broken: map[string]map[string]string{}}}
		for _, u := range units {
			g.take(u)
		}
		if len(units) == 0 && strings.TrimRight(rest, "\n") != strings.TrimRight(string(out), "\n") {
			t.Errorf("%q was lost: %q", out, rest)
		}
		for _, d := range g.out.diagnostics {
			if strings.HasPrefix(d.path, "..") || strings.HasPrefix(d.path, "/") {
				t.Errorf("a diagnostic outside of the tree: %q", d.path)
			}
		}
	})
}
