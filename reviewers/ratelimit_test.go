package reviewers

import (
	"net/http"
	"testing"
	"time"
)

func TestHeadersTellHowLongALimitIsUsedUp(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	tests := []struct {
		name   string
		header map[string]string
		want   time.Duration
	}{
		{"none", nil, 0},
		{"there is room", map[string]string{"x-ratelimit-remaining-requests": "1", "x-ratelimit-reset-requests": "6m0s"}, 0},
		{"requests are used up", map[string]string{"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1m2.5s"}, 62500 * time.Millisecond},
		{"the longer of two", map[string]string{
			"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "12ms",
			"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "9s"}, 9 * time.Second},
		{"a date", map[string]string{"anthropic-ratelimit-input-tokens-remaining": "0", "anthropic-ratelimit-input-tokens-reset": "2026-01-02T03:04:35Z"}, 30 * time.Second},
		{"a date gone by", map[string]string{"anthropic-ratelimit-requests-remaining": "0", "anthropic-ratelimit-requests-reset": "2026-01-02T03:04:00Z"}, 0},
		{"Unix milliseconds", map[string]string{"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1767323055000"}, 10 * time.Second},
		{"Unix seconds", map[string]string{"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1767323055"}, 10 * time.Second},
		{"seconds", map[string]string{"ratelimit-remaining": "0", "ratelimit-reset": "30"}, 30 * time.Second},
		{"structured", map[string]string{"ratelimit": `"day";r=5;t=3600, "minute";r=0;t=20`}, 20 * time.Second},
		{"without a reset", map[string]string{"x-ratelimit-remaining-requests": "0"}, 0},
		{"nonsense", map[string]string{"x-ratelimit-remaining": "0", "x-ratelimit-reset": "soon", "ratelimit": ";;=,r=0;t=x"}, 0},
		{"never more than a day", map[string]string{"ratelimit-remaining": "0", "ratelimit-reset": "99999999"}, 24 * time.Hour},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := http.Header{}
			for k, v := range tt.header {
				h.Set(k, v)
			}
			if got := usedUp(h, now); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func FuzzNoHeaderAsksForMoreThanADay(f *testing.F) {
	f.Add("0", "6m0s", `"x";r=0;t=9`)
	f.Add("0", "1e308", "r=0;t=-1")
	f.Add("0", "NaN", "r=0;t=Inf")
	f.Fuzz(func(t *testing.T, remaining, reset, structured string) {
		h := http.Header{"X-Ratelimit-Remaining": {remaining}, "X-Ratelimit-Reset": {reset}, "Ratelimit": {structured}}
		if d := usedUp(h, time.Now()); d < 0 || d > maxRetryAfter {
			t.Errorf("%s", d)
		}
	})
}
