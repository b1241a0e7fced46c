package telemetry

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"scrum/report"
	"scrum/reviewers"
)

// instruments are all counts. The first two are the conventions', with the borders
// that they advise.
type instruments struct {
	tokens   metric.Int64Histogram
	duration metric.Float64Histogram
	seats    metric.Int64Counter
	findings metric.Int64Counter
	reviews  metric.Int64Counter
	cost     metric.Float64Counter
}

func newInstruments(m metric.Meter) (*instruments, error) {
	var i instruments
	var errs [6]error
	i.tokens, errs[0] = m.Int64Histogram("gen_ai.client.token.usage", metric.WithUnit("{token}"),
		metric.WithDescription("Number of input and output tokens used."),
		metric.WithExplicitBucketBoundaries(1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864))
	i.duration, errs[1] = m.Float64Histogram("gen_ai.client.operation.duration", metric.WithUnit("s"),
		metric.WithDescription("GenAI operation duration."),
		metric.WithExplicitBucketBoundaries(0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92))
	i.seats, errs[2] = m.Int64Counter("scrum.seats", metric.WithUnit("{seat}"), metric.WithDescription("Seats by the state that they ended in."))
	i.findings, errs[3] = m.Int64Counter("scrum.findings", metric.WithUnit("{finding}"), metric.WithDescription("Findings by severity, and whether two lineages stand behind them."))
	i.reviews, errs[4] = m.Int64Counter("scrum.reviews", metric.WithUnit("{review}"), metric.WithDescription("Reviews by outcome."))
	i.cost, errs[5] = m.Float64Counter("scrum.cost", metric.WithUnit("USD"), metric.WithDescription("What requests of known price have cost."))
	return &i, errors.Join(errs[:]...)
}

// attempted counts a request. Tokens that nobody has counted are no usage.
func (i *instruments) attempted(ctx context.Context, t reviewers.Try, request []attribute.KeyValue, class string) {
	if len(request) == 0 {
		return
	}
	of := request[:len(request):len(request)]
	if t.Response.Model != "" {
		of = append(of, keyResponseModel.String(name(t.Response.Model)))
	}
	if r := t.Response; !r.Estimated {
		i.used(ctx, r.PromptTokens, of, "input")
		i.used(ctx, r.CompletionTokens, of, "output")
	}
	if class != "" {
		of = append(of, keyErrorType.String(class))
	}
	i.duration.Record(ctx, t.Latency.Seconds(), metric.WithAttributes(of...))
}

func (i *instruments) used(ctx context.Context, tokens int, of []attribute.KeyValue, kind string) {
	if tokens > 0 {
		i.tokens.Record(ctx, int64(tokens), metric.WithAttributes(of...), metric.WithAttributes(keyTokenType.String(kind)))
	}
}

// seated counts a seat, and what this run has paid for it. A cost that is not known is
// not zero: it is not counted.
func (i *instruments) seated(ctx context.Context, s reviewers.Seat, purpose string) {
	i.seats.Add(ctx, 1, metric.WithAttributes(keyState.String(string(s.State)), keyKind.String(string(s.Member.Kind)),
		keyPurpose.String(purpose), keyCached.Bool(s.Cached)))
	if u := s.Spent(); u.USD > 0 {
		i.cost.Add(ctx, u.USD, metric.WithAttributes(keyReviewer.String(name(s.Member.Name)), keyPurpose.String(purpose)))
	}
}

// judged counts what a review came to.
func (i *instruments) judged(ctx context.Context, r *report.Review) {
	i.reviews.Add(ctx, 1, metric.WithAttributes(keyOutcome.String(string(r.Verdict.Outcome))))
	for _, f := range r.Findings {
		i.findings.Add(ctx, 1, metric.WithAttributes(keySeverity.String(string(f.Severity)), keyConvergent.Bool(converges(f))))
	}
}
