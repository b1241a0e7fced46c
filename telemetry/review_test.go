package telemetry_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"

	"scrum/bundler"
	"scrum/report"
	"scrum/reviewers"
	"scrum/run"
	"scrum/run/demo"
	"scrum/run/scripted"
	"scrum/telemetry"
)

// job is a review with scripted models over real HTTP.
type job struct {
	repo, rng string
	config    []byte
	cache     string // "" keeps no answers
	warnings  []string
}

// demoJob is the review of scrum demo.
func demoJob(t *testing.T) *job {
	t.Helper()
	script, err := demo.Script()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(scripted.New(script))
	t.Cleanup(server.Close)
	j := &job{repo: t.TempDir()}
	if j.rng, err = demo.WriteSample(t.Context(), j.repo); err != nil {
		t.Fatal(err)
	}
	if j.config, err = demo.Config(server.URL + "/v1"); err != nil {
		t.Fatal(err)
	}
	// What compiles the sample takes seconds, and has nothing to show here.
	j.config = bytes.Replace(j.config, []byte("go-vet, staticcheck, "), nil, 1)
	return j
}

// review does what the command does.
func (j *job) review(t *testing.T, ctx context.Context) *report.Review {
	t.Helper()
	ctx, session := telemetry.Begin(ctx, telemetry.Options{Command: "demo", Version: "1.2.3", Scripted: true,
		Getenv: os.Getenv, Warn: func(line string) { j.warnings = append(j.warnings, line) }})
	prepared, err := run.Prepare(ctx, run.Options{Source: bundler.Source{Dir: j.repo, Range: j.rng},
		Settings: run.Settings{Text: j.config}, Version: "1.2.3", Getenv: os.Getenv, Scripted: true, CacheDir: j.cache})
	if err != nil {
		t.Fatal(err)
	}
	defer prepared.Close()
	dir, err := prepared.CreateDir(filepath.Join(t.TempDir(), "run"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := prepared.Review(ctx, dir, func(reviewers.Event) {})
	session.Judged(r)
	session.End(ctx, err)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAReviewIsOneTraceOfSeatsAndRequests(t *testing.T) {
	c := collect(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", c.url)
	j := demoJob(t)
	r := j.review(t, t.Context())
	if len(j.warnings) > 0 {
		t.Fatalf("warnings: %q", j.warnings)
	}
	roots := c.named("review")
	if len(roots) != 1 || len(roots[0].GetParentSpanId()) != 0 {
		t.Fatalf("%d spans named review, want one without a parent", len(roots))
	}
	want := map[string]any{
		"scrum.command": "demo", "scrum.scripted": true, "scrum.review.bundles": int64(len(r.Bundles)),
		"scrum.review.outcome": string(r.Verdict.Outcome), "scrum.review.rule": r.Verdict.Rule,
		"scrum.review.findings": int64(len(r.Findings)), "scrum.review.convergent": int64(r.Totals.Convergent),
		"vcs.ref.base.revision": r.Run.Base, "vcs.ref.head.revision": r.Run.Head,
	}
	if diff := cmp.Diff(want, attributes(roots[0].GetAttributes())); diff != "" {
		t.Errorf("the root's attributes (-want +got):\n%s", diff)
	}
	if got := len(c.children(roots[0])); got != len(r.Coverage) {
		t.Errorf("%d seats below the review, want %d", got, len(r.Coverage))
	}
	var requests, in, out int64
	for _, seat := range c.children(roots[0]) {
		if !strings.HasPrefix(seat.GetName(), "seat ") {
			t.Errorf("a span %q stands where seats do", seat.GetName())
		}
		for _, s := range c.children(seat) {
			a := attributes(s.GetAttributes())
			requests++
			in += tokens(a["gen_ai.usage.input_tokens"])
			out += tokens(a["gen_ai.usage.output_tokens"])
		}
	}
	if got := int64(len(c.spans)); got != requests+int64(len(r.Coverage))+1 {
		t.Errorf("%d spans, of which %d are requests: some stand elsewhere", got, requests)
	}
	if in != int64(r.Totals.PromptTokens) || out != int64(r.Totals.CompletionTokens) {
		t.Errorf("the spans have %d and %d tokens, the review %d and %d", in, out, r.Totals.PromptTokens, r.Totals.CompletionTokens)
	}
}

func tokens(v any) int64 {
	n, _ := v.(int64)
	return n
}

func TestSeatsAndRequestsHaveTheConventionsAttributes(t *testing.T) {
	c := collect(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", c.url)
	r := demoJob(t).review(t, t.Context())
	for _, row := range r.Coverage {
		seat := c.seat(t, row.Bundle, row.Reviewer)
		want := map[string]any{
			"scrum.bundle": row.Bundle, "scrum.reviewer": row.Reviewer, "scrum.reviewer.kind": string(row.Kind), "scrum.lineage": row.Lineage,
			"scrum.seat.state": string(row.State), "scrum.seat.cached": false, "scrum.seat.resumed": false,
			"scrum.seat.purpose": "review", "scrum.seat.attempts": int64(row.Attempts),
		}
		if diff := cmp.Diff(want, attributes(seat)); diff != "" {
			t.Errorf("the seat of %s on %s (-want +got):\n%s", row.Reviewer, row.Bundle, diff)
		}
	}
	chats := c.named("chat ")
	if len(chats) == 0 {
		t.Fatal("no request to a model has a span")
	}
	for _, s := range chats {
		a := attributes(s.GetAttributes())
		model, _ := a["gen_ai.request.model"].(string)
		if s.GetName() != "chat "+model || s.GetKind().String() != "SPAN_KIND_CLIENT" {
			t.Errorf("the span %q of kind %s is not one of %q", s.GetName(), s.GetKind(), model)
		}
		for _, k := range []string{"gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "server.port"} {
			if tokens(a[k]) == 0 {
				t.Errorf("%s has no %s", s.GetName(), k)
			}
			delete(a, k)
		}
		delete(a, "gen_ai.request.model")
		delete(a, "scrum.bundle")
		want := map[string]any{"gen_ai.operation.name": "chat", "gen_ai.provider.name": "scripted", "gen_ai.response.model": model,
			"gen_ai.response.finish_reasons": []any{"stop"}, "server.address": "127.0.0.1", "scrum.attempt": int64(1)}
		if diff := cmp.Diff(want, a); diff != "" {
			t.Errorf("%s (-want +got):\n%s", s.GetName(), diff)
		}
	}
	if len(c.named("analyse ")) == 0 {
		t.Error("the analysers have no spans")
	}
	for _, s := range c.named("analyse ") {
		for k := range attributes(s.GetAttributes()) {
			if strings.HasPrefix(k, "gen_ai.") {
				t.Errorf("%s has %s, and is no model", s.GetName(), k)
			}
		}
	}
}

func TestThePipelinesTraceIsTheParent(t *testing.T) {
	c := collect(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", c.url)
	t.Setenv("TRACEPARENT", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	demoJob(t).review(t, t.Context())
	root := c.named("review")[0]
	if got := string(root.GetParentSpanId()); got != "\xb7\xad\x6b\x71\x69\x20\x33\x31" {
		t.Errorf("the parent is %x", got)
	}
	if got := string(root.GetTraceId()); got != "\x0a\xf7\x65\x19\x16\xcd\x43\xdd\x84\x48\xeb\x21\x1c\x80\x31\x9c" {
		t.Errorf("the trace is %x", got)
	}
}

func TestTheStandardVariablesAreTaken(t *testing.T) {
	c := collect(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", c.url+"/in")
	t.Setenv("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", c.url+"/own/metrics")
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "api-key=abc%20def")
	t.Setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
	t.Setenv("OTEL_SERVICE_NAME", "nightly")
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "team=core,service.name=overridden")
	demoJob(t).review(t, t.Context())
	if diff := cmp.Diff(map[string]bool{"/in/v1/traces": true, "/own/metrics": true}, set(c.paths)); diff != "" {
		t.Errorf("paths (-want +got):\n%s", diff)
	}
	for _, h := range c.headers {
		if h.Get("api-key") != "abc def" || h.Get("Content-Encoding") != "gzip" {
			t.Errorf("a request came with %v", h)
		}
	}
	a := attributes(c.resource.GetAttributes())
	if a["service.name"] != "nightly" || a["team"] != "core" || a["service.version"] != "1.2.3" {
		t.Errorf("the resource is %v", a)
	}
	for k := range a {
		if strings.HasPrefix(k, "host.") || strings.HasPrefix(k, "process.") || strings.HasPrefix(k, "os.") {
			t.Errorf("the resource has %s: nothing of the machine is to be told", k)
		}
	}
}

func set(of []string) map[string]bool {
	out := map[string]bool{}
	for _, s := range of {
		out[s] = true
	}
	return out
}

func TestACollectorThatFailsChangesNothing(t *testing.T) {
	tests := []struct {
		name    string
		handler http.HandlerFunc // nil: nothing listens
		want    string
	}{
		{"nothing listens", nil, "nothing listens there"},
		{"it answers 500", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "boom", http.StatusInternalServerError) }, "it answered 500"},
		{"it answers 401", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "who?", http.StatusUnauthorized) }, "it answered 401"},
		{"it answers 503", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }, "it did not take them"},
		{"it hangs", func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // only then does the server see that the client has gone
			<-r.Context().Done()
		}, "no answer within 2s"},
	}
	want := verdict(demoJob(t).review(t, t.Context()))
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := httptest.NewServer(test.handler)
			defer server.Close()
			if test.handler == nil {
				server.Close()
			}
			t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", server.URL)
			j := demoJob(t)
			if diff := cmp.Diff(want, verdict(j.review(t, t.Context()))); diff != "" {
				t.Errorf("the review is another (-want +got):\n%s", diff)
			}
			line := "telemetry did not reach " + strings.TrimPrefix(server.URL, "http://") + ": " + test.want +
				". The review is not affected; check OTEL_EXPORTER_OTLP_ENDPOINT, or set OTEL_SDK_DISABLED=true"
			if diff := cmp.Diff([]string{line}, j.warnings); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
		})
	}
}

// verdict is what must not differ: everything but times.
func verdict(r *report.Review) any {
	type seat struct {
		Bundle, Reviewer, State, Error string
		Attempts, In, Out              int
	}
	var seats []seat
	for _, s := range r.Coverage {
		seats = append(seats, seat{s.Bundle, s.Reviewer, string(s.State), s.Error, s.Attempts, s.PromptTokens, s.CompletionTokens})
	}
	return []any{r.Verdict, r.Findings, r.Unparsed, seats, r.Totals.Convergent, r.Totals.Distinct}
}

// seat gives the attributes of one seat's span.
func (c *collector) seat(t *testing.T, bundle, reviewer string) []*commonpb.KeyValue {
	t.Helper()
	for _, s := range c.named("seat " + reviewer) {
		if a := attributes(s.GetAttributes()); a["scrum.bundle"] == bundle && a["scrum.reviewer"] == reviewer {
			return s.GetAttributes()
		}
	}
	t.Fatalf("no span of the seat of %s on %s", reviewer, bundle)
	return nil
}
