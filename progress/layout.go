package progress

import (
	"fmt"
	"strings"
	"time"
)

// layout is the live area in so many columns and rows: what it all comes to, a line
// for each place where seats are asked, and the seats that take the longest.
func (m *Model) layout(now time.Time, width, height int) []text {
	room := height - 1 // the cursor is below
	if room < 1 {
		return nil
	}
	out := []text{{bold, m.Summary(now).head()}}
	out = append(out, m.siteLines(width, room-len(out))...)
	return append(out, m.rowLines(now, room-len(out))...)
}

// smallestBar still shows something.
const smallestBar = 10

// nameWidth bounds the columns of names, which come from a configuration.
const nameWidth = 24

func (m *Model) siteLines(width, room int) []text {
	shown, more := fit(len(m.order), room)
	names := 0
	for _, s := range m.order[:shown] {
		names = max(names, cells().StringWidth(name(s.name)))
	}
	bar := min(width-names-70, 30)
	var out []text
	for _, s := range m.order[:shown] {
		out = append(out, text{"", s.line(names, bar)})
	}
	if more > 0 && room > 0 {
		var rest Counts
		for _, s := range m.order[shown:] {
			rest.plus(s.counts)
			rest.Seats += s.counts.Seats
		}
		out = append(out, text{dim, fmt.Sprintf("  and %d more: %d of %d", more, rest.Ended(), rest.Seats)})
	}
	return out
}

// line of a place: its name, a bar, how many have ended, what the others are doing.
func (s *site) line(names, bar int) string {
	c := s.counts
	line := "  " + cells().FillRight(name(s.name), names) + "  "
	if bar >= smallestBar {
		line += gauge(c.Ended(), c.Seats, bar) + "  "
	}
	line += fmt.Sprintf("%3d of %-3d", c.Ended(), c.Seats)
	var what []string
	for _, w := range []string{c.ends(false), c.phases()} {
		if w != "" {
			what = append(what, w)
		}
	}
	if len(what) > 0 {
		line += "  " + strings.Join(what, " · ")
	}
	return line
}

// gauge is a bar of plain characters, which every font has, each of one cell.
func gauge(done, all, width int) string {
	full := 0
	if all > 0 {
		full = done * width / all
	}
	return "[" + strings.Repeat("#", full) + strings.Repeat("-", width-full) + "]"
}

func (m *Model) rowLines(now time.Time, room int) []text {
	active := m.active()
	if room <= 0 || len(active) == 0 {
		return nil
	}
	shown, more := fit(len(active), room)
	bundles, names, times := 0, 0, 0
	for _, r := range active[:shown] {
		bundles = max(bundles, cells().StringWidth(name(r.bundle)))
		names = max(names, cells().StringWidth(name(r.reviewer)))
		times = max(times, len(span(now.Sub(r.begun))))
	}
	var out []text
	for _, r := range active[:shown] {
		out = append(out, text{"", fmt.Sprintf("  %s  %s  %*s  %s", cells().FillRight(name(r.bundle), bundles),
			cells().FillRight(name(r.reviewer), names), times, span(now.Sub(r.begun)), r.doing(now))})
	}
	if more > 0 {
		var rest Counts
		for _, r := range active[shown:] {
			rest.add(r.phase, "", 1)
		}
		out = append(out, text{dim, fmt.Sprintf("  and %d more: %s", more, rest.phases())})
	}
	return out
}

// fit tells how many of n lines are shown in a room, and how many are summed up in the
// last one.
func fit(n, room int) (shown, more int) {
	if n <= room {
		return n, 0
	}
	shown = max(room-1, 0)
	return shown, n - shown
}

func name(s string) string { return cells().Truncate(oneWord(s), nameWidth, "…") }
