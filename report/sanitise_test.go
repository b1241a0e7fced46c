package report

import (
	"strings"
	"testing"
)

func TestSanitise(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"leaves plain text alone", "a b\n\tc – é 日本 ✓", "a b\n\tc – é 日本 ✓"},
		{"shows escape sequences", "\x1b[31mred\x1b]0;title\x07", "␛[31mred␛]0;title␇"},
		{"shows one-byte control sequences", "\u009b31m", "<U+009B>31m"},
		{"shows delete and backspace", "a\b\x7f", "a␈␡"},
		{"keeps line ends of Windows as line ends", "a\r\nb", "a\nb"},
		{"shows a carriage return that would write over the line", "good\rbad", "good␍bad"},
		{"replaces what is not UTF-8", "a\xff\xc3", "a\uFFFD"},
		{"shows what turns the order of characters", "\u202etxt.exe\u2066", "<U+202E>txt.exe<U+2066>"},
		{"shows what has no width", "a\u200bb\u2060\ufeff\u00ad", "a<U+200B>b<U+2060><U+FEFF><U+00AD>"},
		{"shows hidden text in tag characters", "x\U000e0041", "x<U+E0041>"},
		{"shows hidden text in variation selectors", "x\U000e0100", "x<U+E0100>"},
		{"shows fillers that look like nothing", "\u3164\u2800", "<U+3164><U+2800>"},
		{"shows line separators that are no line ends", "a\u2028b", "a<U+2028>b"},
		{"takes the choice of an emoji's picture away", "⚠\ufe0f", "⚠"},
		{"keeps accents and bounds their number", "e\u0301 " + "a" + strings.Repeat("\u0301", 6), "e\u0301 a" + strings.Repeat("\u0301", 4) + "<U+0301><U+0301>"},
		{"defuses a workflow command", "::error file=a::b", ": :error file=a::b"},
		{"defuses an indented workflow command", "a\n \t::set-output name=x::y", "a\n \t: :set-output name=x::y"},
		{"defuses old and foreign commands anywhere", "a ##[error]b ##vso[task.x]y ##teamcity[z]", "a # #[error]b # #vso[task.x]y # #teamcity[z]"},
		{"leaves colons within a line and headings alone", "std::string\n## heading [x]", "std::string\n## heading [x]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Sanitise(tt.in); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestInlineAndPhraseStandOnOneLine(t *testing.T) {
	if got, want := inline(" a\nb\tc "), "a␊b␉c"; got != want {
		t.Errorf("inline: got %q, want %q", got, want)
	}
	if got, want := phrase(" a\n b\r\n\tc "), "a b c"; got != want {
		t.Errorf("phrase: got %q, want %q", got, want)
	}
}

func FuzzSanitise(f *testing.F) {
	for _, s := range []string{"", "::a", " \u00a0::a", "##[a", "###[", "\r\r\n::x", "\x1b[0m", "a\u0301\u0301\u0301\u0301\u0301", "####vso[", "::::", "##0[", ":\u200b:"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := Sanitise(s)
		harmless(t, once)
		if twice := Sanitise(once); twice != once {
			t.Errorf("not idempotent: %q, then %q", once, twice)
		}
		harmless(t, phrase(s))
		if strings.ContainsAny(inline(s)+phrase(s), "\n\t") {
			t.Errorf("more than a line: %q, %q", inline(s), phrase(s))
		}
	})
}

func TestStylesHideNoCommand(t *testing.T) {
	r := fixture()
	const wrapped = "a-word-as-long-as-the-line-is-wide-so-that-it-ends-it ::error::x"
	r.Notes, r.Findings[0].Title, r.Findings[5].Sources[0].Retracted, r.Unparsed[0].Text = []string{wrapped}, wrapped, wrapped, wrapped
	out := written(t, Terminal{Color: true, All: true, Width: 60}, r)
	for _, style := range []style{bold, dim, red, yellow, green, cyan} {
		out = strings.ReplaceAll(out, "\x1b["+string(style)+"m", "")
	}
	harmless(t, strings.ReplaceAll(out, "\x1b[0m", ""))
}
