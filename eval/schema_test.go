package eval

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"scrum/report/schematest"
	"scrum/tally"
)

func TestSchemaIsThatOfTheTypes(t *testing.T) {
	schematest.Hold[Report](t, schematest.Form{ID: Version, Title: "A measurement by scrum eval", Types: map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[tally.Severity](): schematest.Words(tally.Block, tally.Warn, tally.Info),
		reflect.TypeFor[tally.Anchor]():   schematest.Words(tally.Exact, tally.Context, tally.Snapped, tally.Whole, tally.Outside, tally.Unknown),
		reflect.TypeFor[tally.JoinRule](): {Type: "string"},
		reflect.TypeFor[verdict]():        schematest.Words(rightJoin, wrongJoin, untoldJoin, noJoin),
	}}, "eval.v1.schema.json", *update)
}

func TestTheDocumentKeepsTheSchema(t *testing.T) {
	var doc bytes.Buffer
	if err := tiny(t, Options{Sweep: true, Curve: true, Explain: true}).WriteJSON(&doc); err != nil {
		t.Fatal(err)
	}
	schematest.Keeps(t, Schema(), doc.Bytes())
	schematest.Refuses(t, Schema(), doc.Bytes(), func(v map[string]any) { v["panel"].(map[string]any)["recall"] = "high" })
	schematest.Refuses(t, Schema(), doc.Bytes(), func(v map[string]any) { delete(v, "reviewers") })
	schematest.Refuses(t, Schema(), doc.Bytes(), func(v map[string]any) { v["schema"] = "scrum/eval/v2" })
}
