package cases

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"scrum/parity/jsonvalue"
	"scrum/parity/node"
)

// short is what of a case most tests look at.
func brief(list []Case) []string {
	var out []string
	for _, c := range list {
		s := c.Method + " " + c.Path
		for _, h := range c.Header {
			s += " | " + h.Name + ": " + h.Value
		}
		if c.Body != "" {
			s += " | " + c.Body
		}
		out = append(out, s)
	}
	return out
}

func decode(t *testing.T, text string) ([]Source, error) {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	r := &node.Reader{File: "g.yaml"}
	return Sources(r, doc.Content[0]), r.Err()
}

func load(t *testing.T, kind, text, more string) (Loaded, error) {
	t.Helper()
	sources, err := decode(t, "- {"+kind+": f, "+more+"}")
	if err != nil {
		t.Fatal(err)
	}
	return Load(sources, ".", func(string) ([]byte, error) { return []byte(text), nil })
}

func TestACaseInYAMLSaysWhatIsSent(t *testing.T) {
	sources, err := decode(t, `
- {name: list, path: "/v1/items?limit=2", headers: {Accept: [a, b]}, capture: {id: ".items[0].id", at: "header: location"}, expect: {status: [200, 204]}}
- name: put
  method: PUT
  path: /v1/items/{{id}}
  isolation: fresh
  json: {n: 1.0, big: 9007199254740993, s: "x", none: null, list: [true, 1e3], id: "{{id}}"}
- {path: /raw, method: POST, base64: "AP8="}
`)
	if err != nil {
		t.Fatal(err)
	}
	var list []Case
	for _, s := range sources {
		list = append(list, *s.Case)
	}
	want := []string{
		"GET /v1/items?limit=2 | Accept: a | Accept: b",
		`PUT /v1/items/{{id}} | Content-Type: application/json | {"n":1.0,"big":9007199254740993,"s":"x","none":null,"list":[true,1e3],"id":"{{id}}"}`,
		"POST /raw | \x00\xff",
	}
	if diff := cmp.Diff(want, brief(list)); diff != "" {
		t.Error(diff)
	}
	if got := list[0].Capture[1].Header; got != "Location" {
		t.Errorf("the header to capture is %q", got)
	}
	if diff := cmp.Diff([]int{200, 204}, list[0].Expect); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"id"}, list[1].Uses); diff != "" {
		t.Error(diff)
	}
	if list[2].Name != "POST /raw" || list[1].Line != 3 {
		t.Errorf("%q stands at line %d", list[2].Name, list[1].Line)
	}
}

func TestMistakesInYAMLNameTheirLine(t *testing.T) {
	for text, want := range map[string]string{
		"- {pth: /}":                                     `g.yaml:1: unknown key "pth" of a case; did you mean path?`,
		"- {path: v1}":                                   "must begin with a slash",
		`- {path: "/a b"}`:                               "%20",
		"- {path: /a#b}":                                 "fragment",
		"- {name: a}":                                    "needs a path",
		"- {path: /, method: get}":                       "did you mean GET?",
		"- {path: /, headers: {Host: x}}":                "set by the client itself",
		`- {path: /, headers: {A: "x\ny"}}`:              "line break",
		"- {path: /, body: a, json: {}}":                 "one of body, json and base64",
		"- {path: /, json: {a: 0x10}}":                   `JSON has no number "0x10"`,
		"- {path: /, json: {a: .nan}}":                   "JSON has no number",
		"- {path: /, json: {a: 1, a: 2}}":                "a second time",
		"- {path: /, capture: {id: '.a | length'}}":      "does more than name a place",
		"- {path: /, capture: {'a b': .a}}":              "letters, digits and _",
		"- {path: /, isolation: none}":                   "known are fresh, idempotent, shared",
		"- {path: /, expect: {status: 99}}":              "from 100 to 599",
		"- {path: /, base64: '?'}":                       "base64 cannot be read",
		"- {har: a, hosts: b}":                           "did you mean host?",
		"- {file: a, host: b}":                           "host is for har and curl",
		"- {har: a, only: [b]}":                          "only is for openapi",
		"- 3":                                            "a case is \"3\", but it takes keys",
		"{}":                                             "takes a list",
		"- {path: /, json: &a [*a]}":                     "100000 values or 1000 levels",
		"- {path: /, json: {'a': {'b': }}}\n- {path: x}": "g.yaml:2:",
	} {
		t.Run(text, func(t *testing.T) {
			var doc yaml.Node
			err := yaml.Unmarshal([]byte(text), &doc)
			if err == nil {
				r := &node.Reader{File: "g.yaml"}
				Sources(r, doc.Content[0])
				err = r.Err()
			}
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, not %q", err, want)
			}
		})
	}
}

