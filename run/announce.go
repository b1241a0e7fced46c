package run

import (
	"fmt"
	"slices"
	"strings"

	"scrum/config"
	"scrum/report"
	"scrum/reviewers"
)

// Warnings are what a person should read before anything is sent.
func (p *Prepared) Warnings() []string {
	out := make([]string, 0, len(p.Notes))
	for _, n := range p.Notes {
		out = append(out, report.Sanitise(n))
	}
	return append(out, p.missingModels()...)
}

// missingModels says plainly what the panel lacks, and how to add it.
func (p *Prepared) missingModels() []string {
	if p.Missing == nil || len(p.Plan.Bundles) == 0 {
		return nil
	}
	head := "only one lineage of models is there; with a second one, convergence becomes possible"
	if !slices.ContainsFunc(p.Panel, func(m *reviewers.Member) bool { return m.Kind != reviewers.Analyser }) {
		head = "no model reads the change: no key is set and no local server answers; the built-in analysers review alone"
	}
	var keys, servers []string
	for _, m := range p.Missing {
		if m.Key != "" {
			keys = append(keys, m.Key)
		} else {
			servers = append(servers, fmt.Sprintf("%s (%s)", m.Name, m.How))
		}
	}
	return []string{
		head + ". To add models:",
		"  export a key: " + strings.Join(keys, ", ") + " (OPENROUTER_API_KEY alone gives three lineages)",
		"  or use a server on this machine: " + strings.Join(servers, ", "),
		"  or name providers and reviewers in " + ProjectFile + " (scrum schema config describes it)",
	}
}

// Announcement says what goes where, before it goes: every reviewer, and the
// name and host of every service that gets a part of the change.
func (p *Prepared) Announcement() []string {
	bytes := 0
	for _, b := range p.Plan.Bundles {
		bytes += b.Bytes
	}
	out := []string{fmt.Sprintf("reviewing %s: %s in %s, %s, %d left out", report.Sanitise(p.Plan.Change.Label),
		count(len(p.Plan.Change.Files), "file"), count(len(p.Plan.Bundles), "bundle"), kb(bytes), len(p.Plan.LeftOut))}
	var tools []string
	for _, m := range p.Panel {
		if m.Kind == reviewers.Analyser {
			tools = append(tools, m.Name)
			continue
		}
		e := panelEntry(m)
		out = append(out, fmt.Sprintf("  %s (%s, lineage %s) gets the bundles at: %s", m.Name, orDash(m.Model), m.Lineage, goesTo(e)))
		for _, f := range m.Fallbacks {
			out = append(out, fmt.Sprintf("    falls back to %s (lineage %s) at: %s", f.Model, f.Lineage, f.Host))
		}
	}
	if len(tools) > 0 {
		out = append(out, "  on this machine: "+strings.Join(tools, ", "))
	}
	switch p.Config.Tally.Examines() {
	case config.VerifyBlock:
		out = append(out, "  BLOCKs of one lineage go to the others afterwards, with the code around them")
	case config.VerifyAll:
		out = append(out, "  findings of one lineage go to the others afterwards, with the code around them")
	}
	return append(out, p.costs()...)
}

// costs tells what the run may cost, and what the budget will say to that.
func (p *Prepared) costs() []string {
	m, err := p.matrix()
	if err != nil {
		return nil // which the review itself will report
	}
	var out []string
	if cached := m.cached(); cached > 0 {
		out = append(out, fmt.Sprintf("  %s from the cache, not asked again", count(cached, "answer")))
	}
	e := m.estimate()
	if text := e.String(); text != "" {
		out = append(out, "  "+text)
	}
	if limit := p.Config.Budget.USD; limit > 0 && e.Requests > 0 {
		text := fmt.Sprintf("  the budget is %g USD", limit)
		switch {
		case e.Input > limit:
			text += ": it will not suffice, and the review will be inconclusive"
		case len(e.Unpriced) > 0:
			text += "; reviewers without a price are not asked under a budget: set price for " + strings.Join(e.Unpriced, ", ")
		}
		out = append(out, text)
	}
	return out
}

// cached counts the seats that have their answer from the cache.
func (m *matrix) cached() int {
	n := 0
	for _, s := range m.seats {
		if s.Cached {
			n++
		}
	}
	return n
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
