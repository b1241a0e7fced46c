package reviewers_test

import (
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"scrum/prompts"
	"scrum/reviewers"
)

var question = prompts.Request{Bundle: "c1", System: "You review.", User: "diff --git", Paths: []string{"a.go"}}

// client has connections of its own, closed with the test.
func client(t *testing.T) *http.Client {
	t.Helper()
	tr := &http.Transport{}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}

func serve(t *testing.T, h http.HandlerFunc) reviewers.Provider {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return reviewers.Provider{Name: "test", BaseURL: s.URL + "/v1"}
}

func reviewer(t *testing.T, p reviewers.Provider, opt reviewers.OpenAIOptions) reviewers.Reviewer {
	t.Helper()
	if opt.Client == nil {
		opt.Client = client(t)
	}
	r, err := reviewers.NewOpenAI(p, "test-model", opt)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func ask(t *testing.T, r reviewers.Reviewer) (reviewers.Response, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	return r.Review(ctx, question, nil)
}

// say writes raw text as an event stream.
func say(text ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for _, s := range text {
			_, _ = io.WriteString(w, s)
			w.(http.Flusher).Flush()
		}
	}
}

func status(code int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
}

const (
	hello  = `data: {"model":"m-1","choices":[{"index":0,"delta":{"role":"assistant","content":"hello "}}]}` + "\n\n"
	world  = `data: {"model":"m-1","choices":[{"index":0,"delta":{"content":"world"}}]}` + "\n\n"
	stop   = `data: {"model":"m-1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\n"
	counts = `data: {"model":"m-1","choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,"prompt_tokens_details":{"cached_tokens":4}}}` + "\n\n"
	done   = "data: [DONE]\n\n"
)

func TestAnAnswerIsReadWhateverItsForm(t *testing.T) {
	whole := reviewers.Response{Text: "hello world", Model: "m-1", FinishReason: "stop", PromptTokens: 10, CompletionTokens: 5, CachedTokens: 4}
	thought := whole
	thought.Reasoning = "hm, well"
	guessed := whole
	guessed.PromptTokens, guessed.CompletionTokens, guessed.CachedTokens, guessed.Estimated = 6, 4, 0, true
	for _, c := range []struct {
		name    string
		handler http.HandlerFunc
		want    reviewers.Response
	}{
		{"a stream as it should be", say(hello, world, stop, counts, done), whole},
		{"more keep-alive comments than any limit", say(strings.Repeat(": OPENROUTER PROCESSING\n\n", 2000), hello, world, strings.Repeat("\n", 2000), stop, counts, done), whole},
		{"lines that end in CRLF", say(strings.ReplaceAll(hello+world+stop+counts+done, "\n", "\r\n")), whole},
		{"no blank lines between events", say(strings.ReplaceAll(hello+world+stop+counts+done, "\n\n", "\n")), whole},
		{"no space after the colon", say(strings.ReplaceAll(hello+world+stop+counts+done, "data: ", "data:")), whole},
		{"event names and ids", say("retry: 10\n", "event: message\nid: 1\n"+hello, world, stop, counts, done), whole},
		{"an event over several data lines", say(hello, "data: {\"model\":\"m-1\",\ndata: \"choices\":[{\"index\":0,\ndata: \"delta\":{\"content\":\"world\"}}]}\n\n", stop, counts, done), whole},
		{"a last line without its end", say(hello, world, stop, strings.TrimSpace(counts)), whole},
		{"no end marker after the finish reason", say(hello, world, stop, counts), whole},
		{"a second choice that nobody asked for", say(hello, `data: {"choices":[{"index":1,"delta":{"content":"other"}}]}`+"\n\n", world, stop, counts, done), whole},
		{"an error of null", say(hello, `data: {"error":null,"choices":[{"index":0,"delta":{"content":"world"}}]}`+"\n\n", stop, counts, done), whole},
		{"null contents", say(`data: {"choices":[{"delta":{"content":null}}]}`+"\n\n", hello, world, stop, counts, done), whole},
		{"thinking beside the text", say(`data: {"choices":[{"delta":{"reasoning_content":"hm, "}}]}`+"\n\n", `data: {"choices":[{"delta":{"reasoning":"well","content":""}}]}`+"\n\n", hello, world, stop, counts, done), thought},
		{"the same thinking under two names", say(`data: {"choices":[{"delta":{"reasoning_content":"hm, well","reasoning":"hm, well"}}]}`+"\n\n", hello, world, stop, counts, done), thought},
		{"contents in parts", say(`data: {"choices":[{"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm, well"}]},{"type":"text","text":"hello "}]}}]}`+"\n\n", world, stop, counts, done), thought},
		{"usage in every chunk, the last one counts", say(strings.Replace(hello, `"choices"`, `"usage":{"prompt_tokens":10,"completion_tokens":1},"choices"`, 1), world, stop, counts, done), whole},
		{"no usage at all", say(hello, world, stop, done), guessed},
		{"usage of zeros", say(hello, world, stop, `data: {"choices":[],"usage":{"prompt_tokens":0,"completion_tokens":0}}`+"\n\n", done), guessed},
		{"usage that is nonsense", say(hello, world, stop, `data: {"choices":[],"usage":{"prompt_tokens":"ten"}}`+"\n\n", done), guessed},
		{"a whole answer instead of a stream", status(200, `{"object":"chat.completion","model":"m-1",
			"choices":[{"index":0,"message":{"role":"assistant","content":"hello world"},"finish_reason":"stop"}],
			"usage":{"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":4}}}`, "Content-Type", "application/json"), whole},
		{"a stream under a wrong content type", status(200, hello+world+stop+counts+done, "Content-Type", "text/plain"), whole},
		{"a compressed stream", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			_, _ = io.WriteString(z, hello+world+stop+counts+done)
			_ = z.Close()
		}, whole},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ask(t, reviewer(t, serve(t, c.handler), reviewers.OpenAIOptions{}))
			if err != nil {
				t.Fatal(err)
			}
			if got.FirstToken <= 0 {
				t.Error("the time to the first word was not taken")
			}
			if diff := cmp.Diff(c.want, got, cmpopts.IgnoreFields(reviewers.Response{}, "FirstToken")); diff != "" {
				t.Errorf("response (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAFailureSaysWhatHappenedAndKeepsWhatCame(t *testing.T) {
	for _, c := range []struct {
		name    string
		handler http.HandlerFunc
		want    reviewers.Error // Message and Advice are looked for within
		text    string
	}{
		{"cut before the finish reason", say(hello, world), reviewers.Error{Retryable: true, Message: "without a finish reason"}, "hello world"},
		{"end marker without a finish reason", say(hello, done), reviewers.Error{Retryable: true, Message: "without a finish reason"}, "hello "},
		{"connection lost in the middle", func(w http.ResponseWriter, _ *http.Request) {
			say(hello)(w, nil)
			conn, _, _ := w.(http.Hijacker).Hijack()
			_ = conn.Close()
		}, reviewers.Error{Retryable: true, Message: "connection failed"}, "hello "},
		{"error event after text", say(hello, `data: {"error":{"message":"Provider overloaded","code":503},"choices":[{"delta":{"content":""},"finish_reason":"error"}]}`+"\n\n"),
			reviewers.Error{Status: 503, Retryable: true, Message: "Provider overloaded"}, "hello "},
		{"error event, then silence", func(w http.ResponseWriter, r *http.Request) {
			say(hello, `data: {"error":{"message":"broke","type":"server_error"}}`+"\n\n")(w, r)
			<-r.Context().Done()
		}, reviewers.Error{Retryable: true, Message: "broke"}, "hello "},
		{"error event that cannot heal", say("event: error\n", `data: {"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens"}}`+"\n\n"),
			reviewers.Error{Message: "prompt is too long", Advice: "lower guards.warn"}, ""},
		{"finish reason error", say(hello, `data: {"choices":[{"delta":{},"finish_reason":"error"}]}`+"\n\n", done), reviewers.Error{Retryable: true, Message: "broke off"}, "hello "},
		{"event that is no JSON", say(hello, "data: {\"choices\": [oops\n\n", stop, done), reviewers.Error{Retryable: true, Message: "no JSON"}, "hello "},
		{"event that goes on for ever", say(hello, "data: \""+strings.Repeat("x", 5<<20)+"\"\n\n"), reviewers.Error{Message: "longer than 4 MB"}, "hello "},
		{"no choices", say(`data: {"model":"m-1","choices":[]}`+"\n\n", done), reviewers.Error{Retryable: true, Message: "list of choices is empty"}, ""},
		{"nothing at all", say(), reviewers.Error{Retryable: true, Message: "the answer is empty"}, ""},
		{"end marker only", say(done), reviewers.Error{Retryable: true, Message: "list of choices is empty"}, ""},
		{"200 with an error", status(200, `{"error":{"message":"Rate limit exceeded","code":429}}`, "Retry-After", "7"),
			reviewers.Error{Status: 429, Retryable: true, RetryAfter: 7 * time.Second, Message: "Rate limit exceeded"}, ""},
		{"200 with an error for good", status(200, `{"error":{"message":"No such model","code":404}}`), reviewers.Error{Status: 404, Message: "No such model", Advice: `"test-model"`}, ""},
		{"200 with HTML", status(200, "<!doctype html><html><head><title>Sign in</title></head></html>", "Content-Type", "text/html"),
			reviewers.Error{Message: `a page of HTML instead of an answer ("Sign in")`}, ""},
		{"200 with prose", status(200, "It works!"), reviewers.Error{Message: "It works!"}, ""},
		{"unknown compression", status(200, "\x0b\x02", "Content-Encoding", "br"), reviewers.Error{Message: `compressed with "br"`}, ""},
		{"400", status(400, `{"error":{"message":"bad field","type":"invalid_request_error"}}`), reviewers.Error{Status: 400, Message: "bad field (invalid_request_error)"}, ""},
		{"400 of a context that is too short", status(400, `{"error":{"message":"This model's maximum context length is 8192 tokens","code":"context_length_exceeded"}}`),
			reviewers.Error{Status: 400, Message: "maximum context length", Advice: "does not fit the model"}, ""},
		{"401", status(401, `{"error":{"message":"Invalid key"}}`), reviewers.Error{Status: 401, Message: "Invalid key", Advice: "api_key_env"}, ""},
		{"402", status(402, `{"error":{"message":"Insufficient credits"}}`), reviewers.Error{Status: 402, Message: "Insufficient credits", Advice: "no credit left"}, ""},
		{"404 of Ollama", status(404, `{"error":"model 'x' not found"}`), reviewers.Error{Status: 404, Message: "model 'x' not found", Advice: "base_url"}, ""},
		{"408", status(408, ""), reviewers.Error{Status: 408, Retryable: true, Message: "no explanation came"}, ""},
		{"409", status(409, `{"message":"conflict"}`), reviewers.Error{Status: 409, Retryable: true, Message: "conflict"}, ""},
		{"413", status(413, "too big"), reviewers.Error{Status: 413, Message: "too big", Advice: "does not fit"}, ""},
		{"422 of FastAPI", status(422, `{"detail":[{"msg":"field required"}]}`), reviewers.Error{Status: 422, Message: "field required"}, ""},
		{"429 with seconds", status(429, `[{"error":{"message":"Quota exceeded","status":"RESOURCE_EXHAUSTED"}}]`, "Retry-After", "2.5"),
			reviewers.Error{Status: 429, Retryable: true, RetryAfter: 2500 * time.Millisecond, Message: "Quota exceeded", Advice: "lower rpm"}, ""},
		{"429 for a year", status(429, `{}`, "Retry-After", "31536000"), reviewers.Error{Status: 429, Retryable: true, RetryAfter: 24 * time.Hour, Message: "{}"}, ""},
		{"429 because the money is gone", status(429, `{"error":{"message":"You exceeded your quota","code":"insufficient_quota"}}`),
			reviewers.Error{Status: 429, Message: "insufficient_quota"}, ""},
		{"500 with HTML", status(500, "<html><title>Oops</title>"), reviewers.Error{Status: 500, Retryable: true, Message: "page of HTML"}, ""},
		{"502 of a router's provider", status(502, `{"error":{"message":"Provider returned error","code":502,"metadata":{"raw":"upstream timed out"}}}`),
			reviewers.Error{Status: 502, Retryable: true, Message: "Provider returned error: upstream timed out"}, ""},
		{"501", status(501, "no streams here"), reviewers.Error{Status: 501, Message: "no streams"}, ""},
		{"redirect", status(307, "", "Location", "http://elsewhere.example/v1/chat"), reviewers.Error{Status: 307, Message: "redirects to elsewhere.example", Advice: "base_url"}, ""},
		{"204", status(204, ""), reviewers.Error{Status: 204, Message: "no explanation"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := serve(t, c.handler)
			got, err := ask(t, reviewer(t, p, reviewers.OpenAIOptions{}))
			var e *reviewers.Error
			if !errors.As(err, &e) {
				t.Fatalf("error is %v, want a *reviewers.Error", err)
			}
			if diff := cmp.Diff(c.want, *e, cmpopts.IgnoreFields(reviewers.Error{}, "Provider", "Host", "Message", "Advice", "Err")); diff != "" {
				t.Errorf("error (-want +got):\n%s\n%v", diff, err)
			}
			if !strings.Contains(e.Message, c.want.Message) || !strings.Contains(e.Advice, c.want.Advice) {
				t.Errorf("error is %q; want %q and %q in it", err, c.want.Message, c.want.Advice)
			}
			if e.Provider != "test" || e.Host != p.Host() {
				t.Errorf("error names %q at %q, want test at %s", e.Provider, e.Host, p.Host())
			}
			if got.Text != c.text {
				t.Errorf("kept text is %q, want %q", got.Text, c.text)
			}
			if got.FinishReason != "" && got.FinishReason != "error" {
				t.Errorf("finish reason %q of an answer that did not finish", got.FinishReason)
			}
		})
	}
}

func TestRetryAfterMayBeADate(t *testing.T) {
	p := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	_, err := ask(t, reviewer(t, p, reviewers.OpenAIOptions{}))
	var e *reviewers.Error
	if !errors.As(err, &e) || e.RetryAfter < 50*time.Minute || e.RetryAfter > time.Hour || !e.Retryable {
		t.Errorf("error is %#v, want to be asked to wait for about an hour", err)
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	elsewhere := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s %s reached the other host, with key %q", r.Method, r.URL, r.Header.Get("Authorization"))
	})
	for _, code := range []int{301, 302, 303, 307, 308} {
		p := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere.BaseURL, code) })
		p.Key = "sk-0123456789abcdef"
		if _, err := ask(t, reviewer(t, p, reviewers.OpenAIOptions{})); err == nil {
			t.Errorf("%d was taken for an answer", code)
		}
	}
}