func TestCapturesStayWithinTheirPartOfARequest(t *testing.T) {
	c := Case{
		Path: "/items/{{id}}/x?q={{ id }}&z={{n}}", JSON: true, Uses: []string{"id", "n"},
		Header: []Field{{"If-Match", `"{{id}}"`}},
		Body:   `{"id":"{{id}}","n":"{{n}}","text":"no {{n}}, {{id}}","kept":"{{other}}"}`,
	}
	evil := "a/../b?c=\"{{n}}\r\nX: y"
	id, err := jsonvalue.Parse([]byte(`"a/../b?c=\"{{n}}\r\nX: y"`))
	if err != nil {
		t.Fatal(err)
	}
	n, err := jsonvalue.Parse([]byte(`9007199254740993`))
	if err != nil {
		t.Fatal(err)
	}
	got := c.Fill(map[string]Captured{"id": CapturedValue(&id), "n": CapturedValue(&n)})
	if want := "/items/a%2F..%2Fb%3Fc=%22%7B%7Bn%7D%7D%0D%0AX:%20y/x?q=a%2F..%2Fb%3Fc%3D%22%7B%7Bn%7D%7D%0D%0AX%3A+y&z=9007199254740993"; got.Path != want {
		t.Errorf("path %s\nwant %s", got.Path, want)
	}
	if strings.ContainsAny(got.Header[0].Value, "\r\n") {
		t.Errorf("a captured line break ends the header: %q", got.Header[0].Value)
	}
	body, err := jsonvalue.Parse([]byte(got.Body))
	if err != nil {
		t.Fatalf("%v: %s", err, got.Body)
	}
	if v, _ := body.Get("id"); v.Text != evil {
		t.Errorf("id is %q", v.Text)
	}
	if v, _ := body.Get("n"); v.Kind != jsonvalue.Number || v.Text != "9007199254740993" {
		t.Errorf("n is %s", v)
	}
	if v, _ := body.Get("text"); v.Text != "no 9007199254740993, "+evil {
		t.Errorf("text is %q", v.Text)
	}
	if v, _ := body.Get("kept"); v.Text != "{{other}}" {
		t.Errorf("what is no capture is %q", v.Text)
	}
}

const har = `{"log": {"version": "1.2", "entries": [
 {"request": {"method": "GET", "url": "http://api.test/v1/items?limit=2#top", "headers": [
   {"name": ":authority", "value": "api.test"}, {"name": "Accept", "value": "*/*"}, {"name": "Accept-Encoding", "value": "br"}]}},
 {"request": {"method": "POST", "url": "http://api.test/v1/items", "headers": [],
   "postData": {"mimeType": "application/json", "text": "{\"a\":\"{{x}}\"}"}}},
 {"request": {"method": "POST", "url": "http://api.test/v1/form", "headers": [],
   "postData": {"mimeType": "application/x-www-form-urlencoded", "params": [{"name": "a b", "value": "1&2"}]}}},
 {"request": {"method": "GET", "url": "http://cdn.test/x.js", "headers": []}}
]}}`

func TestAHARFileIsReadForOneHost(t *testing.T) {
	got, err := load(t, "har", har, "host: api.test, isolation: idempotent, headers: {X-Run: '1'}")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"GET /v1/items?limit=2 | Accept: */* | X-Run: 1",
		`POST /v1/items | Content-Type: application/json | X-Run: 1 | {"a":"{{x}}"}`,
		"POST /v1/form | Content-Type: application/x-www-form-urlencoded | X-Run: 1 | a+b=1%262",
	}
	if diff := cmp.Diff(want, brief(got.Cases)); diff != "" {
		t.Error(diff)
	}
	notes := []string{
		"f: headers that the client sets by itself are left out: :authority, accept-encoding",
		"f: 1 requests to other hosts than api.test are left out",
	}
	if diff := cmp.Diff(notes, got.Notes); diff != "" {
		t.Error(diff)
	}
	if got.Cases[1].Uses != nil || got.Cases[1].Isolation != Idempotent || got.Cases[1].Line != 4 {
		t.Errorf("%+v", got.Cases[1])
	}
}

