package parity

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"scrum/parity/compare"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// pair are two servers and what is asked of them.
type pair struct{ a, b http.HandlerFunc }

func (p pair) run(t *testing.T, section string) *Result {
	t.Helper()
	a, b := httptest.NewServer(p.a), httptest.NewServer(p.b)
	t.Cleanup(a.Close)
	t.Cleanup(b.Close)
	return runAt(t, a.URL, b.URL, section)
}

func runAt(t *testing.T, a, b, section string) *Result {
	t.Helper()
	s, err := decode(fmt.Sprintf("targets: {a: %q, b: %q}\n", a, b) + section)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Load(os.ReadFile); err != nil {
		t.Fatal(err)
	}
	r, err := Run(t.Context(), &s, Options{Now: time.Now, ToolVersion: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func says(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func jsonSays(body string) http.HandlerFunc { return says(200, "application/json", body) }

// hijacked gives a handler the bare connection.
func hijacked(do func(net.Conn)) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		defer func() { _ = conn.Close() }()
		do(conn)
	}
}

func causes(r *Result) []string {
	out := []string{}
	for _, d := range r.Divergences {
		out = append(out, fmt.Sprintf("%s %s %s,%s", d.Class, d.Path, d.Types[0], d.Types[1]))
	}
	return out
}

const one = "repeat: 1\ntimeout: 2s\ncases: [{name: one, path: /}]\n"

func TestAnswersAreComparedInLayers(t *testing.T) {
	whole := jsonSays(`{"a":1}`)
	write := func(s string) http.HandlerFunc {
		return hijacked(func(c net.Conn) { _, _ = io.WriteString(c, s) })
	}
	for _, c := range []struct {
		name string
		pair pair
		want []string
		code int
	}{
		{"the same", pair{whole, whole}, []string{}, 0},
		{"other bytes that say the same", pair{whole, jsonSays(" {\"\\u0061\": 1}\n")}, []string{}, 0},
		{"a charset that JSON has anyway", pair{whole, says(200, "application/json; charset=UTF-8", `{"a":1}`)}, []string{}, 0},
		{"status", pair{whole, says(500, "application/json", `{"a":1}`)}, []string{"status status 200,500"}, 1},
		{"content type", pair{whole, says(200, "text/json", `{"a":1}`)}, []string{"content type content type text,text"}, 1},
		{"value", pair{whole, jsonSays(`{"a":2}`)}, []string{"number .a number,number"}, 1},
		{"text", pair{says(200, "text/plain", "a\nb"), says(200, "text/plain", "a\nc")}, []string{"text body text,text"}, 1},
		{"bytes", pair{says(200, "image/x", "\xff\x01"), says(200, "image/x", "\xff\x02")}, []string{"bytes body bytes,bytes"}, 1},
		{"JSON that is none", pair{whole, jsonSays(`{"a":1`)}, []string{"not JSON body JSON,text"}, 1},
		{"a body and none", pair{whole, jsonSays("")}, []string{"not JSON body JSON,empty"}, 1},
		{"redirects are compared and not followed", pair{
			func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/new", http.StatusFound) },
			func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/other", http.StatusFound) },
		}, []string{"headers header location text,text", "text body text,text"}, 1},
		{"an address of its own is no difference", pair{location(""), location("")}, []string{}, 0},
		{"another address is one", pair{location(""), location("0")}, []string{"headers header location text,text"}, 1},
		{"closed before an answer", pair{whole, hijacked(func(net.Conn) {})}, []string{"transport transport answer,closed"}, 1},
		{"reset", pair{whole, hijacked(func(c net.Conn) { _ = c.(*net.TCPConn).SetLinger(0) })}, []string{"transport transport answer,reset"}, 1},
		{"broken off", pair{whole, write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n{\"a\":1}")},
			[]string{"transport transport answer,truncated"}, 1},
		{"a chunk broken off", pair{whole, write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n{\"a\":1}\r\n")},
			[]string{"transport transport answer,truncated"}, 1},
		{"no HTTP", pair{whole, write("hello\r\n\r\n")}, []string{"transport transport answer,malformed"}, 1},
		{"broken off on both sides is no match", pair{hijacked(func(net.Conn) {}), hijacked(func(net.Conn) {})}, []string{}, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := c.pair.run(t, one)
			if diff := cmp.Diff(c.want, causes(r)); diff != "" {
				t.Error(diff)
			}
			if r.Verdict.ExitCode != c.code {
				t.Errorf("exit code %d, not %d: %s", r.Verdict.ExitCode, c.code, r.Verdict.Reason)
			}
			checkDocument(t, r)
		})
	}
}

// location names the server itself, or another one.
func location(other string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "http://"+r.Host+other+"/x")
	}
}

