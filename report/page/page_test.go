package page

import (
	"crypto/sha256"
	"encoding/base64"
	"html"
	"regexp"
	"strings"
	"testing"
)

func TestThePolicyAllowsExactlyWhatThePageBrings(t *testing.T) {
	out := written(t, Page{Title: "A & B", Styles: []string{"p { color: red; }\r\n"}, Scripts: []string{"let a = 1;"}, Body: "<p>text</p>"})
	meta := regexp.MustCompile(`Content-Security-Policy" content="([^"]*)"`).FindStringSubmatch(out)
	if meta == nil {
		t.Fatal("there is no policy")
	}
	policy := html.UnescapeString(meta[1])
	allowed := regexp.MustCompile(`'sha256-[^']*'`).FindAllString(policy, -1)
	elements := regexp.MustCompile(`(?s)<(style|script)>(.*?)</(?:style|script)>`).FindAllStringSubmatch(out, -1)
	if len(elements) != 4 || len(allowed) != 4 {
		t.Fatalf("%d elements, %d hashes", len(elements), len(allowed))
	}
	for i, e := range elements {
		sum := sha256.Sum256([]byte(e[2]))
		if want := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; allowed[i] != want {
			t.Errorf("the hash of %s %d is not the policy's", e[1], i)
		}
	}
	for _, want := range []string{"default-src 'none'", "img-src data:", "base-uri 'none'", "form-action 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy lacks %s: %s", want, policy)
		}
	}
	if strings.Contains(policy, "unsafe") {
		t.Errorf("the policy allows something unsafe: %s", policy)
	}
}

func TestTheTitleIsEscaped(t *testing.T) {
	out := written(t, Page{Title: "</title><script>alert(1)</script>"})
	if strings.Contains(out, "<script>alert") {
		t.Error("the title has become an element")
	}
}

func TestAStyleOrScriptThatWouldEndItselfIsRefused(t *testing.T) {
	for _, p := range []Page{{Styles: []string{"</STYLE>"}}, {Scripts: []string{"'</script>'"}}, {Scripts: []string{"<!-- x"}}} {
		if err := Write(&strings.Builder{}, p); err == nil {
			t.Errorf("%v is written", p)
		}
	}
}

func TestNothingIsAskedOfAnybody(t *testing.T) {
	out := written(t, Page{Title: "x"})
	for _, bad := range []string{"http://", "https://", "@import", "url(", "src="} {
		if strings.Contains(out, bad) {
			t.Errorf("the frame contains %s", bad)
		}
	}
}

func written(t *testing.T, p Page) string {
	t.Helper()
	var b strings.Builder
	if err := Write(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
