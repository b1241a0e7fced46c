package config

import (
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/bmatcuk/doublestar/v4"

	"scrum/reviewers"
	"scrum/tally"
)

// The panels that are there without configuration.
const (
	panelDefault = "default"
	panelAuto    = "auto"
)

// builtIn are the analysers of the offline panel; nameable are all that a panel can
// name without configuration.
func builtIn() []string  { return []string{"go-vet", "staticcheck", "secrets", "actionlint"} }
func nameable() []string { return append(builtIn(), "instructions", "conflicts") }

// checker finds what is wrong with the merged configuration.
type checker struct {
	c        *Config
	places   map[string]place
	reported problems // of the layers: what they concern is not complained of again
	found    problems
}

func (c *Config) validate(layers []layer, reported problems) problems {
	k := &checker{c: c, places: places(layers), reported: reported}
	k.providers()
	k.reviewers()
	k.panels()
	k.bundling()
	k.counting()
	k.policy()
	k.guidance()
	return k.found
}

// wrong notes a problem at a key, with the place where it or what it belongs to
// was set.
func (k *checker) wrong(path, format string, args ...any) {
	if k.broken(path) {
		return
	}
	k.found = append(k.found, problem{k.placeOf(path), path, fmt.Sprintf(format, args...)})
}

// broken tells that a layer has a problem at the key, above it or below it.
func (k *checker) broken(path string) bool {
	return slices.ContainsFunc(k.reported, func(p problem) bool {
		return within(p.path, path) || within(path, p.path)
	})
}

func (k *checker) placeOf(path string) place {
	for path != "" {
		if p, ok := k.places[path]; ok {
			return p
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	return place{}
}

func (k *checker) providers() {
	for _, name := range slices.Sorted(maps.Keys(k.c.Providers)) {
		p, at := k.c.Providers[name], join("providers", name)
		if name == "" {
			k.wrong(at, "a provider needs a name")
		}
		k.baseURL(join(at, "base_url"), p)
		if p.APIKeyEnv != "" && !variableName.MatchString(p.APIKeyEnv) {
			// What stands there may be a key: it is not repeated.
			k.wrong(join(at, "api_key_env"), "%s is not the name of an environment variable, such as OPENROUTER_API_KEY; a key itself does not belong into a file", join(at, "api_key_env"))
		}
	}
}

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,99}$`)

func (k *checker) baseURL(at string, p Provider) {
	u, err := url.Parse(p.BaseURL)
	switch {
	case p.BaseURL == "":
		k.wrong(at, "%s is missing: the address of the endpoint, such as https://openrouter.ai/api/v1", at)
	case err != nil:
		k.wrong(at, "%s is not a URL", at) // the parser's message repeats it, with what it may hold
	case u.User != nil:
		k.wrong(at, "%s holds a user name or a password; put the key into an environment variable and name that variable with api_key_env", at)
	case u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		k.wrong(at, "%s must look like https://host/v1", at)
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		k.wrong(at, "%s must end with its path, without ? or #", at)
	case u.Scheme == "http" && !loopback(u.Hostname()) && !p.AllowPlainHTTP:
		k.wrong(at, "%s would send the code to %s unencrypted; use https, or set allow_plain_http: true for this provider", at, shown(u.Host))
	}
}

// loopback tells whether a host name can only be this machine.
func loopback(host string) bool {
	host = strings.ToLower(host)
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

func (k *checker) reviewers() {
	seen := map[string]string{} // by the name as a file system may fold it
	for i, r := range k.c.Reviewers {
		where := at("reviewers", i)
		k.reviewerName(where, r.Name)
		if first, twice := seen[strings.ToLower(r.Name)]; twice && r.Name != "" {
			k.wrong(join(where, "name"), "the reviewer %s is already there as %s; names must differ in more than capitals, because they become file names", r.Name, first)
		}
		seen[strings.ToLower(r.Name)] = r.Name
		k.kind(where, r)
		k.reviewer(where, r)
	}
}

var fileName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$`)

// deviceName: Windows keeps these to itself, with any extension.
var deviceName = regexp.MustCompile(`(?i)^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?$`)

func (k *checker) reviewerName(where, name string) {
	switch {
	case name == "":
		k.wrong(where, "%s needs a name", where)
	case !fileName.MatchString(name), strings.HasSuffix(name, "."), deviceName.MatchString(name):
		k.wrong(join(where, "name"), "the name %s cannot be a file's name everywhere: up to 64 letters, digits and . _ - will do, beginning with a letter or a digit", shown(name))
	case slices.Contains(nameable(), strings.ToLower(name)):
		k.wrong(join(where, "name"), "%s is the name of a built-in analyser; choose another", name)
	}
}

