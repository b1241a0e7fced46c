package secrets

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/viper"
	"github.com/zricethezav/gitleaks/v8/config"
	"github.com/zricethezav/gitleaks/v8/detect"
	"github.com/zricethezav/gitleaks/v8/report"
)

// guess is the one rule that goes by entropy: it takes the checksums of lock files
// for keys.
const guess = "generic-api-key"

// detector runs gitleaks' rules. Nothing of the change can silence it: no ignore
// file, no comment, and no file name that gitleaks passes over.
type detector struct{ *detect.Detector }

// Scanner looks for credentials. It is safe for use by several goroutines at once:
// looking through a text changes nothing in gitleaks' detector but an atomic count.
type Scanner struct{ detector detector }

// New loads the rules, which takes some ten milliseconds.
func New(ctx context.Context) (*Scanner, error) {
	d, err := newDetector(ctx)
	return &Scanner{d}, err
}

// newDetector loads gitleaks' own rules, not with its loader, which keeps them in
// variables that all users of the process share.
func newDetector(ctx context.Context) (detector, error) {
	v := viper.New()
	v.SetConfigType("toml")
	var rules config.ViperConfig
	err := v.ReadConfig(strings.NewReader(config.DefaultConfig))
	if err == nil {
		err = v.Unmarshal(&rules)
	}
	if err != nil {
		return detector{}, fmt.Errorf("loading the rules for secrets: %w", err)
	}
	translated, err := rules.Translate()
	if err == nil {
		err = forgetPaths(translated.Rules)
	}
	if err != nil {
		return detector{}, fmt.Errorf("loading the rules for secrets: %w", err)
	}
	d := detect.NewDetectorContext(ctx, translated)
	d.IgnoreGitleaksAllow = true
	return detector{d}, nil
}

// forgetPaths takes out of each rule's exceptions the paths that are one by
// themselves: a file could be named so.
func forgetPaths(rules map[string]config.Rule) error {
	for id, r := range rules {
		var kept []*config.Allowlist
		for _, a := range r.Allowlists {
			if a.MatchCondition != config.AllowlistMatchAnd && len(a.Paths) > 0 {
				a = &config.Allowlist{Description: a.Description, MatchCondition: a.MatchCondition, RegexTarget: a.RegexTarget, Regexes: a.Regexes, StopWords: a.StopWords}
				if len(a.Regexes) == 0 && len(a.StopWords) == 0 {
					continue
				}
				if err := a.Validate(); err != nil {
					return fmt.Errorf("rule %s: %w", id, err)
				}
			}
			kept = append(kept, a)
		}
		r.Allowlists = kept
		rules[id] = r
	}
	return nil
}

// in gives what is found in a text of the file. Files whose names gitleaks passes
// over are looked through under no name, without the rule that guesses.
func (d detector) in(ctx context.Context, path, text string) []report.Finding {
	passedOver := slices.ContainsFunc(d.Config.Allowlists, func(a *config.Allowlist) bool { return a.PathAllowed(path) })
	if !passedOver {
		return d.DetectContext(ctx, detect.Fragment{Raw: text, FilePath: path}) //nolint:staticcheck // the type that it takes
	}
	found := d.DetectContext(ctx, detect.Fragment{Raw: text}) //nolint:staticcheck // as above
	return slices.DeleteFunc(found, func(f report.Finding) bool { return f.RuleID == guess })
}
