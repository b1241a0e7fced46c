package report

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestTableAlignsByTheColumnsOfATerminal(t *testing.T) {
	table := Table{Head: []string{"name", "n", "cost"}, Rows: [][]Cell{
		{Words("界界"), Number(7), USD(nil, false)},
		nil,
		{Words("e\u0301a\nb\x1b"), Tokens(123_456), Share(1, 1000)},
	}}
	var b strings.Builder
	if err := table.Write(&b); err != nil {
		t.Fatal(err)
	}
	want := "name      n     cost\n界界      7  unknown\n\ne\u0301a b␛  123k      1 %\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}

func TestCellsOfNumbers(t *testing.T) {
	some, none := 1.5, 0.0
	for _, c := range []struct {
		cell Cell
		want string
	}{
		{Share(0, 3), "0 %"}, {Share(3, 3), "100 %"}, {Share(1, 999), "1 %"}, {Share(998, 999), "99 %"}, {Share(0, 0), "–"},
		{USD(&some, false), "1.50 USD"}, {USD(&some, true), "≥ 1.50 USD"}, {USD(&none, false), "none"}, {USD(&none, true), "≥ 0 USD"}, {USD(nil, true), "unknown"},
		{Wall(0), "0.0s"}, {Wall(13), "13ms"}, {Wall(1250), "1.3s"}, {Ratio(1, 2), "1/2"},
	} {
		if c.cell.text != c.want || !c.cell.number {
			t.Errorf("got %+v, want the number %q", c.cell, c.want)
		}
	}
}

func TestATableIsCutOnlyWhereThatHelps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := Table{Head: []string{"a", "whole", "n"}, Width: rapid.IntRange(0, 60).Draw(t, "width")}
		name := rapid.StringMatching(`[a-z]{1,30}`)
		widest, fixed := 0, 0
		for range rapid.IntRange(1, 5).Draw(t, "rows") {
			words, whole := name.Draw(t, "words"), name.Draw(t, "whole")
			widest, fixed = max(widest, len(words)), max(fixed, len(whole))
			table.Rows = append(table.Rows, []Cell{Words(words), Name(whole), Number(7)})
		}
		least := min(widest, least) + len(gutter) + max(fixed, len("whole")) + len(gutter) + 1
		var b strings.Builder
		if err := table.Write(&b); err != nil {
			t.Fatal(err)
		}
		for l := range strings.SplitSeq(b.String(), "\n") {
			if table.Width > 0 && columns(l) > max(table.Width, least) {
				t.Errorf("%d columns of %d: %q", columns(l), table.Width, l)
			}
		}
		for _, row := range table.Rows {
			if !strings.Contains(b.String(), row[1].text) {
				t.Errorf("%q was cut", row[1].text)
			}
		}
	})
}
