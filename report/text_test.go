package report

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestMarkup(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"leaves words and identifiers alone", "s.remove(old) of snake_case, a-b + c", "s.remove(old) of snake_case, a-b + c"},
		{"escapes emphasis", "*a* _b_ ~~c~~ __d__", `\*a\* \_b\_ \~\~c\~\~ \_\_d\_\_`},
		{"escapes HTML", "<img src=x> & &lt;", "&lt;img src=x&gt; &amp; &amp;lt;"},
		{"escapes links and pictures", "[a](b) ![c](d)", `\[a\](b) !\[c\](d)`},
		{"escapes cells of tables", "a|b", `a\|b`},
		{"escapes code and backslashes", "`a` \\", "\\`a\\` \\\\"},
		{"breaks mentions and references", "@bob #12 GH-3 o/r#4 a@b.c", "@<!-- -->bob #<!-- -->12 GH-<!-- -->3 o/r#<!-- -->4 a@<!-- -->b.c"},
		{"breaks addresses", "https://a.b www.c.d", "https:/<!-- -->/a.b www<!-- -->.c.d"},
		{"escapes what begins a heading", "# a", `\# a`},
		{"escapes what begins a list", "- a", `\- a`},
		{"escapes what begins a numbered list", "12. a", `12\. a`},
		{"escapes what underlines a heading", "===", `\===`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := markup(tt.in); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestCodeHoldsAnyText(t *testing.T) {
	for in, want := range map[string]string{
		"a":      "`a`",
		"a`b":    "``a`b``",
		"`a``":   "``` `a`` ```",
		"":       "",
		" ":      "",
		" a":     "`  a `",
		"path:1": "`path:1`",
	} {
		if got := code(in); got != want {
			t.Errorf("code(%q) = %q, want %q", in, got, want)
		}
	}
	if got, want := fenced("", "a\n````\nb"), "`````\na\n````\nb\n`````\n"; got != want {
		t.Errorf("fenced: got %q, want %q", got, want)
	}
}

func TestProseKeepsCodeAndLines(t *testing.T) {
	in := "Look at `a*b` and *this*:\n\n  ```go\nx := \"*\"\n```\nafter\nnext\n```\nopen"
	want := "**Why** Look at `a*b` and \\*this\\*:\n\n```\nx := \"*\"\n```\n\nafter\\\nnext\\\n\\`\\`\\`\\\nopen\n"
	if diff := cmp.Diff(want, prose("**Why** ", in)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWrap(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		want     []string
	}{
		{"breaks at spaces", "aaaa bbbb cccc", []string{"aaaa bbbb", "cccc"}},
		{"keeps long words whole", "a internal/very/long.go:12 b", []string{"a", "internal/very/long.go:12", "b"}},
		{"sets list items under their text", "- aaaa bbbb cc\n10. aaaa bbbb", []string{"- aaaa", "  bbbb cc", "10. aaaa", "    bbbb"}},
		{"keeps code", "```\nlong line of code\n```\n    more of it here", []string{"```", "long line of code", "```", "    more of it here"}},
		{"breaks wide scripts anywhere", "日本語日本語", []string{"日本語日本", "語"}},
		{"begins no line with a closing sign", "日本語日本。", []string{"日本語日", "本。"}},
		{"keeps one empty line of several", "\n\na\n\n\nb\n\n", []string{"a", "", "b"}},
		{"is nothing for nothing", "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, wrap(tt.in, 10)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestWrapLosesNoWord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := Sanitise(rapid.StringMatching("[a-c \n`日。.1-]{0,60}").Draw(t, "text"))
		lines := wrap(text, rapid.IntRange(1, 30).Draw(t, "width"))
		bare := func(s string) string { return strings.Join(strings.Fields(s), "") }
		if got, want := bare(strings.Join(lines, "\n")), bare(text); got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	})
}

func TestShortenKeepsBothEnds(t *testing.T) {
	for in, want := range map[string]string{"short": "short", "a-very-long-name": "a-ve…name", "日本語日本語": "日本…本語"} {
		if got := shorten(in, 9); got != want || columns(got) > 9 {
			t.Errorf("shorten(%q) = %q (%d columns), want %q", in, got, columns(got), want)
		}
	}
}

func TestNumbersForPeople(t *testing.T) {
	half, little, zero := 0.5, 0.0042, 0.0
	got := []string{
		short(999), short(1000), short(99_949), short(99_950), short(999_499), short(999_500), short(12_000_000),
		bytesText(1023), bytesText(1024), bytesText(5 << 20), wall(999), wall(59_999), wall(60_000), wall(70_000), wall(72_500), wall(3_600_000),
		cost(nil), cost(&zero), cost(&little), cost(&half), plural(1, "file"), plural(0, "file"),
	}
	want := []string{
		"999", "1.0k", "99.9k", "100k", "999k", "1.0M", "12.0M",
		"1023 B", "1.0 KB", "5.0 MB", "1.0s", "1m0s", "1m0s", "1m10s", "1m13s", "1h0m0s",
		"cost unknown", "no cost", "0.0042 USD", "0.50 USD", "1 file", "0 files",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