func TestWhatAHARFileCannotSayAgainIsAMistake(t *testing.T) {
	entry := func(request string) string {
		return "{\"log\":{\"entries\":[\n{\"request\":" + request + "}]}}"
	}
	for text, want := range map[string]string{
		har: `f:8: this request goes to "cdn.test"`,
		entry(`{"method":"GET","url":"ws://a/b"}`):    `f:2: requests of "ws" cannot be sent`,
		entry(`{"method":"BREW","url":"http://a/b"}`): `f:2: method "BREW"`,
		entry(`{"method":"GET"}`):                     "cannot be sent",
		entry(`{"method":"POST","url":"http://a/","postData":{"mimeType":"multipart/form-data; boundary=x","text":"x"}}`): "multipart",
		entry(`{"method":"POST","url":"http://a/","postData":{"params":[{"name":"f","fileName":"x"}]}}`):                  "form with a file",
		entry(`{"method":"POST","url":"http://a/","postData":{"encoding":"base64","text":"eA=="}}`):                       "encoding",
		entry(`{"method":"GET","url":"http://a/","headers":[{"name":"a b","value":"c"}]}`):                                "no name of a header",
		"{\"log\":{\"entries\":[{\n}]}}":                               "f:1: an entry without a request",
		`{"log":{"entries":[]}}`:                                       "no request of this file is taken",
		`{"log":{"entries":[{"_webSocketMessages":[],"request":{}}]}}`: "WebSocket",
		`{"log":{}}`:   "is no HAR file",
		"{\"log\":\n]": "f:2: it is no JSON",
		"":             "it is empty",
	} {
		t.Run(want, func(t *testing.T) {
			if _, err := load(t, "har", text, ""); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, not %q", err, want)
			}
		})
	}
}

func TestCurlCommandsAreReadAsAShellWould(t *testing.T) {
	got, err := load(t, "curl", `# the list
curl 'http://api.test/v1/items?limit=2' -H 'Accept: */*' --compressed -sS

curl -XPOST "http://api.test/v1/items" \
  -H "X-Quote: a \"b\" \$5" \
  --data-raw $'{"a":"it\'s\u0020\x41"}'
curl http://api.test/v1/form -d a=1 -d 'b=2 3' --data-urlencode 'c=4 &5'
curl -G api.test/search --data-urlencode q='a b' -d page=2
curl -I http://api.test -u me:pw -b k=v
curl --json '{"x":1}' http://api.test/j --request PUT # and so on
`, "isolation: idempotent")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"GET /v1/items?limit=2 | Accept: */*",
		`POST /v1/items | X-Quote: a "b" $5 | Content-Type: application/x-www-form-urlencoded | {"a":"it's A"}`,
		"POST /v1/form | Content-Type: application/x-www-form-urlencoded | a=1&b=2 3&c=4%20%265",
		"GET /search?q=a%20b&page=2",
		"HEAD / | Authorization: Basic bWU6cHc= | Cookie: k=v",
		`PUT /j | Content-Type: application/json | Accept: application/json | {"x":1}`,
	}
	if diff := cmp.Diff(want, brief(got.Cases)); diff != "" {
		t.Error(diff)
	}
	if got.Cases[1].Line != 4 || got.Cases[5].Line != 10 {
		t.Errorf("lines %d and %d", got.Cases[1].Line, got.Cases[5].Line)
	}
}

func TestWhatACurlCommandCannotSayHereIsAMistake(t *testing.T) {
	for text, want := range map[string]string{
		"\ncurl http://a/ -F f=@x":            "f:2: curl's option -F is not known here",
		"curl http://a/ \\\n --proxy x":       "f:2: curl's option --proxy is not known here",
		"curl http://a/ -L":                   "redirects",
		"curl http://a/ -d @f":                "data from a file",
		"curl http://a/ --data-urlencode n@f": "data from a file",
		"curl http://a/$ID":                   `f:1: a shell would not take "$"`,
		"curl \"http://a/$ID\"":               "a shell would calculate",
		"curl http://a/ | jq .":               `"|"`,
		"curl http://a/ > x":                  `">"`,
		"curl 'http://a/":                     "never closed",
		"curl http://a/ http://b/":            "a second address",
		"curl http://a/\ncurl http://b/":      `f:2: this request goes to "b"`,
		"wget http://a/":                      "is no curl command",
		"curl":                                "no address",
		"curl -H":                             "has no value",
		"curl http://a/ -H 'A;'":              "a colon and a value",
		"curl http://a/ -X FETCH":             "method",
		"curl ftp://a/":                       "only http and https",
		"curl http://a/ -b jar.txt":           "the cookies themselves",
		"curl http://a/ -u me":                "user:password",
		"":                                    "no curl command",
	} {
		t.Run(text, func(t *testing.T) {
			if _, err := load(t, "curl", text, ""); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, not %q", err, want)
			}
		})
	}
}

