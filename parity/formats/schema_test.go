package formats

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"

	"scrum/parity"
	"scrum/parity/compare"
	"scrum/parity/exchange"
)

const schemaFile = "parity.v1.schema.json"

func TestSchemaIsThatOfTheTypes(t *testing.T) {
	want := generateSchema(t)
	if *update {
		if err := os.WriteFile(schemaFile, want, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(want), string(Schema())); diff != "" {
		t.Errorf("%s is not what the types say; go test ./parity/formats -update writes it anew (-types +file):\n%s", schemaFile, diff)
	}
}

// generateSchema makes the schema from the Go types. Readers are to take fields that
// later versions add, so nothing says additionalProperties: false.
func generateSchema(t *testing.T) []byte {
	t.Helper()
	words := func(values ...any) *jsonschema.Schema { return &jsonschema.Schema{Type: "string", Enum: values} }
	s, err := jsonschema.For[parity.Result](&jsonschema.ForOptions{TypeSchemas: map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[compare.State]():        words(compare.Same, compare.Differs, compare.Noisy, compare.NotCompared),
		reflect.TypeFor[compare.Layer]():        {Type: "string"},
		reflect.TypeFor[compare.Class]():        {Type: "string"},
		reflect.TypeFor[exchange.FailureKind](): {Type: "string"},
		reflect.TypeFor[time.Time]():            {Type: "string", Format: "date-time"},
		reflect.TypeFor[map[compare.Layer]compare.State](): {
			Type: "object", AdditionalProperties: words(compare.Same, compare.Differs, compare.Noisy, compare.NotCompared),
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
	loosen(s)
	s.Schema, s.ID, s.Title = "https://json-schema.org/draft/2020-12/schema", "urn:scrum:parity:v1", "A result of scrum parity"
	id := any(parity.SchemaID)
	s.Properties["schema"].Const = &id
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(data, '\n')
}

// loosen lets later fields in, and takes null from the types of lists: JSON writes
// empty ones.
func loosen(s *jsonschema.Schema) {
	if s == nil {
		return
	}
	if s.AdditionalProperties != nil && s.AdditionalProperties.Type == "" {
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

func TestAResultKeepsTheSchema(t *testing.T) {
	var s jsonschema.Schema
	if err := json.Unmarshal(Schema(), &s); err != nil {
		t.Fatal(err)
	}
	resolved, err := s.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal([]byte(write(t, "json")), &doc); err != nil {
		t.Fatal(err)
	}
	if err := resolved.Validate(doc); err != nil {
		t.Errorf("the document does not keep the schema: %v", err)
	}
	delete(doc, "targets")
	if err := resolved.Validate(doc); err == nil || !strings.Contains(err.Error(), "targets") {
		t.Errorf("a document without targets keeps the schema: %v", err)
	}
}
