package report

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"scrum/bundler"
	"scrum/reviewers"
	"scrum/tally"
)

// shownDiff is a change for the fixture, with lines that are up to no good.
const shownDiff = `diff --git a/internal/validator/quorum.go b/internal/validator/quorum.go
--- a/internal/validator/quorum.go
+++ b/internal/validator/quorum.go
@@ -118,4 +118,6 @@ func rejoin() {
 	s.mu.Lock()
-	s.remove(old)
+	// </script><script>alert(1)</script>
+	s.add(next, "<b>") // ` + "\u202e" + `
+	defer s.remove(old)
 	return
 }
diff --git a/internal/validator/set.go b/internal/validator/set.go
--- a/internal/validator/set.go
+++ b/internal/validator/set.go
@@ -40,1 +40,1 @@
-	f.Close()
+	_ = f.Close()
diff --git a/web/app.ts b/web/app.ts
new file mode 100644
--- /dev/null
+++ b/web/app.ts
@@ -0,0 +1,2 @@
+location = "javascript:alert(1)"
+::error file=x::pwned
\ No newline at end of file
`

func withDiff(tb testing.TB, r *Review, diff string) *Review {
	tb.Helper()
	c, err := bundler.ReadDiff("test", strings.NewReader(diff))
	if err != nil {
		tb.Fatal(err)
	}
	b := &bundler.Bundle{ID: "c1"}
	for _, f := range c.Files {
		b.Parts = append(b.Parts, bundler.Part{File: f, Patch: f.Patch})
	}
	r.Diff = DiffOf([]*bundler.Bundle{b})
	return r
}

// TestThePageReadsAsItDid holds the texts of the page against a golden file, without the
// elements around them: the look is tested in a browser.
func TestThePageReadsAsItDid(t *testing.T) {
	page := written(t, HTML{}, withDiff(t, fixture(), shownDiff))
	golden(t, "rich-page.txt", pageTexts(parsedPage(t, page)))
	if again := written(t, HTML{}, withDiff(t, fixture(), shownDiff)); again != page {
		t.Error("a second writing gives other bytes")
	}
}

func TestNoTextOfStrangersIsMarkup(t *testing.T) {
	evil := `</script><script>alert(1)</script><img src=x onerror=alert(2)>" onclick="alert(3)' {{.}} javascript:alert(4) --> <!-- ` + "\u202e\u200b\x1b[2J"
	r := withDiff(t, fixture(), shownDiff)
	r.Run.Label, r.Run.ID, r.Run.ToolVersion, r.Verdict.Rule, r.Verdict.Reason = evil, evil, evil, evil, evil
	r.Notes = append(r.Notes, evil)
	r.Changes = []Change{{Kind: ChangeKind(evil), Path: evil, Title: evil, Detail: evil}}
	r.Coverage = append(r.Coverage, Seat{Bundle: "c1", Reviewer: evil, Lineage: evil, State: reviewers.State(evil), Error: evil})
	for i := range r.Findings {
		f := &r.Findings[i]
		f.ID, f.Title, f.Why, f.Fix, f.Severity, f.State, f.Lineages = evil+fmt.Sprint(i), evil, evil+"\n```\n"+evil+"\n```\n`"+evil+"`", evil, tally.Severity(evil), tally.State(evil), []string{evil}
		f.Sources = []tally.Source{{Reviewer: evil, Lineage: evil, Severity: tally.Severity(evil), Title: evil, Where: evil, Text: evil, Retracted: evil}}
	}
	for i := range r.Diff {
		r.Diff[i].OldPath, r.Diff[i].Problem, r.Diff[i].Bundles = evil, evil, []string{evil}
	}
	page := written(t, HTML{}, r)
	checkPage(t, parsedPage(t, page))
	harmless(t, page)
}

func TestThePageOfAnyFixtureIsHarmless(t *testing.T) {
	for name, r := range map[string]*Review{"rich": fixture(), "with its diff": withDiff(t, fixture(), shownDiff), "clean": clean(), "wide": wide(), "empty": {}} {
		t.Run(name, func(t *testing.T) {
			page := written(t, HTML{}, r)
			checkPage(t, parsedPage(t, page))
			harmless(t, page)
		})
	}
}

// checkPage holds that the page has the elements of its templates and no others: two
// scripts and two styles, links into itself, no attribute that runs something.
func checkPage(t *testing.T, root *html.Node) {
	t.Helper()
	count := map[string]int{}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		count[n.Data]++
		for _, a := range n.Attr {
			switch {
			case strings.HasPrefix(a.Key, "on"), a.Key == "style", a.Key == "src", a.Key == "action":
				t.Errorf("<%s> has %s=%q", n.Data, a.Key, a.Val)
			case a.Key == "href" && !strings.HasPrefix(a.Val, "#") && a.Val != "data:,":
				t.Errorf("<%s> leads to %q", n.Data, a.Val)
			}
		}
	}
	if count["script"] != 2 || count["style"] != 2 {
		t.Errorf("%d scripts and %d styles", count["script"], count["style"])
	}
	for _, name := range []string{"img", "iframe", "object", "embed", "base", "svg", "math"} {
		if count[name] > 0 {
			t.Errorf("there is an <%s>", name)
		}
	}
}

