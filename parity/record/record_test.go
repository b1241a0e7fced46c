package record

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scrum/parity/cases"
	"scrum/parity/exchange"
)

func recording(t *testing.T, opt Options) (*Recorder, *bytes.Buffer, string, *[]string) {
	t.Helper()
	var got []string
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = append(got, r.Method+" "+r.URL.RequestURI()+" "+r.Header.Get("Authorization")+" "+string(body))
		w.Header().Set("X-From", "target")
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(target.Close)
	to, err := exchange.NewTarget("t", target.URL)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	r := New(to, &out, opt)
	t.Cleanup(r.Close)
	proxy := httptest.NewServer(r)
	t.Cleanup(proxy.Close)
	return r, &out, proxy.URL, &got
}

func send(t *testing.T, method, url, body string, headers ...string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusAccepted || resp.Header.Get("X-From") != "target" {
		t.Errorf("%s %s was not passed on: %d", method, url, resp.StatusCode)
	}
}

func TestWhatPassesBecomesCasesWithoutItsSecrets(t *testing.T) {
	r, out, url, got := recording(t, Options{Isolation: "idempotent", MaxBody: 1000})
	send(t, "GET", url+"/v1/items?limit=2&api_key=hush", "", "Authorization", "Bearer hush", "Accept", "a", "Accept", "b", "Cookie", "s=hush")
	send(t, "POST", url+"/v1/items", `{"a": "it's\n", "n": 1.0}`, "Content-Type", "application/json")
	send(t, "POST", url+"/v1/items", "\x00\xff{{id}}", "Content-Type", "application/octet-stream")
	send(t, "PUT", url+"/big", strings.Repeat("x", 1001))
	send(t, "GET", url+"/head", "", "X-Odd", "{{id}}")

	if strings.Contains(out.String(), "hush") {
		t.Errorf("a secret was written:\n%s", out)
	}
	if !strings.Contains(out.String(), "# not written, as it is secret: query api_key, header Authorization, header Cookie") {
		t.Errorf("it does not say what is left out:\n%s", out)
	}
	if want := "GET /v1/items?limit=2&api_key=hush Bearer hush "; (*got)[0] != want {
		t.Errorf("the target got %q", (*got)[0])
	}
	n, lost, err := r.Recorded()
	if n != 3 || err != nil {
		t.Errorf("%d cases, %v", n, err)
	}
	if diff := cmp.Diff([]string{"PUT /big: its body has more than 1000 bytes", "GET /head: a header holds what a case would take for a capture"}, lost); diff != "" {
		t.Error(diff)
	}

	loaded, err := cases.Load([]cases.Source{{Kind: "file", Path: "rec.yaml"}}, ".", func(string) ([]byte, error) { return out.Bytes(), nil })
	if err != nil {
		t.Fatalf("what was written cannot be read: %v\n%s", err, out)
	}
	var read []string
	for _, c := range loaded.Cases {
		read = append(read, c.Name+" | "+c.Method+" "+c.Path+" | "+c.Isolation+" | "+c.Body)
	}
	want := []string{
		"GET /v1/items | GET /v1/items?limit=2&api_key=*** |  | ",
		"POST /v1/items | POST /v1/items | idempotent | {\"a\": \"it's\\n\", \"n\": 1.0}",
		"POST /v1/items #2 | POST /v1/items | idempotent | \x00\xff{{id}}",
	}
	if diff := cmp.Diff(want, read); diff != "" {
		t.Error(diff)
	}
}

func TestATargetThatIsGoneIsSaid(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	to, err := exchange.NewTarget("t", gone.URL)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	r := New(to, io.Discard, Options{MaxBody: 10})
	r.ServeHTTP(w, httptest.NewRequest("GET", "/x", nil))
	if w.Code != http.StatusBadGateway || !strings.Contains(w.Body.String(), "the target did not answer") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
