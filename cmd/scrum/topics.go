package main

import (
	"embed"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"scrum/config"
	"scrum/report"
	"scrum/reviewers"
	"scrum/tally"
)

//go:embed topics/*.txt
var topicTexts embed.FS

// topic is a help text that belongs to no command. What the code knows is added by it, so
// that the text cannot say something else.
type topic struct {
	name, short string
	more        func() string
}

func topics() []topic {
	none := func() string { return "" }
	return []topic{
		{"config", "every key of the configuration, with its default", func() string { return string(config.Default()) }},
		{"environment", "variables that are read", none},
		{"exit-codes", "what the exit status means", func() string { return exitCodes + "\n" }},
		{"formats", "what a review can be written as", formatsTopic},
		{"lineages", "which family a model belongs to", lineagesTopic},
		{"policy", "the rules that decide, and what they can ask", policyTopic},
		{"privacy", "exactly what leaves this machine", none},
	}
}

func (t topic) text() string {
	text, err := topicTexts.ReadFile("topics/" + t.name + ".txt")
	if err != nil {
		text = nil // a topic that is all the code's
	}
	return string(text) + t.more()
}

// addTopics makes the topics known to scrum help, and lists them with scrum help topics.
func addTopics(root *cobra.Command) {
	var list strings.Builder
	list.WriteString("Topics, each shown by scrum help TOPIC:\n\n")
	for _, t := range topics() {
		fmt.Fprintf(&list, "  %-12s %s\n", t.name, t.short)
		root.AddCommand(&cobra.Command{Use: t.name, Short: t.short, Long: t.text()}) // without Run: cobra takes it for a help topic
	}
	root.AddCommand(&cobra.Command{Use: "topics", Short: "list the help topics", Long: list.String()})
}

func formatsTopic() string {
	var b strings.Builder
	for _, f := range report.Formats() {
		fmt.Fprintf(&b, "  %s\n", f)
	}
	return b.String() + "\ndocs/formats.md says what each is for and how it is checked.\n"
}

func lineagesTopic() string {
	var b strings.Builder
	for _, o := range reviewers.Offers() {
		fmt.Fprintf(&b, "  %-12s %-32s %s\n", o.Lineage, o.Model, o.Provider)
	}
	return b.String()
}

func policyTopic() string {
	var b strings.Builder
	ofReview, ofFinding := tally.Names()
	b.WriteString("Names in expressions:\n\n")
	for _, n := range ofReview {
		fmt.Fprintf(&b, "  %-14s %s\n", n.Name, n.Type)
	}
	b.WriteString("\nof a finding, inside any, all, count or filter:\n\n")
	for _, n := range ofFinding {
		fmt.Fprintf(&b, "  .%-13s %s\n", n.Name, n.Type)
	}
	b.WriteString("\nThe built-in rules:\n\n")
	for _, r := range tally.DefaultPolicy() {
		fmt.Fprintf(&b, "  %-17s %-13s when %s\n", r.Name, r.Outcome, r.When)
	}
	return b.String()
}
