package progress

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func area(lines ...string) func(int, int) []text {
	return func(int, int) []text {
		var out []text
		for i, l := range lines {
			out = append(out, text{[]string{bold, "", dim}[i%3], l})
		}
		return out
	}
}

func TestLogsAppearAboveTheArea(t *testing.T) {
	v := newVT(t, 40, 5)
	s := newScreen(v, v.size)
	fmt.Fprintln(s, "first")
	s.draw(area("one", "two", "three"))
	fmt.Fprint(s, "a line of the log that is longer than the terminal is wide\nhalf")
	s.draw(area("ONE", "TWO"))
	fmt.Fprintln(s, " and half")
	s.draw(area("1", "2", "3", "4"))
	want := []string{"first", "a line of the log that is longer than th", "e terminal is wide", "half and half", "1", "2", "3", "4", ""}
	if diff := cmp.Diff(want, v.text()); diff != "" {
		t.Errorf("while it is live (-want +got):\n%s", diff)
	}
	v.tidy(t)
	fmt.Fprint(s, "the end")
	s.close()
	fmt.Fprint(s, " is this\n")
	want = append(want[:4:4], "the end is this", "")
	if diff := cmp.Diff(want, v.text()); diff != "" {
		t.Errorf("afterwards (-want +got):\n%s", diff)
	}
	v.tidy(t)
}

func TestTheTerminalMayBecomeNarrowerAndWider(t *testing.T) {
	v := newVT(t, 80, 24)
	s := newScreen(v, v.size)
	long := strings.Repeat("月之暗面 ", 20)
	fmt.Fprintln(s, "log")
	s.draw(area(long, "short", long))
	for _, width := range []int{30, 200, 17, 80, 9, 40} {
		v.resize(width, 24)
		s.draw(area(long, "short", long))
		got := v.text()
		if len(got) != 5 || got[0] != "log" || got[2] != "short" || got[4] != "" {
			t.Errorf("%d columns:\n%s", width, strings.Join(got, "\n"))
		}
		for _, l := range got {
			if n := cells().StringWidth(l); n >= width {
				t.Errorf("%d columns: %q takes %d", width, l, n)
			}
		}
		v.tidy(t)
	}
}

func TestTheAreaFitsEveryTerminal(t *testing.T) {
	m := busy()
	for _, size := range [][2]int{{40, 5}, {80, 24}, {200, 60}, {20, 3}, {1, 1}, {100, 2}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			v := newVT(t, size[0], size[1])
			s := newScreen(v, v.size)
			for i := range 3 {
				s.draw(func(w, h int) []text { return m.layout(at(float64(10+i)), w, h) })
			}
			rows := v.text()
			if len(rows) > max(size[1], 2) {
				t.Errorf("%d rows on a terminal of %d:\n%s", len(rows), size[1], strings.Join(rows, "\n"))
			}
			v.tidy(t)
		})
	}
}
