package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rhysd/actionlint"
	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"scrum/config"
	"scrum/gauntlet"
	"scrum/ledger"
)

// Every command, flag and configuration in the documents is tried against the program
// itself, so that a page cannot promise what is not there.

func TestEveryCommandInTheDocumentsExists(t *testing.T) {
	root := newRoot(&process{})
	seen := 0
	for _, page := range pages(t) {
		for _, c := range commands(page.text) {
			seen++
			if err := known(root, c.words); err != "" {
				t.Errorf("%s:%d: %s: %s", page.name, c.line, strings.Join(c.words, " "), err)
			}
		}
	}
	for _, name := range []string{"action.yml", ".pre-commit-hooks.yaml", "examples/ci/github.yml", "examples/ci/gitlab.yml", "examples/ci/Jenkinsfile", "examples/ci/buildkite.yml"} {
		for i, line := range strings.Split(read(t, name), "\n") {
			for _, m := range regexp.MustCompile(`(?:^|[\s'"/])scrum"? ((?:review|hook run) [^|']*)`).FindAllStringSubmatch(line, -1) {
				seen++
				if err := known(root, append([]string{"scrum"}, words(m[1])...)); err != "" {
					t.Errorf("%s:%d: %s: %s", name, i+1, m[1], err)
				}
			}
		}
	}
	if seen < 90 {
		t.Errorf("only %d command lines were found in the documents: are they still read?", seen)
	}
}

