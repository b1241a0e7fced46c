package config

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"scrum"
	"scrum/bundler"
	"scrum/prompts"
	"scrum/reviewers"
	"scrum/tally"
)

// Config is the effective configuration. The keys of files are the yaml names of
// the fields, or the names of the fields in lower case.
type Config struct {
	Providers  map[string]Provider `yaml:"providers"`
	Reviewers  []Reviewer          `yaml:"reviewers"`
	Panel      string              `yaml:"panel"` // "" when none is chosen
	Panels     map[string][]string `yaml:"panels"`
	Guards     Guards              `yaml:"guards"`
	Components []bundler.Component `yaml:"components"`
	LeaveOut   bundler.LeaveOut    `yaml:"leave_out"`
	Context    Context             `yaml:"context"`
	Packing    string              `yaml:"packing" enum:"ffd stable"`
	Engagement tally.Engagement    `yaml:"engagement"`
	Deadlines  Deadlines           `yaml:"deadlines"`
	Attempts   int                 `yaml:"attempts"`
	Halvings   int                 `yaml:"halvings"`
	Tally      Tally               `yaml:"tally"`
	Budget     Budget              `yaml:"budget"`
	Cache      Cache               `yaml:"cache"`
	Policy     []tally.Rule        `yaml:"policy"`
	Prompts    Prompts             `yaml:"prompts"`
	Guidance   Guidance            `yaml:"guidance"`

	// Warnings are what is no error and still not what its author thinks, such as
	// a SCRUM_ variable that sets nothing.
	Warnings []string `yaml:"-" json:"-"`
}

// Provider is an endpoint that serves models.
type Provider struct {
	BaseURL        string `yaml:"base_url"`
	APIKeyEnv      string `yaml:"api_key_env"` // "": no key is sent
	AllowPlainHTTP bool   `yaml:"allow_plain_http"`
	Concurrency    int    `yaml:"concurrency"` // 0: no limit, as for RPM and TPM
	RPM            int    `yaml:"rpm"`
	TPM            int    `yaml:"tpm"`
}

// Reviewer is a configured model, command or analyser.
type Reviewer struct {
	Name       string           `yaml:"name"`
	Kind       reviewers.Kind   `yaml:"kind"` // never "" after Load
	Provider   string           `yaml:"provider"`
	Model      string           `yaml:"model"`
	Lineage    string           `yaml:"lineage"` // "": that of the model's id
	Fallbacks  []string         `yaml:"fallbacks"`
	Price      *reviewers.Price `yaml:"price"` // nil: unknown, which is not zero
	MaxTokens  int              `yaml:"max_tokens"`
	Structured bool             `yaml:"structured"`
	Agent      string           `yaml:"agent" enum:"claude codex gemini opencode"` // a command that is known by name; Run can be empty then
	Run        []string         `yaml:"run"`
	Env        []string         `yaml:"env"`                              // names of variables that a command gets beside the usual ones
	Format     string           `yaml:"format" enum:"sarif rdjson plain"` // what an analyser prints
}

// Guards are the limits on a bundle; that they are overridden is no matter of
// configuration.
type Guards struct {
	Warn   bundler.ByteSize `yaml:"warn"`
	Refuse bundler.ByteSize `yaml:"refuse"`
}

// Context is what is shown around changed lines.
type Context struct {
	Lines    int  `yaml:"lines"`
	Function bool `yaml:"function"`
}

// Deadlines are how long a reviewer is waited for.
type Deadlines struct {
	Seat       time.Duration `yaml:"seat"`
	FirstToken time.Duration `yaml:"first_token"`
	Idle       time.Duration `yaml:"idle"`
}

// Tally says when two reports are of one problem.
type Tally struct {
	Match  string `yaml:"match" enum:"exact near"`
	Gap    int    `yaml:"gap"`
	Span   int    `yaml:"span"`
	Verify string `yaml:"verify" enum:"false true block all"`

	Severities map[string]tally.Severity `yaml:"severities"` // by a word of the reviewers
}

// The findings that are put to other lineages.
const (
	VerifyBlock = "block" // BLOCKs of one lineage
	VerifyAll   = "all"   // all findings of one lineage
)

