package eval

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Estimate is a share with its 95 % confidence interval.
type Estimate struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// z is the quantile of the normal distribution for 95 %.
const z = 1.959963984540054

// Wilson gives the share k of n with Wilson's score interval, which is sound for few
// cases and for shares near 0 and 1; nil when n is 0.
func Wilson(k, n int) *Estimate {
	if n <= 0 {
		return nil
	}
	p, m := float64(k)/float64(n), float64(n)
	centre := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	// Rounding may put a bound beside 0, 1 or the share itself.
	return &Estimate{p, max(0, min(p, centre-half)), min(1, max(p, centre+half))}
}

// Rates are the measures of a row of counts; nil is undefined.
type Rates struct {
	Precision *Estimate `json:"precision"` // true of true and false
	Recall    *Estimate `json:"recall"`    // found of expected
	F1        *Estimate `json:"f1"`        // their harmonic mean
}

// Figures are counts with their measures.
type Figures struct {
	Cases int `json:"cases"`
	Counts
	Rates
}

// resamples of the cases for the interval of F1, drawn from a fixed seed.
const (
	resamples = 1000
	seedHigh  = 0x5c0a
	seedLow   = 0xe7a1
)

// figures sums the counts of the cases, a row a case, and measures them.
func figures(rows []Counts) Figures {
	f := Figures{Cases: len(rows)}
	for _, r := range rows {
		f.add(r)
	}
	f.Precision = Wilson(f.True, f.True+f.False)
	f.Recall = Wilson(f.Found, f.Expected)
	if v, ok := f1(f.Counts); ok {
		f.F1 = bootstrap(rows, v)
	}
	return f
}

// f1 is the harmonic mean of precision and recall. Without a defect there is none;
// without a finding it is 0.
func f1(c Counts) (float64, bool) {
	if c.Expected == 0 {
		return 0, false
	}
	if c.True == 0 || c.Found == 0 {
		return 0, true
	}
	p := float64(c.True) / float64(c.True+c.False)
	r := float64(c.Found) / float64(c.Expected)
	return 2 * p * r / (p + r), true
}

// bootstrap draws as many cases again and again, each as often as it falls, and takes
// the middle 95 % of what F1 comes to. Cases are drawn and not findings, because the
// findings of one change hang together.
func bootstrap(rows []Counts, value float64) *Estimate {
	random := rand.New(rand.NewPCG(seedHigh, seedLow)) //nolint:gosec // a fixed seed: the same dataset gives the same interval
	drawn := make([]float64, 0, resamples)
	for range resamples {
		var sum Counts
		for range rows {
			r := &rows[random.IntN(len(rows))]
			sum.True, sum.False, sum.Found, sum.Expected = sum.True+r.True, sum.False+r.False, sum.Found+r.Found, sum.Expected+r.Expected
		}
		if v, ok := f1(sum); ok {
			drawn = append(drawn, v)
		}
	}
	if len(drawn) == 0 {
		return &Estimate{value, 0, 1}
	}
	slices.Sort(drawn)
	return &Estimate{value, min(value, quantile(drawn, 0.025)), max(value, quantile(drawn, 0.975))}
}

// quantile of sorted values, between the two nearest.
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i+1 == len(sorted) {
		return sorted[i]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}
