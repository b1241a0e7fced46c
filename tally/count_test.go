package tally

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"scrum/bundler"
	"scrum/reviewers"
)

// change makes a plan of parts "bundle path" → hunks. Statuses other than
// modified stand before the path: "D:gone.go", "R:new.go<old.go", "L:left-out.go".
func change(parts ...string) *bundler.Plan {
	p := &bundler.Plan{Change: &bundler.Change{Dir: "/repo"}}
	bundles := map[string]*bundler.Bundle{}
	files := map[string]*bundler.File{}
	for i := 0; i < len(parts); i += 2 {
		id, name, _ := strings.Cut(parts[i], " ")
		status, path := bundler.Modified, name
		if len(name) > 2 && name[1] == ':' {
			status, path = bundler.Status(name[0]), name[2:]
		}
		path, old, _ := strings.Cut(path, "<")
		f := files[path]
		if f == nil {
			f = &bundler.File{Path: path, OldPath: old, Status: status}
			files[path] = f
			p.Change.Files = append(p.Change.Files, f)
		}
		if status == 'L' {
			continue
		}
		b := bundles[id]
		if b == nil {
			b = &bundler.Bundle{ID: id, Component: "part-" + id, Bytes: 47104}
			bundles[id] = b
			p.Bundles = append(p.Bundles, b)
		}
		b.Parts = append(b.Parts, bundler.Part{File: f, Patch: []byte(parts[i+1]), Piece: 1, Of: 1})
	}
	return p
}

// hunk shows lines at..; each letter of kinds is ' ', '+' or '-'.
func hunk(oldAt, newAt int, kinds string) string {
	o := strings.Count(kinds, " ") + strings.Count(kinds, "-")
	n := strings.Count(kinds, " ") + strings.Count(kinds, "+")
	var b strings.Builder
	fmt.Fprintf(&b, "@@ -%d,%d +%d,%d @@\n", oldAt, o, newAt, n)
	for i, k := range kinds {
		fmt.Fprintf(&b, "%cline %d\n", k, i)
	}
	return b.String()
}

func sample() *bundler.Plan {
	return change(
		"c1 pkg/a.go", hunk(10, 10, "   +++   ")+hunk(40, 43, " ---- ")+hunk(100, 99, " + "),
		"c1 pkg/deep/b.go", hunk(1, 1, "+++ "),
		"c2 D:gone.go", hunk(1, 0, "-----"),
		"c2 R:new/name.go<old/name.go", hunk(5, 5, " + "),
		"c2 other/b.go", hunk(1, 1, "+++"),
		"c2 mode.sh", "old mode 100644\nnew mode 100755\n",
		"c1 L:vendor/x.go", "",
	)
}