// checkDocument holds counts to adding up, and the document to coming back as it was.
func checkDocument(t *testing.T, r *Result) {
	t.Helper()
	n := r.Totals
	if n.Match+n.Diff+n.NotCompared+n.NotExecuted != n.Cases || n.Cases != len(r.Cases) || n.Divergences != len(r.Divergences) {
		t.Errorf("the counts do not add up: %+v", n)
	}
	for _, c := range r.Cases {
		if (c.State == StateDiff) != (len(c.Divergences) > 0) {
			t.Errorf("case %s is %s with %d divergences", c.Name, c.State, len(c.Divergences))
		}
	}
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(data, []byte(":null")) {
		t.Errorf("a list is null: …%s", data[max(0, bytes.Index(data, []byte(":null"))-60):][:80])
	}
	again, err := DecodeResult(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r, again); diff != "" {
		t.Error(diff)
	}
}

func TestASlowAnswerIsATransportDifference(t *testing.T) {
	stop := make(chan struct{})
	defer close(stop)
	r := pair{jsonSays("1"), func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-stop:
		case <-r.Context().Done():
		}
	}}.run(t, strings.Replace(one, "2s", "100ms", 1))
	if diff := cmp.Diff([]string{"transport transport answer,timeout"}, causes(r)); diff != "" {
		t.Error(diff)
	}
}

func TestACertificateThatNobodyTrustsIsATransportDifference(t *testing.T) {
	a := httptest.NewServer(jsonSays("1"))
	defer a.Close()
	b := httptest.NewUnstartedServer(jsonSays("1"))
	b.Config.ErrorLog = quietLog()
	b.StartTLS()
	defer b.Close()
	if diff := cmp.Diff([]string{"transport transport answer,tls"}, causes(runAt(t, a.URL, b.URL, one))); diff != "" {
		t.Error(diff)
	}
}

func TestATargetThatIsNotThereIsNoDivergence(t *testing.T) {
	a := httptest.NewServer(jsonSays("1"))
	defer a.Close()
	gone := httptest.NewServer(nil)
	gone.Close()
	r := runAt(t, a.URL, strings.Replace(gone.URL, "http://", "http://user:secret@", 1), one)
	if r.Verdict.ExitCode != 4 || r.Totals.NotExecuted != 1 || !strings.Contains(r.Cases[0].Cause, "target b at "+gone.URL+" cannot be reached") {
		t.Errorf("%+v: %s", r.Verdict, r.Cases[0].Cause)
	}
	if data, _ := json.Marshal(r); bytes.Contains(data, []byte("secret")) {
		t.Errorf("the password is in the result: %s", data)
	}
}

func TestNoiseIsListedAndNotCounted(t *testing.T) {
	var n atomic.Int64
	count := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			k := n.Add(1)
			order := `"x","y"`
			if k%2 == 0 {
				order = `"y","x"`
			}
			jsonSays(strings.NewReplacer("N", fmt.Sprint(k), "ORDER", order).Replace(body))(w, r)
		}
	}
	body := `{"at":N,"l":[{"id":1,"t":"N"},{"id":2,"t":"N"}],"o":[ORDER],"v":1}`
	r := pair{count(body), count(body)}.run(t, strings.Replace(one, "repeat: 1", "repeat: 5", 1))
	if diff := cmp.Diff([]string{}, causes(r)); diff != "" {
		t.Error(diff)
	}
	var noise []string
	for _, n := range r.Noise {
		noise = append(noise, fmt.Sprintf("%s %s", n.Class, n.Path))
		if n.Path == ".at" && (len(n.Targets) != 1 || n.Targets[0] != "b") {
			t.Errorf("%s shows at %v", n.Path, n.Targets)
		}
	}
	if diff := cmp.Diff([]string{"number .at", "text .l[].t", "order .o"}, noise); diff != "" {
		t.Error(diff)
	}
	if r.Cases[0].Comparisons[0].Layers[compare.Value] != compare.Noisy || r.Verdict.ExitCode != 0 {
		t.Errorf("%v %v", r.Cases[0].Comparisons[0].Layers, r.Verdict)
	}
	checkDocument(t, r)

	// What is beyond the noise still counts: another kind, another element, another value.
	r = pair{count(body), count(`{"at":"N","l":[{"id":1,"t":"N"}],"o":[ORDER],"v":2}`)}.run(t, strings.Replace(one, "repeat: 1", "repeat: 5", 1))
	if diff := cmp.Diff([]string{"type .at number,string", "missing field .l[] object,absent", "number .v number,number"}, causes(r)); diff != "" {
		t.Error(diff)
	}
}

