//go:build unix

package cluster_test

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"testing"
	"time"
)

// BenchmarkSubmission measures a submission of 500 seats from start to report, beside the
// same review in one process. The numbers of docs/scale.md are from it.
func BenchmarkSubmission(b *testing.B) {
	temporal, scrum := tools(b)
	for _, c := range []struct {
		delay       time.Duration
		workers     int
		concurrency int // of each
	}{
		{50 * time.Millisecond, 1, 100}, {50 * time.Millisecond, 2, 50}, {50 * time.Millisecond, 4, 25},
		{5 * time.Second, 1, 100}, {5 * time.Second, 2, 100}, {5 * time.Second, 4, 100},
	} {
		b.Run(fmt.Sprintf("seats of %s, %d workers, %d at a time", c.delay, c.workers, c.workers*c.concurrency), func(b *testing.B) {
			s := newStage(b, temporal, scrum, c.delay)
			s.atOnce = c.concurrency // of each worker
			s.repository(250)
			for i := range c.workers {
				s.worker(fmt.Sprintf("worker%d", i))
			}
			s.atOnce = c.workers * c.concurrency // of the one process
			for b.Loop() {
				s.salt++
				begun := time.Now()
				here := s.run("review", "--config", s.config(), "--format", "json").review(b)
				local := time.Since(begun)
				s.salt++
				begun = time.Now()
				e := s.run("submit", "--wait", "--config", s.config(), "--format", "json")
				took := time.Since(begun)
				there := e.review(b)
				if n := len(there.Coverage); n != 500 || essence(b, here) != essence(b, there) {
					b.Fatalf("%d seats, or another result", n)
				}
				ideal := c.delay * time.Duration(500/s.atOnce)
				b.ReportMetric(s.workflow(temporal).Seconds(), "s-workflow")
				b.ReportMetric(local.Seconds(), "s-one-process")
				b.ReportMetric(took.Seconds(), "s-cluster")
				b.ReportMetric(ideal.Seconds(), "s-ideal")
			}
		})
	}
}

// BenchmarkLimit measures that the server holds two workers together to a provider's limit.
func BenchmarkLimit(b *testing.B) {
	temporal, scrum := tools(b)
	s := newStage(b, temporal, scrum, 0)
	s.rpm = 300
	s.repository(50)
	s.worker("worker0")
	s.worker("worker1")
	for b.Loop() {
		s.salt++
		if r := s.run("submit", "--wait", "--config", s.config(), "--format", "json").review(b); len(r.Coverage) != 100 {
			b.Fatalf("%d seats", len(r.Coverage))
		}
		b.ReportMetric(100/s.workflow(temporal).Seconds(), "requests/s")
		b.ReportMetric(float64(s.rpm)/60, "limit/s")
	}
}

// workflow is how long the newest workflow has taken at the server.
func (s *stage) workflow(temporal string) time.Duration {
	s.t.Helper()
	out, err := exec.Command(temporal, "workflow", "list", "--address", s.address, "--limit", "1", "-o", "json").Output()
	var list []struct{ StartTime, CloseTime time.Time }
	if err == nil {
		err = json.Unmarshal(out, &list)
	}
	if err != nil || len(list) != 1 {
		s.t.Fatalf("%v\n%s", err, out)
	}
	return list[0].CloseTime.Sub(list[0].StartTime)
}