func TestAServerThatIsNotThereIsNamed(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	_, err = ask(t, reviewer(t, reviewers.Provider{Name: "local", BaseURL: "http://" + address + "/v1"}, reviewers.OpenAIOptions{}))
	var e *reviewers.Error
	if !errors.As(err, &e) || !e.Retryable {
		t.Fatalf("error is %v, want one that another attempt may heal", err)
	}
	want := "local (" + address + "): nothing listens there (connection refused); is the server running?"
	if err.Error() != want {
		t.Errorf("error is %q, want %q", err, want)
	}
}

// refused is a transport that fails.
type refused struct{ err error }

func (r refused) RoundTrip(req *http.Request) (*http.Response, error) {
	_ = req.Body.Close()
	return nil, r.err
}

func TestFailedConnectionsAreTold(t *testing.T) {
	for _, c := range []struct {
		name      string
		err       error
		want      string
		retryable bool
	}{
		{"a host that does not exist", &net.DNSError{Err: "no such host", Name: "api.example", IsNotFound: true}, "cannot be resolved; check base_url", false},
		{"a name server that does not answer", &net.DNSError{Err: "timeout", IsTimeout: true}, "cannot be resolved; check base_url", true},
		{"a certificate of nobody", &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, "certificate is not trusted", false},
		{"http where https is asked", http.ErrSchemeMismatch, "should base_url begin with http://", false},
		{"a timeout", &net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}, "timed out", true},
		{"anything else", errors.New("odd"), "the connection failed: odd", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := reviewers.Provider{Name: "test", BaseURL: "https://api.example/v1"}
			_, err := ask(t, reviewer(t, p, reviewers.OpenAIOptions{Client: &http.Client{Transport: refused{c.err}}}))
			var e *reviewers.Error
			if !errors.As(err, &e) || e.Retryable != c.retryable || !strings.Contains(err.Error(), c.want) || !errors.Is(err, c.err) {
				t.Errorf("error is %v (retryable: %v), want %q (%v)", err, e.Retryable, c.want, c.retryable)
			}
		})
	}
}

