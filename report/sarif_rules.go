package report

import (
	"fmt"
	"slices"
	"strings"
)

const (
	ruleInconclusive = "scrum/inconclusive"
	ruleUnlisted     = "scrum/not-listed"
)

// sarifDriver is the tool with the rules that its findings name, and with the kinds of
// its notifications.
func sarifDriver(r *Review) sarifComponent {
	used := map[string]bool{}
	for _, f := range r.Findings {
		used[ruleOf(f)] = true
	}
	if r.inconclusive() != "" {
		used[ruleInconclusive] = true
	}
	out := sarifComponent{
		Name: "scrum", Version: phrase(r.Run.ToolVersion),
		Short: sarifMessage{Text: "Reviews a change with language models of distinct lineages, and counts how many of them report the same place."},
		Rules: []sarifDescriptor{},
	}
	for id := range used {
		out.Rules = append(out.Rules, sarifRule(id))
	}
	slices.SortFunc(out.Rules, func(a, b sarifDescriptor) int { return strings.Compare(a.ID, b.ID) })
	for _, k := range besideKinds() {
		out.Notifications = append(out.Notifications, sarifDescriptor{ID: "scrum/" + k.id, Short: sarifMessage{Text: k.about}})
	}
	return out
}

// besideKind is a kind of notification.
type besideKind struct{ id, about string }

func besideKinds() []besideKind {
	return []besideKind{
		{"verdict", "What the review has come to, and the rule that decided."},
		{"limit", "What was left out of this file because hosts take no more."},
		{besideNote, "What a reader must know to trust the verdict as far as it goes."},
		{besideCoverage, "A part of the change that was not read by a quorum."},
		{besideReviewer, "A reviewer that did not read, or not as it was asked to."},
		{besideUnparsed, "Text of an answer that looks like a finding and could not be read."},
		{besideLeftOut, "A file that no reviewer was shown."},
		{besideRetracted, "A finding that its reviewers took back."},
		{besideRefuted, "A finding that other lineages refuted."},
	}
}

func sarifRule(id string) sarifDescriptor {
	out := sarifDescriptor{ID: id, Configuration: &sarifConfiguration{Level: "warning"}, Properties: map[string]any{"tags": []string{"review"}}}
	switch id {
	case "scrum/block":
		out.Name, out.Short.Text = "Block", "A problem that a reviewer would not merge."
	case "scrum/warn":
		out.Name, out.Short.Text = "Warn", "A problem that should be fixed."
	case "scrum/info":
		out.Name, out.Short.Text, out.Configuration.Level = "Info", "A remark.", "note"
	case ruleInconclusive:
		out.Name, out.Short.Text = "Inconclusive", "The review has come to no conclusion, which is not a pass."
	default:
		out.Name, out.Short.Text = "Tool", fmt.Sprintf("A problem that only the analyser %s reports.", strings.TrimPrefix(id, "scrum/tool/"))
	}
	help := "The severity is the reviewer's own. The gate closes for a BLOCK that reviewers of two lineages report at one place, or that another lineage confirms; only such a finding has the level error. " +
		"One voice alone is a warning. A finding that is accepted in gaps.yaml is suppressed. Accept one with: scrum gaps accept."
	if id == ruleInconclusive {
		help = "A part of the change was not read by enough reviewers, or none of it was. The notifications of this run name the parts and the reviewers. Go on with: scrum review --resume RUN."
	}
	out.Full, out.Help = &sarifMessage{Text: out.Short.Text + " " + help}, &sarifMessage{Text: help, Markdown: help}
	return out
}