func TestPlacesAreAnchoredOnlyWhereThatIsCertain(t *testing.T) {
	x := newIndex(sample())
	if len(x.problems) > 0 {
		t.Fatal(x.problems)
	}
	tests := []struct{ name, place, want string }{
		{"a changed line", "pkg/a.go:13", "pkg/a.go:13 new exact c1"},
		{"a range that touches a changed line", "pkg/a.go:10-13", "pkg/a.go:10-13 new exact c1"},
		{"a shown line", "pkg/a.go:10", "pkg/a.go:10 new context c1"},
		{"a line near a shown one", "pkg/a.go:8", "pkg/a.go:10 new snapped c1"},
		{"a line just too far", "pkg/a.go:6", "pkg/a.go:6 new outside c1"},
		{"a line far off", "pkg/a.go:5000", "pkg/a.go:5000 new outside c1"},
		{"the file", "pkg/a.go", "pkg/a.go new file c1"},
		{"a deleted line, said so", "pkg/a.go:42 (old)", "pkg/a.go:42 old exact c1"},
		{"a deleted line in the spelling of the prompt", "pkg/a.go:~42", "pkg/a.go:42 old exact c1"},
		{"a number that only a deleted line has", "pkg/a.go:42", "pkg/a.go:42 old exact c1"},
		{"an old number that the old side lacks", "pkg/a.go:60 (old)", "pkg/a.go:60 old outside c1"},
		{"a deleted file", "gone.go:3", "gone.go:3 old exact c2"},
		{"a path with git's prefix", "b/pkg/a.go:13", "pkg/a.go:13 new snapped c1"},
		{"a path from the root of the work tree", "/repo/pkg/a.go:13", "pkg/a.go:13 new snapped c1"},
		{"a path with a dot", "./pkg/a.go:13", "pkg/a.go:13 new snapped c1"},
		{"a path with backslashes", `pkg\a.go:13`, "pkg/a.go:13 new snapped c1"},
		{"the old name of a rename", "old/name.go:6", "new/name.go:6 new snapped c2"},
		{"a unique ending", "a.go:13", "pkg/a.go:13 new snapped c1"},
		{"a longer unique ending", "deep/b.go:2", "pkg/deep/b.go:2 new snapped c1"},
		{"an ending that two files have", "b.go:2", "b.go:2 new unknown c1"},
		{"other capitals", "PKG/A.go:13", "pkg/a.go:13 new snapped c1"},
		{"words before the path", "Handle in pkg/a.go:13", "pkg/a.go:13 new snapped c1"},
		{"a path that merely ends like one", "x/pkg/a.go:13", "x/pkg/a.go:13 new unknown c1"},
		{"a path of nowhere", "no/such.go:1", "no/such.go:1 new unknown c1"},
		{"a file that was left out", "vendor/x.go:3", "vendor/x.go:3 new outside c1"},
		{"a file of another bundle", "other/b.go:2", "other/b.go:2 new exact c2"},
		{"a line of a file without text", "mode.sh:1", "mode.sh:1 new outside c2"},
		{"a file without text", "mode.sh", "mode.sh new file c2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			list := places(tt.place)
			if len(list) != 1 {
				t.Fatalf("want one place, got %v", list)
			}
			l := x.anchor(list[0], 0)
			got := placeString([]Place{{Path: l.path, Line: l.line, EndLine: l.end}}) + fmt.Sprintf(" %s %s %s", l.side, l.anchor, x.bundles[l.bundle])
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("got +, want -:\n%s", diff)
			}
		})
	}
}

// say is an answer with one finding for each "SEV place|title|why".
func say(findings ...string) string {
	var b strings.Builder
	for _, f := range findings {
		if strings.Contains(f, "RETRACT") {
			b.WriteString(f + "\n\n")
			continue
		}
		parts := strings.Split(f, "|")
		severity, where, _ := strings.Cut(parts[0], " ")
		fmt.Fprintf(&b, "### %s: %s\nWHERE: %s\nWHY: %s\nFIX: mend it\n\n", severity, parts[1], where, parts[2])
	}
	return b.String()
}

func seat(bundle, reviewer, lineage string, findings ...string) Seat {
	kind := reviewers.OpenAI
	if strings.HasPrefix(lineage, "tool:") {
		kind = reviewers.Analyser
	}
	return Seat{Bundle: bundle, Reviewer: reviewer, Kind: kind, Lineage: lineage, State: reviewers.Engaged, Text: say(findings...)}
}

func summary(r Result) []string {
	out := []string{}
	for _, f := range r.Findings {
		s := fmt.Sprintf("%s %s %s:%d %s %s ×%d %v", f.Bundle, f.Severity, f.Path, f.Line, f.Anchor, f.State, f.Convergence, f.Reviewers)
		if n := len(f.Sources); n != 1 {
			s += fmt.Sprintf(" of %d", n)
		}
		out = append(out, s)
	}
	for _, u := range r.Unparsed {
		out = append(out, "unparsed "+u.Reviewer+": "+u.Text)
	}
	return out
}

const (
	overflow  = "The sum of `totalBytes` overflows int32 when a batch has more than 2 GB, and the quota check passes for any upload"
	overflow2 = "`totalBytes` is an int32, so a batch above 2 GB overflows and slips through the quota check"
	logging   = "Each call opens another handle of the rotating logger and nobody closes it, so descriptors leak until the process dies"
)

