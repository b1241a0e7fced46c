package reviewers_test

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"scrum/reviewers"
)

// row is a fault and what must come of it.
type row struct {
	fault
	does  string // what scrum does about it, for docs/reliability.md
	want  outcome
	dials int64 // so many connections are refused first
	slow  bool  // takes minutes, and a bubble where they pass by themselves
	heavy bool  // moves megabytes
	most  int64 // bytes that may leave the server; 0 is not looked at
}

// outcome is what one attempt leaves.
type outcome struct {
	state     reviewers.State
	says      []string // in the error; none is an answer
	status    int
	retryable bool
	after     time.Duration             // what the server asked to wait
	kept      func(whole string) string // of the answer; nil is nothing
	tokens    string                    // counted by the server, estimated, or "" for none
	finish    string
	thinking  string
	model     string        // "" is m-1
	rest      time.Duration // until the limits that the headers tell are full again
	took      time.Duration // in a bubble; 0 is not looked at
}

func all(s string) string  { return s }
func half(s string) string { return s[:strings.IndexByte(s, '\n')+1] }
func rest(s string) string { return s[len(half(s)):] }

// fine is a whole answer.
func fine() outcome {
	return outcome{state: reviewers.Engaged, kept: all, tokens: "counted", finish: "stop"}
}

// guessed is a whole answer whose tokens nobody has counted.
func guessed() outcome {
	o := fine()
	o.tokens = "estimated"
	return o
}

// lost is no answer, and worth another attempt.
func lost(says ...string) outcome {
	return outcome{state: reviewers.Failed, retryable: true, says: says}
}

// refusal is no answer for good.
func refusal(says ...string) outcome { return outcome{state: reviewers.Failed, says: says} }

// part is half an answer, and worth another attempt.
func part(says ...string) outcome {
	return outcome{state: reviewers.Truncated, retryable: true, says: says, kept: half, tokens: "estimated"}
}

func (o outcome) of(status int) outcome               { o.status = status; return o }
func (o outcome) waiting(d time.Duration) outcome     { o.after = d; return o }
func (o outcome) resting(d time.Duration) outcome     { o.rest = d; return o }
func (o outcome) lasting(d time.Duration) outcome     { o.took = d; return o }
func (o outcome) by(model string) outcome             { o.model = model; return o }
func (o outcome) forGood() outcome                    { o.retryable = false; return o }
func (o outcome) ended(reason, tokens string) outcome { o.finish, o.tokens = reason, tokens; return o }

// chapter is a part of the table under a title of its own.
type chapter struct {
	title string
	rows  []row
}

func chapters() []chapter {
	return []chapter{
		{"The server refuses", statusRows()},
		{"The server wants rest", limitRows()},
		{"The connection breaks", connectionRows()},
		{"Nothing comes", silenceRows()},
		{"The stream ends too early", cutRows()},
		{"An error comes instead of the rest", errorRows()},
		{"200, and no stream", bodyRows()},
		{"Compression", packedRows()},
		{"Unusual forms of a good stream", formRows()},
		{"Counts of tokens", countRows()},
		{"The answer itself", answerRows()},
		{"Too much of it", sizeRows()},
	}
}

func faultTable() []row {
	var out []row
	for _, c := range chapters() {
		out = append(out, c.rows...)
	}
	return out
}

func as(name, does string, want outcome, play func(*talk)) row {
	return row{fault: fault{name, play}, does: does, want: want}
}

// with answers with a status.
func with(code int, body string, headers ...string) func(*talk) {
	return func(t *talk) { t.refuse(code, body, headers...) }
}

const (
	retried = "asks again"
	atOnce  = "fails at once: "
)

