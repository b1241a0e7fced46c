package exchange

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"scrum/parity/cases"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func client(t *testing.T) *Client {
	t.Helper()
	c := NewClient(Options{Timeout: 5 * time.Second, Concurrency: 2, MemoryBody: 1000, KeepBody: 5000})
	t.Cleanup(c.Close)
	return c
}

func serve(t *testing.T, h http.HandlerFunc) Target {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	to, err := NewTarget("t", server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return to
}

func TestARequestIsSentAsTheCaseSays(t *testing.T) {
	var got []string
	to := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		user, password, _ := r.BasicAuth()
		got = append(got, strings.Join([]string{r.Method, r.URL.RequestURI(), r.Header.Get("X-A"), r.Header.Get("Accept-Encoding"), r.Header.Get("User-Agent"), user + ":" + password, string(body)}, "|"))
	})
	c := client(t)
	send := func(base string, k cases.Case) {
		target, err := NewTarget("t", base)
		if err != nil {
			t.Fatal(err)
		}
		a, err := c.Send(t.Context(), target, &k)
		if err != nil || !a.Whole() {
			t.Fatalf("%v, %+v", err, a)
		}
		a.Body.Close()
	}
	send(to.Address(), cases.Case{Method: "GET", Path: "/a%2Fb?x=1"})
	send(to.Address()+"/base/", cases.Case{Method: "POST", Path: "/a%2Fb", Body: "x", Header: []cases.Field{{Name: "X-A", Value: "1"}, {Name: "User-Agent", Value: "me"}}})
	send(strings.Replace(to.Address(), "//", "//u:p@", 1), cases.Case{Method: "GET", Path: "//double"})
	want := []string{"GET|/a%2Fb?x=1|||scrum-parity|:|", "POST|/base/a%2Fb|1||me|:|x", "GET|//double|||scrum-parity|u:p|"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestBodiesAreHeldByTheirSize(t *testing.T) {
	var sent string
	to := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, sent) })
	c := client(t)
	get := func(body string) *Body {
		sent = body
		a, err := c.Send(t.Context(), to, &cases.Case{Method: "GET", Path: "/"})
		if err != nil || !a.Whole() {
			t.Fatalf("%v, %+v", err, a)
		}
		t.Cleanup(a.Body.Close)
		return a.Body
	}
	for _, size := range []int{0, 1, 999, 1000, 1001, 1002, 4999, 5000, 5001, 20_000} {
		text := strings.Repeat("0123456789", size/10+1)[:size]
		x, y, z := get(text), get(text), get(text+"!")
		if x.Size() != int64(size) || !x.Same(y) || x.Same(z) || z.Same(x) {
			t.Errorf("%d bytes: size %d, same %t, not the same %t", size, x.Size(), x.Same(y), !x.Same(z))
		}
		if size > 0 {
			other := get("#" + text[1:])
			if x.Same(other) || x.SHA256() == other.SHA256() {
				t.Errorf("%d bytes: another body of that size is the same", size)
			}
		}
		if kept := x.Kept(); kept != (size <= 5000) {
			t.Errorf("%d bytes: kept whole %t", size, kept)
		}
		data, err := x.Bytes(1 << 20)
		if err != nil || !bytes.HasPrefix([]byte(text), data) || x.Kept() && len(data) != size {
			t.Errorf("%d bytes: %d were kept, %v", size, len(data), err)
		}
		if x.SHA256() != NewBody([]byte(text)).SHA256() {
			t.Errorf("%d bytes: another digest than that of the text", size)
		}
	}
}

func TestAClosedBodyLeavesNoFile(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	t.Setenv("TMP", folder)
	to := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 20_000)) })
	a, err := client(t).Send(t.Context(), to, &cases.Case{Method: "GET", Path: "/"})
	if err != nil {
		t.Fatal(err)
	}
	a.Body.Close()
	left, err := os.ReadDir(os.TempDir())
	if err != nil || len(left) > 0 {
		t.Errorf("%d files are left, %v", len(left), err)
	}
}

func TestACancelledContextIsAnErrorAndNoAnswer(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	to := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	if a, err := client(t).Send(ctx, to, &cases.Case{Method: "GET", Path: "/"}); !errors.Is(err, context.Canceled) {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestAPathThatIsNoneIsAFailureThatSaysSo(t *testing.T) {
	to := serve(t, func(http.ResponseWriter, *http.Request) {})
	a, err := client(t).Send(t.Context(), to, &cases.Case{Method: "GET", Path: "{{at}}"})
	if err != nil || a.Whole() || !strings.Contains(a.Failure.Msg, "is no path of a URL") {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestAddressesShowNoPassword(t *testing.T) {
	to, err := NewTarget("a", "https://user:secret@example.com/base/")
	if err != nil || to.Address() != "https://example.com/base" {
		t.Errorf("%s, %v", to.Address(), err)
	}
	to.Base.Host = "127.0.0.1:1"
	if err := to.Reach(t.Context(), time.Second); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("%v", err)
	}
}