// Every finding is on the page once, and links lead to what is there.
func TestEveryFindingIsOnThePageOnce(t *testing.T) {
	for name, r := range map[string]*Review{"without a diff": fixture(), "with one": withDiff(t, fixture(), shownDiff)} {
		t.Run(name, func(t *testing.T) {
			ids, links := map[string]int{}, map[string]bool{}
			for n := range parsedPage(t, written(t, HTML{}, r)).Descendants() {
				if id := attribute(n, "id"); id != "" {
					ids[id]++
				}
				if link, ok := strings.CutPrefix(attribute(n, "href"), "#"); ok {
					links[link] = true
				}
			}
			for _, f := range r.Findings {
				if ids["finding-"+f.ID] != 1 {
					t.Errorf("%s is there %d times", f.ID, ids["finding-"+f.ID])
				}
			}
			for link := range links {
				if ids[link] != 1 {
					t.Errorf("a link leads to %q, which is there %d times", link, ids[link])
				}
			}
		})
	}
}

func TestFindingsStandUnderTheLastOfTheirLines(t *testing.T) {
	finding := func(line, end int, side tally.Side, anchor tally.Anchor) tally.Finding {
		return tally.Finding{ID: "f", Path: "internal/validator/quorum.go", Line: line, EndLine: end, Side: side, Anchor: anchor}
	}
	for _, tt := range []struct {
		name    string
		finding tally.Finding
		want    string // the text of the line above it, "file" or "apart"
	}{
		{"one line", finding(119, 119, tally.New, tally.Exact), "\t// </script><script>alert(1)</script>"},
		{"several lines", finding(119, 121, tally.New, tally.Exact), "\tdefer s.remove(old)"},
		{"lines that end outside of the hunk", finding(122, 900, tally.New, tally.Exact), "}"},
		{"a deleted line", finding(119, 119, tally.Old, tally.Exact), "\ts.remove(old)"},
		{"the file", finding(0, 0, tally.New, tally.Whole), "file"},
		{"a line that no hunk has", finding(7, 7, tally.New, tally.Context), "file"},
		{"a line outside of the diff", finding(7, 7, tally.New, tally.Outside), "apart"},
		{"a path that is not there", tally.Finding{Path: "no.go", Line: 1, EndLine: 1, Anchor: tally.Unknown}, "apart"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := withDiff(t, &Review{Findings: []tally.Finding{tt.finding}}, shownDiff)
			if diff := cmp.Diff([]string{tt.want}, spots(place(tell(r)))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// spots say where the findings of a placement are.
func spots(p placement) []string {
	var out []string
	for range p.apart {
		out = append(out, "apart")
	}
	for _, f := range p.files {
		for range f.whole {
			out = append(out, "file")
		}
		for _, h := range f.hunks {
			for i, list := range h.under {
				for range list {
					out = append(out, string(h.lines[i].Text))
				}
			}
		}
	}
	return out
}

// The spans of a hunk are its lines, in their order, and no finding is folded.
func TestSpansLoseNoLineAndFoldNoFinding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 600).Draw(t, "lines")
		h := placedHunk{lines: make([]bundler.Line, n), under: map[int][]tally.Finding{}}
		for range rapid.IntRange(0, 6).Draw(t, "findings") {
			h.under[rapid.IntRange(0, n-1).Draw(t, "at")] = []tally.Finding{{}}
		}
		at := 0
		for _, s := range h.spans(rapid.Bool().Draw(t, "quiet"), rapid.Bool().Draw(t, "large")) {
			if s.from != at || s.to <= s.from {
				t.Fatalf("a span %+v after line %d", s, at)
			}
			at = s.to
			for i := s.from; i < s.to; i++ {
				if s.folded && len(h.under[i]) > 0 {
					t.Fatalf("the finding at line %d of %d is folded", i, n)
				}
			}
		}
		if at != n {
			t.Fatalf("the spans end at %d of %d", at, n)
		}
	})
}