func TestAServerThatRefusesToCountIsAskedWithout(t *testing.T) {
	p := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if body, _ := io.ReadAll(r.Body); strings.Contains(string(body), "stream_options") {
			status(422, `{"detail":[{"loc":["body","stream_options"],"msg":"stream_options: extra inputs are not permitted"}]}`)(w, r)
			return
		}
		say(hello, world, stop, done)(w, r)
	})
	r := reviewer(t, p, reviewers.OpenAIOptions{})
	var e *reviewers.Error
	if _, err := ask(t, r); !errors.As(err, &e) || !e.Retryable {
		t.Fatalf("error is %v, want one that another attempt heals", err)
	}
	if got, err := ask(t, r); err != nil || !got.Estimated || got.Text != "hello world" {
		t.Errorf("answer is %+v, %v", got, err)
	}
}

func TestTheRequestIsWhatTheModelTakes(t *testing.T) {
	zero, half := float32(0), float32(0.5)
	for _, c := range []struct {
		name, model string
		opt         reviewers.OpenAIOptions
		want        map[string]any
		absent      []string
	}{
		{"defaults are the server's", "m", reviewers.OpenAIOptions{}, map[string]any{"model": "m", "stream": true, "stream_options": map[string]any{"include_usage": true}},
			[]string{"temperature", "max_tokens", "max_completion_tokens", "response_format"}},
		{"limits", "qwen/qwen3-coder", reviewers.OpenAIOptions{MaxTokens: 100, Temperature: &half}, map[string]any{"max_tokens": 100.0, "temperature": 0.5}, []string{"max_completion_tokens"}},
		{"a temperature of zero is sent", "m", reviewers.OpenAIOptions{Temperature: &zero}, map[string]any{"temperature": 0.0, "stream": true}, nil},
		{"thinking models of OpenAI", "gpt-5.5", reviewers.OpenAIOptions{MaxTokens: 100, Temperature: &half}, map[string]any{"max_completion_tokens": 100.0}, []string{"temperature", "max_tokens"}},
		{"the same behind a router", "openai/o3", reviewers.OpenAIOptions{MaxTokens: 100, Temperature: &zero}, map[string]any{"max_completion_tokens": 100.0}, []string{"temperature", "max_tokens"}},
		{"the newest of them", "gpt-6-astra", reviewers.OpenAIOptions{MaxTokens: 100, Temperature: &half}, map[string]any{"max_completion_tokens": 100.0}, []string{"temperature", "max_tokens"}},
		{"a router's own fields", "m", reviewers.OpenAIOptions{Extra: map[string]any{"provider": map[string]any{"data_collection": "deny"}}}, map[string]any{"model": "m", "provider": map[string]any{"data_collection": "deny"}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := map[string]any{}
			p := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
					t.Error(err)
				}
				if auth, ok := r.Header["Authorization"]; ok {
					t.Errorf("Authorization %q without a key", auth)
				}
				say(hello, stop, done)(w, r)
			})
			c.opt.Client = client(t)
			r, err := reviewers.NewOpenAI(p, c.model, c.opt)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := ask(t, r); err != nil {
				t.Fatal(err)
			}
			for k, want := range c.want {
				if diff := cmp.Diff(want, got[k]); diff != "" {
					t.Errorf("%s (-want +got):\n%s", k, diff)
				}
			}
			for _, k := range c.absent {
				if v, ok := got[k]; ok {
					t.Errorf("%s is sent: %v", k, v)
				}
			}
			want := []any{map[string]any{"role": "system", "content": question.System}, map[string]any{"role": "user", "content": question.User}}
			if diff := cmp.Diff(want, got["messages"]); diff != "" {
				t.Errorf("messages (-want +got):\n%s", diff)
			}
		})
	}
}