func TestConvergenceCountsLineagesThatReportOnePlace(t *testing.T) {
	tests := []struct {
		name  string
		seats []Seat
		opt   Options
		want  []string
	}{
		{"two lineages on one line", []Seat{
			seat("c1", "opus", "anthropic", "BLOCK pkg/a.go:13|T|"+overflow), seat("c1", "kimi", "moonshot", "INFO pkg/a.go:13|U|"+overflow2),
		}, Options{}, []string{"c1 BLOCK pkg/a.go:13 exact open ×2 [kimi opus] of 2"}},
		{"short texts on one line", []Seat{
			seat("c1", "opus", "anthropic", "BLOCK pkg/a.go:13|Nil dereference|x"), seat("c1", "kimi", "moonshot", "BLOCK pkg/a.go:13|Crash|y"),
		}, Options{}, []string{"c1 BLOCK pkg/a.go:13 exact open ×2 [kimi opus] of 2"}},
		{"one reviewer three times is one", []Seat{
			seat("c1", "opus", "anthropic", "BLOCK pkg/a.go:13|T|"+overflow, "WARN pkg/a.go:13|U|"+overflow2, "INFO pkg/a.go:13|V|"+overflow),
		}, Options{}, []string{"c1 BLOCK pkg/a.go:13 exact open ×1 [opus] of 3"}},
		{"two reviewers of one lineage are one", []Seat{
			seat("c1", "opus", "anthropic", "BLOCK pkg/a.go:13|T|"+overflow), seat("c1", "haiku", "anthropic", "BLOCK pkg/a.go:13|U|"+overflow2),
		}, Options{}, []string{"c1 BLOCK pkg/a.go:13 exact open ×1 [haiku opus] of 2"}},
		{"all that are unknown are one lineage", []Seat{
			seat("c1", "x", "", "BLOCK pkg/a.go:13|T|"+overflow), seat("c1", "y", "unknown", "BLOCK pkg/a.go:13|U|"+overflow2),
		}, Options{}, []string{"c1 BLOCK pkg/a.go:13 exact open ×1 [x y] of 2"}},
		{"a tool is a lineage", []Seat{
			seat("c1", "opus", "anthropic", "BLOCK pkg/a.go:13|T|"+overflow), seat("c1", "go-vet", "tool:go-vet", "WARN pkg/a.go:13|overflow of totalBytes|int32"),
		}, Options{}, []string{"c1 BLOCK pkg/a.go:13 exact open ×2 [go-vet opus] of 2"}},
		{"one reviewer, one line, two problems", []Seat{
			seat("c1", "opus", "anthropic", "BLOCK pkg/a.go:13|T|"+overflow, "WARN pkg/a.go:13|Leak of descriptors|"+logging),
		}, Options{}, []string{"c1 BLOCK pkg/a.go:13 exact open ×1 [opus]", "c1 WARN pkg/a.go:13 exact open ×1 [opus]"}},
		{"of two problems the like one converges", []Seat{
			seat("c1", "opus", "anthropic", "BLOCK pkg/a.go:13|T|"+overflow, "WARN pkg/a.go:13|Leak of descriptors|"+logging), seat("c1", "kimi", "moonshot", "INFO pkg/a.go:13|Handle leak|"+logging),
		}, Options{}, []string{"c1 BLOCK pkg/a.go:13 exact open ×1 [opus]", "c1 WARN pkg/a.go:13 exact open ×2 [kimi opus] of 2"}},
		{"two lineages, one line, nothing in common", []Seat{
			seat("c1", "opus", "anthropic", "BLOCK pkg/a.go:13|T|"+overflow), seat("c1", "kimi", "moonshot", "WARN pkg/a.go:13|Leak|"+logging),
		}, Options{}, []string{"c1 BLOCK pkg/a.go:13 exact open ×1 [opus]", "c1 WARN pkg/a.go:13 exact open ×1 [kimi]"}},
		{"near lines and like texts", []Seat{
			seat("c1", "opus", "anthropic", "BLOCK pkg/a.go:12|T|"+overflow), seat("c1", "kimi", "moonshot", "WARN pkg/a.go:14|U|"+overflow2),
		}, Options{}, []string{"c1 BLOCK pkg/a.go:14 exact open ×2 [kimi opus] of 2"}},
		{"near lines and other texts", []Seat{
			seat("c1", "opus", "anthropic", "BLOCK pkg/a.go:12|T|"+overflow), seat("c1", "kimi", "moonshot", "WARN pkg/a.go:14|U|"+logging),
		}, Options{}, []string{"c1 BLOCK pkg/a.go:12 context open ×1 [opus]", "c1 WARN pkg/a.go:14 exact open ×1 [kimi]"}},
		{"near lines when exact is asked for", []Seat{
			seat("c1", "opus", "anthropic", "BLOCK pkg/a.go:13|T|"+overflow), seat("c1", "kimi", "moonshot", "WARN pkg/a.go:14|U|"+overflow2),
		}, Options{Match: MatchExact, Gap: 3, Span: 15}, []string{"c1 BLOCK pkg/a.go:13 exact open ×1 [opus]", "c1 WARN pkg/a.go:14 exact open ×1 [kimi]"}},
		{"lines too far apart", []Seat{
			seat("c1", "opus", "anthropic", "BLOCK pkg/a.go:13|T|"+overflow), seat("c1", "kimi", "moonshot", "WARN pkg/a.go:18|U|"+overflow2),
		}, Options{}, []string{"c1 BLOCK pkg/a.go:13 exact open ×1 [opus]", "c1 WARN pkg/a.go:18 context open ×1 [kimi]"}},
		{"other files", []Seat{
			seat("c1", "opus", "anthropic", "BLOCK pkg/a.go:13|T|"+overflow), seat("c1", "kimi", "moonshot", "BLOCK pkg/deep/b.go:1|T|"+overflow),
		}, Options{}, []string{"c1 BLOCK pkg/a.go:13 exact open ×1 [opus]", "c1 BLOCK pkg/deep/b.go:1 exact open ×1 [kimi]"}},
		{"other sides", []Seat{
			seat("c1", "opus", "anthropic", "BLOCK pkg/a.go:43|T|"+overflow), seat("c1", "kimi", "moonshot", "BLOCK pkg/a.go:43 (old)|T|"+overflow),
		}, Options{}, []string{"c1 BLOCK pkg/a.go:43 context open ×1 [opus]", "c1 BLOCK pkg/a.go:43 exact open ×1 [kimi]"}},
		{"places that the diff lacks stand apart", []Seat{
			seat("c1", "opus", "anthropic", "BLOCK no.go:1|T|"+overflow), seat("c1", "kimi", "moonshot", "BLOCK no.go:1|U|"+overflow2),
		}, Options{}, []string{"c1 BLOCK no.go:1 unknown open ×2 [kimi opus] of 2"}},
		{"another bundle's file is at home there", []Seat{
			seat("c1", "opus", "anthropic", "BLOCK other/b.go:1|T|"+overflow), seat("c2", "kimi", "moonshot", "BLOCK other/b.go:1|U|"+overflow2),
		}, Options{}, []string{"c2 BLOCK other/b.go:1 exact open ×2 [kimi opus] of 2"}},
		{"a tool's two messages on one line are two", []Seat{
			seat("c1", "lint", "tool:lint", "WARN pkg/a.go:13|unused x|x", "WARN pkg/a.go:13|shadowed y|y"),
		}, Options{}, []string{"c1 WARN pkg/a.go:13 exact open ×1 [lint]", "c1 WARN pkg/a.go:13 exact open ×1 [lint]"}},
		{"a tool's message repeated on the next line is two", []Seat{
			seat("c1", "lint", "tool:lint", "WARN pkg/a.go:13|error not checked here|x", "WARN pkg/a.go:14|error not checked here|x"),
		}, Options{}, []string{"c1 WARN pkg/a.go:13 exact open ×1 [lint]", "c1 WARN pkg/a.go:14 exact open ×1 [lint]"}},
		{"each place of a WHERE is counted", []Seat{
			seat("c1", "opus", "anthropic", "BLOCK pkg/a.go:13, pkg/deep/b.go:1|T|"+overflow), seat("c1", "kimi", "moonshot", "WARN pkg/deep/b.go:1|U|"+overflow2),
		}, Options{}, []string{"c1 BLOCK pkg/deep/b.go:1 exact open ×2 [kimi opus] of 2", "c1 BLOCK pkg/a.go:13 exact open ×1 [opus]"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, summary(Count(sample(), tt.seats, tt.opt))); diff != "" {
				t.Errorf("got +, want -:\n%s", diff)
			}
		})
	}
}

