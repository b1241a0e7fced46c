// Package telemetry tells a collector of OpenTelemetry how a review went: a trace of
// its seats and requests, and counts. It is off unless the environment of the process
// names a collector, and it never sends what the change or the answers say: names,
// counts, times and states only.
//
// Everything is kept in memory until the review is over and is then sent at once,
// within [Patience]. A collector that is slow, down or wrong costs no more than that,
// and one warning.
package telemetry
