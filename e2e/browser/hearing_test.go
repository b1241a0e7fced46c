package browser

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestABadPageIsHeard holds that what the other tests look for would be found.
func TestABadPageIsHeard(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bad.html")
	page := `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>bad</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src 'self' http:; script-src 'unsafe-inline'"></head>
<body><main style="color: red"><p>text</p><img src="http://127.0.0.1:9/picture.png"></main>
<script>console.error("said"); setTimeout(() => { throw new Error("thrown") })</script></body></html>`
	if err := os.WriteFile(path, []byte(page), 0o644); err != nil {
		t.Fatal(err)
	}
	b := openFile(t, path, "", desktop)
	heard := strings.Join(b.heard(), "\n")
	for _, want := range []string{"console.error", "Uncaught", "Content Security Policy", "the page asks for http://127.0.0.1:9/picture.png"} {
		if !strings.Contains(heard, want) {
			t.Errorf("nothing was heard of %q in:\n%s", want, heard)
		}
	}
	if found := strings.Join(b.axe(), "\n"); !strings.Contains(found, "image-alt") {
		t.Errorf("axe-core finds nothing in a picture without words: %q", found)
	}
}