func TestABodyThatIsAllNoiseIsNoMatch(t *testing.T) {
	var n atomic.Int64
	page := func(w http.ResponseWriter, r *http.Request) {
		says(200, "text/html", fmt.Sprintf("<p>%d", n.Add(1)))(w, r)
	}
	r := pair{page, page}.run(t, strings.Replace(one, "repeat: 1", "repeat: 2", 1))
	if r.Verdict.ExitCode != 4 || r.Cases[0].State != StateNotCompared || !strings.Contains(r.Cases[0].Cause, "does not answer twice alike") {
		t.Errorf("%+v: %s", r.Verdict, r.Cases[0].Cause)
	}
}

func TestCapturesAreEachTargetsOwn(t *testing.T) {
	var mu sync.Mutex
	var paths []string
	server := func(id string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			paths = append(paths, r.Method+" "+r.URL.Path)
			mu.Unlock()
			if r.Method == http.MethodPost {
				w.Header().Set("Location", "/items/"+id)
				says(201, "application/json", `{"id":"`+id+`"}`)(w, r)
				return
			}
			jsonSays(`{"ok":true}`)(w, r)
		}
	}
	r := pair{server("a1"), server("b2")}.run(t, `
headers: []
cases:
  - {name: read, path: "/items/{{id}}"}
  - {name: create, path: /items, method: POST, isolation: shared, json: {}, capture: {id: .id, at: "header:Location"}}
  - {name: follow, path: "{{at}}"}
  - {name: lost, path: "/x/{{none}}"}
  - {name: source of nothing, path: /items/0, capture: {none: .nothing}}
rules: [{path: .id, do: type_only, reason: made by the server}, {path: .never, do: ignore, reason: gone}]
`)
	if diff := cmp.Diff([]string{}, causes(r)); diff != "" {
		t.Error(diff)
	}
	states := map[string]string{}
	for _, c := range r.Cases {
		states[c.Name] = c.State
	}
	if diff := cmp.Diff(map[string]string{"read": "match", "create": "match", "follow": "match", "lost": "not executed", "source of nothing": "match"}, states); diff != "" {
		t.Error(diff)
	}
	got := strings.Join(paths, "\n")
	for _, want := range []string{"GET /items/a1", "GET /items/b2"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
	if n := strings.Count(got, "POST"); n != 2 {
		t.Errorf("a case that changes state was sent %d times", n)
	}
	if len(r.UnusedRules) != 1 || r.UnusedRules[0].Path != ".never" {
		t.Errorf("unused are %+v", r.UnusedRules)
	}
	if c := r.Cases[3].Cause; !strings.Contains(c, `{{none}} was not captured: target a, case "source of nothing": .nothing is not in the answer of status 200`) {
		t.Errorf("the cause is %q", c)
	}
	if r.Verdict.ExitCode != 4 {
		t.Errorf("%+v", r.Verdict)
	}
	checkDocument(t, r)
}

func TestNothingExecutedIsNoPass(t *testing.T) {
	r := pair{jsonSays("{}"), jsonSays("{}")}.run(t, "cases: [{name: a, path: /, capture: {x: .x}}, {name: b, path: '/{{x}}'}]")
	if r.Verdict.ExitCode != 4 || r.Totals.NotExecuted != 1 {
		t.Errorf("%+v %+v", r.Verdict, r.Totals)
	}
	empty := &Result{}
	if v := empty.decide(); v.ExitCode != 2 || v.Outcome != OutcomeNothing {
		t.Errorf("%+v", v)
	}
}

