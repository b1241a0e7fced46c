package telemetry

import (
	"context"
	"errors"
	"fmt"
	"net"
	"regexp"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/metric"
	nometric "go.opentelemetry.io/otel/metric/noop"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	notrace "go.opentelemetry.io/otel/trace/noop"
)

// Patience is how long the end of a review waits for a collector.
const Patience = 2 * time.Second

// scope is the name of what measures.
const scope = "scrum"

// outlet keeps spans and counts in memory until they are sent. It has no goroutine
// while the review runs.
type outlet struct {
	spans   *kept
	traces  trace.TracerProvider
	spanOut sdktrace.SpanExporter
	counts  *sdkmetric.ManualReader
	metrics metric.MeterProvider
	sumOut  sdkmetric.Exporter
}

func newOutlet(ctx context.Context, w wanted, res *resource.Resource) (*outlet, error) {
	o := &outlet{traces: notrace.NewTracerProvider(), metrics: nometric.NewMeterProvider()}
	if w.traces != nil {
		out, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(w.traces.String()),
			otlptracehttp.WithTimeout(Patience), otlptracehttp.WithRetry(otlptracehttp.RetryConfig{}))
		if err != nil {
			return nil, fmt.Errorf("preparing traces: %w", err)
		}
		o.spans, o.spanOut = &kept{}, out
		o.traces = sdktrace.NewTracerProvider(sdktrace.WithResource(res), sdktrace.WithSpanProcessor(o.spans))
	}
	if w.metrics != nil {
		out, err := otlpmetrichttp.New(ctx, otlpmetrichttp.WithEndpointURL(w.metrics.String()),
			otlpmetrichttp.WithTimeout(Patience), otlpmetrichttp.WithRetry(otlpmetrichttp.RetryConfig{}))
		if err != nil {
			return nil, fmt.Errorf("preparing metrics: %w", err)
		}
		o.sumOut = out
		o.counts = sdkmetric.NewManualReader(sdkmetric.WithTemporalitySelector(out.Temporality), sdkmetric.WithAggregationSelector(out.Aggregation))
		o.metrics = sdkmetric.NewMeterProvider(sdkmetric.WithResource(res), sdkmetric.WithReader(o.counts))
	}
	return o, nil
}

func (o *outlet) tracer(version string) trace.Tracer {
	return o.traces.Tracer(scope, trace.WithInstrumentationVersion(version))
}

func (o *outlet) meter(version string) metric.Meter {
	return o.metrics.Meter(scope, metric.WithInstrumentationVersion(version))
}

// send brings everything to the collector, traces and metrics at the same time.
func (o *outlet) send(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	var errs [2]error
	var wg sync.WaitGroup
	wg.Go(func() { errs[0] = o.sendSpans(ctx) })
	wg.Go(func() { errs[1] = o.sendCounts(ctx) })
	wg.Wait()
	return errors.Join(errs[:]...)
}

// batch is how many spans go into one request.
const batch = 512

func (o *outlet) sendSpans(ctx context.Context) error {
	if o.spanOut == nil {
		return nil
	}
	all := o.spans.take()
	for len(all) > 0 {
		n := min(batch, len(all))
		if err := o.spanOut.ExportSpans(ctx, all[:n]); err != nil {
			return fmt.Errorf("sending %d spans: %w", len(all), err)
		}
		all = all[n:]
	}
	return o.spanOut.Shutdown(ctx)
}

func (o *outlet) sendCounts(ctx context.Context) error {
	if o.sumOut == nil {
		return nil
	}
	var data metricdata.ResourceMetrics
	if err := o.counts.Collect(ctx, &data); err != nil {
		return fmt.Errorf("collecting metrics: %w", err)
	}
	if err := o.sumOut.Export(ctx, &data); err != nil {
		return fmt.Errorf("sending metrics: %w", err)
	}
	return o.sumOut.Shutdown(ctx)
}

// kept holds every span that has ended. The library's own processors send while the
// review runs, or lose spans when their queue is full.
type kept struct {
	mu    sync.Mutex
	spans []sdktrace.ReadOnlySpan // guarded by mu
}

// OnStart does nothing.
func (k *kept) OnStart(context.Context, sdktrace.ReadWriteSpan) {}

// OnEnd keeps the span, unless the sampler does not want it.
func (k *kept) OnEnd(s sdktrace.ReadOnlySpan) {
	if !s.SpanContext().IsSampled() {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.spans = append(k.spans, s)
}

// Shutdown does nothing.
func (k *kept) Shutdown(context.Context) error { return nil }

// ForceFlush does nothing.
func (k *kept) ForceFlush(context.Context) error { return nil }

func (k *kept) take() []sdktrace.ReadOnlySpan {
	k.mu.Lock()
	defer k.mu.Unlock()
	out := k.spans
	k.spans = nil
	return out
}

// reason says why a collector has not taken everything, without its words: they are
// not ours to print.
func reason(err error) string {
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case errors.Is(err, context.DeadlineExceeded), timeout(err):
		return fmt.Sprintf("no answer within %s", Patience)
	case errors.As(err, &dns):
		return "the host name cannot be resolved"
	case errors.As(err, &op) && op.Op == "dial":
		return "nothing listens there"
	case strings.Contains(err.Error(), "partial success"):
		return "it took only a part"
	}
	if m := regexp.MustCompile(`: ([1-5]\d\d)\b[^:]* \(body`).FindStringSubmatch(err.Error()); m != nil {
		return "it answered " + m[1]
	}
	return "it did not take them"
}

func timeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}