// Examines says which findings are put to other lineages: VerifyBlock, VerifyAll, or
// "" for none.
func (t Tally) Examines() string {
	switch t.Verify {
	case VerifyAll:
		return VerifyAll
	case VerifyBlock, "true":
		return VerifyBlock
	}
	return ""
}

// Budget is what a run may cost.
type Budget struct {
	USD float64 `yaml:"usd"` // 0: no limit
}

// Cache keeps answers, so that the same question is not paid for twice.
type Cache struct {
	Enabled bool             `yaml:"enabled"`
	Max     bundler.ByteSize `yaml:"max"` // what is kept on disk; the least recently used goes first
}

// Prompts are template files that stand for the embedded ones; "" keeps those.
type Prompts struct {
	System string `yaml:"system"`
	Review string `yaml:"review"`
}

// Guidance is what reviewers are told about the repository.
type Guidance struct {
	Files []string       `yaml:"files"` // paths in the repository; they may be missing
	Rules []prompts.Rule `yaml:"rules"`
}

// Sources are the layers above the embedded default.
type Sources struct {
	Files []File         // lowest precedence first: the user's, then the project's
	Env   []string       // NAME=value; what begins with SCRUM_ is read
	Flags map[string]any // values for dotted keys, such as "guards.warn"; highest precedence
}

// File is a configuration file.
type File struct {
	Name string // as errors show it
	Data []byte
}

// Default is the text of the embedded configuration, documented line by line.
func Default() []byte { return scrum.DefaultConfig() }

// Load merges the layers and checks the result. The error holds everything that
// is wrong, a line each, with the file and the line that it comes from.
func Load(src Sources) (*Config, error) {
	layers, warnings := src.layers()
	var problems problems
	for _, l := range layers {
		problems = append(problems, l.problems...)
	}
	c, err := merge(layers)
	if err != nil {
		return nil, errors.Join(problems.err(), err)
	}
	c.Warnings = warnings
	for i := range c.Reviewers {
		if c.Reviewers[i].Kind == "" {
			c.Reviewers[i].Kind = reviewers.OpenAI
		}
	}
	if len(problems) < most {
		problems = append(problems, c.validate(layers, problems)...)
	}
	if err := problems.inOrder(layers).err(); err != nil {
		return nil, err
	}
	return c, nil
}

// BundlerOptions say how a change is packed.
func (c *Config) BundlerOptions() bundler.Options {
	return bundler.Options{
		Guards:     bundler.Guards{Warn: c.Guards.Warn, Refuse: c.Guards.Refuse},
		Components: c.Components,
		LeaveOut:   c.LeaveOut,
		Stable:     c.Packing == "stable",
	}
}

// ReadOptions say how much context is read.
func (c *Config) ReadOptions() bundler.ReadOptions {
	return bundler.ReadOptions{ContextLines: c.Context.Lines, Function: c.Context.Function}
}

// TallyOptions say when two reports are of one problem.
func (c *Config) TallyOptions() tally.Options {
	var scale tally.Scale
	if len(c.Tally.Severities) > 0 {
		scale = make(tally.Scale, len(c.Tally.Severities))
	}
	for word, severity := range c.Tally.Severities {
		scale[strings.ToLower(word)] = severity
	}
	return tally.Options{Match: c.Tally.Match, Gap: c.Tally.Gap, Span: c.Tally.Span, Severities: scale}
}

// Limits are those of every provider, by its name.
func (c *Config) Limits() map[string]reviewers.Limits {
	out := make(map[string]reviewers.Limits, len(c.Providers))
	for name, p := range c.Providers {
		out[name] = reviewers.Limits{Concurrency: p.Concurrency, RPM: p.RPM, TPM: p.TPM}
	}
	return out
}

// Key looks the provider's key up. Without api_key_env it is "": none is sent.
func (p Provider) Key(env func(string) string) (string, error) {
	if p.APIKeyEnv == "" {
		return "", nil
	}
	key := env(p.APIKeyEnv)
	if key == "" {
		return "", fmt.Errorf("its key is missing: the environment variable %s is not set; set it with: export %s=…", p.APIKeyEnv, p.APIKeyEnv)
	}
	return key, nil
}
