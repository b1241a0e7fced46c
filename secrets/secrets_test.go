package secrets

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"scrum/bundler"
)

// The secrets of these tests are put together here, so that the repository holds
// none.
func awsKey() string { return "AKIA" + "Q3EGRCC7" + "ZZ6XK5TB" }
func token() string  { return "ghp" + "_" + strings.Repeat("a8Kd92LmQx", 3) + "W4z7Pt" }

const keyBody = "MIIEpAIBAAKCAQEA7vMIIEpAIBAAKCAQEA7vMIIEpAIBAAKCAQEA7vXy"

func begin() string { return "-----BEGIN RSA " + "PRIVATE KEY-----" }
func end() string   { return "-----END RSA " + "PRIVATE KEY-----" }

// diff makes the patch of files: name, hunk, name, hunk, …
func diff(parts ...string) string {
	var b strings.Builder
	for i := 0; i < len(parts); i += 2 {
		olds, news := 0, 0
		for line := range strings.Lines(parts[i+1]) {
			switch line[0] {
			case '+':
				news++
			case '-':
				olds++
			case ' ':
				olds, news = olds+1, news+1
			}
		}
		fmt.Fprintf(&b, "diff --git a/%[1]s b/%[1]s\nindex 1..2 100644\n--- a/%[1]s\n+++ b/%[1]s\n@@ -10,%[2]d +10,%[3]d @@ heading\n%[4]s", parts[i], olds, news, parts[i+1])
	}
	return b.String()
}

