package reviewers

// Estimate gives the tokens of so many bytes where nobody has counted them: 3.5
// bytes a token, rounded up, which is near the truth for code in every family.
func Estimate(bytes int) int {
	if bytes <= 0 {
		return 0
	}
	return (bytes*2 + 6) / 7
}

// Cost of one response in USD. Cached tokens are charged in full, as an upper
// bound: what a provider takes off for them differs.
func (p Price) Cost(r Response) float64 {
	const million = 1e6
	return float64(r.PromptTokens)/million*p.Input + float64(r.CompletionTokens)/million*p.Output
}

// Cost of all attempts of a seat in USD. It is not known when a model was asked
// whose price is not known; a seat that asked nobody costs nothing.
func (s Seat) Cost() (usd float64, known bool) {
	for _, t := range s.Tries {
		if t.Response.PromptTokens == 0 && t.Response.CompletionTokens == 0 {
			continue
		}
		if t.Member.Price == nil {
			return 0, false
		}
		usd += t.Member.Price.Cost(t.Response)
	}
	return usd, true
}
