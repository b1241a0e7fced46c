package smoke_test

import (
	"bytes"
	"reflect"
	"testing"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"scrum/report/schematest"
	"scrum/smoke"
)

func TestSchemaIsThatOfTheTypes(t *testing.T) {
	schematest.Hold[smoke.Result](t, schematest.Form{ID: smoke.SchemaID, Title: "A result of scrum smoke", Types: map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[smoke.Outcome](): schematest.Words(smoke.Pass, smoke.Fail, smoke.Error, smoke.Timeout, smoke.Skip, smoke.Flaky, smoke.Leak),
		reflect.TypeFor[smoke.Verdict](): schematest.Words(smoke.Passed, smoke.Failed, smoke.Inconclusive, smoke.Interrupted),
		reflect.TypeFor[time.Time]():     {Type: "string", Format: "date-time"},
	}}, "smoke.v1.schema.json", *update)
}

func TestTheDocumentKeepsTheSchema(t *testing.T) {
	var doc bytes.Buffer
	if err := (smoke.JSON{}).Write(&doc, rich()); err != nil {
		t.Fatal(err)
	}
	schematest.Keeps(t, smoke.Schema(), doc.Bytes())
	schematest.Refuses(t, smoke.Schema(), doc.Bytes(), func(v map[string]any) { v["steps"].([]any)[0].(map[string]any)["result"] = "passed" })
	schematest.Refuses(t, smoke.Schema(), doc.Bytes(), func(v map[string]any) { delete(v, "totals") })
	schematest.Refuses(t, smoke.Schema(), doc.Bytes(), func(v map[string]any) { v["schema"] = "scrum/smoke/v2" })
}

func TestADocumentOfNothingKeepsTheSchema(t *testing.T) {
	r := &smoke.Result{Schema: smoke.SchemaID, Verdict: smoke.Interrupted, Steps: []smoke.StepResult{{Name: "up", Result: smoke.Skip}}}
	var doc bytes.Buffer
	if err := (smoke.JSON{}).Write(&doc, r); err != nil {
		t.Fatal(err)
	}
	schematest.Keeps(t, smoke.Schema(), doc.Bytes())
	if r.Steps[0].Cases != nil {
		t.Error("writing has changed the result")
	}
}
