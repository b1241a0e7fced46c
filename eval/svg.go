package eval

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// The drawing: two charts side by side, in user units.
const (
	chartWidth  = 380
	chartHeight = 240
	chartTop    = 70
	firstLeft   = 60
	secondLeft  = firstLeft + chartWidth + 90
	drawingWide = secondLeft + chartWidth + 40
	drawingHigh = chartTop + chartHeight + 110
)

// WriteSVG draws the calibration: how often a finding is right by the number of
// lineages that report it, with 95 % intervals and counts; and what the convergent
// findings come to under other values of --alike. The file asks for nothing from
// anywhere, and is legible on light and dark ground.
func (r *Report) WriteSVG(w io.Writer) error {
	d := &drawing{}
	d.printf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-labelledby="title desc">`+"\n", drawingWide, drawingHigh)
	d.printf("<title id=\"title\">Calibration of %s</title>\n", escapeXML(r.Dataset))
	d.printf("<desc id=\"desc\">%s</desc>\n", escapeXML(r.describe()))
	d.printf("%s", style)
	d.text(firstLeft, 26, "head", "Calibration: "+r.Dataset)
	d.text(firstLeft, 46, "", fmt.Sprintf("%s, %s, %s", plural(r.Cases, "case"), plural(r.Defects, "defect"), plural(r.Answers, "answer")))
	d.levels(r.Exactly)
	d.curve(r.curve)
	d.printf("</svg>\n")
	_, err := w.Write(d.Bytes())
	return err
}

const style = `<style>
text { font: 13px system-ui, sans-serif; fill: #222 }
.head { font-size: 16px; font-weight: 600 }
.small { font-size: 11px }
.axis { stroke: #888; stroke-width: 1; fill: none }
.grid { stroke: #8884; stroke-width: 1 }
.bar { fill: #3b7dd8 }
.whisker { stroke: #222; stroke-width: 1.5 }
.precision { stroke: #3b7dd8; fill: none; stroke-width: 2 }
.recall { stroke: #d9772b; fill: none; stroke-width: 2; stroke-dasharray: 6 3 }
.f1 { stroke: #3a9a5b; fill: none; stroke-width: 2; stroke-dasharray: 2 3 }
.now { stroke: #888; stroke-dasharray: 3 3 }
@media (prefers-color-scheme: dark) {
  svg { background: #16181c }
  text { fill: #e6e6e6 }
  .whisker { stroke: #e6e6e6 }
}
</style>
`

// drawing collects the picture.
type drawing struct{ bytes.Buffer }

func (d *drawing) printf(format string, args ...any) { fmt.Fprintf(d, format, args...) }

func (d *drawing) text(x, y float64, class, s string) {
	d.printf("<text x=\"%.1f\" y=\"%.1f\" class=\"%s\">%s</text>\n", x, y, class, escapeXML(s))
}

func (d *drawing) centred(x, y float64, class, s string) {
	d.printf("<text x=\"%.1f\" y=\"%.1f\" class=\"%s\" text-anchor=\"middle\">%s</text>\n", x, y, class, escapeXML(s))
}

func (d *drawing) line(class string, x1, y1, x2, y2 float64) {
	d.printf("<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", class, x1, y1, x2, y2)
}

// frame draws the axes of a chart whose y axis is a share.
func (d *drawing) frame(left float64, title, below string) {
	d.text(left, chartTop-6, "small", title)
	for percent := 0; percent <= 100; percent += 25 {
		y := shareY(float64(percent) / 100)
		d.line("grid", left, y, left+chartWidth, y)
		d.printf("<text x=\"%.1f\" y=\"%.1f\" class=\"small\" text-anchor=\"end\">%d %%</text>\n", left-6, y+4, percent)
	}
	d.printf("<path class=\"axis\" d=\"M%.1f %d V%d H%.1f\"/>\n", left, chartTop, chartTop+chartHeight, left+chartWidth)
	d.centred(left+chartWidth/2, chartTop+chartHeight+54, "small", below)
}

func shareY(share float64) float64 { return chartTop + chartHeight*(1-share) }

// levels draws a bar for each number of lineages: its precision, with the interval.
func (d *drawing) levels(levels []Level) {
	const left = firstLeft
	d.frame(left, "right findings, of those of exactly so many lineages", "lineages that report a finding (n: findings that are right or wrong)")
	if len(levels) == 0 {
		return
	}
	slot := float64(chartWidth) / float64(len(levels))
	for i, l := range levels {
		x := left + slot*(float64(i)+0.5)
		d.centred(x, chartTop+chartHeight+18, "", fmt.Sprint(l.Lineages))
		d.centred(x, chartTop+chartHeight+34, "small", fmt.Sprintf("n = %d", l.True+l.False))
		p := l.Precision
		if p == nil {
			continue // no finding, no share
		}
		width := min(slot*0.5, 46)
		d.printf("<rect class=\"bar\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"><title>%s</title></rect>\n",
			x-width/2, shareY(p.Value), width, chartHeight*p.Value, escapeXML(fmt.Sprintf("%s: %s %%", plural(l.Lineages, "lineage"), p.percent())))
		d.line("whisker", x, shareY(p.High), x, shareY(p.Low))
		for _, end := range []float64{p.Low, p.High} {
			d.line("whisker", x-5, shareY(end), x+5, shareY(end))
		}
	}
}

// curve draws precision, recall and F1 of convergent findings by likeness.
func (d *drawing) curve(s Sweep) {
	const left = secondLeft
	d.frame(left, "convergent findings, when texts must be so alike", "--alike")
	if len(s.Points) < 2 {
		return
	}
	first, last := s.Points[0].Value, s.Points[len(s.Points)-1].Value
	at := func(v float64) float64 { return left + chartWidth*(v-first)/(last-first) }
	for _, p := range s.Points {
		d.centred(at(p.Value), chartTop+chartHeight+18, "small", p.label(s.Option))
		if p.Current {
			d.line("now", at(p.Value), chartTop, at(p.Value), chartTop+chartHeight)
			d.centred(at(p.Value), chartTop+chartHeight+34, "small", "now")
		}
	}
	for i, c := range []struct {
		class string
		share func(Point) *Estimate
	}{
		{"precision", func(p Point) *Estimate { return p.Precision }},
		{"recall", func(p Point) *Estimate { return p.Recall }},
		{"f1", func(p Point) *Estimate { return p.F1 }},
	} {
		var points []string
		for _, p := range s.Points {
			if e := c.share(p); e != nil {
				points = append(points, fmt.Sprintf("%.1f,%.1f", at(p.Value), shareY(e.Value)))
			}
		}
		d.printf("<polyline class=\"%s\" points=\"%s\"/>\n", c.class, strings.Join(points, " "))
		x, y := left+float64(i)*110, float64(chartTop+chartHeight+82)
		d.line(c.class, x, y-4, x+28, y-4)
		d.text(x+34, y, "small", c.class)
	}
}

// describe says in words what the drawing shows, for those who do not see it.
func (r *Report) describe() string {
	var out []string
	for _, l := range r.Exactly {
		if l.Precision != nil {
			out = append(out, fmt.Sprintf("%s: %s percent right of %d", plural(l.Lineages, "lineage"), l.Precision.percent(), l.True+l.False))
		}
	}
	return strings.Join(out, "; ")
}

func escapeXML(s string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(s)); err != nil {
		return "" // a builder does not fail
	}
	return b.String()
}