func TestRetractionsWithdrawWhatTheSameAnswerSaidBefore(t *testing.T) {
	block := "BLOCK pkg/a.go:13|T|" + overflow
	tests := []struct {
		name  string
		seats []Seat
		want  []string
	}{
		{"on the same line", []Seat{seat("c1", "opus", "anthropic", block, "RETRACT: pkg/a.go:13 — cached")},
			[]string{"c1 BLOCK pkg/a.go:13 exact retracted ×0 [opus]"}},
		{"under another spelling of the path", []Seat{seat("c1", "opus", "anthropic", block, "**RETRACT:** `b/pkg/a.go:13`")},
			[]string{"c1 BLOCK pkg/a.go:13 exact retracted ×0 [opus]"}},
		{"on a line nearby", []Seat{seat("c1", "opus", "anthropic", block, "RETRACT: pkg/a.go:14-15 — cached")},
			[]string{"c1 BLOCK pkg/a.go:13 exact retracted ×0 [opus]"}},
		{"of a file with one finding", []Seat{seat("c1", "opus", "anthropic", block, "RETRACT: pkg/a.go — cached")},
			[]string{"c1 BLOCK pkg/a.go:13 exact retracted ×0 [opus]"}},
		{"of a file with two", []Seat{seat("c1", "opus", "anthropic", block, "BLOCK pkg/a.go:44 (old)|U|"+logging, "RETRACT: pkg/a.go — cached")},
			[]string{"c1 BLOCK pkg/a.go:13 exact open ×1 [opus]", "c1 BLOCK pkg/a.go:44 exact open ×1 [opus]", "unparsed opus: RETRACT: pkg/a.go — cached"}},
		{"of nothing", []Seat{seat("c1", "opus", "anthropic", "RETRACT: pkg/a.go:100 — cached")},
			[]string{"unparsed opus: RETRACT: pkg/a.go:100 — cached"}},
		{"before the finding, which was then made all the same", []Seat{seat("c1", "opus", "anthropic", "RETRACT: pkg/a.go:13 — cached", block)},
			[]string{"c1 BLOCK pkg/a.go:13 exact open ×1 [opus]", "unparsed opus: RETRACT: pkg/a.go:13 — cached"}},
		{"of another reviewer's finding", []Seat{seat("c1", "opus", "anthropic", block), seat("c1", "kimi", "moonshot", "RETRACT: pkg/a.go:13 — cached")},
			[]string{"c1 BLOCK pkg/a.go:13 exact open ×1 [opus]", "unparsed kimi: RETRACT: pkg/a.go:13 — cached"}},
		{"while another still reports it", []Seat{
			seat("c1", "opus", "anthropic", block, "RETRACT: pkg/a.go:13 — cached"), seat("c1", "kimi", "moonshot", "WARN pkg/a.go:13|U|"+overflow2),
		}, []string{"c1 WARN pkg/a.go:13 exact open ×1 [kimi] of 2"}},
		{"of one problem of two on a line, named by the reason", []Seat{
			seat("c1", "opus", "anthropic", block, "WARN pkg/a.go:13|Leak|"+logging, "RETRACT: pkg/a.go:13 — the logger closes its descriptors"),
		}, []string{"c1 BLOCK pkg/a.go:13 exact open ×1 [opus]", "c1 WARN pkg/a.go:13 exact retracted ×0 [opus]"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, summary(Count(sample(), tt.seats, Options{}))); diff != "" {
				t.Errorf("got +, want -:\n%s", diff)
			}
		})
	}
}

