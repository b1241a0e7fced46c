package main

import (
	"fmt"
	"io"
	"time"

	"scrum/reviewers"
	"scrum/run"
)

// progress tells on standard error what goes where before it goes, and how each
// seat ended. It is called by one goroutine at a time.
type progress struct {
	w      io.Writer
	always io.Writer // also when quiet: where code goes is never kept quiet
	now    func() time.Time
	start  time.Time
	total  int
	ended  int
}

func newProgress(w io.Writer, quiet bool, now func() time.Time) *progress {
	p := &progress{w: w, always: w, now: now, start: now()}
	if quiet {
		p.w = io.Discard
	}
	return p
}

// announce names every place that will get a part of the change.
func (p *progress) announce(prepared *run.Prepared) {
	p.total = prepared.Seats()
	for _, line := range prepared.Announcement() {
		fmt.Fprintln(p.always, line)
	}
}

func (p *progress) observe(e reviewers.Event) {
	switch e.Phase {
	case reviewers.Retrying:
		fmt.Fprintf(p.w, "  %s %s: trying again in %s: %s\n", e.Bundle, e.Reviewer, e.Wait.Round(time.Second/10), oneLine(e.Err))
	case reviewers.Done:
		p.ended++
		elapsed := p.now().Sub(p.start).Round(time.Second / 10)
		fmt.Fprintf(p.w, "  [%d/%d] %s %s: %s%s (%s)\n", p.ended, p.total, e.Bundle, e.Reviewer, e.State, because(e.Err), elapsed)
	}
}

// examining tells that findings are put to other lineages, which takes more seats than
// were announced.
func (p *progress) examining(findings, requests int) {
	p.total += requests
	fmt.Fprintf(p.w, "  putting %s to other lineages: %s\n", counted(findings, "finding"), counted(requests, "request"))
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func because(err error) string {
	if err == nil {
		return ""
	}
	return ": " + oneLine(err)
}

func (p *progress) done(dir *run.Dir) {
	fmt.Fprintf(p.w, "kept in %s\n", dir.Path())
}
