package reviewers

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"scrum/reviewers/lineage"
)

// Found is a reviewer that could be asked right now.
type Found struct {
	Name     string // a short name for it: opus, gpt, kimi, …; distinct among all that are found
	Provider Provider
	Model    string
	Lineage  string
	Why      string // "OPENROUTER_API_KEY is set", "answers on 127.0.0.1:11434"
}

// Member makes the panel's member of it.
func (f Found) Member(opt OpenAIOptions) (*Member, error) {
	r, err := NewOpenAI(f.Provider, f.Model, opt)
	if err != nil {
		return nil, err
	}
	return &Member{
		Name: f.Name, Kind: OpenAI, Lineage: f.Lineage, Model: f.Model, MaxTokens: opt.MaxTokens,
		Provider: f.Provider.Name, Host: f.Provider.Host(), Reviewer: r,
	}, nil
}

// Missing is a source of reviewers that is not there, and how to add it.
type Missing struct {
	Name string // "OpenRouter", "Ollama"
	Why  string // "OPENROUTER_API_KEY is not set"
	How  string // what to do
	Key  string // the environment variable that would add it; "" for a server on this machine
}

// DiscoverOptions tell how to look. The zero value looks for three lineages.
type DiscoverOptions struct {
	Max     int           // distinct lineages; 0 is 3
	Timeout time.Duration // for each local server; 0 is one second
	Client  *http.Client  // gives the transport for local servers; nil is one without proxies
	Locals  []LocalServer // nil are LocalServers(env); empty are none
}

// Discover finds up to Max reviewers of distinct lineages: by the keys in the
// environment, providers of their own models before routers, and, while there are
// too few, by the local servers that answer. It sends nothing to any other
// machine. What it has not found comes with what would add it.
func Discover(ctx context.Context, env func(string) string, opt DiscoverOptions) ([]Found, []Missing) {
	if opt.Max <= 0 {
		opt.Max = 3
	}
	if opt.Timeout <= 0 {
		opt.Timeout = time.Second
	}
	if opt.Locals == nil {
		opt.Locals = LocalServers(env)
	}
	c := &collection{max: opt.Max, lineages: map[string]bool{}, names: map[string]bool{}}
	for _, s := range services() {
		c.service(s, env)
	}
	if len(c.found) < c.max {
		for i, models := range probeAll(ctx, opt) {
			c.local(opt.Locals[i], models)
		}
		if host := env("OLLAMA_HOST"); host != "" && !isLocal(host) {
			c.missing = append(c.missing, Missing{Name: "Ollama elsewhere", Why: "OLLAMA_HOST names another machine", How: "add it under providers in the configuration, to send code there on purpose"})
		}
	}
	return c.found, c.missing
}

// collection takes the first offer of each lineage.
type collection struct {
	max      int
	found    []Found
	missing  []Missing
	lineages map[string]bool
	names    map[string]bool
}

func (c *collection) add(f Found) {
	if len(c.found) >= c.max || c.lineages[f.Lineage] {
		return
	}
	for base, n := f.Name, 2; c.names[f.Name]; n++ {
		f.Name = fmt.Sprintf("%s-%d", base, n)
	}
	c.lineages[f.Lineage], c.names[f.Name] = true, true
	c.found = append(c.found, f)
}

func (c *collection) service(s service, env func(string) string) {
	if p, ok := s.provider(env); ok {
		for _, o := range s.offers {
			c.add(Found{Name: o.name, Provider: p, Model: o.model, Lineage: o.lineage, Why: p.KeyEnv + " is set"})
		}
		return
	}
	c.missing = append(c.missing, Missing{
		Name: s.title,
		Why:  strings.Join(s.keys, " or ") + " is not set",
		How:  fmt.Sprintf("export %s=… (keys: %s)", s.keys[0], s.keysAt),
		Key:  s.keys[0],
	})
}