func TestAnExpectedStatusIsHeldForEveryTarget(t *testing.T) {
	notFound := says(404, "application/json", "{}")
	r := pair{notFound, notFound}.run(t, "cases: [{name: a, path: /, expect: {status: [200, 204]}}]")
	if diff := cmp.Diff([]string{"expectation status 200 204,404"}, causes(r)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"a", "b"}, r.Divergences[0].Targets); diff != "" {
		t.Error(diff)
	}
	checkDocument(t, r)
}

func TestNoSecretIsInTheResult(t *testing.T) {
	echo := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Set-Cookie", "sid=hush-cookie")
		w.Header().Set("X-Auth-Token", "hush-token")
		says(200, "text/plain", r.Host)(w, r)
	}
	s, err := decode(`
targets: {a: "http://u:hush-user@127.0.0.1:1", b: "http://127.0.0.1:2"}
cases: [{name: a, path: "/?api_key=hush-query", headers: {Authorization: hush-auth, Cookie: hush-cookie}}]`)
	if err != nil {
		t.Fatal(err)
	}
	for i := range s.Targets {
		server := httptest.NewServer(http.HandlerFunc(echo))
		defer server.Close()
		s.Targets[i].Base.Host = strings.TrimPrefix(server.URL, "http://")
	}
	if err := s.Load(os.ReadFile); err != nil {
		t.Fatal(err)
	}
	r, err := Run(t.Context(), &s, Options{Now: time.Now, KeepAll: true})
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(data, []byte("hush")) {
		t.Errorf("a secret is in the result: %s", data)
	}
	if !bytes.Contains(data, []byte("api_key=***")) || !bytes.Contains(data, []byte(`"Authorization","value":"***"`)) {
		t.Errorf("it does not say what was masked: %s", data)
	}
}

func TestLargeBodiesDoNotMultiplyInMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("sends 300 MB")
	}
	const size = 50 << 20
	block := bytes.Repeat([]byte("0123456789abcde\n"), 4096)
	serve := func(last string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for n := 0; n < size; n += len(block) {
				_, _ = w.Write(block)
			}
			_, _ = io.WriteString(w, last)
		}
	}
	before := allocated()
	r := pair{serve("x"), serve("x")}.run(t, strings.Replace(one, "2s", "60s", 1))
	if r.Verdict.ExitCode != 0 || r.Cases[0].Answers[1].Bytes != size+1 {
		t.Errorf("%+v", r.Verdict)
	}
	if used := allocated() - before; used > 20<<20 {
		t.Errorf("two bodies of 50 MB allocated %d MB", used>>20)
	}
	before = allocated()
	r = pair{serve("x"), serve("y")}.run(t, strings.Replace(one, "2s", "60s", 1))
	if diff := cmp.Diff([]string{"too large to look into body body,body"}, causes(r)); diff != "" {
		t.Error(diff)
	}
	if used := allocated() - before; used > 20<<20 {
		t.Errorf("two bodies of 50 MB that differ allocated %d MB", used>>20)
	}
	if cut := r.Cases[0].Answers[0].Body.Cut; cut < size-maxBody {
		t.Errorf("the body shown does not say that %d bytes are left out", cut)
	}
}

func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

func TestBodiesInFilesAreComparedLikeOthers(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	t.Setenv("TMP", folder)
	long := strings.Repeat(`{"id":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},`, 40_000)
	r := pair{jsonSays(`[` + long + `{"id":1.0}]`), jsonSays(`[` + long + `{"id":1}]`)}.run(t, one)
	if diff := cmp.Diff([]string{"number spelling .[].id number,number"}, causes(r)); diff != "" {
		t.Error(diff)
	}
	left, err := os.ReadDir(os.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range left {
		t.Errorf("%s is left behind", f.Name())
	}
}

func TestARunThatIsInterruptedEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	hang := func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}
	a, b := httptest.NewServer(http.HandlerFunc(hang)), httptest.NewServer(http.HandlerFunc(hang))
	defer a.Close()
	defer b.Close()
	s, err := decode(fmt.Sprintf("targets: {a: %q, b: %q}\ncases: [{path: /1}, {path: /2}]", a.URL, b.URL))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Load(os.ReadFile); err != nil {
		t.Fatal(err)
	}
	if _, err := Run(ctx, &s, Options{Now: time.Now}); err == nil || !strings.Contains(err.Error(), "canceled") {
		t.Errorf("%v", err)
	}
}
