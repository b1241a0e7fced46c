package main

import (
	"fmt"

	"scrum/run"
)

// announce names every place that will get a part of the change, before it does. Where
// code goes is never kept quiet.
func announce(p *process, prepared *run.Prepared) {
	for _, line := range prepared.Announcement() {
		fmt.Fprintln(p.stderr, line)
	}
}

// kept says where the run is, unless it is to be quiet.
func kept(p *process, dir *run.Dir) {
	if !p.said.quiet {
		fmt.Fprintf(p.stderr, "kept in %s\n", dir.Path())
	}
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
