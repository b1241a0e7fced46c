package reviewers

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// Listing is what a provider says when it is asked for its models, which costs nothing.
type Listing struct {
	Models  []string // ids; empty when it has no list
	Latency time.Duration
	Clock   time.Time // of the server, zero when it does not say
}

// Has tells whether a model is listed; true when nothing is.
func (l Listing) Has(model string) bool {
	if len(l.Models) == 0 {
		return true
	}
	for _, m := range l.Models {
		if m == model || strings.TrimPrefix(m, "models/") == model {
			return true
		}
	}
	return false
}

// List asks the provider for its models. The error is an *Error, which says what to do. A
// provider that is there and has no list is no error.
func (p Provider) List(ctx context.Context, client *http.Client) (Listing, error) {
	var l Listing
	if err := p.check(); err != nil {
		return l, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(p.BaseURL, "/")+"/models", http.NoBody)
	if err != nil {
		return l, fmt.Errorf("asking %s for its models: %w", p.Name, p.scrubbed(err))
	}
	if p.Key != "" {
		req.Header.Set("Authorization", "Bearer "+p.Key)
	}
	for name, value := range p.Headers {
		req.Header.Set(name, value)
	}
	own := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if client != nil {
		own.Transport = client.Transport
	}
	begun := time.Now()
	resp, err := own.Do(req)
	if err != nil {
		return l, transportError(p, err)
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	const most = 8 << 20
	body, err := io.ReadAll(io.LimitReader(resp.Body, most))
	l.Latency = time.Since(begun)
	if err != nil {
		return l, transportError(p, err)
	}
	l.Clock, _ = http.ParseTime(resp.Header.Get("Date"))
	switch {
	case resp.StatusCode == http.StatusNotFound, resp.StatusCode == http.StatusMethodNotAllowed:
		return l, nil // it has no list
	case resp.StatusCode != http.StatusOK:
		message := serverMessage(body)
		return l, &Error{Provider: p.Name, Host: p.Host(), Status: resp.StatusCode, Message: p.scrub(cut(message, 300)), Advice: statusAdvice(p, "", resp.StatusCode, message)}
	}
	var list struct {
		Data []struct {
			ID string `json:"id"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &list); err != nil {
		return l, &Error{Provider: p.Name, Host: p.Host(), Message: p.scrub(cut(serverMessage(body), 300)), Advice: "check base_url: it ends before /chat/completions"}
	}
	for _, m := range list.Data {
		l.Models = append(l.Models, m.ID)
	}
	return l, nil
}
