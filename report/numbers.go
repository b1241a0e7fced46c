package report

import (
	"fmt"
	"time"
)

// totals is the line of what the review took.
func (r *Review) totals() string {
	t := r.Totals
	estimated := ""
	cached := 0
	for _, s := range r.Coverage {
		if s.Estimated {
			estimated = "~"
		}
		if s.Cached {
			cached++
		}
	}
	out := fmt.Sprintf("%s%s tokens in, %s%s out · %s · %s", estimated, short(t.PromptTokens), estimated, short(t.CompletionTokens), cost(t.CostUSD), wall(t.WallMS))
	if cached > 0 {
		out += fmt.Sprintf(" · %s from the cache", plural(cached, "answer"))
	}
	return out
}

func cost(usd *float64) string {
	switch {
	case usd == nil:
		return "cost unknown"
	case *usd == 0:
		return "no cost"
	case *usd < 0.01:
		return fmt.Sprintf("%.4f USD", *usd)
	}
	return fmt.Sprintf("%.2f USD", *usd)
}

func wall(ms int64) string {
	d := (time.Duration(ms) * time.Millisecond).Round(100 * time.Millisecond)
	if d < time.Minute {
		return fmt.Sprintf("%.1fs", d.Seconds())
	}
	return d.Round(time.Second).String()
}

// short writes a count of tokens in few columns.
func short(n int) string {
	switch {
	case n < 1000:
		return fmt.Sprint(n)
	case n < 99_950:
		return fmt.Sprintf("%.1fk", float64(n)/1000)
	case n < 999_500:
		return fmt.Sprintf("%.0fk", float64(n)/1000)
	}
	return fmt.Sprintf("%.1fM", float64(n)/1e6)
}

// bytesText writes a size; 1 KB is 1,024 bytes, as for the guards.
func bytesText(n int) string {
	switch {
	case n < 1<<10:
		return fmt.Sprintf("%d B", n)
	case n < 1<<20:
		return fmt.Sprintf("%.1f KB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
