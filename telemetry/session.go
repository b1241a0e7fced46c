package telemetry

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/trace"

	"scrum/bundler"
	"scrum/report"
	"scrum/reviewers"
	"scrum/tally"
)

// Options say what is watched.
type Options struct {
	Command  string              // of the tool, such as review
	Version  string              // of the tool
	Scripted bool                // the models are scripted
	Getenv   func(string) string // where the collector is named
	Warn     func(line string)   // hears what a person should know
}

// Session is the telemetry of one review. A nil one is off, and all its methods do
// nothing.
type Session struct {
	options Options
	wanted  wanted
	outlet  *outlet
	tracer  trace.Tracer
	meters  *instruments
	root    trace.Span
	review  *report.Review
}

// Begin starts the telemetry that the environment asks for, and gives the context that
// the review is to run in. Without a collector it is ctx itself, and a nil Session.
func Begin(ctx context.Context, o Options) (context.Context, *Session) {
	w, notes := read(o.Getenv)
	for _, n := range notes {
		o.Warn(n)
	}
	if w.off() {
		return ctx, nil
	}
	s := &Session{options: o, wanted: w}
	if err := s.open(ctx); err != nil {
		o.Warn("telemetry is off: " + report.Sanitise(err.Error()))
		return ctx, nil
	}
	inner, root := s.tracer.Start(s.parent(ctx), "review", trace.WithAttributes(
		keyCommand.String(o.Command), keyScripted.Bool(o.Scripted)))
	s.root = root
	return reviewers.WithTrace(inner, s.trace()), s
}

// open makes what spans and counts are kept in. The library's own log would write to
// standard error what End says in one line.
func (s *Session) open(ctx context.Context) error {
	otel.SetLogger(logr.Discard())
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(error) {}))
	ctx = context.WithoutCancel(ctx) // a review that was interrupted before it began is told as well
	res, err := s.resource(ctx)
	if err != nil {
		return err
	}
	if s.outlet, err = newOutlet(ctx, s.wanted, res); err != nil {
		return err
	}
	s.tracer = s.outlet.tracer(s.options.Version)
	s.meters, err = newInstruments(s.outlet.meter(s.options.Version))
	return err
}

// resource is who speaks: the tool, this process, and what the environment adds.
// Nothing of the machine or of the command line is in it.
func (s *Session) resource(ctx context.Context) (*resource.Resource, error) {
	res, err := resource.New(ctx, resource.WithTelemetrySDK(), resource.WithAttributes(
		keyService.String("scrum"), keyVersion.String(s.options.Version), keyInstance.String(instance())),
		resource.WithFromEnv())
	if errors.Is(err, resource.ErrPartialResource) {
		s.options.Warn("OTEL_RESOURCE_ATTRIBUTES is not of the form key=value,key=value: what cannot be read is left out")
		err = nil
	}
	if err != nil {
		return nil, fmt.Errorf("describing this process: %w", err)
	}
	return res, nil
}

// instance is a random UUID (RFC 9562, version 4): two runs at the same time must not
// be taken for one.
func instance() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// parent takes the trace of the pipeline that has started this process, by the W3C
// variables that CI systems set.
func (s *Session) parent(ctx context.Context) context.Context {
	of := s.options.Getenv("TRACEPARENT")
	if of == "" {
		return ctx
	}
	inner := propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{"traceparent": of, "tracestate": s.options.Getenv("TRACESTATE")})
	if !trace.SpanContextFromContext(inner).IsValid() {
		s.options.Warn("TRACEPARENT is no W3C trace context: the review begins a trace of its own")
	}
	return inner
}

// Judged hands over what the review came to.
func (s *Session) Judged(r *report.Review) {
	if s != nil {
		s.review = r
	}
}

// End closes the trace and sends everything. err is why the review could not be
// finished, nil for any verdict. It returns within [Patience], also when ctx has ended.
func (s *Session) End(ctx context.Context, err error) {
	if s == nil {
		return
	}
	ctx = trace.ContextWithSpan(context.WithoutCancel(ctx), s.root)
	if s.review != nil {
		s.root.SetAttributes(outcome(s.review)...)
		s.meters.judged(ctx, s.review)
	}
	if class := class(err); class != "" {
		s.root.SetAttributes(keyErrorType.String(class))
		s.root.SetStatus(codes.Error, class)
	}
	s.root.End()
	if err := s.outlet.send(ctx); err != nil {
		s.options.Warn(fmt.Sprintf("telemetry did not reach %s: %s. The review is not affected; check OTEL_EXPORTER_OTLP_ENDPOINT, or set OTEL_SDK_DISABLED=true",
			report.Sanitise(s.wanted.host()), reason(err)))
	}
}

// outcome is what a trace tells of a verdict: no label, no reason and no finding.
func outcome(r *report.Review) []attribute.KeyValue {
	out := []attribute.KeyValue{
		keyBundles.Int(len(r.Bundles)), keyOutcome.String(string(r.Verdict.Outcome)), keyRule.String(name(r.Verdict.Rule)),
		keyFindings.Int(len(r.Findings)), keyConverging.Int(r.Totals.Convergent),
	}
	if r.Run.Base != "" {
		out = append(out, keyBase.String(name(r.Run.Base)))
	}
	if r.Run.Head != "" {
		out = append(out, keyHead.String(name(r.Run.Head)))
	}
	return out
}

// class is error.type for a whole review.
func class(err error) string {
	var refused *bundler.RefusedError
	if errors.As(err, &refused) {
		return "refused"
	}
	return reviewers.Class(err)
}

// converges tells whether at least two lineages stand behind a finding.
func converges(f tally.Finding) bool { return f.Convergence > 1 }
