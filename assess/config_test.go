package assess

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"scrum/policy"
)

// decodeText reads the sections ledger and assess of a text.
func decodeText(t *testing.T, text string) (Config, error) {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	sections := map[string]*yaml.Node{}
	for i := 0; len(doc.Content) > 0 && i+1 < len(doc.Content[0].Content); i += 2 {
		sections[doc.Content[0].Content[i].Value] = doc.Content[0].Content[i+1]
	}
	return Decode("gauntlet.yaml", sections["ledger"], sections["assess"])
}

func TestSectionsAreRead(t *testing.T) {
	got, err := decodeText(t, `
ledger: {file: accepted.yaml, tracker: docs/parity.md, heading: Decided, record: true}
assess:
  phases: [smoke, parity]
  max_age: 90m
  allow_dirty: true
  never: [order, TIMEOUT]
  policy:
    - {name: all, when: "smoke_failed == 0 && review_outcome in ['pass', '']", outcome: ship}
    - {name: otherwise, when: "true", outcome: hold}
`)
	if err != nil {
		t.Fatal(err)
	}
	want := Config{
		Ledger: "accepted.yaml", Tracker: "docs/parity.md", Heading: "Decided", Record: true, Phases: []string{Smoke, Parity},
		MaxAge: 90 * time.Minute, AllowDirty: true, Never: []string{"order", "TIMEOUT"},
		Rules: []policy.Rule{{Name: "all", When: "smoke_failed == 0 && review_outcome in ['pass', '']", Outcome: "ship"}, {Name: "otherwise", When: "true", Outcome: "hold"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("got +, want -:\n%s", diff)
	}
}

func TestSectionsThatAreNotThereHaveTheDefaults(t *testing.T) {
	for _, text := range []string{"", "ledger:\nassess:\n", "assess: {}\n"} {
		got, err := decodeText(t, text)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(DefaultConfig(), got); diff != "" {
			t.Errorf("%q: got +, want -:\n%s", text, diff)
		}
	}
}

func TestMistakesNameTheirLine(t *testing.T) {
	tests := []struct{ text, want string }{
		{"ledger: []", "gauntlet.yaml:1: ledger is a mapping with the keys file, tracker, heading, record"},
		{"ledger:\n  fil: x", `gauntlet.yaml:2: unknown key "fil" of ledger; did you mean file?`},
		{"ledger:\n  file: x\n  file: y", "gauntlet.yaml:3: the key file of ledger stands here a second time; the first is in line 2"},
		{"ledger:\n  file: ''", "gauntlet.yaml:2: file is a single value that is not empty"},
		{"ledger:\n  heading: x", "gauntlet.yaml:2: heading is of the tracker, and no tracker is named"},
		{"ledger:\n  record: maybe", `gauntlet.yaml:2: record is true or false, not "maybe"`},
		{"assess:\n  zzzz: 1", `gauntlet.yaml:2: unknown key "zzzz" of assess; known are phases, max_age, allow_dirty, never, policy`},
		{"assess:\n  phases: [smoke,\n    prity]", `gauntlet.yaml:3: phases: "prity" is no phase that gives evidence; did you mean parity?`},
		{"assess:\n  phases: [smoke, smoke]", "gauntlet.yaml:2: phases: smoke stands here a second time"},
		{"assess:\n  phases: []", "gauntlet.yaml:2: phases: at least one is needed"},
		{"assess:\n  phases: smoke", "gauntlet.yaml:2: phases is a list"},
		{"assess:\n  max_age: 1 day", `gauntlet.yaml:2: max_age: "1 day" is no time such as 24h or 90m`},
		{"assess:\n  max_age: -1h", `gauntlet.yaml:2: max_age: "-1h" is no time`},
		{"assess:\n  never: {a: b}", "gauntlet.yaml:2: never is a list"},
		{"assess:\n  policy: []", "gauntlet.yaml:2: the policy has no rules: at least one, such as {name: otherwise, when: \"true\", outcome: ship}"},
		{"assess:\n  policy:\n    - {name: a, when: 'true', outcome: shipp}", `gauntlet.yaml:3: outcome: "shipp" is not known; did you mean ship?`},
		{"assess:\n  policy:\n    - {name: a, wen: x}", `gauntlet.yaml:3: unknown key "wen" of a rule; did you mean when?`},
		{"assess:\n  policy:\n    - {name: a, when: 'true', outcome: ship}\n    - {name: b, when: smoke_faild > 0, outcome: ship}", `gauntlet.yaml:4: policy rule "b", line 1 column 1: unknown name smoke_faild`},
		{"assess:\n  policy:\n    - {name: a, when: \"review_outcome == 'blok'\", outcome: ship}", `gauntlet.yaml:3: policy rule "a": review_outcome is never "blok"; it is one of pass, block, inconclusive, `},
		{"assess:\n  policy:\n    - {name: a, when: 'true', outcome: ship}\n    - {name: a, when: 'true', outcome: ship}", `gauntlet.yaml:4: policy rule "a" stands twice`},
		{"assess:\n  policy:\n    - {name: a, when: smoke_failed, outcome: ship}", "expected bool"},
	}
	for _, tt := range tests {
		if _, err := decodeText(t, tt.text); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s\ngot  %v\nwant %s", tt.text, err, tt.want)
		}
	}
}

func TestWhatCannotBeDecidedIsHeld(t *testing.T) {
	for _, rules := range [][]policy.Rule{
		{{Name: "never", When: "smoke_failed > 9", Outcome: "ship"}},
		{{Name: "fails", When: "[true][smoke_failed + 1]", Outcome: "ship"}},
	} {
		p, err := Compile(rules)
		if err != nil {
			t.Fatal(err)
		}
		if v := p.Decide(Env{}); v.Outcome != Hold || v.ExitCode != 4 {
			t.Errorf("%s: %+v", rules[0].Name, v)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("ledger: {file: a, tracker: b}\nassess: {phases: [smoke], policy: [{name: a, when: 'true', outcome: ship}]}\n")
	f.Add("assess: &a\n  never: [*a]\n")
	f.Fuzz(func(t *testing.T, text string) {
		var doc yaml.Node
		if yaml.Unmarshal([]byte(text), &doc) != nil || len(doc.Content) == 0 {
			return
		}
		c, err := Decode("g.yaml", doc.Content[0], doc.Content[0])
		if err == nil && (len(c.Phases) == 0 || c.MaxAge <= 0 || len(c.Rules) == 0) {
			t.Errorf("%q gives %+v", text, c)
		}
	})
}