func statusRows() []row {
	said := func(s string) string { return `{"error":{"message":"` + s + `"}}` }
	page := "<html><head><title>Bad gateway</title></head><body>nginx</body></html>"
	return []row{
		as("400 for a request that is wrong", atOnce+"the server's words are in the error", refusal("400 Bad Request", "no such field").of(400), with(400, said("no such field"))),
		as("400 for a prompt that is too long", atOnce+"the error says to lower `guards.warn`", refusal("maximum context length", "lower guards.warn").of(400),
			with(400, `{"error":{"message":"This model's maximum context length is 8192 tokens","code":"context_length_exceeded"}}`)),
		as("401 that repeats the key", atOnce+"names the variable that holds the key, never the key", refusal("401 Unauthorized", "check the key in $TEST_KEY").of(401),
			func(t *talk) {
				t.refuse(401, said("Incorrect API key provided: "+t.r.Header.Get("Authorization")+". Or sk-plan********ghij."))
			}),
		as("402 for an account without credit", atOnce+"says so", refusal("402 Payment Required", "no credit left").of(402), with(402, said("Insufficient credits"))),
		as("403", atOnce+"the server's words are in the error", refusal("403 Forbidden", "region not supported").of(403), with(403, said("region not supported"))),
		as("404 for a model that is not there", atOnce+"names the model and `base_url`", refusal("404 Not Found", `"test-model"`, "base_url").of(404), with(404, `{"error":"model 'x' not found"}`)),
		as("408", retried, lost("408 Request Timeout").of(408), with(408, "")),
		as("409", retried, lost("409 Conflict", "busy").of(409), with(409, `{"message":"busy"}`)),
		as("413", atOnce+"the error says to lower `guards.warn`", refusal("413", "does not fit the model").of(413), with(413, "too big")),
		as("500", retried, lost("500 Internal Server Error", "oops").of(500), with(500, said("oops"))),
		as("502 with a page of HTML", retried+"; the page's title is in the error", lost("502 Bad Gateway", `a page of HTML instead of an answer ("Bad gateway")`).of(502), with(502, page, "Content-Type", "text/html")),
		as("502 of a provider behind a router", retried+"; the error says what the provider had said", lost("Provider returned error: upstream timed out").of(502),
			with(502, `{"error":{"message":"Provider returned error","code":502,"metadata":{"raw":"upstream timed out"}}}`)),
		as("501", atOnce+"time does not heal it", refusal("501 Not Implemented").of(501), with(501, "no streams here")),
		as("529 of an overloaded provider", retried, lost("529: Overloaded").of(529), with(529, `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`)),
		as("a status that says success without an answer", atOnce+"only 200 is an answer", refusal("204 No Content").of(204), with(204, "")),
		as("a redirect to another host", atOnce+"nothing is sent there, neither key nor code; the error names that host", refusal("307", "it redirects to", "where neither code nor key are sent").of(307),
			func(t *talk) {
				http.Redirect(t.w, t.r, t.a.elsewhere+"/v1/chat/completions", http.StatusTemporaryRedirect)
			}),
		as("a redirect to another host that changes the method", atOnce+"nothing is sent there", refusal("302", "it redirects to").of(302),
			func(t *talk) { http.Redirect(t.w, t.r, t.a.elsewhere+"/login", http.StatusFound) }),
		as("a redirect on the same host", atOnce+"the error says to correct `base_url`", refusal("308", "it redirects to another path", "set base_url").of(308),
			with(308, "", "Location", "/v2/chat/completions")),
	}
}

func limitRows() []row {
	busy := func(headers ...string) func(*talk) {
		return with(429, `{"error":{"message":"Rate limit reached"}}`, headers...)
	}
	waits := "waits as long as the server says, then " + retried
	return []row{
		as("429", "backs off for about a second, then two, then four; "+retried, lost("429 Too Many Requests", "lower rpm").of(429), busy()),
		as("429 with Retry-After in seconds", waits, lost("Rate limit reached").of(429).waiting(7*time.Second), busy("Retry-After", "7")),
		as("429 with Retry-After as a date", waits, lost("Rate limit reached").of(429).waiting(20*time.Second), func(t *talk) {
			busy("Retry-After", time.Now().Add(20*time.Second).UTC().Format(http.TimeFormat))(t)
		}),
		as("429 with Retry-After in milliseconds", waits, lost("Rate limit reached").of(429).waiting(2500*time.Millisecond), busy("Retry-After-Ms", "2500", "Retry-After", "3")),
		as("429 with rate-limit headers alone", waits, lost("Rate limit reached").of(429).waiting(6*time.Second).resting(6*time.Second),
			busy("X-Ratelimit-Remaining-Requests", "0", "X-Ratelimit-Reset-Requests", "6s", "X-Ratelimit-Remaining-Tokens", "1000", "X-Ratelimit-Reset-Tokens", "40s")),
		as("429 because the money is gone", atOnce+"waiting would not help", refusal("insufficient_quota", "no credit left").of(429).waiting(time.Second),
			with(429, `{"error":{"message":"You exceeded your quota","code":"insufficient_quota"}}`, "Retry-After", "1")),
		as("503 with Retry-After", waits, lost("503 Service Unavailable", "starting").of(503).waiting(30*time.Second), with(503, "starting", "Retry-After", "30")),
		as("500 with Retry-After", waits, lost("500 Internal Server Error").of(500).waiting(20*time.Second), with(500, "", "Retry-After", "20")),
		as("429 inside of 200", waits, lost("429 Too Many Requests", "Rate limit exceeded").of(429).waiting(7*time.Second),
			with(200, `{"error":{"message":"Rate limit exceeded","code":429}}`, "Retry-After", "7")),
		as("an answer whose headers say that the limit is used up", "takes the answer; the provider's next request waits for the limit", fine().resting(6*time.Second), func(t *talk) {
			t.header("X-Ratelimit-Remaining-Requests", "0", "X-Ratelimit-Reset-Requests", "6s").say(t.answer)
			t.end("stop")
		}),
	}
}

