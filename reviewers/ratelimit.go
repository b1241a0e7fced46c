package reviewers

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// usedUp reads how long a server says that one of its limits leaves no room, 0
// when all do. The headers have no standard that servers keep:
//
//	x-ratelimit-remaining-requests: 0, x-ratelimit-reset-requests: 6m0s   (and -tokens)
//	anthropic-ratelimit-requests-remaining: 0, anthropic-ratelimit-requests-reset: 2026-01-02T03:04:05Z
//	x-ratelimit-remaining: 0, x-ratelimit-reset: 1767323045000
//	ratelimit-remaining: 0, ratelimit-reset: 30                           (IETF drafts before 8)
//	ratelimit: "burst";r=0;t=30                                           (IETF drafts from 8 on)
func usedUp(h http.Header, now time.Time) time.Duration {
	var longest time.Duration
	for name, values := range h {
		name = strings.ToLower(name)
		if !strings.Contains(name, "ratelimit") || len(values) == 0 {
			continue
		}
		if name == "ratelimit" {
			for _, v := range values {
				longest = max(longest, structuredLimit(v))
			}
			continue
		}
		if !strings.Contains(name, "remaining") || strings.TrimSpace(values[0]) != "0" {
			continue
		}
		reset := strings.Replace(name, "remaining", "reset", 1)
		longest = max(longest, untilReset(h.Get(reset), now))
	}
	return longest
}

// structuredLimit reads `"name";r=0;t=30`, several of them after commas.
func structuredLimit(value string) time.Duration {
	var longest time.Duration
	for item := range strings.SplitSeq(value, ",") {
		remaining, reset := "", ""
		for field := range strings.SplitSeq(item, ";") {
			switch key, v, _ := strings.Cut(strings.TrimSpace(field), "="); key {
			case "r":
				remaining = v
			case "t":
				reset = v
			}
		}
		if seconds, err := strconv.ParseFloat(reset, 64); err == nil && remaining == "0" {
			longest = max(longest, bounded(seconds*float64(time.Second)))
		}
	}
	return longest
}

// untilReset reads a duration ("6m0s"), a date (RFC 3339), a Unix time in
// milliseconds or seconds, or a number of seconds.
func untilReset(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if d, err := time.ParseDuration(value); err == nil {
		return bounded(float64(d))
	}
	if date, err := time.Parse(time.RFC3339, value); err == nil {
		return bounded(float64(date.Sub(now)))
	}
	n, err := strconv.ParseFloat(value, 64)
	const unixSeconds, unixMillis = 1e9, 1e12 // no wait is 30 years long
	switch {
	case err != nil:
		return 0
	case n >= unixMillis:
		return bounded(float64(time.UnixMilli(int64(min(n, 1e15))).Sub(now)))
	case n >= unixSeconds:
		return bounded(float64(time.Unix(int64(n), 0).Sub(now)))
	}
	return bounded(n * float64(time.Second))
}
