package cases

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"

	"go.yaml.in/yaml/v3"

	"scrum/parity/jqpath"
	"scrum/parity/node"
)

// caseKeys are the keys of a case in YAML.
func caseKeys() []string {
	return []string{"name", "method", "path", "headers", "body", "json", "base64", "isolation", "capture", "expect"}
}

// FromYAML reads one case; its mistakes go to r.
func FromYAML(r *node.Reader, n *yaml.Node) Case {
	c := Case{Method: http.MethodGet, File: r.File, Line: n.Line}
	bodies := 0
	for _, p := range r.Pairs(n, "a case", caseKeys()...) {
		switch v := p.Value; p.Key {
		case "name":
			c.Name = strings.TrimSpace(r.Text(v, "name"))
		case "method":
			c.Method = r.OneOf(v, "method", methods()...)
		case "path":
			c.Path = readPath(r, v)
		case "headers":
			c.Header = append(c.Header, Headers(r, v)...)
		case "body", "json", "base64":
			bodies++
			c.readBody(r, p)
		case "isolation":
			c.Isolation = r.OneOf(v, "isolation", Isolations()...)
		case "capture":
			c.Capture = readCaptures(r, v)
		case "expect":
			c.Expect = readExpect(r, v)
		}
	}
	if bodies > 1 {
		r.Errorf(n.Line, "a case has one of body, json and base64")
	}
	if c.Path == "" {
		r.Errorf(n.Line, "a case needs a path, such as path: /v1/items")
	}
	if c.Name == "" {
		c.Name = c.fallbackName()
	}
	c.Uses = c.uses()
	return c
}

// readPath takes a path with its query. The scheme and host are the target's.
func readPath(r *node.Reader, n *yaml.Node) string {
	path := r.Text(n, "path")
	if path == "" {
		return ""
	}
	if problem := pathProblem(path); problem != "" {
		r.Errorf(n.Line, "path %s %s", node.Quote(path), problem)
	}
	return path
}

func pathProblem(path string) string {
	if onlyCapture.MatchString(path) {
		return ""
	}
	if !strings.HasPrefix(path, "/") {
		return "must begin with a slash; the target gives the rest of the address"
	}
	if strings.ContainsAny(path, " \t\r\n") && !strings.Contains(path, "{{") {
		return "holds white space; write %20"
	}
	if _, err := url.ParseRequestURI(capture.ReplaceAllString(path, "x")); err != nil {
		return "is no path of a URL"
	}
	if strings.Contains(path, "#") {
		return "has a fragment, which is never sent; write %23 for a number sign"
	}
	return ""
}

// Headers reads a mapping of header fields.
func Headers(r *node.Reader, n *yaml.Node) []Field {
	var out []Field
	for _, p := range r.Pairs(n, "headers") {
		values := []*yaml.Node{p.Value}
		if p.Value.Kind == yaml.SequenceNode {
			values = r.Items(p.Value, p.Key)
		}
		for _, v := range values {
			f := Field{p.Key, r.Text(v, "header "+p.Key)}
			if problem := f.problem(); problem != "" {
				r.Errorf(p.Line, "header %s %s", node.Quote(p.Key), problem)
				continue
			}
			out = append(out, f)
		}
	}
	return out
}

func (c *Case) readBody(r *node.Reader, p node.Pair) {
	switch p.Key {
	case "body":
		c.Body = r.Text(p.Value, "body")
	case "base64":
		data, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(r.Text(p.Value, "base64")), ""))
		if err != nil {
			r.Errorf(p.Line, "base64 cannot be read: %v", err)
		}
		c.Body, c.Raw = string(data), true
	case "json":
		c.JSON = true
		c.Body = toJSON(r, p.Value)
		c.ensureHeader("Content-Type", "application/json")
	}
}

// ensureHeader adds a header unless the case has it.
func (c *Case) ensureHeader(name, value string) {
	for _, h := range c.Header {
		if strings.EqualFold(h.Name, name) {
			return
		}
	}
	c.Header = append(c.Header, Field{name, value})
}

func readCaptures(r *node.Reader, n *yaml.Node) []Capture {
	var out []Capture
	for _, p := range r.Pairs(n, "capture") {
		text := r.Text(p.Value, "capture "+p.Key)
		if m := capture.FindString("{{" + p.Key + "}}"); m == "" {
			r.Errorf(p.Line, "capture %s: a name has letters, digits and _ only", node.Quote(p.Key))
		}
		c := Capture{Name: p.Key}
		if header, found := strings.CutPrefix(text, "header:"); found {
			c.Header = http.CanonicalHeaderKey(strings.TrimSpace(header))
			out = append(out, c)
			continue
		}
		var err error
		if c.Path, err = jqpath.Parse(text); err != nil {
			r.Errorf(p.Line, "capture %s: %v", p.Key, err)
		}
		out = append(out, c)
	}
	return out
}

func readExpect(r *node.Reader, n *yaml.Node) []int {
	var out []int
	for _, p := range r.Pairs(n, "expect", "status") {
		list := []*yaml.Node{p.Value}
		if p.Value.Kind == yaml.SequenceNode {
			list = r.Items(p.Value, "status")
		}
		for _, s := range list {
			out = append(out, r.Count(s, "status", 100, 599))
		}
	}
	return out
}
