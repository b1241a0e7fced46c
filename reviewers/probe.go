package reviewers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
)

// errNotModels: another service on a model server's usual port.
var errNotModels = errors.New("what answers there is no model server")

// probed is what a local server has said.
type probed struct {
	models []string // those that can review
	err    error
}

// probeAll asks all servers at once; the results are in their order.
func probeAll(ctx context.Context, opt DiscoverOptions) []probed {
	transport := http.RoundTripper(&http.Transport{DisableKeepAlives: true})
	if opt.Client != nil && opt.Client.Transport != nil {
		transport = opt.Client.Transport
	}
	client := &http.Client{
		Transport:     transport,
		Timeout:       opt.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	out := make([]probed, len(opt.Locals))
	var wg sync.WaitGroup
	for i, s := range opt.Locals {
		wg.Go(func() { out[i].models, out[i].err = probe(ctx, client, s) })
	}
	wg.Wait()
	return out
}

func probe(ctx context.Context, client *http.Client, s LocalServer) ([]string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(s.BaseURL, "/")+"/models", http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("asking for its models: %w", err)
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, errors.New(transportError(Provider{Name: s.Name, BaseURL: s.BaseURL}, err).Message)
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	switch resp.StatusCode {
	case http.StatusOK:
	case http.StatusUnauthorized, http.StatusForbidden:
		return nil, errors.New("it wants a key: add it under providers in the configuration")
	default:
		return nil, errNotModels
	}
	const maxList = 1 << 20
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxList))
	if err != nil {
		return nil, errors.New("its list of models could not be read")
	}
	return reviewModels(body)
}

// reviewModels reads a list of models. All the local servers write
// "object":"list"; a service that happens to answer with JSON does not.
func reviewModels(body []byte) ([]string, error) {
	var list struct {
		Object string `json:"object"`
		Data   []struct {
			ID string `json:"id"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &list); err != nil || list.Object != "list" {
		return nil, errNotModels
	}
	var models []string
	for _, m := range list.Data {
		if m.ID != "" && reviews(m.ID) {
			models = append(models, m.ID)
		}
	}
	if len(models) == 0 {
		return nil, fmt.Errorf("it has no model that can review (%d listed)", len(list.Data))
	}
	return models, nil
}

// reviews tells models that write text from those that do something else.
func reviews(model string) bool {
	name := strings.ToLower(model)
	for _, other := range []string{
		"embed", "minilm", "bge-", "gte-", "e5-", "rerank", "whisper", "tts", "guard", "moderation", "clip", "diffusion", "flux",
		"ocr", "mmproj", "dall-e", "colbert",
	} {
		if strings.Contains(name, other) {
			return false
		}
	}
	return true
}
