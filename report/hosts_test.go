package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
	"pgregory.net/rapid"

	"scrum/tally"
)

// evil are texts that end a field, a line or an element of some format, or begin a
// command of some runner.
func evil() []string {
	return []string{
		"]]>", "<![CDATA[x", "--><script>alert(1)</script>", "\n::error file=a.go,line=1::owned", "%0A::error::owned", "\r\n::set-output name=a::b",
		"##[error]owned", "##vso[task.x]y", "a,b=c:d%", "\x1b[31m\x00\x07\u202e\u200b\ufffe", "\xff\xfe", "![a](https://evil.example/a.png) [b](javascript:alert(1))",
		"@octocat #1 https://evil.example", "```\n~~~\n# x\n| a | b |", "<!-- scrum:review -->", "{0} {{1}} \\", "\"'&lt;&#x0;", strings.Repeat("é", 300),
	}
}

// hostile is a review of which every text is evil.
func hostile() *Review {
	r := fixture()
	bad := strings.Join(evil(), " ")
	r.Run.Label, r.Run.ID, r.Run.ToolVersion, r.Verdict.Reason, r.Verdict.Rule = bad, bad, bad, bad, bad
	r.Notes = evil()
	for i := range r.Bundles {
		r.Bundles[i].Component, r.Bundles[i].Why = bad, bad
	}
	for i := range r.LeftOut {
		r.LeftOut[i].Path, r.LeftOut[i].Reason = "../"+bad, bad
	}
	for i := range r.Coverage {
		r.Coverage[i].Error = bad
	}
	for i, e := range evil() {
		f := r.Findings[i%len(r.Findings)]
		f.ID, f.Title, f.Why, f.Fix = fmt.Sprint("h", i), e, e+"\n"+bad, bad
		f.Path, f.Lineages, f.Reviewers, f.Gap = "/"+e, []string{"tool:" + e}, []string{e}, e
		f.Examined = []tally.Examined{{Reviewer: e, Lineage: e, Opinion: tally.Unsure, Reason: e}}
		f.Sources = []tally.Source{{Reviewer: e, Lineage: e, Title: e, Where: e, Retracted: e}}
		r.Findings = append(r.Findings, f)
	}
	r.Findings[1].Why = strings.Repeat("é]]>", maxText)
	return r
}

func inconclusive() *Review {
	r := clean()
	r.Verdict = tally.Verdict{Outcome: tally.Inconclusive, Rule: "quorum", Reason: "covered < bundles, with covered = 0, bundles = 1", ExitCode: 4}
	r.Bundles[0].Covered, r.Bundles[0].Why = false, "nobody engaged"
	return r
}

func nothing() *Review {
	return &Review{Verdict: tally.Verdict{Outcome: tally.Inconclusive, Reason: "no rule of the policy holds", ExitCode: 4}}
}

// many has n open findings, and some that do not count.
func many(n int) *Review {
	r := fixture()
	base := r.Findings
	r.Findings = nil
	for i := range n {
		f := base[i%len(base)]
		f.ID, f.Line, f.EndLine, f.Bundle = fmt.Sprint("m", i), i+1, i+1, fmt.Sprint("c", i%30)
		r.Findings = append(r.Findings, f)
	}
	return r
}

func reviews() map[string]*Review {
	return map[string]*Review{"rich": fixture(), "clean": clean(), "hostile": hostile(), "inconclusive": inconclusive(), "empty": nothing(), "many": many(80)}
}

func format(t *testing.T, name string) Writer {
	t.Helper()
	w, err := For(name, Terminal{})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestEveryFormatIsWrittenAsBefore(t *testing.T) {
	for _, name := range Formats() {
		if name == "terminal" || name == "md" || name == "json" || name == "html" {
			continue // in tests of their own
		}
		for review, r := range map[string]*Review{"rich": fixture(), "inconclusive": inconclusive()} {
			t.Run(review+"."+name, func(t *testing.T) {
				golden(t, review+"."+name, written(t, format(t, name), r))
			})
		}
	}
}

func TestAnUnknownFormatIsToldTheKnownOnes(t *testing.T) {
	_, err := For("xml", Terminal{})
	for _, name := range Formats() {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v does not name %s", err, name)
		}
	}
}

// No text of a stranger reaches a terminal or a runner as a command of its own.
func TestNoFormatHoldsControlCharactersOrCommandsOfStrangers(t *testing.T) {
	for name, r := range reviews() {
		for _, f := range Formats() {
			for line := range strings.Lines(written(t, format(t, f), r)) {
				line = strings.TrimSuffix(line, "\n")
				if i := strings.IndexFunc(line, func(c rune) bool { return c != '\t' && (unicode.IsControl(c) || hidden(c) && c != '\u2060') }); i >= 0 {
					t.Errorf("%s of %s: %q", f, name, line[max(0, i-20):i+4])
				}
				if commandMarks.MatchString(line) || f != "github-annotations" && strings.HasPrefix(strings.TrimSpace(line), "::") {
					t.Errorf("%s of %s has a command: %.200q", f, name, line)
				}
			}
		}
	}
}

