package reviewers_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"scrum/prompts"
	"scrum/reviewers"
)

// adversary is an OpenAI-compatible server over real HTTP, whose answers are good
// unless its plan has a fault for a request. It knows exactly what it was asked
// and what it has said.
type adversary struct {
	url       string
	elsewhere string // the address of another server, which nobody may ask
	client    *http.Client
	plan      func(seat string, n int) *fault // of a seat's request, counted from 1; nil is a good answer

	strays  atomic.Int64 // connections and requests to elsewhere
	refuse  atomic.Int64 // so many connections are refused from now on
	refused atomic.Int64 // so many were
	written atomic.Int64 // bytes that left, all answers together

	busy  sync.WaitGroup // exchanges that go on
	mu    sync.Mutex
	asked map[string][]time.Time   // guarded by mu: the requests of a seat
	whole map[string][]string      // guarded by mu: what was said completely to a seat
	ears  map[string]chan struct{} // guarded by mu: signs that a seat's client has got words
}

// fault is one way to misbehave.
type fault struct {
	name string
	play func(*talk)
}

// plantedKey must be seen by the server, and by nobody else.
const plantedKey = "sk-planted-0123456789abcdefghij"

// newAdversary listens on this machine.
func newAdversary(t *testing.T, plan func(string, int) *fault) *adversary {
	t.Helper()
	a := &adversary{plan: plan}
	s := httptest.NewServer(a)
	t.Cleanup(s.Close)
	other := httptest.NewUnstartedServer(http.HandlerFunc(a.stray))
	other.Config.ConnState = a.strayConn
	other.Start()
	t.Cleanup(other.Close)
	a.url, a.elsewhere = s.URL, other.URL
	dialer := &net.Dialer{}
	a.connect(t, func(ctx context.Context, network, address string) (net.Conn, error) {
		if a.refuses() {
			address = closedPort(t)
		}
		return dialer.DialContext(ctx, network, address)
	})
	return a
}

// newAdversaryInMemory has no network, so that it can live in a bubble where time
// passes by itself.
func newAdversaryInMemory(t *testing.T, plan func(string, int) *fault) *adversary {
	t.Helper()
	a := &adversary{plan: plan, url: "http://model.localhost", elsewhere: "http://elsewhere.localhost"}
	l := &pipes{accepted: make(chan net.Conn), closed: make(chan struct{})}
	s := &http.Server{Handler: a}
	go s.Serve(l)
	t.Cleanup(func() { _ = s.Close() })
	a.connect(t, func(ctx context.Context, _, address string) (net.Conn, error) {
		switch {
		case address != "model.localhost:80":
			a.strays.Add(1)
			return nil, errors.New("no such host")
		case a.refuses():
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
		}
		return l.dial(ctx)
	})
	return a
}

func (a *adversary) connect(t *testing.T, dial func(context.Context, string, string) (net.Conn, error)) {
	tr := &http.Transport{DialContext: dial, MaxIdleConnsPerHost: 100}
	a.client = &http.Client{Transport: tr}
	t.Cleanup(tr.CloseIdleConnections)
	a.asked, a.whole = map[string][]time.Time{}, map[string][]string{}
	a.ears = map[string]chan struct{}{}
}

// refuses takes one of the connections that are to be refused.
func (a *adversary) refuses() bool {
	if a.refuse.Add(-1) < 0 {
		a.refuse.Add(1)
		return false
	}
	a.refused.Add(1)
	return true
}

func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Error(err)
		return "127.0.0.1:1"
	}
	_ = l.Close()
	return l.Addr().String()
}

func (a *adversary) stray(w http.ResponseWriter, _ *http.Request) {
	a.strays.Add(1)
	_, _ = io.WriteString(w, event("stolen")+finish("stop"))
}

func (a *adversary) strayConn(_ net.Conn, s http.ConnState) {
	if s == http.StateNew {
		a.strays.Add(1)
	}
}

