package cases

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"scrum/parity/node"
)

// Requests that were recorded elsewhere name a host and carry what a client sets by
// itself. Only the path goes to the targets; what is left out is noted once a file.

// hosts are the hosts that the requests of a file went to.
type hosts struct {
	only  string
	first string
	other int // requests to a host that was not asked for
}

// take tells whether a request is wanted. A second host is a mistake unless one is
// chosen: its requests are not for the same service.
func (h *hosts) take(r *node.Reader, line int, u *url.URL) bool {
	switch {
	case h.only != "" && u.Host != h.only:
		h.other++
		return false
	case h.only == "" && h.first != "" && u.Host != h.first:
		r.Errorf(line, "this request goes to %s, the ones before to %s; choose with host: %s", node.Quote(u.Host), node.Quote(h.first), h.first)
		return false
	}
	h.first = u.Host
	return true
}

// webURL checks the address of a recorded request.
func webURL(r *node.Reader, line int, address string) (*url.URL, bool) {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		r.Errorf(line, "the address of the request is no URL")
	case u.Scheme != "http" && u.Scheme != "https":
		r.Errorf(line, "requests of %s cannot be sent, only http and https", node.Quote(u.Scheme))
	case u.Host == "":
		r.Errorf(line, "the address of the request names no host")
	default:
		return u, true
	}
	return nil, false
}

// pathOf is what goes to a target. A fragment is never sent.
func pathOf(u *url.URL) string {
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	if u.RawQuery != "" {
		path += "?" + u.RawQuery
	}
	return path
}

// leftOut collects the names of headers that are not taken.
type leftOut []string

// header adds a recorded header to a case, or to what is left out.
func (l *leftOut) header(r *node.Reader, c *Case, line int, name, value string) {
	lower := strings.ToLower(name)
	if strings.HasPrefix(name, ":") || OfConnection(name) {
		if !slices.Contains(*l, lower) {
			*l = append(*l, lower)
		}
		return
	}
	f := Field{name, value}
	if problem := f.problem(); problem != "" {
		r.Errorf(line, "header %s %s", node.Quote(name), problem)
		return
	}
	c.Header = append(c.Header, f)
}

func (l leftOut) notes(file string, h *hosts) []string {
	var out []string
	if len(l) > 0 {
		slices.Sort(l)
		out = append(out, fmt.Sprintf("%s: headers that the client sets by itself are left out: %s", file, strings.Join(l, ", ")))
	}
	if h.other > 0 {
		out = append(out, fmt.Sprintf("%s: %d requests to other hosts than %s are left out", file, h.other, h.only))
	}
	return out
}

// checked holds a request from elsewhere to what can be sent.
func checked(r *node.Reader, c *Case) bool {
	if !slices.Contains(methods(), c.Method) {
		r.Errorf(c.Line, "method %s cannot be sent; %s", node.Quote(c.Method), node.Hint(c.Method, methods()))
		return false
	}
	if problem := pathProblem(c.Path); problem != "" {
		r.Errorf(c.Line, "path %s %s", node.Quote(c.Path), problem)
		return false
	}
	return true
}