func connectionRows() []row {
	const headers = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
	there := as("a connection that is refused", retried+"; asks whether the server is running", lost("nothing listens there (connection refused)", "is the server running?"), func(t *talk) {
		t.say(t.answer)
		t.end("stop")
	})
	there.dials = 1
	return []row{
		there,
		as("a connection that is closed without a word", retried, lost("the connection failed", "EOF"), func(t *talk) { t.raw("") }),
		as("a reset before the headers", retried, lost("the connection failed"), func(t *talk) { t.reset("") }),
		as("a reset in the middle of the headers", retried, lost("the connection failed"), func(t *talk) { t.reset(headers[:30]) }),
		as("a reset in the middle of the answer", "keeps what came; "+retried, part("the connection failed"), func(t *talk) {
			t.say(t.head())
			t.heard()
			t.reset("")
		}),
		as("a reset after the finish reason", "takes the answer, which is whole; its tokens are estimated", guessed(), func(t *talk) {
			t.send(event(t.answer) + finish("stop"))
			t.complete()
			t.heard()
			t.reset("")
		}),
		as("a chunked body that is cut", "keeps what came; "+retried, part("the connection failed", "unexpected EOF"), func(t *talk) {
			t.say(t.head())
			t.heard()
			t.raw("")
		}),
		as("something that is not HTTP", retried, lost("the connection failed", "malformed HTTP"), func(t *talk) { t.raw("SSH-2.0-OpenSSH_9.9\r\n") }),
		as("HTTP 1.0, where the end of the connection ends the body", "takes the answer", fine(), func(t *talk) {
			t.complete()
			t.raw("HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + event(t.answer) + finish("stop") + counts + done)
		}),
		as("HTTP 1.0 that ends in the middle of the answer", "keeps what came; "+retried+": the end looks like any other, the finish reason is missing", part("without a finish reason"), func(t *talk) {
			t.raw("HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + event(t.head()))
		}),
	}
}

func silenceRows() []row {
	rows := []row{
		as("silence instead of headers", "ends it after `deadlines.first_token`; "+retried, lost("no first word came within 1m30s").lasting(90*time.Second), func(t *talk) { t.hang() }),
		as("silence before the first word", "ends it after `deadlines.first_token`; "+retried, lost("no first word came within 1m30s").lasting(90*time.Second).ended("", "estimated"), func(t *talk) {
			t.send(delta(map[string]any{"role": "assistant"}))
			t.hang()
		}),
		as("keep-alive comments and never a word", "ends it after `deadlines.first_token`; "+retried, lost("no first word came within 1m30s").lasting(90*time.Second), func(t *talk) {
			for t.send(": OPENROUTER PROCESSING\n\n") && t.wait(time.Second) {
			}
		}),
		as("silence in the middle of the answer", "ends it after `deadlines.idle`, keeps what came; "+retried, part("the stream fell silent: nothing more came within 1m0s").lasting(time.Minute), func(t *talk) {
			t.say(t.head())
			t.hang()
		}),
		as("keep-alive comments in the middle of the answer, and no more words", "ends it after `deadlines.idle`, keeps what came; "+retried, part("fell silent").lasting(time.Minute), func(t *talk) {
			t.say(t.head())
			for t.send(": PROCESSING\n\n") && t.wait(time.Second) {
			}
		}),
		as("empty pieces in the middle of the answer, and no more words", "ends it after `deadlines.idle`, keeps what came; "+retried, part("fell silent").lasting(time.Minute), func(t *talk) {
			t.say(t.head())
			for t.send(event("")) && t.wait(time.Second) {
			}
		}),
		as("a finish reason that never comes", "ends it after `deadlines.idle`, keeps what came; "+retried, outcome{
			state: reviewers.Truncated, retryable: true, says: []string{"fell silent"}, kept: all, tokens: "estimated", took: time.Minute,
		}, func(t *talk) {
			t.say(t.answer)
			t.hang()
		}),
		as("a connection that stays open after the finish reason", "takes the answer five seconds later; its tokens are estimated", guessed().lasting(5*time.Second), func(t *talk) {
			t.send(event(t.answer) + finish("stop"))
			t.complete()
			t.hang()
		}),
		as("counts without end after the finish reason", "takes the answer five seconds later", fine().lasting(5*time.Second), func(t *talk) {
			t.send(event(t.answer) + finish("stop"))
			t.complete()
			for t.send(counts) && t.wait(time.Second) {
			}
		}),
		as("an answer byte by byte between keep-alive comments", "reads it, however long it takes", fine(), func(t *talk) {
			for _, letter := range t.answer {
				for _, b := range []byte(": still here\n\n" + event(string(letter))) {
					t.send(string([]byte{b}))
					t.wait(100 * time.Millisecond)
				}
			}
			t.send(finish("stop") + counts + done)
			t.complete()
		}),
		as("a word every minute less a second", "reads it, however long it takes", fine(), func(t *talk) {
			for _, line := range strings.SplitAfter(strings.TrimSuffix(t.answer, "\n"), "\n") {
				t.say(line)
				t.wait(59 * time.Second)
			}
			t.say("\n")
			t.end("stop")
		}),
	}
	for i := range rows {
		rows[i].slow = true
	}
	return rows
}

func cutRows() []row {
	return []row{
		as("a stream that ends without its end marker and without a finish reason", "keeps what came; "+retried, part("the stream was cut: it ended without a finish reason"), func(t *talk) { t.say(t.head()) }),
		as("an end marker without a finish reason", "keeps what came; "+retried, part("without a finish reason"), func(t *talk) { t.send(event(t.head()) + done) }),
		as("a finish reason without an end marker", "takes the answer: many servers leave the marker out", fine(), func(t *talk) {
			t.send(event(t.answer) + finish("stop") + counts)
			t.complete()
		}),
		as("a finish reason of null for ever", "keeps what came; "+retried, part("without a finish reason").ended("", "counted"), func(t *talk) {
			t.send(event(t.head()) + chunk(map[string]any{"delta": map[string]any{}, "finish_reason": nil}) + counts + done)
		}),
		as("a finish reason that is the text null", "keeps what came; "+retried, part("without a finish reason"), func(t *talk) { t.send(event(t.head()) + finish("null") + done) }),
		as("a finish reason twice", "takes the answer", fine(), func(t *talk) {
			t.send(event(t.answer) + finish("stop"))
			t.end("stop")
		}),
		as("a finish reason with every piece", "takes the answer when its end marker comes", fine(), func(t *talk) {
			t.send(finished(t.head()) + finished(t.tail()) + counts + done)
			t.complete()
		}),
		as("a finish reason with every piece, and a cut", "keeps what came; "+retried+": such finish reasons mean nothing", part("the stream was cut"), func(t *talk) {
			t.send(finished(t.head()[:10]) + finished(t.head()[10:]))
		}),
		as("no event at all", retried, lost("the answer is empty"), func(t *talk) { t.send(": nothing\n\n") }),
		as("an end marker alone", retried, lost("its list of choices is empty"), func(t *talk) { t.send(done) }),
		as("an empty list of choices", retried, lost("its list of choices is empty").by("m-1"), func(t *talk) { t.send(`data: {"model":"m-1","choices":[]}` + "\n\n" + done) }),
		as("an event that is no JSON", "keeps what came; "+retried+"; the event's beginning is in the error", part("an event that is no JSON", "[oops"), func(t *talk) {
			t.send(event(t.head()) + "data: {\"choices\": [oops\n\n" + event(t.tail()) + finish("stop") + done)
		}),
		as("an event that is JSON and no piece of an answer", "keeps what came; "+retried, part("an event that is no piece of an answer"), func(t *talk) {
			t.send(event(t.head()) + "data: [1,2,3]\n\n" + done)
		}),
	}
}

// finished is a piece of an answer with a finish reason of its own.
func finished(content string) string {
	return chunk(map[string]any{"index": 0, "delta": map[string]any{"content": content}, "finish_reason": "stop"})
}

func errorRows() []row {
	const overloaded = `{"error":{"message":"Provider overloaded","code":503}}`
	after := "keeps what came; " + retried
	return []row{
		as("an error event after some of the answer", after, part("503 Service Unavailable", "Provider overloaded").of(503), func(t *talk) {
			t.send(event(t.head()) + "data: " + overloaded + "\n\n")
		}),
		as("an error event, then silence", after+"; does not wait for the silence to end", part("broke (server_error)"), func(t *talk) {
			t.send(event(t.head()) + `data: {"error":{"message":"broke","type":"server_error"}}` + "\n\n")
			t.hang()
		}),
		as("an error event that repeats the key", after+"; the key is not in the error", part("bad key [key]"), func(t *talk) {
			t.send(event(t.head()) + fmt.Sprintf(`data: {"error":"bad key %s"}`, plantedKey) + "\n\n")
		}),
		as("an error event known by its name alone", after, part("out of memory"), func(t *talk) {
			t.send(event(t.head()) + "event: error\ndata: {\"message\":\"out of memory\"}\n\n")
		}),
		as("an error event known by its type alone", after, part("out of memory"), func(t *talk) {
			t.send(event(t.head()) + `data: {"object":"error","message":"out of memory"}` + "\n\n" + done)
		}),
		as("an error in a field of its own, as llama.cpp sends it", after, part("500 Internal Server Error", "slot unavailable").of(500), func(t *talk) {
			t.send(event(t.head()) + `error: {"code":500,"message":"slot unavailable"}` + "\n\n")
		}),
		as("an error event for good", "keeps what came, fails at once", part("prompt is too long", "lower guards.warn").forGood(), func(t *talk) {
			t.send(event(t.head()) + `data: {"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens"}}` + "\n\n")
		}),
		as("a finish reason of error", after, part("the model's provider broke off with an error").ended("error", "counted"), func(t *talk) {
			t.send(event(t.head()) + finish("error") + counts + done)
		}),
		as("a proxy's page in the middle of the stream", after+"; the page's title is in the error", part("the stream was cut", `"Gateway timeout"`), func(t *talk) {
			t.send(event(t.head()) + "\n<html><head><title>Gateway timeout</title></head></html>\n")
		}),
		as("a bare error in the middle of the stream", after, part("503 Service Unavailable", "Provider overloaded").of(503), func(t *talk) {
			t.send(event(t.head()) + overloaded)
		}),
	}
}

func bodyRows() []row {
	const sse, jsonType = "text/event-stream", "application/json"
	return []row{
		as("200 with a page of HTML", atOnce+"the page's title is in the error, and a doubt about `base_url`", refusal(`a page of HTML instead of an answer ("Sign in")`, "is base_url right?"),
			with(200, "<!doctype html><html><head><title>Sign in</title></head></html>", "Content-Type", "text/html")),
		as("200 with prose", atOnce+"the prose is in the error", refusal("It works!"), with(200, "It works!", "Content-Type", "text/plain")),
		as("200 with an error", retried, lost("503 Service Unavailable", "overloaded").of(503), with(200, `{"error":{"message":"overloaded","code":503}}`, "Content-Type", jsonType)),
		as("200 with an error for good", atOnce+"the server's words are in the error", refusal("404 Not Found", "No such model").of(404), with(200, `{"error":{"message":"No such model","code":"404"}}`, "Content-Type", jsonType)),
		as("200 with an error without a code", retried, lost("it answered with an error: try later"), with(200, `{"error":"try later"}`, "Content-Type", jsonType)),
		as("200 with nothing", retried, lost("the answer is empty"), with(200, "", "Content-Type", sse)),
		as("a whole answer where a stream was asked for", "takes it: it says why it ended, as a stream does", fine(), func(t *talk) {
			t.complete()
			t.refuse(200, full(t.answer, "stop"), "Content-Type", jsonType)
		}),
		as("a whole answer where a stream was asked for, without its finish reason", "keeps it; "+retried, part("without a finish reason").ended("", "counted"), func(t *talk) {
			t.refuse(200, full(t.head(), ""), "Content-Type", jsonType)
		}),
		as("a whole answer that is cut in its middle", retried, lost("cut in the middle of its JSON"), func(t *talk) {
			body := full(t.answer, "stop")
			t.refuse(200, body[:len(body)/2], "Content-Type", jsonType)
		}),
		as("a whole answer without choices", retried, lost("it answered with an error"), with(200, `{"object":"chat.completion","model":"m-1","choices":[]}`, "Content-Type", jsonType)),
		as("a stream under a wrong content type", "takes the answer", fine(), func(t *talk) {
			t.header("Content-Type", "text/html").say(t.answer)
			t.end("stop")
		}),
	}
}

func packedRows() []row {
	return []row{
		as("a compressed stream", "takes the answer", fine(), func(t *talk) {
			t.packed(event(t.answer)+finish("stop")+counts+done, true)
			t.complete()
		}),
		as("a compressed stream that is cut", "keeps what came; "+retried, part("the connection failed", "unexpected EOF"), func(t *talk) {
			t.packed(event(t.head()), false)
		}),
		as("a compression that nobody asked for", atOnce+"names the compression", refusal(`compressed with "br"`), with(200, "\x0b\x02\x80", "Content-Encoding", "br")),
		as("a compression that is none", "takes the answer", fine(), func(t *talk) {
			t.header("Content-Encoding", "identity").say(t.answer)
			t.end("stop")
		}),
		as("503 with a compression that nobody asked for", retried, lost("503 Service Unavailable", `compressed with "zstd"`).of(503), with(503, "\x28\xb5\x2f\xfd", "Content-Encoding", "zstd")),
		as("a stream that says that it is compressed, and is not", retried, lost("the connection failed", "gzip"), func(t *talk) {
			t.header("Content-Encoding", "gzip").say(t.answer)
			t.end("length")
		}),
	}
}

// packed sends a compressed body, with its end or without.
func (t *talk) packed(text string, whole bool) {
	data := zipped(text)
	if !whole {
		data = data[:len(data)-8] // without its sum and size
	}
	t.header("Content-Encoding", "gzip", "Content-Type", "text/event-stream").send(data)
}

func zipped(text string) string {
	var b strings.Builder
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, text)
	_ = z.Close()
	return b.String()
}

// formRows are no faults of the answer: it is read in whatever form it comes.
func formRows() []row {
	form := func(name string, text func(t *talk) string) row {
		return as(name, "takes the answer", fine(), func(t *talk) {
			t.send(text(t))
			t.complete()
		})
	}
	plain := func(t *talk) string { return event(t.head()) + event(t.tail()) + finish("stop") + counts + done }
	replaced := func(old, by string) func(*talk) string {
		return func(t *talk) string { return strings.ReplaceAll(plain(t), old, by) }
	}
	return []row{
		form("thousands of keep-alive comments and blank lines", func(t *talk) string {
			return strings.Repeat(": OPENROUTER PROCESSING\n\n", 3000) + event(t.head()) + strings.Repeat("\n", 3000) + event(t.tail()) + finish("stop") + counts + done
		}),
		form("lines that end in CRLF", replaced("\n", "\r\n")),
		form("a byte order mark", func(t *talk) string { return "\ufeff" + plain(t) }),
		form("no space after the colon", replaced("data: ", "data:")),
		form("no blank lines between events", replaced("\n\n", "\n")),
		form("an event over several data lines", replaced(`,"choices"`, ",\ndata: \"choices\"")),
		form("a second choice that nobody asked for", func(t *talk) string {
			return event(t.head()) + chunk(map[string]any{"index": 1, "delta": map[string]any{"content": "other"}, "finish_reason": "length"}) + event(t.tail()) + finish("stop") + counts + done
		}),
		form("event names and ids", replaced("data: {", "event: message\nid: 1\nretry: 10\ndata: {")),
		form("a last line without its end", func(t *talk) string { return strings.TrimSuffix(plain(t), "\n\n"+done) }),
		as("a stream cut at every byte, also inside of letters", "takes the answer", fine(), func(t *talk) {
			for _, b := range []byte(plain(t)) {
				t.send(string([]byte{b}))
			}
			t.complete()
		}),
	}
}

func countRows() []row {
	return []row{
		as("no usage", "estimates the tokens, and says that they are estimates", guessed(), func(t *talk) {
			t.send(event(t.answer) + finish("stop") + done)
			t.complete()
		}),
		as("usage of null", "estimates the tokens, and says that they are estimates", guessed(), func(t *talk) {
			t.send(event(t.answer) + finish("stop") + `data: {"choices":[],"usage":null}` + "\n\n" + done)
			t.complete()
		}),
		as("usage that is nonsense", "estimates the tokens, and says that they are estimates", guessed(), func(t *talk) {
			t.send(event(t.answer) + finish("stop") + `data: {"choices":[],"usage":{"prompt_tokens":"many","completion_tokens":-1}}` + "\n\n" + done)
			t.complete()
		}),
		as("usage in every piece", "counts the last one, not their sum", fine(), func(t *talk) {
			piece := strings.Replace(event(t.answer), `"choices"`, `"usage":{"prompt_tokens":10,"completion_tokens":1},"choices"`, 1)
			t.send(piece)
			t.end("stop")
		}),
		as("a server that refuses to be asked for usage", "asks again without asking for it", lost("422 Unprocessable Entity", "stream_options").of(422), with(422, `{"detail":[{"loc":["body","stream_options"],"msg":"stream_options: extra inputs are not permitted"}]}`)),
	}
}

// answerRows are answers that ended as their servers wanted. The states are those
// of a judge that takes every word for engagement; the tally asks for more.
func answerRows() []row {
	ends := func(state reviewers.State, reason string, kept func(string) string) outcome {
		return outcome{state: state, finish: reason, kept: kept, tokens: "counted"}
	}
	sends := func(reason string, pieces func(t *talk) string) func(*talk) {
		return func(t *talk) {
			t.send(pieces(t) + finish(reason) + counts + done)
			if reason == "stop" {
				t.complete()
			}
		}
	}
	head := func(t *talk) string { return event(t.head()) }
	thought := ends(reviewers.Disengaged, "stop", nil)
	thought.thinking = "hm, well"
	marked := fine()
	marked.kept = func(s string) string { return half(s) + "\ufffd\ufffd" + rest(s) }
	nul := fine()
	nul.kept = func(s string) string { return half(s) + "\x00" + rest(s) }
	call := map[string]any{"tool_calls": []any{map[string]any{"index": 0, "id": "1", "function": map[string]any{"name": "read", "arguments": "{}"}}}}
	return []row{
		as("finish reason length", "the seat is truncated", ends(reviewers.Truncated, "length", half), sends("length", head)),
		as("finish reason content_filter", "the seat is truncated", ends(reviewers.Truncated, "content_filter", half), sends("content_filter", head)),
		as("a call of a tool instead of words", "the seat is disengaged: there are no words", ends(reviewers.Disengaged, "tool_calls", nil), sends("tool_calls", func(*talk) string { return delta(call) })),
		as("thinking and never a word", "keeps the thinking; the seat is disengaged: there are no words", thought, func(t *talk) {
			t.send(delta(map[string]any{"reasoning_content": "hm, "}) + delta(map[string]any{"reasoning": "well"}))
			t.send(finish("stop") + counts + done)
		}),
		as("a refusal of the model", "takes its words for the answer, in which there is no COVERED line", ends(reviewers.Engaged, "stop", half), func(t *talk) {
			t.answer = t.head()
			t.send(delta(map[string]any{"refusal": t.answer}))
			t.end("stop")
		}),
		as("another model than the one asked for", "takes the answer, and counts it under the lineage of the model that gave it", fine().by("someone/else-7b"), func(t *talk) {
			t.send(strings.ReplaceAll(event(t.answer)+finish("stop")+counts+done, `"m-1"`, `"someone/else-7b"`))
			t.complete()
		}),
		as("bytes that are no UTF-8", "takes the answer, with \\ufffd for each such byte", marked, spoilt("\xff\xfe", "\ufffd\ufffd")),
		as("a letter that two events share", "takes the answer, with \\ufffd for each of its bytes", marked, func(t *talk) {
			first, second := event(t.head()+"|"), event("|"+t.tail())
			t.answer = t.head() + "\ufffd\ufffd" + t.tail()
			t.send(strings.Replace(first, "|", "\xc3", 1) + strings.Replace(second, "|", "\xa9", 1))
			t.end("stop")
		}),
		as("a NUL in the answer", "takes the answer as it is", nul, spoilt(`\u0000`, "\x00")),
		as("a bare NUL in an event", retried, lost("an event that is no JSON"), spoilt("\x00", "")),
	}
}

// spoilt puts bytes into the middle of an answer, which is then read as told.
func spoilt(raw, read string) func(*talk) {
	return func(t *talk) {
		t.send(strings.Replace(event(t.head()+"|"+t.tail()), "|", raw, 1))
		t.answer = t.head() + read + t.tail()
		t.send(finish("stop") + counts + done)
		if read != "" {
			t.complete()
		}
	}
}

func sizeRows() []row {
	const mb = 1 << 20
	piece := strings.Repeat("x", 64<<10) // of an answer
	flood := func(t *talk, raw string, times int) {
		for range times {
			if !t.send(raw) {
				return
			}
		}
	}
	long8 := refusal("the answer is longer than 8 MB")
	long8.state, long8.tokens = reviewers.Truncated, "estimated"
	long8.kept = func(string) string { return strings.Repeat("x", 8*mb+len(piece)) }
	rows := []row{
		{fault: fault{"an event of 100 MB", func(t *talk) {
			t.say(t.head())
			t.heard()
			t.send(`data: {"choices":[{"delta":{"content":"`)
			flood(t, strings.Repeat("x", 64<<10), 1600)
		}}, does: "stops reading at 4 MB, keeps what came before, fails at once", want: part("a line of the stream is longer than 4 MB").forGood(), most: 16 * mb},
		{fault: fault{"an event of 100 MB in very many lines", func(t *talk) {
			t.say(t.head())
			t.heard()
			t.send("data: {\"choices\":[{\"delta\":{\"content\":\"\n")
			flood(t, strings.Repeat("data:xxxxxx\n", 8<<10), 1000)
		}}, does: "stops reading at 4 MB, keeps what came before, fails at once", want: part("an event of the stream is longer than 4 MB").forGood(), most: 24 * mb},
		{fault: fault{"an answer without end", func(t *talk) { flood(t, event(piece), 1<<20) }},
			does: "stops reading at 8 MB and keeps them, fails at once", want: long8, most: 24 * mb},
		{fault: fault{"comments without end, as fast as they go", func(t *talk) {
			flood(t, ":"+strings.Repeat("x", 64<<10)+"\n", 1<<20)
		}}, does: "stops reading at 64 MB, fails at once", want: refusal("the stream is longer than 64 MB"), most: 90 * mb},
		{fault: fault{"a page without end", func(t *talk) { flood(t, "<html>"+strings.Repeat("x", 64<<10)+"\n", 1<<20) }},
			does: "stops reading at 4 MB, fails at once", want: refusal("the answer is longer than 4 MB"), most: 16 * mb},
		{fault: fault{"a refusal without end", func(t *talk) {
			t.w.WriteHeader(500)
			flood(t, strings.Repeat("x", 64<<10), 1<<20)
		}}, does: "reads 64 KB of it, shows less; " + retried, want: lost("500 Internal Server Error", "xxx").of(500), most: 16 * mb},
		{fault: fault{"a compressed body that unpacks without end", func(t *talk) {
			t.header("Content-Encoding", "gzip", "Content-Type", "text/event-stream")
			flood(t, zipped(":"+strings.Repeat(" ", mb)+"\n"), 1<<20) // members of one file
		}}, does: "stops reading at 64 MB unpacked, fails at once", want: refusal("the stream is longer than 64 MB"), most: 16 * mb},
	}
	for i := range rows {
		rows[i].heavy = true
	}
	return rows
}
