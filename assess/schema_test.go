package assess

import (
	"bytes"
	"reflect"
	"testing"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"scrum/ledger"
	"scrum/report/schematest"
)

func TestSchemaIsThatOfTheTypes(t *testing.T) {
	schematest.Hold[Result](t, schematest.Form{ID: ResultID, Title: "An assessment by scrum", Types: map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[Outcome]():      schematest.Words(Outcomes()...),
		reflect.TypeFor[Quality]():      schematest.Words(Good, Absent, Stale, Foreign, Dirty, Altered, Unreadable, Skipped, NotNeeded),
		reflect.TypeFor[ledger.State](): schematest.Words(ledger.StateNew, ledger.StateKnown, ledger.StateExpired, ledger.StateFixed, ledger.StateStale),
		reflect.TypeFor[ledger.Phase](): schematest.Words(ledger.Review, ledger.Smoke, ledger.Parity, ledger.Assess),
		reflect.TypeFor[ledger.As]():    schematest.Words(append([]string{""}, ledger.Ways()...)...),
		reflect.TypeFor[time.Time]():    {Type: "string", Format: "date-time"},
	}}, "assess.v1.schema.json", *update)
}

func TestTheDocumentKeepsTheSchema(t *testing.T) {
	var doc bytes.Buffer
	if err := (JSON{}).Write(&doc, crowded(t)); err != nil {
		t.Fatal(err)
	}
	schematest.Keeps(t, Schema(), doc.Bytes())
	schematest.Refuses(t, Schema(), doc.Bytes(), func(v map[string]any) { v["verdict"].(map[string]any)["outcome"] = "perhaps" })
	schematest.Refuses(t, Schema(), doc.Bytes(), func(v map[string]any) { v["evidence"] = "none" })
	schematest.Refuses(t, Schema(), doc.Bytes(), func(v map[string]any) { v["schema"] = "scrum/assess/v2" })
}

func TestADocumentOfNothingKeepsTheSchema(t *testing.T) {
	r := &Result{Schema: ResultID, Verdict: Verdict{Outcome: Hold}, Gaps: []Gap{{State: ledger.StateNew, Phase: ledger.Smoke}},
		Evidence: []Item{{Phase: Smoke, Quality: Absent}}, Last: &Comparison{Outcome: Ship}, Tracker: &Tracked{}}
	var doc bytes.Buffer
	if err := (JSON{}).Write(&doc, r); err != nil {
		t.Fatal(err)
	}
	schematest.Keeps(t, Schema(), doc.Bytes())
	if r.Gaps[0].Cases != nil || r.Tracker.Lacks != nil {
		t.Error("writing has changed the result")
	}
}