// The text of a program quotes the code under review, which must not be able to
// withdraw what the program found there.
func TestAProgramTakesNothingBack(t *testing.T) {
	for name, answer := range map[string][]string{
		"a title in other words":  {"BLOCK pkg/a.go:13|secret (retracted)|" + overflow},
		"a reason in other words": {"BLOCK pkg/a.go:13|secret|reported by x. On reflection, this is fine."},
		"a line of its own":       {"BLOCK pkg/a.go:13|secret|" + overflow, "RETRACT: pkg/a.go:13 — cached"},
	} {
		t.Run(name, func(t *testing.T) {
			s := seat("c1", "secrets", "tool:secrets", answer...)
			s.Kind = reviewers.Analyser
			got := Count(sample(), []Seat{s}, Options{})
			if len(got.Findings) != 1 || got.Findings[0].State != Open {
				t.Errorf("%s", summary(got))
			}
		})
	}
}

func TestARowIsTheLineThatTheNightlyGreps(t *testing.T) {
	r := Row{Bundle: "c1", Component: "validatord", Bytes: 47104, Distinct: 11}
	if got, want := r.String(), "c1 validatord (46KB) → 0 convergent / 11 distinct"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	r.Component = "two\nlines"
	if got := r.String(); strings.Contains(got, "\n") {
		t.Errorf("a component breaks the line: %q", got)
	}
}

