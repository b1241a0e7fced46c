package progress

import (
	"time"

	"scrum/reviewers"
)

// Summary of a moment.
func (m *Model) Summary(now time.Time) Summary {
	s := Summary{Known: m.known, Elapsed: now.Sub(m.start), USD: m.usd, Unpriced: m.unpriced}
	for _, at := range m.order {
		s.plus(at.counts)
	}
	for _, r := range m.rows {
		if r != nil {
			s.Tokens += r.tokens
		}
	}
	s.Seats = max(m.total, s.Done())
	s.Left = m.left(now)
	return s
}

// enough seats give an average; fewer where fewer are asked at a time.
const enough = 3

// left is how long it will take until the last seat has ended, 0 when that cannot be
// said: while a place that has seats to answer has hardly answered any, there is nothing to
// reckon with. All places work side by side, so the slowest one counts.
func (m *Model) left(now time.Time) time.Duration {
	active := map[*site][]*row{}
	for _, r := range m.rows {
		if r != nil && r.phase != reviewers.Done && !r.begun.IsZero() {
			active[r.site] = append(active[r.site], r)
		}
	}
	var most time.Duration
	for _, s := range m.order {
		if s.counts.Ended() == s.counts.Seats {
			continue
		}
		if s.asked < min(max(s.lanes, 1), enough) {
			return 0
		}
		most = max(most, s.left(active[s], now))
	}
	if most < time.Second {
		return 0 // what is longer than usual may take any time
	}
	return most
}

// left reckons that every seat takes what the others took on average, in as many lanes
// as were seen; a place that lets seats wait goes on at the pace that it has.
func (s *site) left(active []*row, now time.Time) time.Duration {
	mean := s.latency / time.Duration(s.asked)
	var work, longest time.Duration
	for _, r := range active {
		rest := max(0, mean-now.Sub(r.begun))
		longest = max(longest, rest)
		work += rest
	}
	remaining := s.counts.Seats - s.counts.Ended()
	work += time.Duration(remaining-len(active)) * mean
	out := max(longest, work/time.Duration(max(s.lanes, 1)))
	if s.limited && s.asked >= s.lanes { // those of the first moment did not wait
		out = max(out, now.Sub(s.begun)/time.Duration(s.asked)*time.Duration(remaining))
	}
	return out
}
