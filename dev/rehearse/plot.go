package rehearse

import (
	"fmt"
	"html"
	"html/template"
	"strings"
)

// The plots are drawn for a phone: 400 units wide, so that their words stay readable at its width.
const (
	plotWidth = 400
	plotLeft  = 34
	plotTop   = 10
)

// part is one colour of a stacked plot.
type part struct {
	class string // of the style sheet: a, b, c
	name  string
}

// canvas collects the elements of one picture.
type canvas struct {
	strings.Builder
	height int
}

func newCanvas(height int, title string) *canvas {
	c := &canvas{height: height}
	fmt.Fprintf(c, `<svg viewBox="0 0 %d %d" role="img" aria-label="%s"><title>%s</title>`, plotWidth, height, html.EscapeString(title), html.EscapeString(title))
	return c
}

func (c *canvas) bar(class string, x, y, w, h float64, hint string) {
	if h <= 0 || w <= 0 {
		return
	}
	fmt.Fprintf(c, `<rect class="%s" x="%.1f" y="%.1f" width="%.1f" height="%.1f"><title>%s</title></rect>`, class, x, y, w, h, html.EscapeString(hint))
}

func (c *canvas) text(x, y float64, anchor, text string) {
	fmt.Fprintf(c, `<text x="%.1f" y="%.1f" text-anchor="%s">%s</text>`, x, y, anchor, html.EscapeString(text))
}

func (c *canvas) line(x1, y1, x2, y2 float64) {
	fmt.Fprintf(c, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`, x1, y1, x2, y2)
}

func (c *canvas) picture() template.HTML {
	c.WriteString("</svg>")
	return template.HTML(c.String()) //nolint:gosec // every text in it was escaped
}

// column is one place on the horizontal axis.
type column struct {
	label  string // below it; "" for none
	hint   string // shown by a pointer that rests on it
	values []int  // one per part
}

func (c column) sum() int {
	n := 0
	for _, v := range c.values {
		n += v
	}
	return n
}

// stacked draws columns of stacked parts over a horizontal axis.
func stacked(title string, parts []part, columns []column, height int) template.HTML {
	c := newCanvas(height, title)
	most := 1
	for _, x := range columns {
		most = max(most, x.sum())
	}
	top := nice(most)
	floor, width := float64(height-24), float64(plotWidth-plotLeft-4)
	scale := (floor - plotTop) / float64(top)
	for _, v := range []int{0, top / 2, top} {
		if v == 0 && top/2 == 0 && top > 1 {
			continue
		}
		y := floor - float64(v)*scale
		c.line(plotLeft, y, plotWidth-4, y)
		c.text(plotLeft-4, y+4, "end", fmt.Sprint(v))
	}
	step := width / float64(max(1, len(columns)))
	for i, x := range columns {
		left, y := plotLeft+float64(i)*step, floor
		for p, v := range x.values {
			h := float64(v) * scale
			y -= h
			c.bar(parts[p].class, left+step*0.08, y, step*0.84, h, x.hint)
		}
		if x.label != "" {
			c.text(min(max(left+step/2, plotLeft+12), plotWidth-20), floor+15, "middle", x.label)
		}
	}
	return c.picture()
}

// nice is the first round number from n on that halves well.
func nice(n int) int {
	for base := 1; ; base *= 10 {
		for _, f := range []int{1, 2, 4, 6, 8} {
			if v := f * base; v >= n {
				return v
			}
		}
	}
}

// rows draws a horizontal bar per row: the label above it, the number at its end.
func rows(title string, parts []part, all []column) template.HTML {
	const each = 34
	c := newCanvas(len(all)*each+4, title)
	most := 1
	for _, x := range all {
		most = max(most, x.sum())
	}
	scale := float64(plotWidth-60) / float64(most)
	for i, x := range all {
		y, left := float64(i*each), 0.0
		c.text(0, y+13, "start", x.label)
		for p, v := range x.values {
			w := float64(v) * scale
			c.bar(parts[p].class, left, y+18, w, 11, x.hint)
			left += w
		}
		c.text(left+5, y+28, "start", fmt.Sprint(x.sum()))
	}
	return c.picture()
}