const api31 = `openapi: 3.1.0
servers: [{url: "https://api.test/base/"}]
paths:
  /items/{id}:
    parameters:
      - {name: id, in: path, required: true, example: a/b}
    get:
      operationId: getItem
      parameters:
        - {name: tag, in: query, example: [x, "y z"]}
        - {name: sort, in: query, explode: false, schema: {default: [a, b]}}
        - {name: X-Trace, in: header, example: t1}
        - {name: sid, in: cookie, example: s1}
        - {name: unused, in: query, schema: {type: string}}
        - $ref: '#/components/parameters/Page'
    put:
      requestBody:
        required: true
        content:
          application/json:
            examples:
              small: {value: {n: 1.0}}
              large: {$ref: '#/components/examples/Large'}
          application/x-www-form-urlencoded:
            example: {a: 1, b: "2 3"}
components:
  parameters:
    Page: {name: page, in: query, examples: {first: {value: 1}, second: {value: 2}}}
  examples:
    Large: {value: {n: 9007199254740993}}
`

func TestExamplesOfAnOpenAPIDocumentBecomeCases(t *testing.T) {
	got, err := load(t, "openapi", api31, "isolation: idempotent")
	if err != nil {
		t.Fatal(err)
	}
	get := "GET /base/items/a%2Fb?tag=x&tag=y+z&sort=a,b&page="
	rest := " | X-Trace: t1 | Cookie: sid=s1"
	json, form := " | Content-Type: application/json | ", " | Content-Type: application/x-www-form-urlencoded | a=1&b=2+3"
	want := []string{
		get + "1" + rest, get + "2" + rest,
		"PUT /base/items/a%2Fb" + json + `{"n":1.0}`, "PUT /base/items/a%2Fb" + form,
		"PUT /base/items/a%2Fb" + json + `{"n":9007199254740993}`, "PUT /base/items/a%2Fb" + form,
	}
	if diff := cmp.Diff(want, brief(got.Cases)); diff != "" {
		t.Error(diff)
	}
	if got.Cases[0].Name != "getItem first" || got.Cases[0].Line != 7 {
		t.Errorf("%q at line %d", got.Cases[0].Name, got.Cases[0].Line)
	}
	only, err := load(t, "openapi", api31, "only: ['get*']")
	if err != nil || len(only.Cases) != 2 || len(only.Notes) != 1 {
		t.Errorf("%d cases, notes %q, %v", len(only.Cases), only.Notes, err)
	}
}

func TestWhatAnOpenAPIDocumentLeavesOpenIsAMistake(t *testing.T) {
	doc := func(paths string) string { return "openapi: 3.0.0\npaths:\n" + paths }
	for text, want := range map[string]string{
		"swagger: '2.0'":               "is no OpenAPI 3 document",
		"openapi: 3.0.0":               "has no paths",
		doc("  /a/{id}:\n    get: {}"): "f:4: a part of the path /a/{id} has no parameter",
		doc("  /a/{id}:\n    get: {parameters: [{name: id, in: path}]}"):                                             `parameter "id" of GET /a/{id} is required and has no example`,
		doc("  /a:\n    get: {parameters: [{name: q, in: query, style: deepObject, example: {a: 1}}]}"):              "deepObject",
		doc("  /a:\n    get: {parameters: [{name: q, in: query, example: {a: 1}}]}"):                                 "an object cannot be written",
		doc("  /a:\n    get: {parameters: [{name: q, in: body, example: 1}]}"):                                       "known are path, query",
		doc("  /a:\n    get: {parameters: [{$ref: 'other.yaml#/x'}]}"):                                               "another file",
		doc("  /a:\n    get: {parameters: [{$ref: '#/x'}]}"):                                                         "leads nowhere",
		doc("  /a:\n    $ref: '#/paths/~1a'"):                                                                        "in a circle",
		doc("  /a:\n    post: {requestBody: {required: true, content: {application/json: {}}}}"):                     "required and has no example",
		doc("  /a:\n    post: {requestBody: {content: {multipart/form-data: {example: {a: 1}}}}}"):                   "cannot be made",
		doc("  /a:\n    post: {requestBody: {content: {a/b: {examples: {x: {externalValue: y}}}}, required: true}}"): "another file",
		doc("  /a:\n    trace: {}"):                                  `"trace" of the path /a cannot be sent`,
		doc("  /a:\n    servers: []"):                                "servers of a single path",
		"openapi: 3.0.0\npaths: {}":                                  "no operation of this file is taken",
		"openapi: 3.0.0\nservers: [{url: 'http://{h}/'}]\npaths: {}": "without variables",
	} {
		t.Run(want, func(t *testing.T) {
			if _, err := load(t, "openapi", text, ""); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, not %q", err, want)
			}
		})
	}
}

