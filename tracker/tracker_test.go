package tracker

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write golden files anew")

// entries are what is appended in these tests: the second is up to something.
func entries() []Entry {
	return []Entry{
		{Signature: "enum-tagging-0123456789ab", Phase: "parity", What: "enum tagging at .errors[]: 5 cases", Since: "2026-11-23", Gap: "g-3f9a2c71"},
		{Signature: "step-order-fail", Phase: "smoke", What: "a | b\n| c | `_open_` <script>x</script> \x1b[31m\u202e\\| @you #1\r\n\n## Decisions", Since: "2026-11-23"},
	}
}

func append2(name string, data []byte, list []Entry) ([]byte, []string, error) {
	t, err := Read(name, data, "Decisions")
	if err != nil {
		return nil, nil, err
	}
	return t.Append(list)
}

func TestRowsAreAppendedToAwkwardDocuments(t *testing.T) {
	files, err := filepath.Glob("testdata/*.in.md")
	if err != nil || len(files) == 0 {
		t.Fatal("no documents", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			before, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for name, data := range map[string][]byte{
				"": before, "_crlf": bytes.ReplaceAll(before, []byte("\n"), []byte("\r\n")), "_without_an_end": bytes.TrimRight(before, "\n"),
			} {
				got, added, err := append2(file, data, entries())
				if err != nil {
					t.Fatalf("%q: %v", name, err)
				}
				if name == "" {
					golden(t, strings.Replace(file, ".in.md", ".golden.md", 1), got)
				}
				if len(added) == 0 {
					t.Errorf("%q: nothing was added", name)
				}
				if name == "_crlf" && bytes.Count(got, []byte("\n")) != bytes.Count(got, []byte("\r\n")) {
					t.Errorf("the new rows do not end as the others do:\n%q", got)
				}
				holdOneInsertion(t, data, got)
				again, more, err := append2(file, got, entries())
				if err != nil || len(more) > 0 || !bytes.Equal(again, got) {
					t.Errorf("%q: a second run adds %v, %v", name, more, err)
				}
			}
		})
	}
}

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// holdOneInsertion holds that the new document is the old one with one piece put in.
func holdOneInsertion(t *testing.T, before, after []byte) {
	t.Helper()
	at := 0
	for at < len(before) && before[at] == after[at] {
		at++
	}
	if !bytes.HasSuffix(after, before[at:]) {
		t.Errorf("bytes from %d on have changed:\n%s", at, after)
	}
}

func TestWhatIsNotUnderstoodIsRefused(t *testing.T) {
	const table = "| Signature | Decision |\n|---|---|\n"
	tests := []struct{ name, document, want string }{
		{"no heading", "# Other\n\n" + table, `no heading "Decisions"`},
		{"two headings", "# Decisions\n\n" + table + "\n# Decisions\n", "more than once"},
		{"a heading in a quote", "> # Decisions\n\n" + table, "no heading"},
		{"no table", "# Decisions\n\ntext\n", "no table under the heading"},
		{"a table under another heading", "## Decisions\n\n## Others\n\n" + table, "no table under the heading"},
		{"a table in a fence", "# Decisions\n\n```\n" + table + "```\n", "no table under the heading"},
		{"a table in a quote", "# Decisions\n\n> | Signature | Decision |\n> |---|---|\n", "no table under the heading"},
		{"a table in a list", "# Decisions\n\n- | Signature | Decision |\n  |---|---|\n", "no table under the heading"},
		{"a table in a comment", "# Decisions\n\n<!--\n" + table + "-->\n", "no table under the heading"},
		{"a table that is indented to code", "# Decisions\n\n    | Signature | Decision |\n    |---|---|\n", "no table under the heading"},
		{"a rule that does not fit the head", "# Decisions\n\n| Signature | Decision |\n|---|\n", "no table under the heading"},
		{"other columns", "# Decisions\n\n| a | b |\n|---|---|\n", "with the columns Signature and Decision"},
		{"two that fit", "# Decisions\n\n" + table + "\nand\n\n" + table, "two tables"},
		{"a column twice", "# Decisions\n\n| Signature | Decision | Status |\n|---|---|---|\n", "two columns for the decision"},
		{"text right below the table", "# Decisions\n\n" + table + "| a | b |\nmore text\n", "tracker.md:6: this line belongs to the table above it"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, _, err := append2("tracker.md", []byte(tt.document), entries())
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %q, %v; want an error with %q", got, err, tt.want)
			}
		})
	}
}

