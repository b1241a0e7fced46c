package eval

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is something wrong in a dataset.
type Problem struct {
	File string // below the dataset, with slashes
	Line int    // 0: the file as a whole
	Text string
}

func (p Problem) String() string {
	if p.Line == 0 {
		return p.File + ": " + p.Text
	}
	return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Text)
}

// Problems is the error of a dataset that cannot be read. Figures of a part of it
// would be figures of something else, so that there are none.
type Problems []Problem

// mostShown keeps a folder that is no dataset from filling the screen.
const mostShown = 100

func (p Problems) Error() string {
	var b strings.Builder
	for i, problem := range p {
		if i == mostShown {
			fmt.Fprintf(&b, "\n  and %d more", len(p)-i)
			break
		}
		b.WriteString("\n  " + problem.String())
	}
	return fmt.Sprintf("the dataset cannot be read; %s:%s", plural(len(p), "problem"), b.String())
}

// err is nil when there are none, else they in their order.
func (p Problems) err() error {
	if len(p) == 0 {
		return nil
	}
	slices.SortStableFunc(p, func(a, b Problem) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return p
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