func TestAFileOfCasesIsRead(t *testing.T) {
	got, err := load(t, "file", "- {name: a, path: /a}\n- {path: /b}\n", "")
	if err != nil || len(got.Cases) != 2 || got.Cases[1].File != "f" || got.Cases[1].Line != 2 {
		t.Errorf("%+v, %v", got, err)
	}
	for text, want := range map[string]string{"- {har: x}": "f:1: har names a further file", "": "it is empty", "a: [": "f: yaml", "a: b": "takes a list"} {
		if _, err := load(t, "file", text, ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, not %q", text, err, want)
		}
	}
	sources, err := decode(t, "- {file: nowhere.yaml}")
	if err != nil {
		t.Fatal(err)
	}
	_, err = Load(sources, t.TempDir(), os.ReadFile)
	var mistake *node.Error
	if !errors.As(err, &mistake) || mistake.Line != 1 || mistake.File != "g.yaml" {
		t.Errorf("a file that is not there is %v", err)
	}
}

func TestCasesThatNobodyNamedAreToldApart(t *testing.T) {
	got, err := load(t, "curl", "curl http://a/x\ncurl http://a/x?b=1\ncurl http://a/x", "")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range got.Cases {
		names = append(names, c.Name)
	}
	if diff := cmp.Diff([]string{"GET /x", "GET /x #2", "GET /x #3"}, names); diff != "" {
		t.Error(diff)
	}
}

func TestSecretsAreKnownByTheirNames(t *testing.T) {
	for _, name := range []string{"Authorization", "cookie", "Set-Cookie", "X-Api-Key", "x-auth-token", "Proxy-Authorization", "X-Amz-Signature"} {
		if !Secret(name) {
			t.Errorf("%s is none", name)
		}
	}
	for _, name := range []string{"Accept", "Content-Type", "X-Request-Id", "Keyboard"} {
		if Secret(name) {
			t.Errorf("%s is one", name)
		}
	}
	if got := MaskedPath("/a?page=2&api_key=xyz&sig=1&token"); got != "/a?page=2&api_key=***&sig=***&token" {
		t.Errorf("the path is %s", got)
	}
}

func FuzzReaders(f *testing.F) {
	for _, seed := range []string{har, api31, "curl 'http://a/' -d $'x\\u0041' \\\n -H \"a: b\"", "- {name: a, path: /a, json: {a: [1]}}", `{"openapi":"3.0.0","paths":{"/a":{"get":{}}}}`} {
		for kind := range kinds() {
			f.Add(kind, seed)
		}
	}
	f.Fuzz(func(t *testing.T, kind int, text string) {
		s := Source{Kind: kinds()[(kind%4+4)%4], Path: "f", File: "g.yaml", Line: 1}
		got, err := Load([]Source{s}, ".", func(string) ([]byte, error) { return []byte(text), nil })
		if err != nil {
			return
		}
		for _, c := range got.Cases {
			if problem := pathProblem(c.Path); problem != "" {
				t.Errorf("path %q %s", c.Path, problem)
			}
			for _, h := range c.Header {
				if problem := h.problem(); problem != "" {
					t.Errorf("header %q %s", h.Name, problem)
				}
			}
			if c.Line == 0 || c.Name == "" {
				t.Errorf("case %q at line %d", c.Name, c.Line)
			}
		}
	})
}
