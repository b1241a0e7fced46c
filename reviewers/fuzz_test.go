package reviewers

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"
)

const goodEvent = `data: {"model":"m","choices":[{"index":0,"delta":{"content":"hello"}}]}`

// Whatever a server sends, go-openai gets well-formed lines or an error.
func FuzzEventStream(f *testing.F) {
	for _, s := range []string{
		goodEvent + "\n\ndata: [DONE]\n\n", ": comment\n\n" + goodEvent, "data: {\"error\":{\"message\":\"x\"}}\n\n", "data:\ndata:{}\n\n", "<html>", "{}",
		`{"choices":[{"message":{"content":[{"type":"text","text":"x"}]},"finish_reason":"stop"}]}`, "data: {\r\ndata: }\r\n\r\n", "\x00\xff", "data: [DONE]",
		`data: {"choices":[{"delta":{"content":[{"thinking":[[]]}]}}]}`,
	} {
		f.Add([]byte(s))
	}
	tr := &transport{provider: Provider{Name: "fuzz", BaseURL: "https://fuzz.example/v1", Key: "sk-0123456789"}}
	f.Fuzz(func(t *testing.T, body []byte) {
		s := newEventStream(io.NopCloser(bytes.NewReader(body)), func(b []byte) *Error { return tr.badBody(http.Header{}, b) })
		out, err := io.ReadAll(s)
		var e *Error
		if err != nil && !errors.As(err, &e) {
			t.Errorf("error without a type: %v", err)
		}
		for line := range bytes.Lines(out) {
			data, ok := bytes.CutPrefix(bytes.TrimSuffix(line, []byte("\n")), []byte("data: "))
			if !ok || !bytes.HasSuffix(line, []byte("\n")) || string(data) != doneMark && !json.Valid(data) {
				t.Errorf("line %q is not well-formed", line)
			}
			if bytes.HasPrefix(data, []byte(`{"error":`)) {
				t.Errorf("go-openai would take %q for an error", line)
			}
		}
	})
}

// The text of an answer does not depend on how the network cuts the stream.
func TestTheStreamMayArriveInAnyPieces(t *testing.T) {
	stream := ": hi\n\n" + goodEvent + "\r\n\r\nevent: x\n" + goodEvent + "\n" + goodEvent + "\n\ndata: {\"choices\":\ndata: []}\n\ndata: [DONE]\n\n"
	read := func(r io.Reader) string {
		out, err := io.ReadAll(newEventStream(io.NopCloser(r), func([]byte) *Error { return &Error{} }))
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	want := read(strings.NewReader(stream))
	if n := strings.Count(want, "hello"); n != 3 || !strings.HasSuffix(want, "data: [DONE]\n") {
		t.Fatalf("read %q", want)
	}
	rapid.Check(t, func(t *rapid.T) {
		var pieces []io.Reader
		for rest := stream; rest != ""; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "piece")
			pieces, rest = append(pieces, strings.NewReader(rest[:n])), rest[n:]
		}
		if got := read(io.MultiReader(pieces...)); got != want {
			t.Fatalf("read %q, want %q", got, want)
		}
	})
}

// Messages of servers are one line, short, free of control characters and keys.
func FuzzScrub(f *testing.F) {
	const key = "sk-0123456789abcdef"
	f.Add("Incorrect API key provided: " + key)
	f.Add("https://user:" + key + "@host/ failed")
	f.Add("\x1b[31mred\n::error::x")
	f.Add("sk-012****cdef")
	p := Provider{Key: key}
	f.Fuzz(func(t *testing.T, s string) {
		got := p.scrub(s)
		if strings.Contains(got, key[:6]) || strings.ContainsFunc(got, unicode.IsControl) || len(got) > maxMessage+len("…") {
			t.Errorf("scrub(%q) = %q", s, got)
		}
	})
}

func FuzzServerMessage(f *testing.F) {
	for _, s := range []string{`{"error":{"message":"x","type":"y"}}`, `[{"error":"x"}]`, "<title>x</title>", `{"detail":[[[[["x"]]]]]}`, "</title><title>", ""} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if got := serverMessage(body); len(bytes.TrimSpace(body)) > 0 && got == "" {
			t.Errorf("nothing is told of %q", body)
		}
		if code := errorCode(body); code != 0 && (code < 400 || code > 599) {
			t.Errorf("status %d", code)
		}
	})
}

func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{"1", "0.5", "-1", "1e300", "NaN", "Inf", "Mon, 02 Jan 2006 15:04:05 GMT", "soon", ""} {
		f.Add(s)
	}
	now := time.Date(2006, 1, 2, 15, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, s string) {
		for _, name := range []string{"Retry-After", "Retry-After-Ms"} {
			if d := retryAfter(http.Header{name: {s}}, now); d < 0 || d > maxRetryAfter {
				t.Errorf("%s: %q is %s", name, s, d)
			}
		}
	})
}

func TestRetryAfterIsReadInItsForms(t *testing.T) {
	now := time.Date(2006, 1, 2, 15, 4, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"3": 3 * time.Second, "0.25": 250 * time.Millisecond, "-3": 0, "NaN": 0, "soon": 0, "": 0, "99999999999": maxRetryAfter,
		"Mon, 02 Jan 2006 15:04:05 GMT": 5 * time.Second, "Monday, 02-Jan-06 15:04:05 GMT": 5 * time.Second, "Mon, 02 Jan 2006 15:00:00 GMT": 0,
	} {
		if got := retryAfter(http.Header{"Retry-After": {value}}, now); got != want {
			t.Errorf("%q is %s, want %s", value, got, want)
		}
	}
	if got := retryAfter(http.Header{"Retry-After": {"1"}, "Retry-After-Ms": {"1250"}}, now); got != 1250*time.Millisecond {
		t.Errorf("milliseconds are %s", got)
	}
}
