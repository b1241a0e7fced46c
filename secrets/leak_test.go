package secrets

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"scrum/bundler"
)

// base64Line is a line of a key that is like no other with another seed.
func base64Line(seed, n int) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	var b strings.Builder
	b.WriteString("M7")
	for x := uint32(seed)*2654435761 + 12345; b.Len() < n; x = x*1664525 + 1013904223 {
		b.WriteByte(letters[x>>26])
	}
	return b.String()
}

func added(lines ...string) string { return "+" + strings.Join(lines, "\n+") + "\n" }

// maskAll gives all bundles of a patch as they leave the machine.
func maskAll(t *testing.T, x *Scanner, patch string, warn int) string {
	t.Helper()
	p := plan(t, patch, warn)
	found, err := x.Scan(t.Context(), p.Change)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, b := range p.Bundles {
		masked := found.Mask(b)
		checkShape(t, b, masked)
		out.Write(masked.Payload())
	}
	return out.String()
}

func TestNothingOfACredentialIsLeft(t *testing.T) {
	k := []string{base64Line(1, 64), base64Line(2, 64), base64Line(3, 64)}
	tail, checksum := "Qx7vT1pLmZ2bNc4KdA==", "=2+kQ"
	pgp := func(mark string) string { return "-----" + mark + " PGP " + "PRIVATE KEY BLOCK-----" }
	quoted := func(lines ...string) []string {
		for i, l := range lines {
			lines[i] = "\t\"" + l + "\\n\" +"
		}
		return lines
	}
	long := []string{begin()}
	for i := range 40 {
		long = append(long, base64Line(10+i, 64))
	}
	x := scanner(t)
	tests := []struct {
		name, patch string
		gone        []string
		kept        []string
	}{
		{"two on one line", diff("a.txt", added("aws "+awsKey()+" gh "+token())), []string{awsKey(), token()}, []string{"+aws [MASKED:aws-access-token:20-63] gh [MASKED:github-pat:20-63]\n"}},
		{"in the heading of a hunk only", strings.Replace(diff("a.cfg", "+x\n"), "heading", "aws_key = "+awsKey(), 1), []string{awsKey()}, []string{"@@ aws_key = [MASKED:aws-access-token:20-63]\n"}},
		{"cut off at the end of a heading", strings.Replace(diff("a.cfg", added("k: "+token())), "heading", "k = "+token()[:30], 1), []string{token()[:30]}, nil},
		{"a key in pieces", diff("a.pem", added(append(long, end())...)), long[1:], nil},
		{"a key whose last line is short, without its beginning", diff("a.pem", added(append(slices.Clone(k), tail, end(), "x")...)), append(slices.Clone(k), tail), []string{end(), "+x\n"}},
		{"a key whose last line is tiny", diff("a.pem", added(append(append([]string{begin()}, k...), "Qz8=", end(), "fine")...)), append(slices.Clone(k), "Qz8="), []string{begin(), end(), "+fine\n"}},
		{"an encrypted key without its end", diff("a.pem", added(append([]string{begin(), "Proc-Type: 4,ENCRYPTED", "DEK-Info: AES-128-CBC,0011", ""}, k...)...)), k, []string{"+Proc-Type: 4,ENCRYPTED\n"}},
		{"a PGP key without its end", diff("a.asc", added(append([]string{pgp("BEGIN"), "Version: GnuPG v2", ""}, k...)...)), k, nil},
		{"a PGP key without its beginning", diff("a.asc", added(append(slices.Clone(k), checksum, pgp("END"))...)), append(slices.Clone(k), checksum), nil},
		{"a key in strings, and a line of it elsewhere", diff("a.go", added(quoted(begin(), k[0], k[1], k[2], end())...), "b.txt", added("k", k[1], "z")), k, []string{"+\t\"[MASKED:private-key:64-or-more]\\n\" +\n", "+k\n", "+z\n"}},
		{"a key on one line", diff("a.json", added(`{"key": "`+strings.Join(append(append([]string{begin()}, k...), end()), `\n`)+`\n"}`)), k, []string{`{"key": "` + begin() + `\n[MASKED`, `\n` + end() + `\n"}`}},
		{"a key with carriage returns", diff("a.pem", added(begin()+"\r", k[0]+"\r", k[1]+"\r", end()+"\r")), k[:2], []string{"+[MASKED:private-key:64-or-more]\r\n"}},
		{"a rotated key", diff("a.pem", " "+begin()+"\n-"+k[0]+"\n-"+k[1]+"\n+"+k[2]+"\n+"+base64Line(4, 64)+"\n "+end()+"\n"), append(slices.Clone(k), base64Line(4, 64)), nil},
		{"a file with a name that a rule excepts", diff("x/@octokit/auth-token/README.md", added("t "+token())), []string{token()}, nil},
		{"within a longer word, in another file", diff("a.txt", added("k "+token()), "b.txt", added("v1"+token()+"_x")), []string{token()}, []string{"+v1[MASKED:github-pat:20-63]_x\n"}},
		{"a value in quotes, which stay", diff("a.tf", added(`  password = "xK9fQ27aLm"`)), []string{"xK9fQ27aLm"}, []string{`password = "[MASKED:hashicorp-tf-password:under-20]"`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, warn := range []int{1 << 20, 600} { // whole, and cut inside the file
				got := maskAll(t, x, tt.patch, warn)
				for _, s := range tt.gone {
					if strings.Contains(got, s) {
						t.Errorf("%q is left in:\n%s", s, got)
					}
				}
				for _, s := range tt.kept {
					if !strings.Contains(got, s) {
						t.Errorf("%q is not in:\n%s", s, got)
					}
				}
			}
		})
	}
}

