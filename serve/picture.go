package serve

import "strconv"

// picture is bars over runs: the geometry of an SVG whose colours are classes of the
// page. The template writes it.
type picture struct {
	ID    string
	Title string
	Text  string // what there is to see, in words
	Top   string // what the height of the picture stands for
	Bars  []bar
}

// bar is a rectangle; its numbers are attributes.
type bar struct {
	X, Y, Width, Height string
	Tone                string
	Title               string
}

// mark is a bar by what it says: from and to are shares of the height.
type mark struct {
	from, to float64
	tone     string
	title    string
}

// The picture is stretched to its place; these are only proportions. Few runs leave the
// left of it empty, so that a bar stays a bar.
const (
	pictureWidth  = 600
	pictureHeight = 100
	pictureSlots  = 30
	barWidth      = 0.78
)

// bar draws a mark for one of n runs.
func (p *picture) bar(i, n int, m mark) {
	if m.to <= m.from {
		return
	}
	slots := max(n, pictureSlots)
	slot := pictureWidth / float64(slots)
	x := float64(slots-n+i) * slot
	p.Bars = append(p.Bars, bar{
		X: coordinate(x), Y: coordinate(pictureHeight * (1 - m.to)), Width: coordinate(slot * barWidth), Height: coordinate(pictureHeight * (m.to - m.from)),
		Tone: m.tone, Title: m.title,
	})
}

func coordinate(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) }
