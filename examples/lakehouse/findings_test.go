package lakehouse_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	flat "scrum/examples/lakehouse/flat/validator"
)

// playbookWith and fillWith are sound requests with some fields of the document written
// otherwise; "" leaves a field out.
func playbookWith(change map[string]string) string {
	return requestOf("playbook", []string{"operation", "fingerprint", "target", "endorsed"}, map[string]string{
		"operation": `"fill: welder x2 in Toledo"`, "fingerprint": `"5be1f0c2a9d47733"`, "target": `2`, "endorsed": `["W-1001", "W-1002"]`,
	}, change)
}

func fillWith(change map[string]string) string {
	return requestOf("fill", []string{"operation", "target", "fills"}, map[string]string{
		"operation": `"fill: rigger x1 in Dayton"`, "target": `1`, "fills": `[{"worker": "W-1004", "name": "Dora Varga"}]`,
	}, change)
}

func requestOf(kind string, order []string, sound, change map[string]string) string {
	var members []string
	for _, name := range order {
		text := sound[name]
		if other, ok := change[name]; ok {
			text = other
		}
		if text != "" {
			members = append(members, `"`+name+`": `+text)
		}
	}
	if more := change["more"]; more != "" {
		members = append(members, more)
	}
	return `{"kind": "` + kind + `", "document": {` + strings.Join(members, ", ") + `}}`
}

type changes = map[string]string

// TestEveryFindingIsToldInAllThreeForms has each finding once, and what serde, flat and
// flat --wire serde make of it.
func TestEveryFindingIsToldInAllThreeForms(t *testing.T) {
	schema := func(field, reason string) flat.Finding {
		return flat.Finding{Kind: flat.SchemaKind, Field: field, Reason: reason}
	}
	completeness := func(count int, reason string) flat.Finding {
		return flat.Finding{Kind: flat.CompletenessKind, Reason: reason, Count: count}
	}
	consistency := func(worker, reason string) flat.Finding {
		return flat.Finding{Kind: flat.ConsistencyKind, Reason: reason, Worker: worker}
	}
	tagged, plain, mended := services(t)
	for _, tt := range []struct {
		name, body string
		want       flat.Finding
	}{
		{"the request is no object", `[]`, schema("", "expected an object, got a list")},
		{"the request is a number", ` 7 `, schema("", "expected an object, got a number")},
		{"the kind is missing", `{"document": {}}`, schema("kind", "missing")},
		{"the kind is not known", `{"kind": "roster", "document": {}}`, schema("kind", `expected playbook or fill, got "roster"`)},
		{"the kind is empty", `{"kind": "", "document": {}}`, schema("kind", "must not be empty")},
		{"the document is missing", `{"kind": "fill"}`, schema("document", "missing")},
		{"the document is null", `{"kind": "fill", "document": null}`, schema("document", "expected an object, got null")},
		{"the request has a field that nobody knows", `{"kind": "fill", "document": {}, "Kind": "fill"}`, schema("Kind", "unknown field")},
		{"the kind stands twice", `{"kind": "fill", "kind": "fill", "document": {}}`, schema("kind", "stands twice")},

		{"a field is missing", playbookWith(changes{"fingerprint": ""}), schema("fingerprint", "missing")},
		{"a field is null", playbookWith(changes{"fingerprint": "null"}), schema("fingerprint", "expected a string, got null")},
		{"a field has another case", playbookWith(changes{"fingerprint": "", "more": `"Fingerprint": "5be1f0c2a9d47733"`}), schema("Fingerprint", "unknown field")},
		{"a field that nobody knows goes before one that is missing", playbookWith(changes{"operation": "", "more": `"urgent": true`}), schema("urgent", "unknown field")},
		{"a field stands twice", playbookWith(changes{"more": `"target": 2`}), schema("target", "stands twice")},
		{"the operation is empty", playbookWith(changes{"operation": `""`}), schema("operation", "must not be empty")},
		{"the operation has another prefix", playbookWith(changes{"operation": `"remind: \"night\""`}), schema("operation", `expected the prefix "fill: ", got "remind: \"night\""`)},
		{"the operation is the prefix alone", playbookWith(changes{"operation": `"fill:  "`}), schema("operation", `says nothing after the prefix "fill: "`)},
		{"the fingerprint has upper case", playbookWith(changes{"fingerprint": `"5BE1F0C2A9D47733"`}), schema("fingerprint", `expected 16 hexadecimal digits in lower case, got "5BE1F0C2A9D47733"`)},
		{"the fingerprint ends with a line break", playbookWith(changes{"fingerprint": `"5be1f0c2a9d4773\n"`}), schema("fingerprint", `expected 16 hexadecimal digits in lower case, got "5be1f0c2a9d4773\n"`)},
		{"the target is a string", playbookWith(changes{"target": `"2"`}), schema("target", "expected a number, got a string")},
		{"the target has a fraction", playbookWith(changes{"target": `2.0`}), schema("target", "expected a whole number from 1 to 500")},
		{"the target has an exponent", playbookWith(changes{"target": `2e0`}), schema("target", "expected a whole number from 1 to 500")},
		{"the target is nothing", playbookWith(changes{"target": `0`}), schema("target", "expected a whole number from 1 to 500")},
		{"the target is larger than any number", playbookWith(changes{"target": `99999999999999999999999`}), schema("target", "expected a whole number from 1 to 500")},
		{"endorsed is a string", playbookWith(changes{"endorsed": `"W-1001"`}), schema("endorsed", "expected a list, got a string")},
		{"an item of endorsed is a number", playbookWith(changes{"endorsed": `["W-1001", 7]`}), schema("endorsed[1]", "expected a string, got a number")},
		{"an item of endorsed is empty", playbookWith(changes{"endorsed": `[""]`}), schema("endorsed[0]", "must not be empty")},
		{"a fill is no object", fillWith(changes{"fills": `[true]`}), schema("fills[0]", "expected an object, got a boolean")},
		{"a fill lacks its worker", fillWith(changes{"fills": `[{"name": "Dora Varga"}]`}), schema("fills[0].worker", "missing")},
		{"a fill has a field that nobody knows", fillWith(changes{"fills": `[{"worker": "W-1004", "name": "Dora Varga", "shift": 1}]`}), schema("fills[0].shift", "unknown field")},

		{"nobody is endorsed", playbookWith(changes{"endorsed": `[]`}), completeness(0, "endorsed must name at least one worker")},
		{"too many are endorsed", playbookWith(changes{"target": "1", "endorsed": `["W-1001", "W-1002", "W-1003"]`}), completeness(3, "endorsed names 3 workers, and a target of 1 allows 2")},
		{"nothing is filled", fillWith(changes{"fills": `[]`}), completeness(0, "fills must have at least one entry")},
		{"too little is filled", fillWith(changes{"target": `2`}), completeness(1, "fills has 1 entries, and the target is 2")},

		{"somebody is endorsed whom the roster does not have", playbookWith(changes{"endorsed": `["W-1001", "W-9999"]`}), consistency("W-9999", `endorsed[1]: the roster has no worker "W-9999"`)},
		{"somebody is endorsed twice", playbookWith(changes{"endorsed": `["W-1001", "W-1001"]`}), consistency("W-1001", `endorsed[1]: worker "W-1001" is named before`)},
		{"a phantom fills a place", fillWith(changes{"fills": `[{"worker": "W-9999", "name": "Nobody Known"}]`}), consistency("W-9999", `fills[0]: the roster has no worker "W-9999"`)},
		{"somebody fills two places", fillWith(changes{"target": `2`, "fills": `[{"worker": "W-1004", "name": "Dora Varga"}, {"worker": "W-1004", "name": "Dora Varga"}]`}), consistency("W-1004", `fills[1]: worker "W-1004" is named before`)},
		{"somebody fills a place who is not active", fillWith(changes{"fills": `[{"worker": "W-1005", "name": "Emil Novak"}]`}), consistency("W-1005", `fills[0]: worker "W-1005" is not active`)},
		{"somebody has another name", fillWith(changes{"fills": `[{"worker": "W-1004", "name": "Ana Ruiz"}]`}), consistency("W-1004", `fills[0]: worker "W-1004" is "Dora Varga" in the roster, not "Ana Ruiz"`)},
		{"the schema goes before completeness", playbookWith(changes{"endorsed": `[]`, "more": `"urgent": true`}), schema("urgent", "unknown field")},
		{"completeness goes before consistency", playbookWith(changes{"target": "1", "endorsed": `["W-1", "W-2", "W-3"]`}), completeness(3, "endorsed names 3 workers, and a target of 1 allows 2")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, got := ask(plain, []byte(tt.body))
			if diff := cmp.Diff(asMap(t, tt.want), got); diff != "" || status != 422 {
				t.Errorf("flat: status %d\n%s", status, diff)
			}
			status, got = ask(tagged, []byte(tt.body))
			if diff := cmp.Diff(taggedForm(tt.want), got); diff != "" || status != 422 {
				t.Errorf("serde: status %d\n%s", status, diff)
			}
			status, got = ask(mended, []byte(tt.body))
			if diff := cmp.Diff(taggedForm(tt.want), got); diff != "" || status != 422 {
				t.Errorf("flat --wire serde: status %d\n%s", status, diff)
			}
		})
	}
}