func TestOrdinaryCodeStays(t *testing.T) {
	tests := map[string]string{
		"code between the names of a key's lines": diff("a.go", added("\tif !strings.HasPrefix(s, \""+begin()+"\") {", "\t\treturn nil, err", "\t}", "\tblock, rest := pem.Decode([]byte(s))", "\tif block == nil {", "\t\treturn nil, err", "\t}", "\tif !strings.HasSuffix(s, \""+end()+"\") {")),
		"a checksum of a lock file":               diff("package-lock.json", added(`"integrity": "sha512-`+base64Line(5, 86)+`==",`)),
		"a public key":                            diff("a.pem", added("-----BEGIN PUBLIC KEY-----", base64Line(6, 64), base64Line(7, 64), "-----END PUBLIC KEY-----")),
	}
	for name, patch := range tests {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(patch, maskAll(t, scanner(t), patch, 1<<20)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestAShortCredentialTearsNoWord(t *testing.T) {
	got := maskAll(t, scanner(t), diff("a.tf", added(`  password = "database1"`), "b.go", added("func open(mydatabase12 string) { use(database1) }")), 1<<20)
	if want := "+func open(mydatabase12 string) { use([MASKED:hashicorp-tf-password:under-20]) }\n"; !strings.Contains(got, want) || strings.Contains(got, `"database1"`) {
		t.Errorf("%q is not in:\n%s", want, got)
	}
}

func TestTextsThatOverlapAreMaskedTogether(t *testing.T) {
	n := newNeedles([]Secret{{Rule: "a", pieces: []piece{{text: "abcdefghijKLMNOP"}}}, {Rule: "b", pieces: []piece{{text: "KLMNOPqrstuvwxyz0123"}, {text: "abcd"}}}})
	if got, _ := n.mask("x abcdefghijKLMNOPqrstuvwxyz0123 y abcde"); got != "x [MASKED:a:under-20] y [MASKED:b:under-20]e" {
		t.Error(got)
	}
}

func TestMaskingTwiceIsMaskingOnce(t *testing.T) {
	x := scanner(t)
	once, err := x.Text(t.Context(), "a.txt", "api_key: "+awsKey()+"\ntoken = \""+token()+"\"\nsecret=0Zp4cVfk8Q2w1Bn7\n")
	if err != nil {
		t.Fatal(err)
	}
	twice, err := x.Text(t.Context(), "a.txt", once)
	if d := cmp.Diff(once, twice); err != nil || d != "" {
		t.Errorf("%v\n%s", err, d)
	}
}

func TestPrintingShowsNoCredential(t *testing.T) {
	p := plan(t, diff("a.txt", added("k "+token())), 1<<20)
	found, err := scanner(t).Scan(t.Context(), p.Change)
	if err != nil || len(found.Secrets) != 1 {
		t.Fatal(err, found)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		for _, what := range []any{found, found.Secrets, found.Secrets[0], &found.Secrets[0]} {
			if s := fmt.Sprintf(verb, what); strings.Contains(s, token()) || strings.Contains(s, fmt.Sprintf("%x", token())) {
				t.Errorf("%s of %T shows it", verb, what)
			}
		}
	}
}

func TestOneScannerServesSeveral(t *testing.T) {
	x := scanner(t)
	c := plan(t, diff("a.txt", added("k "+token()), "b.txt", added("k "+awsKey()), "c.tf", added(`password = "xK9fQ27aLm"`)), 1<<20).Change
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if found, err := x.Scan(background(), c); err != nil || len(found.Secrets) != 3 {
				t.Errorf("%v %v", found, err)
			}
		})
	}
	wg.Wait()
}

