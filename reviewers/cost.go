package reviewers

// Estimate gives the tokens of so many bytes where nobody has counted them: 3.5
// bytes a token, rounded up, which is near the truth for code in every family.
func Estimate(bytes int) int {
	if bytes <= 0 {
		return 0
	}
	return (bytes*2 + 6) / 7
}

// Cost of one response in USD. Tokens that the provider read from its own cache
// are charged in full unless the price says otherwise: an upper bound.
func (p Price) Cost(r Response) float64 {
	const million = 1e6
	full, cached := r.PromptTokens, 0
	rate := p.Input
	if p.Cached != nil {
		cached = min(max(r.CachedTokens, 0), r.PromptTokens)
		full, rate = full-cached, *p.Cached
	}
	return (float64(full)*p.Input + float64(cached)*rate + float64(r.CompletionTokens)*p.Output) / million
}

// Usage is what asking has used up.
type Usage struct {
	Attempts         int
	PromptTokens     int
	CompletionTokens int
	CachedTokens     int  // part of PromptTokens
	Estimated        bool // some of the counts are estimates
	USD              float64
	Unpriced         bool // a model was asked whose price is not known: USD is a lower bound
}

// Usage of a seat over all its attempts, those of its halves and of earlier runs
// included.
func (s Seat) Usage() Usage {
	var u Usage
	if s.Prior != nil {
		u = *s.Prior
	}
	u.Attempts += s.Attempts
	for _, t := range s.Tries {
		u = u.plus(t.usage())
	}
	for _, h := range s.Halves {
		u = u.plus(h.Usage())
	}
	return u
}

func (u Usage) plus(v Usage) Usage {
	return Usage{
		Attempts:         u.Attempts + v.Attempts,
		PromptTokens:     u.PromptTokens + v.PromptTokens,
		CompletionTokens: u.CompletionTokens + v.CompletionTokens,
		CachedTokens:     u.CachedTokens + v.CachedTokens,
		Estimated:        u.Estimated || v.Estimated,
		USD:              u.USD + v.USD,
		Unpriced:         u.Unpriced || v.Unpriced,
	}
}

// usage of an attempt, without counting it: the seat does.
func (t Try) usage() Usage {
	r := t.Response
	u := Usage{PromptTokens: r.PromptTokens, CompletionTokens: r.CompletionTokens, CachedTokens: r.CachedTokens, Estimated: r.Estimated}
	if t.Member.Kind == Analyser || u.PromptTokens == 0 && u.CompletionTokens == 0 {
		return u
	}
	if t.Member.Price == nil {
		u.Unpriced = true
		return u
	}
	u.USD = t.Member.Price.Cost(r)
	return u
}
