package telemetry_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	colmetricpb "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	coltracepb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	metricpb "go.opentelemetry.io/proto/otlp/metrics/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// collector is a real OTLP server over HTTP, which keeps what it gets.
type collector struct {
	url string

	mu       sync.Mutex
	raw      bytes.Buffer // guarded by mu, as all below
	headers  []http.Header
	paths    []string
	spans    []*tracepb.Span
	metrics  map[string]*metricpb.Metric
	resource *resourcepb.Resource
	err      error
}

func collect(t *testing.T) *collector {
	t.Helper()
	c := &collector{metrics: map[string]*metricpb.Metric{}}
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	c.url = server.URL
	return c
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	body, err := body(r)
	if err == nil {
		err = c.take(r.URL.Path, body)
	}
	if err != nil {
		c.err = err
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	c.raw.Write(body)
	c.headers = append(c.headers, r.Header.Clone())
	c.paths = append(c.paths, r.URL.Path)
	w.Header().Set("Content-Type", "application/x-protobuf")
}

func body(r *http.Request) ([]byte, error) {
	if r.Header.Get("Content-Encoding") != "gzip" {
		return io.ReadAll(r.Body)
	}
	z, err := gzip.NewReader(r.Body)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

func (c *collector) take(path string, data []byte) error {
	if strings.HasSuffix(path, "/traces") {
		var req coltracepb.ExportTraceServiceRequest
		if err := proto.Unmarshal(data, &req); err != nil {
			return err
		}
		for _, rs := range req.GetResourceSpans() {
			c.resource = rs.GetResource()
			for _, ss := range rs.GetScopeSpans() {
				c.spans = append(c.spans, ss.GetSpans()...)
			}
		}
		return nil
	}
	var req colmetricpb.ExportMetricsServiceRequest
	if err := proto.Unmarshal(data, &req); err != nil {
		return err
	}
	for _, rm := range req.GetResourceMetrics() {
		c.resource = rm.GetResource()
		for _, sm := range rm.GetScopeMetrics() {
			for _, m := range sm.GetMetrics() {
				c.metrics[m.GetName()] = m
			}
		}
	}
	return nil
}

// named gives the spans whose names begin so.
func (c *collector) named(prefix string) []*tracepb.Span {
	var out []*tracepb.Span
	for _, s := range c.spans {
		if strings.HasPrefix(s.GetName(), prefix) {
			out = append(out, s)
		}
	}
	return out
}

// children gives the spans whose parent a span is.
func (c *collector) children(of *tracepb.Span) []*tracepb.Span {
	var out []*tracepb.Span
	for _, s := range c.spans {
		if bytes.Equal(s.GetParentSpanId(), of.GetSpanId()) {
			out = append(out, s)
		}
	}
	return out
}

// attributes are plain values by name.
func attributes(of []*commonpb.KeyValue) map[string]any {
	out := map[string]any{}
	for _, kv := range of {
		out[kv.GetKey()] = plain(kv.GetValue())
	}
	return out
}

func plain(v *commonpb.AnyValue) any {
	switch v := v.GetValue().(type) {
	case *commonpb.AnyValue_StringValue:
		return v.StringValue
	case *commonpb.AnyValue_IntValue:
		return v.IntValue
	case *commonpb.AnyValue_BoolValue:
		return v.BoolValue
	case *commonpb.AnyValue_DoubleValue:
		return v.DoubleValue
	case *commonpb.AnyValue_ArrayValue:
		var out []any
		for _, x := range v.ArrayValue.GetValues() {
			out = append(out, plain(x))
		}
		return out
	}
	return nil
}
