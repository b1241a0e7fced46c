package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"

	"scrum/bundler"
	"scrum/reviewers"
	"scrum/tally"
)

var update = flag.Bool("update", false, "write golden files and the schema anew")

const schemaFile = "review.v1.schema.json"

func TestSchemaIsThatOfTheTypes(t *testing.T) {
	want := generateSchema(t)
	if *update {
		if err := os.WriteFile(schemaFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(want), string(Schema())); diff != "" {
		t.Errorf("%s is not what the types say; run go test ./report -update (-types +file):\n%s", schemaFile, diff)
	}
}

// generateSchema makes the schema from the Go types. Readers are to take fields
// that later versions add, so nothing says additionalProperties: false.
func generateSchema(t *testing.T) []byte {
	t.Helper()
	words := func(values ...any) *jsonschema.Schema { return &jsonschema.Schema{Type: "string", Enum: values} }
	s, err := jsonschema.For[Review](&jsonschema.ForOptions{TypeSchemas: map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[tally.Severity]():  words(tally.Block, tally.Warn, tally.Info),
		reflect.TypeFor[tally.Side]():      words(tally.New, tally.Old),
		reflect.TypeFor[tally.Anchor]():    words(tally.Exact, tally.Context, tally.Snapped, tally.Whole, tally.Outside, tally.Unknown),
		reflect.TypeFor[tally.State]():     words(tally.Open, tally.Retracted, tally.Refuted, tally.Known),
		reflect.TypeFor[tally.Outcome]():   words(tally.Pass, tally.Blocked, tally.Inconclusive),
		reflect.TypeFor[bundler.Guard]():   words(bundler.GuardOK, bundler.GuardWarn, bundler.GuardRefused, bundler.GuardForced),
		reflect.TypeFor[time.Time]():       {Type: "string", Format: "date-time"},
		reflect.TypeFor[reviewers.Kind]():  words(reviewers.OpenAI, reviewers.Command, reviewers.Analyser),
		reflect.TypeFor[reviewers.State](): words(reviewers.Engaged, reviewers.Disengaged, reviewers.Truncated, reviewers.Failed, reviewers.Skipped),
	}})
	if err != nil {
		t.Fatal(err)
	}
	loosen(s)
	describe(t, s, reflect.TypeFor[Review](), map[string]map[string]string{})
	s.Schema, s.ID, s.Title = "https://json-schema.org/draft/2020-12/schema", "urn:scrum:review:v1", "A review by scrum"
	id := any(SchemaID)
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
	s.AdditionalProperties = nil
	if len(s.Types) == 2 && s.Items != nil {
		s.Type, s.Types = "array", nil
	}
	loosen(s.Items)
	for _, p := range s.Properties {
		loosen(p)
	}
}

// validate holds a document against the schema.
func validate(t *testing.T, doc []byte) {
	t.Helper()
	var s jsonschema.Schema
	if err := json.Unmarshal(Schema(), &s); err != nil {
		t.Fatal(err)
	}
	resolved, err := s.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.NewDecoder(bytes.NewReader(doc)).Decode(&v); err != nil {
		t.Fatalf("%v in\n%s", err, doc)
	}
	if err := resolved.Validate(v); err != nil {
		t.Errorf("the document does not keep the schema: %v\n%s", err, doc)
	}
}
