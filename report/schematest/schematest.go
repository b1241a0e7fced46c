package schematest

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"
)

// Form says what a schema is made of, beside the type of the document.
type Form struct {
	ID    string // of the document, such as scrum/review/v1
	Title string
	// Types are the schemas of types that do not say enough by themselves, such as words
	// of which there are few.
	Types map[reflect.Type]*jsonschema.Schema
}

// Words is the schema of a type that has these values only.
func Words[T ~string](values ...T) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "string"}
	for _, v := range values {
		s.Enum = append(s.Enum, string(v))
	}
	return s
}

// Hold compares a file with the schema of the type, or writes it when told to update it.
func Hold[T any](t *testing.T, f Form, file string, update bool) {
	t.Helper()
	want := Make[T](t, f)
	if update {
		if err := os.WriteFile(file, want, 0o644); err != nil { //nolint:gosec // a source file, which all may read
			t.Fatal(err)
		}
		return
	}
	have, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(have)); diff != "" {
		t.Errorf("%s is not what the types say; go test with -update writes it anew (-types +file):\n%s", file, diff)
	}
}

// Make makes the schema of a type. Readers are to take fields that later versions add, so
// nothing says additionalProperties: false.
func Make[T any](t *testing.T, f Form) []byte {
	t.Helper()
	s, err := jsonschema.For[T](&jsonschema.ForOptions{TypeSchemas: f.Types})
	if err != nil {
		t.Fatal(err)
	}
	loosen(s)
	describe(t, s, reflect.TypeFor[T](), map[string]map[string]string{})
	s.Schema, s.Title = "https://json-schema.org/draft/2020-12/schema", f.Title
	s.ID = "urn:" + strings.ReplaceAll(f.ID, "/", ":")
	id := any(f.ID)
	s.Properties["schema"].Const = &id
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(data, '\n')
}

// loosen lets later fields in, and takes null from the types of lists: JSON writes empty
// ones. Maps keep what they say of their values.
func loosen(s *jsonschema.Schema) {
	if s == nil {
		return
	}
	if s.AdditionalProperties != nil && s.AdditionalProperties.Not != nil {
		s.AdditionalProperties = nil
	}
	if len(s.Types) == 2 && s.Items != nil {
		s.Type, s.Types = "array", nil
	}
	loosen(s.Items)
	for _, p := range s.Properties {
		loosen(p)
	}
}

// Keeps holds a document to a schema.
func Keeps(t *testing.T, schema, doc []byte) {
	t.Helper()
	if err := Validate(schema, doc); err != nil {
		t.Errorf("the document does not keep the schema: %v\n%s", err, doc)
	}
}

// Refuses changes a document, and makes sure that the schema has it no more.
func Refuses(t *testing.T, schema, doc []byte, change func(map[string]any)) {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(doc, &v); err != nil {
		t.Fatal(err)
	}
	change(v)
	changed, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if Validate(schema, changed) == nil {
		t.Errorf("the schema has what is no such document:\n%s", changed)
	}
}

// Validate gives what a document does wrong.
func Validate(schema, doc []byte) error {
	var s jsonschema.Schema
	if err := json.Unmarshal(schema, &s); err != nil {
		return fmt.Errorf("reading the schema: %w", err)
	}
	resolved, err := s.Resolve(nil)
	if err != nil {
		return fmt.Errorf("reading the schema: %w", err)
	}
	var v any
	if err := json.Unmarshal(doc, &v); err != nil {
		return fmt.Errorf("reading the document: %w", err)
	}
	return resolved.Validate(v)
}
