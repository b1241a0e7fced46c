package tally

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func placeString(list []Place) string {
	var out []string
	for _, p := range list {
		s := p.Path
		if p.Line > 0 {
			s += fmt.Sprintf(":%d", p.Line)
		}
		if p.EndLine > p.Line {
			s += fmt.Sprintf("-%d", p.EndLine)
		}
		if p.Side != "" {
			s += "(" + string(p.Side) + ")"
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

func TestPlacesAreReadAsModelsWriteThem(t *testing.T) {
	tests := []struct{ text, want string }{
		{"a/b.go:120-124", "a/b.go:120-124"},
		{"`a/b.go:120`", "a/b.go:120"},
		{"**a/b.go:120**", "a/b.go:120"},
		{"`a/b.go`:120", "a/b.go:120"},
		{"`a/b.go` (lines 12–14)", "a/b.go:12-14"},
		{"a.go:L120-L124", "a.go:120-124"},
		{"a.go line 120", "a.go:120"},
		{"a.go, line 120", "a.go:120"},
		{"a.go, lines 120 to 124", "a.go:120-124"},
		{"a.go at line 7", "a.go:7"},
		{"a.go#L10-L20", "a.go:10-20"},
		{"a.go#L10", "a.go:10"},
		{"a.go (line 3)", "a.go:3"},
		{"a.go(3)", "a.go:3"},
		{"a.go:12:5", "a.go:12"},
		{"a.go:12:5-14:8", "a.go:12-14"},
		{"a.go:14-12", "a.go:12-14"},
		{"a.go:12 — in Handler, when b is nil", "a.go:12"},
		{"a.go:12 (func Foo)", "a.go:12"},
		{"a.go:57 (old)", "a.go:57(old)"},
		{"a.go:~57", "a.go:57(old)"},
		{"a.go (deleted)", "a.go(old)"},
		{"a.go (old):12", "a.go:12(old)"},
		{"[a.go:12](https://host/x)", "a.go:12"},
		{"[`a.go`](https://host/x#L12-L14)", "a.go:12-14"},
		{"a.go:12, 15, 20-22", "a.go:12 a.go:15 a.go:20-22"},
		{"a.go:12,15", "a.go:12 a.go:15"},
		{"a.go:12, b.go:3 and c.go", "a.go:12 b.go:3 c.go"},
		{"`a.go:1`, `b.go:2`", "a.go:1 b.go:2"},
		{"path/with space.go:12", "path/with space.go:12"},
		{"dir 2/file (1).go:3", "dir 2/file (1).go:3"},
		{"C:\\src\\a.go:12", "C:\\src\\a.go:12"},
		{"foo:12/bar.go:3", "foo:12/bar.go:3"},
		{"v1@2/x.go:3", "v1@2/x.go:3"},
		{"mod@v1.2/x.go:3", "mod@v1.2/x.go:3"},
		{"2024-report.md:3", "2024-report.md:3"},
		{`"tab\there.go":12`, "tab\there.go:12"},
		{`"a.go:12"`, "a.go:12"},
		{"Makefile", "Makefile"},
		{"__init__.py:3", "__init__.py:3"},
		{"app/(group)/page.tsx:3", "app/(group)/page.tsx:3"},
		{"app/[id]/page.tsx:3", "app/[id]/page.tsx:3"},
		{"[id]/page.tsx:3", "[id]/page.tsx:3"},
		{"[a.go]:3", "a.go:3"},
		{"a.go.", "a.go"},
		{"a.go:12.", "a.go:12"},
		{"`Handle` in pkg/a.go:12", "pkg/a.go:12"},
		{"a.go:99999999999", "a.go:99999999999"},
		{"n/a", ""},
		{"the whole change", ""},
		{"<path>:<line>", ""},
		{"", ""},
		{"-", ""},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, placeString(places(tt.text))); diff != "" {
				t.Errorf("got +, want -:\n%s", diff)
			}
		})
	}
}

func checkPlace(t interface {
	Helper()
	Fatalf(string, ...any)
}, p Place) {
	t.Helper()
	switch {
	case p.Path == "" || len(p.Path) > maxPath || strings.Contains(p.Path, "\x00"):
		t.Fatalf("no path: %+v", p)
	case p.Line < 0 || p.EndLine < p.Line || p.Line == 0 && p.EndLine != 0:
		t.Fatalf("no range: %+v", p)
	case p.Side != "" && p.Side != New && p.Side != Old:
		t.Fatalf("no side: %+v", p)
	}
}

func FuzzPlace(f *testing.F) {
	for _, s := range []string{"a.go:12", "`a.go`:1-2 (old)", `"a\tb":3`, "[x](y#L1)", "a.go, lines 3 to 4, b.go#L1", "~", ":::1", "a:0-5"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, p := range places(s) {
			checkPlace(t, p)
		}
	})
}