func TestRowsCountOpenFindingsAndConvergentOnesThatMayGate(t *testing.T) {
	r := Count(sample(), []Seat{
		seat("c1", "opus", "anthropic", "BLOCK pkg/a.go:13|T|"+overflow, "WARN pkg/deep/b.go:1|U|"+logging, "BLOCK no.go:1|V|"+overflow, "INFO pkg/a.go:100|W|"+logging, "RETRACT: pkg/a.go:100 — no"),
		seat("c1", "kimi", "moonshot", "BLOCK pkg/a.go:13|T|"+overflow, "BLOCK no.go:1|V|"+overflow),
	}, Options{})
	want := []string{"c1 part-c1 (46KB) → 1 convergent / 3 distinct", "c2 part-c2 (46KB) → 0 convergent / 0 distinct"}
	var got []string
	for _, row := range r.Rows {
		got = append(got, row.String())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("got +, want -:\n%s", diff)
	}
	if r.Convergent != 1 || r.Distinct != 3 {
		t.Errorf("totals: got %d / %d, want 1 / 3", r.Convergent, r.Distinct)
	}
	anchors := []AnchorCount{{"kimi", map[Anchor]int{Exact: 1, Unknown: 1}}, {"opus", map[Anchor]int{Exact: 3, Unknown: 1}}}
	if diff := cmp.Diff(anchors, r.Anchors); diff != "" {
		t.Errorf("anchors: got +, want -:\n%s", diff)
	}
}

func TestNothingReportedIsEmptyListsAndNotNull(t *testing.T) {
	r := Count(sample(), nil, Options{})
	if r.Findings == nil || r.Unparsed == nil || len(r.Rows) != 2 || r.Distinct != 0 {
		t.Errorf("got %+v", r)
	}
}

func TestAPathMayHoldWhatSeparatesPlaces(t *testing.T) {
	plan := change("c1 a, b and c.go", hunk(1, 1, "+++"), "c1 x;y.go", hunk(1, 1, "+++"), "c1 (app)/-_p.go", hunk(1, 1, "+++"))
	got := summary(Count(plan, []Seat{seat("c1", "opus", "anthropic", "BLOCK a, b and c.go:2|T|"+overflow, "WARN x;y.go|U|"+logging, "INFO `(app)/-_p.go:2`|V|"+logging, "INFO (app)/-_p.go:1-2|W|"+overflow)}, Options{}))
	want := []string{"c1 BLOCK a, b and c.go:2 exact open ×1 [opus]", "c1 WARN x;y.go:0 file open ×1 [opus]", "c1 INFO (app)/-_p.go:1 exact open ×1 [opus]", "c1 INFO (app)/-_p.go:2 exact open ×1 [opus]"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("got +, want -:\n%s", diff)
	}
}

