package doctor

import (
	"bytes"
	"flag"
	"reflect"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"scrum/report/schematest"
)

var update = flag.Bool("update", false, "write the schema anew")

func TestSchemaIsThatOfTheTypes(t *testing.T) {
	schematest.Hold[document](t, schematest.Form{ID: SchemaID, Title: "What scrum doctor has seen", Types: map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[State](): schematest.Words(OK, Warn, Fail, Skipped),
	}}, "doctor.v1.schema.json", *update)
}

func TestTheDocumentKeepsTheSchema(t *testing.T) {
	var doc bytes.Buffer
	if err := WriteJSON(&doc, []Check{{Group: "here", Name: "git", State: Fail, Saw: "a", Fix: "b"}, {Group: "panel", Name: "opus", State: Skipped, Elsewhere: true}}); err != nil {
		t.Fatal(err)
	}
	schematest.Keeps(t, Schema(), doc.Bytes())
	schematest.Refuses(t, Schema(), doc.Bytes(), func(v map[string]any) { v["checks"].([]any)[0].(map[string]any)["state"] = "fine" })
	schematest.Refuses(t, Schema(), doc.Bytes(), func(v map[string]any) { delete(v, "exit_code") })
	schematest.Refuses(t, Schema(), doc.Bytes(), func(v map[string]any) { v["schema"] = "scrum/doctor/v2" })
}
