package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// The scripts in action.yml and in the examples for CI are run here with what their
// systems would set, in a clone as they would make it.

// checkout is a clone of a repository with a change, and the commits around the change.
type checkout struct {
	dir, temp  string
	base, head string
}

const (
	gateOnBlock = `policy:
  - {name: any-block, when: "any(findings, .severity == 'BLOCK' && .state == 'open')", outcome: block}
  - {name: otherwise, when: "true", outcome: pass}
panels:
  default: [secrets, instructions]
`
	noVerdict = `policy:
  - {name: otherwise, when: "true", outcome: inconclusive}
panels:
  default: [secrets]
`
	needsModels = `providers:
  cloud: {base_url: "http://127.0.0.1:1", api_key_env: A_KEY_THAT_FORKS_HAVE_NOT}
reviewers:
  - {name: one, provider: cloud, model: anthropic/claude, lineage: anthropic}
  - {name: two, provider: cloud, model: moonshotai/kimi, lineage: moonshot}
panels:
  default: [one, two]
`
)

func TestTheActionRunsAsItsRunnerWould(t *testing.T) {
	review := actionStep(t, "review")
	for _, c := range []struct {
		name, config, change string
		set                  []string
		code                 int
		output, summary, out string
	}{
		{name: "a clean change passes", config: gateOnBlock, change: "words\n",
			code: 0, output: "outcome=pass\nsarif=", summary: "PASS", out: "PASS  exit status 0"},
		{name: "a secret closes the gate and is annotated at its line", config: gateOnBlock, change: secret(),
			code: 1, output: "outcome=block\nsarif=", summary: "BLOCK", out: "::warning file=change.txt,line=1,endLine=1,title=BLOCK"},
		{name: "a range of one's own goes before the pull request's", config: gateOnBlock, change: secret(), set: []string{"RANGE=HEAD...HEAD~0"},
			code: 0, output: "outcome=pass", out: "nothing to review"},
		{name: "a push has no pull request and is compared with the default branch", config: gateOnBlock, change: secret(), set: []string{"BASE=", "HEAD="},
			code: 1, output: "outcome=block", summary: "BLOCK", out: "change.txt"},
		{name: "a fork has no key and is reviewed by the analysers", config: needsModels, change: "words\n", set: []string{"FORK=true"},
			code: 0, output: "outcome=pass", summary: "No model has read this change", out: "no model has read it"},
		{name: "a key that is missing elsewhere is an error", config: needsModels, change: "words\n",
			code: 2, output: "outcome=error\n", out: "A_KEY_THAT_FORKS_HAVE_NOT"},
		{name: "an inconclusive review fails", config: noVerdict, change: "words\n",
			code: 4, output: "outcome=inconclusive", summary: "INCONCLUSIVE", out: "INCONCLUSIVE"},
		{name: "an inconclusive review fails nothing where that was asked for", config: noVerdict, change: "words\n", set: []string{"STRICT=false"},
			code: 0, output: "outcome=inconclusive", out: "INCONCLUSIVE"},
		{name: "a panel that is not there is an error and no outcome", config: gateOnBlock, change: "words\n", set: []string{"PANEL=nobody"},
			code: 2, output: "outcome=error\n", out: "nobody"},
		{name: "a clone without the base commit is an error that says so", config: gateOnBlock, change: "words\n", set: []string{"BASE=" + strings.Repeat("ab", 20), "STRICT=false"},
			code: 2, output: "outcome=error\n", out: "abababab"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			at := newCheckout(t, c.config, c.change)
			if out, code := at.bash(t, "git fetch -q origin main:refs/remotes/origin/main", nil); code != 0 { // actions/checkout with fetch-depth 0 has all branches
				t.Fatal(out)
			}
			action := t.TempDir()
			linkScrum(t, filepath.Join(action, "bin"))
			output, summary := filepath.Join(at.temp, "output"), filepath.Join(at.temp, "summary")
			env := append([]string{"ACTION=" + action, "RUNNER_TEMP=" + at.temp, "GITHUB_OUTPUT=" + output, "GITHUB_STEP_SUMMARY=" + summary, "CI=true", "GITHUB_ACTIONS=true",
				"RANGE=", "PANEL=", "FORK=false", "MAX_COST=0", "STRICT=true", "BASE=" + at.base, "HEAD=" + at.head}, c.set...)
			out, code := at.bash(t, review, env)
			if code != c.code {
				t.Errorf("exit status %d, want %d", code, c.code)
			}
			wantIn(t, "what it says", out, c.out)
			wantIn(t, "the outputs", contents(t, output), c.output)
			wantIn(t, "the summary", contents(t, summary), c.summary)
			for _, m := range regexp.MustCompile(`(?m)^(?:sarif|html)=(.*)$`).FindAllStringSubmatch(contents(t, output), -1) {
				if _, err := os.Stat(m[1]); err != nil {
					t.Errorf("an output names a file that is not there: %v", err)
				}
			}
			if t.Failed() {
				t.Logf("%s\noutputs:\n%s", out, contents(t, output))
			}
		})
	}
}