// provider is the service with the first of its keys that is set.
func (s service) provider(env func(string) string) (Provider, bool) {
	for _, name := range s.keys {
		if key := strings.TrimSpace(env(name)); key != "" {
			const concurrency = 8 // what a new account gets anywhere
			return Provider{Name: s.name, BaseURL: s.baseURL, Key: key, KeyEnv: name, Limits: Limits{Concurrency: concurrency}}, true
		}
	}
	return Provider{}, false
}

func (c *collection) local(s LocalServer, p probed) {
	address := strings.TrimSuffix(strings.TrimPrefix(s.BaseURL, "http://"), "/v1")
	if p.err != nil {
		c.missing = append(c.missing, Missing{Name: s.Title, Why: fmt.Sprintf("%s: %s", address, p.err), How: "start it: " + s.Start})
		return
	}
	for _, model := range best(p.models) {
		family, _ := lineage.Of(model)
		name := family
		if family == lineage.Unknown {
			name = s.Name
		}
		// One model is loaded at a time on most machines: requests queue here
		// rather than in a server that swaps models.
		c.add(Found{
			Name: name, Model: model, Lineage: family, Why: "answers on " + address,
			Provider: Provider{Name: s.Name, BaseURL: s.BaseURL, Limits: Limits{Concurrency: 1}},
		})
	}
}

// best gives the strongest model of each lineage, those of unknown lineage last.
func best(models []string) []string {
	chosen := map[string]string{}
	var order []string
	for _, m := range models {
		family, _ := lineage.Of(m)
		before, seen := chosen[family]
		if !seen && family != lineage.Unknown {
			order = append(order, family)
		}
		if !seen || strength(m) > strength(before) {
			chosen[family] = m
		}
	}
	if _, ok := chosen[lineage.Unknown]; ok {
		order = append(order, lineage.Unknown)
	}
	out := make([]string, 0, len(order))
	for _, family := range order {
		out = append(out, chosen[family])
	}
	return out
}

// strength guesses from a name how well a model reviews: by its size in billions
// of parameters, half as much again when it was made for code.
func strength(model string) float64 {
	name := strings.ToLower(model)
	size := 0.0
	for _, word := range strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune("-_:/ ", r) }) {
		var n float64
		var unit string
		if _, err := fmt.Sscanf(word, "%f%s", &n, &unit); err == nil && unit == "b" {
			size = max(size, n)
		}
	}
	if strings.Contains(name, "code") || strings.Contains(name, "devstral") {
		size = size*1.5 + 1
	}
	return size
}

const ollamaPort = "11434"

// ollamaAddress reads OLLAMA_HOST, which may be an address, a port, both, or a URL.
func ollamaAddress(value string) string {
	host, port, ok := splitOllama(value)
	if !ok {
		return net.JoinHostPort("127.0.0.1", ollamaPort)
	}
	return net.JoinHostPort(host, port)
}

func isLocal(value string) bool { _, _, ok := splitOllama(value); return ok }

func splitOllama(value string) (host, port string, ok bool) {
	value = strings.Trim(strings.TrimSpace(value), `"'`)
	_, after, found := strings.Cut(value, "://")
	if found {
		value = after
	}
	value, _, _ = strings.Cut(value, "/")
	host, port, err := net.SplitHostPort(value)
	if err != nil {
		host, port = strings.Trim(value, "[]"), ollamaPort
	}
	if port == "" {
		port = ollamaPort
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		host = "127.0.0.1" // what a server listens on is not what a client asks
	}
	return host, port, loopback(host)
}

// Reachable are all providers that could be asked right now: those with a key in the
// environment, and the local servers that answer.
func Reachable(ctx context.Context, env func(string) string, opt DiscoverOptions) []Provider {
	if opt.Timeout <= 0 {
		opt.Timeout = time.Second
	}
	if opt.Locals == nil {
		opt.Locals = LocalServers(env)
	}
	var out []Provider
	for _, s := range services() {
		if p, ok := s.provider(env); ok {
			out = append(out, p)
		}
	}
	for i, found := range probeAll(ctx, opt) {
		if found.err == nil {
			out = append(out, Provider{Name: opt.Locals[i].Name, BaseURL: opt.Locals[i].BaseURL, Limits: Limits{Concurrency: 1}})
		}
	}
	return out
}
