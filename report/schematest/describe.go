package schematest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
)

// describe gives every property of a schema the comment of the field that it comes from,
// so that editors and the reference say what the code says.
func describe(t *testing.T, s *jsonschema.Schema, of reflect.Type, comments map[string]map[string]string) {
	t.Helper()
	for of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice {
		if of.Kind() == reflect.Slice && s.Items != nil {
			s = s.Items
		}
		of = of.Elem()
	}
	if of.Kind() != reflect.Struct || s == nil || s.Properties == nil {
		return
	}
	for i := range of.NumField() {
		f := of.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && name == "" {
			describe(t, s, f.Type, comments)
			continue
		}
		p := s.Properties[name]
		if p == nil {
			continue
		}
		p.Description = commentOf(t, of, f.Name, comments)
		describe(t, p, f.Type, comments)
	}
}

// commentOf reads the sources of a type's package once.
func commentOf(t *testing.T, of reflect.Type, field string, comments map[string]map[string]string) string {
	t.Helper()
	dir, ours := strings.CutPrefix(of.PkgPath(), "scrum/")
	if !ours {
		return ""
	}
	if comments[dir] == nil {
		comments[dir] = fieldComments(t, filepath.Join(root(t), dir))
	}
	return comments[dir][of.Name()+"."+field]
}

func fieldComments(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, e.Name()), nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			if s, ok := spec.Type.(*ast.StructType); ok {
				for _, field := range s.Fields.List {
					for _, name := range field.Names {
						out[spec.Name.Name+"."+name.Name] = strings.Join(strings.Fields(field.Doc.Text()+" "+field.Comment.Text()), " ")
					}
				}
			}
			return true
		})
	}
	return out
}

// root is the folder of the module: a test runs in that of its package.
func root(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; filepath.Dir(dir) != dir; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
	}
	t.Fatal("there is no go.mod above the test")
	return ""
}