func TestTheExamplesForCIRunAsTheirSystemsWould(t *testing.T) {
	branch := func(name string) func(checkout) []string {
		return func(checkout) []string { return []string{name + "=main"} }
	}
	for _, c := range []struct {
		name   string
		script string
		env    func(checkout) []string
		files  []string
	}{
		{"GitHub", stepOf(t, "examples/ci/github.yml", "Review"),
			func(at checkout) []string { return []string{"BASE=" + at.base, "HEAD=" + at.head, "FORK=false"} },
			[]string{"scrum.sarif", "scrum.html", "annotations.txt", "comment.md"}},
		{"GitLab", strings.Join(gitlabScript(t), "\n"),
			func(at checkout) []string {
				return []string{"CI_MERGE_REQUEST_DIFF_BASE_SHA=" + at.base, "CI_COMMIT_SHA=" + at.head}
			},
			[]string{"gl-code-quality.json", "scrum.xml", "scrum.html"}},
		{"Jenkins", strings.Join(jenkinsScript(t), "\n"), branch("CHANGE_TARGET"), []string{"scrum.xml", "scrum.html"}},
		{"Buildkite", strings.Join(buildkiteScript(t), "\n"), branch("BUILDKITE_PULL_REQUEST_BASE_BRANCH"), []string{"scrum.xml", "scrum.html"}},
	} {
		for _, kind := range []struct {
			name, change string
			code         int
		}{{"passes a clean change", "words\n", 0}, {"stops a secret", secret(), 1}} {
			t.Run(c.name+" "+kind.name, func(t *testing.T) {
				t.Parallel()
				at := newCheckout(t, gateOnBlock, kind.change)
				out, code := at.bash(t, c.script, append(c.env(at), "CI=true", "GITHUB_STEP_SUMMARY="+filepath.Join(at.temp, "summary")))
				if code != kind.code {
					t.Errorf("exit status %d, want %d:\n%s", code, kind.code, out)
				}
				for _, f := range c.files {
					if _, err := os.Stat(filepath.Join(at.dir, f)); err != nil {
						t.Errorf("the system is to take a file that is not there: %v", err)
					}
				}
			})
		}
	}
}

func TestTheGitHubExampleKeepsTheStatusOfAReviewThatCouldNotBeMade(t *testing.T) {
	at := newCheckout(t, gateOnBlock, "words\n")
	out, code := at.bash(t, stepOf(t, "examples/ci/github.yml", "Review"), []string{"BASE=" + strings.Repeat("ab", 20), "HEAD=" + at.head})
	if code != exitUsage {
		t.Errorf("exit status %d, want %d:\n%s", code, exitUsage, out)
	}
}

// secret looks like a credential; it is put together here, so that no scanner takes this
// file for a leak.
func secret() string {
	return "aws_access_key_id = AKIA" + "Z7QXW3NVKD" + "52RJTB\n"
}

