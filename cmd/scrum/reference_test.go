package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"scrum/config"
	"scrum/report"
)

var update = flag.Bool("update", false, "write the reference anew")

// TestTheReferenceIsWhatTheProgramSays holds docs/reference to the code that it
// describes: with -update it writes the pages, without it they must be the same.
func TestTheReferenceIsWhatTheProgramSays(t *testing.T) {
	configuration, err := config.Schema()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"commands.md":      commandReference(newRoot(&process{})),
		"configuration.md": "# Configuration\n\n" + fromTheCode + configurationHead + fields(t, configuration),
		"findings.md":      "# findings.json\n\n" + fromTheCode + findingsHead + fields(t, report.Schema()),
	} {
		file := filepath.Join("..", "..", "docs", "reference", name)
		if *update {
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		have, err := os.ReadFile(file)
		if err != nil {
			t.Fatalf("%v; make reference writes it", err)
		}
		if diff := cmp.Diff(string(have), text); diff != "" {
			t.Errorf("docs/reference/%s is not what the program says; make reference writes it anew (-page +program):\n%s", name, diff)
		}
	}
}

const fromTheCode = "*Written by `make reference` from the code; do not edit.*\n\n"

const configurationHead = "Flags win over `SCRUM_*` variables, these over `.scrum.yaml` of the base commit, this over\n" +
	"`$XDG_CONFIG_HOME/scrum/config.yaml`, this over the built-in\n[config.yaml](../../config.yaml), which has every key with its default.\n`[]` stands for each entry of a list, `*` for a name of your choice.\n\n"

const findingsHead = "The fields of the document `scrum/review/v1`, which every run keeps and `--format json`\nprints. `[]` stands for each entry of a list.\n\n"

// commandReference is a chapter for each command, in the order of its help.
func commandReference(root *cobra.Command) string {
	var b strings.Builder
	b.WriteString("# Commands\n\n" + fromTheCode + "Standard output carries the result only; progress, logs and warnings go to standard\nerror.\n\n")
	fmt.Fprintf(&b, "```text\n%s\n```\n", exitCodes)
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		if c.Hidden || c.Name() == "help" || c.Name() == "completion" && c.HasParent() && c.Parent().HasParent() {
			return
		}
		commandChapter(&b, c)
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	root.InitDefaultHelpFlag()
	walk(root)
	return b.String()
}

func commandChapter(b *strings.Builder, c *cobra.Command) {
	c.InitDefaultHelpFlag()
	fmt.Fprintf(b, "\n## %s\n\n%s.\n", c.CommandPath(), strings.TrimSuffix(c.Short, "."))
	if !c.Runnable() {
		return
	}
	fmt.Fprintf(b, "\n```text\n%s\n```\n", c.UseLine())
	if long := strings.TrimSpace(strings.ReplaceAll(c.Long, exitCodes, "")); long != "" && long != c.Short {
		fmt.Fprintf(b, "\n```text\n%s\n```\n", long)
	}
	if rows := flagRows(c.LocalFlags()); rows != "" {
		fmt.Fprintf(b, "\n| flag | meaning |\n|---|---|\n%s", rows)
	}
	if c.Example != "" {
		fmt.Fprintf(b, "\n```sh\n%s\n```\n", outdented(c.Example))
	}
}

func flagRows(flags *pflag.FlagSet) string {
	var b strings.Builder
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		kind, usage := pflag.UnquoteUsage(f)
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		if kind != "" {
			name += " " + kind
		}
		if shown := f.DefValue; shown != "" && shown != "[]" && shown != "false" && shown != "0" && shown != "0s" {
			usage += " (default `" + shown + "`)"
		}
		fmt.Fprintf(&b, "| `%s` | %s |\n", name, cell(usage))
	})
	return b.String()
}

func outdented(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimPrefix(l, "  ")
	}
	return strings.Join(lines, "\n")
}

// schemaNode is as much of a JSON Schema as the tables show.
type schemaNode struct {
	Type        any             `json:"type"`
	Description string          `json:"description"`
	Enum        []any           `json:"enum"`
	Const       any             `json:"const"`
	Default     any             `json:"default"`
	Items       *schemaNode     `json:"items"`
	Properties  json.RawMessage `json:"properties"`
	Additional  json.RawMessage `json:"additionalProperties"`
}

// fields is a table of every key of a JSON Schema.
func fields(t *testing.T, schema []byte) string {
	t.Helper()
	var n schemaNode
	if err := json.Unmarshal(schema, &n); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("| key | type | meaning |\n|---|---|---|\n")
	walkFields(t, &b, "", n)
	return b.String()
}

func walkFields(t *testing.T, b *strings.Builder, path string, n schemaNode) {
	t.Helper()
	if path != "" {
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", path, cell(typeOf(n)), cell(n.Description))
	}
	for _, k := range keysInOrder(t, n.Properties) {
		walkFields(t, b, strings.TrimPrefix(path+"."+k.name, "."), k.node)
	}
	if n.Items != nil {
		walkFields(t, b, path+"[]", *n.Items)
	}
	var named schemaNode
	if len(n.Additional) > 0 && json.Unmarshal(n.Additional, &named) == nil && named.Type != nil {
		walkFields(t, b, path+".*", named)
	}
}

type namedNode struct {
	name string
	node schemaNode
}

// keysInOrder keeps the order of the document, which a map would lose.
func keysInOrder(t *testing.T, properties json.RawMessage) []namedNode {
	t.Helper()
	if len(properties) == 0 {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(properties))
	var out []namedNode
	for begun := false; dec.More() || !begun; begun = true {
		tok, err := dec.Token()
		if err != nil {
			t.Fatal(err)
		}
		name, ok := tok.(string)
		if !ok {
			continue
		}
		k := namedNode{name: name}
		if err := dec.Decode(&k.node); err != nil {
			t.Fatal(err)
		}
		out = append(out, k)
	}
	return out
}

func typeOf(n schemaNode) string {
	switch {
	case n.Const != nil:
		return fmt.Sprintf("`%v`", n.Const)
	case len(n.Enum) > 0:
		var out []string
		for _, e := range n.Enum {
			out = append(out, fmt.Sprintf("`%v`", e))
		}
		return strings.Join(out, ", ")
	}
	if several, ok := n.Type.([]any); ok {
		var out []string
		for _, s := range several {
			out = append(out, fmt.Sprint(s))
		}
		slices.Sort(out)
		return strings.Join(out, " or ")
	}
	return fmt.Sprint(n.Type)
}

// cell is text for a table: one line, no bar.
func cell(s string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(s), " "), "|", `\|`)
}