func TestStructuredAsksForTheContract(t *testing.T) {
	var got struct {
		Format struct {
			Type   string `json:"type"`
			Schema struct {
				Schema json.RawMessage `json:"schema"`
				Strict bool            `json:"strict"`
			} `json:"json_schema"`
		} `json:"response_format"`
	}
	p := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
			t.Error(err)
		}
		say(hello, stop, done)(w, r)
	})
	if _, err := ask(t, reviewer(t, p, reviewers.OpenAIOptions{Structured: true})); err != nil {
		t.Fatal(err)
	}
	var want, have any
	if err := errors.Join(json.Unmarshal(prompts.AnswerSchema(), &want), json.Unmarshal(got.Format.Schema.Schema, &have)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, have); diff != "" || got.Format.Type != "json_schema" || !got.Format.Schema.Strict {
		t.Errorf("response_format %s, strict %v, schema (-want +got):\n%s", got.Format.Type, got.Format.Schema.Strict, diff)
	}
}

func TestTheKeyGoesToItsHostAndNowhereElse(t *testing.T) {
	const key = "sk-planted-0123456789abcdef"
	const header = "planted-header-value"
	echo := func(r *http.Request) string { return r.Header.Get("Authorization") + " " + r.Header.Get("X-Extra") }
	for name, h := range map[string]http.HandlerFunc{
		"in a refusal": func(w http.ResponseWriter, r *http.Request) {
			status(401, fmt.Sprintf(`{"error":{"message":"Incorrect API key provided: %s. Or sk-plant*****cdef."}}`, echo(r)))(w, r)
		},
		"in HTML": func(w http.ResponseWriter, r *http.Request) {
			status(500, "<html><title>"+echo(r)+"</title>")(w, r)
		},
		"in an error event": func(w http.ResponseWriter, r *http.Request) {
			say(hello, fmt.Sprintf("data: {\"error\":{\"message\":%q}}\n\n", echo(r)))(w, r)
		},
		"in a broken event": func(w http.ResponseWriter, r *http.Request) { say("data: {"+echo(r)+"\n\n")(w, r) },
		"in the answer and its fields": func(w http.ResponseWriter, r *http.Request) {
			e := echo(r)
			say(fmt.Sprintf(`data: {"model":%q,"choices":[{"delta":{"content":%q,"reasoning":%q},"finish_reason":%q}]}`+"\n\n", e, e, e, e))(w, r)
		},
		"in a redirect": func(w http.ResponseWriter, r *http.Request) {
			status(302, "", "Location", "https://user:"+key+"@elsewhere.example/")(w, r)
		},
	} {
		t.Run(name, func(t *testing.T) {
			seen := false
			p := serve(t, func(w http.ResponseWriter, r *http.Request) {
				seen = r.Header.Get("Authorization") == "Bearer "+key && r.Header.Get("X-Extra") == header
				h(w, r)
			})
			p.Key, p.KeyEnv, p.Headers = key, "TEST_KEY", map[string]string{"X-Extra": header}
			r := reviewer(t, p, reviewers.OpenAIOptions{})
			got, err := ask(t, r)
			if !seen {
				t.Error("key and header were not sent to their host")
			}
			printed := fmt.Sprintf("%v %+v %#v %v %+v %v %+v %#v", err, err, errors.Unwrap(err), p, &p, got, r, r)
			if js, err := json.Marshal(p); err != nil {
				t.Error(err)
			} else {
				printed += string(js)
			}
			for _, secret := range []string{key, header, "sk-plant", "cdef."} {
				if strings.Contains(printed, secret) {
					t.Errorf("%q is printed: %s", secret, printed)
				}
			}
		})
	}
}

