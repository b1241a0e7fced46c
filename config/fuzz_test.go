package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"
)

// FuzzLoad: whatever a file, a variable and a flag hold, Load ends with a
// configuration or with an error that names them, and never with both.
func FuzzLoad(f *testing.F) {
	seeds, _ := filepath.Glob("testdata/errors/*.yaml")
	for _, s := range seeds {
		data, err := os.ReadFile(s)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, "60KB", "ffd")
	}
	f.Add(uncommented(Default()), "", "stable")
	f.Add([]byte("a: &a [*a]"), "\x00", "!!binary x")
	f.Fuzz(func(t *testing.T, data []byte, env, flag string) {
		src := Sources{Files: []File{{Name: "FILE", Data: data}}, Env: []string{"SCRUM_GUARDS_WARN=" + env, "SCRUM_LEAVE_OUT_PATHS=" + env}, Flags: map[string]any{"packing": flag}}
		c, err := Load(src)
		if (c == nil) != (err != nil) {
			t.Fatalf("%v and %v", c, err)
		}
		if err != nil {
			for line := range strings.SplitSeq(err.Error(), "\n") {
				if !strings.HasPrefix(line, "FILE") && !strings.HasPrefix(line, "environment variable SCRUM_") && !strings.HasPrefix(line, "command line: ") {
					t.Fatalf("an error from nowhere: %q", line)
				}
			}
			return
		}
		again, err := Load(src)
		if err != nil || again.Digest() != c.Digest() {
			t.Fatalf("a second reading differs: %v", err)
		}
	})
}

func TestNamesStayAsTheyAreWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.StringMatching(`[A-Za-z0-9._/:" é-]{1,12}`), 1, 6, rapid.ID).Draw(t, "names")
		want := map[string]map[string]any{}
		for _, n := range names {
			want[n] = map[string]any{"base_url": "https://h.example/v1", "rpm": len(n)}
		}
		data, err := yaml.Marshal(map[string]any{"providers": want})
		if err != nil {
			t.Fatal(err)
		}
		c, err := Load(Sources{Files: []File{{Name: "a", Data: data}, {Name: "b", Data: data}}})
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]map[string]any{}
		for n, p := range c.Providers {
			got[n] = map[string]any{"base_url": p.BaseURL, "rpm": p.RPM}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

func TestDistanceIsADistance(t *testing.T) {
	word := rapid.StringMatching(`[a-d]{0,6}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := word.Draw(t, "a"), word.Draw(t, "b")
		d := distance(a, b)
		if d != distance(b, a) {
			t.Errorf("%q and %q: not symmetric", a, b)
		}
		if (d == 0) != (a == b) {
			t.Errorf("%q and %q: distance %d", a, b, d)
		}
		if most := max(len(a), len(b)); d > most || d < most-min(len(a), len(b)) {
			t.Errorf("%q and %q: distance %d is out of bounds", a, b, d)
		}
	})
}

func TestNearestKnowsUsualSlips(t *testing.T) {
	candidates := root().known()
	for slip, want := range map[string]string{
		"provider": "providers", "Reviewers": "reviewers", "leaveout": "leave_out", "pakcing": "packing", "taly": "tally",
		"budge": "budget", "x": "", "completely": "", strings.Repeat("panel", 20): "",
	} {
		if got := Nearest(slip, candidates); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", slip, got, want)
		}
	}
}