func TestAnInconclusiveReviewNeverLooksLikeAPass(t *testing.T) {
	for name, r := range map[string]*Review{"not covered": inconclusive(), "nothing read": nothing()} {
		for f, want := range map[string]string{
			"sarif": `"executionSuccessful": false`, "rdjson": `"severity": "ERROR"`, "rdjsonl": `"severity":"ERROR"`, "gitlab": `"severity": "blocker"`,
			"junit": `<error message="inconclusive: `, "github-annotations": "::error title=scrum%3A INCONCLUSIVE::", "github-summary": "# INCONCLUSIVE",
			"comment": "# INCONCLUSIVE", "comment-gitlab": "# INCONCLUSIVE", "comment-bitbucket": "# INCONCLUSIVE", "comment-azure": "# INCONCLUSIVE",
		} {
			out := written(t, format(t, f), r)
			for _, w := range []string{want, r.Verdict.Reason} {
				if !strings.Contains(strings.ReplaceAll(out, "&lt;", "<"), w) {
					t.Errorf("%s, %s: %q is missing in\n%s", name, f, w, out)
				}
			}
		}
	}
	if out := written(t, SARIF{}, inconclusive()); !strings.Contains(out, `"ruleId": "scrum/inconclusive"`) {
		t.Errorf("a host that looks at results only sees none:\n%s", out)
	}
}

func TestOnlyWhatClosesTheGateIsAnError(t *testing.T) {
	alone, open := fixture(), fixture()
	alone.Findings[1].Convergence, alone.Findings[2].ConfirmedBy = 1, nil
	open.Verdict.Outcome = tally.Pass
	for name, r := range map[string]*Review{"nobody agrees": alone, "the gate is open": open} {
		for f, bad := range map[string]string{"sarif": `"level": "error"`, "rdjson": `"ERROR"`, "gitlab": `"blocker"`} {
			if out := written(t, format(t, f), r); strings.Contains(out, bad) {
				t.Errorf("%s: %s holds %s", name, f, bad)
			}
		}
	}
	if out := written(t, JUnit{}, open); strings.Contains(out, "<failure") || strings.Contains(out, "<error") {
		t.Errorf("a gate that is open fails a test:\n%s", out)
	}
}

var moreFindings = regexp.MustCompile(`(\d+) more findings? (?:in|are|is) `)

// Listed and cut together are what there was.
func TestEveryOpenFindingIsListedOrCounted(t *testing.T) {
	count := map[string]func(out string) int{
		"sarif":  func(out string) int { return strings.Count(out, `"state": "open"`) },
		"rdjson": func(out string) int { return strings.Count(out, `"message":`) - strings.Count(out, "scrum/not-listed") },
		"gitlab": func(out string) int {
			return strings.Count(out, `"description":`) - strings.Count(out, `"check_name": "scrum/not-listed"`)
		},
		"junit": func(out string) int {
			return strings.Count(out, `file="`) - strings.Count(out, `message="does not count`)
		},
		"github-annotations": func(out string) int { return strings.Count(out, " file=") },
	}
	count["comment"] = func(out string) int {
		out, _, _ = strings.Cut(out, "\n## Not counted")
		out, _, _ = strings.Cut(out, "\n## Not read")
		return len(regexp.MustCompile("(?m)^(###|-) .*(BLOCK|WARN|INFO) `").FindAllString(out, -1))
	}
	rapid.Check(t, func(t *rapid.T) {
		r := many(rapid.IntRange(0, 24).Draw(t, "findings"))
		long := rapid.IntRange(0, 300).Draw(t, "words")
		want := 0
		for i := range r.Findings {
			r.Findings[i].Why, r.Findings[i].Fix = strings.Repeat("why @a ", long*i/len(r.Findings)), ""
			want += boolInt(r.Findings[i].State == tally.Open)
		}
		page := host{name: "a page", limit: rapid.IntRange(10_000, 30_000).Draw(t, "limit"), plain: rapid.Bool().Draw(t, "plain")}
		for f, listed := range count {
			w, err := For(f, Terminal{})
			if f == "comment" {
				w = Comment{page}
			}
			if err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			if err := w.Write(&b, r); err != nil {
				t.Fatal(err)
			}
			cut := 0
			if m := moreFindings.FindStringSubmatch(b.String()); m != nil {
				cut, _ = strconv.Atoi(m[1])
			}
			if got := listed(b.String()); got+cut != want {
				t.Fatalf("%s: %d listed and %d cut of %d", f, got, cut, want)
			}
			if f == "comment" && b.Len() > page.limit {
				t.Fatalf("%d bytes, and %d are taken", b.Len(), page.limit)
			}
		}
	})
}