// Colours are elements around the text: they change nothing of it.
func TestColoursKeepTheText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"a.go", "a.py", "a.ts", "a.yaml", "Makefile", "a.html", "a.md", "a.unknown", "a.json", "a.sh"}).Draw(t, "name")
		piece := rapid.SampledFrom([]string{"func", " ", "\t", `"`, "'", "`", "/*", "*/", "//", "#", "<b>", "&amp;", "{", "}", "0x1f", "é", "```", "--", ":", "\\", "$(x)"})
		h := placedHunk{}
		for range rapid.IntRange(1, 12).Draw(t, "lines") {
			text := strings.Join(rapid.SliceOfN(piece, 0, 8).Draw(t, "text"), "")
			h.lines = append(h.lines, bundler.Line{Kind: rapid.SampledFrom([]byte(" +-")).Draw(t, "kind"), Text: []byte(text)})
		}
		w := newDiffWriter(nil)
		p := &painter{file: name, left: colourFile, all: &w.left}
		for i, got := range p.lines(&h, 0, len(h.lines)) {
			plain := html.UnescapeString(regexp.MustCompile(`</?i[^>]*>`).ReplaceAllString(got, ""))
			if want := Sanitise(string(h.lines[i].Text)); plain != want {
				t.Fatalf("%s: line %d is %q, want %q (%s)", name, i, plain, want, got)
			}
		}
	})
}

func TestKnownLanguagesHaveColours(t *testing.T) {
	page := written(t, HTML{}, withDiff(t, &Review{}, shownDiff))
	for _, want := range []string{`<i class=k>defer</i>`, `<i class=s>&#34;&lt;b&gt;&#34;</i>`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %s", want)
		}
	}
}

func TestWhatIsCutOfALargeChangeIsSaid(t *testing.T) {
	page := written(t, HTML{}, largeReview(t))
	for _, want := range []string{"The change is larger than 1.0 MB: lines that are folded stand as plain text", "files without colours, in part or as a whole"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if n := strings.Count(page, `<article class="finding`); n != 2000 {
		t.Errorf("%d of 2000 findings are on the page", n)
	}
	if len(page) > 20<<20 {
		t.Errorf("the page has %d bytes", len(page))
	}
}

func TestWhatNoPageHoldsIsNamed(t *testing.T) {
	long := strings.Repeat("x", 5000)
	diff := "diff --git a/a.js b/a.js\nnew file mode 100644\n--- /dev/null\n+++ b/a.js\n@@ -0,0 +1,2 @@\n+" + long + "\n+second\n"
	page := written(t, HTML{}, withDiff(t, &Review{}, diff))
	if !strings.Contains(page, "3000 more bytes of this line are in change.diff") {
		t.Error("a line is cut in silence")
	}
	r := withDiff(t, &Review{Findings: []tally.Finding{{ID: "kept", Path: "a.js", Line: 2, EndLine: 2, Side: tally.New, Anchor: tally.Exact, Why: strings.Repeat("w ", 8<<10)}}}, diff)
	w := newDiffWriter(nil)
	w.left.plain = 100
	w.part(&painter{file: "a.js", all: &w.left}, &place(tell(withDiff(t, &Review{}, diff))).files[0].hunks[0], span{0, 2, false}, partTitled)
	if got := w.b.String(); !strings.Contains(got, "2 lines not on this page") || len(w.notes()) != 1 {
		t.Errorf("got %q, %q", got, w.notes())
	}
	if page := written(t, HTML{}, r); !strings.Contains(page, "more bytes in findings.json") {
		t.Error("a text is cut in silence")
	}
}

func TestLineEndsThatAllLinesHaveAreNotShown(t *testing.T) {
	diff := "diff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n@@ -1,1 +1,1 @@\n-one%s\n+two\r\n"
	if page := written(t, HTML{}, withDiff(t, &Review{}, fmt.Sprintf(diff, "\r"))); strings.Contains(page, "\u240d") {
		t.Error("every line ends alike, and it is shown")
	}
	if page := written(t, HTML{}, withDiff(t, &Review{}, fmt.Sprintf(diff, ""))); !strings.Contains(page, "two\u240d") {
		t.Error("a line end that is new is not shown")
	}
}

func parsedPage(t *testing.T, page string) *html.Node {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func attribute(n *html.Node, name string) string {
	if i := slices.IndexFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name }); i >= 0 {
		return n.Attr[i].Val
	}
	return ""
}

// texts are the words of the body, a line for each element that makes one.
func pageTexts(root *html.Node) string {
	var b strings.Builder
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		switch {
		case n.Type == html.TextNode:
			b.WriteString(strings.Join(strings.Fields(n.Data), " ") + " ")
		case n.Type == html.ElementNode && slices.Contains([]string{"script", "style", "head", "form", "dialog"}, n.Data):
			return
		case n.Type == html.ElementNode && !slices.Contains([]string{"a", "b", "i", "code", "span", "em", "td", "th"}, n.Data):
			b.WriteString("\n")
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(root)
	var out []string
	for line := range strings.Lines(b.String()) {
		if text := strings.Join(strings.Fields(line), " "); text != "" {
			out = append(out, text)
		}
	}
	return strings.Join(out, "\n") + "\n"
}
