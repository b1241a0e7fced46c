package config

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"
	"go.yaml.in/yaml/v3"

	"scrum/bundler"
	"scrum/tally"
)

func TestTheBuiltInFileSaysWhatThePackagesDoWithoutConfiguration(t *testing.T) {
	c := load(t, Sources{})
	if diff := cmp.Diff(tally.DefaultPolicy(), c.Policy); diff != "" {
		t.Errorf("policy (-package +file):\n%s", diff)
	}
	if diff := cmp.Diff(tally.DefaultEngagement(), c.Engagement); diff != "" {
		t.Errorf("engagement (-package +file):\n%s", diff)
	}
	if diff := cmp.Diff(Guards{bundler.DefaultWarn, bundler.DefaultRefuse}, c.Guards); diff != "" {
		t.Errorf("guards (-package +file):\n%s", diff)
	}
	if len(c.Providers)+len(c.Reviewers) > 0 || c.Panel != "" || len(c.Warnings) > 0 {
		t.Errorf("the built-in file chooses for its user: %+v", c)
	}
	if diff := cmp.Diff(builtIn(), c.Panels["offline"]); diff != "" {
		t.Errorf("the offline panel (-want +got):\n%s", diff)
	}
}

func TestEveryKeyIsDocumentedInTheBuiltInFile(t *testing.T) {
	docs, err := descriptions()
	if err != nil {
		t.Fatal(err)
	}
	var missing []string
	for _, path := range allKeys(root(), "") {
		if docs[path] == "" {
			missing = append(missing, path)
		}
	}
	if len(missing) > 0 {
		t.Errorf("config.yaml says nothing of: %s", strings.Join(missing, ", "))
	}
}

func allKeys(s *spec, path string) []string {
	switch s.shape {
	case names:
		return allKeys(s.elem, path+".*")
	case list:
		return allKeys(s.elem, path+"[]")
	}
	var out []string
	for _, k := range s.keys {
		below := join(path, k.name)
		out = append(append(out, below), allKeys(k.spec, below)...)
	}
	return out
}

// An unknown key in an example would be an error here: that is how config.yaml
// cannot document what there is not.
func TestTheExamplesOfTheBuiltInFileWork(t *testing.T) {
	c := load(t, Sources{Files: []File{{Name: "config.yaml without its comment signs", Data: uncommented(Default())}}})
	if len(c.Providers) == 0 || len(c.Reviewers) == 0 || c.Panel == "" || c.Prompts.System == "" || len(c.Guidance.Rules) == 0 || len(c.Components) == 0 {
		t.Errorf("an example is missing: %+v", c)
	}
}

func TestSchemaTakesTheBuiltInFileAndRefusesMistakes(t *testing.T) {
	data, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	var s jsonschema.Schema
	if err := json.Unmarshal(data, &s); err != nil {
		t.Fatal(err)
	}
	resolved, err := s.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, text string
		ok         bool
	}{
		{"the built-in file", string(Default()), true},
		{"its examples", string(uncommented(Default())), true},
		{"sizes as numbers", "guards: {warn: 800, refuse: 1 MB}", true},
		{"an unknown key", "gaurds: {warn: 60KB}", false},
		{"an unknown key in a list", "reviewers: [{name: a, modell: b}]", false},
		{"an unknown kind", "reviewers: [{name: a, kind: llm}]", false},
		{"a number without its unit", "deadlines: {seat: 5}", false},
		{"a negative number", "attempts: -1", false},
		{"a text for a list", "panels: {default: go-vet}", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var v any
			if err := yaml.Unmarshal([]byte(tt.text), &v); err != nil {
				t.Fatal(err)
			}
			asJSON, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(asJSON, &v); err != nil {
				t.Fatal(err)
			}
			if err := resolved.Validate(v); (err == nil) != tt.ok {
				t.Errorf("Validate: %v", err)
			}
		})
	}
}
