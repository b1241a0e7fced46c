package gauntlet

import (
	"strings"
	"testing"
)

func TestASectionKeepsItsPlaceInTheFile(t *testing.T) {
	f, err := Parse("gauntlet.yaml", []byte("# nightly\nservices:\n  api: {run: [./api]}\nparity: {}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := f.Section("services"); got == nil || got.Line != 3 {
		t.Errorf("the services are %+v", got)
	}
	if got := f.Section("smoke"); got != nil {
		t.Errorf("a section that is not there is %+v", got)
	}
}

func TestWhatIsNoGauntletFileIsRefusedWithItsLine(t *testing.T) {
	for text, want := range map[string]string{
		"":                        "is empty",
		"- a\n":                   "g.yaml:1: it must be a mapping",
		"smoke: {}\nsmokes: {}\n": `g.yaml:2: unknown section "smokes"`,
		"smoke: {}\nsmoke: {}\n":  "g.yaml:2: section smoke stands here a second time",
		"smoke: {}\n---\nb: {}\n": "more than one YAML document",
		"smoke: [\n":              "g.yaml: yaml:",
	} {
		if _, err := Parse("g.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, not %q", text, err, want)
		}
	}
}
