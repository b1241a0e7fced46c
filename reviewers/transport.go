package reviewers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// transport stands between go-openai and the network: it sends what go-openai
// cannot, keeps what go-openai drops (status, headers, bodies of refusals), and
// lets only well-formed events through.
type transport struct {
	base     http.RoundTripper
	provider Provider
	model    string
	extra    map[string]any // further fields of the request's body
}

// exchange is where a request's caller finds what the transport learned.
type exchange struct {
	refusal *Error        // why the response is no answer
	rest    time.Duration // how long the server's limits are used up
	stream  *eventStream  // the answer, nil when there is none
}

// marked tells whether the stream came to its end marker.
func (ex *exchange) marked() bool { return ex.stream != nil && ex.stream.marked }

type exchangeKey struct{}

// client follows no redirects: they would carry the code, and on the same host
// the key, to where nobody has been told that they go.
func (t *transport) client() *http.Client {
	return &http.Client{
		Transport:     t,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// RoundTrip sends the request and reads refusals.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	req, err := t.prepare(req)
	if err != nil {
		return nil, err
	}
	resp, err := t.base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	refusal := t.refusal(resp)
	ex := exchangeOf(req.Context())
	ex.refusal, ex.rest = refusal, usedUp(resp.Header, time.Now())
	if refusal != nil {
		_ = resp.Body.Close()
		resp.Body = http.NoBody
		return resp, nil
	}
	header := resp.Header
	ex.stream = newEventStream(resp.Body, func(body []byte) *Error { return t.badBody(header, body) })
	resp.Body = ex.stream
	return resp, nil
}

// prepare adds headers and body fields to a copy of the request, which a
// RoundTripper must not change itself.
func (t *transport) prepare(req *http.Request) (*http.Request, error) {
	req = req.Clone(req.Context())
	for name, value := range t.provider.Headers {
		req.Header.Set(name, value)
	}
	if len(t.extra) == 0 || req.Body == nil {
		return req, nil
	}
	data, err := io.ReadAll(req.Body)
	_ = req.Body.Close()
	if err != nil {
		return nil, fmt.Errorf("reading the request's body: %w", err)
	}
	var fields map[string]any
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if err := dec.Decode(&fields); err != nil {
		return nil, fmt.Errorf("reading the request's body: %w", err)
	}
	maps.Copy(fields, t.extra)
	if data, err = json.Marshal(fields); err != nil {
		return nil, fmt.Errorf("adding fields to the request's body: %w", err)
	}
	req.ContentLength = int64(len(data))
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }
	req.Body, err = req.GetBody()
	return req, err
}

// maxRefusal is how much of a refusal is read.
const maxRefusal = 64 << 10

// refusal is nil when the response can be an answer.
func (t *transport) refusal(resp *http.Response) *Error {
	packed := compressed(resp)
	if resp.StatusCode == http.StatusOK {
		if packed == "" {
			return nil
		}
		return t.fail(0, packed)
	}
	if resp.StatusCode >= 300 && resp.StatusCode < 400 {
		e := t.fail(resp.StatusCode, "it redirects to "+t.target(resp)+", where neither code nor key are sent")
		e.Advice = "set base_url to the final address if you trust it"
		return e
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxRefusal))
	message := serverMessage(body)
	switch {
	case packed != "":
		message = packed
	case message == "" && err != nil:
		message = "no explanation came: " + err.Error()
	}
	e := t.fail(resp.StatusCode, message)
	e.RetryAfter = retryAfter(resp.Header, time.Now())
	if e.RetryAfter == 0 && resp.StatusCode == http.StatusTooManyRequests {
		e.RetryAfter = usedUp(resp.Header, time.Now())
	}
	return e
}

// compressed names a compression that net/http has not undone, "" when there is none.
func compressed(resp *http.Response) string {
	encoding := resp.Header.Get("Content-Encoding")
	if encoding == "" || strings.EqualFold(encoding, "identity") {
		return ""
	}
	return fmt.Sprintf("the answer is compressed with %q, which nobody asked for", cut(encoding, 40))
}

func (t *transport) target(resp *http.Response) string {
	u, err := url.Parse(resp.Header.Get("Location"))
	if err != nil || u.Host == "" {
		return "another path"
	}
	return u.Host
}

// badBody explains a body, or an event, that came with status 200 and is no answer.
func (t *transport) badBody(header http.Header, body []byte) *Error {
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		e := t.fail(0, "the answer is empty")
		e.Retryable = true
		return e
	}
	if unfinished(body) {
		e := t.fail(0, "the answer was cut in the middle of its JSON")
		e.Retryable = true
		return e
	}
	status := errorCode(body)
	message := serverMessage(body)
	e := t.fail(status, message)
	e.RetryAfter = retryAfter(header, time.Now())
	if status == 0 {
		e.Message = "it answered with an error: " + e.Message
		e.Retryable = body[0] != '<' && !cannotHeal(string(body)) && json.Valid(body)
	}
	return e
}