// provider is how a reviewer is told of the adversary.
func (a *adversary) provider(name string) reviewers.Provider {
	return reviewers.Provider{Name: name, BaseURL: a.url + "/v1", Key: plantedKey, KeyEnv: "TEST_KEY"}
}

func (a *adversary) reviewer(t *testing.T, provider, model string) reviewers.Reviewer {
	t.Helper()
	r, err := reviewers.NewOpenAI(a.provider(provider), model, reviewers.OpenAIOptions{
		FirstToken: 90 * time.Second, Idle: time.Minute, Client: a.client,
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// asking is a request that carries the seat's name.
func asking(bundle, reviewer string) prompts.Request {
	return prompts.Request{Bundle: bundle, System: "You review.", User: "seat:" + bundle + "/" + reviewer + " diff --git", Paths: []string{"a.go"}}
}

var seatName = regexp.MustCompile(`seat:([\w-]+/[\w-]+)`)

// ServeHTTP answers as planned.
func (a *adversary) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.busy.Add(1)
	defer a.busy.Done()
	body, err := io.ReadAll(r.Body)
	match := seatName.FindSubmatch(body)
	if err != nil || match == nil {
		http.Error(w, "no seat in the request", http.StatusTeapot)
		return
	}
	seat := string(match[1])
	a.mu.Lock()
	a.asked[seat] = append(a.asked[seat], time.Now())
	n := len(a.asked[seat])
	ear := make(chan struct{}, 1)
	a.ears[seat] = ear
	a.mu.Unlock()
	t := &talk{a: a, w: w, r: r, seat: seat, ear: ear, answer: finding(seat, n)}
	if f := a.plan(seat, n); f != nil {
		f.play(t)
		return
	}
	t.say(t.head(), t.tail())
	t.end("stop")
}

// finding is an answer that no other request gets. It has letters of several bytes.
func finding(seat string, n int) string {
	return fmt.Sprintf("### WARN: naïve flaw %s #%d\nWHERE: a.go:%d\nWHY: „unchecked“ → 漏洞 🐞\nFIX: check\n\nCOVERED: a.go\n", seat, n, n)
}

// requests counts what reached the server of a seat.
func (a *adversary) requests(seat string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.asked[seat])
}

// waited is the time between the first two requests of a seat.
func (a *adversary) waited(seat string) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.asked[seat]) < 2 {
		return 0
	}
	return a.asked[seat][1].Sub(a.asked[seat][0])
}

// said is every answer that was given completely, by seat. A client can have its
// answer before the server has noted it, so that the last exchange must be over.
func (a *adversary) said() map[string][]string {
	a.busy.Wait()
	a.mu.Lock()
	defer a.mu.Unlock()
	return maps.Clone(a.whole)
}

// hear notes that the client of a seat has got words. It never blocks.
func (a *adversary) hear(seat string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	select {
	case a.ears[seat] <- struct{}{}:
	default:
	}
}

// talk is one exchange as the server sees it.
type talk struct {
	a      *adversary
	w      http.ResponseWriter
	r      *http.Request
	seat   string
	ear    chan struct{}
	answer string // what there is to say, different for every request
}

func (t *talk) head() string { return half(t.answer) }
func (t *talk) tail() string { return rest(t.answer) }

// header sets headers in pairs.
func (t *talk) header(pairs ...string) *talk {
	for i := 0; i+1 < len(pairs); i += 2 {
		t.w.Header().Set(pairs[i], pairs[i+1])
	}
	return t
}

// send writes raw text and sees that it leaves; false when nobody listens any more.
func (t *talk) send(raw string) bool {
	if t.w.Header().Get("Content-Type") == "" {
		t.header("Content-Type", "text/event-stream")
	}
	n, err := io.WriteString(t.w, raw)
	t.a.written.Add(int64(n))
	if err == nil {
		err = http.NewResponseController(t.w).Flush()
	}
	return err == nil
}

// say sends an event with each of the texts.
func (t *talk) say(texts ...string) {
	for _, s := range texts {
		t.send(event(s))
	}
}

