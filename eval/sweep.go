package eval

import (
	"context"
	"fmt"
	"reflect"

	"scrum/tally"
)

// Sweep is one option tried at other values, all else as it was.
type Sweep struct {
	Option string  `json:"option"`
	Points []Point `json:"points"`
}

// Point is what the convergent findings, those of two lineages or more, come to at
// one value of an option.
type Point struct {
	Value   float64 `json:"value"`
	Current bool    `json:"current"` // all else was counted under this value
	Figures
	Joins Joins `json:"joins"`
}

// dial is an option that can be turned, in whole steps.
type dial struct {
	option            string
	first, last, step int
	turn              func(o *tally.Options, v int) (value float64)
}

func dials() []dial {
	return []dial{
		{"gap", 0, 10, 1, func(o *tally.Options, v int) float64 { o.Gap = v; return float64(v) }},
		{"span", 5, 50, 5, func(o *tally.Options, v int) float64 { o.Span = v; return float64(v) }},
		{alikeDial, 15, 60, 5, func(o *tally.Options, v int) float64 {
			o.Alike, o.AlikeNamed = float64(v)/100, float64(v-namedBelow)/100
			return o.Alike
		}},
	}
}

const (
	alikeDial  = "alike"
	namedBelow = 5 // hundredths by which texts with the same names may be less alike, as by default
)

// sweep turns the dials that are asked for.
func (r *Report) sweep(ctx context.Context, trials []*trial, full tally.Options, opt Options) error {
	for _, d := range dials() {
		curve := d.option == alikeDial
		if !opt.Sweep && (!opt.Curve || !curve) {
			continue
		}
		s, err := d.sweep(ctx, trials, full)
		if err != nil {
			return err
		}
		if curve {
			r.curve = s
		}
		if opt.Sweep {
			r.Sweeps = append(r.Sweeps, s)
		}
	}
	return nil
}

// sweep counts under every value of the dial.
func (d dial) sweep(ctx context.Context, trials []*trial, opt tally.Options) (Sweep, error) {
	s := Sweep{Option: d.option}
	for v := d.first; v <= d.last; v += d.step {
		at := opt
		value := d.turn(&at, v)
		p, err := point(ctx, trials, at)
		if err != nil {
			return s, fmt.Errorf("trying %s %v: %w", d.option, value, err)
		}
		p.Value, p.Current = value, reflect.DeepEqual(at, opt)
		s.Points = append(s.Points, p)
	}
	return s, nil
}

func point(ctx context.Context, trials []*trial, opt tally.Options) (Point, error) {
	type counted struct {
		convergent Counts
		joins      Joins
	}
	all, err := each(ctx, trials, func(t *trial) counted {
		found := t.judge(t.panel, opt)
		return counted{counts(atLeast(found, 2), len(t.Defects)), joins(found, len(t.Defects))}
	})
	var p Point
	rows := make([]Counts, 0, len(all))
	for _, c := range all {
		rows = append(rows, c.convergent)
		p.Joins.add(c.joins)
	}
	p.Figures = figures(rows)
	return p, err
}
