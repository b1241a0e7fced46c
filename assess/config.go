package assess

import (
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"scrum/ledger"
	"scrum/policy"
)

// Config is the sections ledger and assess of a gauntlet file.
type Config struct {
	Ledger     string        // the ledger; its path is relative to the gauntlet file
	Tracker    string        // a Markdown document, "" for none; its path likewise
	Heading    string        // over the table of decisions in it
	Record     bool          // what is new is written into the ledger and the tracker
	Phases     []string      // that a verdict needs
	MaxAge     time.Duration // of evidence
	AllowDirty bool
	Never      []string // classes that nobody can accept, beside [Unwaivable]
	Rules      []policy.Rule
}

// DefaultConfig is what holds when nothing is configured.
func DefaultConfig() Config {
	return Config{Ledger: ledger.File, Heading: "Decisions", Phases: Phases(), MaxAge: 24 * time.Hour, Rules: DefaultRules()}
}

// Decode reads the sections of a gauntlet file. A section that is nil has the defaults.
// The error names the file and the line of every mistake.
func Decode(file string, ledger, assess *yaml.Node) (Config, error) {
	c, r := DefaultConfig(), &reader{file: file}
	if ledger != nil {
		r.ledger(ledger, &c)
	}
	if assess != nil {
		r.assess(assess, &c)
	}
	return c, r.err()
}

func (r *reader) ledger(n *yaml.Node, c *Config) {
	heading := 0
	r.pairs(n, "ledger", []string{"file", "tracker", "heading", "record"}, func(key string, v *yaml.Node) {
		switch key {
		case "file":
			c.Ledger = r.text(v, key)
		case "tracker":
			c.Tracker = r.text(v, key)
		case "heading":
			c.Heading, heading = r.text(v, key), v.Line
		case "record":
			c.Record = r.yes(v, key)
		}
	})
	if heading > 0 && c.Tracker == "" {
		r.complain(heading, "heading is of the tracker, and no tracker is named")
	}
}

func (r *reader) assess(n *yaml.Node, c *Config) {
	r.pairs(n, "assess", []string{"phases", "max_age", "allow_dirty", "never", "policy"}, func(key string, v *yaml.Node) {
		switch key {
		case "phases":
			c.Phases = r.phases(v)
		case "max_age":
			c.MaxAge = r.duration(v, key)
		case "allow_dirty":
			c.AllowDirty = r.yes(v, key)
		case "never":
			c.Never = r.texts(v, key)
		case "policy":
			c.Rules = r.policy(v)
		}
	})
}

func (r *reader) phases(n *yaml.Node) []string {
	list := r.texts(n, "phases")
	for i, p := range list {
		line := resolved(n).Content[i].Line
		switch {
		case !slices.Contains(Phases(), p):
			r.complain(line, "phases: %q is no phase that gives evidence; %s", clip(p), hint(p, Phases()))
		case slices.Contains(list[:i], p):
			r.complain(line, "phases: %s stands here a second time", p)
		}
	}
	if len(list) == 0 {
		r.complain(n.Line, "phases: at least one is needed, or there is nothing to assess")
	}
	return list
}

func (r *reader) policy(n *yaml.Node) []policy.Rule {
	var rules []policy.Rule
	for _, e := range r.items(n, "policy") {
		var rule policy.Rule
		r.pairs(e, "a rule", []string{"name", "when", "outcome"}, func(key string, v *yaml.Node) {
			switch key {
			case "name":
				rule.Name = r.text(v, key)
			case "when":
				rule.When = r.text(v, key)
			case "outcome":
				rule.Outcome = r.text(v, key)
				if !slices.Contains(Outcomes(), rule.Outcome) {
					r.complain(v.Line, "outcome: %q is not known; %s", clip(rule.Outcome), hint(rule.Outcome, Outcomes()))
				}
			}
		})
		rules = append(rules, rule)
	}
	if !r.clean() {
		return rules
	}
	if _, err := Compile(rules); err != nil {
		line, _ := r.ruleLine(n, err.Error())
		r.complain(line, "%v", err)
	}
	return rules
}

// ruleLine finds the line of the rule that an error names.
func (r *reader) ruleLine(n *yaml.Node, message string) (line int, found bool) {
	for _, e := range resolved(n).Content {
		pairs := resolved(e).Content
		for i := 0; i+1 < len(pairs); i += 2 {
			if pairs[i].Value == "name" && strings.HasPrefix(message, "policy rule "+quoted(pairs[i+1].Value)) {
				line, found = e.Line, true // the last of those that are alike
			}
		}
	}
	if !found {
		line = n.Line
	}
	return line, found
}