func asMap(t *testing.T, v any) map[string]any {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(data, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// taggedForm is what serde makes of a finding. It is written apart from what is tested.
func taggedForm(f flat.Finding) map[string]any {
	content := map[string]any{"reason": f.Reason}
	if f.Kind == flat.SchemaKind {
		content["field"] = f.Field
	}
	if f.Count != 0 {
		content["count"] = float64(f.Count)
	}
	if f.Worker != "" {
		content["worker"] = f.Worker
	}
	tag := strings.ToUpper(string(f.Kind[:1])) + string(f.Kind[1:])
	return map[string]any{tag: content}
}

func TestSoundDocumentsAreValid(t *testing.T) {
	tagged, plain, mended := services(t)
	for name, body := range map[string]string{
		"a playbook":                            playbookWith(nil),
		"a playbook with as many as it may":     playbookWith(changes{"target": "1"}),
		"a playbook with somebody not active":   playbookWith(changes{"endorsed": `["W-1005"]`}),
		"a fill":                                fillWith(nil),
		"a fill among blanks":                   "\n\t" + fillWith(nil) + " \r\n",
		"a playbook with a name that is spelt":  strings.Replace(playbookWith(nil), `"target"`, `"t\u0061rget"`, 1),
		"a fill whose worker has an odd escape": strings.Replace(fillWith(nil), `W-1004`, `\u0057-1004`, 1),
	} {
		kind := "playbook"
		if strings.Contains(body, `"fills"`) {
			kind = "fill"
		}
		want := map[string]any{"valid": true, "kind": kind}
		for _, h := range []struct {
			name string
			ask  func([]byte) (int, map[string]any)
		}{
			{"serde", asker(tagged)}, {"flat", asker(plain)}, {"flat --wire serde", asker(mended)},
		} {
			if status, got := h.ask([]byte(body)); status != 200 || !cmp.Equal(want, got) {
				t.Errorf("%s by %s: status %d, %v", name, h.name, status, got)
			}
		}
	}
}
