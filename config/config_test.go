package config

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"scrum/bundler"
	"scrum/reviewers"
	"scrum/tally"
)

func load(t *testing.T, src Sources) *Config {
	t.Helper()
	c, err := Load(src)
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	return c
}

func file(name, text string) File { return File{Name: name, Data: []byte(text)} }

func TestTheHighestLayerThatSetsAKeyWins(t *testing.T) {
	const user, project = "user.yaml", ".scrum.yaml"
	get := func(c *Config) []any {
		return []any{c.Attempts, c.Guards.Warn.String(), c.Deadlines.Idle.String(), c.Packing, c.Tally.Match, c.LeaveOut.Generated, c.Engagement.MinCovered, strings.Join(c.LeaveOut.Paths, "|"), c.Panel}
	}
	low := `{attempts: 4, guards: {warn: 61KB}, deadlines: {idle: 61s}, packing: stable, tally: {match: exact}, leave_out: {generated: false, paths: [a]}, engagement: {min_covered: 0.7}, panel: offline}`
	mid := `{attempts: 5, guards: {warn: 62KB}, deadlines: {idle: 62s}, packing: ffd, tally: {match: near}, leave_out: {generated: true, paths: [b, c]}, engagement: {min_covered: 1}, panel: auto}`
	env := []string{"SCRUM_ATTEMPTS=6", "SCRUM_GUARDS_WARN=63KB", "SCRUM_DEADLINES_IDLE=63s", "SCRUM_PACKING=stable", "SCRUM_TALLY_MATCH=exact",
		"SCRUM_LEAVE_OUT_GENERATED=false", "SCRUM_LEAVE_OUT_PATHS=d, e/**", "SCRUM_ENGAGEMENT_MIN_COVERED=0.5", "SCRUM_PANEL=offline"}
	flags := map[string]any{"attempts": 7, "guards.warn": "64KB", "deadlines.idle": 64 * time.Second, "packing": "ffd", "tally.match": "near",
		"leave_out.generated": true, "leave_out.paths": []string{"f"}, "engagement.min_covered": 0.25, "panel": "auto"}

	atDefault := []any{3, "60KB", "1m0s", "ffd", "near", true, 0.8, "", ""}
	atLow := []any{4, "61KB", "1m1s", "stable", "exact", false, 0.7, "a", "offline"}
	atMid := []any{5, "62KB", "1m2s", "ffd", "near", true, 1.0, "b|c", "auto"}
	atEnv := []any{6, "63KB", "1m3s", "stable", "exact", false, 0.5, "d|e/**", "offline"}
	atFlags := []any{7, "64KB", "1m4s", "ffd", "near", true, 0.25, "f", "auto"}

	for _, tt := range []struct {
		name string
		src  Sources
		want []any
	}{
		{"the built-in file when nothing is set", Sources{}, atDefault},
		{"the user's file over the built-in one", Sources{Files: []File{file(user, low)}}, atLow},
		{"the project's file over the built-in one", Sources{Files: []File{file(project, mid)}}, atMid},
		{"the project's file over the user's", Sources{Files: []File{file(user, low), file(project, mid)}}, atMid},
		{"the user's file where the project's is silent", Sources{Files: []File{file(user, low), file(project, "providers:\n")}}, atLow},
		{"the environment over files", Sources{Files: []File{file(user, low), file(project, mid)}, Env: env}, atEnv},
		{"flags over everything", Sources{Files: []File{file(user, low), file(project, mid)}, Env: env, Flags: flags}, atFlags},
		{"flags over the built-in file", Sources{Flags: flags}, atFlags},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, get(load(t, tt.src))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestMapsMergeByKeyAndListsReplace(t *testing.T) {
	c := load(t, Sources{Files: []File{
		file("user.yaml", `
providers:
  Open.Router: {base_url: https://a.example/v1, rpm: 60, api_key_env: A_KEY}
  open.router: {base_url: https://b.example/v1}
reviewers:
  - {name: one, provider: Open.Router, model: m, max_tokens: 5, price: {input: 1}}
  - {name: two, provider: open.router, model: m}
panels: {Night: [one], day: [one]}
`),
		file("project.yaml", `
providers:
  Open.Router: {rpm: 30}
  LOCAL: {base_url: http://localhost:1/v1}
reviewers:
  - {name: one, provider: LOCAL, model: n}
panels: {Night: [one, go-vet]}
`),
	}})
	wantProviders := map[string]Provider{
		"Open.Router": {BaseURL: "https://a.example/v1", RPM: 30, APIKeyEnv: "A_KEY"},
		"open.router": {BaseURL: "https://b.example/v1"},
		"LOCAL":       {BaseURL: "http://localhost:1/v1"},
	}
	if diff := cmp.Diff(wantProviders, c.Providers); diff != "" {
		t.Errorf("providers (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]Reviewer{{Name: "one", Kind: reviewers.OpenAI, Provider: "LOCAL", Model: "n"}}, c.Reviewers); diff != "" {
		t.Errorf("reviewers (-want +got):\n%s", diff)
	}
	wantPanels := map[string][]string{"Night": {"one", "go-vet"}, "day": {"one"}, "offline": builtIn()}
	if diff := cmp.Diff(wantPanels, c.Panels); diff != "" {
		t.Errorf("panels (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]reviewers.Limits{"Open.Router": {RPM: 30}, "open.router": {}, "LOCAL": {}}, c.Limits()); diff != "" {
		t.Errorf("limits (-want +got):\n%s", diff)
	}
}

func TestAProblemIsNamedWhereTheValueThatRulesStands(t *testing.T) {
	low := "reviewers:\n  - name: a\n    kind: command\n    run: [x]\n    lineage: A\n"
	for _, tt := range []struct {
		name string
		src  Sources
		want string
	}{
		{"a replaced list has no problems any more", Sources{Files: []File{file("low", low), file("high", "reviewers: [{name: b, kind: command, run: [x]}]")}}, ""},
		{"an entry without the key is named itself", Sources{Files: []File{file("low", low), file("high", "reviewers:\n\n  - {name: a, kind: command}")}}, "high:3: "},
		{"a value of the lower file is named there", Sources{Files: []File{file("low", low), file("high", "attempts: 2")}}, "low:5: "},
		{"a variable is named", Sources{Env: []string{"SCRUM_GUARDS_WARN=many"}}, "environment variable SCRUM_GUARDS_WARN: "},
		{"a variable is named for what it breaks", Sources{Env: []string{"SCRUM_GUARDS_WARN=1MB"}}, "environment variable SCRUM_GUARDS_WARN: "},
		{"the command line is named", Sources{Flags: map[string]any{"packing": "best"}}, "command line: "},
		{"a flag for no key is an error", Sources{Flags: map[string]any{"packaging": "ffd"}}, `command line: no flag can set "packaging"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Load(tt.src)
			if got := message(err); !strings.HasPrefix(got, tt.want) || (got == "") != (tt.want == "") {
				t.Errorf("got %q, want the prefix %q", got, tt.want)
			}
		})
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestVariablesOfTheEnvironment(t *testing.T) {
	c := load(t, Sources{Env: []string{
		"PATH=/bin", "SCRUM_FORCE_OVERSIZE=1", "SCRUM_ATTEMPTS=", "SCRUM_ENGAGEMENT_QUORUM=1", "SCRUM_ENGAGEMENT_QUORUM=3",
		"SCRUM_GARDS_WARN=1", "SCRUM_PROVIDERS=x", "SCRUM_=1", "NOT_SCRUM_ATTEMPTS=9", "SCRUM_BUDGET_USD=2",
	}})
	if c.Attempts != 3 || c.Engagement.Quorum != 3 || c.Budget.USD != 2 {
		t.Errorf("attempts %d, quorum %d, budget %g", c.Attempts, c.Engagement.Quorum, c.Budget.USD)
	}
	want := []string{
		"the environment variable SCRUM_ sets nothing",
		"the environment variable SCRUM_GARDS_WARN sets nothing; did you mean SCRUM_GUARDS_WARN?",
		"the environment variable SCRUM_PROVIDERS sets nothing",
	}
	if diff := cmp.Diff(want, c.Warnings); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}

func TestManyProblemsAreCounted(t *testing.T) {
	_, err := Load(Sources{Files: []File{file("f", strings.Repeat("x: 1\n", 1000))}})
	lines := strings.Split(message(err), "\n")
	if len(lines) != most+1 || lines[most] != "f: and 950 more" {
		t.Errorf("%d lines, the last one %q", len(lines), lines[len(lines)-1])
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := Load(Sources{Files: []File{{Name: "f", Data: uncommented(Default())}}}); err != nil {
			b.Fatal(err)
		}
	}
}

func TestOptionsForOtherPackages(t *testing.T) {
	c := load(t, Sources{Files: []File{file("f", `
guards: {warn: 1KB, refuse: 2KB}
components: [{name: a, paths: ["a/**"]}]
leave_out: {lockfiles: false, paths: ["x"]}
context: {lines: 9, function: true}
packing: stable
tally: {match: exact, gap: 4, span: 5}
`)}})
	wantBundler := bundler.Options{
		Guards: bundler.Guards{Warn: bundler.KB, Refuse: 2 * bundler.KB}, Components: []bundler.Component{{Name: "a", Paths: []string{"a/**"}}},
		LeaveOut: bundler.LeaveOut{Generated: true, Vendored: true, Paths: []string{"x"}}, Stable: true,
	}
	if diff := cmp.Diff(wantBundler, c.BundlerOptions()); diff != "" {
		t.Errorf("bundler (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(bundler.ReadOptions{ContextLines: 9, Function: true}, c.ReadOptions()); diff != "" {
		t.Errorf("reading (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(tally.Options{Match: tally.MatchExact, Gap: 4, Span: 5}, c.TallyOptions()); diff != "" {
		t.Errorf("tally (-want +got):\n%s", diff)
	}
}

func TestAKeyComesFromTheEnvironmentOnly(t *testing.T) {
	env := func(name string) string { return map[string]string{"A_KEY": "value"}[name] }
	for _, tt := range []struct {
		name    string
		p       Provider
		want    string
		wantErr string
	}{
		{"the variable's value", Provider{APIKeyEnv: "A_KEY"}, "value", ""},
		{"none where none is named", Provider{}, "", ""},
		{"a missing one says what to export", Provider{APIKeyEnv: "B_KEY"}, "", "export B_KEY="},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.p.Key(env)
			if got != tt.want || !strings.Contains(message(err), tt.wantErr) || (err != nil) != (tt.wantErr != "") {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

func TestDigestIsOfWhatHoldsAndNotOfHowItIsWritten(t *testing.T) {
	base := load(t, Sources{Files: []File{file("a", "attempts: 5\nguards: {warn: 61440, refuse: 100KB}\n")}}).Digest()
	for _, tt := range []struct {
		name string
		src  Sources
		same bool
	}{
		{"other order, comments, units and an empty list", Sources{Files: []File{file("b", "# words\nguards:\n  warn: 60KB\nreviewers: []\nattempts: 5")}}, true},
		{"another layer", Sources{Env: []string{"SCRUM_ATTEMPTS=5"}}, true},
		{"a warning", Sources{Env: []string{"SCRUM_ATTEMPTS=5", "SCRUM_X=1"}}, true},
		{"another number", Sources{Files: []File{file("a", "attempts: 6")}}, false},
		{"the default", Sources{}, false},
		{"a panel more", Sources{Files: []File{file("a", "attempts: 5\npanels: {x: [go-vet]}")}}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := load(t, tt.src).Digest(); (got == base) != tt.same {
				t.Errorf("%s and %s", got, base)
			}
		})
	}
}