func TestAProviderThatWouldLeakOrNeverWorkIsRefused(t *testing.T) {
	for _, c := range []struct {
		name string
		p    reviewers.Provider
		want string // "" is accepted
	}{
		{"https", reviewers.Provider{BaseURL: "https://api.example/v1", Key: "k"}, ""},
		{"this machine", reviewers.Provider{BaseURL: "http://localhost:11434/v1"}, ""},
		{"this machine's address", reviewers.Provider{BaseURL: "http://[::1]:8000/v1", Key: "k"}, ""},
		{"plain http elsewhere", reviewers.Provider{BaseURL: "http://10.0.0.5/v1", Key: "k"}, "the code and the key unencrypted"},
		{"plain http elsewhere without a key", reviewers.Provider{BaseURL: "http://localhost.example/v1"}, "the code unencrypted"},
		{"plain http allowed by name", reviewers.Provider{BaseURL: "http://10.0.0.5/v1", AllowPlainHTTP: true}, ""},
		{"a password in the URL", reviewers.Provider{BaseURL: "https://me:hunter2hunter2@api.example/v1"}, "keep keys in the environment"},
		{"no scheme", reviewers.Provider{BaseURL: "api.example/v1"}, "must look like"},
		{"another scheme", reviewers.Provider{BaseURL: "ftp://api.example/v1"}, "must look like"},
		{"no URL", reviewers.Provider{BaseURL: "https://me:hunter2hunter2@[::1"}, "not a URL"},
		{"a query", reviewers.Provider{BaseURL: "https://api.example/v1?key=1"}, "must end with its path"},
		{"a key with a line break", reviewers.Provider{BaseURL: "https://api.example/v1", Key: "abc\nX: y", KeyEnv: "K"}, "the key in $K"},
		{"a header with a line break", reviewers.Provider{BaseURL: "https://api.example/v1", Headers: map[string]string{"X": "a\r\nY: b"}}, "line break"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.p.Name = "test"
			_, err := reviewers.NewOpenAI(c.p, "m", reviewers.OpenAIOptions{})
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want %q", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the password is printed: %v", err)
			}
		})
	}
	if _, err := reviewers.NewOpenAI(reviewers.Provider{Name: "test", BaseURL: "https://api.example"}, " ", reviewers.OpenAIOptions{}); err == nil {
		t.Error("a reviewer without a model was accepted")
	}
}

