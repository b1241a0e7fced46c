package assess

import (
	"fmt"
	"strings"
)

// Tracked is what was done to the Markdown tracker.
type Tracked struct {
	File     string   `json:"file"`
	Added    []string `json:"added"`    // signatures of rows that were added
	Closable []string `json:"closable"` // of open rows that do not occur any more
	Decided  []string `json:"decided"`  // of rows that are closed, and occur as new
}

// Comparison is the run against the last one that passed.
type Comparison struct {
	Run     string   `json:"run"`
	Outcome Outcome  `json:"outcome"`
	New     []string `json:"new"`   // signatures
	Fixed   []string `json:"fixed"` // signatures
	Aged    []Aged   `json:"aged"`
}

// Aged is a gap that was there already.
type Aged struct {
	Signature string `json:"signature"`
	Days      int    `json:"days"` // since it came into the ledger
}

// written says what was written into the ledger and the tracker.
func (r *Result) written() []string {
	var out []string
	if n := len(r.Recorded); n > 0 {
		out = append(out, fmt.Sprintf("%s in the ledger: %s", plural(n, "new entry", "new entries"), strings.Join(r.Recorded, ", ")))
	}
	t := r.Tracker
	if t == nil {
		return out
	}
	if n := len(t.Added); n > 0 {
		out = append(out, fmt.Sprintf("%s in %s: %s", plural(n, "new open row", "new open rows"), t.File, few(t.Added)))
	}
	if len(t.Closable) > 0 {
		out = append(out, fmt.Sprintf("can be closed in %s, since they do not occur any more: %s", t.File, few(t.Closable)))
	}
	if len(t.Decided) > 0 {
		out = append(out, fmt.Sprintf("closed in %s, but they occur and the ledger does not accept them: %s", t.File, few(t.Decided)))
	}
	return out
}

func (c *Comparison) sentence() string {
	text := fmt.Sprintf("Since %s (%s): %d new, %d fixed, %d aged", c.Run, c.Outcome, len(c.New), len(c.Fixed), len(c.Aged))
	if len(c.New) > 0 {
		text += "; new: " + few(c.New)
	}
	if len(c.Fixed) > 0 {
		text += "; fixed: " + few(c.Fixed)
	}
	oldest := Aged{}
	for _, a := range c.Aged {
		if oldest.Signature == "" || a.Days > oldest.Days {
			oldest = a
		}
	}
	if oldest.Signature != "" {
		text += fmt.Sprintf("; the oldest: %s, %s", oldest.Signature, plural(oldest.Days, "day", "days"))
	}
	return text
}