// end finishes the answer that was said.
func (t *talk) end(reason string) {
	t.send(finish(reason) + counts + done)
	if reason == "stop" {
		t.complete()
	}
}

// complete notes that the whole answer is out.
func (t *talk) complete() {
	t.a.mu.Lock()
	defer t.a.mu.Unlock()
	t.a.whole[t.seat] = append(t.a.whole[t.seat], t.answer)
}

// wait lets time pass; false when the client is gone.
func (t *talk) wait(d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-t.r.Context().Done():
		return false
	}
}

// hang waits until the client is gone.
func (t *talk) hang() { <-t.r.Context().Done() }

// heard waits until the client has got words.
func (t *talk) heard() {
	select {
	case <-t.ear:
	case <-t.r.Context().Done():
	}
}

// refuse answers with a status and a body.
func (t *talk) refuse(status int, body string, headers ...string) {
	t.header(headers...)
	t.w.WriteHeader(status)
	_, _ = io.WriteString(t.w, body)
}

// raw takes the connection, writes to it and closes it.
func (t *talk) raw(text string) {
	if conn := t.hijack(); conn != nil {
		_, _ = io.WriteString(conn, text)
		_ = conn.Close()
	}
}

// reset writes, then ends the connection as a crashed machine does.
func (t *talk) reset(text string) {
	conn := t.hijack()
	if conn == nil {
		return
	}
	_, _ = io.WriteString(conn, text)
	switch c := conn.(type) {
	case *net.TCPConn:
		_ = c.SetLinger(0)
	case *pipe:
		c.reset.Store(true)
	}
	_ = conn.Close()
}

func (t *talk) hijack() net.Conn {
	conn, _, err := http.NewResponseController(t.w).Hijack()
	if err != nil {
		return nil // the client was faster
	}
	return conn
}

// event is a piece of an answer as it should be.
func event(content string) string { return delta(map[string]any{"content": content}) }

func delta(fields map[string]any) string {
	return chunk(map[string]any{"index": 0, "delta": fields, "finish_reason": nil})
}

func finish(reason string) string {
	return chunk(map[string]any{"index": 0, "delta": map[string]any{}, "finish_reason": reason})
}

func chunk(choice map[string]any) string { return "data: " + chunkJSON(choice) + "\n\n" }

func chunkJSON(choice map[string]any) string {
	data, err := json.Marshal(map[string]any{"id": "x", "object": "chat.completion.chunk", "model": "m-1", "choices": []any{choice}})
	if err != nil {
		panic(err)
	}
	return string(data)
}

// full is an answer of a server that does not stream.
func full(content, reason string) string {
	data, err := json.Marshal(map[string]any{
		"object": "chat.completion", "model": "m-1",
		"choices": []any{map[string]any{"index": 0, "message": map[string]any{"role": "assistant", "content": content}, "finish_reason": reason}},
		"usage":   map[string]any{"prompt_tokens": 10, "completion_tokens": 5, "prompt_tokens_details": map[string]any{"cached_tokens": 4}},
	})
	if err != nil {
		panic(err)
	}
	return string(data)
}

// pipes is a listener whose connections are in memory.
type pipes struct {
	accepted chan net.Conn
	closed   chan struct{}
	once     sync.Once
}

// Accept waits for a dial.
func (l *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-l.accepted:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close ends the listener, not its connections.
func (l *pipes) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// Addr names it.
func (l *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "memory"} }

func (l *pipes) dial(ctx context.Context) (net.Conn, error) {
	ours, theirs := net.Pipe()
	reset := &atomic.Bool{}
	select {
	case l.accepted <- &pipe{theirs, reset}:
		return &pipe{ours, reset}, nil
	case <-l.closed:
		return nil, syscall.ECONNREFUSED
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// pipe is a connection that can be reset.
type pipe struct {
	net.Conn
	reset *atomic.Bool
}

// Read fails like a connection that was reset.
func (p *pipe) Read(b []byte) (int, error) {
	n, err := p.Conn.Read(b)
	if err != nil && p.reset.Load() {
		err = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	}
	return n, err
}
