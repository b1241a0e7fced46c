package reviewers

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"net/url"
	"strings"
	"unicode"
)

// Provider is an endpoint that serves models.
type Provider struct {
	Name           string
	BaseURL        string            // such as https://openrouter.ai/api/v1
	Key            string            `json:"-" yaml:"-"` // its value; "" sends none. Never printed.
	KeyEnv         string            // the environment variable that it came from, for messages
	Headers        map[string]string `json:"-" yaml:"-"` // sent with every request; may hold secrets, never printed
	Limits         Limits
	AllowPlainHTTP bool // send over http:// to a host that is not this machine
}

// Host is where requests go, with the port when one is given.
func (p Provider) Host() string {
	u, err := url.Parse(p.BaseURL)
	if err != nil {
		return ""
	}
	return u.Host
}

// Local tells whether the endpoint is on this machine.
func (p Provider) Local() bool {
	u, err := url.Parse(p.BaseURL)
	return err == nil && loopback(u.Hostname())
}

// Format prints the provider without its key and headers, whatever the verb.
func (p Provider) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, fmt.Sprintf("%s (%s)", p.Name, p.Host()))
}

// check finds what would make every request fail, or leak.
func (p Provider) check() error {
	u, err := url.Parse(p.BaseURL)
	switch {
	case err != nil:
		// The parser's message repeats the URL, which may hold a password.
		return fmt.Errorf("provider %s: base_url is not a URL", p.Name)
	case u.User != nil:
		return fmt.Errorf("provider %s: base_url holds a user name or password: keep keys in the environment and name the variable with api_key_env", p.Name)
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return fmt.Errorf("provider %s: base_url must look like https://host/v1, it is %q", p.Name, p.BaseURL)
	case u.RawQuery != "" || u.Fragment != "":
		return fmt.Errorf("provider %s: base_url must end with its path, without ? or #", p.Name)
	case u.Scheme == "http" && !loopback(u.Hostname()) && !p.AllowPlainHTTP:
		return fmt.Errorf("provider %s: %s would get the code%s unencrypted: use https, or set allow_plain_http for this provider", p.Name, u.Host, p.andKey())
	}
	return p.checkSecrets()
}

func (p Provider) andKey() string {
	if p.Key == "" {
		return ""
	}
	return " and the key"
}

func (p Provider) checkSecrets() error {
	if strings.ContainsFunc(p.Key, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		return fmt.Errorf("provider %s: the key in $%s holds a space or a line break: export it again", p.Name, p.KeyEnv)
	}
	for name, value := range p.Headers {
		if strings.ContainsAny(name+value, "\r\n\x00") || name == "" {
			return fmt.Errorf("provider %s: the header %q holds a line break or has no name", p.Name, name)
		}
	}
	return nil
}

// loopback tells whether a host name can only be this machine.
func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") || strings.HasSuffix(strings.ToLower(host), ".localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// secrets are the texts that must never be seen again: the key, its encoded
// forms and the headers' values.
func (p Provider) secrets() []string {
	var out []string
	for _, s := range append([]string{p.Key}, values(p.Headers)...) {
		if len(s) < minSecret {
			continue
		}
		out = append(out, s, url.QueryEscape(s), base64.StdEncoding.EncodeToString([]byte(s)))
	}
	return out
}

// minSecret: shorter values are words such as "true", and no secrets.
const minSecret = 8

func values(m map[string]string) []string {
	var out []string
	for _, v := range m {
		out = append(out, v)
	}
	return out
}

// redacted stands where a key was.
const redacted = "[key]"

// conceal replaces the secrets themselves; it is for answers, which are
// otherwise kept to the byte.
func (p Provider) conceal(s string) string {
	for _, secret := range p.secrets() {
		s = strings.ReplaceAll(s, secret, redacted)
	}
	return s
}

// scrub makes a message fit to be shown: without secrets, without pieces of the
// key such as servers repeat ("sk-abcd****wxyz"), without credentials in URLs, on
// one line, without control characters, of bounded length.
func (p Provider) scrub(s string) string {
	s = p.conceal(cut(s, 64<<10))
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	words := strings.Fields(s)
	for i, w := range words {
		words[i] = p.scrubWord(w)
	}
	return cut(strings.Join(words, " "), maxMessage)
}

// maxMessage bounds what a server's message takes on a person's screen.
const maxMessage = 400

func (p Provider) scrubWord(w string) string {
	if at := strings.LastIndexByte(w, '@'); at > 0 {
		if i := strings.Index(w, "://"); i >= 0 && i < at {
			w = w[:i+3] + redacted + w[at:]
		}
	}
	const shown = 6 // a server's hint at a key repeats at least so much of it
	if len(p.Key) >= 2*shown {
		if i := strings.Index(w, p.Key[:shown]); i >= 0 {
			return w[:i] + redacted
		}
	}
	if strings.Contains(w, "***") {
		return redacted
	}
	return w
}

// scrubbed keeps what errors.Is needs to know of a cause, not its words.
func (p Provider) scrubbed(err error) error {
	if err == nil {
		return nil
	}
	return &concealedError{text: p.scrub(err.Error()), err: err}
}

// concealedError shows a cause without secrets and still is that cause.
type concealedError struct {
	text string
	err  error
}

func (e *concealedError) Error() string        { return e.text }
func (e *concealedError) Is(target error) bool { return errors.Is(e.err, target) }

// cut shortens a text to about n bytes, at a rune's border.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}