// field is a key of a reviewer that only some kinds have.
type field struct {
	name string
	set  bool
	in   []reviewers.Kind // that take it
	by   []reviewers.Kind // that need it
}

func fields(r Reviewer) []field {
	models := []reviewers.Kind{reviewers.OpenAI}
	programs := []reviewers.Kind{reviewers.Command, reviewers.Analyser}
	analysers := []reviewers.Kind{reviewers.Analyser}
	answering := []reviewers.Kind{reviewers.OpenAI, reviewers.Command}
	commands := []reviewers.Kind{reviewers.Command}
	needRun := programs
	if r.Agent != "" {
		needRun = analysers
	}
	return []field{
		{"provider", r.Provider != "", models, models},
		{"model", r.Model != "", answering, models},
		{"lineage", r.Lineage != "", answering, nil},
		{"fallbacks", len(r.Fallbacks) > 0, models, nil},
		{"price", r.Price != nil, answering, nil},
		{"max_tokens", r.MaxTokens > 0, models, nil},
		{"structured", r.Structured, models, nil},
		{"agent", r.Agent != "", commands, nil},
		{"run", len(r.Run) > 0, programs, needRun},
		{"env", len(r.Env) > 0, commands, nil},
		{"format", r.Format != "", analysers, analysers},
	}
}

// kind holds the keys of a reviewer against its kind.
func (k *checker) kind(where string, r Reviewer) {
	for _, f := range fields(r) {
		switch {
		case !f.set && slices.Contains(f.by, r.Kind):
			k.wrong(where, "the reviewer %s is of the kind %s and needs %s", label(where, r), r.Kind, f.name)
		case f.set && !slices.Contains(f.in, r.Kind):
			k.wrong(join(where, f.name), "the reviewer %s is of the kind %s, which has no %s", label(where, r), r.Kind, f.name)
		}
	}
}

func label(where string, r Reviewer) string {
	if r.Name == "" {
		return where
	}
	return shown(r.Name)
}

// reviewer checks what the fields hold.
func (k *checker) reviewer(where string, r Reviewer) {
	if r.Lineage != "" && !lineageName.MatchString(r.Lineage) {
		k.wrong(join(where, "lineage"), "the lineage %s is no family's name, such as anthropic or qwen: small letters, digits and . _ - will do", shown(r.Lineage))
	}
	_, there := k.c.Providers[r.Provider]
	if r.Provider != "" && !there && !k.broken(join("providers", r.Provider)) {
		k.wrong(join(where, "provider"), "the reviewer %s names the provider %s, which is not configured%s", label(where, r), shown(r.Provider), meant(r.Provider, slices.Sorted(maps.Keys(k.c.Providers))))
	}
	for i, f := range r.Fallbacks {
		if f == "" {
			k.wrong(at(join(where, "fallbacks"), i), "a fallback of the reviewer %s is empty", label(where, r))
		}
	}
	for i, name := range r.Env {
		if !variableName.MatchString(name) {
			// It may be NAME=key: it is not repeated.
			k.wrong(at(join(where, "env"), i), "%s is not the name of an environment variable; a value does not belong into a file", at(join(where, "env"), i))
		}
	}
	if len(r.Run) > 0 && r.Run[0] == "" {
		k.wrong(join(where, "run"), "the reviewer %s runs a program without a name", label(where, r))
	}
}

// lineageName: the names of tools' lineages have a colon, and are not given away.
var lineageName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)

func meant(name string, candidates []string) string {
	if near := Nearest(name, candidates); near != "" {
		return fmt.Sprintf("; did you mean %s?", shown(near))
	}
	if len(candidates) == 0 {
		return "; there are none"
	}
	return "; there are " + strings.Join(candidates, ", ")
}

