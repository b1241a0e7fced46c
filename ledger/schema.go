package ledger

import (
	"encoding/json"
	"fmt"

	"github.com/google/jsonschema-go/jsonschema"
)

// Schema is the JSON Schema of a ledger, for editors. What it cannot say, such as that
// ids stand once, [Parse] holds.
func Schema() ([]byte, error) {
	s := object("The ledger of scrum: known, accepted gaps", []string{"version"}, field{"version", only(Version)}, field{"gaps", &jsonschema.Schema{
		Types: []string{"array", "null"}, Items: gapSchema(), Description: "one entry a gap, in any order",
	}})
	s.Schema, s.ID = "https://json-schema.org/draft/2020-12/schema", "urn:scrum:gaps:v1"
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("writing the schema of the ledger: %w", err)
	}
	return append(data, '\n'), nil
}

type field struct {
	name   string
	schema *jsonschema.Schema
}

func gapSchema() *jsonschema.Schema {
	zero := 0.0
	date := `[0-9]{4}-[0-9]{2}-[0-9]{2}`
	s := object("a known gap", []string{"id", "phase"},
		field{"id", pattern(idForm.String(), "its name")},
		field{"phase", oneWord("the part of a run that it comes from", plain(phases()))},
		field{"as", oneWord("what it was accepted as; without it, it is recorded only and makes nothing known", Ways())},
		field{"reason", filled("why, for those who read it later")},
		field{"owner", filled("who answers for it")},
		field{"seen", pattern("^"+date+"$", "the day on which it was recorded first")},
		field{"accepted", pattern("^"+date+"$", "the day on which it was accepted")},
		field{"expires", pattern("^("+date+"|never)$", "the last day on which it holds; never is for false_positive, duplicate and policy")},
		field{"severity", oneWord("a graver finding is not known", plain(severities()))},
		field{"path", filled("the file in which it was")},
		field{"line", &jsonschema.Schema{Type: "integer", Minimum: &zero, Description: "the line at which it was; 0 or none: the whole file"}},
		field{"side", oneWord("old for deleted lines", []string{"new", "old"})},
		field{"title", filled("what was found")},
		field{"why", filled("and why it was thought to be a problem: known again by both")},
		field{"cases", wordList("of parity and smoke: the cases or steps in which it showed")},
		field{"fingerprint", filled("of the code, as scrum gaps accept writes it; of other phases a signature")},
		field{"reviewers", wordList("who reported it")},
		field{"lineages", wordList("their lineages")},
		field{"run", filled("the run that it was found in")},
		field{"finding", filled("its id there")},
	)
	s.If = &jsonschema.Schema{Required: []string{"as"}}
	s.Then = &jsonschema.Schema{
		Required: []string{"reason", "owner", "accepted", "expires", "fingerprint"},
		If:       &jsonschema.Schema{Properties: map[string]*jsonschema.Schema{"phase": only(Review)}},
		Then:     &jsonschema.Schema{Required: []string{"severity", "path", "title"}},
	}
	return s
}

func object(about string, required []string, fields ...field) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "object", Description: about, Required: required,
		Properties: map[string]*jsonschema.Schema{}, AdditionalProperties: &jsonschema.Schema{Not: &jsonschema.Schema{}}}
	for _, f := range fields {
		s.Properties[f.name] = f.schema
		s.PropertyOrder = append(s.PropertyOrder, f.name)
	}
	return s
}

func only(value any) *jsonschema.Schema { return &jsonschema.Schema{Const: &value} }

func pattern(form, about string) *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Pattern: form, Description: about}
}

func filled(about string) *jsonschema.Schema { return pattern(`\S`, about) }

func oneWord(about string, list []string) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "string", Description: about}
	for _, w := range list {
		s.Enum = append(s.Enum, w)
	}
	return s
}

func wordList(about string) *jsonschema.Schema {
	return &jsonschema.Schema{Type: "array", Items: &jsonschema.Schema{Type: "string"}, Description: about}
}