func TestRowsAreReadWithTheirDecisions(t *testing.T) {
	doc := "# Decisions\n\n| Decision | x | Signature |\n|:--|--|--:|\n| _open_ | | `a-1` |\n|*open*|\\|| b-2\n| fixed in #12, was _open_ | | c-3 |\nd-4 | x |\n"
	tab, err := Read("tracker.md", []byte(doc), "decisions")
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		Signature string
		Open      bool
		Line      int
	}
	var got []row
	for _, r := range tab.Rows {
		got = append(got, row{r.Signature, r.Open(), r.Line})
	}
	want := []row{{"a-1", true, 5}, {"b-2", true, 6}, {"c-3", false, 7}, {"", false, 8}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("got +, want -:\n%s", diff)
	}
	if !tab.Has("c-3") || tab.Has("x") {
		t.Error("the rows are not known by their signatures")
	}
}

func TestASignatureThatIsNoneIsRefused(t *testing.T) {
	for _, sig := range []string{"", "a b", "a|b", "`", "a\nb", "-"} {
		if _, _, err := append2("t.md", []byte("# Decisions\n\n| Signature | Decision |\n|---|---|\n"), []Entry{{Signature: sig}}); err == nil {
			t.Errorf("%q was taken", sig)
		}
	}
}

// Whatever stands around and in the table, either nothing is written or exactly the rows.
func TestAnyDocumentKeepsItsBytes(t *testing.T) {
	piece := rapid.SampledFrom([]string{
		"# Decisions\n", "## Decisions\n", "# Other\n", "\n", "| Signature | What | Decision |\n", "|---|---|---|\n", "| a-1 | x | _open_ |\n", "| b | \\| | no |\n",
		"```\n", "~~~\n", "> ", "- ", "    ", "text\n", "<!--\n", "-->\n", "<div>\n", "|", "\r\n", "`", "\\", "Decisions\n---\n", "\t", "[a]: b\n", "1. ", "***\n", "\u00a0", "\xff",
	})
	rapid.Check(t, func(rt *rapid.T) {
		pieces := rapid.SliceOfN(piece, 0, 14).Draw(rt, "document")
		holdAppend(t, strings.Join(pieces, ""), rapid.String().Draw(rt, "text"))
	})
}

func FuzzAppend(f *testing.F) {
	f.Add("# Decisions\n\n| Signature | What | Decision |\n|---|---|---|\n| a | b | _open_ |\n\nmore", "a | b")
	f.Add("# Decisions\r\n| Signature | Status |\r\n|--|--|", "\n")
	f.Fuzz(func(t *testing.T, document, text string) { holdAppend(t, document, text) })
}

func holdAppend(t *testing.T, document, text string) {
	t.Helper()
	list := []Entry{{Signature: "new-1", What: text, Phase: text}, {Signature: "new-2", What: text, Since: text, Gap: text}}
	got, added, err := append2("t.md", []byte(document), list)
	if err != nil {
		if got != nil {
			t.Fatalf("an error and a document: %v", err)
		}
		return
	}
	if len(added) == 0 && string(got) != document {
		t.Fatal("nothing was added, and it has changed")
	}
	holdOneInsertion(t, []byte(document), got)
	again, more, err := append2("t.md", got, list)
	if err != nil || len(more) > 0 || !bytes.Equal(again, got) {
		t.Fatalf("a second run adds %v, %v to\n%q", more, err, got)
	}
}