// script is a transport without a network: it writes pieces at their times, then
// stays silent until the request ends. It lets deadlines be tested in no time.
type script []struct {
	after time.Duration
	text  string
}

func (s script) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer r.Body.Close()
	}
	out, in := io.Pipe()
	ctx := r.Context()
	go func() {
		for _, piece := range s {
			select {
			case <-time.After(piece.after):
			case <-ctx.Done():
			}
			if ctx.Err() != nil {
				break
			}
			_, _ = io.WriteString(in, piece.text)
		}
		<-ctx.Done()
		_ = in.CloseWithError(ctx.Err())
	}()
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: out, Request: r}, nil
}

func TestSilenceEndsAnAttempt(t *testing.T) {
	for _, c := range []struct {
		name   string
		script script
		text   string
		took   time.Duration
		want   string // of the error; "" is none
	}{
		{"before the first word", script{{0, ": processing\n\n"}, {10 * time.Second, ": processing\n\n"}}, "", 90 * time.Second, "no first word came within 1m30s"},
		{"after the role alone", script{{0, `data: {"choices":[{"delta":{"role":"assistant"}}]}` + "\n\n"}}, "", 90 * time.Second, "no first word came within 1m30s"},
		{"in the middle", script{{80 * time.Second, hello}, {50 * time.Second, world}}, "hello world", 190 * time.Second, "the stream fell silent: nothing more came within 1m0s"},
		{"behind keep-alive comments", script{{0, hello}, {30 * time.Second, ": still here\n\n"}, {20 * time.Second, ": still here\n\n"}}, "hello ", 60 * time.Second, "fell silent"},
		{"not while words come slowly", script{{89 * time.Second, hello}, {59 * time.Second, world}, {59 * time.Second, stop + counts + done}}, "hello world", 212 * time.Second, ""},
		{"not after the finish reason", script{{time.Second, hello + world + stop}}, "hello world", 6 * time.Second, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := reviewer(t, reviewers.Provider{Name: "test", BaseURL: "https://api.example/v1"}, reviewers.OpenAIOptions{
					FirstToken: 90 * time.Second, Idle: time.Minute, Client: &http.Client{Transport: c.script},
				})
				start := time.Now()
				got, err := r.Review(t.Context(), question, nil)
				if got.Text != c.text {
					t.Errorf("text is %q, want %q", got.Text, c.text)
				}
				if took := time.Since(start); took > c.took {
					t.Errorf("took %s, want at most %s", took, c.took)
				}
				if c.want == "" {
					if err != nil {
						t.Errorf("error is %v, want none", err)
					}
					return
				}
				var e *reviewers.Error
				if !errors.As(err, &e) || !e.Retryable || !strings.Contains(err.Error(), c.want) {
					t.Errorf("error is %v, want %q, which another attempt may heal", err, c.want)
				}
			})
		})
	}
}

