package assess

import (
	"fmt"
	"strings"
)

// Tracked is what was done to the Markdown tracker.
type Tracked struct {
	File     string   `json:"file"`
	Added    []string `json:"added"`    // signatures of rows that were added
	Lacks    []string `json:"lacks"`    // signatures that have no row
	Closable []string `json:"closable"` // of open rows that do not occur any more
	Decided  []string `json:"decided"`  // of rows that are closed, and occur as new
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
	if n := len(t.Lacks); n > 0 {
		out = append(out, fmt.Sprintf("%s in %s; --record adds them: %s", plural(n, "gap has no row", "gaps have no row"), t.File, few(t.Lacks)))
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
	if len(c.Aged) > 0 { // the oldest first
		text += fmt.Sprintf("; the oldest is %s, %s", c.Aged[0].Signature, plural(c.Aged[0].Days, "day", "days"))
	}
	return text
}