// unfinished tells whether a body is the beginning of JSON.
func unfinished(body []byte) bool {
	var v any
	err := json.NewDecoder(bytes.NewReader(body)).Decode(&v)
	return body[0] == '{' && errors.Is(err, io.ErrUnexpectedEOF)
}

func (t *transport) fail(status int, message string) *Error {
	if message == "" {
		message = "no explanation came"
	}
	return &Error{
		Provider:  t.provider.Name,
		Host:      t.provider.Host(),
		Status:    status,
		Retryable: retryableStatus(status) && !cannotHeal(message),
		Message:   t.provider.scrub(message),
		Advice:    statusAdvice(t.provider, t.model, status, message),
	}
}

// serverMessage finds the words for a person in the body of a refusal. Servers
// wrap them differently: {"error":{"message":…}}, {"error":"…"}, {"message":…},
// {"detail":…}, a list of any of these, HTML, plain text.
func serverMessage(body []byte) string {
	body = bytes.TrimSpace(body)
	var v any
	if json.Unmarshal(body, &v) == nil {
		if s := messageIn(v, 0); s != "" {
			return s
		}
		return string(body)
	}
	if len(body) > 0 && body[0] == '<' {
		return "a page of HTML instead of an answer" + htmlTitle(string(body)) + "; is base_url right?"
	}
	return string(body)
}

func messageIn(v any, depth int) string {
	if depth > 4 {
		return ""
	}
	switch v := v.(type) {
	case string:
		return v
	case []any:
		for _, x := range v {
			if s := messageIn(x, depth+1); s != "" {
				return s
			}
		}
	case map[string]any:
		for _, key := range []string{"error", "message", "msg", "detail", "errors"} {
			if s := messageIn(v[key], depth+1); s != "" {
				return withOrigin(s, v)
			}
		}
	}
	return ""
}

// withOrigin adds the kind of the error, and what a router's own provider said.
func withOrigin(s string, fields map[string]any) string {
	for _, key := range []string{"type", "code"} {
		if kind, ok := fields[key].(string); ok && kind != "" && kind != "error" && !strings.Contains(s, kind) {
			s += " (" + kind + ")"
			break
		}
	}
	if meta, ok := fields["metadata"].(map[string]any); ok {
		if raw, ok := meta["raw"].(string); ok && raw != "" {
			s += ": " + raw
		}
	}
	return s
}

func htmlTitle(page string) string {
	lower := strings.ToLower(page)
	i := strings.Index(lower, "<title>")
	j := strings.Index(lower, "</title>")
	if i < 0 || j < i || len(lower) != len(page) {
		return ""
	}
	return fmt.Sprintf(" (%q)", strings.TrimSpace(cut(page[i+len("<title>"):j], 80)))
}

// errorCode finds an HTTP status inside an error that came with status 200.
func errorCode(body []byte) int {
	var v struct {
		Error struct {
			Code   json.RawMessage `json:"code"`
			Status json.RawMessage `json:"status"`
		} `json:"error"`
	}
	if json.Unmarshal(body, &v) != nil {
		return 0
	}
	for _, raw := range []json.RawMessage{v.Error.Code, v.Error.Status} {
		n, err := strconv.Atoi(strings.Trim(string(raw), `"`))
		if err == nil && n >= 400 && n < 600 {
			return n
		}
	}
	return 0
}

// maxRetryAfter bounds what a server can ask for; more than that is a mistake.
const maxRetryAfter = 24 * time.Hour

// retryAfter reads Retry-After in both its forms (RFC 9110 §10.2.3: seconds or a
// date), and the milliseconds that some servers send beside it.
func retryAfter(h http.Header, now time.Time) time.Duration {
	if ms, err := strconv.ParseFloat(strings.TrimSpace(h.Get("Retry-After-Ms")), 64); err == nil {
		return bounded(ms * float64(time.Millisecond))
	}
	value := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseFloat(value, 64); err == nil {
		return bounded(seconds * float64(time.Second))
	}
	if date, err := http.ParseTime(value); err == nil {
		return bounded(float64(date.Sub(now)))
	}
	return 0
}

func bounded(d float64) time.Duration {
	if math.IsNaN(d) || d <= 0 {
		return 0
	}
	return time.Duration(min(d, float64(maxRetryAfter)))
}

// asError finds the typed error of a failed exchange.
func asError(err error) (*Error, bool) {
	var e *Error
	ok := errors.As(err, &e)
	return e, ok
}

// withExchange gives the context of a request, and where its refusal will be.
func withExchange(ctx context.Context) (context.Context, *exchange) {
	ex := &exchange{}
	return context.WithValue(ctx, exchangeKey{}, ex), ex
}

func exchangeOf(ctx context.Context) *exchange {
	if ex, ok := ctx.Value(exchangeKey{}).(*exchange); ok {
		return ex
	}
	return &exchange{} // nobody wants to know
}
