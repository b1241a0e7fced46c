// Package record stands before a target as a proxy and writes what passes as cases,
// without the secrets.
package record

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"scrum/parity/cases"
	"scrum/parity/exchange"
	"scrum/parity/jsonvalue"
)

// Options say what is written.
type Options struct {
	Isolation string // of cases that may change state; "" leaves it to whoever reads them
	MaxBody   int64  // bytes of a request body; a longer one is passed on and not recorded
}

// Recorder is a handler that passes requests on to a target and writes each as a case.
type Recorder struct {
	target exchange.Target
	opt    Options
	proxy  *httputil.ReverseProxy

	mu    sync.Mutex // guards what follows
	out   io.Writer
	err   error
	count int
	lost  []string
	names map[string]int
}

// New makes a recorder that writes cases to out as they come.
func New(target exchange.Target, out io.Writer, opt Options) *Recorder {
	r := &Recorder{target: target, opt: opt, out: out, names: map[string]int{}}
	r.proxy = &httputil.ReverseProxy{
		Transport: &http.Transport{DisableCompression: true},
		Rewrite: func(p *httputil.ProxyRequest) {
			p.SetURL(target.Base)
			if user := target.Base.User; user != nil && p.Out.Header.Get("Authorization") == "" {
				password, _ := user.Password()
				p.Out.SetBasicAuth(user.Username(), password)
			}
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, "scrum parity record: the target did not answer: "+err.Error(), http.StatusBadGateway)
		},
	}
	return r
}

// Close ends the connections to the target.
func (r *Recorder) Close() { r.proxy.Transport.(*http.Transport).CloseIdleConnections() }

// Recorded gives the number of cases, what was passed on without being recorded, and
// the error that writing came to.
func (r *Recorder) Recorded() (n int, lost []string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.count, slices.Clone(r.lost), r.err
}

// ServeHTTP implements http.Handler.
func (r *Recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, whole, err := r.read(req)
	if err != nil {
		http.Error(w, "scrum parity record: the request could not be read", http.StatusBadRequest)
		return
	}
	switch {
	case !whole:
		r.lose(req, fmt.Sprintf("its body has more than %d bytes", r.opt.MaxBody))
	case req.Header.Get("Upgrade") != "" || req.Method == http.MethodConnect || req.Method == http.MethodTrace:
		r.lose(req, "it cannot be sent again")
	case headersHoldCapture(req.Header):
		r.lose(req, "a header holds what a case would take for a capture")
	default:
		r.write(req, body)
	}
	r.proxy.ServeHTTP(w, req)
}

func headersHoldCapture(h http.Header) bool {
	for _, values := range h {
		if slices.ContainsFunc(values, cases.HoldsCapture) {
			return true
		}
	}
	return false
}

// read takes the body out of a request and puts it back.
func (r *Recorder) read(req *http.Request) (body []byte, whole bool, err error) {
	if req.Body == nil || req.Body == http.NoBody {
		return nil, true, nil
	}
	body, err = io.ReadAll(io.LimitReader(req.Body, r.opt.MaxBody+1))
	if err != nil {
		return nil, false, err
	}
	whole = int64(len(body)) <= r.opt.MaxBody
	req.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(body), req.Body), req.Body}
	return body, whole, nil
}

func (r *Recorder) lose(req *http.Request, why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lost = append(r.lost, req.Method+" "+cases.MaskedPath(req.URL.RequestURI())+": "+why)
}

func (r *Recorder) write(req *http.Request, body []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return
	}
	var text []byte
	if text, r.err = yaml.Marshal(r.node(req, body)); r.err == nil {
		_, r.err = r.out.Write(text)
	}
	if r.err == nil {
		r.count++
	}
}

// node is the case as a list of one, so that cases can stand one after the other.
func (r *Recorder) node(req *http.Request, body []byte) *yaml.Node {
	entry := &yaml.Node{Kind: yaml.MappingNode}
	add := func(key string, value *yaml.Node) {
		entry.Content = append(entry.Content, text(key), value)
	}
	path, hidden := maskedQuery(req.URL)
	name := req.Method + " " + req.URL.Path
	if r.names[name]++; r.names[name] > 1 {
		name += " #" + strconv.Itoa(r.names[name])
	}
	add("name", text(name))
	add("method", text(req.Method))
	add("path", text(path))
	headers, secret := recorded(req.Header)
	if len(headers.Content) > 0 {
		add("headers", headers)
	}
	if c := (cases.Case{Method: req.Method}); c.Mutates() && r.opt.Isolation != "" {
		add("isolation", text(r.opt.Isolation))
	}
	if len(body) > 0 {
		add(bodyNode(req.Header.Get("Content-Type"), body))
	}
	if hidden = append(hidden, secret...); len(hidden) > 0 {
		entry.HeadComment = "not written, as it is secret: " + strings.Join(hidden, ", ")
	}
	return &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{entry}}
}

func text(s string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
}

// maskedQuery is the path with its query, secrets masked, and the names of those.
func maskedQuery(u *url.URL) (path string, hidden []string) {
	path = u.EscapedPath()
	if u.RawQuery != "" {
		path += "?" + u.RawQuery
	}
	masked := cases.MaskedPath(path)
	if masked == path {
		return path, nil
	}
	for _, p := range strings.Split(u.RawQuery, "&") {
		if name, _, _ := strings.Cut(p, "="); cases.MaskedPath("?"+p) != "?"+p {
			hidden = append(hidden, "query "+name)
		}
	}
	return masked, hidden
}

// recorded are the headers that a case has: neither those of the connection nor those
// that carry secrets.
func recorded(h http.Header) (n *yaml.Node, secret []string) {
	n = &yaml.Node{Kind: yaml.MappingNode}
	names := make([]string, 0, len(h))
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		switch {
		case cases.Secret(name):
			secret = append(secret, "header "+name)
		case cases.OfConnection(name):
		case len(h[name]) == 1:
			n.Content = append(n.Content, text(name), text(h[name][0]))
		default:
			list := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
			for _, v := range h[name] {
				list.Content = append(list.Content, text(v))
			}
			n.Content = append(n.Content, text(name), list)
		}
	}
	return n, secret
}

// bodyNode writes a body so that it is sent again to the byte: as text, or in base64
// when it is none or when braces in it would be taken for a capture.
func bodyNode(contentType string, body []byte) (key string, value *yaml.Node) {
	if !utf8.Valid(body) || bytes.ContainsAny(body, "\x00\r") || cases.HoldsCapture(string(body)) {
		return "base64", text(base64.StdEncoding.EncodeToString(body))
	}
	n := text(string(body))
	if _, err := jsonvalue.Parse(body); err == nil && strings.Contains(contentType, "json") {
		n.Style = yaml.SingleQuotedStyle
	}
	return "body", n
}
