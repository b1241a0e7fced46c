package tally

import (
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// brief is what the table compares: enough to see what was read.
type brief struct {
	Findings []string // "SEV title @ path:line-end,side; …"
	Retract  []string
	Covered  []string
	None     bool
	Unparsed int
}

func briefly(r Report) brief {
	b := brief{Covered: r.Covered, None: r.NoFindings, Unparsed: len(r.Unparsed)}
	for _, f := range r.Findings {
		s := string(f.Severity) + " " + f.Title + " @ " + placeString(f.Where)
		if f.Retracted {
			s += " (retracted: " + f.Reason + ")"
		}
		b.Findings = append(b.Findings, s)
	}
	for _, x := range r.Retractions {
		b.Retract = append(b.Retract, placeString(x.Where)+" because "+x.Reason)
	}
	return b
}

func TestAnswersAreReadInTheContractAndInItsDeviations(t *testing.T) {
	tests := []struct {
		name, text string
		want       brief
	}{
		{"the contract itself", `### BLOCK: Lost update
WHERE: pkg/a.go:120-124
WHY: two writers race.
They both win.
FIX: lock

### WARN: Slow
WHERE: pkg/b.go:7
WHY: loops
FIX: do not

RETRACT: pkg/b.go:7 — it is cached
COVERED: pkg/a.go
COVERED: pkg/b.go
`, brief{
			Findings: []string{"BLOCK Lost update @ pkg/a.go:120-124", "WARN Slow @ pkg/b.go:7"},
			Retract:  []string{"pkg/b.go:7 because it is cached"},
			Covered:  []string{"pkg/a.go", "pkg/b.go"},
		}},
		{"silence", "NO FINDINGS\nCOVERED: a.go\n", brief{None: true, Covered: []string{"a.go"}}},
		{"silence, bold and with a stop", "**No findings.**\n\n- COVERED: `a.go`\n", brief{None: true, Covered: []string{"a.go"}}},
		{"silence in one word", "None.\nCOVERED: __init__.py\n", brief{None: true, Covered: []string{"__init__.py"}}},
		{"bold labels", "**BLOCK: T**\n**WHERE:** `a.go:3`\n**WHY:** w\n**FIX:** f\n", brief{Findings: []string{"BLOCK T @ a.go:3"}}},
		{"bold severity apart from the title", "**[WARN]** T\n- **Where**: a.go:3\n- **Why**: w\n", brief{Findings: []string{"WARN T @ a.go:3"}}},
		{"bulleted labels", "### INFO: T\n- WHERE: a.go:3\n- WHY: w\n- FIX: f\n", brief{Findings: []string{"INFO T @ a.go:3"}}},
		{"other levels, numbers and signs", "# 1. 🔴 BLOCK — T\nWHERE: a.go:3\n\n#### Finding 2: WARN: U\nWHERE: a.go:9\n", brief{Findings: []string{"BLOCK T @ a.go:3", "WARN U @ a.go:9"}}},
		{"severity at the end of the heading", "### T (BLOCK)\nWHERE: a.go:3\n", brief{Findings: []string{"BLOCK T @ a.go:3"}}},
		{"no mark-up at all", "BLOCK: T\nWHERE: a.go:3\nWHY: w\n", brief{Findings: []string{"BLOCK T @ a.go:3"}}},
		{"severity in a label", "### T\n**Severity:** Critical\n**File:** a.go\n**Line:** 12\n**Issue:** w\n", brief{Findings: []string{"BLOCK T @ a.go:12"}}},
		{"headings for labels", "### BLOCK: T\n#### WHERE\na.go:3\n#### WHY\nw\n", brief{Findings: []string{"BLOCK T @ a.go:3"}}},
		{"carriage returns, quotes and dashes of a word processor", "### BLOCK: “T”\r\nWHERE: `a.go`:3–5\r\nWHY: it’s\r\n", brief{Findings: []string{"BLOCK “T” @ a.go:3-5"}}},
		{"a byte order mark", "\uFEFF### BLOCK: T\nWHERE: a.go:3\n", brief{Findings: []string{"BLOCK T @ a.go:3"}}},
		{"several places in one WHERE", "### BLOCK: T\nWHERE: a.go:3, 9-12 and `b/c.go` line 4; d.go#L7-L9\n", brief{Findings: []string{"BLOCK T @ a.go:3 a.go:9-12 b/c.go:4 d.go:7-9"}}},
		{"places as a list", "### BLOCK: T\nWHERE:\n- a.go:3\n- b.go:4\nWHY: w\n", brief{Findings: []string{"BLOCK T @ a.go:3 b.go:4"}}},
		{"a place alone on the line below", "### BLOCK: T\n`a.go:3`\n\nWords.\n", brief{Findings: []string{"BLOCK T @ a.go:3"}}},
		{"a place in the title only", "### BLOCK: T in `pkg/a.go:3`\nWords.\n", brief{Findings: []string{"BLOCK T @ pkg/a.go:3"}}},
		{"bullets under the heading of a severity", "## Critical issues\n- a.go:3 — **T**. text\n- `b.go:4`: U\n\n## Warnings\n(None)\n\n## Summary\n- all else is good\n", brief{Findings: []string{"BLOCK T @ a.go:3", "BLOCK U @ b.go:4"}}},
		{"bullets with the place behind the title", "## High\n1. **T** (`a.go:3`): text\n   more\n2. **U** in `b.go`, see line 4\n", brief{Findings: []string{"BLOCK T @ a.go:3"}, Unparsed: 1}},
		{"a table", "| Severity | Location | Issue | Fix |\n|---|:--|---|---|\n| BLOCK | `a.go:3` | T \\| t | f |\n| 🟡 WARN | b.go:4 | U | g |\n", brief{Findings: []string{"BLOCK T | t @ a.go:3", "WARN U @ b.go:4"}}},
		{"a fenced answer", "```markdown\n### BLOCK: T\nWHERE: a.go:3\nFIX:\n```go\nx()\n```\n\nCOVERED: a.go\n```\n", brief{Findings: []string{"BLOCK T @ a.go:3"}, Covered: []string{"a.go"}}},
		{"a fence each", "Here:\n\n```\n### BLOCK: T\nWHERE: a.go:3\n```\n\n```\n### WARN: U\nWHERE: a.go:9\n```\nCOVERED: a.go\n", brief{Findings: []string{"BLOCK T @ a.go:3", "WARN U @ a.go:9"}, Covered: []string{"a.go"}}},
		{"reasoning before the answer", "<think>\n### BLOCK: draft\nWHERE: a.go:1\n</think>\n### WARN: T\nWHERE: a.go:3\n", brief{Findings: []string{"WARN T @ a.go:3"}}},
		{"reasoning whose opening tag the template ate", "maybe\n### BLOCK: draft\nWHERE: a.go:1\n</think>\n\nNO FINDINGS\nCOVERED: a.go\n", brief{None: true, Covered: []string{"a.go"}}},
		{"JSON", `{"findings":[{"severity":"BLOCK","title":"T","where":["a.go:3","b.go:4-5"],"why":"w","fix":"f"}],"retract":[{"where":"b.go:4","reason":"no"}],"covered":["a.go","b.go"],"no_findings":false}`,
			brief{Findings: []string{"BLOCK T @ a.go:3 b.go:4-5"}, Retract: []string{"b.go:4 because no"}, Covered: []string{"a.go", "b.go"}}},
		{"JSON in a fence, with words around it", "Sure!\n```json\n{\n \"findings\": [],\n \"covered\": [\"a.go\"],\n \"no_findings\": true\n}\n```\nDone.\n", brief{None: true, Covered: []string{"a.go"}}},
		{"JSON as a list with path and line", `[{"severity":"high","title":"T","file":"a.go","line":3,"end_line":"4","description":"w"}]`, brief{Findings: []string{"BLOCK T @ a.go:3-4"}}},
		{"truncated JSON keeps what was complete", `{"findings":[{"severity":"BLOCK","title":"T","where":["a.go:3"],"why":"w","fix":"f"},{"severity":"WARN","ti`, brief{Findings: []string{"BLOCK T @ a.go:3"}, Unparsed: 1}},
		{"covered as a list", "NO FINDINGS\nCOVERED:\n- a.go\n- `b c.go`\n", brief{None: true, Covered: []string{"a.go", "b c.go"}}},
		{"covered in one line", "NO FINDINGS\nCOVERED: a.go, b.go\n", brief{None: true, Covered: []string{"a.go", "b.go"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, briefly(Parse(tt.text))); diff != "" {
				t.Errorf("got +, want -:\n%s", diff)
			}
		})
	}
}

func TestWhatIsNoFindingIsNotReadAsOne(t *testing.T) {
	tests := []struct {
		name, text string
		want       brief
	}{
		{"a diff quoted in a finding", "### WARN: T\nWHERE: a.md:3\nWHY: it adds\n```\n### BLOCK: fake\nWHERE: a.go:1\nRETRACT: a.md:3 — ha\nCOVERED: x.go\n```\nCOVERED: a.md\n",
			brief{Findings: []string{"WARN T @ a.md:3"}, Covered: []string{"a.md"}}},
		{"a fence after the answer has begun is listed, not believed", "COVERED: a.md\n\n```\nRETRACT: a.md:3 — ha\nCOVERED: x.go\n```\n",
			brief{Covered: []string{"a.md"}, Unparsed: 1}},
		{"code of a language", "```go\n// BLOCK: x\n```\nNO FINDINGS\n", brief{None: true}},
		{"a legend", "- BLOCK: must not be merged\n- WARN: should be mended\n- INFO: worth knowing\n\nNO FINDINGS\n", brief{None: true}},
		{"the template", "### BLOCK: <short title>\nWHERE: <path>:<line>\nWHY: …\n\nNO FINDINGS\n", brief{None: true}},
		{"an adjective", "## High-level summary\n\nCritical path is fine. Info follows.\n", brief{}},
		{"an empty section", "## BLOCK\nNone\n\n## WARN\n- (none)\n\n### INFO: None\nNO FINDINGS\n", brief{None: true}},
		{"a note within a finding", "### BLOCK: T\nWHERE: a.go:3\nWHY: w\n**Note:** see b.go:4\n**Warning**: hot\n", brief{Findings: []string{"BLOCK T @ a.go:3"}}},
		{"words that look good in a real finding", "### BLOCK: T\nWHERE: a.go:3\nWHY: looks good, but is not. No issues were found by the tests.\n", brief{Findings: []string{"BLOCK T @ a.go:3"}}},
		{"a severity without a place", "### BLOCK: T\nWHY: somewhere\n", brief{Unparsed: 1}},
		{"a place that cannot be read", "### BLOCK: T\nWHERE: n/a\nWHY: w\n", brief{Unparsed: 1}},
		{"a place without a severity", "### T\nWHERE: a.go:3\nWHY: w\n", brief{Unparsed: 1}},
		{"reasoning that never ends", "<think>\n### BLOCK: draft\nWHERE: a.go:1\n", brief{Unparsed: 1}},
		{"an unclosed fence swallows nothing", "```\ntext\n### BLOCK: T\nWHERE: a.go:3\n", brief{Findings: []string{"BLOCK T @ a.go:3"}}},
		{"a brace in running text", "{\n  \"x\": 1\n}\n### BLOCK: T\nWHERE: a.go:3\n", brief{Findings: []string{"BLOCK T @ a.go:3"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, briefly(Parse(tt.text))); diff != "" {
				t.Errorf("got +, want -:\n%s", diff)
			}
		})
	}
}

func TestAFindingIsTakenBackOnlyWhenItsTextLeavesNoDoubt(t *testing.T) {
	finding := func(title, body string) string {
		return "### BLOCK: " + title + "\nWHERE: a.go:3\nWHY: " + body + "\nFIX: f\n"
	}
	tests := []struct {
		name, text string
		want       bool
	}{
		{"a struck title", finding("~~T~~", "w"), true},
		{"a struck title and severity", "### ~~BLOCK: T~~\nWHERE: a.go:3\n", true},
		{"a mark in the title", finding("T (retracted)", "w"), true},
		{"a loud mark in the title", finding("WITHDRAWN: T", "w"), true},
		{"a status", finding("T", "w") + "**Status:** withdrawn\n", true},
		{"a line of its own", finding("T", "w") + "\nWithdrawn.\n", true},
		{"RETRACT of this", finding("T", "w") + "\nRETRACT: this finding — cached\n", true},
		{"a second look", finding("T", "On second look, this is fine."), true},
		{"a second look with a reason", finding("T", "x. On closer inspection this is not an issue, since n > 0."), true},
		{"in the first person", finding("T", "I retract this finding."), true},
		{"a second look with an exception", finding("T", "On second look this is fine on Linux but not on Windows."), false},
		{"a condition", finding("T", "I would not say that I retract this unless it is tested"), false},
		{"withdrawing as the subject", finding("Deposit is withdrawn twice", "the amount is withdrawn. Retracted rows stay."), false},
		{"one struck word", finding("T with ~~old~~ new name", "w"), false},
		{"the words of somebody else", finding("T", "w\n> I retract this."), false},
		{"the words of the code", finding("T", "w\n```\nWithdrawn.\n```"), false},
		{"not retracted", finding("T", "w") + "Retracted: no\n", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := Parse(tt.text)
			if len(r.Findings) != 1 {
				t.Fatalf("want one finding, got %+v", r)
			}
			if got := r.Findings[0].Retracted; got != tt.want {
				t.Errorf("retracted: got %v (%q), want %v", got, r.Findings[0].Reason, tt.want)
			}
		})
	}
}