func TestCancellationEndsAHungRequestWithItsReason(t *testing.T) {
	p := serve(t, func(w http.ResponseWriter, r *http.Request) {
		say(hello)(w, r)
		<-r.Context().Done()
	})
	reason := errors.New("the budget is spent")
	ctx, cancel := context.WithCancelCause(t.Context())
	got, err := reviewer(t, p, reviewers.OpenAIOptions{}).Review(ctx, question, func(int) { cancel(reason) })
	var e *reviewers.Error
	if !errors.As(err, &e) || e.Retryable || !errors.Is(err, reason) || !strings.Contains(err.Error(), "the budget is spent") {
		t.Errorf("error is %v, want the reason, not to be retried", err)
	}
	if got.Text != "hello " {
		t.Errorf("kept %q", got.Text)
	}
}

func TestAnAnswerWithoutEndIsNotReadToItsEnd(t *testing.T) {
	piece := fmt.Sprintf(`data: {"choices":[{"delta":{"content":%q}}]}`+"\n\n", strings.Repeat("x", 1<<20))
	p := serve(t, func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := io.WriteString(w, piece); err != nil {
				return
			}
		}
	})
	got, err := ask(t, reviewer(t, p, reviewers.OpenAIOptions{}))
	var e *reviewers.Error
	if !errors.As(err, &e) || e.Retryable || !strings.Contains(err.Error(), "longer than 8 MB") {
		t.Errorf("error is %v, want one about the length", err)
	}
	if len(got.Text) < 8<<20 || len(got.Text) > 10<<20 {
		t.Errorf("kept %d bytes", len(got.Text))
	}
}
