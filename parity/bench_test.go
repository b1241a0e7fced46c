package parity

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"time"
)

// benchBody is an answer of the usual size: 1.1 KB of JSON.
func benchBody() []byte {
	out := []byte(`{"items":[`)
	for i := range 12 {
		if i > 0 {
			out = append(out, ',')
		}
		out = fmt.Appendf(out, `{"id":%d,"name":"item number %d","price":%d.50,"tags":["a","b"],"stock":null}`, 1000+i, i, i)
	}
	return append(out, `],"next":"/v1/items?page=2"}`...)
}

// benchServer costs as little as an HTTP server can: the machine is shared with it.
func benchServer(b *testing.B) string {
	body := benchBody()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body)
	}))
	server.Start()
	b.Cleanup(server.Close)
	return server.URL
}

const benchCases = 5000

// BenchmarkPairs compares pairs of answers over loopback; the reference is asked once.
// In turn it sends the same requests with the bare client: the ratio of the best times
// says more than two measurements at two moments of a shared machine.
func BenchmarkPairs(b *testing.B) {
	section := "concurrency: 16\nrepeat: 1\ncases:\n"
	for i := range benchCases {
		section += fmt.Sprintf("  - {name: c%d, path: \"/v1/items?page=%d\"}\n", i, i)
	}
	s, err := decode(fmt.Sprintf("targets: {a: %q, b: %q}\n", benchServer(b), benchServer(b)) + section)
	if err != nil {
		b.Fatal(err)
	}
	if err := s.Load(os.ReadFile); err != nil {
		b.Fatal(err)
	}
	bare := newBareClient(b)
	best := [2]time.Duration{time.Hour, time.Hour}
	b.ReportAllocs()
	for b.Loop() {
		started := time.Now()
		bare.sendAll()
		between := time.Now()
		r, err := Run(b.Context(), &s, Options{Now: time.Now})
		if err != nil || r.Totals.Match != benchCases {
			b.Fatal(err, r.Totals)
		}
		best = [2]time.Duration{min(best[0], between.Sub(started)), min(best[1], time.Since(between))}
	}
	b.ReportMetric(float64(benchCases)/best[1].Seconds(), "pairs/s")
	b.ReportMetric(best[1].Seconds()/best[0].Seconds(), "own/bare")
}

// BenchmarkBareClient sends the same requests with nothing but the HTTP client, and
// reads the answers to their end.
func BenchmarkBareClient(b *testing.B) {
	bare := newBareClient(b)
	b.ReportAllocs()
	for b.Loop() {
		bare.sendAll()
	}
	b.ReportMetric(float64(benchCases*b.N)/b.Elapsed().Seconds(), "pairs/s")
}

type bareClient struct {
	b      *testing.B
	urls   [2]string
	client *http.Client
}

func newBareClient(b *testing.B) *bareClient {
	transport := &http.Transport{MaxIdleConnsPerHost: 17, DisableCompression: true}
	b.Cleanup(transport.CloseIdleConnections)
	return &bareClient{b, [2]string{benchServer(b), benchServer(b)}, &http.Client{Timeout: 10 * time.Second, Transport: transport}}
}

func (c *bareClient) sendAll() {
	var wg sync.WaitGroup
	for w := range 16 {
		wg.Go(func() {
			for i := w; i < benchCases; i += 16 {
				for _, url := range c.urls {
					c.get(fmt.Sprintf("%s/v1/items?page=%d", url, i))
				}
			}
		})
	}
	wg.Wait()
}

func (c *bareClient) get(url string) {
	resp, err := c.client.Get(url)
	if err != nil {
		c.b.Error(err)
		return
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
}

// BenchmarkLargeBodies compares two bodies of 50 MB that are the same bytes.
func BenchmarkLargeBodies(b *testing.B) {
	benchLarge(b, 50<<20, "x", "x", 0)
}

// BenchmarkLargeJSON looks into two bodies of JSON, just below the limit for that, which
// differ in one number.
func BenchmarkLargeJSON(b *testing.B) {
	benchLarge(b, DefaultMaxJSON-1<<20, "1", "2", 1)
}

func benchLarge(b *testing.B, size int, first, second string, diffs int) {
	element := []byte(`{"id":1000,"name":"item number 1","price":1.50,"tags":["a","b"],"stock":null},` + "\n")
	serve := func(last string) string {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "[")
			block := bytes.Repeat(element, 500)
			for n := 0; n < size; n += len(block) {
				_, _ = w.Write(block)
			}
			_, _ = io.WriteString(w, last+"]")
		}))
		b.Cleanup(server.Close)
		return server.URL
	}
	s, err := decode(fmt.Sprintf("targets: {a: %q, b: %q}\nrepeat: 1\ntimeout: 1m\ncases: [{path: /}]", serve(first), serve(second)))
	if err != nil {
		b.Fatal(err)
	}
	if err := s.Load(os.ReadFile); err != nil {
		b.Fatal(err)
	}
	before := allocated()
	for b.Loop() {
		r, err := Run(b.Context(), &s, Options{Now: time.Now})
		if err != nil || r.Totals.Diff != diffs || r.Totals.NotCompared != 0 {
			b.Fatal(err, r.Verdict)
		}
	}
	b.ReportMetric(float64(allocated()-before)/float64(b.N)/float64(2*size), "allocated/body")
}
