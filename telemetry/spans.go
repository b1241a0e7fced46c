package telemetry

import (
	"context"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"scrum/reviewers"
)

// trace turns what a panel tells into spans and counts.
func (s *Session) trace() *reviewers.Trace {
	return &reviewers.Trace{Seat: s.seat, Attempt: s.attempt}
}

// The purposes of a seat.
const (
	purposeReview  = "review"
	purposeExamine = "examine"
)

func (s *Session) seat(ctx context.Context, begun reviewers.Seat) (context.Context, func(reviewers.Seat)) {
	if begun.Member == nil {
		return ctx, nil
	}
	purpose := purposeReview
	if strings.HasPrefix(begun.Bundle, "verify-") {
		purpose = purposeExamine
	}
	ctx, span := s.tracer.Start(ctx, "seat "+name(begun.Member.Name), trace.WithAttributes(
		keyBundle.String(name(begun.Bundle)), keyReviewer.String(name(begun.Member.Name)),
		keyKind.String(string(begun.Member.Kind)), keyPurpose.String(purpose)))
	return ctx, func(ended reviewers.Seat) {
		span.SetAttributes(keyState.String(string(ended.State)), keyLineage.String(name(ended.Lineage)),
			keyCached.Bool(ended.Cached), keyResumed.Bool(begun.State != "" && !begun.Cached), keyAttempts.Int(ended.Spent().Attempts))
		if ended.State == reviewers.Failed {
			failed(span, reviewers.Class(ended.Err))
		}
		s.meters.seated(ctx, ended, purpose)
		span.End()
	}
}

func (s *Session) attempt(ctx context.Context, a reviewers.Attempt) func(reviewers.Try) {
	started := time.Now()
	request := operation(a.Member)
	title, kind := titled(a.Member)
	ctx, span := s.tracer.Start(ctx, title, trace.WithSpanKind(kind), trace.WithTimestamp(started), trace.WithAttributes(request...),
		trace.WithAttributes(keyBundle.String(name(a.Bundle)), keyNumber.Int(a.Number)))
	if a.Member.MaxTokens > 0 && len(request) > 0 {
		span.SetAttributes(keyMaxTokens.Int(a.Member.MaxTokens))
	}
	return func(t reviewers.Try) {
		if len(request) > 0 {
			span.SetAttributes(response(t.Response)...)
		}
		class := reviewers.Class(t.Err)
		failed(span, class)
		s.meters.attempted(ctx, t, request, class)
		span.End(trace.WithTimestamp(started.Add(t.Latency)))
	}
}

// failed marks a span with a class of errors, never with a message: it may repeat
// what was sent.
func failed(span trace.Span, class string) {
	if class == "" {
		return
	}
	span.SetAttributes(keyErrorType.String(class))
	span.SetStatus(codes.Error, class)
}

// titled is the name and the kind of an attempt's span, by the conventions.
func titled(m *reviewers.Member) (string, trace.SpanKind) {
	switch m.Kind {
	case reviewers.OpenAI:
		return "chat " + name(m.Model), trace.SpanKindClient
	case reviewers.Command:
		return "invoke_agent " + name(m.Name), trace.SpanKindClient
	}
	return "analyse " + name(m.Name), trace.SpanKindInternal
}

// operation is what is known of a request before it is sent. The counts of requests
// have the same attributes. An analyser is no model and has none.
func operation(m *reviewers.Member) []attribute.KeyValue {
	var out []attribute.KeyValue
	switch m.Kind {
	case reviewers.OpenAI:
		out = append(out, keyOperation.String("chat"))
	case reviewers.Command:
		out = append(out, keyOperation.String("invoke_agent"), keyAgent.String(name(m.Name)))
	default:
		return nil
	}
	out = append(out, keyProvider.String(provider(m)))
	if m.Model != "" {
		out = append(out, keyRequestModel.String(name(m.Model)))
	}
	if host, port := address(m.Host); m.Kind == reviewers.OpenAI && host != "" {
		out = append(out, keyAddress.String(host))
		if port != 0 {
			out = append(out, keyPort.Int(port))
		}
	}
	return out
}

// response is what is known of an answer, without a word of it.
func response(r reviewers.Response) []attribute.KeyValue {
	var out []attribute.KeyValue
	if r.Model != "" {
		out = append(out, keyResponseModel.String(name(r.Model)))
	}
	if r.FinishReason != "" {
		out = append(out, keyFinish.StringSlice([]string{finish(r.FinishReason)}))
	}
	if r.PromptTokens > 0 {
		out = append(out, keyInput.Int(r.PromptTokens))
	}
	if r.CompletionTokens > 0 {
		out = append(out, keyOutput.Int(r.CompletionTokens))
	}
	if r.CachedTokens > 0 {
		out = append(out, keyCacheRead.Int(r.CachedTokens))
	}
	if r.Estimated {
		out = append(out, keyEstimated.Bool(true))
	}
	return out
}