func TestTheCredentialsOfALongFileAreEachFoundOnce(t *testing.T) {
	lines, want := []string(nil), []string(nil)
	for i := range 5000 { // some windows, which overlap
		l := fmt.Sprintf("line %d of ordinary text, nothing to see here", i)
		if i%250 == 0 {
			l = "k: ghp" + "_" + strings.NewReplacer("+", "a", "/", "b").Replace(base64Line(i, 36))
			want = append(want, fmt.Sprintf("a.txt:%d github-pat added", i+10))
		}
		lines = append(lines, l)
	}
	found, err := scanner(t).Scan(t.Context(), plan(t, diff("a.txt", added(lines...)), 1<<20).Change)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range found.Secrets {
		got = append(got, describe(s))
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

type failer interface {
	Helper()
	Fatal(...any)
	Errorf(string, ...any)
}

// checkShape holds a masked bundle against what it was made of: the same hunks with
// the same numbers, the same kinds of lines, and headers to the byte.
func checkShape(t failer, was, is *bundler.Bundle) {
	t.Helper()
	shape := func(b *bundler.Bundle) (out []string) {
		for _, p := range b.Parts {
			hunks, err := p.Hunks()
			if err != nil {
				t.Fatal(err)
			}
			head, _, _ := strings.Cut(string(p.Patch), "\n@@ ")
			out = append(out, head)
			for _, h := range hunks {
				out = append(out, fmt.Sprint(h.OldStart, h.OldLines, h.NewStart, h.NewLines))
				for l := range h.Lines() {
					out = append(out, fmt.Sprintf("%c %d %d %v", l.Kind, l.Old, l.New, l.NoEOL))
				}
			}
		}
		return out
	}
	if d := cmp.Diff(shape(was), shape(is)); d != "" {
		t.Errorf("the shape has changed (-was +is):\n%s", d)
	}
	if is.Bytes != len(is.Payload()) {
		t.Errorf("%d bytes are said to be %d", len(is.Payload()), is.Bytes)
	}
}

// planted draws a credential of some kind: its lines, and the texts that must go.
func planted(rt *rapid.T) (lines, texts []string) {
	seed := rapid.IntRange(1, 1<<20).Draw(rt, "seed")
	word := func(n int) string { return strings.NewReplacer("+", "a", "/", "b").Replace(base64Line(seed, n)) }
	around := rapid.SampledFrom([]string{"k: %s", `x = "%s"`, "%s", "%s # gitleaks:allow"}).Draw(rt, "around")
	one := func(s string) ([]string, []string) { return []string{fmt.Sprintf(around, s)}, []string{s} }
	switch rapid.IntRange(0, 6).Draw(rt, "sort") {
	case 0:
		return one("AKIA" + "Q3EGRCC7" + strings.Map(func(r rune) rune { return 'A' + r%26 }, word(8)))
	case 1:
		return one("ghp" + "_" + word(36))
	case 2:
		return one("glpat" + "-" + word(20))
	case 3:
		return one("sk_" + "live_" + word(24))
	case 4:
		return one("npm" + "_" + strings.ToLower(word(36)))
	case 5:
		// The rule that guesses passes over values that hold one of many words, so this
		// one is always the same.
		value := base64Line(1, 32)
		return []string{`api_key = "` + value + `"`}, []string{value}
	}
	for i := range rapid.IntRange(2, 8).Draw(rt, "length") {
		texts = append(texts, base64Line(seed+i, 64))
	}
	return append(append([]string{begin()}, texts...), end()), texts
}

// However a change is made and cut, no planted credential is left, and no other line
// has changed.
func TestNoPlantedCredentialIsLeft(t *testing.T) {
	x := scanner(t)
	rapid.Check(t, func(rt *rapid.T) {
		var files, gone []string
		for i := range rapid.IntRange(1, 4).Draw(rt, "files") {
			var body strings.Builder
			for range rapid.IntRange(1, 20).Draw(rt, "lines") {
				kind := rapid.SampledFrom([]string{" ", "+", "-"}).Draw(rt, "kind")
				lines := []string{rapid.StringMatching(`[-@ a-z(){}="]{0,30}`).Draw(rt, "text")}
				if rapid.IntRange(0, 5).Draw(rt, "plant") == 0 {
					var texts []string
					lines, texts = planted(rt)
					gone = append(gone, texts...)
				}
				for _, l := range lines {
					body.WriteString(kind + l + "\n")
				}
			}
			files = append(files, fmt.Sprintf("dir%d/f.txt", i), body.String())
		}
		p := plan(rt, diff(files...), rapid.IntRange(200, 3000).Draw(rt, "warn"))
		found, err := x.Scan(background(), p.Change)
		if err != nil {
			rt.Fatal(err)
		}
		for _, b := range p.Bundles {
			masked := found.Mask(b)
			checkShape(rt, b, masked)
			was, is := linesOf(rt, b), linesOf(rt, masked)
			for i := range was {
				holds := func(s string) bool { return strings.Contains(was[i], s) }
				if j := slices.IndexFunc(gone, func(s string) bool { return strings.Contains(is[i], s) }); j >= 0 {
					rt.Fatalf("%q is left in %q", gone[j], is[i])
				}
				if was[i] != is[i] && !slices.ContainsFunc(gone, holds) {
					rt.Fatalf("%q became %q", was[i], is[i])
				}
			}
		}
	})
}
