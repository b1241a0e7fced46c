package lakehouse_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"
)

func asker(h http.Handler) func([]byte) (int, map[string]any) {
	return func(body []byte) (int, map[string]any) { return ask(h, body) }
}

// nearly draws the text of a request that is sound but for a few mistakes: values of
// other kinds, fields that stand twice or under other names, blanks, and what is no JSON.
func nearly(t *rapid.T) string {
	value := func(sound string) string {
		if rapid.IntRange(0, 5).Draw(t, "odd") > 0 {
			return sound
		}
		return rapid.SampledFrom([]string{
			`null`, `true`, `""`, `"fill: x"`, `"fill: "`, `"\ud800"`, `"W-1001"`, `0`, `-0`, `1`, `2.0`, `1e2`, `501`, `1E400`, `123456789012345678901234567890`,
			`[]`, `[[]]`, `["W-1001","W-1001"]`, `["W-1", "W-1004"]`, `[null]`, `{}`, `{"worker":"W-1004","name":"Dora Varga"}`,
			`[{"worker":"W-1005","name":"Emil Novak"}]`, `[{"worker":"W-1004","worker":"W-1004","name":"x"}]`, `[{"name":"x","id":1}]`, `tru`, `01`, `"a`, "\"\x00\"", strings.Repeat("[", 20000),
		}).Draw(t, "value")
	}
	member := func(name, sound string) string {
		if rapid.IntRange(0, 9).Draw(t, "renamed") == 0 {
			name = rapid.SampledFrom([]string{"Target", "target", "operation", "", "document", "fills", `t\u0061rget`}).Draw(t, "name")
		}
		return `"` + name + `":` + value(sound)
	}
	fields := [][2]string{{"operation", `"fill: welder"`}, {"fingerprint", `"5be1f0c2a9d47733"`}, {"target", `2`}, {"endorsed", `["W-1001","W-1002"]`}}
	kind := `"playbook"`
	if rapid.Bool().Draw(t, "fill") {
		fields = [][2]string{{"operation", `"fill: rigger"`}, {"target", `1`}, {"fills", `[{"worker":"W-1004","name":"Dora Varga"}]`}}
		kind = `"fill"`
	}
	var members []string
	for _, f := range fields {
		for range rapid.SampledFrom([]int{1, 1, 1, 1, 1, 1, 0, 2}).Draw(t, "times") {
			members = append(members, member(f[0], f[1]))
		}
	}
	members = rapid.Permutation(members).Draw(t, "order")
	blank := rapid.SampledFrom([]string{"", " ", "\n", "\ufeff"}).Draw(t, "blank")
	return blank + `{` + member("kind", kind) + `,` + blank + member("document", `{`+strings.Join(members, ",")+`}`) + `}` + blank
}

// They answer alike whatever the text is, to the byte when flat writes as serde does.
func TestTheTwoAgreeOnTextsThatAreNearlySound(t *testing.T) {
	tagged, plain, mended := services(t)
	seen := map[int]int{}
	rapid.Check(t, func(t *rapid.T) {
		body := nearly(t)
		s1, a1 := raw(tagged, body)
		s2, a2 := raw(plain, body)
		s3, a3 := raw(mended, body)
		seen[s1]++
		if s1 != s2 || s1 != s3 {
			t.Fatalf("%s: statuses %d, %d and %d", body, s1, s2, s3)
		}
		if a1 != a3 {
			t.Fatalf("%s: serde answers\n%s\nand the known fix\n%s", body, a1, a3)
		}
		if (a1 == a2) != (s1 != 422) {
			t.Fatalf("%s: status %d, serde answers\n%s\nand flat\n%s", body, s1, a1, a2)
		}
	})
	for _, status := range []int{200, 400, 422} {
		if seen[status] == 0 {
			t.Errorf("no text was answered with %d: %v", status, seen)
		}
	}
}

