package setup

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"scrum/reviewers"
	"scrum/reviewers/analyse"
)

// Found is what a configuration could be made of.
type Found struct {
	Models  []reviewers.Found
	Missing []reviewers.Missing
	Agents  []string // names of known agents whose command is on PATH
}

// Look finds keys, local servers and agents. It sends nothing to other machines, runs no
// agent, and never looks at the value of a key.
func Look(ctx context.Context, getenv func(string) string, lookPath func(string) (string, error), opt reviewers.DiscoverOptions) Found {
	var f Found
	f.Models, f.Missing = reviewers.Discover(ctx, getenv, opt)
	for _, a := range reviewers.Agents() {
		if _, err := lookPath(a.Run[0]); err == nil {
			f.Agents = append(f.Agents, a.Name)
		}
	}
	return f
}

// Config is a .scrum.yaml for what was found, with a comment for each part. The same
// findings give the same bytes.
func (f Found) Config() []byte {
	var b strings.Builder
	b.WriteString(head)
	f.providers(&b)
	f.reviewers(&b)
	f.panels(&b)
	b.WriteString(tail)
	return []byte(b.String())
}

const head = `# Who reviews the changes of this repository, and when they may merge.
#
# Commit this file: a range is reviewed under the copy of its base commit, so that a
# change cannot soften the review of itself. Every key with its default and meaning:
# scrum help config. Does it work: scrum doctor.

`

const tail = `
# More, with the values that hold without them:
#
# engagement: {quorum: 2}     # lineages of models that must have read each bundle
# budget: {usd: 0}            # what a run may cost; 0 is no limit
# guards: {warn: 60KB, refuse: 100KB}
# components:                 # named parts of the repository, kept together
#   - {name: api, paths: ["api/**", "internal/api/**"]}
# leave_out: {paths: ["docs/archive/**"]}
`

func (f Found) providers(b *strings.Builder) {
	if len(f.Models) == 0 {
		return
	}
	b.WriteString("# Where the models are. A key itself never stands here, only the name of its variable.\nproviders:\n")
	seen := map[string]bool{}
	for _, m := range f.Models {
		p := m.Provider
		if seen[p.Name] {
			continue
		}
		seen[p.Name] = true
		fmt.Fprintf(b, "  %s: {base_url: %s", p.Name, quoted(p.BaseURL))
		if p.KeyEnv != "" {
			fmt.Fprintf(b, ", api_key_env: %s", p.KeyEnv)
		}
		if p.Limits.Concurrency > 0 {
			fmt.Fprintf(b, ", concurrency: %d", p.Limits.Concurrency)
		}
		b.WriteString("}\n")
	}
	b.WriteString("\n")
}

func (f Found) reviewers(b *strings.Builder) {
	if len(f.Models) > 0 {
		b.WriteString("# One reviewer of each lineage that was found. Two lineages are the least for convergence.\nreviewers:\n")
	} else {
		b.WriteString("# No key is set and no local server answers, so the analysers review alone. To add models,\n# export a key and run scrum init --force, or take the # away here:\n#\n" + example)
	}
	for _, m := range f.Models {
		fmt.Fprintf(b, "  - {name: %s, provider: %s, model: %s", quoted(m.Name), m.Provider.Name, quoted(m.Model))
		if m.Lineage != "unknown" {
			fmt.Fprintf(b, ", lineage: %s", m.Lineage)
		}
		fmt.Fprintf(b, "}   # %s\n", oneLine(m.Why))
	}
	for _, a := range f.Agents {
		fmt.Fprintf(b, "  # - {name: %s, kind: command, agent: %s}   # found on PATH; it spends your account with it\n", a, a)
	}
	b.WriteString("\n")
}

const example = `# providers:
#   openrouter: {base_url: https://openrouter.ai/api/v1, api_key_env: OPENROUTER_API_KEY}
# reviewers:
#   - {name: opus, provider: openrouter, model: anthropic/claude-opus-4.7}
#   - {name: kimi, provider: openrouter, model: moonshotai/kimi-k2.6}
#   - {name: qwen, provider: openrouter, model: qwen/qwen3-coder}
`

func (f Found) panels(b *strings.Builder) {
	var names []string
	for _, m := range f.Models {
		names = append(names, quoted(m.Name))
	}
	names = append(names, analyse.BuiltIn()...)
	fmt.Fprintf(b, "# Who is asked. The analysers run on this machine and cost nothing.\npanels:\n  default: [%s]\n", strings.Join(names, ", "))
}

// quoted is a value for YAML: plain where that is safe.
func quoted(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./") == "" && strings.Trim(s, "0123456789.") != "" {
		return s
	}
	return strconv.Quote(s)
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
