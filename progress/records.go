package progress

import (
	"context"
	"log/slog"
	"time"

	"scrum/reviewers"
)

// record makes a record of an event: of each request for who wants to know more, of
// retries and ends when they have no lines. A record holds names, numbers and what an error says, and
// nothing of a change, a prompt or an answer.
func record(log *slog.Logger, e reviewers.Event, all bool) {
	level := slog.LevelDebug
	var message string
	var attrs []slog.Attr
	switch e.Phase {
	case reviewers.Waiting:
		message, attrs = "waiting", append(attrs, slog.String("for", e.For), seconds("wait_s", e.Wait))
	case reviewers.Sending:
		message, attrs = "request begun", append(attrs, slog.String("model", e.Model))
	case reviewers.Answered:
		message, attrs = "request ended", answered(e.Try)
	case reviewers.Retrying:
		level, message, attrs = slog.LevelInfo, "retrying", append(attrs, seconds("wait_s", e.Wait), slog.String("error", because(e.Err)))
	case reviewers.Done:
		level, message, attrs = slog.LevelInfo, "seat ended", ended(e)
	default:
		return
	}
	ctx := context.Background()
	if level == slog.LevelInfo && !all || !log.Enabled(ctx, level) {
		return
	}
	seat := []slog.Attr{slog.String("bundle", e.Bundle), slog.String("reviewer", e.Reviewer), slog.String("provider", siteOf(e)), slog.Int("attempt", e.Attempt)}
	log.LogAttrs(ctx, level, message, append(seat, attrs...)...)
}

func answered(t *reviewers.Try) []slog.Attr {
	if t == nil {
		return nil
	}
	out := []slog.Attr{slog.String("status", "ok"), seconds("latency_s", t.Latency)}
	if t.Err != nil {
		out[0] = slog.String("status", "error")
		out = append(out, slog.String("error", because(t.Err)))
	}
	r := t.Response
	return append(out, seconds("first_token_s", r.FirstToken), slog.Int("prompt_tokens", r.PromptTokens), slog.Int("completion_tokens", r.CompletionTokens),
		slog.Bool("estimated", r.Estimated), slog.String("finish_reason", r.FinishReason))
}

func ended(e reviewers.Event) []slog.Attr {
	u := e.Usage
	out := []slog.Attr{slog.String("state", string(e.State)), slog.String("lineage", e.Lineage), seconds("latency_s", e.Latency),
		slog.Int("prompt_tokens", u.PromptTokens), slog.Int("completion_tokens", u.CompletionTokens), slog.Float64("usd", u.USD), slog.Bool("unpriced", u.Unpriced)}
	if e.Err != nil {
		out = append(out, slog.String("error", because(e.Err)))
	}
	return out
}

func (s Summary) attrs() []slog.Attr {
	out := []slog.Attr{slog.Int("seats", s.Seats), slog.Int("done", s.Done()), slog.Int("queued", s.Queued), slog.Int("waiting", s.Waiting),
		slog.Int("asked", s.Asked), slog.Int("streaming", s.Streaming), slog.Int("retrying", s.Retrying),
		slog.Int("tokens", s.Tokens), slog.Float64("usd", s.USD), seconds("elapsed_s", s.Elapsed)}
	if s.Left > 0 {
		out = append(out, seconds("left_s", s.Left))
	}
	return out
}

// seconds with three digits: what a collector can add up.
func seconds(key string, d time.Duration) slog.Attr {
	return slog.Float64(key, float64(d.Round(time.Millisecond))/float64(time.Second))
}