func TestCommentsStayWithinTheLimitsOfTheHosts(t *testing.T) {
	all := reviews()
	all["many"] = many(2000)
	for name, r := range all {
		for f, h := range hosts() {
			out := written(t, Comment{h}, r)
			if len(out) > h.limit {
				t.Errorf("%s of %s has %d bytes, and %d are taken", f, name, len(out), h.limit)
			}
			if name == "many" && h.limit < 200_000 && (len(out) < h.limit*8/10 || !moreFindings.MatchString(out)) {
				t.Errorf("%s of %s uses %d bytes of %d, or does not say what it cuts", f, name, len(out), h.limit)
			}
			if marked := strings.HasPrefix(out, Marker+"\n# ") || strings.HasPrefix(out, "[//]: # (scrum:review)\n# ") && h.plain; marked != h.sticky {
				t.Errorf("%s of %s begins with %.60q", f, name, out)
			}
		}
	}
}

// A page shows no HTML of ours but comments, and none at all of strangers.
func TestCommentsRenderWithoutHTMLOfStrangers(t *testing.T) {
	for name, r := range reviews() {
		for f, h := range hosts() {
			source := []byte(written(t, Comment{h}, r))
			markers := 0
			err := ast.Walk(goldmark.DefaultParser().Parse(text.NewReader(source)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
				raw := ""
				switch n := n.(type) {
				case *ast.RawHTML:
					raw = string(n.Segments.Value(source))
				case *ast.HTMLBlock:
					raw = string(n.Lines().Value(source))
				case *ast.Link, *ast.Image, *ast.AutoLink:
					t.Errorf("%s of %s has a link or a picture", f, name)
				}
				raw = strings.TrimSpace(raw)
				if entering && raw == Marker {
					markers++
				} else if entering && raw != "" && (raw != "<!-- -->" || h.plain) {
					t.Errorf("%s of %s has HTML: %q", f, name, raw)
				}
				return ast.WalkContinue, nil
			})
			if want := boolInt(h.sticky && !h.plain); err != nil || markers != want {
				t.Errorf("%s of %s: %d markers, want %d (%v)", f, name, markers, want, err)
			}
		}
	}
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// parsed undoes the runner's escapes, as its source has them.
func parsed(t *testing.T, line string) (level string, properties map[string]string, message string) {
	t.Helper()
	rest, ok := strings.CutPrefix(line, "::")
	head, message, found := strings.Cut(rest, "::")
	level, list, _ := strings.Cut(head, " ")
	if !ok || !found {
		t.Fatalf("%q is no command", line)
	}
	properties = map[string]string{}
	unescape := strings.NewReplacer("%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",", "%25", "%")
	for p := range strings.SplitSeq(list, ",") {
		k, v, ok := strings.Cut(p, "=")
		if _, twice := properties[k]; !ok || twice {
			t.Fatalf("%q of %q is no property", p, line)
		}
		properties[k] = unescape.Replace(v)
	}
	return level, properties, strings.NewReplacer("%0D", "\r", "%0A", "\n", "%25", "%").Replace(message)
}

func TestAnnotationsAreReadBackAsTheyWereMeant(t *testing.T) {
	for name, r := range reviews() {
		t.Run(name, func(t *testing.T) {
			open := r.open()
			levels := map[string]int{}
			at := 0
			for line := range strings.SplitSeq(strings.TrimSuffix(written(t, Annotations{}, r), "\n"), "\n") {
				level, properties, message := parsed(t, line)
				levels[level]++
				if properties["file"] == "" {
					continue
				}
				for annotationOf(r, open[at]).level != level || inline(r.path(open[at].Finding)) != properties["file"] {
					at++ // found no room
				}
				l := open[at]
				at++
				if diff := cmp.Diff(Sanitise(l.plain()), message); diff != "" || !strings.HasSuffix(properties["title"], inline(titleOf(l.Finding))) {
					t.Errorf("%q (-want +got):\n%s", properties, diff)
				}
				if first, _ := l.lines(); first > 0 && properties["line"] != strconv.Itoa(first) {
					t.Errorf("line %q, want %d", properties["line"], first)
				}
			}
			for level, n := range levels {
				if n > maxAnnotations {
					t.Errorf("%d of level %s, and %d are shown", n, level, maxAnnotations)
				}
			}
		})
	}
}

func TestAnyTextStaysOneAnnotation(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		a := annotation{level: "warning", path: rapid.String().Draw(rt, "path"), first: 3, last: 4, title: rapid.String().Draw(rt, "title"), text: rapid.String().Draw(rt, "text")}
		line := a.String()
		if strings.ContainsAny(line, "\r\n") {
			rt.Fatalf("%q has several lines", line)
		}
		level, properties, message := parsed(t, line)
		want := map[string]string{"line": "3", "endLine": "4", "title": inline(a.title)}
		if a.path != "" {
			want["file"] = inline(a.path)
		}
		if diff := cmp.Diff(want, properties); diff != "" || level != "warning" || message != Sanitise(a.text) {
			rt.Fatalf("%q: %s, %q (-want +got):\n%s", line, level, message, diff)
		}
	})
}

