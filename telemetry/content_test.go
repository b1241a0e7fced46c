package telemetry_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	metricpb "go.opentelemetry.io/proto/otlp/metrics/v1"

	"scrum/bundler"
	"scrum/prompts"
	"scrum/report"
	"scrum/reviewers"
	"scrum/run/scripted"
	"scrum/telemetry"
)

// The strings that are planted where content is. None of them may leave.
const (
	plantedPath   = "zq_planted_path.go"
	plantedDiff   = "zq_planted_code"
	plantedTitle  = "zq_planted_title"
	plantedWhy    = "zq_planted_why"
	plantedModel  = "zq planted model" // a server may say anything where the model's name stands
	plantedFinish = "zq_planted_finish"
	plantedError  = "zq_planted_error"
	plantedKey    = "zq-planted-key-0123456789abcdef"
	plantedLabel  = "zq_planted_branch"
)

// plantedJob reviews a change of one file with three models: one that answers, one that
// says odd things beside its answer, and one that fails, then refuses.
func plantedJob(t *testing.T) (*job, *scripted.Server) {
	t.Helper()
	t.Setenv("PLANTED_KEY", plantedKey)
	var mu sync.Mutex
	asked := map[string]int{}
	models := scripted.New(func(r scripted.Request) scripted.Answer {
		mu.Lock()
		defer mu.Unlock()
		asked[r.Model]++
		text := "### BLOCK: " + plantedTitle + "\nWHERE: " + plantedPath + ":3\nWHY: " + plantedWhy + "\nFIX: none\n\nCOVERED: " + plantedPath + "\n"
		switch {
		case r.Model == "openai/gpt-4o" && asked[r.Model] == 1:
			return scripted.Answer{Status: http.StatusServiceUnavailable, Text: plantedError + " " + r.User}
		case r.Model == "moonshotai/kimi-k2":
			return scripted.Answer{Status: http.StatusBadRequest, Text: plantedError + " " + r.User}
		case r.Model == "qwen/qwen3":
			return scripted.Answer{Text: text, Model: plantedModel, Finish: plantedFinish, NoUsage: true}
		}
		return scripted.Answer{Text: text}
	})
	server := httptest.NewServer(models)
	t.Cleanup(server.Close)
	dir := t.TempDir()
	write := func(body string) {
		if err := os.WriteFile(filepath.Join(dir, plantedPath), []byte("package a\n\nfunc "+body+"() {}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("old")
	git(t, dir, "init", "-q", "-b", plantedLabel)
	git(t, dir, "add", ".")
	git(t, dir, "commit", "-q", "-m", "base")
	write(plantedDiff)
	git(t, dir, "commit", "-q", "-a", "-m", "change")
	return &job{repo: dir, rng: "HEAD~1..HEAD", config: []byte(`providers:
  gateway: {base_url: "` + server.URL + `/v1", api_key_env: PLANTED_KEY}
reviewers:
  - {name: gpt, provider: gateway, model: openai/gpt-4o, price: {input: 1, output: 1}}
  - {name: kimi, provider: gateway, model: moonshotai/kimi-k2}
  - {name: qwen, provider: gateway, model: qwen/qwen3}
`)}, models
}

func git(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

func TestNothingOfTheChangeOrTheAnswersLeaves(t *testing.T) {
	c := collect(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", c.url)
	j, models := plantedJob(t)
	r := j.review(t, t.Context())
	if len(r.Findings) == 0 || len(c.spans) == 0 || len(c.metrics) == 0 {
		t.Fatalf("%d findings, %d spans, %d metrics: the test proves nothing", len(r.Findings), len(c.spans), len(c.metrics))
	}
	for _, planted := range []string{plantedPath, plantedDiff, plantedTitle, plantedWhy, plantedModel, plantedFinish, plantedError, plantedKey, plantedLabel, j.repo, "### BLOCK", "COVERED"} {
		if bytes.Contains(c.raw.Bytes(), []byte(planted)) {
			t.Errorf("%q has left the machine", planted)
		}
	}
	for _, req := range models.Requests() {
		for _, header := range []string{"Traceparent", "Tracestate", "Baggage"} {
			if req.Header.Get(header) != "" {
				t.Errorf("a model server was sent %s", header)
			}
		}
	}
}

func TestEveryAttemptIsASpanWithTheClassOfItsError(t *testing.T) {
	c := collect(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", c.url)
	j, _ := plantedJob(t)
	r := j.review(t, t.Context())
	type attempt struct {
		Number  int64
		Error   any
		Status  string
		Finish  any
		Model   any
		Guessed any
	}
	got := map[string][]attempt{}
	var in int64
	for _, s := range c.named("chat ") {
		a := attributes(s.GetAttributes())
		in += tokens(a["gen_ai.usage.input_tokens"])
		got[s.GetName()] = append(got[s.GetName()], attempt{tokens(a["scrum.attempt"]), a["error.type"], s.GetStatus().GetMessage(),
			a["gen_ai.response.finish_reasons"], a["gen_ai.response.model"], a["scrum.usage.estimated"]})
	}
	stop := []any{"stop"}
	want := map[string][]attempt{
		"chat openai/gpt-4o":      {{1, "503", "503", nil, nil, nil}, {2, nil, "", stop, "openai/gpt-4o", nil}},
		"chat moonshotai/kimi-k2": {{1, "400", "400", nil, nil, nil}},
		"chat qwen/qwen3":         {{1, nil, "", []any{"other"}, "other", true}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("attempts (-want +got):\n%s", diff)
	}
	if in != int64(r.Totals.PromptTokens) {
		t.Errorf("the spans have %d prompt tokens, the review %d", in, r.Totals.PromptTokens)
	}
	kimi := attributes(c.seat(t, "c1", "kimi"))
	if kimi["scrum.seat.state"] != "failed" || kimi["error.type"] != "400" {
		t.Errorf("the seat of a model that refuses: %v", kimi)
	}
}

func TestTheCountsAreTheReviews(t *testing.T) {
	c := collect(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", c.url)
	j, _ := plantedJob(t)
	r := j.review(t, t.Context())
	var names []string
	for n := range c.metrics {
		names = append(names, n)
	}
	slices.Sort(names)
	if diff := cmp.Diff([]string{"gen_ai.client.operation.duration", "gen_ai.client.token.usage", "scrum.cost", "scrum.findings", "scrum.reviews", "scrum.seats"}, names); diff != "" {
		t.Fatalf("metrics (-want +got):\n%s", diff)
	}
	usage := map[string]float64{}
	for _, p := range c.metrics["gen_ai.client.token.usage"].GetHistogram().GetDataPoints() {
		a := attributes(p.GetAttributes())
		if p.GetExplicitBounds()[0] != 1 || len(p.GetExplicitBounds()) != 14 || a["gen_ai.operation.name"] != "chat" || a["gen_ai.provider.name"] != "gateway" {
			t.Errorf("a point of the token usage: %v", p)
		}
		usage[a["gen_ai.request.model"].(string)+" "+a["gen_ai.token.type"].(string)] += p.GetSum()
	}
	i := slices.IndexFunc(r.Coverage, func(s report.Seat) bool { return s.Reviewer == "gpt" })
	gpt := r.Coverage[i]
	// Nobody has counted the tokens of the others: an estimate is no usage.
	if diff := cmp.Diff(map[string]float64{"openai/gpt-4o input": float64(gpt.PromptTokens), "openai/gpt-4o output": float64(gpt.CompletionTokens)}, usage); diff != "" {
		t.Errorf("token usage (-want +got):\n%s", diff)
	}
	var requests uint64
	for _, p := range c.metrics["gen_ai.client.operation.duration"].GetHistogram().GetDataPoints() {
		if p.GetExplicitBounds()[0] != 0.01 || len(p.GetExplicitBounds()) != 14 {
			t.Errorf("the borders of the durations are %v", p.GetExplicitBounds())
		}
		requests += p.GetCount()
	}
	if requests != 4 {
		t.Errorf("%d requests have a duration, want 4", requests)
	}
	checkSum(t, c, "scrum.reviews", map[string]any{"scrum.review.outcome": string(r.Verdict.Outcome)}, 1)
	checkSum(t, c, "scrum.findings", map[string]any{"scrum.severity": "BLOCK", "scrum.convergent": true}, 1)
	checkSum(t, c, "scrum.seats", map[string]any{"scrum.seat.state": "failed", "scrum.reviewer.kind": "openai", "scrum.seat.purpose": "review", "scrum.seat.cached": false}, 1)
	checkSum(t, c, "scrum.cost", map[string]any{"scrum.reviewer": "gpt", "scrum.seat.purpose": "review"}, *gpt.CostUSD)
}

// checkSum holds one point of a counter.
func checkSum(t *testing.T, c *collector, metric string, of map[string]any, want float64) {
	t.Helper()
	sum := c.metrics[metric].GetSum()
	var all []string
	for _, p := range sum.GetDataPoints() {
		a := attributes(p.GetAttributes())
		if got := number(p); cmp.Equal(of, a) {
			if got != want {
				t.Errorf("%s%v is %v, want %v", metric, of, got, want)
			}
			return
		}
		all = append(all, p.String())
	}
	t.Errorf("%s has no point %v, only:\n%s", metric, of, strings.Join(all, "\n"))
}

func number(p *metricpb.NumberDataPoint) float64 {
	if v, ok := p.GetValue().(*metricpb.NumberDataPoint_AsInt); ok {
		return float64(v.AsInt)
	}
	return p.GetAsDouble()
}

func TestAnswersFromTheCacheAreSeatsThatCostNothing(t *testing.T) {
	j := demoJob(t)
	j.cache = t.TempDir()
	j.review(t, t.Context())
	c := collect(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", c.url)
	r := j.review(t, t.Context())
	cached := 0
	for _, row := range r.Coverage {
		a := attributes(c.seat(t, row.Bundle, row.Reviewer))
		if a["scrum.seat.cached"] != row.Cached || a["scrum.seat.state"] != string(row.State) {
			t.Errorf("the seat of %s on %s: %v", row.Reviewer, row.Bundle, a)
		}
		if row.Cached {
			cached++
			if a["scrum.seat.attempts"] != int64(0) {
				t.Errorf("%s on %s is cached and has attempts: %v", row.Reviewer, row.Bundle, a)
			}
		}
	}
	if cached == 0 {
		t.Fatal("nothing came from the cache: the test proves nothing")
	}
}

func TestAReviewWithoutAResultIsATraceToo(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for class, err := range map[string]error{
		"refused": &bundler.RefusedError{}, "interrupted": reviewers.ErrInterrupted, "other": errors.New(plantedError),
	} {
		t.Run(class, func(t *testing.T) {
			c := collect(t)
			t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", c.url)
			ctx, session := telemetry.Begin(cancelled, telemetry.Options{Command: "review", Getenv: os.Getenv, Warn: func(line string) { t.Error(line) }})
			session.Judged(nil)
			session.End(ctx, err)
			if len(c.spans) != 1 {
				t.Fatalf("%d spans, want 1", len(c.spans))
			}
			a := attributes(c.spans[0].GetAttributes())
			if a["error.type"] != class || c.spans[0].GetStatus().GetMessage() != class || bytes.Contains(c.raw.Bytes(), []byte(plantedError)) {
				t.Errorf("the span is %v", c.spans[0])
			}
		})
	}
}

func TestWithoutACollectorNothingIsWatched(t *testing.T) {
	ctx, session := telemetry.Begin(t.Context(), telemetry.Options{Getenv: func(string) string { return "" }, Warn: func(line string) { t.Error(line) }})
	if session != nil || ctx != t.Context() {
		t.Error("a session has begun")
	}
	session.Judged(&report.Review{})
	session.End(ctx, nil)
}

// instant answers at once.
type instant struct{}

func (instant) Review(context.Context, prompts.Request, func(int)) (reviewers.Response, error) {
	return reviewers.Response{Text: "ok", Model: "m", FinishReason: "stop", PromptTokens: 10, CompletionTokens: 2}, nil
}

func TestALargeReviewIsToldWhole(t *testing.T) {
	c := collect(t)
	ctx, session := telemetry.Begin(t.Context(), telemetry.Options{Command: "review", Warn: func(line string) { t.Error(line) },
		Getenv: func(name string) string { return map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": c.url}[name] }})
	m := &reviewers.Member{Name: "kimi", Kind: reviewers.OpenAI, Model: "m", Provider: "p", Host: "api.example.com", Lineage: "moonshot", Reviewer: instant{}}
	seats := make([]reviewers.Seat, 2000)
	for i := range seats {
		seats[i] = reviewers.Seat{Bundle: "c" + strconv.Itoa(i), Member: m}
	}
	new(reviewers.Panel).Run(ctx, seats)
	session.End(ctx, nil)
	if want := 1 + 2*len(seats); len(c.spans) != want {
		t.Errorf("%d spans have arrived, want %d", len(c.spans), want)
	}
	checkSum(t, c, "scrum.seats", map[string]any{"scrum.seat.state": "engaged", "scrum.reviewer.kind": "openai", "scrum.seat.purpose": "review", "scrum.seat.cached": false}, float64(len(seats)))
}
