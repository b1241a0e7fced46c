package report

import (
	"flag"
	"reflect"
	"testing"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"scrum/bundler"
	"scrum/report/schematest"
	"scrum/reviewers"
	"scrum/tally"
)

var update = flag.Bool("update", false, "write golden files and the schema anew")

func TestSchemaIsThatOfTheTypes(t *testing.T) {
	schematest.Hold[Review](t, schematest.Form{ID: SchemaID, Title: "A review by scrum", Types: map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[tally.Severity]():  schematest.Words(tally.Block, tally.Warn, tally.Info),
		reflect.TypeFor[tally.Side]():      schematest.Words(tally.New, tally.Old),
		reflect.TypeFor[tally.Anchor]():    schematest.Words(tally.Exact, tally.Context, tally.Snapped, tally.Whole, tally.Outside, tally.Unknown),
		reflect.TypeFor[tally.State]():     schematest.Words(tally.Open, tally.Retracted, tally.Refuted, tally.Known),
		reflect.TypeFor[tally.Outcome]():   schematest.Words(tally.Pass, tally.Blocked, tally.Inconclusive),
		reflect.TypeFor[bundler.Guard]():   schematest.Words(bundler.GuardOK, bundler.GuardWarn, bundler.GuardRefused, bundler.GuardForced),
		reflect.TypeFor[time.Time]():       {Type: "string", Format: "date-time"},
		reflect.TypeFor[reviewers.Kind]():  schematest.Words(reviewers.OpenAI, reviewers.Command, reviewers.Analyser),
		reflect.TypeFor[reviewers.State](): schematest.Words(reviewers.Engaged, reviewers.Disengaged, reviewers.Truncated, reviewers.Failed, reviewers.Skipped),
	}}, "review.v1.schema.json", *update)
}

// validate holds a document against the schema.
func validate(t *testing.T, doc []byte) {
	t.Helper()
	schematest.Keeps(t, Schema(), doc)
}
