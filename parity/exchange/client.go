package exchange

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"scrum/parity/cases"
)

// Options bound what a client does.
type Options struct {
	Timeout     time.Duration // of a request with its answer
	Concurrency int           // requests at a time to one target
	MemoryBody  int64         // bytes of a body that are held in memory; more wait in a file
	KeepBody    int64         // bytes of a body that are kept at all
	TLS         *tls.Config   // nil for the system's roots
}

// Client sends requests. It is for one run: Close ends its connections.
type Client struct {
	opt       Options
	transport *http.Transport
	buffers   sync.Pool
}

// NewClient makes a client for one run.
func NewClient(opt Options) *Client {
	return &Client{opt: opt, transport: &http.Transport{
		DisableCompression:  true, // the bytes are compared as they were sent
		ForceAttemptHTTP2:   true,
		MaxIdleConns:        0,
		MaxIdleConnsPerHost: opt.Concurrency + 1,
		IdleConnTimeout:     time.Minute,
		TLSClientConfig:     opt.TLS,
		TLSHandshakeTimeout: opt.Timeout,
	}}
}

// Close ends the connections that are not in use.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// Answer is what came of a request.
type Answer struct {
	Status  int // 0 when none came
	Header  http.Header
	Body    *Body // never nil
	Took    time.Duration
	Failure *Failure // why the answer is not whole, nil when it is
}

// Whole tells whether the answer came to its end.
func (a *Answer) Whole() bool { return a.Failure == nil }

// Send sends a case to a target. What goes wrong on the way is part of the answer: a
// server that breaks off is a result. Only a context that ended is an error.
func (c *Client) Send(ctx context.Context, t Target, k *cases.Case) (*Answer, error) {
	started := time.Now()
	limited, cancel := context.WithTimeout(ctx, c.opt.Timeout)
	defer cancel()
	a := &Answer{Body: &Body{}}
	req, err := Request(limited, t, k)
	if err == nil {
		err = c.roundTrip(a, req)
	}
	a.Took = time.Since(started)
	if ctx.Err() != nil {
		a.Body.Close()
		return nil, context.Cause(ctx)
	}
	if err != nil {
		a.Failure = failureOf(err, a.Status != 0)
	}
	return a, nil
}

func (c *Client) roundTrip(a *Answer, req *http.Request) error {
	// Not through http.Client: it would follow redirects, and keep cookies in mind.
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	a.Status, a.Header = resp.StatusCode, resp.Header
	return c.read(a.Body, resp.Body, resp.ContentLength)
}

// Request makes the request that a case is to a target.
func Request(ctx context.Context, t Target, k *cases.Case) (*http.Request, error) {
	u, err := address(t, k.Path)
	if err != nil {
		return nil, err
	}
	req := (&http.Request{
		Method: k.Method, URL: u, Host: u.Host, Header: make(http.Header, len(k.Header)+2),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}).WithContext(ctx)
	for _, h := range k.Header {
		req.Header.Add(h.Name, h.Value)
	}
	if user := t.Base.User; user != nil && req.Header.Get("Authorization") == "" {
		password, _ := user.Password()
		req.SetBasicAuth(user.Username(), password)
	}
	if _, set := req.Header["User-Agent"]; !set {
		req.Header["User-Agent"] = []string{"scrum-parity"}
	}
	if k.Body != "" {
		req.ContentLength = int64(len(k.Body))
		req.Body = io.NopCloser(strings.NewReader(k.Body))
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(k.Body)), nil }
	}
	return req, nil
}

// address puts a case's path behind the target's.
func address(t Target, path string) (*url.URL, error) {
	u, err := url.ParseRequestURI(path)
	if err != nil {
		return nil, fmt.Errorf("%s is no path of a URL", cases.MaskedPath(path))
	}
	u.Scheme, u.Host = t.Base.Scheme, t.Base.Host
	if t.Base.Path != "" {
		u.RawPath = t.Base.EscapedPath() + u.EscapedPath()
		u.Path = t.Base.Path + u.Path
	}
	return u, nil
}