// raw gives an answer as it was written, but for the time that it took.
func raw(h http.Handler, body string) (int, string) {
	r := httptest.NewRequest(http.MethodPost, "/v1/validate", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	text, _, timed := strings.Cut(w.Body.String(), `,"elapsed_ms":`)
	if timed != (w.Code == 200 || w.Code == 422) {
		text += " (elapsed_ms is missing, or too much)"
	}
	return w.Code, strings.TrimSpace(text)
}

func TestElapsedTimeIsANumberOfMilliseconds(t *testing.T) {
	tagged, plain, mended := services(t)
	for _, h := range []http.Handler{tagged, plain, mended} {
		for _, name := range []string{"playbook_happy", "fill_phantom"} {
			r := httptest.NewRequest(http.MethodPost, "/v1/validate", bytes.NewReader(request(t, name)))
			r.Header.Set("Content-Type", "application/json; charset=utf-8")
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			var v struct {
				Elapsed *float64 `json:"elapsed_ms"`
			}
			if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil || v.Elapsed == nil || *v.Elapsed < 0 {
				t.Errorf("%s: %v: %s", name, err, w.Body)
			}
		}
	}
}

// What is read is the same to the byte, the version aside.
func TestWhatIsReadIsTheSame(t *testing.T) {
	tagged, plain, _ := services(t)
	for path, want := range map[string]string{
		"/health":                  `200 {"status":"ok"}`,
		"/v1/workers?trade=baker":  `200 {"total":0,"workers":[]}`,
		"/v1/workers?trade=rigger": `200 {"total":2,"workers":[{"id":"W-1004","name":"Dora Varga","trade":"rigger","city":"Dayton","active":true},{"id":"W-1005","name":"Emil Novak","trade":"rigger","city":"Toledo","active":false}]}`,
		"/v1/workers/W-1010":       `200 {"id":"W-1010","name":"Jan Kowal","trade":"electrician","city":"Akron","active":true}`,
		"/v1/workers/":             `404 {"error":"no such path"}`,
		"/v1/workers/W-1":          `404 {"error":"no such worker"}`,
		"/v1/trades":               `200 {"trades":[{"trade":"electrician","workers":2},{"trade":"fitter","workers":3},{"trade":"rigger","workers":2},{"trade":"welder","workers":3}]}`,
		"/v1/kinds":                `200 {"kinds":["fill","playbook"]}`,
		"/v1/kinds/fill":           `200 {"fields":["operation","target","fills"],"kind":"fill"}`,
		"/v1/kinds/playbook":       `200 {"fields":["operation","fingerprint","target","endorsed"],"kind":"playbook"}`,
		"/v1/kinds/other":          `404 {"error":"no such kind"}`,
		"/":                        `404 {"error":"no such path"}`,
	} {
		for _, h := range []http.Handler{tagged, plain} {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
			if diff := cmp.Diff(want, fmt.Sprint(w.Code, " ", strings.TrimSpace(w.Body.String()))); diff != "" {
				t.Errorf("%s:\n%s", path, diff)
			}
			if got := w.Header().Get("Content-Type"); got != "application/json" {
				t.Errorf("%s: content type %q", path, got)
			}
		}
	}
}

func TestOtherMethodsAreRefusedWithThoseThatAreAllowed(t *testing.T) {
	tagged, plain, _ := services(t)
	for _, h := range []http.Handler{tagged, plain} {
		for _, tt := range []struct {
			method, path string
			want         int
			allow        string
		}{
			{"DELETE", "/v1/workers/W-1001", 405, "GET, HEAD"},
			{"POST", "/health", 405, "GET, HEAD"},
			{"PUT", "/v1/validate", 405, "POST"},
			{"HEAD", "/v1/validate", 405, "POST"},
			{"HEAD", "/v1/workers", 200, ""},
			{"POST", "/nothing", 404, ""},
		} {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(tt.method, tt.path, nil))
			if w.Code != tt.want || w.Header().Get("Allow") != tt.allow {
				t.Errorf("%s %s: status %d, allowed are %q", tt.method, tt.path, w.Code, w.Header().Get("Allow"))
			}
		}
	}
}

func TestABodyOfExactlyTheLimitIsRead(t *testing.T) {
	tagged, plain, _ := services(t)
	for _, h := range []http.Handler{tagged, plain} {
		for size, want := range map[int]int{1 << 16: 400, 1<<16 + 1: 413} {
			if status, _ := raw(h, strings.Repeat("x", size)); status != want {
				t.Errorf("%d bytes: status %d, want %d", size, status, want)
			}
		}
	}
}

// The cases of the gauntlet are the requests beside it, and there are as many as its
// known result says.
func TestTheGauntletHasTheCasesAndStepsOfItsKnownResult(t *testing.T) {
	data, err := os.ReadFile("gauntlet.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Smoke  struct{ Steps []map[string]any }
		Parity struct {
			Cases []struct {
				Name string
				JSON any
			}
		}
	}
	if err := yaml.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	if n := len(file.Smoke.Steps); n != 21 {
		t.Errorf("there are %d smoke steps, not 21", n)
	}
	if n := len(file.Parity.Cases); n != 6 {
		t.Errorf("there are %d cases, not 6", n)
	}
	for _, c := range file.Parity.Cases {
		var beside any
		if err := json.Unmarshal(request(t, c.Name), &beside); err != nil {
			t.Fatal(err)
		}
		inside, err := json.Marshal(c.JSON)
		if err != nil {
			t.Fatal(err)
		}
		var listed any
		if err := json.Unmarshal(inside, &listed); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(beside, listed); diff != "" {
			t.Errorf("%s is not requests/%s.json:\n%s", c.Name, c.Name, diff)
		}
	}
}

// Two implementations that share code would make the same mistakes.
func TestTheProgramsShareNoCode(t *testing.T) {
	for _, program := range []string{"serde", "flat", "check"} {
		own := "scrum/examples/lakehouse/" + program + "/"
		files := 0
		err := filepath.WalkDir(program, func(file string, d fs.DirEntry, err error) error {
			if err != nil || filepath.Ext(file) != ".go" {
				return err
			}
			files++
			f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
			if err != nil {
				return err
			}
			for _, imp := range f.Imports {
				name, err := strconv.Unquote(imp.Path.Value)
				if err != nil {
					return err
				}
				if strings.HasPrefix(name, "scrum") && !strings.HasPrefix(name, own) {
					t.Errorf("%s imports %s", file, name)
				}
			}
			return nil
		})
		if err != nil || files == 0 {
			t.Errorf("%s: %d files, %v", program, files, err)
		}
	}
}