func (k *checker) panels() {
	members := nameable()
	for _, r := range k.c.Reviewers {
		members = append(members, r.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(k.c.Panels)) {
		where := join("panels", name)
		switch {
		case name == panelAuto:
			k.wrong(where, "the panel auto is the automatic one and cannot be configured; choose another name")
		case name == "":
			k.wrong(where, "a panel needs a name")
		case len(k.c.Panels[name]) == 0:
			k.wrong(where, "the panel %s has no reviewers", name)
		}
		k.panel(where, name, members)
	}
	_, there := k.c.Panels[k.c.Panel]
	if p := k.c.Panel; p != "" && p != panelDefault && p != panelAuto && !there {
		known := append(slices.Sorted(maps.Keys(k.c.Panels)), panelAuto)
		k.wrong("panel", "there is no panel %s%s", shown(p), meant(p, known))
	}
}

func (k *checker) panel(where, name string, members []string) {
	seen := map[string]bool{}
	for i, m := range k.c.Panels[name] {
		switch {
		case seen[m]:
			k.wrong(at(where, i), "the panel %s names %s twice", name, shown(m))
		case !slices.Contains(members, m) && !k.nameless():
			k.wrong(at(where, i), "the panel %s names %s, which is neither a reviewer nor a built-in analyser%s", name, shown(m), meant(m, members))
		}
		seen[m] = true
	}
}

// nameless tells that a reviewer's name could not be read, so that nothing is
// known of names that are missing.
func (k *checker) nameless() bool {
	return slices.ContainsFunc(k.reported, func(p problem) bool { return nameOfReviewer.MatchString(p.path) })
}

var nameOfReviewer = regexp.MustCompile(`^reviewers(\[\d+\](\.name)?)?$`)

func (k *checker) bundling() {
	g := k.c.Guards
	if g.Warn > g.Refuse {
		k.wrong("guards.warn", "guards.warn (%s) is above guards.refuse (%s); bundles are packed up to warn, so it must not be the larger one", g.Warn, g.Refuse)
	}
	seen := map[string]bool{}
	for i, c := range k.c.Components {
		where := at("components", i)
		switch {
		case c.Name == "":
			k.wrong(where, "%s needs a name", where)
		case seen[c.Name]:
			k.wrong(join(where, "name"), "the component %s is already there; give all of its paths at one place", shown(c.Name))
		}
		seen[c.Name] = true
		if len(c.Paths) == 0 {
			k.wrong(where, "%s needs paths: globs of the component's files", where)
		}
		k.globs(join(where, "paths"), c.Paths)
	}
	k.globs("leave_out.paths", k.c.LeaveOut.Paths)
	k.positive("context.lines", k.c.Context.Lines)
}

func (k *checker) globs(where string, globs []string) {
	for i, g := range globs {
		if g == "" || !doublestar.ValidatePattern(g) {
			k.wrong(at(where, i), "%s is not a glob, such as \"internal/**\" or \"*.sql\"", shown(g))
		}
	}
}

func (k *checker) positive(where string, n int) {
	if n < 1 {
		k.wrong(where, "%s must be at least 1", where)
	}
}

func (k *checker) counting() {
	e := k.c.Engagement
	k.positive("engagement.min_tokens", e.MinTokens)
	k.positive("engagement.quorum", e.Quorum)
	if e.MinCovered <= 0 || e.MinCovered > 1 {
		k.wrong("engagement.min_covered", "engagement.min_covered is a share: above 0, and 1 at most; it is %g", e.MinCovered)
	}
	k.positive("attempts", k.c.Attempts)
	k.positive("tally.gap", k.c.Tally.Gap)
	k.positive("tally.span", k.c.Tally.Span)
	for word := range k.c.Tally.Severities {
		if strings.ContainsFunc(word, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' }) {
			k.wrong("tally.severities", "tally.severities: %q must be one word of letters and digits, as a reviewer writes it in front of a finding", word)
		}
	}
	if t := k.c.Tally; t.Span < t.Gap {
		k.wrong("tally.span", "tally.span (%d) is below tally.gap (%d): two reports %d lines apart would be one finding by the one and two by the other", t.Span, t.Gap, t.Gap)
	}
}

func (k *checker) policy() {
	if len(k.c.Policy) == 0 {
		k.wrong("policy", "the policy has no rules; the last one is often {name: otherwise, when: \"true\", outcome: pass}")
		return
	}
	sound := true
	for i, r := range k.c.Policy {
		if r.Name == "" {
			sound = false
			k.wrong(at("policy", i), "%s needs a name, which is printed with the verdict", at("policy", i))
			continue
		}
		if _, err := tally.Compile([]tally.Rule{r}); err != nil {
			sound = false
			k.wrong(at("policy", i), "%v", err)
		}
	}
	if _, err := tally.Compile(k.c.Policy); err != nil && sound {
		k.wrong("policy", "%v", err)
	}
}

func (k *checker) guidance() {
	for i, f := range k.c.Guidance.Files {
		k.inRepository(at("guidance.files", i), f)
	}
	for i, r := range k.c.Guidance.Rules {
		where := at("guidance.rules", i)
		k.globs(join(where, "paths"), r.Paths)
		if strings.TrimSpace(r.Text) == "" {
			k.wrong(where, "%s has no text", where)
		}
	}
	if f := k.c.Prompts.System; f != "" {
		k.inRepository("prompts.system", f)
	}
	if f := k.c.Prompts.Review; f != "" {
		k.inRepository("prompts.review", f)
	}
}

// inRepository holds that a file is read from the repository under review and from
// nowhere else.
func (k *checker) inRepository(where, file string) {
	if file == "" || strings.Contains(file, "\\") || path.IsAbs(file) || !filepath.IsLocal(filepath.FromSlash(file)) {
		k.wrong(where, "%s is %s, but it takes a path below the top of the repository, with slashes", where, shown(file))
	}
}
