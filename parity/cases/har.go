package cases

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"scrum/parity/node"
)

// fromHAR reads the requests of an HTTP archive (version 1.2), as browsers and proxies
// write it. What was answered then does not count.
func fromHAR(name string, data []byte, host string) (Loaded, error) {
	doc, err := document(name, data)
	if err != nil {
		return Loaded{}, err
	}
	r := &node.Reader{File: name}
	entries := get(doc, "log", "entries")
	if entries == nil || entries.Kind != yaml.SequenceNode {
		return Loaded{}, &node.Error{File: name, Line: doc.Line, Msg: "it is no HAR file: log.entries is no list"}
	}
	var out Loaded
	var left leftOut
	h := hosts{only: host}
	for _, entry := range entries.Content {
		if c, ok := harEntry(r, entry, &h, &left); ok {
			out.Cases = append(out.Cases, c)
		}
	}
	out.Notes = left.notes(name, &h)
	if len(out.Cases) == 0 && r.Err() == nil {
		r.Errorf(entries.Line, "no request of this file is taken")
	}
	return out, r.Err()
}

func harEntry(r *node.Reader, entry *yaml.Node, h *hosts, left *leftOut) (Case, bool) {
	request := get(entry, "request")
	if request == nil {
		r.Errorf(entry.Line, "an entry without a request")
		return Case{}, false
	}
	if get(entry, "_webSocketMessages") != nil {
		r.Errorf(entry.Line, "a WebSocket cannot be compared")
		return Case{}, false
	}
	u, ok := webURL(r, request.Line, textOf(request, "url"))
	if !ok || !h.take(r, request.Line, u) {
		return Case{}, false
	}
	c := Case{Method: textOf(request, "method"), Path: pathOf(u), File: r.File, Line: request.Line}
	if headers := get(request, "headers"); headers != nil {
		for _, f := range headers.Content {
			left.header(r, &c, f.Line, textOf(f, "name"), textOf(f, "value"))
		}
	}
	if post := get(request, "postData"); post != nil {
		harBody(r, &c, post)
	}
	c.Name = c.fallbackName()
	return c, checked(r, &c)
}

// harBody reads what was sent. The parts of a form only say it all when there is no
// file among them, and then a text says it, too.
func harBody(r *node.Reader, c *Case, post *yaml.Node) {
	text, params := get(post, "text"), get(post, "params")
	switch {
	case textOf(post, "encoding") != "":
		r.Errorf(post.Line, "a request body in the encoding %s cannot be read", node.Quote(textOf(post, "encoding")))
	case strings.HasPrefix(textOf(post, "mimeType"), "multipart/"):
		r.Errorf(post.Line, "a multipart body cannot be sent again: its parts are not in the file as they were")
	case text != nil && text.Kind == yaml.ScalarNode && (text.Value != "" || params == nil || len(params.Content) == 0):
		c.Body = text.Value
	case params != nil && len(params.Content) > 0:
		c.Body = harForm(r, params)
		c.ensureHeader("Content-Type", "application/x-www-form-urlencoded")
	}
	if mime := textOf(post, "mimeType"); mime != "" && c.Body != "" {
		c.ensureHeader("Content-Type", mime)
	}
}

func harForm(r *node.Reader, params *yaml.Node) string {
	var parts []string
	for _, p := range params.Content {
		if get(p, "fileName") != nil {
			r.Errorf(p.Line, "a form with a file cannot be sent again")
			return ""
		}
		parts = append(parts, formPair(textOf(p, "name"), textOf(p, "value")))
	}
	return strings.Join(parts, "&")
}
