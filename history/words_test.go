package history

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const sampleLedger = `# known gaps
version: 1
gaps:
  - id: g-1
    phase: review
    as: false_positive
    accepted: 2026-11-02
    expires: never
    run: r1
    finding: f1
    title: 'yes: # "it" is'
    reviewers: ['opus, the great', "true"]
    lineages: [anthropic]
  - {id: g-2, as: deferred, reviewers: [kimi], extra: {deep: [1]}}
  - {id: g-3, reviewers: [kimi]}
  - {id: g-4, as: wontfix, reviewers: [kimi]}
  - {id: g-2, as: policy, reviewers: [again]}
  - {as: policy, reviewers: [nameless]}
  - just words
`

func TestWordsAreReadFromALedger(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gaps.yaml")
	must(t, os.WriteFile(path, []byte(sampleLedger), 0o600))
	got, err := ReadWords(path)
	must(t, err)
	want := []Word{
		{ID: "g-1", As: "false_positive", Run: "r1", Finding: "f1", Accepted: "2026-11-02", Reviewers: []string{"opus, the great", "true"}, Lineages: []string{"anthropic"}},
		{ID: "g-2", As: "deferred", Reviewers: []string{"kimi"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestALedgerThatSaysNothing(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "a comment": "# nothing\n", "no gaps": "version: 1\n", "null": "gaps: ~\n", "a list": "- 1\n", "a mapping for a list": "gaps: {a: b}\n",
		"an alias": "x: &x [{id: g-1, as: policy}]\ngaps: *x\n",
	} {
		if got, err := parseWords([]byte(text)); err != nil || len(got) != 0 {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
	}
	if got, err := ReadWords(filepath.Join(t.TempDir(), "none.yaml")); err != nil || got != nil {
		t.Errorf("no file: got %v, %v", got, err)
	}
}

func TestALedgerThatCannotBeReadIsAnError(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "gaps.yaml")
	must(t, os.WriteFile(path, []byte("gaps: [\n"), 0o600))
	for _, p := range []string{path, dir} {
		if _, err := ReadWords(p); err == nil || !strings.Contains(err.Error(), p) {
			t.Errorf("got %v, want an error that names %s", err, p)
		}
	}
}

func FuzzWords(f *testing.F) {
	f.Add([]byte(sampleLedger))
	f.Add([]byte("a: &a [*a, *a]\ngaps: *a"))
	f.Fuzz(func(t *testing.T, data []byte) {
		words, err := parseWords(data)
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for _, w := range words {
			if w.ID == "" || seen[w.ID] || judge(w.As) == unsaid {
				t.Errorf("a word that says nothing, or says it twice: %+v", w)
			}
			seen[w.ID] = true
		}
	})
}