func TestAFindingKeepsItsOwnWords(t *testing.T) {
	text := "intro\n\n### BLOCK: T\xff\nWHERE: a.go:3\nWHY: one\n\ntwo\nFIX: f\n```go\nx\n```\n\n---\nbye\n"
	got := Parse(text).Findings
	want := []Reported{{
		Severity: Block, Title: "T\xff", Why: "one\ntwo", Fix: "f\n```go\nx\n```",
		Where: []Place{{Raw: "a.go:3", Path: "a.go", Line: 3, EndLine: 3}}, WhereText: "a.go:3",
		Text:   "### BLOCK: T\xff\nWHERE: a.go:3\nWHY: one\n\ntwo\nFIX: f\n```go\nx\n```",
		Offset: 7,
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("got +, want -:\n%s", diff)
	}
}

// checkReport holds what is true of the report of any text.
func checkReport(t interface {
	Helper()
	Fatalf(string, ...any)
}, text string, r Report) {
	t.Helper()
	at := 0
	for _, s := range r.Spans {
		if s.Start != at || s.End <= s.Start {
			t.Fatalf("spans leave a hole or overlap at %d: %+v", at, r.Spans)
		}
		at = s.End
	}
	if at != len(text) {
		t.Fatalf("spans end at %d of %d bytes", at, len(text))
	}
	for _, f := range r.Findings {
		if f.Severity.rank() > 2 || len(f.Where) == 0 || f.Text == "" || !strings.Contains(text, f.Text) {
			t.Fatalf("a finding that is none, or whose words are not the answer's: %+v", f)
		}
		for _, p := range f.Where {
			checkPlace(t, p)
		}
	}
	for _, u := range r.Unparsed {
		if u == "" || !strings.Contains(text, u) {
			t.Fatalf("unparsed text that is not the answer's: %q", u)
		}
	}
}

func seeds(f *testing.F) {
	f.Helper()
	data, err := os.ReadFile("parse_test.go")
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range strings.Split(string(data), "\t\t{\"") {
		if utf8.ValidString(s) {
			f.Add(strings.NewReplacer(`\n`, "\n", `\"`, `"`).Replace(s))
		}
	}
	f.Add("")
	f.Add("\xff\xfe### BLOCK: \xff\nWHERE: \xff:3\n")
}

func FuzzParse(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text string) {
		checkReport(t, text, Parse(text))
	})
}

