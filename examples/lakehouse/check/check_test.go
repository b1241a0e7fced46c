package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// echo answers with what it was asked.
func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	switch r.URL.Path {
	case "/moved":
		http.Redirect(w, r, "/", http.StatusFound)
		return
	case "/text":
		_, _ = io.WriteString(w, "hello")
		return
	case "/lost":
		w.WriteHeader(http.StatusNotFound)
	}
	w.Header().Set("Allow", "POST")
	fmt.Fprintf(w, `{"method": %q, "type": %q, "size": %d, "list": [{"id": "a"}, {"id": "b"}], "none": null, "big": 12345678901234567890}`, r.Method, r.Header.Get("Content-Type"), len(body))
}

func TestACheckHoldsWhatIsExpected(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(echo))
	defer server.Close()
	file := filepath.Join(t.TempDir(), "body.json")
	if err := os.WriteFile(file, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		args string // AT is the address of the server, FILE that of the body
		code int
		want string // in what it says
	}{
		{"the status is 200 when nothing is said", "get AT/", 0, "ok: GET AT/: 200"},
		{"another status is expected", "get AT/lost --status 404", 0, "ok: GET AT/lost: 404"},
		{"the status is another", "get AT/lost", 1, "the status is 404, not 200"},
		{"redirects are not followed", "get AT/moved --status 302 --header Location=/", 0, "302"},
		{"members are found", "get AT/ --json method=GET --json list.1.id=b --json list.#=2 --json none=null --json big=12345678901234567890", 0, "ok"},
		{"a member is another", "get AT/ --json list.0.id=b", 1, "list.0.id is a, not b"},
		{"a member is not there", "get AT/ --json list.2.id=c", 1, "the body has no list.2.id"},
		{"a member is there that should not be", "get AT/ --absent nothing --absent list", 1, `list is [{"id":"a"},{"id":"b"}], and should not be there`},
		{"the body is no JSON", "get AT/text --json a=b", 1, "the body is no JSON"},
		{"the body need not be JSON", "get AT/text", 0, "ok"},
		{"a header is another", "get AT/ --header Allow=GET", 1, `the header Allow is "POST", not "GET"`},
		{"a body is sent", "post AT/ --body FILE --json size=2 --json type=application/json", 0, "ok: POST"},
		{"a body is of another type", "post AT/ --body FILE --type text/plain --json type=text/plain", 0, "ok"},
		{"a large body is sent", "put AT/ --zeros 70000 --json size=70000", 0, "ok: PUT"},
		{"one of two addresses does not answer so", "get AT/ AT/lost", 1, "GET AT/lost: the status is 404"},
		{"nobody answers", "get http://127.0.0.1:1/", 1, "GET http://127.0.0.1:1/"},

		{"no address", "get", 2, "a method and an address are needed"},
		{"an address after the flags", "get AT/ --status 200 AT/", 2, "stands after the flags"},
		{"an expectation without a value", "get AT/ --json method", 2, "no PLACE=VALUE"},
		{"a file that is not there", "post AT/ --body nowhere.json", 2, "nowhere.json"},
		{"two bodies", "post AT/ --body FILE --zeros 3", 2, "exclude each other"},
		{"a flag that there is not", "get AT/ --loud", 2, "loud"},
		{"help", "--help", 0, "expect this status"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fill := strings.NewReplacer("AT", server.URL, "FILE", file).Replace
			var out bytes.Buffer
			code := run(t.Context(), strings.Fields(fill(tt.args)), &out, &out)
			if code != tt.code || !strings.Contains(out.String(), fill(tt.want)) {
				t.Errorf("exit status %d, want %d; it says\n%s", code, tt.code, out.String())
			}
		})
	}
}