func TestPlacesFitTheDiffThatTheBundlerCuts(t *testing.T) {
	diff := "diff --git a/old.go b/new.go\nsimilarity index 90%\nrename from old.go\nrename to new.go\n--- a/old.go\n+++ b/new.go\n" + hunk(10, 10, "  -+  ") +
		"diff --git a/gone.go b/gone.go\ndeleted file mode 100644\n--- a/gone.go\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-one\n-two\n"
	c, err := bundler.Read(t.Context(), bundler.Source{Diff: strings.NewReader(diff), DiffName: "test"}, bundler.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := bundler.Pack(t.Context(), c, bundler.Options{})
	if err != nil {
		t.Fatal(err)
	}
	id := plan.Bundles[0].ID
	r := Count(plan, []Seat{seat(id, "opus", "anthropic", "BLOCK new.go:12|T|"+overflow, "WARN old.go:12|U|"+logging, "INFO gone.go:2|V|"+overflow)}, Options{})
	want := []string{id + " BLOCK new.go:12 exact open ×1 [opus]", id + " WARN new.go:12 snapped open ×1 [opus]", id + " INFO gone.go:2 exact open ×1 [opus]"}
	if diff := cmp.Diff(want, summary(r)); diff != "" {
		t.Errorf("got +, want -:\n%s", diff)
	}
	if len(r.Problems) > 0 {
		t.Errorf("parts that could not be read: %v", r.Problems)
	}
}

func TestWithoutAPlanNothingGates(t *testing.T) {
	r := Count(nil, []Seat{seat("c9", "opus", "anthropic", "BLOCK a.go:1|T|x")}, Options{})
	if diff := cmp.Diff([]string{"c9 BLOCK a.go:1 unknown open ×1 [opus]"}, summary(r)); diff != "" {
		t.Errorf("got +, want -:\n%s", diff)
	}
	if r.Findings[0].Gates() {
		t.Error("a finding of nowhere gates")
	}
}

// drawSeats makes a panel that reports the same few places in the same few words.
func drawSeats(t *rapid.T) []Seat {
	texts := []string{"T|" + overflow, "U|" + overflow2, "V|" + logging, "short|x", "T (retracted)|" + overflow}
	where := []string{"pkg/a.go:12", "pkg/a.go:13", "pkg/a.go:13-15", "pkg/a.go:15", "pkg/a.go", "pkg/a.go:42 (old)", "b/pkg/a.go:14", "no.go:1", "pkg/a.go:6", "pkg/a.go:13, 16, no.go:2", "nowhere at all"}
	lineages := []string{"anthropic", "moonshot", "qwen", "", "tool:vet"}
	var out []Seat
	for i := range rapid.IntRange(0, 5).Draw(t, "seats") {
		var say []string
		for range rapid.IntRange(0, 6).Draw(t, "reports") {
			if rapid.IntRange(0, 5).Draw(t, "kind") == 0 {
				say = append(say, "RETRACT: "+rapid.SampledFrom(where[:10]).Draw(t, "of")+" — reason")
				continue
			}
			say = append(say, rapid.SampledFrom([]string{"BLOCK", "WARN", "INFO"}).Draw(t, "severity")+" "+rapid.SampledFrom(where).Draw(t, "where")+"|"+rapid.SampledFrom(texts).Draw(t, "text"))
		}
		out = append(out, seat([]string{"c1", "c2"}[i%2], fmt.Sprintf("r%d", i%3), lineages[rapid.IntRange(0, 4).Draw(t, "lineage")], say...))
	}
	return out
}

func TestEveryReportIsASourceOfOneFindingForEachPlace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seats := drawSeats(t)
		result := Count(sample(), seats, Options{})
		want := map[string]int{}
		listed := 0
		for _, s := range seats {
			r := Parse(s.Text)
			listed += len(r.Unparsed)
			for _, f := range r.Findings {
				for _, p := range f.Where {
					want[s.Reviewer+"|"+p.Raw+"|"+f.Text]++
				}
			}
		}
		got := map[string]int{}
		for _, f := range result.Findings {
			standing := map[string]bool{}
			for _, s := range f.Sources {
				got[s.Reviewer+"|"+s.Where+"|"+s.Text]++
				if s.Retracted == "" {
					standing[s.Lineage] = true
				}
			}
			if len(standing) != f.Convergence || len(f.Lineages) != f.Convergence || (f.State == Open) != (len(standing) > 0) {
				t.Fatalf("counts that the sources do not give: %+v", f)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("got +, want -:\n%s", diff)
		}
		if len(result.Unparsed) < listed {
			t.Fatalf("%d unparsed texts, %d listed", listed, len(result.Unparsed))
		}
	})
}

func TestTheOrderOfSeatsChangesNoByte(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seats := drawSeats(t)
		first, err := json.Marshal(Count(sample(), seats, Options{}))
		if err != nil {
			t.Fatal(err)
		}
		shuffled := slices.Clone(seats)
		rng := rand.New(rand.NewPCG(1, rapid.Uint64().Draw(t, "seed")))
		rng.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		second, err := json.Marshal(Count(sample(), shuffled, Options{}))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(first), string(second)); diff != "" {
			t.Fatalf("got +, want -:\n%s", diff)
		}
	})
}

func TestFindingsAreOrderedByAProperComparison(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := rapid.Custom(func(t *rapid.T) Finding {
			return Finding{
				Bundle: "c1", Severity: rapid.SampledFrom([]Severity{Block, Warn, Info}).Draw(t, "severity"),
				Convergence: rapid.IntRange(0, 2).Draw(t, "convergence"), Path: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "path"), Line: rapid.IntRange(0, 2).Draw(t, "line"),
			}
		})
		x, y, z := draw.Draw(t, "a"), draw.Draw(t, "b"), draw.Draw(t, "c")
		a, b, c := &x, &y, &z
		if compareFindings(a, b) != -compareFindings(b, a) {
			t.Fatal("not antisymmetric")
		}
		if compareFindings(a, b) <= 0 && compareFindings(b, c) <= 0 && compareFindings(a, c) > 0 {
			t.Fatal("not transitive")
		}
		if (compareFindings(a, b) == 0) != cmp.Equal(a, b) {
			t.Fatal("two that differ are equal, or the other way round")
		}
	})
}