func TestEveryExampleInAHelpTextExists(t *testing.T) {
	root := newRoot(&process{})
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		for i, line := range strings.Split(c.Example, "\n") {
			for _, words := range shellCommands(line) {
				if err := known(root, words); err != "" {
					t.Errorf("help of %q, line %d: %s: %s", c.CommandPath(), i+1, strings.Join(words, " "), err)
				}
			}
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(root)
}

func TestEveryConfigurationInTheDocumentsLoads(t *testing.T) {
	seen := 0
	for _, page := range pages(t) {
		for _, b := range blocks(page.text) {
			if b.language != "yaml" {
				continue
			}
			seen++
			if err := loads(b.text); err != "" {
				t.Errorf("%s:%d: %s", page.name, b.line, err)
			}
		}
	}
	if seen < 6 {
		t.Errorf("only %d blocks of YAML were found in the documents: are they still read?", seen)
	}
}

func TestTheExamplesForCIAreWhatTheirSystemsRead(t *testing.T) {
	if found := lintWorkflow(read(t, "examples/ci/github.yml")); found != "" {
		t.Errorf("github.yml: %s", found)
	}
	for _, name := range []string{"action.yml", ".pre-commit-hooks.yaml", "examples/ci/gitlab.yml", "examples/ci/buildkite.yml", ".goreleaser.yaml"} {
		var v any
		if err := yaml.Unmarshal([]byte(read(t, name)), &v); err != nil || v == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	// What an event holds must reach a script through variables only.
	for _, name := range []string{"action.yml", "examples/ci/github.yml"} {
		inRun := false
		for i, line := range strings.Split(read(t, name), "\n") {
			trimmed := strings.TrimSpace(line)
			if strings.HasPrefix(trimmed, "run:") {
				inRun = true
			} else if strings.HasPrefix(trimmed, "- ") || regexp.MustCompile(`^[a-z-]+:`).MatchString(trimmed) {
				inRun = false
			}
			if inRun && strings.Contains(line, "${{") {
				t.Errorf("%s:%d puts an expression into a script: %s", name, i+1, trimmed)
			}
		}
	}
}

func TestTheCheckOfTheDocumentsFindsWhatIsWrong(t *testing.T) {
	root := newRoot(&process{})
	for line, want := range map[string]string{
		"scrum review --staged --panel offline":      "",
		"scrum review --stagged":                     "there is no flag --stagged",
		"scrum reviw":                                "there is no command reviw",
		"git diff | scrum review -Z --diff -":        "there is no flag -Z",
		"scrum gaps accpt x":                         "there is no command accpt",
		"make build && scrum bundle --prompts --out": "",
		"cd x; ./bin/scrum tally RUN --bogus=1":      "there is no flag --bogus",
	} {
		got := "nothing found in the line"
		for _, words := range shellCommands(line) {
			got = known(root, words)
		}
		if got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
	if loads("panles: {default: [x]}") == "" {
		t.Error("a configuration with a wrong key is taken for a good one")
	}
}

// TestEveryMessageToTroubleshootIsOneOfOurs holds the headings of the page that is read
// by message to the messages in the code.
func TestEveryMessageToTroubleshootIsOneOfOurs(t *testing.T) {
	var code strings.Builder
	err := filepath.WalkDir(filepath.Join("..", ".."), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
			data, err := os.ReadFile(path)
			code.Write(data)
			return err
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	headings := regexp.MustCompile("(?m)^### `(.+)`$").FindAllStringSubmatch(read(t, "docs/troubleshooting.md"), -1)
	if len(headings) < 15 {
		t.Errorf("only %d messages were found", len(headings))
	}
	for _, h := range headings {
		for _, part := range strings.Split(h[1], "…") {
			if part = strings.TrimSpace(part); !strings.Contains(code.String(), part) {
				t.Errorf("no message holds %q", part)
			}
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

type page struct{ name, text string }

// pages are the documents that people read, decisions included.
func pages(t *testing.T) []page {
	t.Helper()
	top := filepath.Join("..", "..")
	names := []string{filepath.Join(top, "README.md"), filepath.Join(top, "CONTRIBUTING.md")}
	for _, dir := range []string{"docs", "examples"} {
		err := filepath.WalkDir(filepath.Join(top, dir), func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && strings.HasSuffix(path, ".md") {
				names = append(names, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	var out []page
	for _, n := range names {
		data, err := os.ReadFile(n)
		if err != nil {
			t.Fatal(err)
		}
		rel, err := filepath.Rel(top, n)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, page{filepath.ToSlash(rel), string(data)})
	}
	return out
}

type block struct {
	line     int
	language string
	text     string
}

var fence = regexp.MustCompile("^\\s*```\\s*(.*)$")

// blocks are the fenced blocks of a page.
func blocks(text string) []block {
	var out []block
	var open *block
	for i, line := range strings.Split(text, "\n") {
		m := fence.FindStringSubmatch(line)
		switch {
		case m != nil && open == nil:
			open = &block{line: i + 1, language: m[1]}
		case m != nil:
			out, open = append(out, *open), nil
		case open != nil:
			open.text += line + "\n"
		}
	}
	return out
}

type commandLine struct {
	line  int
	words []string
}

var codeSpan = regexp.MustCompile("`([^`\n]+)`")

// commands are the lines that begin with scrum in fenced blocks that are no other
// language's, and the code in running text that does.
func commands(text string) []commandLine {
	var out []commandLine
	language := "prose"
	for i, line := range strings.Split(text, "\n") {
		if m := fence.FindStringSubmatch(line); m != nil {
			if language == "prose" {
				language = m[1]
			} else {
				language = "prose"
			}
			continue
		}
		var found [][]string
		switch language {
		case "prose":
			for _, m := range codeSpan.FindAllStringSubmatch(line, -1) {
				if strings.HasPrefix(m[1], "scrum ") {
					found = append(found, shellCommands(m[1])...)
				}
			}
		case "", "sh", "bash", "console", "yaml", "groovy", "ini":
			found = shellCommands(line)
		}
		for _, words := range found {
			out = append(out, commandLine{i + 1, words})
		}
	}
	return out
}

// begun is where a command begins in a line: at its start, after a prompt, after what
// separates commands, after the key of a CI's step.
var begun = regexp.MustCompile(`(?:^\s*(?:\$ )?|[|;&(]\s*|(?:run|command|script|entry): *['"]?|^\s*- *['"]?|ExecStart=|exec )(?:\S*/)?scrum +([a-z-][^\n]*)`)

// shellCommands are the scrum commands of a line of shell.
func shellCommands(line string) [][]string {
	var out [][]string
	for _, m := range begun.FindAllStringSubmatch(line, -1) {
		out = append(out, append([]string{"scrum"}, words(m[1])...))
	}
	return out
}

// words splits as a shell does, as far as documents need it, and ends where the command
// does; three spaces set a remark apart.
func words(s string) []string {
	s, _, _ = strings.Cut(s, "   ")
	var out []string
	word, quote, begun := "", rune(0), false
	flush := func() {
		if begun {
			out = append(out, word)
		}
		word, begun = "", false
	}
	for _, r := range s {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word += string(r)
		case r == '\'' || r == '"':
			quote, begun = r, true
		case r == ' ' || r == '\t':
			flush()
		case strings.ContainsRune("|;&)<>", r) && !strings.Contains(word, "["), r == '#' && !begun:
			flush()
			return out
		default:
			word, begun = word+string(r), true
		}
	}
	flush()
	return out
}

// known says what of a command line the program does not know, "" when it knows all.
func known(root *cobra.Command, words []string) string {
	cmd, rest := root, words[1:]
	for len(rest) > 0 && !strings.HasPrefix(rest[0], "-") {
		sub := child(cmd, rest[0])
		if sub == nil {
			break
		}
		cmd, rest = sub, rest[1:]
	}
	if len(rest) > 0 && cmd.HasSubCommands() && lowerWord.MatchString(rest[0]) && (cmd != root || rest[0] != "help") {
		return "there is no command " + rest[0]
	}
	for _, w := range rest {
		if w == "--" {
			break
		}
		name, _, _ := strings.Cut(strings.TrimRight(w, ".,"), "=")
		name, _, _ = strings.Cut(name, "[")
		if strings.HasPrefix(name, "-") && name != "-" && !flagExists(cmd, name) {
			return "there is no flag " + name
		}
	}
	return ""
}

var lowerWord = regexp.MustCompile(`^[a-z][a-z-]+$`)

func child(cmd *cobra.Command, name string) *cobra.Command {
	for _, c := range cmd.Commands() {
		if c.Name() == name || slices.Contains(c.Aliases, name) {
			return c
		}
	}
	if !cmd.HasParent() && (name == "completion" || name == "help") {
		cmd.InitDefaultCompletionCmd(name)
		cmd.InitDefaultHelpCmd()
		for _, c := range cmd.Commands() {
			if c.Name() == name {
				return c
			}
		}
	}
	return nil
}

func flagExists(cmd *cobra.Command, name string) bool {
	cmd.InitDefaultHelpFlag()
	cmd.InitDefaultVersionFlag()
	if long, ok := strings.CutPrefix(name, "--"); ok {
		return cmd.Flag(long) != nil
	}
	short := strings.TrimPrefix(name, "-")
	return len(short) == 1 && (cmd.Flags().ShorthandLookup(short) != nil || cmd.InheritedFlags().ShorthandLookup(short) != nil)
}

// loads says what is wrong with a document of YAML, which is told apart by its keys.
func loads(text string) string {
	if strings.HasPrefix(strings.TrimSpace(text), "- ") {
		return lintWorkflow("on: push\njobs:\n  job:\n    runs-on: ubuntu-latest\n    steps:\n" + indented(text)) // steps of a workflow
	}
	var doc map[string]yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		return err.Error()
	}
	has := func(keys ...string) bool {
		return slices.ContainsFunc(keys, func(k string) bool { _, ok := doc[k]; return ok })
	}
	var err error
	switch {
	case has("jobs"):
		return lintWorkflow(text)
	case has("gaps"):
		_, err = ledger.Parse("gaps.yaml", []byte(text))
	case has("services", "smoke", "parity", "steps", "assess", "ledger"):
		var f *gauntlet.File
		if f, err = gauntlet.Parse("gauntlet.yaml", []byte(text)); err == nil {
			_, err = gauntlet.Decode(f)
		}
		err = besidesMissingFiles(err)
	case has("title", "receivers", "repos", "stages", "script", "default", "cases", "scrum"):
		return "" // of other programs, or of a format that its own package tests
	default:
		_, err = config.Load(config.Sources{Files: []config.File{{Name: ".scrum.yaml", Data: []byte(text)}}})
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

// besidesMissingFiles forgives that a page does not have the files of cases that it names.
func besidesMissingFiles(err error) error {
	if err == nil {
		return nil
	}
	var rest []error
	for line := range strings.Lines(err.Error()) {
		if !strings.Contains(line, ": open ") {
			rest = append(rest, errors.New(line))
		}
	}
	return errors.Join(rest...)
}

func indented(text string) string {
	return "      " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n      ") + "\n"
}

func lintWorkflow(text string) string {
	l, err := actionlint.NewLinter(os.Stderr, &actionlint.LinterOptions{})
	if err != nil {
		return err.Error()
	}
	found, err := l.Lint("workflow.yml", []byte(text), nil)
	if err != nil {
		return err.Error()
	}
	var out []string
	for _, f := range found {
		out = append(out, f.Error())
	}
	return strings.Join(out, "; ")
}
