package cases

import (
	"regexp"
	"slices"
	"strings"

	"scrum/parity/jqpath"
	"scrum/parity/node"
)

// Case is one request, and what is to become of its answer.
type Case struct {
	Name      string
	Method    string
	Path      string // with its query; begins with a slash
	Header    []Field
	Body      string
	JSON      bool   // the body is JSON: captures are put in as JSON
	Raw       bool   // the body is sent as it is: nothing in it is a capture
	Isolation string // how state is kept apart, "" when that holds which is declared for all
	Capture   []Capture
	Expect    []int    // statuses, none for any
	Uses      []string // the captures that the request needs
	File      string
	Line      int
}

// Field is a header field.
type Field struct{ Name, Value string }

// Capture takes a value out of an answer, for later cases.
type Capture struct {
	Name   string
	Path   jqpath.Pattern
	Header string // when not "", the value is that of this header
}

// The ways to keep state apart.
const (
	Idempotent = "idempotent" // sending it again or beside others changes nothing
	Fresh      = "fresh"      // each target has a state of its own
	Shared     = "shared"     // the targets share one state
)

// Isolations are the ways that a case can declare.
func Isolations() []string { return []string{Fresh, Idempotent, Shared} }

// Mutates tells whether the method may change state on the server.
func (c *Case) Mutates() bool {
	return !slices.Contains([]string{"GET", "HEAD", "OPTIONS"}, c.Method)
}

// Errorf is a mistake at the place where the case stands.
func (c *Case) Errorf(format string, args ...any) error {
	r := node.Reader{File: c.File}
	r.Errorf(c.Line, format, args...)
	return r.Err()
}

// capture is {{name}} in a request. All else in braces is text.
var capture = regexp.MustCompile(`\{\{ *([A-Za-z_][A-Za-z0-9_]*) *\}\}`)

// onlyCapture is a path that is captured as a whole, as from a Location header.
var onlyCapture = regexp.MustCompile(`^\{\{ *([A-Za-z_][A-Za-z0-9_]*) *\}\}$`)

// HoldsCapture tells whether a text would be taken for one with a capture in it.
func HoldsCapture(s string) bool { return capture.MatchString(s) }

// uses lists the captures that the texts of a request name.
func (c *Case) uses() []string {
	texts := []string{c.Path}
	if !c.Raw {
		texts = append(texts, c.Body)
	}
	for _, h := range c.Header {
		texts = append(texts, h.Value)
	}
	var names []string
	for _, text := range texts {
		for _, m := range capture.FindAllStringSubmatch(text, -1) {
			if !slices.Contains(names, m[1]) {
				names = append(names, m[1])
			}
		}
	}
	return names
}

// methods that can be sent. CONNECT is for proxies, TRACE echoes secrets.
func methods() []string {
	return []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"}
}

// fieldName are the characters of a header's name (RFC 9110 §5.6.2).
var fieldName = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")

// problem says why a field cannot be sent as it is, "" when it can.
func (f Field) problem() string {
	switch {
	case !fieldName.MatchString(f.Name):
		return "is no name of a header"
	case strings.ContainsAny(f.Value, "\r\n\x00"):
		return "holds a line break or a zero byte"
	case setByClient(f.Name):
		return "is set by the client itself and cannot be given"
	}
	return ""
}

// setByClient are headers that belong to the connection and not to the request.
func setByClient(name string) bool {
	switch strings.ToLower(name) {
	case "host", "connection", "content-length", "transfer-encoding", "keep-alive", "upgrade",
		"te", "trailer", "proxy-connection", "http2-settings":
		return true
	}
	return false
}

// OfConnection tells whether a header is the client's own business: a case cannot have
// it, or says the same without it.
func OfConnection(header string) bool {
	return setByClient(header) || strings.EqualFold(header, "accept-encoding")
}

// Secret tells whether a header carries a secret, which no report may show.
func Secret(header string) bool {
	switch name := strings.ToLower(header); name {
	case "authorization", "proxy-authorization", "cookie", "set-cookie":
		return true
	default:
		return secretWord(name)
	}
}

// secretWord knows the names that people give to secrets.
func secretWord(name string) bool {
	name = separators.Replace(strings.ToLower(name))
	for _, word := range []string{"apikey", "token", "secret", "password", "passwd", "signature", "credential", "sessionid", "accesskey"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return name == "key" || name == "sig" || name == "auth" || name == "pwd"
}

var separators = strings.NewReplacer("-", "", "_", "", ".", "")

// Mask stands where a secret was.
const Mask = "***"

// MaskedPath is a path with its query, where values of parameters that are secrets by
// their names are masked.
func MaskedPath(path string) string {
	base, query, found := strings.Cut(path, "?")
	if !found {
		return path
	}
	parts := strings.Split(query, "&")
	for i, p := range parts {
		if name, _, ok := strings.Cut(p, "="); ok && secretWord(name) {
			parts[i] = name + "=" + Mask
		}
	}
	return base + "?" + strings.Join(parts, "&")
}

// Default name of a case that has none.
func (c *Case) fallbackName() string {
	path, _, _ := strings.Cut(c.Path, "?")
	return c.Method + " " + path
}