func TestNoClusterIsWiderThanTheSpan(t *testing.T) {
	var seats []Seat
	for i := range 30 { // each report two lines below the last, all in the same words
		seats = append(seats, seat("c1", fmt.Sprintf("r%02d", i), fmt.Sprintf("l%02d", i), fmt.Sprintf("BLOCK x.go:%d|T|%s", 2*i+1, overflow)))
	}
	r := Count(change("c1 x.go", hunk(1, 1, strings.Repeat("+", 80))), seats, DefaultOptions())
	for _, f := range r.Findings {
		if f.Convergence > 2 {
			t.Errorf("a chain: %d lineages at %s:%d", f.Convergence, f.Path, f.Line)
		}
	}
	if len(r.Findings) != 15 {
		t.Errorf("got %d findings, want 15 pairs", len(r.Findings))
	}
}

func TestFindingsHaveNamesOfTheirOwnThatDoNotHangOnOthers(t *testing.T) {
	alone := Count(sample(), []Seat{seat("c1", "opus", "anthropic", "BLOCK pkg/a.go:13|T|"+overflow)}, Options{})
	many := Count(sample(), []Seat{
		seat("c1", "opus", "anthropic", "BLOCK pkg/a.go:13|T|"+overflow, "WARN pkg/deep/b.go:1|T|"+logging), seat("c1", "lint", "tool:lint", "INFO pkg/deep/b.go:3|a|b", "INFO pkg/deep/b.go:3|c|d"),
	}, Options{})
	ids := map[string]bool{}
	for _, f := range many.Findings {
		ids[f.ID] = true
	}
	if len(ids) != len(many.Findings) || len(many.Findings) != 4 {
		t.Errorf("names are not unique: %v of %d", ids, len(many.Findings))
	}
	if id := alone.Findings[0].ID; !ids[id] || len(id) != 10 {
		t.Errorf("the name %q is another among others: %v", id, ids)
	}
}

// panel makes n reports over the files of a change, by five reviewers.
func panel(n, files int) (*bundler.Plan, []Seat) {
	var parts []string
	for f := range files {
		parts = append(parts, fmt.Sprintf("c%d pkg%d/file%d.go", f/20, f/100, f), hunk(1, 1, strings.Repeat("+", 400)))
	}
	answers := map[[2]int]*strings.Builder{}
	rng := rand.New(rand.NewPCG(1, 2))
	names := []string{"totalBytes", "readAll", "Close", "mutex", "ctx", "retryCount", "parseHeader", "userID"}
	for i := range n {
		f := rng.IntN(files)
		key := [2]int{f / 20, i % 5}
		if answers[key] == nil {
			answers[key] = &strings.Builder{}
		}
		fmt.Fprintf(answers[key], "### WARN: %s may fail\nWHERE: pkg%d/file%d.go:%d\nWHY: the result of `%s` is dropped when `%s` returns early, so callers of %s see stale data number %d\nFIX: return the error\n\n",
			names[rng.IntN(8)], f/100, f, 1+rng.IntN(400), names[rng.IntN(8)], names[rng.IntN(8)], names[rng.IntN(8)], rng.IntN(1000))
	}
	var seats []Seat
	for key, text := range answers {
		seats = append(seats, Seat{Bundle: fmt.Sprintf("c%d", key[0]), Reviewer: fmt.Sprintf("r%d", key[1]), Lineage: fmt.Sprintf("l%d", key[1]), Kind: reviewers.OpenAI, Text: text.String()})
	}
	return change(parts...), seats
}

func BenchmarkCount(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		plan, seats := panel(n, 2000)
		b.Run(fmt.Sprintf("%d findings in 2000 files", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if r := Count(plan, seats, Options{}); r.Distinct == 0 {
					b.Fatal("nothing counted")
				}
			}
		})
	}
	plan, seats := panel(20_000, 1)
	b.Run("20000 findings in one file", func(b *testing.B) {
		for b.Loop() {
			Count(plan, seats, Options{})
		}
	})
}
