package analyse

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const workflow = `on: pull_request
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - run: echo hello
`

func TestWorkflows(t *testing.T) {
	const file = ".github/workflows/ci.yml"
	tests := []struct {
		name       string
		base, next map[string]string
		want       string
	}{
		{"text of strangers in a script", map[string]string{file: workflow}, map[string]string{file: workflow + "      - run: echo ${{ github.event.pull_request.title }}\n"},
			"BLOCK " + file + ":7 (expression)\ncovered " + file + "\n"},
		{"an old mistake is only counted", map[string]string{file: workflow + "      - run: echo ${{ github.event.pull_request.title }}\n"}, map[string]string{file: "# new\n" + workflow + "      - run: echo ${{ github.event.pull_request.title }}\n"},
			"covered " + file + "\n"},
		{"a runner of one's own is not known", map[string]string{file: workflow}, map[string]string{file: strings.Replace(workflow, "ubuntu-latest", "ours", 1)},
			"INFO " + file + ":4 (runner-label)\ncovered " + file + "\n"},
		{"what is no YAML is told at its line", map[string]string{file: workflow}, map[string]string{file: workflow + "  b: [\n"},
			"WARN " + file + ":7 (syntax-check)\ncovered " + file + "\n"},
		{"what the change makes unreadable further down", map[string]string{file: workflow}, map[string]string{file: strings.Replace(workflow, "jobs:", "jobs: x", 1)},
			"WARN " + file + ":3 (syntax-check)\ncovered " + file + "\n"},
		{"a deleted workflow", map[string]string{file: workflow}, map[string]string{file: gone}, "covered " + file + "\n"},
		{"other YAML is not its business", nil, map[string]string{file: workflow, "ci.yml": "a: [\n"}, "covered " + file + "\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			answer, err := builtIn(t, workspace(t, changed(t, tt.base, tt.next)), "actionlint")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, summary(t, answer)); diff != "" {
				t.Errorf("(-want +got):\n%s\n%s", diff, answer)
			}
		})
	}
}

func TestAWorkflowInAPlainDiff(t *testing.T) {
	const file = ".github/workflows/ci.yaml"
	whole := changed(t, nil, map[string]string{file: workflow + "      - run: echo ${{ github.event.pull_request.title }}\n"})
	answer, err := builtIn(t, workspace(t, plainDiff(t, whole)), "actionlint")
	if err != nil || !strings.Contains(answer, "WHERE: "+file+":7\n") {
		t.Errorf("a new file is whole in a diff: %v\n%s", err, answer)
	}
	part := changed(t, map[string]string{file: workflow}, map[string]string{file: workflow + "# new\n"})
	if answer, err := builtIn(t, workspace(t, plainDiff(t, part)), "actionlint"); err == nil || !strings.Contains(err.Error(), "only a part of it") {
		t.Errorf("a part is no clean workflow: %v\n%s", err, answer)
	}
}
