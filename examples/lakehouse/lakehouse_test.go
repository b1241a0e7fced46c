// Package lakehouse_test holds the two implementations to what the gauntlet is to find.
package lakehouse_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	flat "scrum/examples/lakehouse/flat/validator"
	serde "scrum/examples/lakehouse/serde/validator"
)

// services are the three ways of answering.
func services(t *testing.T) (tagged, plain, mended http.Handler) {
	t.Helper()
	roster, err := os.ReadFile("roster.json")
	if err != nil {
		t.Fatal(err)
	}
	tagged, err = serde.New(roster)
	if err != nil {
		t.Fatal(err)
	}
	people, err := flat.ParsePeople(roster)
	if err != nil {
		t.Fatal(err)
	}
	return tagged, flat.NewService(people, flat.WireFlat), flat.NewService(people, flat.WireSerde)
}

func ask(h http.Handler, body []byte) (int, map[string]any) {
	r := httptest.NewRequest(http.MethodPost, "/v1/validate", bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	var v map[string]any
	_ = json.Unmarshal(w.Body.Bytes(), &v)
	delete(v, "elapsed_ms")
	return w.Code, v
}

func request(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("requests", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestTheSixCasesAreAnsweredAsTheGauntletKnowsThem(t *testing.T) {
	tagged, plain, mended := services(t)
	for name, want := range map[string]struct {
		status        int
		variant, kind string
	}{
		"playbook_happy":               {200, "", ""},
		"playbook_missing_fingerprint": {422, "Schema", "schema"},
		"playbook_wrong_prefix":        {422, "Schema", "schema"},
		"playbook_empty_endorsed":      {422, "Completeness", "completeness"},
		"playbook_overfull":            {422, "Completeness", "completeness"},
		"fill_phantom":                 {422, "Consistency", "consistency"},
	} {
		body := request(t, name)
		s1, v1 := ask(tagged, body)
		s2, v2 := ask(plain, body)
		s3, v3 := ask(mended, body)
		if s1 != want.status || s2 != want.status || s3 != want.status {
			t.Errorf("%s: statuses %d, %d and %d, want %d", name, s1, s2, s3, want.status)
		}
		if diff := cmp.Diff(v1, v3); diff != "" {
			t.Errorf("%s: the known fix answers otherwise than serde:\n%s", name, diff)
		}
		if want.variant == "" {
			if diff := cmp.Diff(v1, v2); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
			continue
		}
		inner, ok := v1[want.variant].(map[string]any)
		if !ok || v2["Kind"] != want.kind || v2["Reason"] != inner["reason"] {
			t.Errorf("%s: %v against %v", name, v1, v2)
		}
	}
}

// Whatever is sent, the two say the same by their status.
func TestTheTwoAgreeOnEveryStatus(t *testing.T) {
	tagged, plain, mended := services(t)
	kinds := []any{"playbook", "fill", "other", 3, nil}
	values := []any{"fill: welder x2 in Toledo", "remind", "", 2, 0, -1, 1.5, nil, []any{}, []any{"W-1001"}, []any{"W-1001", "W-1002", "W-1003"}, []any{map[string]any{"worker": "W-9999", "name": "n"}}, map[string]any{}, true}
	rapid.Check(t, func(t *rapid.T) {
		document := map[string]any{}
		for _, field := range rapid.SliceOfDistinct(rapid.SampledFrom([]string{"operation", "fingerprint", "target", "endorsed", "fills", "extra"}), func(s string) string { return s }).Draw(t, "fields") {
			document[field] = rapid.SampledFrom(values).Draw(t, field)
		}
		body, err := json.Marshal(map[string]any{"kind": rapid.SampledFrom(kinds).Draw(t, "kind"), "document": document})
		if err != nil {
			t.Fatal(err)
		}
		if rapid.IntRange(0, 9).Draw(t, "cut") == 0 {
			body = body[:len(body)/2]
		}
		s1, v1 := ask(tagged, body)
		s2, _ := ask(plain, body)
		s3, v3 := ask(mended, body)
		if s1 != s2 || s1 != s3 {
			t.Fatalf("%s: statuses %d, %d and %d", body, s1, s2, s3)
		}
		if diff := cmp.Diff(v1, v3); diff != "" {
			t.Fatalf("%s: the known fix answers otherwise than serde:\n%s", body, diff)
		}
	})
}

func TestWhatIsNoRequestIsRefused(t *testing.T) {
	tagged, plain, _ := services(t)
	for _, h := range []http.Handler{tagged, plain} {
		for _, tt := range []struct {
			method, path, kind, body string
			want                     int
		}{
			{"POST", "/v1/validate", "application/json", "{", 400},
			{"GET", "/v1/validate", "", "", 405},
			{"POST", "/v1/validate", "text/plain", "{}", 415},
			{"POST", "/v1/validate", "application/json", `{"kind": "` + strings.Repeat("x", 1<<20) + `"}`, 413},
			{"GET", "/v1/workers/W-9", "", "", 404},
			{"GET", "/nope", "", "", 404},
			{"GET", "/health", "", "", 200},
		} {
			r := httptest.NewRequest(tt.method, tt.path, strings.NewReader(tt.body))
			if tt.kind != "" {
				r.Header.Set("Content-Type", tt.kind)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != tt.want {
				t.Errorf("%s %s (%.20s): status %d, want %d", tt.method, tt.path, tt.body, w.Code, tt.want)
			}
		}
	}
}
