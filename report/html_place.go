package report

import (
	"slices"

	"scrum/bundler"
	"scrum/tally"
)

// placement is the diff with the findings at their lines.
type placement struct {
	files []*placedFile
	apart []tally.Finding // of places that the diff does not show
	none  bool            // there is no diff at hand
}

// placedFile is a file with its findings.
type placedFile struct {
	DiffFile
	hunks          []placedHunk
	whole          []tally.Finding // that are about no line of it
	findings       int
	added, deleted int
	bytes          int
}

// placedHunk is a hunk with the findings that stand under its lines.
type placedHunk struct {
	bundler.Hunk
	lines  []bundler.Line
	under  map[int][]tally.Finding // by index in lines
	marked map[int]bool            // lines that a finding is about
	crlf   bool                    // every line ends with a carriage return: it is not shown
}

// place puts every finding of the story either into the diff or into the list of those
// that are apart: none is in both, and none is lost.
func place(s story) placement {
	p := placement{none: s.Diff == nil}
	at := map[string]*placedFile{}
	for _, f := range s.Diff {
		pf := newPlacedFile(f)
		p.files = append(p.files, pf)
		at[f.Path] = pf
	}
	for _, pf := range p.files {
		if _, taken := at[pf.OldPath]; pf.OldPath != "" && !taken {
			at[pf.OldPath] = pf
		}
	}
	for _, f := range inOrder(s.Findings) {
		pf := at[f.Path]
		if pf == nil || f.Anchor == tally.Outside || f.Anchor == tally.Unknown {
			p.apart = append(p.apart, f)
			continue
		}
		pf.put(f)
	}
	return p
}

func newPlacedFile(f DiffFile) *placedFile {
	out := &placedFile{DiffFile: f}
	for _, h := range f.Hunks {
		ph := placedHunk{Hunk: h, lines: slices.Collect(h.Lines()), under: map[int][]tally.Finding{}, marked: map[int]bool{}, crlf: true}
		for _, l := range ph.lines {
			switch l.Kind {
			case '+':
				out.added++
			case '-':
				out.deleted++
			}
			ph.crlf = ph.crlf && len(l.Text) > 0 && l.Text[len(l.Text)-1] == '\r'
		}
		out.bytes += len(h.Body)
		out.hunks = append(out.hunks, ph)
	}
	return out
}

// put places a finding under the last of its lines that is shown. Without one it is
// about the file.
func (f *placedFile) put(finding tally.Finding) {
	f.findings++
	if finding.Line > 0 {
		for i := len(f.hunks) - 1; i >= 0; i-- {
			if f.hunks[i].put(finding) {
				return
			}
		}
	}
	f.whole = append(f.whole, finding)
}

func (h *placedHunk) put(f tally.Finding) bool {
	first, count := h.NewStart, h.NewLines
	if f.Side == tally.Old {
		first, count = h.OldStart, h.OldLines
	}
	end := max(f.Line, f.EndLine)
	if end < first || f.Line >= first+count {
		return false
	}
	last := -1
	for i, l := range h.lines {
		n := l.New
		if f.Side == tally.Old {
			n = l.Old
		}
		if n >= f.Line && n <= end && n > 0 {
			h.marked[i] = true
			last = i
		}
	}
	if last < 0 {
		return false
	}
	h.under[last] = append(h.under[last], f)
	return true
}

// span is a part of a hunk's lines, shown or folded.
type span struct {
	from, to int
	folded   bool
}

const (
	smallHunk   = 150 // lines that are shown whole when a finding is among them
	besideLines = 15  // that are shown around a finding of a larger hunk
	besideLarge = 4   // and in a large diff
	quietHunk   = 40  // lines that are shown although no finding is among them, beside a hunk that has one
	leastFold   = 8   // lines that are worth a fold
)

// spans cuts the lines of a hunk into what is shown and what is folded. In a file without
// findings, which is folded itself, all is shown.
func (h *placedHunk) spans(quietFile, large bool) []span {
	n, beside, small := len(h.lines), besideLines, smallHunk
	if large {
		beside, small = besideLarge, quietHunk
	}
	if quietFile || len(h.under) > 0 && n <= small || len(h.under) == 0 && n <= quietHunk {
		return []span{{0, n, false}}
	}
	show := make([]bool, n)
	for i := range h.under {
		for k := max(0, i-beside); k < min(n, i+beside+1); k++ {
			show[k] = true
		}
	}
	var out []span
	for i := 0; i < n; {
		k := i
		for k < n && show[k] == show[i] {
			k++
		}
		folded := !show[i] && k-i >= leastFold
		if last := len(out) - 1; last >= 0 && out[last].folded == folded {
			out[last].to = k
		} else {
			out = append(out, span{i, k, folded})
		}
		i = k
	}
	return out
}