func plan(t interface {
	Helper()
	Fatal(...any)
}, patch string, warn int) *bundler.Plan {
	t.Helper()
	c, err := bundler.Read(background(), bundler.Source{Diff: strings.NewReader(patch), DiffName: "test"}, bundler.ReadOptions{})
	if err != nil {
		t.Fatal(err, patch)
	}
	p, err := bundler.Pack(background(), c, bundler.Options{Guards: bundler.Guards{Warn: bundler.ByteSize(warn), Refuse: 1 << 20}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func scanner(t testing.TB) *Scanner {
	t.Helper()
	x, err := New(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestCredentialsAreMaskedInTheirLines(t *testing.T) {
	x := scanner(t)
	tests := []struct {
		name  string
		files []string
		found []string
		want  []string // the lines of all bundles, without headers
	}{
		{"an added one", []string{"a.txt", "+key = " + awsKey() + "\n"}, []string{"a.txt:10 aws-access-token added"},
			[]string{"+key = [MASKED:aws-access-token:20-63]"}},
		{"one that was there, and one that is taken away", []string{"a.txt", " k: " + awsKey() + "\n-t: " + token() + "\n+x\n"},
			[]string{"a.txt:10 aws-access-token", "a.txt:11 old github-pat"},
			[]string{" k: [MASKED:aws-access-token:20-63]", "-t: [MASKED:github-pat:20-63]", "+x"}},
		{"the same in another file, where no rule would know it", []string{"a.txt", "+key = " + awsKey() + "\n", "b.txt", "+x" + awsKey() + "y\n"}, []string{"a.txt:10 aws-access-token added"},
			[]string{"+key = [MASKED:aws-access-token:20-63]", "+x[MASKED:aws-access-token:20-63]y"}},
		{"a private key, line by line", []string{"a.pem", "+" + begin() + "\n+" + keyBody + "\n+" + keyBody + "Z\n+" + end() + "\n"}, []string{"a.pem:10-13 private-key added"},
			[]string{"+" + begin(), "+[MASKED:private-key:20-63]", "+[MASKED:private-key:20-63]", "+" + end()}},
		{"a private key that begins above the hunk", []string{"a.pem", " " + keyBody + "\n+" + keyBody + "Z\n " + end() + "\n+x\n"}, []string{"a.pem:10-12 private-key added"},
			[]string{" [MASKED:private-key:20-63]", "+[MASKED:private-key:20-63]", " " + end(), "+x"}},
		{"a private key that ends below the hunk", []string{"a.go", "+x\n+	\"" + begin() + "\\n\" +\n+	\"" + keyBody + "\\n\" +\n+	\"" + keyBody + "\\n\" +\n"}, []string{"a.go:11-13 private-key added"},
			[]string{"+x", "+	\"" + begin() + "\\n\" +", "+	\"[MASKED:private-key:20-63]\\n\" +", "+	\"[MASKED:private-key:20-63]\\n\" +"}},
		{"code that speaks of them is not", []string{"a.go", "+	password := os.Getenv(\"PASSWORD\")\n+	token, err := parseToken(r)\n"}, nil,
			[]string{"+	password := os.Getenv(\"PASSWORD\")", "+	token, err := parseToken(r)"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := plan(t, diff(tt.files...), 1<<20)
			before := string(p.Bundles[0].Payload())
			found, err := x.Scan(t.Context(), p.Change)
			if err != nil {
				t.Fatal(err)
			}
			var said []string
			for _, s := range found.Secrets {
				said = append(said, describe(s))
			}
			if d := cmp.Diff(tt.found, said); d != "" {
				t.Errorf("found (-want +got):\n%s", d)
			}
			var got []string
			for _, b := range p.Bundles {
				got = append(got, linesOf(t, found.Mask(b))...)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("masked (-want +got):\n%s", d)
			}
			if string(p.Bundles[0].Payload()) != before {
				t.Error("the bundle itself was changed")
			}
		})
	}
}

func describe(s Secret) string {
	out := fmt.Sprintf("%s:%d", s.Path, s.First)
	if s.Last > s.First {
		out += fmt.Sprintf("-%d", s.Last)
	}
	if s.Old {
		out += " old"
	}
	out += " " + s.Rule
	if s.Added {
		out += " added"
	}
	return out
}

func linesOf(t interface {
	Helper()
	Fatal(...any)
}, b *bundler.Bundle) []string {
	t.Helper()
	var out []string
	for _, p := range b.Parts {
		hunks, err := p.Hunks()
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range hunks {
			for l := range h.Lines() {
				out = append(out, string(l.Kind)+string(l.Text))
			}
		}
	}
	return out
}

func TestABundleWithoutCredentialsIsTheSameOne(t *testing.T) {
	p := plan(t, diff("a.txt", "+nothing\n", "b/b.txt", "+key "+awsKey()+"\n"), 130)
	found, err := scanner(t).Scan(t.Context(), p.Change)
	if err != nil || len(p.Bundles) != 2 {
		t.Fatal(err, len(p.Bundles))
	}
	if found.Mask(p.Bundles[0]) != p.Bundles[0] || found.Mask(p.Bundles[1]) == p.Bundles[1] {
		t.Error("want the first bundle itself, and a copy of the second")
	}
	var none *Findings
	if none.Mask(p.Bundles[1]) != p.Bundles[1] || none.Text("x") != "x" {
		t.Error("no findings mask something")
	}
}

func TestATextIsMaskedByItself(t *testing.T) {
	x := scanner(t)
	got, err := x.Text(t.Context(), "AGENTS.md", "use "+awsKey()+" here\nand "+awsKey()+" there\n")
	if want := "use [MASKED:aws-access-token:20-63] here\nand [MASKED:aws-access-token:20-63] there\n"; err != nil || got != want {
		t.Errorf("%v\n%s", err, got)
	}
}

// Wherever a credential is planted, in whatever hunk, its own line is told.
func TestTheLineOfACredentialIsTrue(t *testing.T) {
	x := scanner(t)
	rapid.Check(t, func(rt *rapid.T) {
		start := rapid.IntRange(1, 5000).Draw(rt, "start")
		before := rapid.IntRange(0, 12).Draw(rt, "before")
		kind := func(name string) string { return rapid.SampledFrom([]string{" ", "+"}).Draw(rt, name) }
		filler := func() string {
			return rapid.SampledFrom([]string{"", "x", "password", "key =", "\r", "ü"}).Draw(rt, "filler")
		}
		var body strings.Builder
		for range before {
			body.WriteString(kind("kind") + filler() + "\n")
			if rapid.Bool().Draw(rt, "deleted") {
				body.WriteString("-deleted " + token() + "\n")
			}
		}
		body.WriteString("+" + rapid.SampledFrom([]string{"", "k: ", "\t\""}).Draw(rt, "prefix") + awsKey() + "\n")
		for range rapid.IntRange(0, 12).Draw(rt, "after") {
			body.WriteString(kind("kind") + filler() + "\n")
		}
		hits := 0
		for _, s := range newSide(bundler.Hunk{NewStart: start, Body: []byte(body.String())}, false).secrets(background(), x.detector, "a.txt") {
			if s.Rule != "aws-access-token" {
				continue
			}
			hits++
			if !s.Added || s.First != start+before || s.Last != s.First {
				rt.Fatalf("planted on line %d, told on %d-%d, %v", start+before, s.First, s.Last, s.Added)
			}
		}
		if hits != 1 {
			rt.Fatalf("one was planted, %d were found", hits)
		}
	})
}

func FuzzMaskKeepsTheLines(f *testing.F) {
	f.Add("+key = "+awsKey()+"\n x\n", 300)
	f.Add("+"+begin()+"\n+"+keyBody+"\n", 100)
	f.Add("-a\n\\ No newline at end of file\n+b", 100)
	x := scanner(f)
	f.Fuzz(func(t *testing.T, text string, warn int) {
		var body string
		for line := range strings.Lines(text) { // most of what is no diff would be refused
			if !strings.ContainsAny(line[:1], "+- \\") {
				line = "+" + line
			}
			body += strings.TrimSuffix(line, "\n") + "\n"
		}
		c, err := bundler.Read(t.Context(), bundler.Source{Diff: strings.NewReader(diff("a.txt", body)), DiffName: "fuzz"}, bundler.ReadOptions{})
		if err != nil {
			t.Skip()
		}
		p, err := bundler.Pack(t.Context(), c, bundler.Options{Guards: bundler.Guards{Warn: bundler.ByteSize(max(80, warn%5000)), Refuse: 1 << 20}})
		if err != nil {
			t.Skip()
		}
		found, err := x.Scan(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range p.Bundles {
			checkShape(t, b, found.Mask(b))
		}
	})
}

// Whatever is looked for in whatever line, nothing of it is left between the markers.
func FuzzNoTextIsLeftBetweenMarkers(f *testing.F) {
	f.Add("abcdef\ndefghi\nabcd", "x abcdefghi abcd")
	f.Add("aaaa\naaaaa", "aaaaaaaaaaa")
	f.Add("\x00\xff\xfe\xfd", "\xff\x00\xff\xfe\xfd")
	f.Fuzz(func(t *testing.T, texts, line string) {
		var ps []piece
		for text := range strings.SplitSeq(texts, "\n") {
			if len(text) >= shortest {
				ps = append(ps, piece{text: text})
			}
		}
		n := newNeedles([]Secret{{Rule: "\x01", pieces: ps}})
		if n == nil || strings.ContainsAny(texts+line, "\x01[") {
			return
		}
		got, _ := n.mask(line)
		for i, between := range strings.Split(got, "[MASKED:\x01:") {
			if i > 0 {
				_, between, _ = strings.Cut(between, "]")
			}
			if !strings.Contains(line, between) {
				t.Fatalf("%q was not in %q", between, line)
			}
			for _, p := range ps {
				if strings.Contains(between, p.text) {
					t.Fatalf("%q is left in %q", p.text, got)
				}
			}
		}
	})
}

func BenchmarkScan(b *testing.B) {
	var files []string
	for i := range 200 {
		var body strings.Builder
		for j := range 400 {
			fmt.Fprintf(&body, "+	if err := s.store(ctx, key%d, value[%d]); err != nil { return fmt.Errorf(\"storing: %%w\", err) }\n", i, j)
		}
		files = append(files, fmt.Sprintf("d/f%d.go", i), body.String())
	}
	patch := diff(files...)
	p := plan(b, patch, 60<<10)
	x := scanner(b)
	b.SetBytes(int64(len(patch)))
	for b.Loop() {
		found, err := x.Scan(b.Context(), p.Change)
		if err != nil {
			b.Fatal(err)
		}
		for _, bundle := range p.Bundles {
			found.Mask(bundle)
		}
	}
}

// background is for the checks of rapid, which have no context of their own.
func background() context.Context { return context.Background() }