func TestACommentSaysOfWhichBundlesItCutsFindings(t *testing.T) {
	r := many(120)
	for i := range r.Findings {
		r.Findings[i].Bundle = []string{"c1", "c2", "c3`@all`"}[i%3]
		r.Findings[i].State = tally.Open
	}
	out := written(t, Comment{host{name: "a page", limit: 6_000}}, r)
	m := regexp.MustCompile(`(?m)^\*\*Cut, because a page has room for 6000 bytes:\*\* (\d+) more findings in (.*)\. All of them are in findings\.json\.$`).FindStringSubmatch(out)
	if m == nil {
		t.Fatalf("nothing is said of it:\n%s", out)
	}
	sum := 0
	for _, n := range regexp.MustCompile(`\((\d+)\)`).FindAllStringSubmatch(m[2], -1) {
		k, _ := strconv.Atoi(n[1])
		sum += k
	}
	if fmt.Sprint(sum) != m[1] || !strings.Contains(m[2], "c1 (") || !strings.Contains(m[2], "c3\\`@<!-- -->all\\` (") {
		t.Errorf("%s findings, of these bundles: %s", m[1], m[2])
	}
}

func TestGitLabHasWhatItNeedsAndNamesNothingTwice(t *testing.T) {
	for name, r := range reviews() {
		var issues []gitlabIssue
		if err := json.Unmarshal([]byte(written(t, GitLab{}, r)), &issues); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		seen := map[string]bool{}
		for _, i := range issues {
			if i.Description == "" || i.CheckName == "" || i.Fingerprint == "" || i.Location.Path == "" || i.Location.Lines.Begin < 1 || seen[i.Fingerprint] {
				t.Errorf("%s: %+v", name, i)
			}
			if !slices.Contains([]string{"info", "minor", "major", "critical", "blocker"}, i.Severity) || strings.HasPrefix(i.Location.Path, "/") || strings.Contains(i.Location.Path, "../") {
				t.Errorf("%s: %+v", name, i)
			}
			seen[i.Fingerprint] = true
		}
	}
}

func TestJUnitIsWellFormedAndCountsItsTests(t *testing.T) {
	for name, r := range reviews() {
		out := written(t, JUnit{}, r)
		dec := xml.NewDecoder(strings.NewReader(out))
		dec.Strict = true
		for {
			_, err := dec.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		var all junitSuites
		if err := xml.Unmarshal([]byte(out), &all); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		tests, failures, errs := 0, 0, 0
		names := map[string]bool{}
		for _, s := range all.Suites {
			skipped := 0
			if !regexp.MustCompile(`^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)?$`).MatchString(s.Timestamp) || !regexp.MustCompile(`^\d+\.\d{3}$`).MatchString(s.Time) {
				t.Errorf("%s: suite %s has the time %q and %q", name, s.Name, s.Timestamp, s.Time)
			}
			for _, c := range s.Cases {
				if boolInt(c.Skipped != nil)+boolInt(c.Failure != nil)+boolInt(c.Error != nil) > 1 {
					t.Errorf("%s: %s ends in several ways", name, c.Name)
				}
				if c.Class == "" || c.Name == "" || name != "hostile" && names[c.Class+"\x00"+c.Name+s.Name] {
					t.Errorf("%s: a test without a name of its own: %+v", name, c)
				}
				names[c.Class+"\x00"+c.Name+s.Name] = true
				skipped += boolInt(c.Skipped != nil)
				tests, failures, errs = tests+1, failures+boolInt(c.Failure != nil), errs+boolInt(c.Error != nil)
			}
			if s.Tests != len(s.Cases) || s.Skipped != skipped {
				t.Errorf("%s: suite %s says %d tests, %d skipped; there are %d and %d", name, s.Name, s.Tests, s.Skipped, len(s.Cases), skipped)
			}
		}
		if all.Tests != tests || all.Failures != failures || all.Errors != errs {
			t.Errorf("%s: it says %d tests, %d failures, %d errors; there are %d, %d, %d", name, all.Tests, all.Failures, all.Errors, tests, failures, errs)
		}
	}
}