func TestAnyMixtureOfAnswerLinesIsAccountedFor(t *testing.T) {
	pieces := []string{
		"### BLOCK: T", "### WARN", "**INFO: x**", "WHERE: a.go:3", "WHERE:", "- b.go:4, 5", "WHY: w", "FIX: f", "text", "", "```", "```go", "~~~", "```json",
		"{\"findings\":[", "{\"severity\":\"BLOCK\",\"title\":\"t\",\"where\":\"a:1\"}", "]}", "RETRACT: a.go:3 — r", "RETRACT: this", "COVERED: a.go", "COVERED:", "NO FINDINGS",
		"<think>", "</think>", "> ### BLOCK: q", "| Severity | Where |", "|---|---|", "| BLOCK | a.go:1 |", "---", "## Critical", "- a.go:3 — x", "Withdrawn.", "Severity: BLOCK", "\r", "\xff",
	}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 30).Draw(t, "lines"), "\n")
		checkReport(t, text, Parse(text))
	})
}

// Hostile answers that repeat what could make a parser look twice.
func BenchmarkParseHostile(b *testing.B) {
	for name, piece := range map[string]string{
		"fences": "```\n", "long fences": "~~~x\n", "thinks": "</think>\n", "open thinks": "<think>\n", "braces": "{\"findings\":[\n", "brackets": "[{", "blanks": "WHERE: " + strings.Repeat(" 1", 500) + "\n",
		"ticks": "WHERE: `", "headings": "### BLOCK: T\nWHERE: a.go:3\n", "parens": "WHERE: " + strings.Repeat("a(1", 500) + "\n", "strikes": "### BLOCK: ~~",
		"files": "**a.go**\n", "lines": "L1: **BLOCK** x\n", "withdrawals": "The finding at a.go:1 is withdrawn.\n", "doubts": "a **BLOCK** at a.go:1\n", "words": "{findings: [{\n",
		"colons": "WHERE: " + strings.Repeat("a:1", 1000) + "\n", "quotes": "WHERE: " + strings.Repeat("\"a", 1000) + "\n",
	} {
		text := strings.Repeat(piece, 1<<20/len(piece))
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				Parse(text)
			}
		})
	}
}