// newCheckout has a base commit on main and a change on a branch, in a clone that knows
// its own branch alone, as a Jenkins or Buildkite agent makes it.
func newCheckout(t *testing.T, config, change string) checkout {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the scripts are for the shells of Linux runners")
	}
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("bash is not installed")
	}
	origin, at := t.TempDir(), checkout{dir: filepath.Join(t.TempDir(), "clone"), temp: t.TempDir()}
	prepare := checkout{dir: origin, temp: at.temp}
	script := `git init -q -b main . && git add . && git commit -q -m base && git checkout -q -b change
printf '%s' "$CHANGE" > change.txt; git add . && git commit -q -m change
git clone -q --single-branch --branch change . "$CLONE"
git rev-parse HEAD~1 HEAD`
	if err := os.WriteFile(filepath.Join(origin, ".scrum.yaml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	out, code := prepare.bash(t, script, []string{"CHANGE=" + change, "CLONE=" + at.dir})
	if _, err := fmt.Sscan(out, &at.base, &at.head); err != nil || code != 0 {
		t.Fatalf("making a repository: exit status %d: %v\n%s", code, err, out)
	}
	return at
}

// bash runs a script with the options that GitHub's runner gives, and nothing of the
// environment of this test but where programs are.
func (at checkout) bash(t *testing.T, script string, env []string) (string, int) {
	t.Helper()
	file := filepath.Join(at.temp, "script.sh")
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "bash", "--noprofile", "--norc", "-eo", "pipefail", file)
	cmd.Dir = at.dir
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + at.temp, "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com"}, env...)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// linkScrum puts this test's own scrum where the action's build would.
func linkScrum(t *testing.T, dir string) {
	t.Helper()
	scrum, err := exec.LookPath("scrum")
	if err == nil {
		err = os.MkdirAll(dir, 0o750)
	}
	if err == nil {
		err = os.Symlink(scrum, filepath.Join(dir, "scrum"))
	}
	if err != nil {
		t.Fatal(err)
	}
}

type step struct{ ID, Name, Run string }

func actionStep(t *testing.T, id string) string {
	t.Helper()
	var action struct{ Runs struct{ Steps []step } }
	unmarshal(t, "action.yml", &action)
	return runOf(t, action.Runs.Steps, func(s step) bool { return s.ID == id })
}

func stepOf(t *testing.T, workflow, name string) string {
	t.Helper()
	var w struct {
		Jobs struct{ Review struct{ Steps []step } }
	}
	unmarshal(t, workflow, &w)
	return runOf(t, w.Jobs.Review.Steps, func(s step) bool { return s.Name == name })
}

func runOf(t *testing.T, steps []step, is func(step) bool) string {
	t.Helper()
	for _, s := range steps {
		if is(s) && s.Run != "" {
			return s.Run
		}
	}
	t.Fatal("the step is not there")
	return ""
}

func gitlabScript(t *testing.T) []string {
	t.Helper()
	var file struct{ Scrum struct{ Script []string } }
	unmarshal(t, "examples/ci/gitlab.yml", &file)
	return file.Scrum.Script
}

func buildkiteScript(t *testing.T) []string {
	t.Helper()
	var file struct{ Steps []struct{ Commands []string } }
	unmarshal(t, "examples/ci/buildkite.yml", &file)
	return file.Steps[0].Commands
}

func jenkinsScript(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, m := range regexp.MustCompile(`(?m)^\s*sh '(.*)'$`).FindAllStringSubmatch(read(t, "examples/ci/Jenkinsfile"), -1) {
		out = append(out, m[1])
	}
	if len(out) < 2 {
		t.Fatalf("the Jenkinsfile has %d lines of shell", len(out))
	}
	return out
}

func unmarshal(t *testing.T, name string, v any) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(read(t, name)), v); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func contents(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(data)
}

func wantIn(t *testing.T, what, text, want string) {
	t.Helper()
	if !strings.Contains(text, want) {
		t.Errorf("%s does not hold %q", what, want)
	}
}
